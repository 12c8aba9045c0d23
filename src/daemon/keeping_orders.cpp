// What the operator has said outlives the process.
#include "daemon/running_daemon.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// Less is not worth a word: clocks are slewed by that much in an hour.
constexpr std::chrono::seconds least_jump{1};

// For both files at the end of the process: a disk that does not answer by then may never.
constexpr std::chrono::seconds disk_patience{5};

} // namespace

// What the process before this one knew is newer than what is in the files, which may be without
// its last changes: they are not read then, and written again.
void RunningDaemon::keep_orders()
{
    const std::string path =
        ban_file_path(config_.bans_file, std::getenv("STATE_DIRECTORY")); // NOLINT: one thread
    if (ban_file_ && ban_file_->path() == path) return;
    leave_files(); // a disk that hangs holds up nobody
    ban_file_ = std::make_unique<BanFile>(path);
    order_file_ = std::make_unique<OrderFile>(order_file_path(path));
    const bool is_known = std::exchange(has_memory_before_, false);
    const bool has_bans = is_known || workers_.ban_count() > 0;
    const bool has_orders = is_known || orders() != Orders{};
    known_clocks_ = clocks();
    if (is_known) {
        ban_file_->go_on_unread();
        order_file_->go_on_unread();
        adopt_wall_times({});
    } else {
        adopt_read_bans(ban_file_->read(known_clocks_));
        const Orders kept = order_file_->read(known_clocks_);
        workers_.adopt_reservations(kept.reservations);
        if (!kept.takes_new) workers_.take_new(false);
    }
    know_bans();
    workers_.when_bans_change([this] { keep_bans(); });
    workers_.when_promises_change([this] { order_file_->keep(orders(), clocks()); });
    // Of a damaged one the rest would be gone otherwise.
    if (has_bans || !ban_file_->damage().empty()) keep_bans();
    if (has_orders || !order_file_->damage().empty()) keep_promises();
    if (!workers_.takes_new())
        spdlog::warn("takes_nothing_new problem=\"'netplay-relay new off' was said, and holds over "
                     "restarts: 'netplay-relay new on' ends it\"");
}

// No file is made for nothing.
void RunningDaemon::keep_promises()
{
    if (orders() == Orders{} && ::access(order_file_->path().c_str(), F_OK) != 0) return;
    order_file_->keep(orders(), clocks());
}

void RunningDaemon::leave_files()
{
    if (ban_file_) ban_file_->leave();
    if (order_file_) order_file_->leave();
}

void RunningDaemon::finish_files()
{
    const auto limit = std::chrono::steady_clock::now() + disk_patience;
    const auto left = [&] {
        return std::chrono::ceil<std::chrono::milliseconds>(
            std::max(limit - std::chrono::steady_clock::now(), std::chrono::nanoseconds{0}));
    };
    if (ban_file_) ban_file_->finish_or_leave(left());
    if (order_file_) order_file_->finish_or_leave(left());
}

// The clock on the wall may have been set. What was read from a file ends when that says, by this
// clock; what was said since then lasts as long as was said, and the file is to have the new times.
void RunningDaemon::follow_wall_clock()
{
    if (!ban_file_) return;
    const auto jump = jump_between(known_clocks_, clocks());
    if (std::chrono::abs(jump) < least_jump) return;
    known_clocks_ = clocks();
    adopt_wall_times(jump);
    spdlog::warn("clock_set seconds={:.1f} bans={}", static_cast<double>(jump.count()) / 1000,
                 workers_.ban_count());
    know_bans();
    keep_bans();
    keep_promises();
}

void RunningDaemon::adopt_wall_times(std::chrono::milliseconds jump)
{
    workers_.replace_bans(ban_file_->by_wall(workers_.bans(), known_clocks_, jump));
    workers_.adopt_reservations(reservations_by_wall(workers_.reservations(), known_clocks_));
}

bool RunningDaemon::writes_orders() const
{
    return ban_file_->is_writing() || order_file_->is_writing();
}

// Why something that the operator has said is not kept, or was lost.
std::string RunningDaemon::kept_problem() const
{
    std::string all;
    const auto add = [&](const std::string& problem) {
        if (!problem.empty()) all += (all.empty() ? "" : "; ") + problem;
    };
    if (ban_file_) add(ban_file_->damage());
    if (ban_file_) add(ban_file_->problem());
    if (order_file_) add(order_file_->damage());
    if (order_file_) add(order_file_->problem());
    return all;
}

Orders RunningDaemon::orders() const { return {workers_.takes_new(), workers_.reservations()}; }

Clocks RunningDaemon::clocks() const { return {workers_.now(), std::chrono::system_clock::now()}; }

} // namespace netplay_relay::daemon
