#include "script.hpp"

namespace netplay_relay::room {

TEST_CASE("newcomers begin with the state of who leads, and everybody else gets it too")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    script.sends("bob", 4);
    script.sends("ann", 6);
    script.forget_what_was_told();
    script.comes("dan");
    script.comes("eve");
    CHECK(script.told("ann") == Words{"REQUEST"}); // one for both
    CHECK_FALSE(script.look("dan").synced);
    script.sends("bob", 4);
    const Frame frame = script.frame();
    script.serves("ann");
    for (const char* name : {"bob", "carl"})
        CHECK(script.told(name) == Words{at("STATE ", frame)});
    for (const char* name : {"dan", "eve"})
        CHECK(script.told(name) == Words{at("SYNC ", frame), at("STATE ", frame)});
    CHECK(script.told("ann").empty());
    REQUIRE(script.states().size() == 4); // and there is one copy of it
    for (const SharedState& state : script.states())
        CHECK(state == script.states().front());
    CHECK(*script.states().front() == stream_of(frame));
    script.rounds({"ann", "bob"}, 5);
}

TEST_CASE("input for frames before a state is never passed on behind it")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.sends("ann", 5);
    std::vector<wire::Input> late;
    for (int count = 0; count < 7; ++count)
        late.push_back(script["bob"].next_input());
    script.comes("carl");
    script.serves("ann");
    for (const wire::Input& input : late)
        script.says("bob", input); // they were on their way
    CHECK(script.look("bob").counts.inputs_ignored == 5);
    script.sends("ann", 5);
    script.sends("bob", 3);
    CHECK(script.look().members.size() == 3);
}

TEST_CASE("a state in the smallest pieces, with input behind it")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob");
    const Frame frame = script.frame();
    const ByteVector stream = stream_of(frame);
    wire::LoadSavestate load{frame, state_size, stream};
    ByteVector bytes = script["ann"].bytes_of(load);
    script["ann"].serves(frame);
    for (int count = 0; count < 3; ++count)
        bytes = wire::joined(bytes, script["ann"].bytes_of(script["ann"].next_input()));
    for (const std::uint8_t byte : bytes)
        script.says("ann", ByteVector{byte});
    CHECK(script.heard("bob") ==
          Words{at("SYNC ", frame), at("STATE ", frame), at("INPUT ", frame) + " of 1",
                at("NOINPUT ", frame), at("INPUT ", frame + 1) + " of 1", at("NOINPUT ", frame + 1),
                at("INPUT ", frame + 2) + " of 1", at("NOINPUT ", frame + 2)});
}

TEST_CASE("another one is asked if the first does not answer, and its state may be early")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.comes("carl");
    script.forget_what_was_told();
    for (int round = 0; round < 30; ++round) { // ann goes on without an answer
        script.sends("ann");
        script.sends("bob");
        script.passes(100ms);
    }
    CHECK(script.told("bob") == Words{"REQUEST"});
    script.sends("bob", 5);
    script.forget_what_was_told();
    const Frame frame = script.frame() + 5;
    script.serves("bob");
    CHECK(script["carl"].heard().empty());
    script.plays("carl"); // does not know yet that it may not
    script.sends("ann", 4);
    CHECK_FALSE(script["carl"].is_synced());
    script.sends("ann");
    CHECK(script.told("carl") == Words{at("SYNC ", frame), at("STATE ", frame)});
    CHECK(script.told("ann").empty()); // it may have jumped: not before its own answer
    CHECK(script.told("bob").empty());
    script.plays("carl");
    CHECK_FALSE(script["carl"].is_playing());
    script.serves("ann");
    for (const char* name : {"bob", "carl"})
        CHECK(script.told(name).front() == at("STATE ", frame));
    CHECK(script["carl"].is_playing());
    script.rounds({"ann", "bob", "carl"}, 3);
}

TEST_CASE("who gives a state of a frame that is over is asked again when it can be in time")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.comes("carl");
    script.sends("ann", 5);
    script.serves("ann", script.frame() - 1, stream_of(1));
    CHECK_FALSE(script["carl"].is_synced());
    CHECK_FALSE(script["ann"].is_asked());
    script.passes(20ms);
    REQUIRE(script["ann"].is_asked());
    CHECK_FALSE(script["bob"].is_asked());
    script.serves("ann");
    CHECK(script["carl"].is_synced());
    script.sends("ann", 3);
    script.sends("bob", 8);
    CHECK(script.look().members.size() == 3);
}

TEST_CASE("spectators give their state while the clock waits for them")
{
    Script script;
    script.joins("ann");
    script.passes(1s);
    const Frame frame = script.frame();
    script.forget_what_was_told();
    script.comes("bob");
    CHECK(script.heard("ann") == Words{"REQUEST", at("NOINPUT ", frame)});
    script.passes(1s);
    CHECK(script.frame() == frame + 1);
    script.serves("ann", frame - 2, stream_of(frame - 2)); // it was behind
    CHECK(script.heard("ann").empty());
    script.passes(60ms); // until it can have caught up
    CHECK(script.heard("ann") == Words{"REQUEST", at("NOINPUT ", frame + 1)});
    script.serves("ann", frame + 2, stream_of(frame + 2));
    CHECK(script.told("bob") == Words{at("SYNC ", frame + 2), at("STATE ", frame + 2)});
    CHECK(script.told("ann").empty());
    script.passes(1s);
    CHECK(script.frame() > frame + 55);
}

TEST_CASE("who gives no state goes, and the newcomer begins without one if nobody else is there")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob");
    for (int round = 0; round < 49; ++round) {
        script.sends("ann");
        script.passes(100ms);
    }
    CHECK(script.is_in("ann"));
    CHECK_FALSE(script["bob"].is_synced());
    script.sends("ann");
    script.passes(100ms);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    CHECK(script["bob"].is_synced());
    script.comes("carl");
    script.serves("bob");
    CHECK(script["carl"].is_synced());
}

TEST_CASE("a newcomer is not kept waiting for longer than its frontend waits")
{
    Script script;
    const Words players{"ann", "bob", "carl", "dan", "eve"};
    for (const std::string& name : players)
        script.joins_and_plays(name);
    script.comes("gus");
    const auto mute_for = [&](Duration duration) {
        for (const Instant until = script.now + duration; script.now < until;)
            script.rounds(players, 6);
    };
    mute_for(9800ms);
    CHECK(script.end_of("gus") == std::nullopt);
    mute_for(400ms);
    CHECK(script.end_of("gus") == CloseReason::no_savestate);
    CHECK(script.end_of("ann") == CloseReason::slow_player); // asked at once
    CHECK(script.end_of("bob") == CloseReason::slow_player); // and after 3 s
    CHECK(script.look().members.size() == 3);
}

TEST_CASE("a state that is none is given to nobody")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("first"); // from now on the size is known
    script.leaves("first");
    script.sends("ann");
    script.comes("bob");
    const Frame frame = script.frame();
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
    script.states().clear();
    script.serves("ann", frame, stream, size);
    script.passes(1ms);
    CHECK(script.states().empty());
    const bool damaged = kind < 4; // no frontend sends that; of another size it can be
    CHECK(script["bob"].is_synced() == damaged);
    CHECK(script.is_in("bob") == damaged);
    CHECK(script.is_in("ann") != damaged);
    if (damaged) {
        CHECK(script.end_of("ann") == CloseReason::bad_command);
        return;
    }
    CHECK(script.end_of("bob") == CloseReason::no_savestate);
    script.sends("ann", 3);
    CHECK(script.is_in("ann"));
}

TEST_CASE("a state beyond the limit is not kept, and what is behind it is heard")
{
    RoomSettings settings;
    settings.savestate_bytes = 1000;
    Script script(settings);
    script.joins_and_plays("ann");
    script.comes("bob");
    script.serves("ann");
    CHECK(script.end_of("bob") == CloseReason::no_savestate);
    script.sends("ann", 3);
    CHECK(script.look("ann").counts.inputs == 3);
}

TEST_CASE("a stream that is far larger than its state is none")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob");
    const std::size_t most = state_size + state_size / 1000 + 128; // stored, it grows no more
    const bool too_large = GENERATE(true, false);
    script["ann"].serves(script.frame());
    wire::LoadSavestate load{script.frame(), state_size, {}};
    const ByteVector body(too_large ? most + 1 : most, 1);
    load.data = body;
    ByteVector bytes = script["ann"].bytes_of(load);
    bytes.pop_back(); // its head tells
    script.says("ann", bytes);
    CHECK(script["bob"].is_synced() == too_large);
    if (too_large) {
        CHECK(script.end_of("ann") == CloseReason::bad_command);
        return;
    }
    CHECK(script.is_in("ann"));
}

TEST_CASE("what comes behind a state while it is looked at is kept up to a limit")
{
    Script script;
    script.joins("ann");
    script.comes("bob");
    const std::uint32_t size = 8U << 20U; // not looked through at once
    const ByteVector stream = netplay::compress(ByteVector(size, 0));
    const wire::LoadSavestate load{script.frame(), size, stream};
    const ByteVector bytes = script["ann"].bytes_of(load);
    script["ann"].serves(script.frame());
    const bool floods = GENERATE(false, true);
    script.says("ann", wire::joined(bytes, wire::from_hex("00001100 00000000")));
    CHECK_FALSE(script["bob"].is_synced());
    CHECK(script.manager.next_deadline() == script.now); // it wants to go on
    if (floods) {
        script.says("ann", ByteVector(300 * 1024, 0));
        CHECK(script.end_of("ann") == CloseReason::flood);
        return;
    }
    script.forget_what_was_told();
    script.carry_out([&](Output& out) {
        for (int call = 0; call < 100 && out.messages.empty(); ++call)
            script.manager.tick(script.now, out);
        REQUIRE(out.messages.size() >= 2);
        CHECK(out.messages.back().bytes.size() == 16); // the answer to its ping, and ours
        out.messages.clear();                          // bob plays another core than this
    });
}

TEST_CASE("a state must not take for ever")
{
    Script script;
    script.joins("ann");
    script.comes("bob");
    script.says("ann", wire::from_hex("00000042 00000408 00000001 00001018 789c"));
    for (int second = 0; second < 7; ++second) {
        script.passes(1s);
        script.says("ann", ByteVector{0}); // its bytes are no reason to wait longer
    }
    script.passes(999ms);
    CHECK(script.is_in("ann"));
    script.passes(1ms);
    CHECK(script.end_of("ann") == CloseReason::slow_player);
    CHECK(script["bob"].is_synced()); // in time, if without a state
    CHECK(script.manager.use() == RoomUse{1, 1, 0});
}

TEST_CASE("who is the last one begins without a state")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 10);
    script.comes("bob");
    script.comes("carl");
    script.leaves("ann");
    CHECK(script["bob"].is_synced());
    CHECK_FALSE(script["carl"].is_synced());
    CHECK(script["bob"].is_asked());
    script.serves("bob");
    CHECK(script["carl"].is_synced());
    script.plays("carl");
    script.sends("carl", 3);
}

TEST_CASE("the next one is asked at once when the source leaves")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.comes("carl");
    script.leaves("ann");
    CHECK(script["bob"].is_asked());
    script.serves("bob");
    CHECK(script["carl"].is_synced());
}

TEST_CASE("a state that waits for its frame is dropped with its source, and asked for again")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.passes(6s / 2);
    script.says("carl", wire::RequestSavestate{});
    for (int round = 0; round < 30; ++round) { // ann does not answer
        script.rounds({"ann", "bob", "carl"});
        script.passes(90ms);
    }
    REQUIRE(script["bob"].is_asked());
    script.sends("bob", 5);
    script.serves("bob");
    script.leaves("bob");
    script.forget_what_was_told();
    script.passes(2100ms);
    Words asked = script.told("ann");
    for (const std::string& line : script.told("carl"))
        asked.push_back(line);
    CHECK(std::ranges::count(asked, "REQUEST") == 1);
}

TEST_CASE("who joins the room all the time makes the others load states at a limited rate")
{
    Script script;
    script.joins_and_plays("ann");
    unsigned joined = 0;
    for (int time = 0; time < 30; ++time) {
        script.sends("ann");
        script.comes("bob");
        if (script["ann"].is_asked()) script.serves("ann");
        if (script["bob"].is_synced()) ++joined;
        script.leaves("bob");
        script.passes(100ms);
    }
    CHECK(joined >= 5);
    CHECK(joined <= 7);
    script.sends("ann");
    script.comes("bob");
    script.passes(4s);
    script.sends("ann");
    script.passes(1100ms);
    CHECK(script["ann"].is_asked());
}

} // namespace netplay_relay::room
