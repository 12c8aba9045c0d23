// INPUT of another player, by the rules that both roles share (protocol.md, "INPUT").
#pragma once

#include "rollback/session.hpp"

namespace netplay_relay::rollback {

struct TakenInput
{
    CloseReason fault = CloseReason::none;
    Receipt receipt = Receipt::taken;
    std::optional<InputWords> words; // if it was put into the timeline: without what is too much
    bool late = false;               // its frame had been run with a prediction
};

// Puts the input of `client`, who plays, into the timeline if it is the next that is expected and
// has room, and counts it. Inputs that are out of date are ignored.
[[nodiscard]] TakenInput take_input(Timeline& timeline, std::uint32_t protocol,
                                    std::uint32_t client, const wire::Input& input,
                                    SessionCounts& counts);

} // namespace netplay_relay::rollback
