// Links from their first byte to their last.
#include "memory_io.hpp"

#include "support/catch.hpp"

#include <cerrno>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("a link that breaks while it is joined is told with the bytes that it has moved")
{
    MemoryNetwork io;
    Relay relay(io, 0);
    relay.arrive(1);
    relay.say(1, "RATS" + std::string(12, '\0'));
    relay.pass(5ms);
    const std::string id = std::exchange(io.lines.at(1).heard, {}).substr(4, 12);
    relay.arrive(2);
    relay.say(2, "RATS" + id + "hello");
    const std::string ticket = std::exchange(io.lines.at(1).heard, {}).substr(4, 12);
    relay.arrive(3);
    io.lines.at(3).error = EPIPE;
    io.lines.at(3).ended = true;
    relay.say(3, "RATL" + ticket + "bye");
    CHECK(io.lines.at(2).heard == "bye");
    CHECK(io.lines.at(2).hears_end);
    CHECK(relay.worker.lobby().use().links == 0);
    REQUIRE(relay.observer.closed.size() == 1);
    CHECK(relay.observer.closed[0].to_host == 5);
    CHECK(relay.observer.closed[0].to_guest == 3);
}
