// Links from their first byte to their last.
#include "memory_io.hpp"

#include "support/catch.hpp"

#include <cerrno>
#include <map>
#include <vector>

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

namespace {

class OpenedLinks final : public worker::Observer
{
public:
    std::vector<lobby::Duration> waited;
    void report(const lobby::LogEvent& event, const worker::EventFacts&) override
    {
        if (const auto* opened = std::get_if<lobby::LinkOpened>(&event))
            waited.push_back(opened->waited);
    }
};

} // namespace

TEST_CASE("what links move is counted for each way, and how long a guest has waited is told")
{
    MemoryNetwork io;
    OpenedLinks opened;
    Relay relay(io, 0, {}, &opened);
    relay.arrive(1);
    relay.say(1, "RATS" + std::string(12, '\0'));
    relay.pass(5ms);
    const std::string id = std::exchange(io.lines.at(1).heard, {}).substr(4, 12);
    relay.arrive(2);
    relay.say(2, "RATS" + id + "hello");
    const std::string ticket = std::exchange(io.lines.at(1).heard, {}).substr(4, 12);
    relay.pass(700ms);
    relay.arrive(3);
    relay.say(3, "RATL" + ticket);
    CHECK(opened.waited == std::vector<lobby::Duration>{700ms});
    relay.say(3, "answer");
    relay.say(2, "more");
    const worker::Traffic& traffic = relay.worker.traffic();
    CHECK(traffic.to_host.bytes == 9);
    CHECK(traffic.to_host.messages == 2);
    CHECK(traffic.to_guest.bytes == 6);
    CHECK(traffic.to_guest.messages == 1);
    CHECK(traffic.from_members.bytes == 0);
}

TEST_CASE("all connections are seen once, some at a time")
{
    MemoryNetwork io;
    lobby::Policy policy;
    policy.limits.new_connections_per_second_per_address = 1000;
    policy.limits.connections_per_address = 1000;
    Relay relay(io, 0, policy);
    const auto look = [&](std::size_t most, std::size_t& turns) {
        std::map<lobby::ConnectionId, int> seen;
        std::size_t from = 0;
        do {
            std::size_t seen_now = 0;
            from = relay.worker.visit_some(from, most, [&](const worker::Connection& one) {
                ++seen[one.id];
                ++seen_now;
            });
            CHECK(seen_now <= most + 8); // those that share a bucket
            ++turns;
        } while (from != 0);
        return seen;
    };
    std::size_t turns = 0;
    CHECK(look(32, turns).empty());
    CHECK(turns == 1);
    for (int handle = 1; handle <= 200; ++handle)
        relay.arrive(handle);
    turns = 0;
    const auto seen = look(32, turns);
    CHECK(seen.size() == 200);
    for (const auto& [id, times] : seen)
        CHECK(times == 1);
    CHECK(turns >= 6);
}
