// One status of all nodes of a fleet, for whoever asks any of them: /fleet of the admin address.
#pragma once

#include "admin/http.hpp"
#include "net/fleet.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace netplay_relay::admin {

// Who waits for the nodes at once.
inline constexpr std::size_t fleet_waits_max = 32;
// What the nodes have said serves whoever asks within this time.
inline constexpr std::chrono::milliseconds fleet_serves{1000};

class FleetView
{
public:
    // `io` must outlive it.
    explicit FleetView(boost::asio::io_context& io) : io_(io), forget_(io) {}
    FleetView(FleetView&&) = delete;

    // Before that, and without it, the relay is no node of a fleet. `fleet` must outlive it, or the
    // loop must have ended before.
    void join(net::Fleet& fleet) { fleet_ = &fleet; }

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] boost::asio::awaitable<Response> answer(const Request& request);
    void ask();
    void take(std::string text);

    boost::asio::io_context& io_;
    net::Fleet* fleet_ = nullptr;
    std::set<boost::asio::steady_timer*> waits_;
    std::shared_ptr<const std::string> text_; // that was made last
    std::chrono::steady_clock::time_point made_;
    boost::asio::steady_timer forget_; // what is long, and serves nobody any more
    bool is_asking_ = false;
};

} // namespace netplay_relay::admin
