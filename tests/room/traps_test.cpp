// The known traps of RetroArch's netplay, by number, as far as a room can step into them. That no
// client would leave is looked at by client.cpp in every one.
//
// No concern of a room: T10, T11, T13, T26, T28 (the tunnel and the host behind it), T22 (a host's
// answer in the local network), T16 (achievements of a client that loads any state), T18 (a client
// that refuses netplay by itself). T2 has no test of its own: a NAK that is not sent is a member
// that leaves.
#include "dialogue.hpp"

namespace netplay_relay::room {

namespace {

using wire::from_hex;

ByteVector header_to(Dialogue& hall, const char* header, const Admission& admission = {})
{
    hall.arrives("c1", admission);
    hall.says("c1", from_hex(header));
    return hall.answer("c1");
}

constexpr const char* client_header = "52414e50 00040008 00000001 00000006 00000005 00000469";

} // namespace

TEST_CASE("T1: neither PAUSE nor RESUME is ever passed on, and pausing is not allowed")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.forget_what_was_told();
    hall.says("ann", wire::Pause{"ann"});
    hall.says("ann", wire::Resume{});
    CHECK(hall.heard("bob").empty());
    CHECK(hall.is_in("ann"));
}

TEST_CASE("T3: states without zlib are neither offered nor passed on")
{
    Dialogue hall;
    CHECK(header_to(hall, client_header)[11] == 1);
    hall.arrives("raw");
    hall.says("raw", from_hex("52414e50 00040008 00000000 00000006 00000005 00000469"));
    CHECK(hall.end_of("raw") == MemberEnd::no_compression);
    hall.joins_and_plays("ann");
    hall.comes("bob");
    hall.serves("ann", hall.frame(), state_of(1));
    CHECK(hall.states().empty());
}

TEST_CASE("T4, T27: who is not asked for a password sees a salt of 0")
{
    Dialogue hall;
    CHECK(header_to(hall, client_header) ==
          from_hex("52414e50 00040008 00000001 00000000 00000006 00000469"));
    Admission by_password;
    by_password.by_password = true;
    CHECK(header_to(hall, client_header, by_password) ==
          from_hex("52414e50 00040008 00000001 01abcdef 00000006 00000469"));
}

TEST_CASE("T5: the order of INFO is that of the client's build")
{
    Dialogue hall;
    for (const char* version : {"1.9.0", "1.9.1"}) {
        Visit visit = speaking(5);
        visit.implementation = wire::implementation_magic(version, 5);
        hall.joins(version, visit);
    }
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
    CHECK(hall.look().content_crc == test_game.content_crc);
}

TEST_CASE("T6: who serves a state is told of no frame before that one")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins(name);
    hall.plays("ann");
    hall.sends("ann", 3);
    hall.comes("dan");
    const Frame frame = hall["ann"].now() + 4; // it has run on, and jumped there
    std::vector<wire::Input> under_way;
    for (int count = 0; count < 4; ++count)
        under_way.push_back(hall["ann"].next_input());
    hall["ann"].serves(frame);
    hall.plays("bob");
    hall.plays("carl");
    for (const wire::Input& input : under_way)
        hall.says("ann", input);
    CHECK_FALSE(hall["bob"].is_playing());
    hall.serves("ann", frame, stream_of(frame));
    CHECK(hall["bob"].is_playing());
    CHECK(hall["carl"].is_playing());
    CHECK(hall["dan"].is_synced());
}

TEST_CASE("T7: a player's state goes to all others")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.joins("dan");
    hall.sends("ann", 5);
    hall.forget_what_was_told();
    hall.comes("eve");
    hall.serves("ann");
    for (const char* name : {"bob", "carl", "dan", "eve"})
        CHECK(hall.told(name).back() == at("STATE ", hall.frame()));
}

TEST_CASE("T8: no input of a frame to come is passed on before somebody joins")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.sends("bob", 20);
    hall.joins("carl");
    CHECK(hall["carl"].heard() == Words{at("SYNC ", hall.frame()), at("STATE ", hall.frame())});
    hall.sends("ann", 25);
    CHECK(hall["carl"].heard().size() == 25 + 25 + 20);
}

TEST_CASE("T9: a player is never made to watch, it is closed")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.sends("bob", 58);
    hall.forget_what_was_told();
    hall.passes(6s);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall.told("ann").empty());
}

TEST_CASE("T12: the size of a NETPACKET leaves out its client")
{
    Dialogue hall;
    hall.joins("ann");
    hall.joins("bob");
    hall.forget_what_was_told();
    hall.says("ann", from_hex("00000048 00000003 00000000 010203 00001100 00000000"));
    hall.says("ann", from_hex("00000048 00000000 0000ffff 00001100 00000000"));
    hall.says("ann", from_hex("00000049 00000001 00000002 99 00001100 00000000"));
    CHECK(hall.told("ann") == Words{"PONG", "PONG", "PONG"});
    CHECK(hall.told("bob").empty());
}

TEST_CASE("T14: states and resets of a player's own, ahead of the clock, harm nobody")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.passes(3s);
    hall.sends("ann");
    hall.sends("bob", 8);
    hall.serves("bob"); // twice in a row, as RetroArch does
    hall.sends("bob");
    hall.serves("bob");
    const Frame jumped = hall["bob"].now();
    hall.forget_what_was_told();
    for (int round = 0; round < 80; ++round) {
        if (hall["ann"].is_asked()) hall.serves("ann");
        hall.rounds({"ann", "bob"});
    }
    for (int round = 0; round < 100; ++round) {
        if (hall["ann"].is_asked()) hall.serves("ann");
        hall.rounds({"ann", "bob"});
    }
    CHECK(hall.frame() > jumped);
    CHECK(hall.look().members.size() == 2);
    const Words told = hall.told("bob");
    CHECK(std::ranges::any_of(told, [](const auto& line) { return line.starts_with("STATE"); }));
}

TEST_CASE("T15: requests at every change of mode make one state each two seconds")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.passes(3s);
    hall.forget_what_was_told();
    for (const char* name : {"bob", "carl", "ann", "bob"})
        hall.says(name, wire::RequestSavestate{});
    CHECK(hall.told("ann") == Words{"REQUEST"});
    hall.serves("ann");
    hall.forget_what_was_told();
    hall.says("bob", wire::RequestSavestate{});
    hall.sends("ann");
    hall.passes(1900ms);
    CHECK(hall.told("ann").empty());
    hall.passes(200ms);
    CHECK(hall.told("ann") == Words{"REQUEST"});
}

TEST_CASE("T17: no state is compared unless the operator wants it")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.forget_what_was_told();
    for (int second = 0; second < 30; ++second) {
        hall.sends("ann", 60);
        hall.passes(1s);
    }
    CHECK(hall.told("ann").empty());
    CHECK(hall.told("bob").empty());
}

TEST_CASE("T19: nobody is given ports whose input RetroArch would cut")
{
    RoomSettings settings;
    settings.devices.push_back({"TestCore", {}});
    settings.devices[0].devices.fill(3); // keyboards, five words each
    Dialogue hall(settings);
    hall.joins("ann");
    hall.forget_what_was_told();
    hall.plays("ann", wire::Play{false, 0, 0b111});
    CHECK(hall.told("ann") == Words{"REFUSED 4"});
    hall.plays("ann", wire::Play{false, 0, 0b11});
    CHECK(hall["ann"].is_playing());
    hall.sends("ann", 2);
}

TEST_CASE("T20: an old frontend is told of nothing it does not know")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    Visit old = speaking(5);
    old.implementation = wire::implementation_magic("1.9.14", 5);
    hall.joins_and_plays("old", old); // its mirror takes every unknown command for fatal
    hall.says("ann", from_hex("00001000 00000002 6869"));
    hall.says("ann", from_hex("00001100 00000000"));
    hall.rounds({"ann", "old"}, 5);
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("T21: a PAUSE that is not allowed is no offence here")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.says("bob", wire::Pause{"bob"});
    hall.says("ann", wire::Pause{"ann"});
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("T23: members of protocol 6 are told that pausing is not allowed, others nothing")
{
    const std::uint32_t protocol = GENERATE(4U, 5U, 6U);
    Dialogue hall;
    hall.comes("ann", speaking(protocol));
    const ByteVector setting = from_hex("00002000 00000004 00000000");
    const ByteVector told = hall.answer("ann");
    const bool found = !std::ranges::search(told, setting).empty();
    CHECK(found == (protocol == 6));
}

TEST_CASE("T24: ports behind one without a device are given to those who name them")
{
    RoomSettings settings;
    settings.devices.push_back({"TestCore", {0, 1}});
    Dialogue hall(settings);
    hall.joins("ann");
    hall.forget_what_was_told();
    hall.plays("ann");
    CHECK(hall.told("ann") == Words{"REFUSED 2"});
    hall.plays("ann", wire::Play{false, 0, 0b10});
    CHECK(hall.look("ann").ports == 0b10);
}

TEST_CASE("T25: with a password to watch only, nobody plays")
{
    RoomSettings settings;
    settings.spectate_password = "watch";
    Dialogue hall(settings);
    Visit visit;
    visit.password = "watch";
    hall.joins("ann", visit);
    hall.forget_what_was_told();
    hall.plays("ann");
    CHECK(hall.told("ann") == Words{"REFUSED 1"});
}

TEST_CASE("T29: a state whose size is not what it says is passed on to nobody")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.comes("bob");
    hall.serves("ann", hall.frame(), stream_of(1, state_size - 1));
    CHECK(hall.states().empty());
    CHECK(hall.end_of("ann") == MemberEnd::bad_command);
    CHECK(hall["bob"].heard().size() == 1); // SYNC: nobody else is there
}

TEST_CASE("T30: who runs unthrottled to catch up does not drive the clock")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.sends("ann", 50);
    const Frame frame = hall.frame();
    hall.sends("bob", 50 + 58); // all at once
    CHECK(hall.frame() == frame);
    CHECK(hall.look("bob").frames_ahead == 58);
    CHECK(hall.is_in("bob"));
}

} // namespace netplay_relay::room
