#include "script.hpp"

namespace netplay_relay::room {

TEST_CASE("a room tells what it looks like", "[numbers]")
{
    Script script;
    const Instant begin = script.now;
    script.joins_and_plays("ann");
    script.passes(1s);
    script.joins_and_plays("five", speaking(5));
    script.sends("ann", 4);
    script.sends("five", 1);
    script.comes("carl");
    const RoomSnapshot room = script.look();
    CHECK(room.number == 1);
    CHECK(room.port == 0);
    CHECK(room.core == "TestCore");
    CHECK(room.core_version == "v1");
    CHECK(room.content_crc == test_game.content_crc);
    CHECK_FALSE(room.by_password);
    CHECK(room.since == begin);
    REQUIRE(room.members.size() == 3);
    CHECK(room.members[0].nick == "ann");
    CHECK(room.members[0].owns_clock);
    CHECK(room.members[0].since == begin);
    CHECK(room.members[1].protocol == 5);
    CHECK(room.members[1].number == 2);
    CHECK(room.members[1].ports == 0b10);
    CHECK(room.members[1].frames_behind == 3);
    CHECK(room.members[1].since == begin + 1s);
    CHECK_FALSE(room.members[2].synced);
    CHECK(room.members[0].counts.inputs == 4);
}

TEST_CASE("all that one call leads to is one message for each member")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    ByteVector inputs;
    for (int count = 0; count < 10; ++count)
        inputs =
            wire::joined(std::move(inputs), script["ann"].bytes_of(script["ann"].next_input()));
    Output out;
    script.manager.receive(script.id_of("ann"), inputs, script.now, out);
    CHECK(out.messages.size() == 3);
    CHECK(out.closings.empty());
    std::size_t bytes = 0;
    for (const OutboundMessage& message : out.messages)
        bytes += message.bytes.size();
    CHECK(bytes == 3 * 10 * 12 + 2 * 10 * 20);
}

TEST_CASE("pending output for a member comes before its closing")
{
    Script script;
    script.joins("ann");
    Output out;
    script.manager.receive(script.id_of("ann"),
                           wire::from_hex("00001100 00000000 00000001 00000000"), script.now, out);
    REQUIRE(out.messages.size() == 1);
    CHECK(out.messages[0].bytes == wire::from_hex("00001101 00000000 00001100 00000000"));
    REQUIRE(out.closings.size() == 1);
    CHECK(out.closings[0].end == CloseReason::nak);
}

TEST_CASE("members of protocol 4 hear of players by their ports")
{
    Script script;
    script.joins("four", speaking(4));
    script.joins("ann");
    script.joins("bob");
    script.forget_what_was_told();
    const std::string frame = std::to_string(script.frame());
    script.plays("ann", wire::Play{false, 0, 0b100});
    script.plays("four");
    script.plays("bob");
    CHECK(script.told("four") == Words{"MODE " + frame + " 2 plays",
                                       "MODE " + frame + " 0 (you) plays",
                                       "MODE " + frame + " 1 plays"});
    CHECK(script.told("bob")[1] == "MODE " + frame + " four plays 1");
    script.rounds({"ann", "four", "bob"}, 5);
    script.leaves("ann");
    CHECK(script["four"].players() == 2);
}

} // namespace netplay_relay::room
