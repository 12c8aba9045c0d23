#include "script.hpp"

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
ByteVector load_of(Script& script, const std::string& name, const ByteVector& inside)
{
    wire::LoadSavestate load;
    load.frame = script[name].now();
    load.size = static_cast<std::uint32_t>(inside.size());
    const ByteVector stream = netplay::compress(inside);
    load.data = stream;
    return script[name].bytes_of(load);
}

} // namespace

TEST_CASE("newcomers that never show their state keep nobody from a seat")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.joins("carl");
    script.comes("bob", on_trial());
    REQUIRE(script["bob"].is_asked());
    goes_on(script, {"ann"}, 2s);
    script.plays("carl");
    CHECK(script["carl"].is_playing());
}

TEST_CASE("who shows a state of a later frame waits for the clock, and the others do not")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.joins("carl");
    script.comes("bob", on_trial());
    const Frame later = script.frame() + 100;
    script.serves("bob", later, stream_of(later));
    script.forget_what_was_told();
    script.plays("carl");
    CHECK(script["carl"].is_playing());
    script.rounds({"ann", "carl"}, 60);
    CHECK_FALSE(script["ann"].is_asked()); // in vain
    CHECK_FALSE(script.look("bob").synced);
    script.rounds({"ann", "carl"}, 40);
    REQUIRE(script["ann"].is_asked());
    script.serves("ann");
    script.rounds({"ann", "carl"}, 2);
    CHECK(script.look("bob").synced);
    CHECK(script.states().size() == 2); // one each
}

TEST_CASE("who has nothing yet makes nobody load a state by asking for one")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.joins("carl");
    script.passes(3s);
    script.comes("bob", on_trial());
    script.says("bob", wire::RequestSavestate{});
    CHECK_FALSE(script["ann"].is_asked());
    script.says("carl", wire::RequestSavestate{}); // as a member may
    CHECK(script["ann"].is_asked());
}

TEST_CASE("who is first in line and does not answer keeps the place from the next for a while only")
{
    RoomSettings settings;
    settings.players = 2;
    settings.desync_watch = 1s;
    Script script(settings);
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("eve");
    script.plays("eve");
    goes_on(script, {"ann", "bob"}, 2s);
    REQUIRE(script["eve"].is_asked()); // to compare
    script.comes("dan");
    script.serves("ann");
    script.plays("dan");
    CHECK(script.look("eve").in_line == 1);
    script.leaves("bob");
    goes_on(script, {"ann"}, 1s);
    CHECK_FALSE(script["dan"].is_playing());
    for (int second = 0; second < 5; ++second) {
        goes_on(script, {"ann"}, 1s);
        if (script["dan"].is_asked()) script.serves("dan");
    }
    CHECK(script["dan"].is_playing());
    CHECK_FALSE(script["eve"].is_playing());
}

TEST_CASE("who does not fit one room is let into the next one of that game")
{
    Script script;
    script.joins_and_plays("eve");
    script.sends("eve", 5);
    script.comes("dan");
    script.leaves("dan");
    constexpr std::uint32_t other_size = state_size + 8; // what eve says, whatever her core has
    script.serves("eve", script["eve"].now(), stream_of(script["eve"].now(), other_size),
                  other_size);
    script.comes("bob", on_trial());
    script.serves("bob");
    CHECK(script.end_of("bob") == CloseReason::state_size_differs);
    const bool closed = GENERATE(true, false);
    if (closed) {
        script.leaves("eve");
        script.joins_and_plays("ann");
        script.sends("ann", 5);
        script.comes("carl");
        script.serves("ann");
    }
    script.comes("bob", on_trial());
    CHECK(script.is_in("bob") == closed);
}

TEST_CASE("of a newcomer's state only the size is looked at, whatever else is in its stream")
{
    const std::uint32_t protocol = GENERATE(6U, 7U);
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.comes("bob", on_trial(protocol));
    const ByteVector state = state_of(script["bob"].now(), large);
    const ByteVector bytes =
        load_of(script, "bob", protocol == 7 ? netplay::wrap_state(state) : state);
    constexpr std::size_t piece = 16 * 1024;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t size = std::min(piece, bytes.size() - at);
        script.says("bob", ByteVector(begin, begin + static_cast<std::ptrdiff_t>(size)));
    }
    // It was dealt with at once: no step of a check is left.
    REQUIRE(script["ann"].is_asked());
    script.serves("ann");
    CHECK(script.end_of("bob") == CloseReason::state_size_differs);
    CHECK(script.look().members.size() == 1);
    CHECK(script.states().empty());
}

TEST_CASE("a newcomer whose container hides its size fills no memory")
{
    Script script;
    script.joins_and_plays("ann");
    script.sends("ann", 5);
    script.comes("bob", on_trial(7));
    ByteVector container = netplay::wrap_state({});
    container.resize(8); // its name and version
    container.insert(container.end(), {'N', 'O', 'N', 'E', 0, 0, 0x80, 0});
    std::uint32_t seed = 1;
    for (std::size_t n = 0; n < large; ++n) { // nothing that gets smaller
        seed = seed * 1664525U + 1013904223U;
        container.push_back(static_cast<std::uint8_t>(seed >> 24U));
    }
    script.says("bob", load_of(script, "bob", container));
    CHECK(script.end_of("bob") == CloseReason::no_savestate);
    script.sends("ann");
    CHECK_FALSE(script["ann"].is_asked());
}

} // namespace netplay_relay::room
