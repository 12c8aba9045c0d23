#include "wire/address_counts.hpp"

#include "support/catch.hpp"

using namespace netplay_relay::wire;

namespace {

Address address_of(const char* text) { return *parse_address(text); }

} // namespace

TEST_CASE("an address and the networks around it have what is open, and nothing else")
{
    AddressCounts counts;
    const Address one = address_of("203.0.113.5");
    const Address neighbour = address_of("203.0.113.6");
    const Network wider = wider_networks(one).back().network;
    counts.add(Counted::room, one);
    counts.add(Counted::room, one);
    counts.add(Counted::room, neighbour);
    counts.add(Counted::party, one);
    CHECK(counts.of(Counted::room, one) == 2);
    CHECK(counts.of(Counted::room, neighbour) == 1);
    CHECK(counts.around(Counted::room, wider) == 3);
    CHECK(counts.of(Counted::party, one) == 1);
    CHECK(counts.of(Counted::legacy_port, one) == 0);
    counts.remove(Counted::room, one);
    counts.remove(Counted::room, one);
    CHECK(counts.of(Counted::room, one) == 0);
    CHECK(counts.around(Counted::room, wider) == 1);
    counts.remove(Counted::room, one); // nothing is there any more
    CHECK(counts.of(Counted::room, one) == 0);
}

TEST_CASE("what IPv6 gives to one customer is one address")
{
    AddressCounts counts;
    counts.add(Counted::waiting_join, address_of("2001:db8:1:2::1"));
    CHECK(counts.of(Counted::waiting_join, address_of("2001:db8:1:2::99")) == 1);
    CHECK(counts.of(Counted::waiting_join, address_of("2001:db8:1:3::1")) == 0);
}

TEST_CASE("an opening counts as long as it lives, wherever it is moved")
{
    AddressCounts counts;
    const Address one = address_of("203.0.113.5");
    {
        CountedOpening first(&counts, Counted::room, one);
        CountedOpening second = std::move(first);
        CHECK(counts.of(Counted::room, one) == 1);
        CountedOpening third;
        third = std::move(second);
        CHECK(counts.of(Counted::room, one) == 1);
        const CountedOpening none(nullptr, Counted::room, one);
    }
    CHECK(counts.of(Counted::room, one) == 0);
}
