#include "dialogue.hpp"

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

void shows(Dialogue& hall, const std::string& name, std::uint32_t size)
{
    REQUIRE(hall[name].is_asked());
    const Frame frame = hall[name].now();
    hall.serves(name, frame, stream_of(frame, size), size);
}

} // namespace

TEST_CASE("who comes with another version of the core shows its state before it is given one")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.comes("bob", of_version("v2"));
    CHECK(hall["bob"].is_synced());
    CHECK_FALSE(hall.look("bob").synced);
    CHECK_FALSE(hall["ann"].is_asked());
    hall.plays("bob"); // has to wait
    CHECK_FALSE(hall["bob"].is_playing());
    hall.sends("ann", 2);
    shows(hall, "bob", state_size);
    CHECK(hall.states().empty());
    REQUIRE(hall["ann"].is_asked());
    const Frame frame = hall.frame();
    hall.serves("ann");
    CHECK(hall["bob"].state() == state_of(frame));
    hall.sends("ann");
    CHECK(hall["bob"].is_playing());
    CHECK(hall.look("bob").synced);
    hall.rounds({"ann", "bob"}, 5);
    // The next one of that version is known.
    hall.comes("carl", of_version("v2"));
    CHECK_FALSE(hall["carl"].is_asked());
    CHECK_FALSE(hall["carl"].is_synced());
}

TEST_CASE("who has states of another size is told so, and is not given any")
{
    const bool known_before = GENERATE(true, false); // of which size the room's are
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    if (known_before) hall.joins("dan");
    hall.forget_what_was_told();
    hall.comes("bob", of_version("v2"));
    shows(hall, "bob", other_size);
    if (!known_before) {
        REQUIRE(hall["ann"].is_asked());
        hall.serves("ann");
    }
    CHECK(hall.end_of("bob") == MemberEnd::state_size_differs);
    CHECK(hall.states().empty());
    const RoomNews news = hall.all_news().back().kind == RoomNewsKind::state_size_differs
                              ? hall.all_news().back()
                              : hall.all_news().rbegin()[1];
    CHECK(news.kind == RoomNewsKind::state_size_differs);
    CHECK(news.nick == "bob");
    CHECK(news.core_version == "v2");
    CHECK(news.state_size == other_size);
    CHECK(news.room_state_size == state_size);
    hall.sends("ann", 5);

    // It comes again, and reads that the core is another one.
    hall.comes("bob", of_version("v2"));
    CHECK_FALSE(hall["bob"].is_synced());
    CHECK(hall.end_of("bob") == MemberEnd::state_size_differs);
    CHECK(hall["bob"].handshake().end() == netplay::HandshakeEnd::different_core);
    // That is said of nobody else, and not for ever.
    Visit stranger = of_version("v2");
    stranger.admission.address = address_of("203.0.113.9");
    hall.comes("eve", stranger);
    CHECK(hall["eve"].is_synced());
    hall.leaves("eve");
    for (int minute = 0; minute < 10; ++minute) {
        hall.sends("ann");
        hall.passes(4s);
        hall.now += 56s;
    }
    hall.comes("bob", of_version("v2"));
    CHECK(hall["bob"].is_synced());
}

TEST_CASE("who claims a state beyond the limit does not fit")
{
    RoomSettings settings;
    settings.savestate_bytes = state_size;
    Dialogue hall(settings);
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.joins("dan");
    hall.comes("bob", of_version("v2"));
    shows(hall, "bob", other_size);
    CHECK(hall.end_of("bob") == MemberEnd::state_size_differs);
}

TEST_CASE("who never shows its state is not waited for")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.comes("bob", of_version("v2"));
    hall.comes("carl"); // need not wait for bob
    REQUIRE(hall["ann"].is_asked());
    hall.serves("ann");
    CHECK(hall["carl"].is_synced());
    CHECK(hall["bob"].told() == Words{"SYNC 1", "REQUEST"});
    for (int second = 0; second < 11; ++second) {
        hall.sends("ann");
        hall.passes(1s);
    }
    CHECK(hall.end_of("bob") == MemberEnd::no_savestate);
    CHECK(hall.is_in("ann"));
}

TEST_CASE("who is alone at last is on trial no more")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.comes("bob", of_version("v2"));
    hall.leaves("ann");
    CHECK(hall.look("bob").synced);
    hall.plays("bob");
    hall.passes(100ms);
    hall.serves("bob"); // late, and of no more use
    hall.passes(100ms);
    CHECK(hall["bob"].is_playing());
    hall.joins("carl", of_version("v2"));
    CHECK(hall.is_in("carl"));
}

} // namespace netplay_relay::room
