// Keeps systemd informed: ready, reloading, draining, stopping, what is going on, and that the
// event loop turns. Does nothing where nobody asked for it.
#pragma once

#include "daemon/service_manager.hpp"
#include "net/process_state.hpp"
#include "net/workers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>

namespace netplay_relay::daemon {

class ServiceReporter
{
public:
    // All must outlive it. `process` tells whether the relay drains or stops.
    ServiceReporter(boost::asio::io_context& io, const net::Workers& workers,
                    const net::ProcessState& process);

    // The listeners are open. From now on there is a beat, out of the event loop itself.
    void ready();
    void reloading();
    // `problem`: why the old configuration holds on; empty if the new one holds.
    void reloaded(std::string problem);
    // The relay drains for good or stops: systemd counts its time to stop from here, and gets more
    // of it with each beat as long as the relay drains.
    void stopping();
    // True if systemd was told so, which it takes back for nobody.
    [[nodiscard]] bool has_said_stopping() const { return stops_ && notifier_.is_heard(); }

private:
    [[nodiscard]] std::string status() const;
    void say(const std::string& assignments);
    void beat();
    void wait();

    const net::Workers& workers_;
    const net::ProcessState& process_;
    Notifier notifier_;
    bool has_watchdog_;
    std::chrono::microseconds interval_;
    std::string problem_;
    bool stops_ = false;
    std::string last_status_;
    std::string unsaid_; // systemd did not listen; said again with the next beat
    boost::asio::steady_timer timer_;
};

} // namespace netplay_relay::daemon
