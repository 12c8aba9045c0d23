// The operator's bans outlive the process.
#include "daemon/running_daemon.hpp"

#include <cstdlib>
#include <utility>

namespace netplay_relay::daemon {

// What the process before this one knew is newer than what is in the file, which may be without
// its last changes: it is not read then, and written again.
void RunningDaemon::keep_bans()
{
    const std::string path =
        ban_file_path(config_.bans_file, std::getenv("STATE_DIRECTORY")); // NOLINT: one thread
    if (ban_file_ && ban_file_->path() == path) return;
    ban_file_ = std::make_unique<BanFile>(path);
    const bool is_known = std::exchange(has_memory_before_, false);
    const bool is_more = is_known || engine_.lobby().ban_count() > 0;
    if (is_known)
        ban_file_->go_on_unread();
    else
        engine_.adopt_bans(ban_file_->read(clocks()));
    engine_.when_bans_change([this] { ban_file_->keep(engine_.bans(), clocks()); });
    if (is_more) ban_file_->keep(engine_.bans(), clocks());
}

Clocks RunningDaemon::clocks() const { return {engine_.now(), std::chrono::system_clock::now()}; }

} // namespace netplay_relay::daemon
