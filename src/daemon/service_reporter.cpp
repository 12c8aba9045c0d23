#include "daemon/service_reporter.hpp"

#include "daemon/address_watch.hpp"
#include "daemon/service_status.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// How old the line of "systemctl status" may be.
constexpr std::chrono::microseconds status_interval = std::chrono::seconds(2);

// More time to stop, counted from each beat; one beat may be lost.
constexpr std::string_view extension = "EXTEND_TIMEOUT_USEC=30000000\n";

std::string monotonic_microseconds()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch(); // CLOCK_MONOTONIC
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

} // namespace

ServiceReporter::ServiceReporter(boost::asio::io_context& io, const net::Workers& workers,
                                 const net::ProcessState& process)
    : workers_(workers), process_(process), has_watchdog_(watchdog_interval().has_value()),
      interval_(std::min(watchdog_interval().value_or(2 * status_interval) / 2, status_interval)),
      timer_(io)
{
}

std::string ServiceReporter::status() const
{
    std::string notes = problem_;
    const auto add = [&](const std::string& note) {
        if (!note.empty()) notes += (notes.empty() ? "" : "; ") + note;
    };
    add(missing_addresses(process_));
    if (process_.state == net::RelayState::draining) {
        const auto ends = process_.drain_ends;
        if (const std::size_t hops = workers_.figures().hops; hops > 0)
            add("passes on " + std::to_string(hops) + (hops == 1 ? " player" : " players") +
                " to other nodes");
        add(drain_note(ends ? std::optional(*ends - workers_.now()) : std::nullopt));
    }
    return service_status(process_.state, workers_.use(), notes);
}

void ServiceReporter::say(const std::string& assignments)
{
    unsaid_ = notifier_.say(assignments) ? std::string() : assignments; // the newest is what counts
}

void ServiceReporter::ready()
{
    if (!notifier_.is_heard()) return;
    last_status_ = status();
    say("READY=1\nSTATUS=" + last_status_);
    wait();
}

void ServiceReporter::reloading()
{
    if (notifier_.is_heard()) say("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

void ServiceReporter::reloaded(std::string problem)
{
    problem_ = std::move(problem);
    if (!notifier_.is_heard()) return;
    last_status_ = status();
    // It may have begun to drain or to stop before.
    say((!stops_ ? "READY=1\nSTATUS=" : "STOPPING=1\nSTATUS=") + last_status_);
}

void ServiceReporter::stopping()
{
    stops_ = true;
    if (!notifier_.is_heard()) return;
    last_status_ = status();
    say("STOPPING=1\nSTATUS=" + last_status_);
    beat();
}

void ServiceReporter::beat()
{
    std::string said;
    if (has_watchdog_) said += "WATCHDOG=1\n";
    if (stops_ && process_.state == net::RelayState::draining) said += extension;
    std::string status_now = status();
    if (status_now != last_status_) {
        said += "STATUS=" + status_now + "\n";
        last_status_ = std::move(status_now);
    }
    const std::string before = std::exchange(unsaid_, {});
    if (!before.empty()) say(before);
    // A beat that is not heard is late, and the next one will do.
    if (!said.empty() && unsaid_.empty()) (void)notifier_.say(said);
    wait();
}

void ServiceReporter::wait()
{
    timer_.expires_after(interval_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) beat();
    });
}

} // namespace netplay_relay::daemon
