#include "dialogue.hpp"

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
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins(name);
    hall.plays("ann", wanting(0b110));
    CHECK(hall.look("ann").ports == 0b110);
    hall.plays("bob");
    CHECK(hall.look("bob").ports == 0b1);
    hall.forget_what_was_told();
    hall.plays("carl", wanting(0b100));
    CHECK(hall.told("carl") == Words{"REFUSED 4"});
    hall.plays("carl");
    CHECK(hall.look("carl").ports == 0b1000);
    hall.rounds({"ann", "bob", "carl"}, 3); // two words a frame of ann
    hall.watches("ann");
    CHECK(hall.look("ann").ports == 0);
    hall.plays("ann", wanting(0b100));
    CHECK(hall.look("ann").ports == 0b100);
}

TEST_CASE("PLAY is refused where no port is left, and the search ends at a port without a device")
{
    Dialogue hall(with_devices({1, 5, 0, 1}));
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins(name);
    hall.plays("ann");
    hall.plays("bob"); // an analog pad: three words
    hall.forget_what_was_told();
    hall.plays("carl");
    CHECK(hall.told("carl") == Words{"REFUSED 2"});
    hall.plays("carl", wanting(0b100)); // no device
    CHECK(hall.told("carl") == Words{"REFUSED 4"});
    hall.plays("carl", wanting(0b1000));
    CHECK(hall.look("carl").ports == 0b1000);
    hall.rounds({"ann", "bob", "carl"}, 3);
}

TEST_CASE("nobody is given more words than an INPUT of RetroArch holds")
{
    Dialogue hall(with_devices({3, 3, 3, 1}));
    hall.joins("ann");
    hall.forget_what_was_told();
    hall.plays("ann", wanting(0b111)); // 15 words
    CHECK(hall.told("ann") == Words{"REFUSED 4"});
    hall.plays("ann", wanting(0b1011)); // 11
    CHECK(hall.look("ann").ports == 0b1011);
    hall.sends("ann", 2);
}

TEST_CASE("a port is shared by those who both want that, as its first player said")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl", "dan"})
        hall.joins(name);
    hall.plays("ann", wanting(0b1, 0x08)); // XOR
    CHECK(hall["dan"].share_modes()[0] == 0x28);
    hall.forget_what_was_told();
    hall.plays("bob", wanting(0b1));
    CHECK(hall.told("bob") == Words{"REFUSED 4"});
    hall.plays("bob", wanting(0b1, 0x44)); // OR: too late to choose
    CHECK(hall.look("bob").ports == 0b1);
    CHECK(hall["dan"].share_modes()[0] == 0x28);
    hall.plays("carl", wanting(0b10));
    hall.rounds({"ann", "bob", "carl"}, 3);
    hall.watches("ann");
    CHECK(hall["dan"].share_modes()[0] == 0x28);
    hall.watches("bob");
    CHECK(hall["dan"].share_modes()[0] == 0);
    hall.plays("dan", wanting(0b10, 0x04)); // carl's, who did not share
    CHECK_FALSE(hall["dan"].is_playing());
}

TEST_CASE("the only port is shared with who wants any, if its player shares")
{
    Dialogue hall(with_devices({1}));
    hall.joins("ann");
    hall.joins("bob");
    hall.joins("carl");
    hall.plays("ann", wanting(0, 0x01)); // no preference, as RetroArch 1.7 to 1.10 asks
    hall.plays("bob");
    CHECK(hall.look("bob").ports == 0b1);
    CHECK(hall["carl"].share_modes()[0] == 0x24);
    hall.rounds({"ann", "bob"}, 3);
}

TEST_CASE("a member of protocol 4 is never told of shared ports")
{
    Dialogue hall(with_devices({1}));
    hall.joins("ann");
    hall.joins("four", speaking(4));
    hall.joins("carl");
    hall.plays("ann", wanting(0, 0x01));
    hall.forget_what_was_told();
    hall.plays("carl");
    CHECK(hall.told("carl") == Words{"REFUSED 2"});
    hall.plays("carl", wanting(1, 0x04));
    CHECK(hall.told("carl") == Words{"REFUSED 4"});
    hall.sends("ann", 2);
    CHECK(hall["four"].players() == 1);
}

TEST_CASE("who cannot be told of those who sit is no member of protocol 4")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.watches("ann");
    hall.plays("ann", wanting(0b11));
    hall.comes("four", speaking(4));
    CHECK(hall.end_of("four") == MemberEnd::protocol_4);
    Dialogue keyboards(with_devices({3}));
    keyboards.comes("four", speaking(4));
    CHECK(keyboards.end_of("four") == MemberEnd::protocol_4);
    CHECK(keyboards.hall.use() == HallUse{});
}

TEST_CASE("nobody plays as a slave")
{
    Dialogue hall;
    hall.joins("ann");
    hall.joins("bob");
    hall.plays("ann", wire::Play{true, 0, 0});
    CHECK(hall["ann"].is_playing());
    CHECK(hall["bob"].players() == 1); // the client looks at the bit
}

TEST_CASE("a wish to play waits while a state is asked for")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.sends("ann", 3);
    hall.comes("carl");
    hall.forget_what_was_told();
    hall.plays("bob");
    CHECK(hall.told("bob").empty());
    CHECK(hall.told("ann").empty());
    hall.serves("ann");
    CHECK(hall.told("bob") == Words{"STATE 4", "MODE 4 bob (you) plays 2"});
    CHECK(hall.told("carl") == Words{"SYNC 4", "STATE 4", "MODE 4 bob plays 2"});
    CHECK(hall.told("ann") == Words{"MODE 4 bob plays 2"});
    // And one that changes its mind meanwhile does not play.
    hall.comes("dan");
    hall.plays("carl");
    hall.watches("carl");
    hall.serves("ann");
    CHECK_FALSE(hall.look("carl").playing);
}

TEST_CASE("who leaves its seat leaves it at a frame that everybody has of it")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    const Frame begin = hall.frame();
    hall.sends("ann", 5);
    hall.sends("bob", 2);  // behind the clock
    hall.sends("carl", 9); // ahead of it
    hall.forget_what_was_told();
    hall.watches("bob");
    CHECK(hall.told("ann") == Words{"MODE " + std::to_string(begin + 2) + " bob watches"});
    CHECK(hall.told("bob") == Words{"MODE " + std::to_string(begin + 2) + " bob (you) watches"});
    // What carl has played already it never takes back: it plays on until the clock is there.
    hall.forget_what_was_told();
    hall.watches("carl");
    CHECK(hall.told("ann") == Words{});
    hall.sends("ann", 9);
    CHECK(hall.told("carl") == Words{"MODE " + std::to_string(begin + 9) + " carl (you) watches"});
    hall.forget_what_was_told();
    hall.watches("ann");
    hall.passes(100ms);
    CHECK(hall["ann"].players() == 0);
}

TEST_CASE("input of one who has just stopped playing is no offence")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    const wire::Input late = hall["ann"].next_input();
    hall.watches("ann");
    hall.says("ann", late);
    CHECK(hall.is_in("ann"));
    CHECK(hall.look("ann").counts.inputs == 0);
}

TEST_CASE("nicks are told apart")
{
    Dialogue hall;
    Visit visit;
    visit.nick = "ann";
    CHECK(hall.joins("1", visit).nick() == "ann");
    CHECK(hall.joins("2", visit).nick() == "ann (2)");
    CHECK(hall.joins("3", visit).nick() == "ann (3)");
    hall.leaves("2");
    CHECK(hall.joins("2", visit).nick() == "ann (2)");
    visit.nick = "netplay-relay";
    CHECK(hall.joins("4", visit).nick() == "netplay-relay (2)");
}

TEST_CASE("chat goes from players to players of protocol 6")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins_and_plays("five", speaking(5));
    hall.joins("watcher");
    hall.forget_what_was_told();
    hall.says("ann", wire::from_hex("00001000 00000002 6869"));
    CHECK(hall.told("ann") == Words{"CHAT ann: hi"});
    CHECK(hall.told("bob") == Words{"CHAT ann: hi"});
    CHECK(hall.told("five").empty());
    CHECK(hall.told("watcher").empty());
    hall.says("watcher", wire::from_hex("00001000 00000002 6869"));
    CHECK(hall.told("bob").empty());
    for (int count = 0; count < 20; ++count)
        hall.says("ann", wire::from_hex("00001000 00000002 6869"));
    CHECK(hall.told("bob").size() == 7);
    CHECK(hall.look("ann").counts.chats_dropped == 13);
    hall.says("ann", wire::from_hex("00001000 00000002 6800"));
    CHECK(hall.end_of("ann") == MemberEnd::bad_command);
}

TEST_CASE("pings are answered, also of one who still waits")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.forget_what_was_told();
    hall.says("bob", wire::from_hex("00001100 00000000 00001101 00000000"));
    CHECK(hall.told("bob") == Words{"PONG"});
}

TEST_CASE("who pings is asked in turn, which tells how far away it is")
{
    Dialogue hall;
    hall.joins("ann");
    (void)hall.answer("ann");
    CHECK(hall.look("ann").ping == std::nullopt);
    hall.passes(1s / 120);
    hall.says("ann", wire::from_hex("00001100 00000000")); // it answers at once
    CHECK(hall.answer("ann") == wire::from_hex("00001101 00000000 00001100 00000000"));
    CHECK(hall.look("ann").ping == Duration{});
    hall.says("ann", wire::from_hex("00001101 00000000")); // nobody asked
    CHECK(hall.answer("ann").empty());
    CHECK(hall.look("ann").ping == Duration{});
}

TEST_CASE("what a client may not say is its end, what we do not know is skipped")
{
    Dialogue hall;
    hall.joins("ann");
    const auto end_after = [&](const char* bytes) {
        hall.joins("bob");
        hall.says("bob", wire::from_hex(bytes));
        const auto end = hall.end_of("bob");
        if (!end) hall.leaves("bob");
        hall.passes(6s);
        return end;
    };
    CHECK(end_after("00000000 00000000") == std::nullopt);                             // ACK
    CHECK(end_after("00000001 00000000") == MemberEnd::nak);                           // NAK
    CHECK(end_after("00000002 00000000") == MemberEnd::nak);                           // DISCONNECT
    CHECK(end_after("00000004 00000004 00000000") == MemberEnd::bad_command);          // NOINPUT
    CHECK(end_after("00000040 00000008 00000000 00000000") == MemberEnd::bad_command); // CRC
    CHECK(end_after("00000045 00000004 00000000") == MemberEnd::bad_command);          // STALL
    CHECK(end_after("00000044 00000000") == std::nullopt);                             // RESUME
    CHECK(end_after("00002000 00000004 00000000") == MemberEnd::bad_command);          // SETTING
    CHECK(end_after("00000022 00000000") == MemberEnd::bad_command);                   // INFO
    CHECK(end_after("00001234 00000003 010203 00001100 00000000") == std::nullopt);
    CHECK(end_after("00000003 00000004 00000000") == MemberEnd::bad_command); // a short INPUT
    CHECK(end_after("00000025 00000000") == MemberEnd::bad_command);
}

TEST_CASE("an unknown command is skipped in whatever pieces it comes")
{
    Dialogue hall;
    hall.joins("ann");
    hall.forget_what_was_told();
    const ByteVector bytes =
        wire::joined(wire::from_hex("00001234 000003e8"),
                     wire::joined(ByteVector(1000, 0xff), wire::from_hex("00001100 00000000")));
    for (const std::uint8_t byte : bytes)
        hall.says("ann", ByteVector{byte});
    CHECK(hall.told("ann") == Words{"PONG"});
}

TEST_CASE("PAUSE is kept from the others, and the slow player goes")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.forget_what_was_told();
    hall.says("ann", wire::Pause{"ann"});
    CHECK(hall.told("bob").empty());
    hall.sends("bob", 58);
    hall.passes(5s);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall.is_in("bob"));
}

TEST_CASE("input of a wrong size, out of order or far ahead is the end")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    const auto end_after = [&](Frame ahead, std::size_t words) {
        hall.passes(5s);
        hall.sends("ann");
        hall.joins_and_plays("bob");
        wire::Input input;
        input.frame = hall.look().frame + ahead;
        for (std::size_t at = 0; at < words; ++at)
            input.words.push_back(0);
        hall.says("bob", input);
        return hall.end_of("bob");
    };
    CHECK(end_after(0, 2) == MemberEnd::input_size);
    CHECK(end_after(0, 0) == MemberEnd::input_size);
    CHECK(end_after(1, 1) == MemberEnd::input_out_of_order);
    CHECK(end_after(0xF0000000, 1) == MemberEnd::input_out_of_order);
}

TEST_CASE("input for a frame that it has said already is ignored")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    wire::Input input = hall["ann"].next_input();
    hall.says("ann", input);
    hall.says("ann", input);
    CHECK(hall.look("ann").counts.inputs == 1);
    CHECK(hall.look("ann").counts.inputs_ignored == 1);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("who floods the room goes")
{
    Dialogue hall;
    hall.joins("ann");
    hall.joins("bob");
    hall.forget_what_was_told();
    for (int count = 0; count < 12; ++count) {
        hall.plays("ann");
        if (hall["ann"].is_playing()) hall.watches("ann");
    }
    const Words told = hall.told("ann");
    CHECK(std::ranges::count(told, "REFUSED 3") >= 3);
    CHECK(hall.is_in("ann"));
    ByteVector pings;
    for (int count = 0; count < 300; ++count)
        pings = wire::joined(std::move(pings), wire::from_hex("00001100 00000000"));
    hall.says("bob", pings);
    CHECK(hall.end_of("bob") == MemberEnd::flood);
}

} // namespace netplay_relay::room
