// Tells the feed once what is played in a session, as soon as its first link shows it.
#pragma once

#include "admin/feed.hpp"
#include "net/engine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <vector>

namespace netplay_relay::admin {

class GameWatch
{
public:
    // All of these must outlive it.
    GameWatch(boost::asio::io_context& io, const net::Engine& engine, Feed& feed);
    GameWatch(GameWatch&&) = delete;

private:
    struct Wanted
    {
        lobby::SessionKey session;
        std::chrono::steady_clock::time_point until; // it is given up then
        bool operator==(const Wanted&) const = default;
    };

    void noticed(const wire::SessionId& session);
    void look_later();
    void look();
    [[nodiscard]] bool tell(lobby::SessionKey key);

    const net::Engine& engine_;
    Feed& feed_;
    boost::asio::steady_timer timer_;
    std::vector<Wanted> wanted_;
    std::vector<lobby::SessionKey> told_; // of those that are open
    bool waits_ = false;
};

} // namespace netplay_relay::admin
