#include "daemon/drain_plan.hpp"

#include "daemon/drain_countdown.hpp"

#include <utility>

namespace netplay_relay::daemon {

void DrainPlan::begin(lobby::Instant at, lobby::Instant now, std::string message, bool is_told)
{
    at_ = at;
    message_ = std::move(message);
    if (!is_told) say_(countdown_text(at - now, message_));
    wait(at - next_warning(at - now));
}

bool DrainPlan::cancel()
{
    timer_.cancel();
    return std::exchange(at_, std::nullopt).has_value();
}

// Both clocks are the kernel's monotonic one.
void DrainPlan::wait(lobby::Instant until)
{
    timer_.expires_at(std::chrono::steady_clock::time_point(until.time_since_epoch()));
    timer_.async_wait([this, until](const boost::system::error_code& error) {
        if (!error) go_on(until);
    });
}

void DrainPlan::go_on(lobby::Instant now)
{
    if (!at_) return;
    if (now < *at_) {
        say_(countdown_text(*at_ - now, message_));
        return wait(*at_ - next_warning(*at_ - now));
    }
    at_.reset();
    drain_();
}

} // namespace netplay_relay::daemon
