#include "script.hpp"

// Members that go their own way, and how they are brought back.
namespace netplay_relay::room {

TEST_CASE("requests for states are made one, and not too often")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    goes_on(script, {"ann", "bob"}, 3s);
    script.forget_what_was_told();
    for (int time = 0; time < 40; ++time) {
        script.says("bob", wire::RequestSavestate{});
        script.says("carl", wire::RequestSavestate{});
        goes_on(script, {"ann", "bob"}, 100ms);
    }
    const Words told = script.told("ann");
    CHECK(told.size() >= 2);
    CHECK(told.size() <= 3);
    for (const std::string& line : told)
        CHECK(line == "REQUEST");
    CHECK(script.look("bob").counts.states_asked == 40);
    CHECK(script.look("ann").counts.states_served >= told.size());
}

TEST_CASE("the only player has the only state")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    script.passes(3s);
    script.forget_what_was_told();
    script.says("ann", wire::RequestSavestate{});
    script.passes(1ms);
    CHECK(script.told("ann").empty());
    script.says("bob", wire::RequestSavestate{});
    CHECK(script.told("ann") == Words{"REQUEST"});
}

TEST_CASE("a state that the leader loads goes to all, and the next one too")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    script.sends("ann", 3);
    script.forget_what_was_told();
    const Frame frame = script.frame();
    script.serves("ann");
    script.sends("ann");
    script.serves("ann"); // RetroArch sends it twice
    for (const char* name : {"bob", "carl"})
        CHECK(script.told(name) == Words{at("STATE ", frame), at("STATE ", frame + 1)});
    CHECK(script.told("ann").empty());
    script.rounds({"ann", "bob"}, 3);
}

TEST_CASE("a spectator that loads a state of its own gets the others' back")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins("bob");
    goes_on(script, {"ann"}, 3s);
    script.forget_what_was_told();
    script.serves("bob");
    script.passes(1ms);
    CHECK(script.told("ann") == Words{"REQUEST"});
    script.serves("ann");
    CHECK(script.told("bob") == Words{at("STATE ", script.frame())});
    CHECK(script.states().size() == 1); // its own went nowhere
}

TEST_CASE("who has jumped ahead is told nothing of a frame before that one")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.watches("carl");
    goes_on(script, {"ann", "bob"}, 3s);
    script.sends("bob", 30);
    const Frame jumped = script["bob"].now();
    const Frame before = script.frame();
    const bool resets = GENERATE(true, false);
    if (resets) {
        script["bob"].serves(jumped);
        script.says("bob", wire::Reset{jumped});
    } else {
        script.serves("bob");
    }
    script.forget_what_was_told();
    script.plays("carl"); // waits: bob would refuse to hear of it
    CHECK(script["carl"].told().empty());
    goes_on(script, {"ann"}, 1s);
    CHECK(script.frame() < jumped);
    goes_on(script, {"ann", "bob"}, 4s);
    CHECK(script.frame() > jumped);
    CHECK(script["carl"].is_playing());
    CHECK(script.is_in("bob"));
    const Words told = script.told("bob");
    CHECK(std::ranges::any_of(told, [](const auto& line) { return line.starts_with("STATE"); }));
    CHECK(before < jumped);
}

TEST_CASE("the leader resets for all, and a state follows")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.joins("carl");
    goes_on(script, {"ann", "bob"}, 3s);
    script.sends("ann", 5);
    script.forget_what_was_told();
    const Frame frame = script.frame();
    script.says("ann", wire::Reset{frame});
    CHECK(script.told("bob") == Words{at("RESET ", frame)});
    CHECK(script.told("carl") == Words{at("RESET ", frame)});
    CHECK(script.told("ann") == Words{"REQUEST"});
    script.serves("ann");
    script.sends("bob", 3);
    script.rounds({"ann", "bob"}, 3);
    CHECK(script.look().members.size() == 3);
}

TEST_CASE("nobody is told of a frame while another one's state is awaited")
{
    Script script;
    for (const char* name : {"ann", "bob", "carl"})
        script.joins_and_plays(name);
    script.passes(3s);
    script.says("carl", wire::RequestSavestate{});
    for (int round = 0; round < 31; ++round) { // ann does not answer
        for (const char* name : {"ann", "bob", "carl"})
            script.sends(name);
        script.passes(100ms);
    }
    REQUIRE(script["bob"].is_asked());
    script.sends("bob", 5);
    ByteVector served; // on its way: it has jumped already
    const Frame frame = script["bob"].now();
    const ByteVector stream = stream_of(frame);
    script["bob"].serves(frame);
    served = script["bob"].bytes_of(wire::LoadSavestate{frame, state_size, stream});
    script.forget_what_was_told();
    const bool loads = GENERATE(true, false);
    if (loads)
        script.serves("ann"); // now, too late
    else
        script.says("ann", wire::Reset{script.frame()});
    CHECK(script.told("bob").empty());
    script.says("bob", served);
    script.sends("ann", 5);
    script.sends("carl", 5);
    const std::string served_state = at("STATE ", frame);
    CHECK(script.told("carl").back() == served_state);
    CHECK(script.told("bob").empty());
    if (loads) { // an answer, if a late one: whoever could take it has it
        CHECK(script.told("ann") == Words{served_state});
        return;
    }
    CHECK(script.told("ann").empty()); // it may be ahead until it answers
    script.serves("ann");
    CHECK(script.told("bob") == Words{served_state});
}

TEST_CASE("who loads a state when alone has the room's state")
{
    Script script;
    script.joins("ann");
    script.passes(1s);
    script.serves("ann");
    script.passes(1s);
    script.joins("bob");
    CHECK(script.is_in("bob"));
    // And of two who went their own ways one is right.
    script.serves("ann");
    script.serves("bob");
    script.forget_what_was_told();
    for (int round = 0; round < 100 && script.states().empty(); ++round) {
        for (const char* name : {"ann", "bob"})
            if (script[name].is_asked()) script.serves(name);
        script.passes(50ms);
    }
    CHECK(script.states().size() == 1);
}

} // namespace netplay_relay::room
