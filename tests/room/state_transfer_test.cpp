#include "dialogue.hpp"

namespace netplay_relay::room {

TEST_CASE("newcomers begin with the state of who leads, and everybody else gets it too")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    hall.sends("bob", 4);
    hall.sends("ann", 6);
    hall.forget_what_was_told();
    hall.comes("dan");
    hall.comes("eve");
    CHECK(hall.told("ann") == Words{"REQUEST"}); // one for both
    CHECK_FALSE(hall.look("dan").synced);
    hall.sends("bob", 4);
    const Frame frame = hall.frame();
    hall.serves("ann");
    for (const char* name : {"bob", "carl"})
        CHECK(hall.told(name) == Words{at("STATE ", frame)});
    for (const char* name : {"dan", "eve"})
        CHECK(hall.told(name) == Words{at("SYNC ", frame), at("STATE ", frame)});
    CHECK(hall.told("ann").empty());
    REQUIRE(hall.states().size() == 4); // and there is one copy of it
    for (const SharedState& state : hall.states())
        CHECK(state == hall.states().front());
    CHECK(*hall.states().front() == stream_of(frame));
    hall.rounds({"ann", "bob"}, 5);
}

TEST_CASE("input for frames before a state is never passed on behind it")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.sends("ann", 5);
    std::vector<wire::Input> late;
    for (int count = 0; count < 7; ++count)
        late.push_back(hall["bob"].next_input());
    hall.comes("carl");
    hall.serves("ann");
    for (const wire::Input& input : late)
        hall.says("bob", input); // they were on their way
    CHECK(hall.look("bob").counts.inputs_ignored == 5);
    hall.sends("ann", 5);
    hall.sends("bob", 3);
    CHECK(hall.look().members.size() == 3);
}

TEST_CASE("a state in the smallest pieces, with input behind it")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.comes("bob");
    const Frame frame = hall.frame();
    const ByteVector stream = stream_of(frame);
    wire::LoadSavestate load{frame, state_size, stream};
    ByteVector bytes = hall["ann"].bytes_of(load);
    hall["ann"].serves(frame);
    for (int count = 0; count < 3; ++count)
        bytes = wire::joined(bytes, hall["ann"].bytes_of(hall["ann"].next_input()));
    for (const std::uint8_t byte : bytes)
        hall.says("ann", ByteVector{byte});
    CHECK(hall.heard("bob") == Words{at("SYNC ", frame), at("STATE ", frame),
                                     at("INPUT ", frame) + " of 1", at("NOINPUT ", frame),
                                     at("INPUT ", frame + 1) + " of 1", at("NOINPUT ", frame + 1),
                                     at("INPUT ", frame + 2) + " of 1", at("NOINPUT ", frame + 2)});
}

TEST_CASE("another one is asked if the first does not answer, and its state may be early")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.comes("carl");
    hall.forget_what_was_told();
    for (int round = 0; round < 30; ++round) { // ann goes on without an answer
        hall.sends("ann");
        hall.sends("bob");
        hall.passes(100ms);
    }
    CHECK(hall.told("bob") == Words{"REQUEST"});
    hall.sends("bob", 5);
    hall.forget_what_was_told();
    const Frame frame = hall.frame() + 5;
    hall.serves("bob");
    CHECK(hall["carl"].heard().empty());
    hall.plays("carl"); // does not know yet that it may not
    hall.sends("ann", 4);
    CHECK_FALSE(hall["carl"].is_synced());
    hall.sends("ann");
    CHECK(hall.told("carl") == Words{at("SYNC ", frame), at("STATE ", frame)});
    CHECK(hall.told("ann").empty()); // it may have jumped: not before its own answer
    CHECK(hall.told("bob").empty());
    hall.plays("carl");
    CHECK_FALSE(hall["carl"].is_playing());
    hall.serves("ann");
    for (const char* name : {"bob", "carl"})
        CHECK(hall.told(name).front() == at("STATE ", frame));
    CHECK(hall["carl"].is_playing());
    hall.rounds({"ann", "bob", "carl"}, 3);
}

TEST_CASE("who gives a state of a frame that is over is asked again when it can be in time")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.comes("carl");
    hall.sends("ann", 5);
    hall.serves("ann", hall.frame() - 1, stream_of(1));
    CHECK_FALSE(hall["carl"].is_synced());
    CHECK_FALSE(hall["ann"].is_asked());
    hall.passes(20ms);
    REQUIRE(hall["ann"].is_asked());
    CHECK_FALSE(hall["bob"].is_asked());
    hall.serves("ann");
    CHECK(hall["carl"].is_synced());
    hall.sends("ann", 3);
    hall.sends("bob", 8);
    CHECK(hall.look().members.size() == 3);
}

TEST_CASE("spectators give their state while the clock waits for them")
{
    Dialogue hall;
    hall.joins("ann");
    hall.passes(1s);
    const Frame frame = hall.frame();
    hall.forget_what_was_told();
    hall.comes("bob");
    CHECK(hall.heard("ann") == Words{"REQUEST", at("NOINPUT ", frame)});
    hall.passes(1s);
    CHECK(hall.frame() == frame + 1);
    hall.serves("ann", frame - 2, stream_of(frame - 2)); // it was behind
    CHECK(hall.heard("ann").empty());
    hall.passes(60ms); // until it can have caught up
    CHECK(hall.heard("ann") == Words{"REQUEST", at("NOINPUT ", frame + 1)});
    hall.serves("ann", frame + 2, stream_of(frame + 2));
    CHECK(hall.told("bob") == Words{at("SYNC ", frame + 2), at("STATE ", frame + 2)});
    CHECK(hall.told("ann").empty());
    hall.passes(1s);
    CHECK(hall.frame() > frame + 55);
}

TEST_CASE("who gives no state goes, and the newcomer begins without one if nobody else is there")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.comes("bob");
    for (int round = 0; round < 49; ++round) {
        hall.sends("ann");
        hall.passes(100ms);
    }
    CHECK(hall.is_in("ann"));
    CHECK_FALSE(hall["bob"].is_synced());
    hall.sends("ann");
    hall.passes(100ms);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall["bob"].is_synced());
    hall.comes("carl");
    hall.serves("bob");
    CHECK(hall["carl"].is_synced());
}

TEST_CASE("a newcomer is not kept waiting for longer than its frontend waits")
{
    Dialogue hall;
    const Words players{"ann", "bob", "carl", "dan", "eve"};
    for (const std::string& name : players)
        hall.joins_and_plays(name);
    hall.comes("gus");
    const auto mute_for = [&](Duration duration) {
        for (const Instant until = hall.now + duration; hall.now < until;)
            hall.rounds(players, 6);
    };
    mute_for(9800ms);
    CHECK(hall.end_of("gus") == std::nullopt);
    mute_for(400ms);
    CHECK(hall.end_of("gus") == MemberEnd::no_savestate);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player); // asked at once
    CHECK(hall.end_of("bob") == MemberEnd::slow_player); // and after 3 s
    CHECK(hall.look().members.size() == 3);
}

TEST_CASE("a state that is none is given to nobody")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("first"); // from now on the size is known
    hall.leaves("first");
    hall.sends("ann");
    hall.comes("bob");
    const Frame frame = hall.frame();
    ByteVector stream = stream_of(frame);
    std::uint32_t size = state_size;
    const int kind = GENERATE(0, 1, 2, 3, 4);
    switch (kind) {
    case 0: stream[stream.size() / 2] ^= 0x55; break;
    case 1: stream.pop_back(); break;
    case 2: stream.push_back(0); break;
    case 3: stream = state_of(frame); break;
    default:
        size = state_size + 4;
        stream = stream_of(frame, size);
        break;
    }
    hall.states().clear();
    hall.serves("ann", frame, stream, size);
    hall.passes(1ms);
    CHECK(hall.states().empty());
    const bool damaged = kind < 4; // no frontend sends that; of another size it can be
    CHECK(hall["bob"].is_synced() == damaged);
    CHECK(hall.is_in("bob") == damaged);
    CHECK(hall.is_in("ann") != damaged);
    if (damaged) {
        CHECK(hall.end_of("ann") == MemberEnd::bad_command);
        return;
    }
    CHECK(hall.end_of("bob") == MemberEnd::no_savestate);
    hall.sends("ann", 3);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("a state beyond the limit is not kept, and what is behind it is heard")
{
    RoomSettings settings;
    settings.savestate_bytes = 1000;
    Dialogue hall(settings);
    hall.joins_and_plays("ann");
    hall.comes("bob");
    hall.serves("ann");
    CHECK(hall.end_of("bob") == MemberEnd::no_savestate);
    hall.sends("ann", 3);
    CHECK(hall.look("ann").counts.inputs == 3);
}

TEST_CASE("a stream that is far larger than its state is none")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.comes("bob");
    const std::size_t most = state_size + state_size / 1000 + 128; // stored, it grows no more
    const bool too_large = GENERATE(true, false);
    hall["ann"].serves(hall.frame());
    wire::LoadSavestate load{hall.frame(), state_size, {}};
    const ByteVector body(too_large ? most + 1 : most, 1);
    load.data = body;
    ByteVector bytes = hall["ann"].bytes_of(load);
    bytes.pop_back(); // its head tells
    hall.says("ann", bytes);
    CHECK(hall["bob"].is_synced() == too_large);
    if (too_large) {
        CHECK(hall.end_of("ann") == MemberEnd::bad_command);
        return;
    }
    CHECK(hall.is_in("ann"));
}

TEST_CASE("what comes behind a state while it is looked at is kept up to a limit")
{
    Dialogue hall;
    hall.joins("ann");
    hall.comes("bob");
    const std::uint32_t size = 8U << 20U; // not looked through at once
    const ByteVector stream = netplay::compress(ByteVector(size, 0));
    const wire::LoadSavestate load{hall.frame(), size, stream};
    const ByteVector bytes = hall["ann"].bytes_of(load);
    hall["ann"].serves(hall.frame());
    const bool floods = GENERATE(false, true);
    hall.says("ann", wire::joined(bytes, wire::from_hex("00001100 00000000")));
    CHECK_FALSE(hall["bob"].is_synced());
    CHECK(hall.hall.next_deadline() == hall.now); // it wants to go on
    if (floods) {
        hall.says("ann", ByteVector(300 * 1024, 0));
        CHECK(hall.end_of("ann") == MemberEnd::flood);
        return;
    }
    hall.forget_what_was_told();
    hall.carry_out([&](Outcome& out) {
        for (int call = 0; call < 100 && out.parcels.empty(); ++call)
            hall.hall.tick(hall.now, out);
        REQUIRE(out.parcels.size() >= 2);
        CHECK(out.parcels.back().bytes.size() == 16); // the answer to its ping, and ours
        out.parcels.clear();                          // bob plays another core than this
    });
}

TEST_CASE("a state must not take for ever")
{
    Dialogue hall;
    hall.joins("ann");
    hall.comes("bob");
    hall.says("ann", wire::from_hex("00000042 00000408 00000001 00001018 789c"));
    for (int second = 0; second < 7; ++second) {
        hall.passes(1s);
        hall.says("ann", ByteVector{0}); // its bytes are no reason to wait longer
    }
    hall.passes(999ms);
    CHECK(hall.is_in("ann"));
    hall.passes(1ms);
    CHECK(hall.end_of("ann") == MemberEnd::slow_player);
    CHECK(hall["bob"].is_synced()); // in time, if without a state
    CHECK(hall.hall.use() == HallUse{1, 1, 0});
}

TEST_CASE("who is the last one begins without a state")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 10);
    hall.comes("bob");
    hall.comes("carl");
    hall.leaves("ann");
    CHECK(hall["bob"].is_synced());
    CHECK_FALSE(hall["carl"].is_synced());
    CHECK(hall["bob"].is_asked());
    hall.serves("bob");
    CHECK(hall["carl"].is_synced());
    hall.plays("carl");
    hall.sends("carl", 3);
}

TEST_CASE("the next one is asked at once when the source leaves")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.comes("carl");
    hall.leaves("ann");
    CHECK(hall["bob"].is_asked());
    hall.serves("bob");
    CHECK(hall["carl"].is_synced());
}

TEST_CASE("a state that waits for its frame is dropped with its source, and asked for again")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.passes(6s / 2);
    hall.says("carl", wire::RequestSavestate{});
    for (int round = 0; round < 30; ++round) { // ann does not answer
        hall.rounds({"ann", "bob", "carl"});
        hall.passes(90ms);
    }
    REQUIRE(hall["bob"].is_asked());
    hall.sends("bob", 5);
    hall.serves("bob");
    hall.leaves("bob");
    hall.forget_what_was_told();
    hall.passes(2100ms);
    Words asked = hall.told("ann");
    for (const std::string& line : hall.told("carl"))
        asked.push_back(line);
    CHECK(std::ranges::count(asked, "REQUEST") == 1);
}

TEST_CASE("who joins the room all the time makes the others load states at a limited rate")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    unsigned joined = 0;
    for (int time = 0; time < 30; ++time) {
        hall.sends("ann");
        hall.comes("bob");
        if (hall["ann"].is_asked()) hall.serves("ann");
        if (hall["bob"].is_synced()) ++joined;
        hall.leaves("bob");
        hall.passes(100ms);
    }
    CHECK(joined >= 5);
    CHECK(joined <= 7);
    hall.sends("ann");
    hall.comes("bob");
    hall.passes(4s);
    hall.sends("ann");
    hall.passes(1100ms);
    CHECK(hall["ann"].is_asked());
}

} // namespace netplay_relay::room
