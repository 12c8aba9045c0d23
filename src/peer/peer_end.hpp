// How the run of a peer ended: what its exit code tells.
#pragma once

#include <cstdint>
#include <string>

namespace netplay_relay::peer {

enum class PeerOutcome : std::uint8_t
{
    running,
    finished, // as asked
    refused,  // by the other side, before there was a game
    lost,     // the connection or the game, before it was to end
    failed,   // something of ours: the core, the address, a file
};

struct PeerEnd
{
    PeerOutcome outcome = PeerOutcome::running;
    std::string reason;

    [[nodiscard]] bool over() const { return outcome != PeerOutcome::running; }
};

[[nodiscard]] const char* to_text(PeerOutcome outcome);

} // namespace netplay_relay::peer
