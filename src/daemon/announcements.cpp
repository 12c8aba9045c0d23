#include "daemon/announcements.hpp"

#include "daemon/advertisements.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <iterator>
#include <utility>

namespace netplay_relay::daemon {

namespace {

constexpr std::chrono::seconds first_round{5};
constexpr std::chrono::seconds between_rounds{20};
// A lobby is a list that people read; and it is told one by one.
constexpr std::size_t entries_most = 64;
// So many games, and links of theirs, are looked at before the players get their turn again.
constexpr std::size_t looks_per_turn = 32;
constexpr std::size_t name_bytes_max = 31;

std::string name_of_content(std::uint32_t crc)
{
    return crc == 0 ? "" : "CRC " + text::in_hex(crc, 8);
}

} // namespace

std::optional<outward::LobbyEntry> lobby_entry_of(const lobby::RoomSnapshot& open,
                                                  const config::Config& config, std::uint16_t port)
{
    const lobby::ManualIp manual_ip = config.policy.manual_ip;
    const bool leads_into_rooms =
        manual_ip == lobby::ManualIp::room || manual_ip == lobby::ManualIp::automatic;
    if (open.members.empty() || open.room.by_password || open.room.port != 0) return std::nullopt;
    const bool is_found = leads_into_rooms && is_found_by_content(open.room, config.policy.rooms);
    if (open.join_port == 0 && !is_found) return std::nullopt;
    outward::LobbyEntry entry;
    entry.port = open.join_port != 0 ? open.join_port : port;
    entry.core_name = open.room.core;
    entry.core_version = open.room.core_version;
    entry.game_crc = open.room.content_crc;
    entry.game_name = name_of_content(open.room.content_crc);
    entry.has_password = !config.policy.rooms.password.empty();
    entry.has_spectate_password = !config.policy.rooms.spectate_password.empty();
    for (const lobby::MemberSnapshot& one : open.members)
        ++(one.member.playing ? entry.players : entry.spectators);
    return entry;
}

std::string name_beside(std::set<std::string>& taken, std::string_view wanted)
{
    // Two that differ for us only would be one for the lobby.
    std::string base = outward::lobby_text(wanted, name_bytes_max);
    if (base.empty()) base = "netplay-relay";
    std::string name = base;
    for (int more = 2; !taken.insert(name).second; ++more) {
        const std::string end = " (" + std::to_string(more) + ")";
        name = base.substr(0, name_bytes_max - end.size()) + end;
    }
    return name;
}

Announcements::Announcements(boost::asio::io_context& io, const net::Workers& workers,
                             const config::Config& config, outward::Outward& outward)
    : workers_(workers), config_(config), outward_(outward), timer_(io)
{
}

void Announcements::begin(std::uint16_t port)
{
    port_ = port;
    if (!config_.lobby.enabled) return stop();
    if (!runs_) arm(first_round);
    runs_ = true;
}

void Announcements::stop()
{
    runs_ = false;
    timer_.cancel();
}

void Announcements::arm(std::chrono::seconds after)
{
    timer_.expires_after(after);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && runs_) begin_round();
    });
}

void Announcements::begin_round()
{
    arm(between_rounds);
    const config::LobbySettings& settings = config_.lobby;
    entries_.clear();
    names_taken_.clear();
    rooms_.clear();
    sessions_.clear();
    workers_.each([&](const net::Engine& engine) {
        const lobby::Lobby& lobby = engine.lobby();
        if (settings.rooms) std::ranges::copy(lobby.rooms(), std::back_inserter(rooms_));
        if (settings.all_sessions)
            std::ranges::copy(lobby.session_keys(), std::back_inserter(sessions_));
        else
            for (const wire::SessionId& id : settings.sessions)
                if (const auto key = lobby.session_of(id)) sessions_.push_back(*key);
    });
    // The oldest come first: they are taken from the end.
    std::ranges::reverse(rooms_);
    std::ranges::reverse(sessions_);
    step();
}

void Announcements::step()
{
    for (std::size_t looked = 0; looked < looks_per_turn;) {
        const bool is_full = entries_.size() >= entries_most;
        if (is_full || (rooms_.empty() && sessions_.empty())) return end_round();
        if (!rooms_.empty()) {
            add_room(rooms_.back());
            rooms_.pop_back();
            ++looked;
        } else {
            looked += 1 + add_session(sessions_.back());
            sessions_.pop_back();
        }
    }
    boost::asio::post(timer_.get_executor(), [this] {
        if (runs_) step();
    });
}

void Announcements::end_round()
{
    names_ = std::exchange(next_names_, {});
    std::erase_if(games_, [&](const auto& known) { return !is_open(known.first); });
    outward_.announce(std::exchange(entries_, {}));
}

bool Announcements::is_open(const wire::SessionId& id) const
{
    return workers_.find([&](const net::Engine& engine) { return engine.lobby().session_of(id); })
        .has_value();
}

void Announcements::add_room(std::uint64_t number)
{
    const auto open = workers_.find(
        [&](const net::Engine& engine) { return engine.lobby().look_at_room(number); });
    if (!open) return;
    auto entry = lobby_entry_of(*open, config_, port_);
    if (entry)
        add(std::move(*entry), "room " + std::to_string(number), open->members.front().member.nick);
}

std::optional<Announcements::Seen> Announcements::look_at(const net::Engine& engine,
                                                          const lobby::SessionSnapshot& open)
{
    std::optional<Seen> most;
    for (const lobby::LinkSnapshot& link : open.links) {
        const auto facts = engine.facts(link);
        if (!facts || !facts->game || facts->game->core_name.empty()) continue;
        const inspect::GameFacts& seen = *facts->game;
        const auto players = static_cast<std::uint32_t>(seen.players.size());
        if (most && players <= most->players) continue;
        most = Seen{{open.id, seen.host.nick, seen.core_name, seen.core_version,
                     seen.host.content_crc, seen.password_asked},
                    std::max(players, 1U)};
    }
    return most;
}

void Announcements::learn(const wire::SessionId& id)
{
    if (!runs_ || !config_.lobby.has_sessions()) return;
    auto seen = workers_.find([&](const net::Engine& engine) -> std::optional<Seen> {
        const auto key = engine.lobby().session_of(id);
        const auto open = key ? engine.lobby().look_at(*key) : std::nullopt;
        return open ? look_at(engine, *open) : std::nullopt;
    });
    if (seen) games_[id] = std::move(seen->game);
}

std::vector<net::AnnouncedName> Announcements::names() const
{
    std::vector<net::AnnouncedName> all;
    for (const auto& [subject, name] : names_)
        all.push_back({subject, name});
    return all;
}

std::vector<net::AnnouncedGame> Announcements::games() const
{
    std::vector<net::AnnouncedGame> all;
    for (const auto& [id, game] : games_)
        all.push_back(game);
    return all;
}

void Announcements::go_on_with(const std::vector<net::AnnouncedName>& names,
                               const std::vector<net::AnnouncedGame>& games)
{
    if (!config_.lobby.enabled) return;
    for (const net::AnnouncedName& one : names)
        if (names_.size() < entries_most) names_.try_emplace(one.subject, one.name);
    for (const net::AnnouncedGame& one : games)
        if (is_open(one.session)) games_.try_emplace(one.session, one);
}

std::size_t Announcements::add_session(lobby::SessionKey key)
{
    const auto looked = workers_.find([&](const net::Engine& engine) -> std::optional<std::size_t> {
        const auto open = engine.lobby().look_at(key);
        if (!open || open->host_gone) return std::nullopt;
        return add_session(engine, *open);
    });
    return looked.value_or(0);
}

std::size_t Announcements::add_session(const net::Engine& engine,
                                       const lobby::SessionSnapshot& open)
{
    const auto now = look_at(engine, open);
    if (now) games_[open.id] = now->game;
    const auto known = games_.find(open.id);
    if (known == games_.end()) return open.links.size();
    const net::AnnouncedGame& game = known->second;
    outward::LobbyEntry entry;
    entry.players = now ? now->players : 1; // its host
    const auto all = static_cast<std::uint32_t>(open.links.size() + 1);
    entry.spectators = all > entry.players ? all - entry.players : 0;
    entry.core_name = game.core_name;
    entry.core_version = game.core_version;
    entry.game_crc = game.content_crc;
    entry.game_name = name_of_content(game.content_crc);
    entry.has_password = game.has_password;
    const std::string text = engine.join_text(open);
    const std::size_t bar = text.find('|');
    entry.relay_address = text.substr(0, bar);
    entry.port = static_cast<std::uint16_t>(std::atoi(text.c_str() + bar + 1));
    entry.session = wire::to_text(open.id);
    add(std::move(entry), wire::to_text(open.id), game.nick);
    return open.links.size();
}

void Announcements::add(outward::LobbyEntry entry, const std::string& subject,
                        const std::string& nick)
{
    const auto before = names_.find(subject);
    std::string name = name_beside(names_taken_, before != names_.end() ? before->second : nick);
    next_names_[subject] = name;
    entry.username = std::move(name);
    entries_.push_back(std::move(entry));
}

} // namespace netplay_relay::daemon
