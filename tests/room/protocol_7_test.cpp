#include "dialogue.hpp"

// Members of protocol 7, whose states come in a container, alone and among older ones.
namespace netplay_relay::room {

namespace {

// The state of where it is, in a container.
ByteVector serves_wrapped(Dialogue& hall, const std::string& name)
{
    const Frame frame = hall[name].now();
    const ByteVector state = state_of(frame);
    const ByteVector wrapped = netplay::wrap_state(state);
    hall.serves(name, frame, netplay::compress(wrapped),
                static_cast<std::uint32_t>(wrapped.size()));
    return state;
}

// Comes while others play, and is given ann's state.
void joins_by_wrapped(Dialogue& hall, const std::string& name, std::uint32_t protocol)
{
    hall.comes(name, speaking(protocol));
    REQUIRE(hall["ann"].is_asked());
    (void)serves_wrapped(hall, "ann");
    CHECK(hall[name].is_synced());
}

} // namespace

TEST_CASE("among members of protocol 7 a container travels as it is")
{
    Dialogue hall;
    hall.joins_and_plays("ann", speaking(7));
    hall.sends("ann", 5);
    hall.comes("bob", speaking(7));
    const Frame frame = hall.frame();
    const ByteVector state = serves_wrapped(hall, "ann");
    CHECK(hall["bob"].protocol() == 7);
    CHECK(hall.told("bob") == Words{at("SYNC ", frame), at("WRAPPED STATE ", frame)});
    CHECK(hall["bob"].state() == state);
    CHECK(hall.states().size() == 1);
    hall.plays("bob");
    hall.rounds({"ann", "bob"}, 3);
}

TEST_CASE("older members are given what the container holds")
{
    const std::uint32_t older = GENERATE(4U, 5U, 6U);
    Dialogue hall;
    hall.joins_and_plays("ann", speaking(7));
    hall.sends("ann", 5);
    joins_by_wrapped(hall, "bob", older);
    joins_by_wrapped(hall, "carl", 7);
    hall.forget_what_was_told();
    hall.passes(3s);
    hall.says("carl", wire::RequestSavestate{});
    const Frame frame = hall.frame();
    const ByteVector state = serves_wrapped(hall, "ann");
    CHECK(hall.told("bob") == Words{at("STATE ", frame)});
    CHECK(hall.told("carl") == Words{at("WRAPPED STATE ", frame)});
    CHECK(hall["bob"].state() == state);
    CHECK(hall["carl"].state() == state);
    // And the other way around bare ones are everybody's.
    hall.leaves("ann");
    hall.plays("bob");
    hall.sends("bob", 2);
    hall.forget_what_was_told();
    hall.passes(3s);
    hall.says("carl", wire::RequestSavestate{});
    hall.serves("bob");
    CHECK(hall.told("carl") == Words{at("STATE ", hall.frame())});
}

TEST_CASE("a load of 1.22 is a container and then a bare state, and both are everybody's")
{
    Dialogue hall;
    hall.joins_and_plays("ann", speaking(7));
    hall.sends("ann", 5);
    joins_by_wrapped(hall, "bob", 6);
    joins_by_wrapped(hall, "carl", 7);
    hall.plays("bob");
    hall.rounds({"ann", "bob"}, 3);
    hall.forget_what_was_told();
    const Frame frame = hall.frame();
    (void)serves_wrapped(hall, "ann");
    hall.sends("ann");
    hall.serves("ann");
    CHECK(hall.told("bob") == Words{at("STATE ", frame), at("STATE ", frame + 1)});
    CHECK(hall.told("carl") == Words{at("WRAPPED STATE ", frame), at("STATE ", frame + 1)});
    CHECK(hall["bob"].state() == state_of(frame + 1));
}

TEST_CASE("a container that is none is given to nobody")
{
    Dialogue hall;
    hall.joins_and_plays("ann", speaking(7));
    hall.sends("ann", 5);
    hall.comes("bob", speaking(7));
    const Frame frame = hall["ann"].now();
    ByteVector wrapped = netplay::wrap_state(state_of(frame));
    const bool other_version = GENERATE(true, false);
    if (other_version)
        wrapped[7] = 2;
    else
        wrapped[14] ^= 1; // the length of the core's state
    hall.serves("ann", frame, netplay::compress(wrapped),
                static_cast<std::uint32_t>(wrapped.size()));
    CHECK(hall.end_of("ann") == MemberEnd::bad_command);
    CHECK(hall["bob"].told() == Words{at("SYNC ", frame)}); // alone now, and without a state
}

TEST_CASE("an older newcomer waits for the next state if nobody needed a bare one before")
{
    Dialogue hall;
    hall.joins_and_plays("ann", speaking(7));
    hall.sends("ann", 5);
    hall.comes("bob", speaking(7));
    const Frame frame = hall["ann"].now();
    const ByteVector wrapped = netplay::wrap_state(state_of(frame));
    const ByteVector stream = netplay::compress(wrapped);
    hall["ann"].serves(frame);
    const ByteVector served = hall["ann"].bytes_of(
        wire::LoadSavestate{frame, static_cast<std::uint32_t>(wrapped.size()), stream});
    const std::size_t half = served.size() / 2;
    hall.says("ann", ByteVector(served.begin(), served.begin() + static_cast<int>(half)));
    hall.comes("carl", speaking(6));
    hall.says("ann", ByteVector(served.begin() + static_cast<int>(half), served.end()));
    CHECK(hall["bob"].is_synced());
    CHECK_FALSE(hall["carl"].is_synced());
    REQUIRE(hall["ann"].is_asked());
    (void)serves_wrapped(hall, "ann");
    CHECK(hall["carl"].is_synced());
    CHECK(hall["carl"].state() == state_of(frame));
}

} // namespace netplay_relay::room
