#include "script.hpp"

// Newcomers whose core is of another version: does it have states of the same size?
namespace netplay_relay::room {

namespace {

Visit of_version(const char* version)
{
    Visit visit;
    visit.game.core_version = version;
    visit.admission.address = address_of("198.51.100.7");
    return visit;
}

constexpr std::uint32_t other_size = state_size + 8;

void shows(Script& script, const std::string& name, std::uint32_t size)
{
    REQUIRE(script[name].is_asked());
    const Frame frame = script[name].now();
    script.serves(name, frame, stream_of(frame, size), size);
}

} // namespace

TEST_CASE("who comes with another version of the core shows its state before it is given one")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.comes("bob", of_version("v2"));
    CHECK(script["bob"].is_synced());
    CHECK_FALSE(script.look("bob").synced);
    CHECK_FALSE(script["ann"].is_asked());
    script.plays("bob"); // has to wait
    CHECK_FALSE(script["bob"].is_playing());
    script.sends("ann", 2);
    shows(script, "bob", state_size);
    CHECK(script.states().empty());
    REQUIRE(script["ann"].is_asked());
    const Frame frame = script.frame();
    script.serves("ann");
    CHECK(script["bob"].state() == state_of(frame));
    script.sends("ann");
    CHECK(script["bob"].is_playing());
    CHECK(script.look("bob").synced);
    script.rounds({"ann", "bob"}, 5);
    // The next one of that version is known.
    script.comes("carl", of_version("v2"));
    CHECK_FALSE(script["carl"].is_asked());
    CHECK_FALSE(script["carl"].is_synced());
}

TEST_CASE("who has states of another size is told so, and is not given any")
{
    const bool known_before = GENERATE(true, false); // of which size the room's are
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    if (known_before) script.joins("dan");
    script.forget_what_was_told();
    script.comes("bob", of_version("v2"));
    shows(script, "bob", other_size);
    if (!known_before) {
        REQUIRE(script["ann"].is_asked());
        script.serves("ann");
    }
    CHECK(script.end_of("bob") == CloseReason::state_size_differs);
    CHECK(script.states().empty());
    const RoomEvent event = script.all_events().back().kind == RoomEventKind::state_size_differs
                                ? script.all_events().back()
                                : script.all_events().rbegin()[1];
    CHECK(event.kind == RoomEventKind::state_size_differs);
    CHECK(event.nick == "bob");
    CHECK(event.core_version == "v2");
    CHECK(event.state_size == other_size);
    CHECK(event.room_state_size == state_size);
    script.sends("ann", 5);

    // It comes again, and reads that the core is another one.
    script.comes("bob", of_version("v2"));
    CHECK_FALSE(script["bob"].is_synced());
    CHECK(script.end_of("bob") == CloseReason::state_size_differs);
    CHECK(script["bob"].handshake().end() == wire::CloseReason::different_core);
    // That is said of nobody else, and not for ever.
    Visit stranger = of_version("v2");
    stranger.admission.address = address_of("203.0.113.9");
    script.comes("eve", stranger);
    CHECK(script["eve"].is_synced());
    script.leaves("eve");
    for (int minute = 0; minute < 10; ++minute) {
        script.sends("ann");
        script.passes(4s);
        script.now += 56s;
    }
    script.comes("bob", of_version("v2"));
    CHECK(script["bob"].is_synced());
}

TEST_CASE("who claims a state beyond the limit does not fit")
{
    RoomSettings settings;
    settings.savestate_bytes = state_size;
    Script script(settings);
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.joins("dan");
    script.comes("bob", of_version("v2"));
    shows(script, "bob", other_size);
    CHECK(script.end_of("bob") == CloseReason::state_size_differs);
}

TEST_CASE("who never shows its state is not waited for")
{
    Script script;
    script.joins_and_plays("ann");
    script.comes("bob", of_version("v2"));
    script.comes("carl"); // need not wait for bob
    REQUIRE(script["ann"].is_asked());
    script.serves("ann");
    CHECK(script["carl"].is_synced());
    CHECK(script["bob"].told() == Words{"SYNC 1", "REQUEST"});
    for (int second = 0; second < 11; ++second) {
        script.sends("ann");
        script.passes(1s);
    }
    CHECK(script.end_of("bob") == CloseReason::no_savestate);
    CHECK(script.is_in("ann"));
}

TEST_CASE("who is alone at last is on trial no more")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.comes("bob", of_version("v2"));
    script.leaves("ann");
    CHECK(script.look("bob").synced);
    script.plays("bob");
    script.passes(100ms);
    script.serves("bob"); // late, and of no more use
    script.passes(100ms);
    CHECK(script["bob"].is_playing());
    script.joins("carl", of_version("v2"));
    CHECK(script.is_in("carl"));
}

} // namespace netplay_relay::room
