// One end of a link, as a guest or a host has it: says its stream in bursts, listens with pauses,
// and ends in its own way.
#pragma once

#include "network.hpp"
#include "oracle.hpp"

#include <functional>
#include <vector>

namespace netplay_relay::simulation {

enum class Ending : std::uint8_t
{
    orderly, // says everything, finishes, and listens to the end
    closes,  // says everything, and closes without listening any more
    resets,
    vanishes,
    stays, // until the world ends
};

struct LinkPlan
{
    std::uint64_t bytes = 0; // 0: never a word
    std::size_t burst_max = 1000;
    lobby::Duration pause_max{};        // between two bursts
    lobby::Duration first_word{};       // how long it is silent behind its greeting
    lobby::Duration deaf_max{};         // stops listening for so long, now and then
    lobby::Duration leaves_after_max{}; // for endings that come at any time
    Ending ending = Ending::orderly;
    // A guest that finishes before it has met its host has left, for the relay.
    bool hears_before_it_finishes = true;
    bool finishes_second = false; // only when it has heard the other's end
};

class LinkEnd
{
public:
    // All borrowed things must outlive the end, and the end its schedule.
    LinkEnd(Schedule& schedule, Network& network, Oracle& oracle, Rng rng, Line line,
            LinkPlan plan);

    // `greeting` goes first, and is no part of the stream. What follows at once goes with it.
    void greet(std::vector<std::uint8_t> greeting);
    void ready();
    void broken();
    void leave(Ending ending);

    [[nodiscard]] Line line() const { return line_; }
    [[nodiscard]] bool is_gone() const { return gone_; }
    [[nodiscard]] bool heard_something() const { return heard_ > 0; }

private:
    void say_more();
    void write_some();
    void listen();
    void maybe_go_deaf();
    void finish_if_done();

    Schedule& schedule_;
    Network& network_;
    Oracle& oracle_;
    Rng rng_;
    Line line_;
    LinkPlan plan_;
    std::vector<std::uint8_t> unsaid_; // greeting first, then what of the stream did not fit
    std::size_t greeting_left_ = 0;
    std::uint64_t composed_ = 0; // bytes of the stream that went to unsaid_
    std::uint64_t heard_ = 0;
    bool speaks_ = false;
    bool finished_ = false;
    bool heard_end_ = false;
    bool deaf_ = false;
    bool gone_ = false;
};

} // namespace netplay_relay::simulation
