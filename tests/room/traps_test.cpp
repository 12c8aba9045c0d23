// The known traps of RetroArch's netplay, by number, as far as a room can step into them. That no
// client would leave is looked at by client.cpp in every one.
//
// No concern of a room: T10, T11, T13, T26, T28 (the tunnel and the host behind it), T22 (a host's
// answer in the local network), T16 (achievements of a client that loads any state), T18 (a client
// that refuses netplay by itself). T2 has no test of its own: a NAK that is not sent is a member
// that leaves.
#include "script.hpp"

namespace netplay_relay::room {

namespace {

using wire::from_hex;

ByteVector header_to(Script& script, const char* header, const Admission& admission = {})
{
    script.arrives("c1", admission);
    script.says("c1", from_hex(header));
    return script.answer("c1");
}

constexpr const char* client_header = "52414e50 00040008 00000001 00000006 00000005 00000469";

} // namespace

TEST_CASE("T1: neither PAUSE nor RESUME is ever passed on, and pausing is not allowed")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.forget_what_was_told();
    script.says("ann", wire::Pause{"ann"});
    script.says("ann", wire::Resume{});
    CHECK(script.heard("bob").empty());
    CHECK(script.is_in("ann"));
}

TEST_CASE("T3: states without zlib are neither offered nor passed on")
{
    Script script;
    CHECK(header_to(script, client_header)[11] == 1);
    script.arrives("raw");
    script.says("raw", from_hex("52414e50 00040008 00000000 00000006 00000005 00000469"));
    CHECK(script.end_of("raw") == CloseReason::no_compression);
    script.joins_and_plays("ann");
    script.comes("bob");
    script.serves("ann", script.frame(), state_of(1));
    CHECK(script.states().empty());
}

TEST_CASE("T4, T27: who is not asked for a password sees a salt of 0")
{
    Script script;
    CHECK(header_to(script, client_header) ==
          from_hex("52414e50 00040008 00000001 00000000 00000006 00000469"));
    Admission by_password;
    by_password.by_password = true;
    CHECK(header_to(script, client_header, by_password) ==
          from_hex("52414e50 00040008 00000001 01abcdef 00000006 00000469"));
}

TEST_CASE("T5: the order of INFO is that of the client's build")
{
    Script script;
    for (const char* version : {"1.9.0", "1.9.1"}) {
        Visit visit = speaking(5);
        visit.implementation = wire::implementation_magic(version, 5);
        script.joins(version, visit);
    }
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
    CHECK(script.look().content_crc == test_game.content_crc);
}

TEST_CASE("T6: who serves a state is told of no frame before that one")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins(name);
    script.plays("ann");
    script.sends("ann", 3);
    script.comes("dan");
    const Frame frame = script["ann"].now() + 4; // it has run on, and jumped there
    std::vector<wire::Input> under_way;
    for (int count = 0; count < 4; ++count)
        under_way.push_back(script["ann"].next_input());
    script["ann"].serves(frame);
    script.plays("bob");
    script.plays("carl");
    for (const wire::Input& input : under_way)
        script.says("ann", input);
    CHECK_FALSE(script["bob"].is_playing());
    script.serves("ann", frame, stream_of(frame));
    CHECK(script["bob"].is_playing());
    CHECK(script["carl"].is_playing());
    CHECK(script["dan"].is_synced());
}

TEST_CASE("T7: a player's state goes to all others")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.joins("dan");
    script.sends("ann", 5);
    script.forget_what_was_told();
    script.comes("eve");
    script.serves("ann");
    for (const char* name : {"bob", "carl", "dan", "eve"})
        CHECK(script.told(name).back() == at("STATE ", script.frame()));
}

TEST_CASE("T8: no input of a frame to come is passed on before somebody joins")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.sends("bob", 20);
    script.joins("carl");
    CHECK(script["carl"].heard() ==
          Words{at("SYNC ", script.frame()), at("STATE ", script.frame())});
    script.sends("ann", 25);
    CHECK(script["carl"].heard().size() == 25 + 25 + 20);
}

TEST_CASE("T9: a player is never made to watch, it is closed")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.sends("bob", 58);
    script.forget_what_was_told();
    script.passes(6s);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    for (const std::string& line : script.told("ann"))
        CHECK(line.starts_with("CHAT netplay-relay: "));
}

TEST_CASE("T12: the size of a NETPACKET leaves out its client")
{
    Script script;
    script.joins("ann");
    script.joins("bob");
    script.forget_what_was_told();
    script.says("ann", from_hex("00000048 00000003 00000000 010203 00001100 00000000"));
    script.says("ann", from_hex("00000048 00000000 0000ffff 00001100 00000000"));
    script.says("ann", from_hex("00000049 00000001 00000002 99 00001100 00000000"));
    CHECK(script.told("ann") == Words{"PONG", "PONG", "PONG"});
    CHECK(script.told("bob").empty());
}

TEST_CASE("T14: states and resets of a player's own, ahead of the clock, harm nobody")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.passes(3s);
    script.sends("ann");
    script.sends("bob", 8);
    script.serves("bob"); // twice in a row, as RetroArch does
    script.sends("bob");
    script.serves("bob");
    const Frame jumped = script["bob"].now();
    script.forget_what_was_told();
    for (int round = 0; round < 80; ++round) {
        if (script["ann"].is_asked()) script.serves("ann");
        script.rounds({"ann", "bob"});
    }
    for (int round = 0; round < 100; ++round) {
        if (script["ann"].is_asked()) script.serves("ann");
        script.rounds({"ann", "bob"});
    }
    CHECK(script.frame() > jumped);
    CHECK(script.look().members.size() == 2);
    const Words told = script.told("bob");
    CHECK(std::ranges::any_of(told, [](const auto& line) { return line.starts_with("STATE"); }));
}

TEST_CASE("T15: requests at every change of mode make one state each two seconds")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.passes(3s);
    script.forget_what_was_told();
    for (const char* name : {"bob", "carl", "ann", "bob"})
        script.says(name, wire::RequestSavestate{});
    CHECK(script.told("ann") == Words{"REQUEST"});
    script.serves("ann");
    script.forget_what_was_told();
    script.says("bob", wire::RequestSavestate{});
    script.sends("ann");
    script.passes(1900ms);
    CHECK(script.told("ann").empty());
    script.passes(200ms);
    CHECK(script.told("ann") == Words{"REQUEST"});
}

TEST_CASE("T17: no state is compared unless the operator wants it")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.forget_what_was_told();
    for (int second = 0; second < 30; ++second) {
        script.sends("ann", 60);
        script.passes(1s);
    }
    CHECK(script.told("ann").empty());
    CHECK(script.told("bob").empty());
}

TEST_CASE("T19: nobody is given ports whose input RetroArch would cut")
{
    RoomSettings settings;
    settings.devices.push_back({"TestCore", {}});
    settings.devices[0].devices.fill(3); // keyboards, five words each
    Script script(settings);
    script.joins("ann");
    script.forget_what_was_told();
    script.plays("ann", wire::Play{false, 0, 0b111});
    CHECK(script.told("ann") == Words{"REFUSED 4"});
    script.plays("ann", wire::Play{false, 0, 0b11});
    CHECK(script["ann"].is_playing());
    script.sends("ann", 2);
}

TEST_CASE("T20: an old frontend is told of nothing it does not know")
{
    Script script;
    script.joins_and_plays("ann");
    Visit old = speaking(5);
    old.implementation = wire::implementation_magic("1.9.14", 5);
    script.joins_and_plays("old", old); // its mirror takes every unknown command for fatal
    script.says("ann", from_hex("00001000 00000002 6869"));
    script.says("ann", from_hex("00001100 00000000"));
    script.rounds({"ann", "old"}, 5);
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("T21: a PAUSE that is not allowed is no offence here")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.says("bob", wire::Pause{"bob"});
    script.says("ann", wire::Pause{"ann"});
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("T23: members of protocol 6 are told that pausing is not allowed, others nothing")
{
    const std::uint32_t protocol = GENERATE(4U, 5U, 6U);
    Script script;
    script.comes("ann", speaking(protocol));
    const ByteVector setting = from_hex("00002000 00000004 00000000");
    const ByteVector told = script.answer("ann");
    const bool found = !std::ranges::search(told, setting).empty();
    CHECK(found == (protocol == 6));
}

TEST_CASE("T24: ports behind one without a device are given to those who name them")
{
    RoomSettings settings;
    settings.devices.push_back({"TestCore", {0, 1}});
    Script script(settings);
    script.joins("ann");
    script.forget_what_was_told();
    script.plays("ann");
    CHECK(script.told("ann") == Words{"REFUSED 2"});
    script.plays("ann", wire::Play{false, 0, 0b10});
    CHECK(script.look("ann").ports == 0b10);
}

TEST_CASE("T25: with a password to watch only, nobody plays")
{
    RoomSettings settings;
    settings.spectate_password = "watch";
    Script script(settings);
    Visit visit;
    visit.password = "watch";
    script.joins("ann", visit);
    script.forget_what_was_told();
    script.plays("ann");
    CHECK(script.told("ann") == Words{"REFUSED 1"});
}

TEST_CASE("T29: a state whose size is not what it says is passed on to nobody")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob");
    script.serves("ann", script.frame(), stream_of(1, state_size - 1));
    CHECK(script.states().empty());
    CHECK(script.end_of("ann") == CloseReason::bad_command);
    CHECK(script["bob"].heard().size() == 1); // SYNC: nobody else is there
}

TEST_CASE("T30: who runs unthrottled to catch up does not drive the clock")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.sends("ann", 50);
    const Frame frame = script.frame();
    script.sends("bob", 50 + 58); // all at once
    CHECK(script.frame() == frame);
    CHECK(script.look("bob").frames_ahead == 58);
    CHECK(script.is_in("bob"));
}

} // namespace netplay_relay::room
