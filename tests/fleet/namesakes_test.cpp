#include "fleet/namesakes.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace std::chrono_literals;
using fleet::Namesakes;

namespace {

constexpr Instant dawn{100s};

} // namespace

TEST_CASE("two relays that go on saying the same number are found, and places of both")
{
    Namesakes heard;
    for (auto now = dawn; now <= dawn + 1s; now += 500ms) {
        heard.hear(3, 11, "10.0.0.1", now);
        heard.hear(3, 22, "10.0.0.2", now);
        heard.hear(4, 33, "10.0.0.3", now);
        CHECK(heard.find(now).none());
    }
    heard.hear(3, 11, "10.0.0.1", dawn + 2s);
    CHECK(heard.find(dawn + 2s).none()); // the other one may have ended
    heard.hear(3, 22, "10.0.0.2", dawn + 2s);
    CHECK(heard.find(dawn + 2s) == fleet::Nodes(0b1000));
    CHECK(heard.places(3, dawn + 2s) == std::vector<std::string>{"10.0.0.1", "10.0.0.2"});
    heard.hear(3, 22, "10.0.0.2", dawn + 6s);
    CHECK(heard.find(dawn + 7s).none()); // the first one is gone
    CHECK(heard.places(3, dawn + 7s) == std::vector<std::string>{"10.0.0.2"});
}

TEST_CASE("who takes the place of another relay is not taken for a second one")
{
    Namesakes heard;
    heard.hear(3, 11, "10.0.0.1", dawn);
    heard.hear(3, 11, "10.0.0.1", dawn + 1s);
    heard.hear(3, 22, "10.0.0.1", dawn + 1001ms);
    heard.hear(3, 11, "10.0.0.1", dawn + 1500ms); // was on its way
    for (auto now = dawn + 2s; now < dawn + 9s; now += 500ms) {
        heard.hear(3, 22, "10.0.0.1", now);
        CHECK(heard.find(now).none());
    }
}

TEST_CASE("who is no node, or no relay of one, is not remembered, nor more than some")
{
    Namesakes heard;
    for (auto now = dawn; now < dawn + 4s; now += 500ms) {
        heard.hear(fleet::nodes_max, 1, "a", now);
        heard.hear(fleet::nodes_max, 2, "b", now);
        heard.hear(0, 0, "a", now);
        heard.hear(0, 7, "", now);
        CHECK(heard.find(now).none());
    }
    CHECK(heard.places(0, dawn + 4s).empty());
    CHECK(heard.places(fleet::nodes_max, dawn + 4s).empty());
    for (std::uint64_t instance = 1; instance < 100; ++instance)
        heard.hear(5, instance, std::to_string(instance), dawn + 5s);
    CHECK(heard.places(5, dawn + 5s).size() == fleet::namesakes_max);
}
