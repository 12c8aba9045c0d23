#include "sync_trial.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::rollback {

namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

// The pictures of the first frames after a load may still show what was before it.
constexpr std::uint32_t frames_until_picture = 2;

// There are many single buttons: of their frames only each so many is followed by a rollback.
constexpr std::uint32_t turns = 4;

StateDifference compare(std::uint32_t frame, const std::vector<std::uint8_t>& was,
                        const std::vector<std::uint8_t>& is)
{
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

void count(Cost& cost, std::chrono::nanoseconds spent)
{
    const double microseconds = Microseconds(spent).count();
    cost.most = std::max(cost.most, microseconds);
    ++cost.calls;
    cost.mean += (microseconds - cost.mean) / static_cast<double>(cost.calls);
}

} // namespace

SyncTrial::SyncTrial(Core& core, const SyncTestOptions& options, const Stopwatch& now,
                     const Joiners& joiners)
    : core_(core), now_(now), joiners_(joiners), random_(options.seed)
{
    report_.core = core.info();
    report_.options = options;
    report_.options.depth = std::clamp(options.depth, 1U, std::max(options.frames, 1U));
    report_.options.join_interval = std::max(options.join_interval, 1U);
    report_.frame_microseconds = 1e6 / report_.core.frames_per_second;
}

SyncTestReport SyncTrial::run()
{
    for (std::size_t port = 0; port < ports_max; ++port)
        core_.plug(port, report_.options.devices[port]);
    if (begin())
        for (const SyncPhase& phase : phases_of(report_.options))
            if (!play_phase(phase)) break;
    if (!history_.empty()) {
        report_.state_size_last = history_.back().state.size();
        report_.state_size_told = core_.state_size_told();
    }
    return std::move(report_);
}

bool SyncTrial::begin()
{
    Past first;
    if (!save(first.state, 0)) return false;
    report_.state_size = first.state.size();
    first.memory = netplay::crc32(core_.memory());
    history_.push_back(std::move(first));
    return true;
}

bool SyncTrial::play_phase(const SyncPhase& phase)
{
    const Differences replays = report_.replays, joined = report_.joined;
    // No rollback reaches into what was pressed before: a button answers for itself alone.
    history_.erase(history_.begin(), history_.end() - 1);
    for (std::uint32_t n = 0; n < phase.frames; ++n) {
        const bool alone = phase.kind == SyncPhase::Kind::alone;
        if (!alone && n % report_.options.join_interval == 0) let_join();
        if (!play(input_of(phase, n, report_.frames_run, report_.options, random_))) return false;
        const bool always = phase.kind == SyncPhase::Kind::everything;
        if (!alone && (always || n % turns == turns - 1) && !repeat()) return false;
    }
    blame(phase, replays, joined);
    return true;
}

// What the phase has led to, given what there was before it.
void SyncTrial::blame(const SyncPhase& phase, const Differences& replays, const Differences& joined)
{
    Cause found{phase.port, phase.button};
    found.frames = report_.replays.frames + report_.joined.frames - replays.frames - joined.frames;
    found.states = report_.replays.states + report_.joined.states - replays.states - joined.states;
    found.games = report_.replays.games + report_.joined.games - replays.games - joined.games;
    if (phase.kind == SyncPhase::Kind::rest) report_.rest = found;
    if (phase.kind != SyncPhase::Kind::one_button) return;
    const Cause& rest = report_.rest;
    if ((found.games > 0 && rest.games == 0) || (found.states > 0 && rest.states == 0))
        report_.causes.push_back(found);
}

// One new frame, here and where somebody has joined.
bool SyncTrial::play(const FrameInput& input)
{
    run_frame(input);
    ++report_.frames_run;
    if (history_.size() > report_.options.depth) {
        history_.push_back(std::move(history_.front())); // its memory serves again
        history_.pop_front();
    } else {
        history_.emplace_back();
    }
    Past& now = history_.back();
    now.input = input;
    if (!save(now.state, report_.frames_run)) return false;
    now.memory = netplay::crc32(core_.memory());
    report_.game_is_seen |= !core_.memory().empty() || core_.picture() != 0;
    play_joined(input);
    return true;
}

// Back by `depth` frames, or to the beginning, and the same again.
bool SyncTrial::repeat()
{
    const auto frames = static_cast<std::uint32_t>(history_.size() - 1);
    const std::uint32_t first = report_.frames_run - frames;
    if (!load(history_.front().state, first) || !reload_is_same(first)) return false;
    const std::chrono::nanoseconds before = spent_ - loading_;
    core_.repeat_frames(true);
    const bool done = repeat_from(first);
    core_.repeat_frames(false);
    if (done && frames == report_.options.depth) count(report_.rollback, spent_ - before);
    return done;
}

bool SyncTrial::repeat_from(std::uint32_t first)
{
    for (std::uint32_t n = 0; n + 1 < history_.size(); ++n) {
        Past& was = history_[n + 1];
        run_frame(was.input);
        if (!save(spare_, first + n + 1)) return false;
        Differences& replays = report_.replays;
        ++replays.frames;
        if (const std::uint32_t memory = netplay::crc32(core_.memory()); memory != was.memory) {
            ++replays.games;
            was.memory = memory;
        }
        if (was.state != spare_) {
            if (!replays.first) replays.first = compare(first + n + 1, was.state, spare_);
            ++replays.states;
            was.state.swap(spare_); // so that one difference is not found again and again
        }
    }
    return true;
}

// What has just been loaded, saved at once; false if it could not be saved.
bool SyncTrial::reload_is_same(std::uint32_t frame)
{
    if (!save(spare_, frame)) return false;
    if (const Bytes& loaded = history_.front().state; loaded != spare_) {
        if (!report_.first_reload_difference)
            report_.first_reload_difference = compare(frame, loaded, spare_);
        ++report_.reloads_that_differ;
    }
    return true;
}

void SyncTrial::joining_failed(const std::string& fault)
{
    report_.join_fault = fault;
    report_.join_fault_at = report_.frames_run;
    joiner_.reset();
}

// Somebody joins now, as a RetroArch that has just been started.
void SyncTrial::let_join()
{
    if (!joiners_ || !report_.join_fault.empty()) return;
    joiner_.reset(); // not two at a time
    joiner_ = joiners_();
    frames_joined_ = 0;
    const Bytes& state = history_.back().state;
    const auto glimpse = joiner_->join(report_.options.devices, state);
    if (!glimpse) return joining_failed(joiner_->fault());
    ++report_.joins;
    if (glimpse->state != netplay::crc32(state)) ++report_.joins_differ;
}

void SyncTrial::play_joined(const FrameInput& input)
{
    if (!joiner_) return;
    const Glimpse here = glimpse_of(core_, history_.back().state);
    const auto there = joiner_->run(input);
    if (!there) return joining_failed(joiner_->fault());
    Differences& joined = report_.joined;
    ++joined.frames;
    ++frames_joined_;
    const bool other_picture =
        frames_joined_ > frames_until_picture && there->picture != here.picture;
    if (other_picture || there->memory != here.memory) ++joined.games;
    if (there->state == here.state) return;
    ++joined.states;
    if (!joined.first)
        joined.first = compare(report_.frames_run, history_.back().state, joiner_->state());
}

void SyncTrial::run_frame(const FrameInput& input)
{
    measure(report_.run, [&] { core_.run(input); });
}

bool SyncTrial::save(Bytes& state, std::uint32_t frame)
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

bool SyncTrial::load(const Bytes& state, std::uint32_t frame)
{
    bool done = false;
    loading_ = measure(report_.load, [&] { done = core_.load(state); });
    if (!done) report_.load_refused_at = frame;
    return done;
}

template <typename Work>
std::chrono::nanoseconds SyncTrial::measure(Cost& cost, const Work& work)
{
    const std::chrono::nanoseconds begin = now_();
    work();
    const std::chrono::nanoseconds spent = now_() - begin;
    count(cost, spent);
    spent_ += spent;
    return spent;
}

} // namespace netplay_relay::rollback
