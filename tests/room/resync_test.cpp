#include "dialogue.hpp"

// Members that go their own way, and how they are brought back.
namespace netplay_relay::room {

TEST_CASE("requests for states are made one, and not too often")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    goes_on(hall, {"ann", "bob"}, 3s);
    hall.forget_what_was_told();
    for (int time = 0; time < 40; ++time) {
        hall.says("bob", wire::RequestSavestate{});
        hall.says("carl", wire::RequestSavestate{});
        goes_on(hall, {"ann", "bob"}, 100ms);
    }
    const Words told = hall.told("ann");
    CHECK(told.size() >= 2);
    CHECK(told.size() <= 3);
    for (const std::string& line : told)
        CHECK(line == "REQUEST");
    CHECK(hall.look("bob").counts.states_asked == 40);
    CHECK(hall.look("ann").counts.states_served >= told.size());
}

TEST_CASE("the only player has the only state")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    hall.passes(3s);
    hall.forget_what_was_told();
    hall.says("ann", wire::RequestSavestate{});
    hall.passes(1ms);
    CHECK(hall.told("ann").empty());
    hall.says("bob", wire::RequestSavestate{});
    CHECK(hall.told("ann") == Words{"REQUEST"});
}

TEST_CASE("a state that the leader loads goes to all, and the next one too")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    hall.sends("ann", 3);
    hall.forget_what_was_told();
    const Frame frame = hall.frame();
    hall.serves("ann");
    hall.sends("ann");
    hall.serves("ann"); // RetroArch sends it twice
    for (const char* name : {"bob", "carl"})
        CHECK(hall.told(name) == Words{at("STATE ", frame), at("STATE ", frame + 1)});
    CHECK(hall.told("ann").empty());
    hall.rounds({"ann", "bob"}, 3);
}

TEST_CASE("a spectator that loads a state of its own gets the others' back")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins("bob");
    goes_on(hall, {"ann"}, 3s);
    hall.forget_what_was_told();
    hall.serves("bob");
    hall.passes(1ms);
    CHECK(hall.told("ann") == Words{"REQUEST"});
    hall.serves("ann");
    CHECK(hall.told("bob") == Words{at("STATE ", hall.frame())});
    CHECK(hall.states().size() == 1); // its own went nowhere
}

TEST_CASE("who has jumped ahead is told nothing of a frame before that one")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.watches("carl");
    goes_on(hall, {"ann", "bob"}, 3s);
    hall.sends("bob", 30);
    const Frame jumped = hall["bob"].now();
    const Frame before = hall.frame();
    const bool resets = GENERATE(true, false);
    if (resets) {
        hall["bob"].serves(jumped);
        hall.says("bob", wire::Reset{jumped});
    } else {
        hall.serves("bob");
    }
    hall.forget_what_was_told();
    hall.plays("carl"); // waits: bob would refuse to hear of it
    CHECK(hall["carl"].told().empty());
    goes_on(hall, {"ann"}, 1s);
    CHECK(hall.frame() < jumped);
    goes_on(hall, {"ann", "bob"}, 4s);
    CHECK(hall.frame() > jumped);
    CHECK(hall["carl"].is_playing());
    CHECK(hall.is_in("bob"));
    const Words told = hall.told("bob");
    CHECK(std::ranges::any_of(told, [](const auto& line) { return line.starts_with("STATE"); }));
    CHECK(before < jumped);
}

TEST_CASE("the leader resets for all, and a state follows")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    hall.joins_and_plays("bob");
    hall.joins("carl");
    goes_on(hall, {"ann", "bob"}, 3s);
    hall.sends("ann", 5);
    hall.forget_what_was_told();
    const Frame frame = hall.frame();
    hall.says("ann", wire::Reset{frame});
    CHECK(hall.told("bob") == Words{at("RESET ", frame)});
    CHECK(hall.told("carl") == Words{at("RESET ", frame)});
    CHECK(hall.told("ann") == Words{"REQUEST"});
    hall.serves("ann");
    hall.sends("bob", 3);
    hall.rounds({"ann", "bob"}, 3);
    CHECK(hall.look().members.size() == 3);
}

TEST_CASE("nobody is told of a frame while another one's state is awaited")
{
    Dialogue hall;
    for (const char* name : {"ann", "bob", "carl"})
        hall.joins_and_plays(name);
    hall.passes(3s);
    hall.says("carl", wire::RequestSavestate{});
    for (int round = 0; round < 31; ++round) { // ann does not answer
        for (const char* name : {"ann", "bob", "carl"})
            hall.sends(name);
        hall.passes(100ms);
    }
    REQUIRE(hall["bob"].is_asked());
    hall.sends("bob", 5);
    ByteVector served; // on its way: it has jumped already
    const Frame frame = hall["bob"].now();
    const ByteVector stream = stream_of(frame);
    hall["bob"].serves(frame);
    served = hall["bob"].bytes_of(wire::LoadSavestate{frame, state_size, stream});
    hall.forget_what_was_told();
    const bool loads = GENERATE(true, false);
    if (loads)
        hall.serves("ann"); // now, too late
    else
        hall.says("ann", wire::Reset{hall.frame()});
    CHECK(hall.told("bob").empty());
    hall.says("bob", served);
    hall.sends("ann", 5);
    hall.sends("carl", 5);
    const std::string served_state = at("STATE ", frame);
    CHECK(hall.told("carl").back() == served_state);
    CHECK(hall.told("bob").empty());
    if (loads) { // an answer, if a late one: whoever could take it has it
        CHECK(hall.told("ann") == Words{served_state});
        return;
    }
    CHECK(hall.told("ann").empty()); // it may be ahead until it answers
    hall.serves("ann");
    CHECK(hall.told("bob") == Words{served_state});
}

TEST_CASE("who loads a state when alone has the room's state")
{
    Dialogue hall;
    hall.joins("ann");
    hall.passes(1s);
    hall.serves("ann");
    hall.passes(1s);
    hall.joins("bob");
    CHECK(hall.is_in("bob"));
    // And of two who went their own ways one is right.
    hall.serves("ann");
    hall.serves("bob");
    hall.forget_what_was_told();
    for (int round = 0; round < 100 && hall.states().empty(); ++round) {
        for (const char* name : {"ann", "bob"})
            if (hall[name].is_asked()) hall.serves(name);
        hall.passes(50ms);
    }
    CHECK(hall.states().size() == 1);
}

} // namespace netplay_relay::room
