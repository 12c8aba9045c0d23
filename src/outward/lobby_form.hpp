// How a game is told to a libretro lobby (protocol.md, "Lobby").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::outward {

struct LobbyEntry
{
    std::string username; // no two entries of one port have the same
    std::string core_name;
    std::string core_version;
    std::string game_name;
    std::uint32_t game_crc = 0;
    std::uint16_t port = 0;
    bool has_password = false;
    bool has_spectate_password = false;
    std::uint32_t players = 0;
    std::uint32_t spectators = 0;
    // Of a session: how guests reach it. Empty: whoever comes to our port is in the game.
    std::string relay_address;
    std::string session;
};

// As lobbies take it: in ASCII.
[[nodiscard]] std::string lobby_text(std::string_view text, std::size_t bytes_most);

// The body of POST /add.
[[nodiscard]] std::string form_of(const LobbyEntry& entry);

struct LobbyAnswer
{
    bool is_good = false;    // it lists the entry now
    bool connectable = true; // it has reached us, or has not tried to
};
[[nodiscard]] LobbyAnswer read_lobby_answer(std::string_view body);

} // namespace netplay_relay::outward
