// Games as the workers of a process speak of them: what one has, how newcomers name it, and where
// it is when it is not where they look for it.
#pragma once

#include "base/ids.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace netplay_relay::lobby {

enum class GameKind : std::uint8_t
{
    session,
    room,
    party
};
constexpr GameKind last_value(GameKind) { return GameKind::party; }

// One that a worker has, by the number that it keeps wherever it goes: a session's key, or the
// number of a room or party.
struct Game
{
    GameKind kind{};
    std::uint64_t number = 0;
    auto operator<=>(const Game&) const = default;
};

// How newcomers name it, as bytes: a session id, what is played in a room, a party's code.
struct GameName
{
    GameKind kind{};
    std::string name;
    std::uint16_t home = 0; // the worker at which they look for it
    bool operator==(const GameName&) const = default;
};

// Of one worker to another: the game that is looked for there is with `worker`, or has ended there.
struct GameMoved
{
    GameName game;
    std::uint16_t worker = 0;
    bool has_ended = false;
    bool operator==(const GameMoved&) const = default;
};

} // namespace netplay_relay::lobby
