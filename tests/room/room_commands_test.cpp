#include "script.hpp"

namespace netplay_relay::room {

namespace {

wire::Play wanting(std::uint16_t ports, std::uint8_t share_mode = 0)
{
    return {false, share_mode, ports};
}

RoomSettings with_devices(std::initializer_list<std::uint32_t> devices)
{
    DeviceTable table{"TESTCORE", {}};
    std::copy(devices.begin(), devices.end(), table.devices.begin());
    RoomSettings settings;
    settings.devices.push_back(table);
    return settings;
}

} // namespace

TEST_CASE("PLAY takes the wanted ports, or the first free one")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins(name);
    script.plays("ann", wanting(0b110));
    CHECK(script.look("ann").ports == 0b110);
    script.plays("bob");
    CHECK(script.look("bob").ports == 0b1);
    script.forget_what_was_told();
    script.plays("carl", wanting(0b100));
    CHECK(script.told("carl") == Words{"REFUSED 4"});
    script.plays("carl");
    CHECK(script.look("carl").ports == 0b1000);
    script.rounds({"ann", "bob", "carl"}, 3); // two words a frame of ann
    script.watches("ann");
    CHECK(script.look("ann").ports == 0);
    script.plays("ann", wanting(0b100));
    CHECK(script.look("ann").ports == 0b100);
}

TEST_CASE("PLAY is refused where no port is left, and the search ends at a port without a device")
{
    Script script(with_devices({1, 5, 0, 1}));
    for (const char* name : {"ann", "bob", "carl"})
        script.joins(name);
    script.plays("ann");
    script.plays("bob"); // an analog pad: three words
    script.forget_what_was_told();
    script.plays("carl");
    CHECK(script.told("carl") == Words{"REFUSED 2"});
    script.plays("carl", wanting(0b100)); // no device
    CHECK(script.told("carl") == Words{"REFUSED 4"});
    script.plays("carl", wanting(0b1000));
    CHECK(script.look("carl").ports == 0b1000);
    script.rounds({"ann", "bob", "carl"}, 3);
}

TEST_CASE("nobody is given more words than an INPUT of RetroArch holds")
{
    Script script(with_devices({3, 3, 3, 1}));
    script.joins("ann");
    script.forget_what_was_told();
    script.plays("ann", wanting(0b111)); // 15 words
    CHECK(script.told("ann") == Words{"REFUSED 4"});
    script.plays("ann", wanting(0b1011)); // 11
    CHECK(script.look("ann").ports == 0b1011);
    script.sends("ann", 2);
}

TEST_CASE("a port is shared by those who both want that, as its first player said")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl", "dan"})
        script.joins(name);
    script.plays("ann", wanting(0b1, 0x08)); // XOR
    CHECK(script["dan"].share_modes()[0] == 0x28);
    script.forget_what_was_told();
    script.plays("bob", wanting(0b1));
    CHECK(script.told("bob") == Words{"REFUSED 4"});
    script.plays("bob", wanting(0b1, 0x44)); // OR: too late to choose
    CHECK(script.look("bob").ports == 0b1);
    CHECK(script["dan"].share_modes()[0] == 0x28);
    script.plays("carl", wanting(0b10));
    script.rounds({"ann", "bob", "carl"}, 3);
    script.watches("ann");
    CHECK(script["dan"].share_modes()[0] == 0x28);
    script.watches("bob");
    CHECK(script["dan"].share_modes()[0] == 0);
    script.plays("dan", wanting(0b10, 0x04)); // carl's, who did not share
    CHECK_FALSE(script["dan"].is_playing());
}

TEST_CASE("the only port is shared with who wants any, if its player shares")
{
    Script script(with_devices({1}));
    script.joins("ann");
    script.joins("bob");
    script.joins("carl");
    script.plays("ann", wanting(0, 0x01)); // no preference, as RetroArch 1.7 to 1.10 asks
    script.plays("bob");
    CHECK(script.look("bob").ports == 0b1);
    CHECK(script["carl"].share_modes()[0] == 0x24);
    script.rounds({"ann", "bob"}, 3);
}

TEST_CASE("a member of protocol 4 is never told of shared ports")
{
    Script script(with_devices({1}));
    script.joins("ann");
    script.joins("four", speaking(4));
    script.joins("carl");
    script.plays("ann", wanting(0, 0x01));
    script.forget_what_was_told();
    script.plays("carl");
    CHECK(script.told("carl") == Words{"REFUSED 2"});
    script.plays("carl", wanting(1, 0x04));
    CHECK(script.told("carl") == Words{"REFUSED 4"});
    script.sends("ann", 2);
    CHECK(script["four"].players() == 1);
}

TEST_CASE("who cannot be told of those who sit is no member of protocol 4")
{
    Script script;
    script.joins_and_plays("ann");
    script.watches("ann");
    script.plays("ann", wanting(0b11));
    script.comes("four", speaking(4));
    CHECK(script.end_of("four") == CloseReason::protocol_4_seats);
    Script keyboards(with_devices({3}));
    keyboards.comes("four", speaking(4));
    CHECK(keyboards.end_of("four") == CloseReason::protocol_4_seats);
    CHECK(keyboards.manager.use() == RoomUse{});
}

TEST_CASE("nobody plays as a slave")
{
    Script script;
    script.joins("ann");
    script.joins("bob");
    script.plays("ann", wire::Play{true, 0, 0});
    CHECK(script["ann"].is_playing());
    CHECK(script["bob"].players() == 1); // the client looks at the bit
}

TEST_CASE("a wish to play waits while a state is asked for")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.sends("ann", 3);
    script.comes("carl");
    script.forget_what_was_told();
    script.plays("bob");
    CHECK(script.told("bob").empty());
    CHECK(script.told("ann").empty());
    script.serves("ann");
    CHECK(script.told("bob") == Words{"STATE 4", "MODE 4 bob (you) plays 2"});
    CHECK(script.told("carl") == Words{"SYNC 4", "STATE 4", "MODE 4 bob plays 2"});
    CHECK(script.told("ann") == Words{"MODE 4 bob plays 2"});
    // And one that changes its mind meanwhile does not play.
    script.comes("dan");
    script.plays("carl");
    script.watches("carl");
    script.serves("ann");
    CHECK_FALSE(script.look("carl").playing);
}

TEST_CASE("who leaves its seat leaves it at a frame that everybody has of it")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    const Frame begin = script.frame();
    script.sends("ann", 5);
    script.sends("bob", 2);  // behind the clock
    script.sends("carl", 9); // ahead of it
    script.forget_what_was_told();
    script.watches("bob");
    CHECK(script.told("ann") == Words{"MODE " + std::to_string(begin + 2) + " bob watches"});
    CHECK(script.told("bob") == Words{"MODE " + std::to_string(begin + 2) + " bob (you) watches"});
    // What carl has played already it never takes back: it plays on until the clock is there.
    script.forget_what_was_told();
    script.watches("carl");
    CHECK(script.told("ann") == Words{});
    script.sends("ann", 9);
    CHECK(script.told("carl") ==
          Words{"MODE " + std::to_string(begin + 9) + " carl (you) watches"});
    script.forget_what_was_told();
    script.watches("ann");
    script.passes(100ms);
    CHECK(script["ann"].players() == 0);
}

TEST_CASE("input of one who has just stopped playing is no offence")
{
    Script script;
    script.joins_and_plays("ann");
    const wire::Input late = script["ann"].next_input();
    script.watches("ann");
    script.says("ann", late);
    CHECK(script.is_in("ann"));
    CHECK(script.look("ann").counts.inputs == 0);
}

TEST_CASE("nicks are told apart")
{
    Script script;
    Visit visit;
    visit.nick = "ann";
    CHECK(script.joins("1", visit).nick() == "ann");
    CHECK(script.joins("2", visit).nick() == "ann (2)");
    CHECK(script.joins("3", visit).nick() == "ann (3)");
    script.leaves("2");
    CHECK(script.joins("2", visit).nick() == "ann (2)");
    visit.nick = "netplay-relay";
    CHECK(script.joins("4", visit).nick() == "netplay-relay (2)");
}

TEST_CASE("chat goes from players to players of protocol 6")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins_and_plays("five", speaking(5));
    script.joins("watcher");
    script.forget_what_was_told();
    script.says("ann", wire::from_hex("00001000 00000002 6869"));
    CHECK(script.told("ann") == Words{"CHAT ann: hi"});
    CHECK(script.told("bob") == Words{"CHAT ann: hi"});
    CHECK(script.told("five").empty());
    CHECK(script.told("watcher").empty());
    script.says("watcher", wire::from_hex("00001000 00000002 6869"));
    CHECK(script.told("bob").empty());
    for (int count = 0; count < 20; ++count)
        script.says("ann", wire::from_hex("00001000 00000002 6869"));
    CHECK(script.told("bob").size() == 7);
    CHECK(script.look("ann").counts.chats_dropped == 13);
    script.says("ann", wire::from_hex("00001000 00000002 6800"));
    CHECK(script.end_of("ann") == CloseReason::bad_command);
}

TEST_CASE("pings are answered, also of one who still waits")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.forget_what_was_told();
    script.says("bob", wire::from_hex("00001100 00000000 00001101 00000000"));
    CHECK(script.told("bob") == Words{"PONG"});
}

TEST_CASE("who pings is asked in turn, which tells how far away it is")
{
    Script script;
    script.joins("ann");
    (void)script.answer("ann");
    CHECK(script.look("ann").ping == std::nullopt);
    script.passes(1s / 120);
    script.says("ann", wire::from_hex("00001100 00000000")); // it answers at once
    CHECK(script.answer("ann") == wire::from_hex("00001101 00000000 00001100 00000000"));
    CHECK(script.look("ann").ping == Duration{});
    script.says("ann", wire::from_hex("00001101 00000000")); // nobody asked
    CHECK(script.answer("ann").empty());
    CHECK(script.look("ann").ping == Duration{});
}

TEST_CASE("what a client may not say is its end, what we do not know is skipped")
{
    Script script;
    script.joins("ann");
    const auto end_after = [&](const char* bytes) {
        script.joins("bob");
        script.says("bob", wire::from_hex(bytes));
        const auto end = script.end_of("bob");
        if (!end) script.leaves("bob");
        script.passes(6s);
        return end;
    };
    CHECK(end_after("00000000 00000000") == std::nullopt);                      // ACK
    CHECK(end_after("00000001 00000000") == CloseReason::nak);                  // NAK
    CHECK(end_after("00000002 00000000") == CloseReason::nak);                  // DISCONNECT
    CHECK(end_after("00000004 00000004 00000000") == CloseReason::bad_command); // NOINPUT
    CHECK(end_after("00000040 00000008 00000000 00000000") == CloseReason::bad_command); // CRC
    CHECK(end_after("00000045 00000004 00000000") == CloseReason::bad_command);          // STALL
    CHECK(end_after("00000044 00000000") == std::nullopt);                               // RESUME
    CHECK(end_after("00002000 00000004 00000000") == CloseReason::bad_command);          // SETTING
    CHECK(end_after("00000022 00000000") == CloseReason::bad_command);                   // INFO
    CHECK(end_after("00001234 00000003 010203 00001100 00000000") == std::nullopt);
    CHECK(end_after("00000003 00000004 00000000") == CloseReason::bad_command); // a short INPUT
    CHECK(end_after("00000025 00000000") == CloseReason::bad_command);
}

TEST_CASE("an unknown command is skipped in whatever pieces it comes")
{
    Script script;
    script.joins("ann");
    script.forget_what_was_told();
    const ByteVector bytes =
        wire::joined(wire::from_hex("00001234 000003e8"),
                     wire::joined(ByteVector(1000, 0xff), wire::from_hex("00001100 00000000")));
    for (const std::uint8_t byte : bytes)
        script.says("ann", ByteVector{byte});
    CHECK(script.told("ann") == Words{"PONG"});
}

TEST_CASE("PAUSE is kept from the others, and the slow player goes")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.forget_what_was_told();
    script.says("ann", wire::Pause{"ann"});
    CHECK(script.told("bob").empty());
    script.sends("bob", 58);
    script.passes(5s);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    CHECK(script.is_in("bob"));
}

TEST_CASE("input of a wrong size, out of order or far ahead is the end")
{
    Script script;
    script.joins_and_plays("ann");
    const auto end_after = [&](Frame ahead, std::size_t words) {
        script.passes(5s);
        script.sends("ann");
        script.joins_and_plays("bob");
        wire::Input input;
        input.frame = script.look().frame + ahead;
        for (std::size_t at = 0; at < words; ++at)
            input.words.push_back(0);
        script.says("bob", input);
        return script.end_of("bob");
    };
    CHECK(end_after(0, 2) == CloseReason::input_size);
    CHECK(end_after(0, 0) == CloseReason::input_size);
    CHECK(end_after(1, 1) == CloseReason::input_out_of_order);
    CHECK(end_after(0xF0000000, 1) == CloseReason::input_out_of_order);
}

TEST_CASE("input for a frame that it has said already is ignored")
{
    Script script;
    script.joins_and_plays("ann");
    wire::Input input = script["ann"].next_input();
    script.says("ann", input);
    script.says("ann", input);
    CHECK(script.look("ann").counts.inputs == 1);
    CHECK(script.look("ann").counts.inputs_ignored == 1);
    CHECK(script.is_in("ann"));
}

TEST_CASE("who floods the room goes")
{
    Script script;
    script.joins("ann");
    script.joins("bob");
    script.forget_what_was_told();
    for (int count = 0; count < 12; ++count) {
        script.plays("ann");
        if (script["ann"].is_playing()) script.watches("ann");
    }
    const Words told = script.told("ann");
    CHECK(std::ranges::count(told, "REFUSED 3") >= 3);
    CHECK(script.is_in("ann"));
    ByteVector pings;
    for (int count = 0; count < 300; ++count)
        pings = wire::joined(std::move(pings), wire::from_hex("00001100 00000000"));
    script.says("bob", pings);
    CHECK(script.end_of("bob") == CloseReason::flood);
}

} // namespace netplay_relay::room
