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
};

} // namespace netplay_relay::room
