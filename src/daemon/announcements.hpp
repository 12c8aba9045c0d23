// Chooses the games that a lobby is told of, and tells it again and again.
#pragma once

#include "config/config.hpp"
#include "net/handover.hpp"
#include "net/workers.hpp"
#include "outward/outward.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

// A room as the lobby lists it, at this port of ours. Nothing if nobody would find it there.
// `username` is still to come.
[[nodiscard]] std::optional<outward::LobbyEntry>
lobby_entry_of(const lobby::RoomSnapshot& open, const config::Config& config, std::uint16_t port);

// What a game is called in the lobby: ASCII, and none of those that are taken. It is among them
// then.
[[nodiscard]] std::string name_beside(std::set<std::string>& taken, std::string_view wanted);

class Announcements
{
public:
    // All of these must outlive it.
    Announcements(boost::asio::io_context& io, const net::Workers& workers,
                  const config::Config& config, outward::Outward& outward);
    Announcements(Announcements&&) = delete;

    // Again after each reload. `port`: where players who name no session come.
    void begin(std::uint16_t port);
    void stop();
    // The game of this session is known now.
    void learn(const wire::SessionId& id);

    // For the process that takes this one's place, and from the one before.
    [[nodiscard]] std::vector<net::AnnouncedName> names() const;
    [[nodiscard]] std::vector<net::AnnouncedGame> games() const;
    // Of games that are still there, as long as a lobby is told of any.
    void go_on_with(const std::vector<net::AnnouncedName>& names,
                    const std::vector<net::AnnouncedGame>& games);

private:
    struct Seen
    {
        net::AnnouncedGame game;
        std::uint32_t players = 1; // now
    };

    void arm(std::chrono::seconds after);
    void begin_round();
    void step();
    void end_round();
    void add_room(std::uint64_t number);
    // How many links were looked at.
    std::size_t add_session(lobby::SessionKey key);
    std::size_t add_session(const net::Engine& engine, const lobby::SessionSnapshot& open);
    // Nothing if none of its links tells.
    [[nodiscard]] static std::optional<Seen> look_at(const net::Engine& engine,
                                                     const lobby::SessionSnapshot& open);
    [[nodiscard]] bool is_open(const wire::SessionId& id) const;
    void add(outward::LobbyEntry entry, const std::string& subject, const std::string& nick);

    const net::Workers& workers_;
    const config::Config& config_;
    outward::Outward& outward_;
    boost::asio::steady_timer timer_;
    std::uint16_t port_ = 0;
    bool runs_ = false;
    // Of the round that is on.
    std::vector<std::uint64_t> rooms_;
    std::vector<lobby::SessionKey> sessions_;
    std::vector<outward::LobbyEntry> entries_;
    std::set<std::string> names_taken_;
    // By session id or number of a room: a name that changes is another entry for the lobby.
    std::map<std::string, std::string> names_;
    std::map<std::string, std::string> next_names_;
    std::map<wire::SessionId, net::AnnouncedGame> games_;
};

} // namespace netplay_relay::daemon
