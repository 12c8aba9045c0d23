// What a seed decides about a netplay game: who comes when, over what kind of link, and does what.
#pragma once

#include "rng.hpp"

#include "peer/link_model.hpp"
#include "rollback/host_session.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::simulation {

using rollback::Frame;
using rollback::Instant;

// Devices of players, as libretro numbers them.
inline constexpr std::uint32_t joypad = 1, keyboard = 3, analog = 5;

// How a machine shows its frames. "One in" 0 frames is never, here and below.
struct Pace
{
    Instant frame{16'666'667};
    Instant jitter{0};
    unsigned stalls_one_in = 0;
    Instant stall_max{0};
    bool polls_between = false; // looks at its connections in the middle of a frame too
};

struct GuestPlay
{
    std::uint32_t protocol = 6;
    peer::LinkModelSettings up;   // to the host
    peer::LinkModelSettings down; // from it
    Pace pace;
    Instant arrives{0};
    Instant leaves{0};          // 0: stays to the end
    bool leaves_cleanly = true; // all it said arrives; else the stream breaks off anywhere
    bool spectate = false;
    std::uint16_t wanted_ports = 0;
    std::uint8_t share_mode = 0;
    std::optional<rollback::InputLatency> latency;
    unsigned toggles_one_in = 0; // between playing and watching
    unsigned chats_one_in = 0;
    unsigned pauses_one_in = 0;
    unsigned asks_one_in = 0;   // for a savestate
    std::uint64_t instance = 0; // of its core: what a planted desync tells apart
};

struct NetplayPlan
{
    std::uint64_t seed = 0;
    std::uint32_t host_protocol = 7;
    rollback::HostSessionSettings session;
    Pace pace;
    std::size_t state_size = 1024;
    bool grows = false;
    unsigned toggles_one_in = 0;
    unsigned loads_one_in = 0;
    unsigned resets_one_in = 0;
    unsigned flips_one_in = 0;
    std::vector<GuestPlay> guests;
    Instant length{0}; // then all calm down, and are looked at
    std::optional<Frame> desync_at;
    bool desync_once = false;
};

// In protocol 4 a player is a port: nobody can have two, and no port can be shared.
struct GameTraits
{
    bool knows_4 = false;
    bool all_4 = false;
    bool shares = false;
    bool pauses = false;
};

// What plans are made of.
[[nodiscard]] peer::LinkModelSettings any_link(Rng& rng);
[[nodiscard]] Pace any_pace(Rng& rng);
[[nodiscard]] GuestPlay any_guest(Rng& rng, const GameTraits& traits,
                                  const rollback::Devices& devices);
// `one_in` some frames, or never.
[[nodiscard]] unsigned now_and_then(Rng& rng, unsigned chance, unsigned low, unsigned high);

// A game as wild as honest people can have it.
[[nodiscard]] NetplayPlan any_game(std::uint64_t seed);

// A game of people who stay, one of whose cores goes apart from the host's.
[[nodiscard]] NetplayPlan game_with_desync(std::uint64_t seed);

// Two who play over a link of eight frames each way, for so many frames: to see what it costs.
[[nodiscard]] NetplayPlan game_of_two(Frame frames);

} // namespace netplay_relay::simulation
