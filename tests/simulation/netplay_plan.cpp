#include "netplay_plan.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using peer::LinkModelSettings;

constexpr std::size_t chairs_max = 7; // guests at a time

rollback::InputLatency any_latency(Rng& rng)
{
    const auto least = static_cast<unsigned>(rng.between(0, rng.one_in(3) ? 15 : 3));
    return {least, static_cast<unsigned>(rng.between(least, 15))};
}

} // namespace

LinkModelSettings any_link(Rng& rng)
{
    LinkModelSettings link;
    link.seed = rng.draw();
    link.latency = rng.between(0ms, rng.one_in(3) ? 250ms : 60ms);
    link.jitter = rng.between(0ms, rng.one_in(3) ? 120ms : 15ms);
    if (rng.one_in(3)) {
        link.stall_every = rng.between(2s, 10s);
        link.stall_length = rng.between(50ms, 500ms);
    }
    if (rng.one_in(4)) link.bandwidth = rng.between(60'000, 1'000'000);
    return link;
}

Pace any_pace(Rng& rng)
{
    Pace pace;
    if (rng.one_in(2)) pace.frame = rng.between(16'500us, 16'800us);
    if (rng.one_in(8)) pace.frame = rng.between(15ms, 18ms);
    if (rng.one_in(2)) pace.jitter = rng.between(0ms, 10ms);
    if (rng.one_in(3)) {
        pace.stalls_one_in = static_cast<unsigned>(rng.between(60, 600));
        pace.stall_max = rng.between(20ms, 700ms);
    }
    pace.polls_between = rng.one_in(2);
    return pace;
}

unsigned now_and_then(Rng& rng, unsigned chance, unsigned low, unsigned high)
{
    return rng.one_in(chance) ? static_cast<unsigned>(rng.between(low, high)) : 0;
}

GuestPlay any_guest(Rng& rng, const GameTraits& traits, const rollback::Devices& devices)
{
    GuestPlay guest;
    guest.protocol = static_cast<std::uint32_t>(rng.between(traits.knows_4 ? 4 : 5, 7));
    if (traits.all_4) guest.protocol = 4;
    guest.up = any_link(rng);
    guest.down = any_link(rng);
    guest.pace = any_pace(rng);
    guest.leaves_cleanly = rng.one_in(2);
    guest.spectate = rng.one_in(5);
    if (traits.shares && rng.one_in(2)) {
        const std::vector<std::uint8_t> modes{0x01, 0x04, 0x28, 0x4C};
        guest.share_mode = rng.one_of(modes);
    }
    if (!traits.knows_4 && rng.one_in(3)) {
        std::size_t words = 0;
        for (std::size_t port = 0; port < rollback::ports_max; ++port) {
            words += wire::device_words(devices[port]);
            if (devices[port] == 0 || words > 11) break;
            if (rng.one_in(3)) guest.wanted_ports |= static_cast<std::uint16_t>(1U << port);
        }
    }
    if (rng.one_in(3)) guest.latency = any_latency(rng);
    guest.toggles_one_in = now_and_then(rng, 2, 20, 400);
    guest.chats_one_in = now_and_then(rng, 3, 10, 200);
    if (traits.pauses && guest.protocol >= 6) guest.pauses_one_in = now_and_then(rng, 2, 40, 400);
    guest.asks_one_in = now_and_then(rng, 8, 100, 900);
    return guest;
}

namespace {

GameTraits any_traits(Rng& rng, NetplayPlan& plan)
{
    GameTraits traits;
    traits.all_4 = rng.one_in(8);
    traits.knows_4 = traits.all_4 || rng.one_in(3);
    traits.shares = !traits.knows_4 && rng.one_in(2);
    auto& session = plan.session;
    session.connections_max = 2 * chairs_max; // a guest may still be on its way out
    const std::size_t ports = rng.between(1, rollback::ports_max);
    for (std::size_t port = 0; port < ports; ++port) {
        session.devices[port] = rng.one_in(2) ? analog : joypad;
        if (!traits.knows_4 && rng.one_in(8)) session.devices[port] = keyboard;
    }
    session.spectate = rng.one_in(4);
    session.crc_interval = rng.one_in(3) ? 1 : static_cast<unsigned>(rng.between(0, 120));
    session.pausing_allowed = traits.pauses = rng.one_in(3);
    if (rng.one_in(3)) session.latency = any_latency(rng);
    return traits;
}

// One after the other in each chair, so that numbers are used again.
void fill_chairs(Rng& rng, const GameTraits& traits, NetplayPlan& plan)
{
    const std::size_t chairs = rng.between(1, rng.one_in(2) ? chairs_max : 3);
    const bool is_near = rng.one_in(3); // everybody in one room
    for (std::size_t chair = 0; chair < chairs; ++chair) {
        Instant at = rng.one_in(2) ? Instant{0} : rng.between(0s, plan.length / 2);
        for (int visit = 0; visit < 4 && at < plan.length; ++visit) {
            GuestPlay guest = any_guest(rng, traits, plan.session.devices);
            if (is_near) guest.up.latency = guest.down.latency = rng.between(0ms, 8ms);
            guest.arrives = at;
            const bool stays = rng.one_in(2);
            if (!stays) guest.leaves = at + rng.between(300ms, plan.length / 2);
            plan.guests.push_back(guest);
            if (stays || guest.leaves >= plan.length) break;
            at = guest.leaves + (rng.one_in(2) ? rng.between(0ms, 60ms) : rng.between(0s, 3s));
        }
    }
}

} // namespace

NetplayPlan any_game(std::uint64_t seed)
{
    Rng rng(seed);
    NetplayPlan plan;
    plan.seed = seed;
    plan.length = rng.between(6s, 20s);
    plan.host_protocol = static_cast<std::uint32_t>(rng.between(5, 7));
    const GameTraits traits = any_traits(rng, plan);
    plan.pace = any_pace(rng);
    plan.state_size = rng.between(1024, 4096);
    plan.grows = rng.one_in(6);
    plan.toggles_one_in = now_and_then(rng, 4, 60, 400);
    plan.loads_one_in = now_and_then(rng, 3, 60, 900);
    plan.resets_one_in = now_and_then(rng, 4, 100, 900);
    if (traits.all_4) plan.flips_one_in = now_and_then(rng, 2, 20, 300);
    fill_chairs(rng, traits, plan);
    return plan;
}

NetplayPlan game_with_desync(std::uint64_t seed)
{
    Rng rng(seed + 0x5eed);
    NetplayPlan plan;
    plan.seed = seed;
    plan.length = 9s;
    plan.session.devices.fill(joypad);
    plan.session.connections_max = 2 * chairs_max; // a guest may still be on its way out
    plan.session.crc_interval = rng.one_in(2) ? 1 : static_cast<unsigned>(rng.between(2, 60));
    plan.desync_at = static_cast<Frame>(rng.between(150, 250));
    plan.desync_once = rng.one_in(2);
    const std::size_t guests = rng.between(1, 4);
    for (std::size_t n = 0; n < guests; ++n) {
        GuestPlay guest;
        guest.protocol = static_cast<std::uint32_t>(rng.between(4, 7));
        guest.up.latency = rng.between(5ms, 80ms);
        guest.down = guest.up;
        guest.up.jitter = guest.down.jitter = rng.between(0ms, 20ms);
        guest.pace.frame = rng.between(16'600us, 16'700us);
        guest.spectate = n > 0 && rng.one_in(3);
        guest.instance = n + 1;
        plan.guests.push_back(guest);
    }
    return plan;
}

NetplayPlan game_of_two(Frame frames)
{
    NetplayPlan plan;
    plan.seed = 1;
    plan.length = frames * plan.pace.frame;
    plan.state_size = 4096;
    plan.session.devices = {joypad, joypad};
    GuestPlay guest;
    guest.up.latency = guest.down.latency = 8 * plan.pace.frame;
    plan.guests.push_back(guest);
    return plan;
}

} // namespace netplay_relay::simulation
