// A drain that is to begin later: the players are told in time, and again.
#pragma once

#include "lobby/ids.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

namespace netplay_relay::daemon {

class DrainPlan
{
public:
    using Say = std::function<void(const std::string&)>;

    // `say` tells the players; `drain` begins. `io` must outlive it.
    DrainPlan(boost::asio::io_context& io, Say say, std::function<void()> drain)
        : timer_(io), say_(std::move(say)), drain_(std::move(drain))
    {
    }
    DrainPlan(DrainPlan&&) = delete;

    // Instead of what was planned before. `is_told`: they know it already.
    void begin(lobby::Instant at, lobby::Instant now, std::string message, bool is_told = false);
    // False if nothing was planned.
    bool cancel();

    [[nodiscard]] const std::optional<lobby::Instant>& at() const { return at_; }
    [[nodiscard]] const std::string& message() const { return message_; }

private:
    void wait(lobby::Instant until);
    void go_on(lobby::Instant now);

    boost::asio::steady_timer timer_;
    Say say_;
    std::function<void()> drain_;
    std::optional<lobby::Instant> at_;
    std::string message_;
};

} // namespace netplay_relay::daemon
