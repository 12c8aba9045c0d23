#include "dialogue.hpp"

#include <algorithm>

// Members that want to spoil the others' game: what they say or leave out costs nobody else
// anything.
namespace netplay_relay::room {

namespace {

// Its core is of another version: its state is looked at before it is given one.
Visit on_trial(std::uint32_t protocol = 6)
{
    Visit visit = speaking(protocol);
    visit.game.core_version = "v2";
    return visit;
}

constexpr std::size_t large = 8U << 20U; // a state, in bytes

// It gives this as its state.
ByteVector load_of(Dialogue& hall, const std::string& name, const ByteVector& inside)
{
    wire::LoadSavestate load;
    load.frame = hall[name].now();
    load.size = static_cast<std::uint32_t>(inside.size());
    const ByteVector stream = netplay::compress(inside);
    load.data = stream;
    return hall[name].bytes_of(load);
}

} // namespace

TEST_CASE("newcomers that never show their state keep nobody from a seat")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.joins("carl");
    hall.comes("bob", on_trial());
    REQUIRE(hall["bob"].is_asked());
    goes_on(hall, {"ann"}, 2s);
    hall.plays("carl");
    CHECK(hall["carl"].is_playing());
}

TEST_CASE("who shows a state of a later frame waits for the clock, and the others do not")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.joins("carl");
    hall.comes("bob", on_trial());
    const Frame later = hall.frame() + 100;
    hall.serves("bob", later, stream_of(later));
    hall.forget_what_was_told();
    hall.plays("carl");
    CHECK(hall["carl"].is_playing());
    hall.rounds({"ann", "carl"}, 60);
    CHECK_FALSE(hall["ann"].is_asked()); // in vain
    CHECK_FALSE(hall.look("bob").synced);
    hall.rounds({"ann", "carl"}, 40);
    REQUIRE(hall["ann"].is_asked());
    hall.serves("ann");
    hall.rounds({"ann", "carl"}, 2);
    CHECK(hall.look("bob").synced);
    CHECK(hall.states().size() == 2); // one each
}

TEST_CASE("who has nothing yet makes nobody load a state by asking for one")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.joins("carl");
    hall.passes(3s);
    hall.comes("bob", on_trial());
    hall.says("bob", wire::RequestSavestate{});
    CHECK_FALSE(hall["ann"].is_asked());
    hall.says("carl", wire::RequestSavestate{}); // as a member may
    CHECK(hall["ann"].is_asked());
}

TEST_CASE("who is first in line and does not answer keeps the place from the next for a while only")
{
    RoomSettings settings;
    settings.players = 2;
    settings.desync_watch = 1s;
    Dialogue hall(settings);
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("eve");
    hall.plays("eve");
    goes_on(hall, {"ann", "bob"}, 2s);
    REQUIRE(hall["eve"].is_asked()); // to compare
    hall.comes("dan");
    hall.serves("ann");
    hall.plays("dan");
    CHECK(hall.look("eve").in_line == 1);
    hall.leaves("bob");
    goes_on(hall, {"ann"}, 1s);
    CHECK_FALSE(hall["dan"].is_playing());
    for (int second = 0; second < 5; ++second) {
        goes_on(hall, {"ann"}, 1s);
        if (hall["dan"].is_asked()) hall.serves("dan");
    }
    CHECK(hall["dan"].is_playing());
    CHECK_FALSE(hall["eve"].is_playing());
}

TEST_CASE("who does not fit one room is let into the next one of that game")
{
    Dialogue hall;
    hall.joins_and_plays("eve");
    hall.sends("eve", 5);
    hall.comes("dan");
    hall.leaves("dan");
    constexpr std::uint32_t other_size = state_size + 8; // what eve says, whatever her core has
    hall.serves("eve", hall["eve"].now(), stream_of(hall["eve"].now(), other_size), other_size);
    hall.comes("bob", on_trial());
    hall.serves("bob");
    CHECK(hall.end_of("bob") == MemberEnd::state_size_differs);
    const bool closed = GENERATE(true, false);
    if (closed) {
        hall.leaves("eve");
        hall.joins_and_plays("ann");
        hall.sends("ann", 5);
        hall.comes("carl");
        hall.serves("ann");
    }
    hall.comes("bob", on_trial());
    CHECK(hall.is_in("bob") == closed);
}

TEST_CASE("of a newcomer's state only the size is looked at, whatever else is in its stream")
{
    const std::uint32_t protocol = GENERATE(6U, 7U);
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.comes("bob", on_trial(protocol));
    const ByteVector state = state_of(hall["bob"].now(), large);
    const ByteVector bytes =
        load_of(hall, "bob", protocol == 7 ? netplay::wrap_state(state) : state);
    constexpr std::size_t piece = 16 * 1024;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t size = std::min(piece, bytes.size() - at);
        hall.says("bob", ByteVector(begin, begin + static_cast<std::ptrdiff_t>(size)));
    }
    // It was dealt with at once: no step of a check is left.
    REQUIRE(hall["ann"].is_asked());
    hall.serves("ann");
    CHECK(hall.end_of("bob") == MemberEnd::state_size_differs);
    CHECK(hall.look().members.size() == 1);
    CHECK(hall.states().empty());
}

TEST_CASE("a newcomer whose container hides its size fills no memory")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.sends("ann", 5);
    hall.comes("bob", on_trial(7));
    ByteVector container = netplay::wrap_state({});
    container.resize(8); // its name and version
    container.insert(container.end(), {'N', 'O', 'N', 'E', 0, 0, 0x80, 0});
    std::uint32_t seed = 1;
    for (std::size_t n = 0; n < large; ++n) { // nothing that gets smaller
        seed = seed * 1664525U + 1013904223U;
        container.push_back(static_cast<std::uint8_t>(seed >> 24U));
    }
    hall.says("bob", load_of(hall, "bob", container));
    CHECK(hall.end_of("bob") == MemberEnd::no_savestate);
    hall.sends("ann");
    CHECK_FALSE(hall["ann"].is_asked());
}

} // namespace netplay_relay::room
