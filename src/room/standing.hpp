// What a member may still do in a room, and how it has played. It stays with its client prefix when
// the connection goes (prefix_memory.hpp).
#pragma once

#include "base/allowance.hpp"
#include "base/ids.hpp"
#include "conduct.hpp"

#include <optional>

namespace netplay_relay::room {

struct Standing
{
    Allowance mode_changes{0.5, 8};
    Allowance chats{2, 8};
    Allowance state_requests{0.05, 4}; // each makes everybody else load a state
    Allowance states{0.5, 4};
    Allowance resync_rate{0.1, 6};
    Allowance misc_rate{50, 200}; // commands that are rare with honest members, pings among them
    Allowance words{0.1, 6};      // phrases of the relay that it is told
    Conduct conduct;
    std::optional<Instant> warned_at;   // that it spoils the others' game, last
    std::optional<Instant> blamed_at;   // the others were told that they wait for it
    bool greeted = false;               // has been told the message of the day
    std::optional<Instant> played_from; // it began to play here, and has not been sent away since
    bool stayed = false;                // with a state of another client prefix, at any time
    Duration charged{};                 // of what others waited for it, to newcomers as a whole

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.mode_changes, self.chats, self.state_requests, self.states, self.resync_rate,
                self.misc_rate, self.words, self.conduct);
        archive.times(self.warned_at, self.blamed_at, self.played_from);
        archive(self.greeted, self.stayed, self.charged);
    }
};

} // namespace netplay_relay::room
