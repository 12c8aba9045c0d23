// Attacks that the limits are made for, and what looks like one and is none.
#include "attacked_relay.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t seven = 7;
const std::string villain_address = "192.0.2.66";
const std::string host_address = "203.0.113.1";
const std::string player_address = "203.0.113.2";

std::string mute(std::size_t number) { return "mute" + std::to_string(number); }

void opens_session(AttackedRelay& relay)
{
    REQUIRE(relay.arrives("host", host_address));
    REQUIRE(relay.hosts("host"));
}

void joins_silently(AttackedRelay& relay, std::size_t count)
{
    for (std::size_t n = 1; n <= count; ++n) {
        REQUIRE(relay.arrives(mute(n), villain_address));
        (void)relay.joins(mute(n), "host", Guest::silent);
    }
}

// What a host does: keeps the first eight it is told of, and lets each of them in.
void host_accepts_what_it_keeps(AttackedRelay& relay)
{
    Words kept = relay.announced();
    if (kept.size() > host_pending_slots) kept.resize(host_pending_slots);
    for (const std::string& guest : kept)
        relay.accepts(guest + "-side", guest);
}

// Seven connections that say a session id and then nothing more take all seats of a session of
// seven.
bool player_gets_a_seat_behind_seven_silent_joins(AttackedRelay& relay)
{
    opens_session(relay);
    joins_silently(relay, seven);
    host_accepts_what_it_keeps(relay);
    relay.passes(3s);
    REQUIRE(relay.arrives("player", player_address));
    if (!relay.joins("player", "host", Guest::speaking)) return false;
    relay.passes(100ms);
    relay.accepts("player-side", "player");
    return relay.is_linked("player");
}

// Silent joins take what a host can keep in mind, so that it never hears of the player.
bool player_is_announced_among_silent_joins(AttackedRelay& relay)
{
    opens_session(relay);
    joins_silently(relay, host_pending_slots);
    REQUIRE(relay.arrives("player", player_address));
    if (!relay.joins("player", "host", Guest::speaking)) return false;
    relay.passes(1s);
    host_accepts_what_it_keeps(relay);
    return relay.is_linked("player");
}

// One address opens sessions, and then connections, until it gets no more.
bool others_find_room_beside_one_greedy_address(AttackedRelay& relay)
{
    for (int n = 0; n < 1000; ++n) {
        const std::string name = "greedy" + std::to_string(n);
        relay.passes(20ms);
        if (relay.arrives(name, villain_address) && !relay.hosts(name)) break;
    }
    for (int n = 0; n < 5000; ++n) {
        relay.passes(2ms);
        (void)relay.arrives("knock" + std::to_string(n), villain_address);
    }
    if (!relay.arrives("host", host_address) || !relay.hosts("host")) return false;
    if (!relay.arrives("player", player_address)) return false;
    if (!relay.joins("player", "host", Guest::speaking)) return false;
    relay.accepts("player-side", "player");
    return relay.is_linked("player");
}

// A game whose bytes go one way only, for hours, is a game.
bool one_way_link_goes_on(AttackedRelay& relay)
{
    opens_session(relay);
    REQUIRE(relay.arrives("player", player_address));
    REQUIRE(relay.joins("player", "host", Guest::speaking));
    relay.accepts("player-side", "player");
    for (int minutes = 0; minutes < 6 * 60; ++minutes) {
        relay.passes(1min);
        relay.byte_moves("player");
    }
    return relay.is_linked("player");
}

Policy seven_seats()
{
    return policy_with([](Limits& limits) { limits.links_per_session = seven; });
}

} // namespace

TEST_CASE("attack: seven silent joins take all seats")
{
    AttackedRelay ours(seven_seats());
    CHECK(player_gets_a_seat_behind_seven_silent_joins(ours));
}

TEST_CASE("attack: silent joins take all that a host can keep in mind")
{
    AttackedRelay ours;
    CHECK(player_is_announced_among_silent_joins(ours));
}

TEST_CASE("attack: one address takes all")
{
    AttackedRelay ours;
    CHECK(others_find_room_beside_one_greedy_address(ours));
}

TEST_CASE("no attack: a link that goes one way")
{
    AttackedRelay ours;
    CHECK(one_way_link_goes_on(ours));
}

TEST_CASE("silent joins are linked and gone before the player comes: no seat is left behind")
{
    AttackedRelay ours(seven_seats());
    opens_session(ours);
    joins_silently(ours, seven);
    host_accepts_what_it_keeps(ours);
    ours.passes(11s);
    for (std::size_t n = 1; n <= seven; ++n)
        CHECK_FALSE(ours.is_linked(mute(n)));
    REQUIRE(ours.arrives("player", player_address));
    CHECK(ours.joins("player", "host", Guest::silent));
}

TEST_CASE("who has held the others up and leaves is told of with its address")
{
    const bool leaves = GENERATE(true, false);
    Script talk;
    for (const std::string name : {"ann", "bob"}) {
        tests::MemberTraits traits;
        traits.nick = name;
        REQUIRE(talk.comes(name, traits) == Words{"enter " + name});
        REQUIRE(talk.says(name, talk.member(name).says(wire::Play{})) == Words{});
        REQUIRE(talk.member(name).is_playing());
    }
    const wire::Frame first = talk.member("ann").frame;
    for (wire::Frame frame = first; frame < first + 60; ++frame)
        REQUIRE(talk.says("ann", talk.member("ann").plays(frame)) == Words{});
    (void)talk.events();
    if (leaves) {
        REQUIRE(talk.passes(2s) == Words{});
        REQUIRE(talk.leaves("bob") == Words{});
    } else {
        REQUIRE(talk.passes(6s) == Words{"close bob slow_player"});
    }
    Words events{"bob gone, slow_player", "held_up 1 bob"};
    // It was given ann's state 2 s before, and did not stay with it.
    if (leaves) events = {"bob gone, member_left", "state_doubted 1 ann", "held_up 1 bob"};
    CHECK(talk.events() == events);
}
