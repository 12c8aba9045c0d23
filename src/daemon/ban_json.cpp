// Bans as JSON, with times of the clock on the wall.
#include "daemon/ban_file.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

namespace netplay_relay::daemon {

namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

system_clock::time_point wall_time(lobby::Instant when, const Clocks& clocks)
{
    return clocks.wall + std::chrono::duration_cast<system_clock::duration>(when - clocks.relay);
}

json text_of(std::time_t at)
{
    std::tm parts{};
    std::array<char, sizeof "2026-11-29T23:39:32Z"> text{};
    if (gmtime_r(&at, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return nullptr;
    return text.data();
}

json text_of(const std::optional<lobby::Instant>& when, const Clocks& clocks)
{
    if (!when) return nullptr;
    return text_of(system_clock::to_time_t(std::chrono::round<seconds>(wall_time(*when, clocks))));
}

// What was too far away to believe stays as it was read.
json until_of(const lobby::Ban& ban, const Clocks& clocks)
{
    if (!ban.until && ban.until_read) return text_of(static_cast<std::time_t>(*ban.until_read));
    return text_of(ban.until, clocks);
}

// Nothing where the text is no time.
std::optional<seconds> wall_seconds_of(const std::string& text)
{
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return seconds(timegm(&parts));
}

// One of another century is at its border: it is as good.
std::optional<lobby::Instant> time_of(const std::string& text, const Clocks& clocks)
{
    const auto wall = wall_seconds_of(text);
    if (!wall) return std::nullopt;
    constexpr seconds century{std::int64_t{100} * 365 * 24 * 3600};
    const seconds from_now = *wall - std::chrono::floor<seconds>(clocks.wall.time_since_epoch());
    return clocks.relay + std::clamp(from_now, -century / 2, century / 2);
}

// What is wrong with it, if anything is.
std::string read_one(const json& entry, const Clocks& clocks, lobby::Ban& ban)
{
    if (!entry.is_object()) return "is no object";
    const auto text = [&](const char* key) {
        const auto found = entry.find(key);
        const bool is_text = found != entry.end() && found->is_string();
        return is_text ? found->get<std::string>() : std::string();
    };
    const auto network = wire::parse_network(text("network"));
    if (!network) return "has no network, such as '203.0.113.0/24'";
    if (lobby::is_too_wide_to_ban(*network))
        return "has a network that is wider than a /8, or of IPv6 a /16";
    ban.network = *network;
    const auto until = entry.find("until");
    if (until == entry.end() || !(until->is_null() || until->is_string()))
        return "has no until, which is a time or null";
    if (until->is_string() && !(ban.until = time_of(text("until"), clocks)))
        return "has an until that is no time, such as '2026-11-29T23:39:32Z'";
    if (ban.until && *ban.until - clocks.relay >= lobby::order_longest)
        ban.until_read = wall_seconds_of(text("until")).value().count();
    ban.reason = text("reason");
    ban.by = text("by");
    ban.since = time_of(text("since"), clocks);
    return {};
}

} // namespace

std::string bans_to_json(const std::vector<lobby::Ban>& bans, const Clocks& clocks)
{
    std::string all = "[";
    for (const lobby::Ban& ban : bans) {
        const json one{{"network", wire::to_text(ban.network)},
                       {"until", until_of(ban, clocks)},
                       {"reason", ban.reason},
                       {"by", ban.by},
                       {"since", text_of(ban.since, clocks)}};
        all += all.size() > 1 ? ",\n " : "\n ";
        all += one.dump(-1, ' ', false, json::error_handler_t::replace);
    }
    return all + "\n]\n";
}

ReadBans bans_from_json(std::string_view text, const Clocks& clocks)
{
    ReadBans read;
    const json all = json::parse(text, nullptr, false);
    if (!all.is_array()) {
        read.problems.emplace_back(all.is_discarded() ? "is not JSON" : "is no list");
        return read;
    }
    for (std::size_t at = 0; at < all.size(); ++at) {
        lobby::Ban ban;
        std::string problem = read_one(all[at], clocks, ban);
        if (problem.empty() && read.bans.size() >= lobby::bans_max) problem = "is one too many";
        if (!problem.empty())
            read.problems.push_back("entry " + std::to_string(at + 1) + " " + problem);
        else if (ban.until && *ban.until <= clocks.relay)
            ++read.ended;
        else
            read.bans.push_back(std::move(ban));
    }
    return read;
}

} // namespace netplay_relay::daemon
