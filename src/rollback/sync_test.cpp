#include "rollback/sync_test.hpp"

#include "sync_trial.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace netplay_relay::rollback {

namespace {

std::string text_of(const StateDifference& difference)
{
    if (difference.sizes[0] != difference.sizes[1])
        return "its size is " + std::to_string(difference.sizes[1]) + " instead of " +
               std::to_string(difference.sizes[0]) + " bytes";
    return std::to_string(difference.bytes) + " of " + std::to_string(difference.sizes[0]) +
           " bytes differ, from byte " + std::to_string(difference.first) + " to " +
           std::to_string(difference.last);
}

// How many frames can be repeated, and the new one run and saved, in the time of one frame. One
// slow call says more of the machine than of the core, so the mean counts.
std::uint32_t depth_that_fits(const SyncTestReport& report)
{
    constexpr double most = 1'000'000; // nobody asks for more
    const double each = report.run.mean + report.save.mean;
    const double left = report.frame_microseconds - report.load.mean - each;
    if (left <= 0) return 0;
    return static_cast<std::uint32_t>(each <= 0 ? most : std::min(std::floor(left / each), most));
}

std::string milliseconds(double microseconds)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f ms", microseconds / 1000);
    return text.data();
}

std::string share_of(std::uint32_t part, std::uint32_t all)
{
    return std::to_string(part) + " of " + std::to_string(all);
}

// Who writes the verdict.
class Judge
{
public:
    explicit Judge(SyncTestReport& report) : report_(report) {}

    void judge()
    {
        report_.depth_that_fits = depth_that_fits(report_);
        if (!judge_faults() && !judge_games() && !judge_states()) judge_speed();
        report_.plays =
            report_.verdict == SyncVerdict::fit || report_.verdict == SyncVerdict::fit_with_less ||
            report_.verdict == SyncVerdict::crcs_differ ||
            (report_.verdict == SyncVerdict::size_changes && !report_.state_size_changed);
    }

private:
    bool say(SyncVerdict verdict, std::string reason, std::string players_see)
    {
        report_.verdict = verdict;
        report_.reason = std::move(reason);
        report_.players_see = std::move(players_see);
        return true;
    }

    bool judge_faults()
    {
        const std::string nothing = "no netplay: the frontend refuses it, or it ends at once";
        if (report_.save_failed_at)
            return say(SyncVerdict::cannot_save,
                       *report_.save_failed_at == 0
                           ? "the core has no savestates"
                           : "the core could not save its state after frame " +
                                 std::to_string(*report_.save_failed_at),
                       nothing);
        if (report_.load_refused_at)
            return say(SyncVerdict::load_refused,
                       "the core refused its own state of frame " +
                           std::to_string(*report_.load_refused_at),
                       nothing);
        if (report_.state_size_changed)
            return say(SyncVerdict::size_changes,
                       "the size of the state grows: it was " + std::to_string(report_.state_size) +
                           " bytes first and " + std::to_string(report_.state_size_last) +
                           " at last",
                       "joining fails or the game ends, since a frontend makes room for the first "
                       "size only");
        if (!report_.join_fault.empty())
            return say(SyncVerdict::load_refused,
                       "in a process of its own, a joining game went no further at frame " +
                           std::to_string(report_.join_fault_at) + ": " + report_.join_fault,
                       "nobody can join");
        return false;
    }

    bool judge_games()
    {
        const bool unseen = !report_.game_is_seen && report_.replays.states > 0;
        if (report_.replays.games == 0 && report_.joined.games == 0 && !unseen) return false;
        std::string reason;
        if (report_.replays.games > 0 || unseen)
            reason = "the same input led to another game in " +
                     share_of(unseen ? report_.replays.states : report_.replays.games,
                              report_.replays.frames) +
                     " repeated frames" +
                     (report_.replays.first
                          ? ", first after frame " + std::to_string(report_.replays.first->frame) +
                                ", where " + text_of(*report_.replays.first)
                          : "") +
                     whose_fault();
        if (report_.joined.games > 0)
            reason += (reason.empty() ? "" : "; and ") +
                      std::string("who joined had another game in ") +
                      share_of(report_.joined.games, report_.joined.frames) + " frames";
        return say(SyncVerdict::game_differs, std::move(reason),
                   "players see different games" +
                       std::string(report_.causes.empty()
                                       ? ", from the first rollback or the first join on"
                                       : " once one of those buttons is pressed, until a savestate "
                                         "is sent"));
    }

    std::string whose_fault() const
    {
        if (!report_.replays.first) return "";
        return report_.first_reload_difference
                   ? "; so does a state saved right after loading one"
                   : "; a state saved right after loading one is the same, so the core remembers "
                     "what it does not save";
    }

    bool judge_states()
    {
        if (report_.replays.states > 0 || report_.joined.states > 0) {
            std::string reason;
            if (report_.joined.states > 0)
                reason = "who joined had the same game but another state in " +
                         share_of(report_.joined.states, report_.joined.frames) + " frames" +
                         (report_.joined.first ? ", where " + text_of(*report_.joined.first) : "");
            if (report_.replays.states > 0)
                reason +=
                    (reason.empty() ? "" : "; and ") +
                    share_of(report_.replays.states, report_.replays.frames) +
                    " repeated frames ended in the same game but another state" +
                    (report_.replays.first ? ", where " + text_of(*report_.replays.first) : "");
            return say(SyncVerdict::crcs_differ, std::move(reason),
                       "the same game; but CRCs differ for nothing, and each that does sends a "
                       "savestate");
        }
        if (report_.state_size_told == 0 || report_.state_size_told == report_.state_size)
            return false;
        return say(
            SyncVerdict::size_changes,
            "the core asks for " + std::to_string(report_.state_size) +
                " bytes before the first frame and for " + std::to_string(report_.state_size_told) +
                " later",
            "the same game, if netplay begins with the game for all; who begins netplay in a "
            "running game has states of another size, which others refuse");
    }

    void judge_speed()
    {
        const std::uint32_t depth = report_.options.depth;
        const std::string costs = "a rollback of " + std::to_string(depth) + " frames takes " +
                                  milliseconds(report_.rollback.mean) + " of the " +
                                  milliseconds(report_.frame_microseconds) + " of a frame";
        if (report_.depth_that_fits == 0)
            say(SyncVerdict::too_slow,
                "not even one frame can be repeated in the time of a frame: " + costs,
                "a game that never runs at its speed on this machine");
        else if (report_.depth_that_fits < depth)
            say(SyncVerdict::fit_with_less,
                "fit for rollbacks of at most " + std::to_string(report_.depth_that_fits) +
                    " frames: " + costs,
                "the same game; it stutters on this machine when the line is slow");
        else
            say(SyncVerdict::fit, "every repeated frame ended in the same state, and " + costs,
                "the same game, and no CRC differs");
        if (report_.first_reload_difference)
            report_.reason += "; a state saved right after loading one is another (" +
                              text_of(*report_.first_reload_difference) +
                              "), which goes away with the next frame";
    }

    SyncTestReport& report_;
};

} // namespace

SyncTestReport sync_test(Core& core, const SyncTestOptions& options, const Stopwatch& now,
                         const Joiners& joiners)
{
    SyncTestReport report = SyncTrial(core, options, now, joiners).run();
    Judge(report).judge();
    return report;
}

const char* name_of(SyncVerdict verdict)
{
    switch (verdict) {
    case SyncVerdict::fit: return "fit";
    case SyncVerdict::fit_with_less: return "fit_with_less";
    case SyncVerdict::crcs_differ: return "crcs_differ";
    case SyncVerdict::size_changes: return "size_changes";
    case SyncVerdict::too_slow: return "too_slow";
    case SyncVerdict::cannot_save: return "cannot_save";
    case SyncVerdict::load_refused: return "load_refused";
    case SyncVerdict::game_differs: return "game_differs";
    }
    return "";
}

} // namespace netplay_relay::rollback
