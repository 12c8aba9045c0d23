// What a member may still do in a room, and how it has played. It stays with its household when the
// connection goes (household_memory.hpp).
#pragma once

#include "conduct.hpp"
#include "netplay_relay/ids.hpp"

#include <optional>

namespace netplay_relay::room {

// How much of something a member may do: `rate` a second, `burst` at once.
class Allowance
{
public:
    Allowance(double rate, double burst) : rate_(rate), burst_(burst), left_(burst) {}
    [[nodiscard]] bool spend(Instant now);
    [[nodiscard]] bool may_spend(Instant now);
    // When one more can be spent, if none can now.
    [[nodiscard]] Instant next(Instant now) const;

    // What it consists of, for records; so with the others. What it allows is fixed.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.left_);
        archive.check(self.left_ >= 0 && self.left_ <= self.burst_);
        archive.times(self.counted_at_);
    }

private:
    double rate_;
    double burst_;
    double left_;
    Instant counted_at_{};
};

struct Standing
{
    Allowance mode_changes{0.5, 8};
    Allowance chats{2, 8};
    Allowance state_requests{0.05, 4}; // each makes everybody else load a state
    Allowance states{0.5, 4};
    Allowance strays{0.1, 6};
    Allowance odds{50, 200}; // commands that are rare with honest members, pings among them
    Conduct conduct;
    std::optional<Instant> warned_at;   // that it spoils the others' game, last
    std::optional<Instant> played_from; // it began to play here, and has not been sent away since
    bool stayed = false;                // with a state of another household, at any time
    Duration charged{};                 // of what others waited for it, to newcomers as a whole

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.mode_changes, self.chats, self.state_requests, self.states, self.strays,
                self.odds, self.conduct);
        archive.times(self.warned_at, self.played_from);
        archive(self.stayed, self.charged);
    }
};

} // namespace netplay_relay::room
