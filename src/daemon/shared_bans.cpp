// Bans that all nodes of a fleet know.
#include "daemon/running_daemon.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

constexpr std::chrono::seconds forget_interval{5};
// Of those that come at once so many are told one by one.
constexpr std::size_t told_one_by_one = 64;
// A clock of another node that is ahead by more is worth a word.
constexpr std::int64_t clock_ahead_ms = 300'000;

nlohmann::ordered_json told_of(const lobby::BanEntry& entry)
{
    nlohmann::ordered_json told{{"action", entry.lifted ? "unban" : "ban"},
                                {"by", entry.by},
                                {"node", entry.node},
                                {"network", wire::to_text(entry.network)}};
    if (entry.lifted) return told;
    told["until"] = entry.until ? wall_text(*entry.until) : nlohmann::json();
    told["reason"] = entry.reason;
    return told;
}

void warn_of_clock(fleet::Node from, const std::vector<lobby::BanEntry>& news, std::int64_t now_ms)
{
    std::int64_t ahead = 0;
    for (const lobby::BanEntry& one : news)
        ahead = std::max(ahead, one.changed_ms - now_ms);
    if (ahead > clock_ahead_ms)
        spdlog::warn("fleet_clocks_differ node={} seconds={} problem=\"a ban was given or lifted "
                     "there in the future of the clock here\"",
                     from, ahead / 1000);
}

} // namespace

// All nodes are to end it at one moment: that of the clock on the wall.
std::size_t RunningDaemon::give_ban(lobby::Ban ban)
{
    if (!fleet_) return workers_.ban(ban);
    const Clocks now = clocks();
    ban.since = now.relay;
    lobby::BanEntry entry = entry_of(ban, 0, now);
    entry.node = fleet_->view().own;
    ban.until_read = entry.until;
    if (entry.until) ban.until = instant_of(*entry.until, now);
    ban_book_.say(std::move(entry), wall_ms(now));
    return workers_.ban(ban);
}

bool RunningDaemon::lift_ban(const wire::Network& network, const std::string& by)
{
    const lobby::BanEntry* const known =
        ban_book_.find(wire::network_of(network.base, network.prefix_bits));
    if (fleet_ && known != nullptr && !known->lifted) {
        lobby::BanEntry entry = *known;
        entry.lifted = true;
        entry.by = by.substr(0, lobby::order_text_max);
        entry.node = fleet_->view().own;
        ban_book_.say(std::move(entry), wall_ms(clocks()));
    }
    return workers_.lift_ban(network);
}

void RunningDaemon::take_bans(fleet::Node from, const std::vector<lobby::BanEntry>& others)
{
    const Clocks now = clocks();
    const lobby::BanBook::Merged merged = ban_book_.merge(others, wall_ms(now));
    fleet_->tell_bans(ban_book_);
    note_refused_bans(from, merged.refused);
    if (merged.news.empty()) return;
    const std::vector<lobby::Ban> before = workers_.bans(); // by network
    std::vector<lobby::Ban> bans;
    std::vector<wire::Network> lifted = merged.left_out;
    std::vector<const lobby::BanEntry*> told;
    for (const lobby::BanEntry& one : merged.news) {
        const bool was_banned =
            std::ranges::binary_search(before, one.network, {}, &lobby::Ban::network);
        if (one.lifted && was_banned) lifted.push_back(one.network);
        if (!one.lifted) bans.push_back(shared_ban_of(one, now));
        if (!one.lifted || was_banned) told.push_back(&one);
    }
    const std::size_t gone = workers_.take_bans(bans, lifted);
    for (std::size_t at = 0; at < std::min(told.size(), told_one_by_one); ++at)
        admin::tell_control(feed_, told_of(*told[at]));
    spdlog::info("bans_learnt node={} banned={} lifted={} gone={}", from, bans.size(),
                 lifted.size() - merged.left_out.size(), gone);
    if (!merged.left_out.empty())
        spdlog::warn("bans_left_out bans={} problem=\"all nodes together have banned more networks "
                     "than one may: those that were banned first are not any more\"",
                     merged.left_out.size());
    warn_of_clock(from, merged.news, wall_ms(now));
    keep_bans();
}

// They are asked for again and again: each is counted, and told of, once.
void RunningDaemon::note_refused_bans(fleet::Node from, std::size_t refused)
{
    const std::size_t before = std::exchange(refused_last_.at(from), refused);
    if (refused <= before) return;
    refused_bans_ += refused - before;
    spdlog::warn(
        "bans_refused node={} bans={} problem=\"it tells of bans that were given or lifted "
        "more than a day ahead of the clock here; they are taken when their time has "
        "come\"",
        from, refused);
}

// With the node at which it was said.
lobby::Ban RunningDaemon::shared_ban_of(const lobby::BanEntry& entry, const Clocks& now) const
{
    lobby::Ban ban = ban_of(entry, now);
    if (entry.node != fleet_->view().own)
        ban.by += (ban.by.empty() ? "node " : " at node ") + std::to_string(entry.node);
    return ban;
}

// Some of those in the file may have been lifted since, at this node or at another one.
void RunningDaemon::adopt_read_bans(std::vector<lobby::Ban> bans)
{
    if (!fleet_) return workers_.adopt_bans(bans);
    for (lobby::BanEntry one : ban_file_->known()) {
        if (one.node == no_node) one.node = fleet_->view().own;
        ban_book_.know(std::move(one));
    }
    std::erase_if(bans, [&](lobby::Ban& ban) {
        const lobby::BanEntry* const known =
            ban_book_.find(wire::network_of(ban.network.base, ban.network.prefix_bits));
        if (known != nullptr && !known->lifted) ban = shared_ban_of(*known, known_clocks_);
        return known != nullptr && known->lifted;
    });
    workers_.adopt_bans(bans);
}

// What holds and was not said in a fleet is told to the others as well.
void RunningDaemon::know_bans()
{
    if (!fleet_) return ban_book_.clear();
    const Clocks now = clocks();
    for (const lobby::Ban& ban : workers_.bans()) {
        if (ban_book_.find(ban.network) != nullptr) continue;
        lobby::BanEntry entry = entry_of(ban, wall_ms(now), now);
        if (entry.since) entry.changed_ms = *entry.since * 1000;
        entry.node = fleet_->view().own;
        ban_book_.know(std::move(entry));
    }
    fleet_->tell_bans(ban_book_);
}

void RunningDaemon::keep_bans()
{
    if (fleet_) fleet_->tell_bans(ban_book_);
    if (ban_file_) ban_file_->keep(workers_.bans(), clocks(), ban_book_.all());
}

// Those that are over are over at all nodes.
void RunningDaemon::forget_bans_later()
{
    bans_timer_.expires_after(forget_interval);
    bans_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        const std::size_t before = ban_book_.size();
        ban_book_.forget_past(wall_ms(clocks()));
        if (ban_book_.size() != before) fleet_->tell_bans(ban_book_);
        forget_bans_later();
    });
}

} // namespace netplay_relay::daemon
