// A process that ends, with its last game or before, and may leave the games to one that systemd
// starts.
#include "daemon/running_daemon.hpp"
#include "daemon/service_manager.hpp"

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
void RunningDaemon::leave_when_quiet(int signal, unsigned tries)
{
    // Who drains by SIGUSR1 has been told to end.
    const bool stays = process_.state == net::RelayState::stopping || drain_is_final_;
    if (tries == 0 && (stays || !is_restarted_by_service_manager()))
        return stop("signal=" + std::to_string(signal));
    if (tries == 0) workers_.pause_links();
    if (workers_.unquiet_links() == 0 || tries >= link_looks) {
        if (!stays && hand_over_by_service_manager()) return io_.stop();
        workers_.lay_links_again();
        return stop("signal=" + std::to_string(signal));
    }
    leave_timer_.expires_after(link_look);
    leave_timer_.async_wait([this, signal, tries](const boost::system::error_code& error) {
        if (!error) leave_when_quiet(signal, tries + 1);
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
