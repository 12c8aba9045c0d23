// Those who do not read, and the memory they cost.
#include "fixture.hpp"

#include "net/memory_reserve.hpp"
#include "worker/memory_pressure.hpp"

#include <new>

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

using Ids = std::vector<lobby::ConnectionId>;

worker::Holder holder(std::uint64_t id, const std::string& address, std::size_t bytes)
{
    return {lobby::ConnectionId{id}, *wire::parse_address(address), bytes};
}

struct StuckGame
{
    net::UniqueFd control;
    net::UniqueFd guest;
    net::UniqueFd host;

    // What the guest says fills every buffer on the way: its host's end reads nothing.
    explicit StuckGame(Fixture& fixture) : control(fixture.arrive())
    {
        using namespace std::string_literals;
        write_all(control, "RATS"s + std::string(12, '\0'));
        const std::string id = fixture.hear(control, 16).substr(4);
        guest = fixture.arrive();
        write_all(guest, "RATS" + id + "header");
        const std::string ticket = fixture.hear(control, 16).substr(4);
        host = fixture.arrive();
        write_all(host, "RATL" + ticket);
        (void)fixture.hear(host, 6);
        std::size_t quiet_turns = 0;
        fixture.run_until([&] {
            quiet_turns = fill(guest).empty() ? quiet_turns + 1 : 0;
            return quiet_turns > 10;
        });
    }
};

} // namespace

TEST_CASE("who has to go: nobody while it fits")
{
    CHECK(worker::who_has_to_go({}, 0).empty());
    CHECK(
        worker::who_has_to_go({holder(1, "10.0.0.1", 60), holder(2, "10.0.0.2", 40)}, 100).empty());
}

TEST_CASE("who has to go: of the client prefix that holds most, the one that holds most")
{
    const std::vector<worker::Holder> holders{
        holder(1, "10.0.0.1", 90), // alone, with more than any other one
        holder(2, "10.0.0.2", 50),
        holder(3, "10.0.0.2", 70),
        holder(4, "10.0.0.2", 60),
    };
    const auto gone = [&](std::size_t most) { return worker::who_has_to_go(holders, most); };
    CHECK(gone(270).empty());
    CHECK(gone(269) == Ids{lobby::ConnectionId{3}});
    CHECK(gone(150) == Ids{lobby::ConnectionId{3}, lobby::ConnectionId{4}});
    CHECK(gone(130) == Ids{lobby::ConnectionId{3}, lobby::ConnectionId{4}, lobby::ConnectionId{1}});
    CHECK(gone(0).size() == 4);
}

TEST_CASE("links that nobody reads go when their memory is used up, and others play on")
{
    Fixture fixture;
    StuckGame first(fixture);
    StuckGame second(fixture);
    fixture.engine.limit_slow_memory(1U << 30U);
    fixture.run_until([&] { return fixture.engine.figures().slow_memory.held > 0; });
    CHECK(fixture.engine.lobby().use().links == 2);

    fixture.engine.limit_slow_memory(fixture.engine.figures().slow_memory.held - 1);
    fixture.run_until([&] { return fixture.said(wire::CloseReason::memory_short) == 1; });
    CHECK(fixture.engine.lobby().use().links == 1);
    CHECK(fixture.engine.lobby().use().sessions == 2);

    fixture.engine.limit_slow_memory(0);
    fixture.run_until([&] { return fixture.said(wire::CloseReason::memory_short) == 2; });
    CHECK(fixture.engine.lobby().use().links == 0);
    fixture.run_until([&] { return fixture.engine.figures().slow_memory.held == 0; });
}

TEST_CASE("the reserve is used up once, and taken again")
{
    const std::new_handler before = std::get_new_handler();
    net::keep_memory_reserve();
    CHECK_FALSE(net::is_memory_reserve_used());
    const std::new_handler refused = std::get_new_handler();
    REQUIRE(refused != nullptr);
    refused();
    CHECK(net::is_memory_reserve_used());
    CHECK_THROWS_AS(refused(), std::bad_alloc);
    CHECK(net::restore_memory_reserve());
    CHECK_FALSE(net::is_memory_reserve_used());
    std::set_new_handler(before);
}
