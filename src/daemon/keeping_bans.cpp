// The operator's bans outlive the process.
#include "daemon/running_daemon.hpp"

#include <algorithm>
#include <cstdlib>

namespace netplay_relay::daemon {

// What is known already, of the process before this one, is as new as what is kept.
void RunningDaemon::keep_bans()
{
    const std::string path =
        ban_file_path(config_.bans_file, std::getenv("STATE_DIRECTORY")); // NOLINT: one thread
    if (ban_file_ && ban_file_->path() == path) return;
    ban_file_ = std::make_unique<BanFile>(path);
    const std::vector<lobby::Ban> known = engine_.bans();
    engine_.when_bans_change({});
    for (const lobby::Ban& ban : ban_file_->read(clocks()))
        if (std::ranges::find(known, ban.network, &lobby::Ban::network) == known.end())
            engine_.ban(ban);
    engine_.when_bans_change([this] { ban_file_->keep(engine_.bans(), clocks()); });
    if (!known.empty()) ban_file_->keep(engine_.bans(), clocks());
}

Clocks RunningDaemon::clocks() const { return {engine_.now(), std::chrono::system_clock::now()}; }

} // namespace netplay_relay::daemon
