#include "netplay_plan.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using peer::LinkModelSettings;

constexpr std::size_t chairs_max = 7; // guests at a time

rollback::InputLatency any_latency(Dice& dice)
{
    const auto least = static_cast<unsigned>(dice.between(0, dice.one_in(3) ? 15 : 3));
    return {least, static_cast<unsigned>(dice.between(least, 15))};
}

} // namespace

LinkModelSettings any_link(Dice& dice)
{
    LinkModelSettings link;
    link.seed = dice.draw();
    link.latency = dice.between(0ms, dice.one_in(3) ? 250ms : 60ms);
    link.jitter = dice.between(0ms, dice.one_in(3) ? 120ms : 15ms);
    if (dice.one_in(3)) {
        link.stall_every = dice.between(2s, 10s);
        link.stall_length = dice.between(50ms, 500ms);
    }
    if (dice.one_in(4)) link.bandwidth = dice.between(60'000, 1'000'000);
    return link;
}

Pace any_pace(Dice& dice)
{
    Pace pace;
    if (dice.one_in(2)) pace.frame = dice.between(16'500us, 16'800us);
    if (dice.one_in(8)) pace.frame = dice.between(15ms, 18ms);
    if (dice.one_in(2)) pace.jitter = dice.between(0ms, 10ms);
    if (dice.one_in(3)) {
        pace.stalls_one_in = static_cast<unsigned>(dice.between(60, 600));
        pace.stall_max = dice.between(20ms, 700ms);
    }
    pace.polls_between = dice.one_in(2);
    return pace;
}

unsigned now_and_then(Dice& dice, unsigned chance, unsigned low, unsigned high)
{
    return dice.one_in(chance) ? static_cast<unsigned>(dice.between(low, high)) : 0;
}

GuestPlay any_guest(Dice& dice, const House& house, const rollback::Devices& devices)
{
    GuestPlay guest;
    guest.protocol = static_cast<std::uint32_t>(dice.between(house.knows_4 ? 4 : 5, 7));
    if (house.all_4) guest.protocol = 4;
    guest.up = any_link(dice);
    guest.down = any_link(dice);
    guest.pace = any_pace(dice);
    guest.leaves_cleanly = dice.one_in(2);
    guest.spectate = dice.one_in(5);
    if (house.shares && dice.one_in(2)) {
        const std::vector<std::uint8_t> modes{0x01, 0x04, 0x28, 0x4C};
        guest.share_mode = dice.one_of(modes);
    }
    if (!house.knows_4 && dice.one_in(3)) {
        std::size_t words = 0;
        for (std::size_t port = 0; port < rollback::ports_max; ++port) {
            words += wire::device_words(devices[port]);
            if (devices[port] == 0 || words > 11) break;
            if (dice.one_in(3)) guest.wanted_ports |= static_cast<std::uint16_t>(1U << port);
        }
    }
    if (dice.one_in(3)) guest.latency = any_latency(dice);
    guest.toggles_one_in = now_and_then(dice, 2, 20, 400);
    guest.chats_one_in = now_and_then(dice, 3, 10, 200);
    if (house.pauses && guest.protocol >= 6) guest.pauses_one_in = now_and_then(dice, 2, 40, 400);
    guest.asks_one_in = now_and_then(dice, 8, 100, 900);
    return guest;
}

namespace {

House any_house(Dice& dice, NetplayPlan& plan)
{
    House house;
    house.all_4 = dice.one_in(8);
    house.knows_4 = house.all_4 || dice.one_in(3);
    house.shares = !house.knows_4 && dice.one_in(2);
    auto& session = plan.session;
    session.connections_max = 2 * chairs_max; // a guest may still be on its way out
    const std::size_t ports = dice.between(1, rollback::ports_max);
    for (std::size_t port = 0; port < ports; ++port) {
        session.devices[port] = dice.one_in(2) ? analog : joypad;
        if (!house.knows_4 && dice.one_in(8)) session.devices[port] = keyboard;
    }
    session.spectate = dice.one_in(4);
    session.crc_interval = dice.one_in(3) ? 1 : static_cast<unsigned>(dice.between(0, 120));
    session.pausing_allowed = house.pauses = dice.one_in(3);
    if (dice.one_in(3)) session.latency = any_latency(dice);
    return house;
}

// One after the other in each chair, so that numbers are used again.
void fill_chairs(Dice& dice, const House& house, NetplayPlan& plan)
{
    const std::size_t chairs = dice.between(1, dice.one_in(2) ? chairs_max : 3);
    const bool is_near = dice.one_in(3); // everybody in one room
    for (std::size_t chair = 0; chair < chairs; ++chair) {
        Instant at = dice.one_in(2) ? Instant{0} : dice.between(0s, plan.length / 2);
        for (int visit = 0; visit < 4 && at < plan.length; ++visit) {
            GuestPlay guest = any_guest(dice, house, plan.session.devices);
            if (is_near) guest.up.latency = guest.down.latency = dice.between(0ms, 8ms);
            guest.arrives = at;
            const bool stays = dice.one_in(2);
            if (!stays) guest.leaves = at + dice.between(300ms, plan.length / 2);
            plan.guests.push_back(guest);
            if (stays || guest.leaves >= plan.length) break;
            at = guest.leaves + (dice.one_in(2) ? dice.between(0ms, 60ms) : dice.between(0s, 3s));
        }
    }
}

} // namespace

NetplayPlan any_game(std::uint64_t seed)
{
    Dice dice(seed);
    NetplayPlan plan;
    plan.seed = seed;
    plan.length = dice.between(6s, 20s);
    plan.host_protocol = static_cast<std::uint32_t>(dice.between(5, 7));
    const House house = any_house(dice, plan);
    plan.pace = any_pace(dice);
    plan.state_size = dice.between(1024, 4096);
    plan.grows = dice.one_in(6);
    plan.toggles_one_in = now_and_then(dice, 4, 60, 400);
    plan.loads_one_in = now_and_then(dice, 3, 60, 900);
    plan.resets_one_in = now_and_then(dice, 4, 100, 900);
    if (house.all_4) plan.flips_one_in = now_and_then(dice, 2, 20, 300);
    fill_chairs(dice, house, plan);
    return plan;
}

NetplayPlan game_with_desync(std::uint64_t seed)
{
    Dice dice(seed + 0x5eed);
    NetplayPlan plan;
    plan.seed = seed;
    plan.length = 9s;
    plan.session.devices.fill(joypad);
    plan.session.connections_max = 2 * chairs_max; // a guest may still be on its way out
    plan.session.crc_interval = dice.one_in(2) ? 1 : static_cast<unsigned>(dice.between(2, 60));
    plan.desync_at = static_cast<Frame>(dice.between(150, 250));
    plan.desync_once = dice.one_in(2);
    const std::size_t guests = dice.between(1, 4);
    for (std::size_t n = 0; n < guests; ++n) {
        GuestPlay guest;
        guest.protocol = static_cast<std::uint32_t>(dice.between(4, 7));
        guest.up.latency = dice.between(5ms, 80ms);
        guest.down = guest.up;
        guest.up.jitter = guest.down.jitter = dice.between(0ms, 20ms);
        guest.pace.frame = dice.between(16'600us, 16'700us);
        guest.spectate = n > 0 && dice.one_in(3);
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
