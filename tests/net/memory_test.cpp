// Those who do not read, and the memory they cost.
#include "house.hpp"

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
    explicit StuckGame(House& house) : control(house.arrive())
    {
        using namespace std::string_literals;
        write_all(control, "RATS"s + std::string(12, '\0'));
        const std::string id = house.hear(control, 16).substr(4);
        guest = house.arrive();
        write_all(guest, "RATS" + id + "header");
        const std::string ticket = house.hear(control, 16).substr(4);
        host = house.arrive();
        write_all(host, "RATL" + ticket);
        (void)house.hear(host, 6);
        std::size_t quiet_turns = 0;
        house.run_until([&] {
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

TEST_CASE("who has to go: of the household that holds most, the one that holds most")
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
    House house;
    StuckGame first(house);
    StuckGame second(house);
    house.engine.limit_slow_memory(1U << 30U);
    house.run_until([&] { return house.engine.slow_memory().held > 0; });
    CHECK(house.engine.lobby().use().links == 2);

    house.engine.limit_slow_memory(house.engine.slow_memory().held - 1);
    house.run_until([&] { return house.said(lobby::Goodbye::memory_short) == 1; });
    CHECK(house.engine.lobby().use().links == 1);
    CHECK(house.engine.lobby().use().sessions == 2);

    house.engine.limit_slow_memory(0);
    house.run_until([&] { return house.said(lobby::Goodbye::memory_short) == 2; });
    CHECK(house.engine.lobby().use().links == 0);
    house.run_until([&] { return house.engine.slow_memory().held == 0; });
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
