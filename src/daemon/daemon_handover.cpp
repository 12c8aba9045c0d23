// One process takes the place of another, and the games go on: for SIGUSR2 this process becomes the
// program that is on disk now, while a child holds the games; under systemd a restart leaves
// everything with systemd.
#include "daemon/control.hpp"
#include "daemon/fleet_start.hpp"
#include "daemon/logging.hpp"
#include "daemon/program.hpp"
#include "daemon/running_daemon.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// What is logged has to be written before this process is another one; a reader that is slower than
// that loses lines, and they are counted.
constexpr std::chrono::milliseconds log_pause{4};
constexpr unsigned log_tries = 50;
// For bans to be written, and for what is on its way to webhooks; the games go on meanwhile.
constexpr unsigned slow_tries = 500;

std::int64_t milliseconds_of(std::chrono::system_clock::time_point when)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

} // namespace

void RunningDaemon::list(net::ListenerUse use, const wire::Endpoint& wanted, bool passed,
                         int socket)
{
    handed_.emplace_back(net::HandedListener{use, wanted, passed, {}}, socket);
}

void RunningDaemon::take_over(net::IncomingHandover& before)
{
    const net::HandoverFacts& facts = before.index().facts;
    net::TakenOver taken;
    if (before.problem().empty()) {
        taken = workers_.take_over(before);
        has_memory_before_ = taken.has_memory;
        process_.started_at =
            std::chrono::system_clock::time_point(std::chrono::milliseconds(facts.started_at_ms));
        process_.started = std::min<lobby::Instant>(facts.started, workers_.now());
        count_log_lines_lost(facts.log_lines_lost);
        if (facts.draining) draining_since_ = facts.drain_began;
        for (const lobby::BanEntry& one : facts.bans)
            ban_book_.know(one);
        drain_is_final_ = facts.drain_is_final;
    }
    facts_before_ = facts;
    taken.lost += before_.lost;
    if (before_.lost > 0) workers_.miss(before_.lost);
    const auto pause =
        std::chrono::duration_cast<std::chrono::microseconds>(workers_.now() - facts.paused);
    std::uint32_t& longest = facts_before_.pause_us;
    if (facts.paused != lobby::Instant{})
        longest = std::max(longest, static_cast<std::uint32_t>(pause.count()));
    facts_before_.lost += taken.lost;
    process_.handovers = facts.counts;
    if (before.problem().empty()) feed_.go_on_from(facts.feed_epoch, facts.feed_newest);
    if (stands_in_) return;
    go_on_as_configured();
    if (facts.hops > 0) {
        workers_.miss(facts.hops);
        spdlog::warn(
            "hops_ended connections={} problem=\"their links to other nodes had not come to "
            "rest\"",
            facts.hops);
    }
    net::HandoverCounts& counts = process_.handovers;
    ++counts.done;
    counts.last_at_ms = milliseconds_of(std::chrono::system_clock::now());
    counts.last_pause_us = longest;
    counts.connections = taken.connections;
    counts.lost = facts_before_.lost;
    workers_.count_handover(counts);
    feed_.publish("upgraded", {{"from", facts.program},
                               {"connections", taken.connections},
                               {"lost", counts.lost},
                               {"pause_ms", counts.last_pause_us / 1000.0}});
    const lobby::Use use = workers_.use();
    spdlog::info("taken_over from={} sessions={} links={} rooms={} connections={} lost={} "
                 "pause_ms={:.1f}",
                 facts.program.empty() ? "unknown" : facts.program, use.sessions, use.links,
                 use.rooms, taken.connections, counts.lost,
                 static_cast<double>(counts.last_pause_us) / 1000);
}

// What came with the games is by the configuration of the process before.
void RunningDaemon::go_on_as_configured()
{
    if (discovery_ && facts_before_.discovery) discovery_->go_on_from(*facts_before_.discovery);
    game_watch_.go_on_with(facts_before_.games);
    announcements_.go_on_with(facts_before_.announced_names, facts_before_.announced_games);
    // Whom the new lists deny has to go.
    workers_.adopt(config_.policy, {config_.public_name, config_.public_port});
    workers_.lay_links_again();
}

// The games are understood: whose they are from now on. False if they are the other's.
bool RunningDaemon::settle_succession()
{
    const int control = before_.control.value();
    before_.heap_end.reset();
    if (!stands_in_) {
        // The stand-in serves nobody any more, and ends as soon as it has heard.
        (void)say(control, Word::taken);
        reap_stand_in();
        return true;
    }
    // Its parent has all of them yet, and goes on if anything is missing here.
    const bool all_came =
        facts_before_.lost == 0 &&
        std::ranges::all_of(inherited_, [](const Inherited& one) { return one.socket.is_open(); });
    // It decides, and kills us if we have taken too long.
    if (!all_came || !say(control, Word::taken) || hear(control, patience).word != Word::go)
        return false;
    change_log_level(config_.log_level);
    control_.assign(before_.control.release());
    wait_for_parent();
    return true;
}

void RunningDaemon::reap_stand_in()
{
    constexpr std::chrono::milliseconds look{20};
    if (waitpid(before_.stand_in, nullptr, WNOHANG) != 0) return;
    reap_timer_.expires_after(look);
    reap_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) reap_stand_in();
    });
}

// Which becomes this program, and wants the games back; or cannot, and then they stay here.
void RunningDaemon::wait_for_parent()
{
    control_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                            if (error) return;
                            if (hear(control_.native_handle(), {}).word == Word::give)
                                give_back();
                            else
                                go_on_alone("the process that was the relay is gone");
                        });
}

void RunningDaemon::give_back()
{
    net::OutgoingHandover games;
    const auto held = write(games, true);
    games.send_sockets();
    const std::array descriptors{games.state(), games.sockets()};
    const int control = control_.native_handle();
    if (!games.problem().empty()) return go_on_alone(games.problem());
    if (!say(control, Word::games, descriptors)) return go_on_alone("nobody takes the games back");
    // From here on they are the other's, but if it is gone.
    if (hear(control, patience).is_gone) return go_on_alone("nobody took the games back");
    // No copy of ours keeps a connection open that is closed there.
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    finish_logging(exit_ok);
    _exit(exit_ok);
}

void RunningDaemon::go_on_alone(const std::string& problem)
{
    control_.close();
    ++process_.handovers.failed;
    process_.handover_problem = problem;
    spdlog::error("upgrade_failed problem=\"{}; process {} goes on\"", problem, ::getpid());
    Listeners listeners = open_listeners(config_, {}, std::move(inherited_));
    if (!listeners.problem.empty())
        spdlog::error("cannot_listen problem=\"{}\"", listeners.problem);
    FleetStart fleet = start_fleet(config_);
    if (!fleet.problem.empty()) spdlog::error("cannot_join_fleet problem=\"{}\"", fleet.problem);
    config_.policy.rooms.fleet_salt = fleet.room_salt;
    fleet.go_on_from(facts_before_);
    join_fleet(std::move(fleet));
    handed_.clear();
    stands_in_ = false;
    sockets_ = sockets_of(listeners);
    serve(std::move(listeners));
    go_on_as_configured();
    begin();
}

void RunningDaemon::wait_for_upgrade()
{
    upgrade_signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        upgrade();
        wait_for_upgrade();
    });
}

net::HandoverFacts RunningDaemon::handover_facts() const
{
    net::HandoverFacts facts;
    facts.program = NETPLAY_RELAY_VERSION;
    facts.started_at_ms = milliseconds_of(process_.started_at);
    facts.started = process_.started;
    facts.paused = workers_.now();
    facts.draining = draining_since_ || process_.state == net::RelayState::draining;
    facts.drain_began = draining_since_.value_or(lobby::Instant(drain_began_.time_since_epoch()));
    facts.drain_is_final = drain_is_final_;
    facts.drain_starts = drain_plan_.at();
    facts.drain_message = drain_plan_.message();
    facts.log_lines_lost = log_lines_lost();
    if (discovery_) facts.discovery = discovery_->counts();
    facts.counts = process_.handovers;
    facts.hops = static_cast<std::uint32_t>(workers_.unquiet_hops());
    facts.bans = ban_book_.all();
    if (fleet_ != nullptr) facts.fleet = fleet_->seen();
    facts.fleet_instance = fleet_instance_;
    facts.feed_newest = feed_.newest();
    facts.feed_epoch = feed_.epoch();
    facts.games = game_watch_.followed();
    facts.news = untold_news();
    facts.announced_names = announcements_.names();
    facts.announced_games = announcements_.games();
    if (stands_in_) {
        facts.program = facts_before_.program;
        facts.drain_starts = facts_before_.drain_starts;
        facts.drain_message = facts_before_.drain_message;
        facts.discovery = facts_before_.discovery;
        facts.pause_us = facts_before_.pause_us;
        facts.lost = facts_before_.lost;
        facts.hops = facts_before_.hops;
        facts.fleet = facts_before_.fleet;
        facts.feed_newest = facts_before_.feed_newest;
        facts.feed_epoch = facts_before_.feed_epoch;
        facts.games = facts_before_.games;
        facts.news = facts_before_.news;
        facts.announced_names = facts_before_.announced_names;
        facts.announced_games = facts_before_.announced_games;
    }
    return facts;
}

// Sockets that systemd has opened come from it again if it starts the successor. Nobody is served
// as long as what is returned lives.
std::vector<net::Workers::Held> RunningDaemon::write(net::OutgoingHandover& into, bool with_passed)
{
    std::vector<net::Workers::Held> held = workers_.stand_still();
    net::HandoverFacts facts = handover_facts();
    for (const auto& [listener, socket] : handed_)
        if (with_passed || !listener.passed) into.add(listener, socket);
    workers_.hand_over(into, facts);
    into.finish(facts);
    return held;
}

void RunningDaemon::upgrade()
{
    if (is_going() || child_.is_running()) return;
    spdlog::info("upgrade_tries program={} connections={}", line_.arguments.front(),
                 workers_.use().connections);
    net::OutgoingHandover state;
    (void)write(state, true); // a trial: the games go on
    if (!state.problem().empty()) return upgrade_failed(state.problem());
    child_.begin(state.state(), [this](const std::string& problem) {
        if (is_going()) return child_.end();
        if (!problem.empty()) return upgrade_failed(problem);
        spdlog::info("upgrade_begins program={}", line_.arguments.front());
        outward_.hold();
        hand_over_when_logged(0);
    });
}

void RunningDaemon::hand_over_when_logged(unsigned tries)
{
    // To become another program waits for each thread, and one that hangs in its disk cannot be
    // ended: the stand-in would hold the games, and let nobody in, for as long as that takes.
    if (tries > slow_tries && writes_orders()) {
        child_.end();
        return upgrade_failed("the disk takes too long to write " + ban_file_->path());
    }
    // The last line has left the queue before it is written: hence one pause at least.
    const bool is_written = log_lines_waiting() == 0 || tries > log_tries;
    const bool is_told = outward_.is_still() || tries > slow_tries;
    const bool is_logged = tries > 0 && is_written && is_told && !writes_orders();
    // A signal that is caught by now has its turn before the games go; one that comes is the new
    // program's.
    if (is_logged) hold_all_signals();
    upgrade_timer_.expires_after(is_logged ? std::chrono::milliseconds(0) : log_pause);
    upgrade_timer_.async_wait([this, tries, is_logged](const boost::system::error_code& error) {
        if (error) return;
        if (is_logged)
            rest_links(upgrade_timer_, [this] { hand_over(); });
        else
            hand_over_when_logged(tries + 1);
    });
}

void RunningDaemon::hand_over()
{
    const auto stay = [this] {
        hold_signals(false);
        outward_.go_on();
        lay_links_again();
        child_.end();
    };
    if (is_going()) return stay();
    count_log_lines_lost(log_lines_lost() + log_lines_waiting()); // nobody will write them
    net::OutgoingHandover games;
    const auto held = write(games, true);
    // The last of those it waited for may have gone.
    if (is_going()) return stay();
    games.send_sockets();
    std::string problem = games.problem();
    if (problem.empty())
        problem = child_.give(games);
    else
        child_.end();
    if (problem.empty()) {
        // Nothing here is ours any more.
        const int error =
            become(line_.arguments, child_.control(), child_.process(), games.connections());
        std::fprintf(stderr, "netplay-relay: %s cannot be started: %s\n",
                     line_.arguments.front().c_str(), std::strerror(error));
        _exit(exit_failed); // the stand-in goes on
    }
    hold_signals(false);
    upgrade_failed(problem);
}

void RunningDaemon::upgrade_failed(const std::string& problem)
{
    ++process_.handovers.failed;
    process_.handover_problem = problem;
    outward_.go_on();
    lay_links_again();
    spdlog::error("upgrade_failed problem=\"{}; this program goes on\"", problem);
}

} // namespace netplay_relay::daemon
