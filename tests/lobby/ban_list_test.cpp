// Bans: who is covered, for how long, and how many there may be.
#include "ban_list.hpp"
#include "record/archive.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

constexpr Instant start{1h};

wire::Address address(const char* text) { return wire::parse_address(text).value(); }

Ban ban_of(const char* network, std::optional<Instant> until = {})
{
    return {wire::parse_network(network).value(), until, "", "", start};
}

Ban ban_number(std::size_t number)
{
    Ban ban;
    ban.network = {address("10.0.0.0"), 128};
    ban.network.base.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    ban.network.base.bytes[15] = static_cast<std::uint8_t>(number);
    ban.network.base.bytes[13] = static_cast<std::uint8_t>(number >> 16);
    return ban;
}

} // namespace

TEST_CASE("nobody is banned at first")
{
    const BanList bans;
    CHECK_FALSE(bans.covers(address("192.0.2.1")));
    CHECK(bans.next_deadline() == no_deadline);
}

TEST_CASE("a network is banned with all that is in it, and nothing beside it")
{
    BanList bans;
    REQUIRE(bans.set(ban_of("192.0.2.64/26")));
    REQUIRE(bans.set(ban_of("2001:db8:0:7::/64")));
    REQUIRE(bans.set(ban_of("203.0.113.7")));
    bans.check_consistency();
    CHECK(bans.covers(address("192.0.2.64")));
    CHECK(bans.covers(address("192.0.2.127")));
    CHECK_FALSE(bans.covers(address("192.0.2.63")));
    CHECK_FALSE(bans.covers(address("192.0.2.128")));
    CHECK(bans.covers(address("2001:db8:0:7:ffff::1")));
    CHECK_FALSE(bans.covers(address("2001:db8:0:8::1")));
    CHECK(bans.covers(address("203.0.113.7")));
    CHECK_FALSE(bans.covers(address("203.0.113.8")));
    CHECK(bans.lift(wire::parse_network("192.0.2.64/26").value()));
    CHECK_FALSE(bans.lift(wire::parse_network("192.0.2.64/27").value()));
    bans.check_consistency();
    CHECK_FALSE(bans.covers(address("192.0.2.64")));
    CHECK(bans.covers(address("203.0.113.7")));
}

TEST_CASE("every length of a prefix is found")
{
    for (int bits = 0; bits <= 128; ++bits) {
        BanList bans;
        const wire::Address one = address("2001:db8:5555:aaaa:5555:aaaa:5555:aaaa");
        REQUIRE(bans.set({wire::network_of(one, bits), {}, {}, {}, {}}));
        INFO(bits);
        CHECK(bans.covers(one));
        if (bits == 0) continue;
        wire::Address other = one;
        const auto last = static_cast<std::size_t>(bits - 1);
        other.bytes[last / 8] ^= static_cast<std::uint8_t>(0x80U >> (last % 8));
        CHECK_FALSE(bans.covers(other));
    }
}

TEST_CASE("bits behind the prefix count for nothing")
{
    BanList bans;
    REQUIRE(bans.set({{address("192.0.2.99"), 120}, {}, {}, {}, {}}));
    CHECK(bans.covers(address("192.0.2.1")));
    CHECK(bans.all().front().network == wire::parse_network("192.0.2.0/24"));
    CHECK(bans.lift({address("192.0.2.7"), 120}));
}

TEST_CASE("a ban ends in its time, and the next one of that network is what holds")
{
    BanList bans;
    REQUIRE(bans.set(ban_of("192.0.2.1", start + 10s)));
    REQUIRE(bans.set(ban_of("192.0.2.2", start + 20s)));
    CHECK(bans.next_deadline() == start + 10s);
    bans.forget_past(start + 10s);
    bans.check_consistency();
    CHECK_FALSE(bans.covers(address("192.0.2.1")));
    CHECK(bans.covers(address("192.0.2.2")));
    REQUIRE(bans.set(ban_of("192.0.2.2")));
    CHECK(bans.next_deadline() == no_deadline);
    REQUIRE(bans.set(ban_of("192.0.2.2", start + 11s)));
    bans.forget_past(start + 11s);
    CHECK(bans.size() == 0);
}

TEST_CASE("of two bans of one network that one is adopted that ends later")
{
    BanList bans;
    REQUIRE(bans.set(ban_of("192.0.2.1", start + 10s)));
    bans.adopt(ban_of("192.0.2.1", start + 5s));
    CHECK(bans.next_deadline() == start + 10s);
    bans.adopt(ban_of("192.0.2.1"));
    CHECK(bans.next_deadline() == no_deadline);
    bans.adopt(ban_of("192.0.2.1", start + 50s));
    CHECK(bans.next_deadline() == no_deadline);
}

TEST_CASE("there are so many bans and no more")
{
    BanList bans;
    for (std::size_t number = 0; number < bans_max; ++number)
        REQUIRE(bans.set(ban_number(number)));
    CHECK_FALSE(bans.set(ban_number(bans_max)));
    CHECK(bans.set(ban_number(7))); // it is there
    CHECK(bans.size() == bans_max);
    REQUIRE(bans.lift(ban_number(7).network));
    CHECK(bans.set(ban_number(bans_max)));
    bans.check_consistency();
}

TEST_CASE("a ban goes through a record, and one that cannot be is none")
{
    Ban ban = ban_of("192.0.2.0/24", start + 10s);
    ban.reason = "spoils games";
    ban.by = "uid 1000";
    record::Writer writer;
    writer(ban);
    record::Reader reader(writer.bytes(), 5s);
    Ban read;
    reader(read);
    REQUIRE(reader.is_complete());
    CHECK(read.network == ban.network);
    CHECK(read.until == start + 15s);
    CHECK(read.since == start + 5s);
    CHECK(read.reason == ban.reason);
    CHECK(read.by == ban.by);

    Ban wide = ban;
    wide.network.prefix_bits = 129;
    Ban wordy = ban;
    wordy.reason.assign(order_text_max + 1, 'x');
    for (const Ban& wrong : {wide, wordy}) {
        record::Writer other;
        other(wrong);
        record::Reader refuses(other.bytes());
        refuses(read);
        CHECK_FALSE(refuses.is_complete());
    }
}
