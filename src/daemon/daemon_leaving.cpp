// A process that ends, with its last game or before, and may leave the games to one that systemd
// starts.
#include "daemon/running_daemon.hpp"
#include "daemon/service_manager.hpp"

#include <csignal>
#include <spdlog/spdlog.h>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

namespace {

// The games stand still meanwhile. Of a slower disk the successor writes the bans again.
constexpr std::chrono::milliseconds orders_patience{200};
constexpr std::chrono::milliseconds news_patience{10};

} // namespace

void RunningDaemon::arm_drain_limit()
{
    drain_timer_.cancel();
    process_.drain_ends.reset();
    if (config_.drain_limit.count() == 0) return;
    const auto ends = drain_began_ + config_.drain_limit;
    process_.drain_ends = lobby::Instant(ends.time_since_epoch());
    drain_timer_.expires_at(ends);
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) end_drain("reason=drain_limit");
    });
}

void RunningDaemon::end_drain(const char* cause)
{
    if (process_.state == net::RelayState::draining) stop(cause);
}

// For a successor that systemd starts, or for good.
void RunningDaemon::leave(int signal)
{
    const std::string cause = "signal=" + std::to_string(signal);
    const auto is_stopping = [this] { return process_.state == net::RelayState::stopping; };
    // Who drains by SIGUSR1 has been told to end. The second signal while it stops is for whoever
    // has no patience.
    const bool may_go_on = signal == SIGTERM && !drain_is_final_ && !is_stopping();
    if (!may_go_on || !is_restarted_by_service_manager()) return stop(cause);
    is_leaving_ = true;
    rest_links(leave_timer_, [this, cause, is_stopping] {
        const bool may_still = !drain_is_final_ && !is_stopping();
        if (may_still && hand_over_by_service_manager()) return io_.stop();
        is_leaving_ = false;
        lay_links_again();
        if (!is_stopping()) stop(cause);
    });
}

// True if systemd has it all, and starts a successor.
bool RunningDaemon::hand_over_by_service_manager()
{
    const lobby::Use use = workers_.use();
    child_.end();
    (void)ban_file_->finish_within(orders_patience);
    (void)order_file_->finish_within(orders_patience);
    outward_.hold();
    (void)outward_.is_still(news_patience);
    net::OutgoingHandover state;
    const auto held = write(state, false);
    state.send_sockets();
    std::string problem = state.problem();
    if (problem.empty()) problem = keep_by_service_manager(state.state(), state.sockets());
    if (!problem.empty()) {
        spdlog::error("handover_failed problem=\"{}\"", problem);
        outward_.go_on();
        return false;
    }
    workers_.leave();
    leave_files();
    spdlog::info("handed_over sessions={} links={} rooms={} connections={}", use.sessions,
                 use.links, use.rooms, state.connections());
    return true;
}

} // namespace netplay_relay::daemon
