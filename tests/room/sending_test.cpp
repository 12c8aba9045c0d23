#include "dialogue.hpp"

namespace netplay_relay::room {

TEST_CASE("a room tells what it looks like", "[numbers]")
{
    Dialogue hall;
    const Instant begin = hall.now;
    hall.joins_and_plays("ann");
    hall.passes(1s);
    hall.joins_and_plays("five", speaking(5));
    hall.sends("ann", 4);
    hall.sends("five", 1);
    hall.comes("carl");
    const RoomSnapshot room = hall.look();
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

TEST_CASE("all that one call leads to is one parcel for each member")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    ByteVector inputs;
    for (int count = 0; count < 10; ++count)
        inputs = wire::joined(std::move(inputs), hall["ann"].bytes_of(hall["ann"].next_input()));
    Outcome out;
    hall.hall.receive(hall.id_of("ann"), inputs, hall.now, out);
    CHECK(out.parcels.size() == 3);
    CHECK(out.closings.empty());
    std::size_t bytes = 0;
    for (const Parcel& parcel : out.parcels)
        bytes += parcel.bytes.size();
    CHECK(bytes == 3 * 10 * 12 + 2 * 10 * 20);
}

TEST_CASE("the last words for a member come before its closing")
{
    Dialogue hall;
    hall.joins("ann");
    Outcome out;
    hall.hall.receive(hall.id_of("ann"), wire::from_hex("00001100 00000000 00000001 00000000"),
                      hall.now, out);
    REQUIRE(out.parcels.size() == 1);
    CHECK(out.parcels[0].bytes == wire::from_hex("00001101 00000000 00001100 00000000"));
    REQUIRE(out.closings.size() == 1);
    CHECK(out.closings[0].end == MemberEnd::nak);
}

TEST_CASE("members of protocol 4 hear of players by their ports")
{
    Dialogue hall;
    hall.joins("four", speaking(4));
    hall.joins("ann");
    hall.joins("bob");
    hall.forget_what_was_told();
    const std::string frame = std::to_string(hall.frame());
    hall.plays("ann", wire::Play{false, 0, 0b100});
    hall.plays("four");
    hall.plays("bob");
    CHECK(hall.told("four") == Words{"MODE " + frame + " 2 plays",
                                     "MODE " + frame + " 0 (you) plays",
                                     "MODE " + frame + " 1 plays"});
    CHECK(hall.told("bob")[1] == "MODE " + frame + " four plays 1");
    hall.rounds({"ann", "four", "bob"}, 5);
    hall.leaves("ann");
    CHECK(hall["four"].players() == 2);
}

} // namespace netplay_relay::room
