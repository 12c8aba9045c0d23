#include "netplay_relay/rollback/sync_test.hpp"

#include "netplay_relay/rollback/random_input.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <utility>
#include <vector>

namespace netplay_relay::rollback {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Microseconds = std::chrono::duration<double, std::micro>;

std::optional<StateDifference> compare(std::uint32_t frame, const Bytes& was, const Bytes& is)
{
    if (was == is) return std::nullopt;
    StateDifference found;
    found.frame = frame;
    found.sizes[0] = was.size();
    found.sizes[1] = is.size();
    const std::size_t both = std::min(was.size(), is.size());
    for (std::size_t at = 0; at < both; ++at) {
        if (was[at] == is[at]) continue;
        if (found.bytes++ == 0) found.first = at;
        found.last = at;
    }
    return found;
}

bool is_pad(std::uint32_t device) { return (device & 0xFFU) == 1 || (device & 0xFFU) == 5; }

void count(Cost& cost, std::chrono::nanoseconds spent)
{
    const double microseconds = Microseconds(spent).count();
    cost.most = std::max(cost.most, microseconds);
    ++cost.calls;
    cost.mean += (microseconds - cost.mean) / static_cast<double>(cost.calls);
}

// The game as it is played, taken back and repeated.
class Trial
{
public:
    Trial(Core& core, const SyncTestOptions& options, const Stopwatch& now)
        : core_(core), now_(now), input_(options.seed)
    {
        report_.core = core.info();
        report_.options = options;
        report_.options.depth = std::clamp(options.depth, 1U, std::max(options.frames, 1U));
        report_.frame_microseconds = 1e6 / report_.core.frames_per_second;
    }

    SyncTestReport run()
    {
        plug();
        if (begin())
            while (report_.frames_run < report_.options.frames && play() && repeat()) {
            }
        report_.state_size_last = history_.empty() ? 0 : history_.back().size();
        return std::move(report_);
    }

private:
    void plug()
    {
        for (std::size_t port = 0; port < ports_max; ++port)
            core_.plug(port, report_.options.devices[port]);
    }

    bool begin()
    {
        Bytes first;
        if (!save(first, 0)) return false;
        report_.state_size = first.size();
        history_.push_back(std::move(first));
        return true;
    }

    // One new frame.
    bool play()
    {
        run_frame(report_.frames_run);
        ++report_.frames_run;
        if (history_.size() > report_.options.depth) {
            history_.push_back(std::move(history_.front())); // its memory serves again
            history_.pop_front();
        } else {
            history_.emplace_back();
        }
        return save(history_.back(), report_.frames_run);
    }

    // Back by `depth` frames, or to the beginning, and the same again.
    bool repeat()
    {
        const auto frames = static_cast<std::uint32_t>(history_.size() - 1);
        const std::uint32_t first = report_.frames_run - frames;
        if (!load(history_.front(), first) || !reload_is_same(first)) return false;
        const std::chrono::nanoseconds before = spent_ - loading_;
        for (std::uint32_t n = 0; n < frames; ++n) {
            run_frame(first + n);
            if (!save(spare_, first + n + 1)) return false;
            Bytes& was = history_[n + 1];
            if (auto difference = compare(first + n + 1, was, spare_)) {
                if (!report_.first_replay_difference) report_.first_replay_difference = difference;
                ++report_.replays_that_differ;
                was.swap(spare_); // so that one difference is not found again and again
            }
        }
        if (frames == report_.options.depth) count(report_.rollback, spent_ - before);
        return true;
    }

    // What has just been loaded, saved at once; false if it could not be saved.
    bool reload_is_same(std::uint32_t frame)
    {
        if (!save(spare_, frame)) return false;
        if (auto difference = compare(frame, history_.front(), spare_)) {
            if (!report_.first_reload_difference) report_.first_reload_difference = difference;
            ++report_.reloads_that_differ;
        }
        return true;
    }

    void run_frame(std::uint32_t frame)
    {
        FrameInput input = input_.frame(frame, report_.options.devices);
        for (std::size_t port = 0; port < ports_max; ++port)
            if (is_pad(report_.options.devices[port]))
                input[port].words[0] &= report_.options.buttons;
        measure(report_.run, [&] { core_.run(input); });
    }

    bool save(Bytes& state, std::uint32_t frame)
    {
        bool done = false;
        measure(report_.save, [&] {
            state.resize(core_.state_size());
            done = !state.empty() && core_.save(state);
        });
        if (!done) report_.save_failed_at = frame;
        if (done && report_.state_size != 0 && state.size() != report_.state_size)
            report_.state_size_changed = true;
        return done;
    }

    bool load(const Bytes& state, std::uint32_t frame)
    {
        bool done = false;
        loading_ = measure(report_.load, [&] { done = core_.load(state); });
        if (!done) report_.load_refused_at = frame;
        return done;
    }

    template <typename Work>
    std::chrono::nanoseconds measure(Cost& cost, const Work& work)
    {
        const std::chrono::nanoseconds begin = now_();
        work();
        const std::chrono::nanoseconds spent = now_() - begin;
        count(cost, spent);
        spent_ += spent;
        return spent;
    }

    Core& core_;
    const Stopwatch& now_;
    RandomInput input_;
    SyncTestReport report_;
    std::deque<Bytes> history_; // states of the newest depth + 1 frames, the present at the back
    Bytes spare_;
    std::chrono::nanoseconds spent_{0};   // in the core, altogether
    std::chrono::nanoseconds loading_{0}; // the newest state
};

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

void judge_speed(SyncTestReport& report)
{
    const std::uint32_t depth = report.options.depth;
    const std::string costs = "a rollback of " + std::to_string(depth) + " frames takes " +
                              milliseconds(report.rollback.mean) + " of the " +
                              milliseconds(report.frame_microseconds) + " of a frame";
    if (report.depth_that_fits == 0) {
        report.verdict = SyncVerdict::too_slow;
        report.reason = "not even one frame can be repeated in the time of a frame: " + costs;
    } else if (report.depth_that_fits < depth) {
        report.verdict = SyncVerdict::fit_with_less;
        report.reason = "fit for rollbacks of at most " + std::to_string(report.depth_that_fits) +
                        " frames: " + costs;
    } else {
        report.verdict = SyncVerdict::fit;
        report.reason = "every repeated frame ended in the same state, and " + costs;
    }
}

void judge(SyncTestReport& report)
{
    const auto say = [&](SyncVerdict verdict, std::string reason) {
        report.verdict = verdict;
        report.reason = std::move(reason);
    };
    report.depth_that_fits = depth_that_fits(report);
    if (report.save_failed_at)
        return say(SyncVerdict::cannot_save,
                   *report.save_failed_at == 0 ? "the core has no savestates"
                                               : "the core could not save its state after frame " +
                                                     std::to_string(*report.save_failed_at));
    if (report.load_refused_at)
        return say(SyncVerdict::load_refused, "the core refused its own state of frame " +
                                                  std::to_string(*report.load_refused_at));
    if (report.state_size_changed)
        return say(SyncVerdict::size_changes,
                   "the size of the state changes: it was " + std::to_string(report.state_size) +
                       " bytes first and " + std::to_string(report.state_size_last) + " at last");
    if (report.first_replay_difference)
        return say(SyncVerdict::replay_differs,
                   "the same input led to another state: after frame " +
                       std::to_string(report.first_replay_difference->frame) + " " +
                       text_of(*report.first_replay_difference) +
                       (report.first_reload_difference
                            ? "; so does a state saved right after loading one"
                            : "; a state saved right after loading one is the same, so the core "
                              "remembers what it does not save"));
    judge_speed(report);
    if (report.first_reload_difference)
        report.reason += "; a state saved right after loading one is another (" +
                         text_of(*report.first_reload_difference) +
                         "), which goes away with the next frame";
}

} // namespace

SyncTestReport sync_test(Core& core, const SyncTestOptions& options, const Stopwatch& now)
{
    SyncTestReport report = Trial(core, options, now).run();
    judge(report);
    return report;
}

const char* name_of(SyncVerdict verdict)
{
    switch (verdict) {
    case SyncVerdict::fit: return "fit";
    case SyncVerdict::fit_with_less: return "fit_with_less";
    case SyncVerdict::too_slow: return "too_slow";
    case SyncVerdict::cannot_save: return "cannot_save";
    case SyncVerdict::load_refused: return "load_refused";
    case SyncVerdict::size_changes: return "size_changes";
    case SyncVerdict::replay_differs: return "replay_differs";
    }
    return "";
}

} // namespace netplay_relay::rollback
