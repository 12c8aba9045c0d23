// How the workers of a process share its games: from what each has to do follows where new games
// are opened, and which game goes from one to another.
#pragma once

#include "lobby/games.hpp"
#include "lobby/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::worker {

struct Load
{
    std::uint32_t busy = 0; // thousandths of a core, lately
    std::size_t connections = 0;
};

// A connection that says nothing costs nothing, but a game that has just been opened is not busy
// yet: so many are worth a thousandth of a core when a place for a new one is looked for.
inline constexpr std::size_t connections_per_thousandth = 4;
// Below such a difference it does not matter where a game is opened: where its host has come to.
inline constexpr std::uint32_t placing_difference = 50;
// The busiest gets a part of the new ones as well, as if all others were to get so much busier.
inline constexpr std::uint32_t placing_headroom = 100;
inline constexpr std::uint8_t weight_max = 15;

// Weights by which new games are opened (base/placing.hpp); none if it does not matter.
[[nodiscard]] std::vector<std::uint8_t> places_for_new(std::span<const Load> loads);

// Less than a fifth of a core of difference is not worth a game's pause.
inline constexpr std::uint32_t moving_difference = 200;

struct Transfer
{
    std::size_t from = 0;
    std::size_t to = 0;
    std::uint32_t most = 0; // thousandths of a core, all games together
    bool operator==(const Transfer&) const = default;
};

// From the busiest to the one with least to do, so much at most that they change places never.
[[nodiscard]] std::optional<Transfer> wanted_transfer(std::span<const Load> loads);

// What a game has moved since some time: of a connection all bytes, from it and to it.
struct GameUse
{
    lobby::Game game;
    std::uint64_t bytes = 0;
};

// At most so many games go at a time.
inline constexpr std::size_t games_at_once = 4;

// Those to go: the largest first that fit into what is still to go. `busy`: thousandths of a core
// that all of them come to.
[[nodiscard]] std::vector<lobby::Game> games_to_go(std::span<const GameUse> uses,
                                                   std::uint32_t busy, std::uint32_t most);

// A game that has gone stays for so long at least where it is; and after a transfer the loads are
// not believed for so many looks, as they are still those of before.
inline constexpr std::chrono::seconds stays_for{60};
inline constexpr unsigned looks_to_settle = 3;
// Records beyond are those of savestates on their way: then it goes another time.
inline constexpr std::size_t moved_bytes_max = 256 * 1024;

// One look after the other, about a second apart.
class Balancer
{
public:
    // The loads since the last look: they are smoothed here.
    void look(std::span<const Load> loads);
    [[nodiscard]] const std::vector<Load>& loads() const { return loads_; }

    // Whether games of one worker are to be looked at, and which go, by all that they have moved so
    // far. What they have moved meanwhile is known from the second time on that it is the same
    // worker.
    [[nodiscard]] std::optional<Transfer> wanted();
    [[nodiscard]] std::vector<lobby::Game>
    choose(const Transfer& transfer, std::span<const GameUse> all_so_far, lobby::Instant now);

    // It has gone, or could not.
    void note_gone(lobby::Game game, lobby::Instant now);

private:
    std::vector<Load> loads_;
    unsigned settling_ = 0; // looks
    std::size_t watched_ = SIZE_MAX;
    std::map<lobby::Game, std::uint64_t> so_far_;       // of the games of that worker
    std::map<lobby::Game, lobby::Instant> stays_until_; // a few a look
};

} // namespace netplay_relay::worker
