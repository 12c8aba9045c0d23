#include "room_plan.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t honest_max = 5; // at a time, and as many strangers as make eight
constexpr std::size_t strangers_max = 3;
constexpr int visits_max = 4; // of one chair

GameTraits any_traits(Rng& rng, RoomPlan& plan)
{
    GameTraits traits;
    traits.all_4 = rng.one_in(10);
    traits.knows_4 = traits.all_4 || rng.one_in(3);
    traits.shares = !traits.knows_4 && rng.one_in(2);
    if (rng.one_in(2)) { // else joypads everywhere
        room::DeviceTable table;
        table.core = "NetPlay-Relay Arena";
        const std::size_t ports = rng.between(1, rollback::ports_max);
        for (std::size_t port = 0; port < ports; ++port) {
            table.devices[port] = rng.one_in(2) ? analog : joypad;
            if (!traits.knows_4 && rng.one_in(8)) table.devices[port] = keyboard;
        }
        plan.settings.devices.push_back(table);
    }
    if (rng.one_in(2)) plan.settings.players = static_cast<std::uint32_t>(rng.between(1, 4));
    return traits;
}

void any_handshake(Rng& rng, RoomPlan& plan)
{
    if (rng.one_in(5)) plan.port = 55436;
    if (rng.one_in(3)) return;
    plan.password = "friends";
    if (rng.one_in(2))
        plan.by_password = true;
    else
        plan.settings.password = plan.password;
    if (!plan.by_password && rng.one_in(2)) plan.settings.spectate_password = "watchers";
}

void make_strange(Rng& rng, const RoomPlan& plan, RoomVisit& visit)
{
    const auto any_misbehaviour = [&] { return 1U << rng.below(misbehaviours_of_any_room); };
    visit.misbehaviours = any_misbehaviour();
    if (rng.one_in(2)) visit.misbehaviours |= any_misbehaviour();
    // On a port of its own the first game that is played there is the game.
    if (plan.port != 0)
        visit.misbehaviours &= ~(1U << static_cast<unsigned>(Misbehaviour::elsewhere));
    if (!plan.by_password && plan.password.empty())
        visit.misbehaviours &= ~(1U << static_cast<unsigned>(Misbehaviour::guesses));
    if (visit.misbehaviours == 0)
        visit.misbehaviours = 1U << static_cast<unsigned>(Misbehaviour::wild);
    visit.follows = !rng.one_in(3);
    visit.turns = visit.play.arrives + rng.between(0s, 4s);
    visit.deeds_one_in = static_cast<unsigned>(rng.between(1, rng.one_in(2) ? 10 : 200));
    visit.play.spectate = rng.one_in(4);
}

// One after the other in each chair, so that numbers are used again.
void fill_chair(Rng& rng, const GameTraits& traits, bool strange, Instant from, RoomPlan& plan)
{
    rollback::Devices devices = room::joypads();
    if (!plan.settings.devices.empty()) devices = plan.settings.devices.front().devices;
    Instant at = from;
    const bool comes_back = !strange && rng.one_in(2); // it is the same one each time
    const std::string name = "chair " + std::to_string(plan.visits.size());
    for (int n = 0; n < visits_max && at < plan.length; ++n) {
        RoomVisit visit;
        visit.play = any_guest(rng, traits, devices);
        visit.play.arrives = at;
        if (strange) make_strange(rng, plan, visit);
        visit.other_version = rng.one_in(5);
        const bool stays = rng.one_in(2);
        if (!stays) visit.play.leaves = at + rng.between(300ms, plan.length / 2);
        if (!strange && rng.one_in(20)) {
            visit.sleeps = at + rng.between(1s, 4s);
            visit.sleep_length = rng.between(2s, 8s);
        }
        if (comes_back) {
            visit.nick = name;
            visit.prefix = static_cast<std::uint8_t>(200 + plan.visits.size() % 4);
            if (n > 0) visit.prefix = plan.visits.back().prefix;
        }
        if (!stays && !strange && rng.one_in(4)) {
            visit.vanishes = true;
            visit.noticed = rng.between(0s, 8s);
        }
        plan.visits.push_back(visit);
        if (stays || visit.play.leaves >= plan.length) break;
        at = visit.play.leaves + (rng.one_in(2) ? rng.between(0ms, 60ms) : rng.between(0s, 3s));
    }
}

RoomPlan any_plan(std::uint64_t seed, bool strange)
{
    Rng rng(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = rng.between(6s, 14s);
    plan.state_size = rng.between(1024, 4096);
    if (rng.one_in(2)) plan.tick_late = rng.between(0ms, 5ms);
    if (rng.one_in(3)) plan.settings.desync_watch = std::chrono::seconds(rng.between(1, 3));
    plan.settings.voice.texts[static_cast<std::size_t>(room::Phrase::message_of_the_day)] =
        message_of_the_day;
    any_handshake(rng, plan);
    const GameTraits traits = any_traits(rng, plan);
    const std::size_t chairs = rng.between(1, rng.one_in(3) ? honest_max : 3);
    const bool stranger_first = strange && plan.port == 0 && rng.one_in(4);
    for (std::size_t chair = 0; chair < chairs; ++chair) {
        const bool at_once = (chair == 0 && !stranger_first) || rng.one_in(2);
        fill_chair(rng, traits, false, at_once ? 0s : rng.between(0s, plan.length / 2), plan);
    }
    if (!strange) return plan;
    const std::size_t strange_chairs = rng.between(1, strangers_max);
    for (std::size_t chair = 0; chair < strange_chairs; ++chair)
        fill_chair(rng, traits, true,
                   stranger_first && chair == 0 ? Instant{0} : rng.between(0s, plan.length / 2),
                   plan);
    return plan;
}

} // namespace

RoomPlan any_room(std::uint64_t seed) { return any_plan(seed, true); }

RoomPlan guarded_room(std::uint64_t seed)
{
    Rng rng(seed);
    RoomPlan plan;
    plan.seed = seed;
    plan.length = 14s;
    plan.password = "friends";
    plan.by_password = rng.one_in(2);
    if (!plan.by_password) plan.settings.password = plan.password;
    const std::size_t friends = rng.between(2, 4);
    for (std::size_t n = 0; n < friends; ++n) {
        RoomVisit visit;
        visit.play.protocol = static_cast<std::uint32_t>(rng.between(4, 7));
        visit.play.up.latency = visit.play.down.latency = rng.between(0ms, 60ms);
        visit.play.arrives = n == 0 ? Instant{0} : rng.between(0s, plan.length - 4s);
        visit.prefix = static_cast<std::uint8_t>(100 + n);
        plan.visits.push_back(visit);
    }
    RoomVisit guess;
    guess.misbehaviours = 1U << static_cast<unsigned>(Misbehaviour::guesses);
    // One who comes late has mistyped it twice before.
    guess.prefix = plan.visits.back().prefix;
    for (int typo = 0; typo < 2; ++typo) {
        guess.play.arrives = std::max(plan.visits[friends - 1].play.arrives - 1s, Instant{0});
        guess.play.leaves = guess.play.arrives + 900ms;
        plan.visits.push_back(guess);
    }
    for (std::size_t prefix = 0; prefix < guessing_prefixes; ++prefix) {
        guess.prefix = static_cast<std::uint8_t>(1 + prefix);
        guess.network = static_cast<std::uint8_t>(1 + prefix % 2);
        Instant at = rng.between(0s, 1s);
        for (int n = 0; n < 24 && at < plan.length; ++n) {
            guess.play.arrives = at;
            guess.play.leaves = at + 4s;
            plan.visits.push_back(guess);
            at += rng.one_in(3) ? Instant{0} : rng.between(0ms, 1200ms);
        }
    }
    return plan;
}

RoomPlan peaceful_room(std::uint64_t seed) { return any_plan(seed, false); }

} // namespace netplay_relay::simulation
