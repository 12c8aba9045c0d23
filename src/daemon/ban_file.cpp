#include "daemon/ban_file.hpp"

#include <algorithm>
#include <iterator>
#include <spdlog/spdlog.h>

namespace netplay_relay::daemon {

std::string ban_file_path(const std::string& configured, const char* state_directory)
{
    if (!configured.empty() || state_directory == nullptr) return configured;
    const std::string_view all = state_directory;
    const std::string_view first = all.substr(0, all.find(':'));
    return first.empty() ? std::string() : std::string(first) + "/bans.json";
}

std::vector<lobby::Ban> BanFile::read(const Clocks& clocks)
{
    const std::optional<std::string> text = read_text();
    if (!text) return {};
    ReadBans read = bans_from_json(*text, clocks);
    if (!read.problems.empty()) move_aside(read.problems);
    spdlog::info("bans_read file={} bans={} ended={} left_out={}", path(), read.bans.size(),
                 read.over.size(), read.problems.size());
    over_ = std::move(read.over);
    known_ = std::move(read.known);
    return std::move(read.bans);
}

void BanFile::keep(std::vector<lobby::Ban> bans, const Clocks& clocks,
                   std::vector<lobby::BanEntry> known)
{
    keep_text([bans = std::move(bans), known = std::move(known), clocks] {
        return bans_to_json(bans, clocks, known);
    });
}

std::vector<lobby::Ban> BanFile::by_wall(std::vector<lobby::Ban> bans, const Clocks& now,
                                         std::chrono::milliseconds jump)
{
    // What the operator has said of a network since is newer.
    for (lobby::Ban& ban : over_)
        if (std::ranges::find(bans, ban.network, &lobby::Ban::network) == bans.end())
            bans.push_back(std::move(ban));
    std::vector<lobby::Ban> all = bans_by_wall(bans, now, jump);
    over_.clear();
    std::ranges::copy_if(all, std::back_inserter(over_), [&](const lobby::Ban& ban) {
        return ban.until && *ban.until <= now.relay;
    });
    if (over_.size() > lobby::bans_max) over_.resize(lobby::bans_max);
    return all;
}

} // namespace netplay_relay::daemon
