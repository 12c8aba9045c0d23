#include "link_end.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

LinkEnd::LinkEnd(Schedule& schedule, Network& network, Oracle& oracle, Rng rng, Line line,
                 LinkPlan plan)
    : schedule_(schedule), network_(network), oracle_(oracle), rng_(rng), line_(line), plan_(plan)
{
}

void LinkEnd::greet(std::vector<std::uint8_t> greeting)
{
    unsaid_ = std::move(greeting);
    greeting_left_ = unsaid_.size();
    if (plan_.first_word == lobby::Duration{0} && plan_.bytes > 0) {
        speaks_ = true;
        say_more();
    } else {
        write_some();
        if (plan_.bytes > 0)
            schedule_.after(plan_.first_word, [this] {
                speaks_ = true;
                say_more();
            });
    }
    const bool leaves_any_time = plan_.ending == Ending::resets || plan_.ending == Ending::vanishes;
    if (leaves_any_time)
        schedule_.after(rng_.between({}, plan_.leaves_after_max), [this] { leave(plan_.ending); });
    maybe_go_deaf();
}

void LinkEnd::say_more()
{
    if (gone_ || finished_) return;
    const std::uint64_t left = plan_.bytes - std::min(plan_.bytes, composed_);
    std::uint64_t burst = std::min<std::uint64_t>(left, rng_.between(1, plan_.burst_max));
    // A frontend sends its header in one piece, and so do we with what names the stream.
    if (composed_ == 0) burst = std::max(burst, stream_preface);
    for (std::uint64_t n = 0; n < burst; ++n)
        unsaid_.push_back(byte_of_stream(id_of(line_), composed_++));
    write_some();
    if (composed_ < plan_.bytes)
        schedule_.after(rng_.between({}, plan_.pause_max), [this] { say_more(); });
}

void LinkEnd::write_some()
{
    if (gone_ || finished_ || unsaid_.empty()) return finish_if_done();
    const std::size_t taken = network_.write(line_, unsaid_);
    unsaid_.erase(unsaid_.begin(), unsaid_.begin() + static_cast<std::ptrdiff_t>(taken));
    const std::size_t of_greeting = std::min(greeting_left_, taken);
    greeting_left_ -= of_greeting;
    oracle_.says(id_of(line_), taken - of_greeting);
    finish_if_done();
}

void LinkEnd::finish_if_done()
{
    const bool said_all = speaks_ && composed_ >= plan_.bytes && unsaid_.empty();
    if (gone_ || !said_all) return;
    if (plan_.ending == Ending::closes) return leave(Ending::closes);
    if (plan_.ending != Ending::orderly) return;
    if (plan_.hears_before_it_finishes && heard_ == 0) return;
    if (plan_.finishes_second && !heard_end_) return;
    if (!std::exchange(finished_, true)) {
        network_.finish(line_);
        oracle_.finishes(id_of(line_));
    }
    if (!heard_end_) return;
    gone_ = true;
    network_.close(line_);
}

void LinkEnd::maybe_go_deaf()
{
    if (plan_.deaf_max == lobby::Duration{0} || gone_) return;
    deaf_ = !deaf_ && rng_.one_in(2);
    schedule_.after(rng_.between({}, plan_.deaf_max), [this] {
        maybe_go_deaf();
        ready();
    });
}

void LinkEnd::ready()
{
    if (gone_) return;
    listen();
    if (!gone_) write_some();
}

void LinkEnd::listen()
{
    std::vector<std::uint8_t> bytes;
    while (!deaf_ && !heard_end_) {
        switch (network_.read(line_, rng_.between(1, 4000), bytes)) {
        case PeerRead::bytes:
            heard_ += bytes.size();
            oracle_.hears(id_of(line_), bytes);
            break;
        case PeerRead::nothing: return;
        case PeerRead::broken: return broken();
        case PeerRead::end:
            heard_end_ = true;
            oracle_.hears_end(id_of(line_));
            // Frontends know no half-closed streams; those that say everything first are ours.
            if (plan_.ending != Ending::orderly || !speaks_) leave(Ending::closes);
            break;
        }
    }
}

void LinkEnd::broken()
{
    if (std::exchange(gone_, true)) return;
    oracle_.breaks_off(id_of(line_));
    network_.close(line_);
}

void LinkEnd::leave(Ending ending)
{
    if (std::exchange(gone_, true)) return;
    oracle_.breaks_off(id_of(line_));
    if (ending == Ending::vanishes)
        network_.vanish(line_);
    else if (ending == Ending::resets)
        network_.reset(line_);
    else
        network_.close(line_);
}

} // namespace netplay_relay::simulation
