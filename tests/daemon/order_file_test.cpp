// Reservations and "nothing new" in a file: what is kept comes back.
#include "daemon/order_file.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::daemon;
using namespace std::chrono_literals;

namespace {

// 2026-11-29T23:39:32Z, an hour after the machine's start.
const Clocks at_first{lobby::Instant(1h), std::chrono::system_clock::time_point(1795995572s)};

Orders some_orders()
{
    const auto network = [](const char* text) { return wire::parse_network(text).value(); };
    return {false,
            {{wire::parse_session_id("FRIDAYNIGHTSNES1").value(),
              {network("203.0.113.0/24"), network("2001:db8::/32")},
              at_first.relay + 90s},
             {wire::parse_session_id("SATURDAYNIGHT+/1").value(), {network("192.0.2.1")}, {}}}};
}

} // namespace

TEST_CASE("orders: what is kept comes back")
{
    const std::string text = orders_to_json(some_orders(), at_first);
    const Clocks later{lobby::Instant(5s), at_first.wall + 60s};
    const ReadOrders read = orders_from_json(text, later);
    CHECK(read.problems.empty());
    CHECK_FALSE(read.orders.takes_new);
    REQUIRE(read.orders.reservations.size() == 2);
    CHECK(read.orders.reservations[0].id == some_orders().reservations[0].id);
    CHECK(read.orders.reservations[0].networks == some_orders().reservations[0].networks);
    CHECK(read.orders.reservations[0].until == later.relay + 30s);
    CHECK_FALSE(read.orders.reservations[1].until.has_value());
    CHECK(orders_to_json(read.orders, later) == text);
    CHECK(orders_from_json(text, {later.relay, at_first.wall + 91s}).ended == 1);
    CHECK(orders_from_json(orders_to_json({}, at_first), at_first).orders == Orders{});
}

TEST_CASE("orders: what was read ends by the clock on the wall")
{
    const Clocks slow{lobby::Instant(5s), at_first.wall - 48h};
    const Orders orders = orders_from_json(orders_to_json(some_orders(), at_first), slow).orders;
    const Clocks right{lobby::Instant(5s), at_first.wall};
    const auto by_wall = reservations_by_wall(orders.reservations, right);
    REQUIRE(by_wall.size() == 1); // the other is for good
    CHECK(by_wall[0].until == right.relay + 90s);
    CHECK(reservations_by_wall(some_orders().reservations, right).empty());
}

TEST_CASE("orders: what makes no sense is told, and the rest holds")
{
    for (const char* text : {"", "[", "[]", "5", "\xff"}) {
        INFO(text);
        CHECK(orders_from_json(text, at_first).problems.size() == 1);
        CHECK(orders_from_json(text, at_first).orders == Orders{});
    }
    for (const char* bad :
         {"5", "{}", R"({"session": "x", "networks": ["::1"], "until": null})",
          R"({"session": "AAAAAAAAAAAAAAAA", "networks": ["::1"], "until": null})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": [], "until": null})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": [5], "until": null})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": ["x"], "until": null})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": "::1", "until": null})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": ["::1"]})",
          R"({"session": "FRIDAYNIGHTSNES1", "networks": ["::1"], "until": "soon"})"}) {
        INFO(bad);
        const std::string good =
            R"({"session": "SATURDAYNIGHT+/1", "networks": ["::1"], "until": null})";
        const ReadOrders read = orders_from_json(R"({"takes_new": false, "reservations": [)" +
                                                     std::string(bad) + ", " + good + "]}",
                                                 at_first);
        CHECK(read.problems.size() == 1);
        CHECK(read.orders.reservations.size() == 1);
        CHECK_FALSE(read.orders.takes_new);
    }
    CHECK(orders_from_json(R"({"takes_new": 5})", at_first).problems.size() == 2);
}

TEST_CASE("orders: where they are kept")
{
    CHECK(order_file_path("/a/bans.json") == "/a/bans.orders.json");
    CHECK(order_file_path("/a/b") == "/a/b.orders.json");
    CHECK(order_file_path("").empty());
}
