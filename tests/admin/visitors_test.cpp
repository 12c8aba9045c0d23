// What one stranger may have, and what is remembered of all of them.
#include "admin/visitors.hpp"
#include "support/catch.hpp"

namespace netplay_relay::admin {

namespace {

wire::Address at(const char* text) { return *wire::parse_address(text); }

// One of many.
wire::Address nth(unsigned number)
{
    return at(("2001:db8:" + std::to_string(number % 9999) + "::1").c_str());
}

const Instant start{std::chrono::hours(1)};

} // namespace

TEST_CASE("an address has so many connections, its network counts as one")
{
    Visitors visitors({2, 1, 10, 20});
    visitors.came(at("2001:db8::1"));
    CHECK_FALSE(visitors.has_all(at("2001:db8::1")));
    visitors.came(at("2001:db8::2"));
    CHECK(visitors.has_all(at("2001:db8::3")));
    CHECK_FALSE(visitors.has_all(at("2001:db8:1::1")));
    CHECK_FALSE(visitors.has_all(at("192.0.2.1")));
    visitors.went(at("2001:db8::1"));
    CHECK_FALSE(visitors.has_all(at("2001:db8::3")));
}

TEST_CASE("an address has so many streams")
{
    Visitors visitors({2, 1, 10, 20});
    CHECK(visitors.begin_stream(at("192.0.2.1")));
    CHECK_FALSE(visitors.begin_stream(at("192.0.2.1")));
    CHECK(visitors.begin_stream(at("192.0.2.2")));
    visitors.end_stream(at("192.0.2.1"));
    CHECK(visitors.begin_stream(at("192.0.2.1")));
}

TEST_CASE("an address comes again as fast as it may")
{
    Visitors visitors({2, 1, 10, 20});
    unsigned let_in = 0;
    for (int knock = 0; knock < 100; ++knock)
        let_in += visitors.knock(at("192.0.2.1"), start) ? 1U : 0U;
    CHECK(let_in == 20);
    CHECK(visitors.knock(at("192.0.2.2"), start));
    CHECK(visitors.knock(at("192.0.2.1"), start + std::chrono::seconds(1)));
}

TEST_CASE("whoever comes, what is remembered stays small, and those who are here stay known")
{
    Visitors visitors({1, 1, 10, 20});
    visitors.came(at("192.0.2.1"));
    for (unsigned number = 0; number < 3 * Visitors::known_max; ++number)
        (void)visitors.knock(nth(number), start + std::chrono::milliseconds(number));
    CHECK(visitors.size() <= Visitors::known_max);
    CHECK(visitors.has_all(at("192.0.2.1")));
}

} // namespace netplay_relay::admin
