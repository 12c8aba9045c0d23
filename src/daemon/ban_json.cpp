// Bans as JSON, with times of the clock on the wall.
#include "base/nodes.hpp"
#include "daemon/ban_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace netplay_relay::daemon {

namespace {

using nlohmann::json;

// What is told only. A record holds no moment much farther away.
constexpr std::chrono::hours farthest{50 * 365 * 24};

// Of each, bans and lifted ones.
constexpr std::size_t known_max = lobby::bans_max + lobby::lifted_bans_max;

// A ban that was lifted has another key: no program of before takes it for one that holds.
const char* key_of_network(const json& entry)
{
    return entry.contains("lifted") ? "lifted" : "network";
}

std::optional<std::int64_t> seconds_on_wall(const std::optional<lobby::Instant>& when,
                                            const Clocks& clocks)
{
    const json text = wall_text(when, clocks);
    return text.is_string() ? wall_seconds_of(text.get<std::string>()) : std::nullopt;
}

// What was read stays as it was: the clock may be wrong as yet.
json until_of(const lobby::Ban& ban, const Clocks& clocks)
{
    return ban.until_read ? wall_text(*ban.until_read) : wall_text(ban.until, clocks);
}

// What was not said in a fleet was said when it holds from, or now.
std::int64_t changed_of(const json& entry, const lobby::Ban& ban, const Clocks& clocks)
{
    const auto changed = entry.find("changed_ms");
    if (changed != entry.end() && changed->is_number_unsigned())
        return changed->get<std::int64_t>();
    return ban.since ? seconds_on_wall(ban.since, clocks).value_or(0) * 1000 : wall_ms(clocks);
}

lobby::BanEntry known_of(const json& entry, const lobby::Ban& ban, const Clocks& clocks)
{
    lobby::BanEntry known = entry_of(ban, changed_of(entry, ban, clocks), clocks);
    const auto node = entry.find("node");
    known.node = no_node;
    if (node != entry.end() && node->is_number_unsigned() && node->get<std::uint64_t>() < nodes_max)
        known.node = node->get<std::uint8_t>();
    return known;
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
    const auto network = wire::parse_network(text(key_of_network(entry)));
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

std::int64_t wall_ms(const Clocks& clocks)
{
    return std::chrono::floor<std::chrono::milliseconds>(clocks.wall).time_since_epoch().count();
}

lobby::BanEntry entry_of(const lobby::Ban& ban, std::int64_t changed_ms, const Clocks& clocks)
{
    lobby::BanEntry entry;
    entry.network = wire::network_of(ban.network.base, ban.network.prefix_bits);
    entry.changed_ms = changed_ms;
    entry.until = ban.until_read ? ban.until_read : seconds_on_wall(ban.until, clocks);
    entry.reason = ban.reason.substr(0, lobby::order_text_max);
    entry.by = ban.by.substr(0, lobby::order_text_max);
    entry.since = seconds_on_wall(ban.since, clocks);
    return entry;
}

lobby::Ban ban_of(const lobby::BanEntry& entry, const Clocks& clocks)
{
    lobby::Ban ban;
    ban.network = entry.network;
    ban.until_read = entry.until;
    if (entry.until) ban.until = instant_of(*entry.until, clocks);
    ban.reason = entry.reason;
    ban.by = entry.by;
    if (entry.since) ban.since = instant_of(*entry.since, clocks);
    return ban;
}

std::string bans_to_json(const std::vector<lobby::Ban>& bans, const Clocks& clocks,
                         const std::vector<lobby::BanEntry>& known)
{
    std::string all = "[";
    const auto add = [&](const json& one) {
        all += all.size() > 1 ? ",\n " : "\n ";
        all += one.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    for (const lobby::Ban& ban : bans) {
        json one{{"network", wire::to_text(ban.network)},
                 {"until", until_of(ban, clocks)},
                 {"reason", ban.reason},
                 {"by", ban.by},
                 {"since", wall_text(ban.since, clocks)}};
        const auto said =
            std::ranges::lower_bound(known, ban.network, {}, &lobby::BanEntry::network);
        if (said != known.end() && said->network == ban.network && !said->lifted)
            one.update({{"by", said->by}, {"changed_ms", said->changed_ms}, {"node", said->node}});
        add(one);
    }
    for (const lobby::BanEntry& said : known)
        if (said.lifted)
            add({{"lifted", wire::to_text(said.network)},
                 {"until", said.until ? wall_text(*said.until) : json()},
                 {"reason", said.reason},
                 {"by", said.by},
                 {"since", said.since ? wall_text(*said.since) : json()},
                 {"changed_ms", said.changed_ms},
                 {"node", said.node}});
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
        const bool is_lifted = problem.empty() && all[at].contains("lifted");
        const bool is_over = ban.until && *ban.until <= clocks.relay;
        if (is_lifted) {
            if (is_over || read.known.size() >= known_max) continue;
            read.known.push_back(known_of(all[at], ban, clocks));
            read.known.back().lifted = true;
            continue;
        }
        std::vector<lobby::Ban>& kept = is_over ? read.over : read.bans;
        if (problem.empty() && kept.size() >= lobby::bans_max) problem = "is one too many";
        if (!problem.empty())
            read.problems.push_back("entry " + std::to_string(at + 1) + " " + problem);
        if (problem.empty() && !is_over) read.known.push_back(known_of(all[at], ban, clocks));
        if (problem.empty()) kept.push_back(std::move(ban));
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
