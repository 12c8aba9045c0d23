// Keeps the workers of a process about equally busy, from the loop of whoever made them: once a
// second it looks at the time that their threads have used, says where new games are opened, and
// lets a few go from the busiest to the one with least to do.
#pragma once

#include "lobby/games.hpp"
#include "net/engine.hpp"
#include "worker/balance.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

namespace netplay_relay::net {

class Workers;

class Balance
{
public:
    // Both must outlive it.
    Balance(boost::asio::io_context& io, Workers& workers);

    // From now on, once a second.
    void start();

    // One look, `since` the last one.
    void look(std::chrono::nanoseconds since);

    [[nodiscard]] std::uint64_t games_moved() const { return games_moved_; }
    // So long the games of two workers stood still for one that moved, at most.
    [[nodiscard]] std::chrono::nanoseconds longest_pause() const { return longest_pause_; }

    // It goes on with the other one, unless it may not, or comes to too many bytes: then false.
    bool move(lobby::Game game, std::uint16_t from, std::uint16_t to);

private:
    void wait();
    void move_some(const worker::Transfer& transfer);

    Workers& workers_;
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point looked_at_;
    std::vector<std::chrono::nanoseconds> used_; // by each thread, by then
    std::vector<std::uint8_t> weights_;
    worker::Balancer balancer_;
    std::uint64_t games_moved_ = 0;
    std::chrono::nanoseconds longest_pause_{};
};

} // namespace netplay_relay::net
