// How two play, of whom Ann is as a frontend is, and Eve does what the test is about.
#pragma once

#include "script.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace netplay_relay::room {

inline constexpr Duration frame_time = Duration(1s) / 60;
inline constexpr Frame as_far = 60; // frontends play without having heard of the others

[[nodiscard]] inline Visit from(const char* address)
{
    Visit visit;
    visit.admission.address = address_of(address);
    return visit;
}

// Ann and Eve, at one frame.
inline void two_play(Script& script)
{
    script.joins_and_plays("ann", from("10.0.0.1"));
    script.joins_and_plays("eve", from("10.0.0.2"));
    script.passes(3s);
    script.rounds({"ann", "eve"}, 5);
    script.forget_what_was_told();
    (void)script.events();
}

// Ann plays 60 frames a second as far as a frontend goes; what Eve does in each is up to her.
// Returns how long that went on, and for how long Ann stood still.
struct Course
{
    Duration length{};
    Duration stood{};
};

template <class Eve>
Course play(Script& script, Duration most, const Eve& eve)
{
    Course course;
    while (course.length < most && script.is_in("eve")) {
        if (script["ann"].self < script["eve"].self + as_far)
            script.sends("ann");
        else
            course.stood += frame_time;
        eve();
        script.passes(frame_time);
        course.length += frame_time;
    }
    return course;
}

// All that she may have played by now, as far as a frontend goes.
inline void catches_up(Script& script, Frame at_most = 1000, Frame ahead = 0)
{
    const Frame goal = std::min(script["ann"].self + ahead, script["eve"].self + at_most);
    while (script.is_in("eve") && script["eve"].self < goal)
        script.sends("eve");
}

// Her next INPUT, in which she holds that.
[[nodiscard]] inline ByteVector holding(Script& script, std::uint32_t word)
{
    wire::Input input = script["eve"].next_input();
    input.words = wire::InputWords(std::array{word});
    return script["eve"].bytes_of(input);
}

// Bursts with a pause that is just short enough for one who is slow.
inline Course bursts(Script& script)
{
    Duration silent{};
    return play(script, 60s, [&] {
        silent += frame_time;
        if (silent < 4850ms) return;
        silent = {};
        catches_up(script, 1000, 45); // 100 frames each time: just not slow
    });
}

// Eve plays through a line of 300 ms that loses every twentieth packet: a button ten times a
// second, or a stick that moves in every second frame.
class PoorLine
{
public:
    PoorLine(Script& script, bool is_stick)
        : rooms_(script), is_stick_(is_stick), played_(script["eve"].self)
    {
    }

    // One of hers, as far as a frontend goes, and what comes out at the other end.
    void frame()
    {
        if (played_ < rooms_["ann"].self + 10 && played_ < rooms_["eve"].self + 120) {
            Instant arrives = rooms_.now + 300ms; // as far behind the owner of the clock as that
            while (is_lost())
                arrives += 330ms;
            last_ = std::max(last_, arrives); // TCP keeps the order
            under_way_.push_back(last_);
            ++played_;
        }
        // What comes together is heard together.
        ByteVector together;
        while (!under_way_.empty() && under_way_.front() <= rooms_.now) {
            under_way_.pop_front();
            const ByteVector bytes = holding(rooms_, rooms_["eve"].self / (is_stick_ ? 2 : 6) % 7);
            together.insert(together.end(), bytes.begin(), bytes.end());
        }
        if (!together.empty()) rooms_.says("eve", together);
    }

    // Nothing comes out for so long.
    void stands(Duration length)
    {
        last_ = rooms_.now + length;
        for (Instant& arrives : under_way_)
            arrives = std::max(arrives, last_);
    }

private:
    bool is_lost() { return (seed_ = seed_ * 1664525U + 1013904223U) >> 16U < 65536U / 20; }

    Script& rooms_;
    bool is_stick_;
    Frame played_;
    std::deque<Instant> under_way_;
    Instant last_{};
    std::uint32_t seed_ = 7;
};

} // namespace netplay_relay::room
