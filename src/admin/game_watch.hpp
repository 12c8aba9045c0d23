// Tells the feed once what is played in a session, as soon as its first link shows it.
#pragma once

#include "admin/feed.hpp"
#include "net/handover.hpp"
#include "net/workers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <set>
#include <vector>

namespace netplay_relay::admin {

class GameWatch
{
public:
    // All of these must outlive it.
    GameWatch(boost::asio::io_context& io, const net::Workers& workers, Feed& feed);
    GameWatch(GameWatch&&) = delete;

    // For the process that takes this one's place, and from the one before: each game is told once.
    [[nodiscard]] std::vector<net::FollowedGame> followed() const;
    void go_on_with(const std::vector<net::FollowedGame>& games);

private:
    struct Wanted
    {
        lobby::SessionKey session;
        std::chrono::steady_clock::time_point until; // it is given up then
        bool operator==(const Wanted&) const = default;
    };

    void noticed(lobby::SessionKey session);
    void look_later();
    void look();
    struct Look;
    [[nodiscard]] std::vector<Look> next_to_look_at();
    void look_at(const net::Engine& engine, std::vector<Look>& games, std::size_t& links);
    [[nodiscard]] bool tell(const net::Engine& engine, const lobby::SessionSnapshot& session);

    boost::asio::io_context& io_;
    const net::Workers& workers_;
    Feed& feed_;
    boost::asio::steady_timer timer_;
    std::deque<Wanted> wanted_;
    std::size_t to_look_at_ = 0;           // of them, until the next pause
    std::set<lobby::SessionKey> followed_; // wanted, or told already
    bool waits_ = false;
};

} // namespace netplay_relay::admin
