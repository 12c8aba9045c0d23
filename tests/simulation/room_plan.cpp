#include "room_plan.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t honest_max = 5; // at a time, and as many strangers as make eight
constexpr std::size_t strangers_max = 3;
constexpr int visits_max = 4; // of one chair

House any_house(Dice& dice, RoomPlan& plan)
{
    House house;
    house.all_4 = dice.one_in(10);
    house.knows_4 = house.all_4 || dice.one_in(3);
    house.shares = !house.knows_4 && dice.one_in(2);
    if (dice.one_in(2)) { // else joypads everywhere
        room::DeviceTable table;
        table.core = "NetPlay-Relay Arena";
        const std::size_t ports = dice.between(1, rollback::ports_max);
        for (std::size_t port = 0; port < ports; ++port) {
            table.devices[port] = dice.one_in(2) ? analog : joypad;
            if (!house.knows_4 && dice.one_in(8)) table.devices[port] = keyboard;
        }
        plan.settings.devices.push_back(table);
    }
    if (dice.one_in(2)) plan.settings.players = static_cast<std::uint32_t>(dice.between(1, 4));
    return house;
}

void any_entrance(Dice& dice, RoomPlan& plan)
{
    if (dice.one_in(5)) plan.port = 55436;
    if (dice.one_in(3)) return;
    plan.password = "friends";
    if (dice.one_in(2))
        plan.by_password = true;
    else
        plan.settings.password = plan.password;
    if (!plan.by_password && dice.one_in(2)) plan.settings.spectate_password = "watchers";
}

void make_strange(Dice& dice, const RoomPlan& plan, RoomVisit& visit)
{
    const auto any_vice = [&] { return 1U << dice.below(vices_of_any_room); };
    visit.vices = any_vice();
    if (dice.one_in(2)) visit.vices |= any_vice();
    // On a port of its own the first game that is played there is the game.
    if (plan.port != 0) visit.vices &= ~(1U << static_cast<unsigned>(Vice::elsewhere));
    if (!plan.by_password && plan.password.empty())
        visit.vices &= ~(1U << static_cast<unsigned>(Vice::guesses));
    if (visit.vices == 0) visit.vices = 1U << static_cast<unsigned>(Vice::wild);
    visit.follows = !dice.one_in(3);
    visit.turns = visit.play.arrives + dice.between(0s, 4s);
    visit.deeds_one_in = static_cast<unsigned>(dice.between(1, dice.one_in(2) ? 10 : 200));
    visit.play.spectate = dice.one_in(4);
}

// One after the other in each chair, so that numbers are used again.
void fill_chair(Dice& dice, const House& house, bool strange, Instant from, RoomPlan& plan)
{
    rollback::Devices devices = room::joypads();
    if (!plan.settings.devices.empty()) devices = plan.settings.devices.front().devices;
    Instant at = from;
    const bool comes_back = !strange && dice.one_in(2); // it is the same one each time
    const std::string name = "chair " + std::to_string(plan.visits.size());
    for (int n = 0; n < visits_max && at < plan.length; ++n) {
        RoomVisit visit;
        visit.play = any_guest(dice, house, devices);
        visit.play.arrives = at;
        if (strange) make_strange(dice, plan, visit);
        visit.other_version = dice.one_in(5);
        const bool stays = dice.one_in(2);
        if (!stays) visit.play.leaves = at + dice.between(300ms, plan.length / 2);
        if (!strange && dice.one_in(20)) {
            visit.sleeps = at + dice.between(1s, 4s);
            visit.sleep_length = dice.between(2s, 8s);
        }
        if (comes_back) {
            visit.nick = name;
            visit.household = static_cast<std::uint8_t>(200 + plan.visits.size() % 4);
            if (n > 0) visit.household = plan.visits.back().household;
        }
        if (!stays && !strange && dice.one_in(4)) {
            visit.vanishes = true;
            visit.noticed = dice.between(0s, 8s);
        }
        plan.visits.push_back(visit);
        if (stays || visit.play.leaves >= plan.length) break;
        at = visit.play.leaves + (dice.one_in(2) ? dice.between(0ms, 60ms) : dice.between(0s, 3s));
    }
}

RoomPlan any_plan(std::uint64_t seed, bool strange)
{
    Dice dice(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = dice.between(6s, 14s);
    plan.state_size = dice.between(1024, 4096);
    if (dice.one_in(2)) plan.tick_late = dice.between(0ms, 5ms);
    if (dice.one_in(3)) plan.settings.desync_watch = std::chrono::seconds(dice.between(1, 3));
    any_entrance(dice, plan);
    const House house = any_house(dice, plan);
    const std::size_t chairs = dice.between(1, dice.one_in(3) ? honest_max : 3);
    const bool stranger_first = strange && plan.port == 0 && dice.one_in(4);
    for (std::size_t chair = 0; chair < chairs; ++chair) {
        const bool at_once = (chair == 0 && !stranger_first) || dice.one_in(2);
        fill_chair(dice, house, false, at_once ? 0s : dice.between(0s, plan.length / 2), plan);
    }
    if (!strange) return plan;
    const std::size_t strange_chairs = dice.between(1, strangers_max);
    for (std::size_t chair = 0; chair < strange_chairs; ++chair)
        fill_chair(dice, house, true,
                   stranger_first && chair == 0 ? Instant{0} : dice.between(0s, plan.length / 2),
                   plan);
    return plan;
}

} // namespace

RoomPlan any_room(std::uint64_t seed) { return any_plan(seed, true); }

RoomPlan guarded_room(std::uint64_t seed)
{
    Dice dice(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = 14s;
    plan.password = "friends";
    plan.by_password = dice.one_in(2);
    if (!plan.by_password) plan.settings.password = plan.password;
    const std::size_t friends = dice.between(2, 4);
    for (std::size_t n = 0; n < friends; ++n) {
        RoomVisit visit;
        visit.play.protocol = static_cast<std::uint32_t>(dice.between(4, 7));
        visit.play.up.latency = visit.play.down.latency = dice.between(0ms, 60ms);
        visit.play.arrives = n == 0 ? Instant{0} : dice.between(0s, plan.length - 4s);
        visit.household = static_cast<std::uint8_t>(100 + n);
        plan.visits.push_back(visit);
    }
    RoomVisit guess;
    guess.vices = 1U << static_cast<unsigned>(Vice::guesses);
    // One who comes late has mistyped it twice before.
    guess.household = plan.visits.back().household;
    for (int typo = 0; typo < 2; ++typo) {
        guess.play.arrives = std::max(plan.visits[friends - 1].play.arrives - 1s, Instant{0});
        guess.play.leaves = guess.play.arrives + 900ms;
        plan.visits.push_back(guess);
    }
    for (std::size_t household = 0; household < guessing_households; ++household) {
        guess.household = static_cast<std::uint8_t>(1 + household);
        guess.network = static_cast<std::uint8_t>(1 + household % 2);
        Instant at = dice.between(0s, 1s);
        for (int n = 0; n < 24 && at < plan.length; ++n) {
            guess.play.arrives = at;
            guess.play.leaves = at + 4s;
            plan.visits.push_back(guess);
            at += dice.one_in(3) ? Instant{0} : dice.between(0ms, 1200ms);
        }
    }
    return plan;
}

RoomPlan peaceful_room(std::uint64_t seed) { return any_plan(seed, false); }

} // namespace netplay_relay::simulation
