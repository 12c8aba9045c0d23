// Bans as JSON, with times of the clock on the wall.
#include "daemon/ban_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace netplay_relay::daemon {

namespace {

using nlohmann::json;

// What is told only. A record holds no moment much farther away.
constexpr std::chrono::hours farthest{50 * 365 * 24};

// What was read stays as it was: the clock may be wrong as yet.
json until_of(const lobby::Ban& ban, const Clocks& clocks)
{
    return ban.until_read ? wall_text(*ban.until_read) : wall_text(ban.until, clocks);
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
    if (until->is_string() && !(ban.until_read = wall_seconds_of(text("until"))))
        return "has an until that is no time, such as '2026-11-29T23:39:32Z'";
    if (ban.until_read) ban.until = instant_of(*ban.until_read, clocks);
    ban.reason = text("reason");
    ban.by = text("by");
    if (const auto since = wall_seconds_of(text("since"))) ban.since = instant_of(*since, clocks);
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
                       {"since", wall_text(ban.since, clocks)}};
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
        const bool is_over = ban.until && *ban.until <= clocks.relay;
        std::vector<lobby::Ban>& kept = is_over ? read.over : read.bans;
        if (problem.empty() && kept.size() >= lobby::bans_max) problem = "is one too many";
        if (!problem.empty())
            read.problems.push_back("entry " + std::to_string(at + 1) + " " + problem);
        else
            kept.push_back(std::move(ban));
    }
    return read;
}

std::vector<lobby::Ban> bans_by_wall(const std::vector<lobby::Ban>& bans, const Clocks& now,
                                     std::chrono::milliseconds jump)
{
    std::vector<lobby::Ban> read;
    for (const lobby::Ban& ban : bans) {
        if (!ban.until_read) continue;
        read.push_back(ban);
        read.back().until = instant_of(*ban.until_read, now);
        if (ban.since)
            read.back().since = std::clamp<lobby::Instant>(*ban.since - jump, now.relay - farthest,
                                                           now.relay + farthest);
    }
    return read;
}

} // namespace netplay_relay::daemon
