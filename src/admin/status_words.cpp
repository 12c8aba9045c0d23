#include "admin/status_words.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::admin {

using Json = nlohmann::json;

std::string span_text(double seconds)
{
    seconds = std::clamp(seconds, 0.0, 1e10); // whoever answers may claim anything
    const auto whole = static_cast<std::int64_t>(seconds);
    if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
    if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{:.1f}s", seconds);
}

std::string bytes_text(double bytes)
{
    if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
    if (bytes >= 1e6) return fmt::format("{:.1f} MB", bytes / 1e6);
    if (bytes >= 1e3) return fmt::format("{:.1f} kB", bytes / 1e3);
    return fmt::format("{:.0f} B", bytes);
}

std::string milliseconds_text(const Json& end, const char* field)
{
    const auto value = end.find(field);
    if (value == end.end() || !value->is_number()) return "-";
    return fmt::format("{:.1f}", value->get<double>());
}

std::string whole_text(const Json& end, const char* field)
{
    const auto value = end.find(field);
    if (value == end.end() || !value->is_number()) return "-";
    return fmt::format("{}", value->get<std::uint64_t>());
}

std::string id_text(const Json& one) { return whole_text(one, "id"); }

std::string address_text(const Json& one, const Json& whose)
{
    const std::string address = one.at("address").get<std::string>();
    return whose.contains("id") ? fmt::format("{} (id {})", address, id_text(whose)) : address;
}

std::string text_or_dash(const Json& object, const char* field)
{
    const auto value = object.find(field);
    return value != object.end() && value->is_string() ? plain_word(*value) : "-";
}

std::string plain_word(const Json& text) { return text::plain(text.get<std::string>()); }

std::string hops_text(const Json& fleet)
{
    if (!fleet.is_object()) return {};
    const auto sent = fleet.value("hops_sent", std::uint64_t{0});
    const auto taken = fleet.value("hops_taken", std::uint64_t{0});
    std::string text;
    if (sent > 0)
        text = fmt::format("{} {} passed on to other nodes", sent,
                           sent == 1 ? "player is" : "players are");
    if (taken > 0)
        text += fmt::format("{}{} {} from other nodes", text.empty() ? "" : ", ", taken,
                            text.empty() ? (taken == 1 ? "player comes" : "players come")
                                         : (taken == 1 ? "comes" : "come"));
    return text;
}

std::string state_of_member(const Json& member)
{
    if (member.at("owns_clock").get<bool>()) return "clock";
    if (member.at("in_line").is_number())
        return fmt::format("waits {}", member.at("in_line").get<std::uint64_t>());
    return member.at("state").get<std::string>();
}

std::string share_of_member(const Json& member)
{
    return fmt::format("{:.0f}%", member.at("waited_last_minute_seconds").get<double>() / 0.6);
}

} // namespace netplay_relay::admin
