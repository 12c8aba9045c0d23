#include "script.hpp"

// Members of protocol 7, whose states come in a container, alone and among older ones.
namespace netplay_relay::room {

namespace {

// The state of where it is, in a container.
ByteVector serves_wrapped(Script& script, const std::string& name)
{
    const Frame frame = script[name].now();
    const ByteVector state = state_of(frame);
    const ByteVector wrapped = netplay::wrap_state(state);
    script.serves(name, frame, netplay::compress(wrapped),
                  static_cast<std::uint32_t>(wrapped.size()));
    return state;
}

// Comes while others play, and is given ann's state.
void joins_by_wrapped(Script& script, const std::string& name, std::uint32_t protocol)
{
    script.comes(name, speaking(protocol));
    REQUIRE(script["ann"].is_asked());
    (void)serves_wrapped(script, "ann");
    CHECK(script[name].is_synced());
}

} // namespace

TEST_CASE("among members of protocol 7 a container travels as it is")
{
    Script script;
    script.joins_and_plays("ann", speaking(7));
    script.sends("ann", 5);
    script.comes("bob", speaking(7));
    const Frame frame = script.frame();
    const ByteVector state = serves_wrapped(script, "ann");
    CHECK(script["bob"].protocol() == 7);
    CHECK(script.told("bob") == Words{at("SYNC ", frame), at("WRAPPED STATE ", frame)});
    CHECK(script["bob"].state() == state);
    CHECK(script.states().size() == 1);
    script.plays("bob");
    script.rounds({"ann", "bob"}, 3);
}

TEST_CASE("older members are given what the container holds")
{
    const std::uint32_t older = GENERATE(4U, 5U, 6U);
    Script script;
    script.joins_and_plays("ann", speaking(7));
    script.sends("ann", 5);
    joins_by_wrapped(script, "bob", older);
    joins_by_wrapped(script, "carl", 7);
    script.forget_what_was_told();
    script.passes(3s);
    script.says("carl", wire::RequestSavestate{});
    const Frame frame = script.frame();
    const ByteVector state = serves_wrapped(script, "ann");
    CHECK(script.told("bob") == Words{at("STATE ", frame)});
    CHECK(script.told("carl") == Words{at("WRAPPED STATE ", frame)});
    CHECK(script["bob"].state() == state);
    CHECK(script["carl"].state() == state);
    // And the other way around bare ones are everybody's.
    script.leaves("ann");
    script.plays("bob");
    script.sends("bob", 2);
    script.forget_what_was_told();
    script.passes(3s);
    script.says("carl", wire::RequestSavestate{});
    script.serves("bob");
    CHECK(script.told("carl") == Words{at("STATE ", script.frame())});
}

TEST_CASE("a load of 1.22 is a container and then a bare state, and both are everybody's")
{
    Script script;
    script.joins_and_plays("ann", speaking(7));
    script.sends("ann", 5);
    joins_by_wrapped(script, "bob", 6);
    joins_by_wrapped(script, "carl", 7);
    script.plays("bob");
    script.rounds({"ann", "bob"}, 3);
    script.forget_what_was_told();
    const Frame frame = script.frame();
    (void)serves_wrapped(script, "ann");
    script.sends("ann");
    script.serves("ann");
    CHECK(script.told("bob") == Words{at("STATE ", frame), at("STATE ", frame + 1)});
    CHECK(script.told("carl") == Words{at("WRAPPED STATE ", frame), at("STATE ", frame + 1)});
    CHECK(script["bob"].state() == state_of(frame + 1));
}

TEST_CASE("a container that is none is given to nobody")
{
    Script script;
    script.joins_and_plays("ann", speaking(7));
    script.sends("ann", 5);
    script.comes("bob", speaking(7));
    const Frame frame = script["ann"].now();
    ByteVector wrapped = netplay::wrap_state(state_of(frame));
    const bool other_version = GENERATE(true, false);
    if (other_version)
        wrapped[7] = 2;
    else
        wrapped[14] ^= 1; // the length of the core's state
    script.serves("ann", frame, netplay::compress(wrapped),
                  static_cast<std::uint32_t>(wrapped.size()));
    CHECK(script.end_of("ann") == CloseReason::bad_command);
    CHECK(script["bob"].told() == Words{at("SYNC ", frame)}); // alone now, and without a state
}

TEST_CASE("an older newcomer waits for the next state if nobody needed a bare one before")
{
    Script script;
    script.joins_and_plays("ann", speaking(7));
    script.sends("ann", 5);
    script.comes("bob", speaking(7));
    const Frame frame = script["ann"].now();
    const ByteVector wrapped = netplay::wrap_state(state_of(frame));
    const ByteVector stream = netplay::compress(wrapped);
    script["ann"].serves(frame);
    const ByteVector served = script["ann"].bytes_of(
        wire::LoadSavestate{frame, static_cast<std::uint32_t>(wrapped.size()), stream});
    const std::size_t half = served.size() / 2;
    script.says("ann", ByteVector(served.begin(), served.begin() + static_cast<int>(half)));
    script.comes("carl", speaking(6));
    script.says("ann", ByteVector(served.begin() + static_cast<int>(half), served.end()));
    CHECK(script["bob"].is_synced());
    CHECK_FALSE(script["carl"].is_synced());
    REQUIRE(script["ann"].is_asked());
    (void)serves_wrapped(script, "ann");
    CHECK(script["carl"].is_synced());
    CHECK(script["carl"].state() == state_of(frame));
}

} // namespace netplay_relay::room
