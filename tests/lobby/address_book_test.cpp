#include "address_book.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

wire::Address address(std::string_view text) { return *wire::parse_address(text); }

bool same_key(std::string_view one, std::string_view other)
{
    return AddressKey::of(address(one)) == AddressKey::of(address(other));
}

int admitted_at_once(AddressBook& book, std::uint32_t per_second, Instant now)
{
    int count = 0;
    while (count < 1000 && book.admit_arrival(address("192.0.2.1"), per_second, now))
        ++count;
    return count;
}

constexpr Instant start{1h};

} // namespace

TEST_CASE("an address key is an IPv4 address or an IPv6 network of 64 bits")
{
    CHECK(same_key("192.0.2.1", "192.0.2.1"));
    CHECK(same_key("192.0.2.1", "::ffff:192.0.2.1"));
    CHECK_FALSE(same_key("192.0.2.1", "192.0.2.2"));
    CHECK(same_key("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"));
    CHECK_FALSE(same_key("2001:db8::1", "2001:db8:0:1::1"));
    CHECK_FALSE(same_key("::1", "0.0.0.1"));
    CHECK(same_key("::1", "::2"));
}

TEST_CASE("a burst of two seconds' worth is let in, then the rate")
{
    AddressBook book;
    CHECK(admitted_at_once(book, 50, start) == 100);
    CHECK(admitted_at_once(book, 50, start) == 0);
    CHECK(admitted_at_once(book, 50, start + 100ms) == 5);
    CHECK(admitted_at_once(book, 50, start + 1100ms) == 50);
    CHECK(admitted_at_once(book, 50, start + 1h) == 100);
}

TEST_CASE("a rate of zero lets nobody in")
{
    AddressBook book;
    CHECK(admitted_at_once(book, 0, start) == 0);
}

TEST_CASE("a new rate holds at once")
{
    AddressBook book;
    REQUIRE(admitted_at_once(book, 50, start) == 100);
    CHECK(admitted_at_once(book, 100, start) == 100);
    CHECK(admitted_at_once(book, 1, start) == 0);
}

TEST_CASE("a record is forgotten some time after its last connection")
{
    AddressBook book;
    const auto here = address("192.0.2.1");
    book.at(here).connections = 1;
    book.cool(here, start);
    CHECK_FALSE(book.next_deadline().has_value()); // it is in use
    book.at(here).connections = 0;
    book.cool(here, start);
    book.cool(here, start);
    REQUIRE(book.next_deadline().has_value());
    book.forget_cold(*book.next_deadline() - 1ns);
    CHECK(book.size() == 1);
    book.forget_cold(*book.next_deadline());
    CHECK(book.size() == 0);
    CHECK_FALSE(book.next_deadline().has_value());
}

TEST_CASE("an address of which nothing is known need not cool")
{
    AddressBook book;
    book.cool(address("192.0.2.1"), start);
    CHECK_FALSE(book.next_deadline().has_value());
    CHECK(book.size() == 0);
}

TEST_CASE("a record in use is not forgotten, and cools anew afterwards")
{
    AddressBook book;
    const auto here = address("192.0.2.1");
    (void)book.at(here);
    book.cool(here, start);
    book.at(here).connections = 1;
    book.forget_cold(start + 1h);
    CHECK(book.size() == 1);
    book.at(here).connections = 0;
    book.cool(here, start + 1h);
    book.forget_cold(start + 2h);
    CHECK(book.size() == 0);
}

TEST_CASE("hanging up does not reset the rate of an address")
{
    AddressBook book;
    const auto here = address("192.0.2.1");
    REQUIRE(book.admit_arrival(here, 50, start));
    book.cool(here, start);
    // A second visit, just before the first one is forgotten, uses the whole burst.
    const Instant later = *book.next_deadline() - 1ms;
    REQUIRE(admitted_at_once(book, 50, later) == 100);
    book.cool(here, later);
    book.forget_cold(later + 1ms);
    CHECK(admitted_at_once(book, 50, later + 1ms) == 0);
}
