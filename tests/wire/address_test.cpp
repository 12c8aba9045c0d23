#include "wire/address.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

Address address(std::string_view text)
{
    const auto parsed = parse_address(text);
    INFO(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

Network network(std::string_view text)
{
    const auto parsed = parse_network(text);
    INFO(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

ByteVector bytes_of(std::string_view text)
{
    const Address parsed = address(text);
    return {parsed.bytes.begin(), parsed.bytes.end()};
}

// Checks containment bit by bit, without the arithmetic of the code under test.
bool holds_by_bits(const Network& network, const Address& candidate)
{
    for (int bit = 0; bit < network.prefix_bits; ++bit) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const int mask = 0x80 >> (bit % 8);
        if ((network.base.bytes[byte] & mask) != (candidate.bytes[byte] & mask)) return false;
    }
    return true;
}

} // namespace

TEST_CASE("an IPv4 address is carried in its mapped form")
{
    CHECK(bytes_of("203.0.113.7") == from_hex("00000000 00000000 0000ffff cb007107"));
    CHECK(bytes_of("0.0.0.0") == from_hex("00000000 00000000 0000ffff 00000000"));
    CHECK(bytes_of("255.255.255.255") == from_hex("00000000 00000000 0000ffff ffffffff"));
    CHECK((address("::ffff:203.0.113.7") == address("203.0.113.7")));
    CHECK((address("::ffff:cb00:7107") == address("203.0.113.7")));
    CHECK(address("203.0.113.7").is_ipv4());
    CHECK(address("::ffff:1.2.3.4").is_ipv4());
}

TEST_CASE("an IPv6 address is carried as it is")
{
    CHECK(bytes_of("2001:db8::1") == from_hex("20010db8 00000000 00000000 00000001"));
    CHECK(bytes_of("::") == ByteVector(16, 0));
    CHECK((address("2001:DB8:0:0:0:0:0:1") == address("2001:db8::1")));
    CHECK_FALSE(address("::").is_ipv4());
    CHECK_FALSE(address("::1").is_ipv4());
    CHECK_FALSE(address("::1.2.3.4").is_ipv4());
    CHECK_FALSE(address("::fffe:1.2.3.4").is_ipv4());
    CHECK_FALSE(address("1::ffff:1.2.3.4").is_ipv4());
}

TEST_CASE("addresses as text")
{
    for (const std::string_view text : {"203.0.113.7", "0.0.0.0", "127.0.0.1", "2001:db8::1",
                                        "::", "::1", "fe80::1:2:3:4", "2001:db8:1:2:3:4:5:6"})
        CHECK(to_text(address(text)) == text);
    CHECK(to_text(address("::ffff:203.0.113.7")) == "203.0.113.7");
    CHECK(to_text(address("2001:0DB8:0000:0000::0001")) == "2001:db8::1");
}

TEST_CASE("texts that are no address")
{
    const std::string with_nul("1.2.3.4\0", 8);
    for (const std::string_view text : {"",
                                        " ",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "1.2.3.256",
                                        "1.2.3.-4",
                                        " 1.2.3.4",
                                        "1.2.3.4 ",
                                        "1.2.3.4\n",
                                        "01.2.3.4.",
                                        "1,2,3,4",
                                        "0x7f.0.0.1",
                                        "2130706433",
                                        "localhost",
                                        "relay.example",
                                        ":",
                                        ":::",
                                        "1:2:3:4:5:6:7",
                                        "1:2:3:4:5:6:7:8:9",
                                        "1::2::3",
                                        "2001:db8::g",
                                        "[::1]",
                                        "fe80::1%eth0",
                                        "::ffff:1.2.3",
                                        "12345::",
                                        "1.2.3.4:80",
                                        "::1/64"}) {
        INFO('"' << text << '"');
        CHECK_FALSE(parse_address(text).has_value());
    }
    CHECK_FALSE(parse_address(with_nul).has_value());
    CHECK_FALSE(parse_address(std::string(10000, '1')).has_value());
}

TEST_CASE("endpoints")
{
    const auto parsed = parse_endpoint("203.0.113.7:55435");
    REQUIRE(parsed.has_value());
    CHECK((parsed->address == address("203.0.113.7")));
    CHECK(parsed->port == 55435);
    for (const std::string_view text : {"203.0.113.7:55435", "0.0.0.0:0", "127.0.0.1:65535",
                                        "[::]:55435", "[2001:db8::1]:1", "[::1]:80"}) {
        const auto endpoint = parse_endpoint(text);
        INFO(text);
        REQUIRE(endpoint.has_value());
        CHECK(to_text(*endpoint) == text);
    }
    const auto mapped = parse_endpoint("[::ffff:1.2.3.4]:7");
    REQUIRE(mapped.has_value());
    CHECK(to_text(*mapped) == "1.2.3.4:7");
}

TEST_CASE("texts that are no endpoint")
{
    for (const std::string_view text : {"",
                                        ":",
                                        "1.2.3.4",
                                        "1.2.3.4:",
                                        ":55435",
                                        "1.2.3.4:65536",
                                        "1.2.3.4:-1",
                                        "1.2.3.4:+1",
                                        "1.2.3.4: 1",
                                        "1.2.3.4:1 ",
                                        "1.2.3.4:http",
                                        "1.2.3.4:0x10",
                                        "1.2.3.4:1.5",
                                        "1.2.3.4:99999999999999999999",
                                        "::1",
                                        "::1:80",
                                        "2001:db8::1:55435",
                                        "[::1]",
                                        "[::1]:",
                                        "[::1]80",
                                        "[::1:80",
                                        "::1]:80",
                                        "[]:80",
                                        "[[::1]]:80",
                                        "[::1] :80",
                                        "relay.example:55435",
                                        "*:55435",
                                        "1.2.3.4:5:6",
                                        "1.2.3.4/24:80"}) {
        INFO('"' << text << '"');
        CHECK_FALSE(parse_endpoint(text).has_value());
    }
}

TEST_CASE("networks as text")
{
    CHECK((network("203.0.113.0/24") == Network{address("203.0.113.0"), 120}));
    CHECK((network("203.0.113.7") == Network{address("203.0.113.7"), 128}));
    CHECK((network("203.0.113.7/32") == Network{address("203.0.113.7"), 128}));
    CHECK((network("0.0.0.0/0") == Network{address("0.0.0.0"), 96}));
    CHECK((network("2001:db8::/32") == Network{address("2001:db8::"), 32}));
    CHECK((network("2001:db8::1") == Network{address("2001:db8::1"), 128}));
    CHECK((network("::/0") == Network{address("::"), 0}));
    CHECK((network("::ffff:203.0.113.0/120") == network("203.0.113.0/24")));
    CHECK((network("::ffff:0.0.0.0/96") == network("0.0.0.0/0")));
}

TEST_CASE("texts that are no network")
{
    for (const std::string_view text : {"",
                                        "/",
                                        "/24",
                                        "203.0.113.0/",
                                        "203.0.113.0/33",
                                        "203.0.113.0/-1",
                                        "203.0.113.0/+8",
                                        "203.0.113.0/ 8",
                                        "203.0.113.0/8 ",
                                        "203.0.113.0/24/24",
                                        "203.0.113.0/255.255.255.0",
                                        "203.0.113/24",
                                        "2001:db8::/129",
                                        "2001:db8::/x",
                                        "[2001:db8::]/32",
                                        "all",
                                        "*",
                                        "203.0.113.0:24",
                                        "203.0.113.0-203.0.113.9",
                                        "203.0.113.0/99999999999"}) {
        INFO('"' << text << '"');
        CHECK_FALSE(parse_network(text).has_value());
    }
}

TEST_CASE("the networks around an address")
{
    const auto texts = [](std::string_view address) {
        std::vector<std::string> all;
        for (const WiderNetwork& wider : wider_networks(parse_address(address).value()))
            all.push_back(to_text(wider.network.base) + "/" +
                          std::to_string(wider.network.prefix_bits) + " x " +
                          std::to_string(wider.factor));
        return all;
    };
    CHECK(texts("203.0.113.77") == std::vector<std::string>{"203.0.113.0/120 x 4"});
    CHECK(texts("2001:db8:1:2345::9") ==
          std::vector<std::string>{"2001:db8:1:2300::/56 x 2", "2001:db8:1::/48 x 4"});
}

TEST_CASE("what one client has")
{
    const auto network = [](std::string_view address, int bits) {
        return to_text(client_network(parse_address(address).value(), bits));
    };
    CHECK(network("203.0.113.77", 48) == "203.0.113.77");
    CHECK(network("2001:db8:1:2345:6::9", 64) == "2001:db8:1:2345::");
    CHECK(network("2001:db8:1:2345:6::9", 56) == "2001:db8:1:2300::");
    CHECK(network("2001:db8:1:2345:6::9", 48) == "2001:db8:1::");
}

TEST_CASE("addresses of a LAN have no wider network")
{
    for (const char* text :
         {"10.255.0.1", "172.16.0.1", "172.31.255.255", "192.168.7.7", "fd00::1"}) {
        INFO(text);
        CHECK(is_private(parse_address(text).value()));
        CHECK(wider_networks(parse_address(text).value()).empty());
    }
    for (const char* text : {"11.0.0.1", "172.32.0.1", "192.169.0.1", "127.0.0.1", "2001:db8::1"}) {
        INFO(text);
        CHECK_FALSE(is_private(parse_address(text).value()));
    }
}

TEST_CASE("a quarter is for newcomers where there are many places")
{
    CHECK(places_for_newcomers(512, 16) == 128);
    CHECK(places_for_newcomers(32, 8) == 8);
    CHECK(places_for_newcomers(31, 1) == 0);
    CHECK(places_for_newcomers(32, 9) == 0);
}

TEST_CASE("bits behind the prefix of a network must be zero")
{
    for (const std::string_view text :
         {"203.0.113.1/24", "203.0.113.7/31", "128.0.0.0/0", "0.0.0.1/0", "10.1.0.0/15",
          "2001:db8::1/32", "2001:db8::/28", "::1/0", "::ffff:203.0.113.7/120",
          "::ffff:0.0.0.0/95"}) {
        INFO(text);
        CHECK_FALSE(parse_network(text).has_value());
    }
    CHECK(parse_network("203.0.113.6/31").has_value());
    CHECK(parse_network("10.2.0.0/15").has_value());
    CHECK(parse_network("2001:db8:8000::/33").has_value());
    CHECK_FALSE(parse_network("2001:db8:8000::/32").has_value());
}

TEST_CASE("what a network contains")
{
    CHECK(network("203.0.113.0/24").contains(address("203.0.113.255")));
    CHECK_FALSE(network("203.0.113.0/24").contains(address("203.0.114.0")));
    CHECK(network("10.2.0.0/15").contains(address("10.3.255.255")));
    CHECK_FALSE(network("10.2.0.0/15").contains(address("10.4.0.0")));
    CHECK_FALSE(network("10.2.0.0/15").contains(address("10.1.255.255")));
    CHECK(network("203.0.113.6/31").contains(address("203.0.113.7")));
    CHECK_FALSE(network("203.0.113.6/31").contains(address("203.0.113.8")));
    CHECK(network("128.0.0.0/1").contains(address("255.0.0.1")));
    CHECK_FALSE(network("128.0.0.0/1").contains(address("127.255.255.255")));
    CHECK(network("2001:db8::/29").contains(address("2001:dbf::1")));
    CHECK_FALSE(network("2001:db8::/29").contains(address("2001:dc0::1")));
    CHECK(network("2001:db8::1").contains(address("2001:db8::1")));
    CHECK_FALSE(network("2001:db8::1").contains(address("2001:db8::2")));
}

TEST_CASE("IPv4 and IPv6 networks do not overlap, save in the mapped form")
{
    CHECK(network("0.0.0.0/0").contains(address("203.0.113.7")));
    CHECK(network("0.0.0.0/0").contains(address("::ffff:203.0.113.7")));
    CHECK_FALSE(network("0.0.0.0/0").contains(address("2001:db8::1")));
    CHECK_FALSE(network("0.0.0.0/0").contains(address("::1")));
    CHECK_FALSE(network("2000::/3").contains(address("32.1.13.184")));
    CHECK(network("::/0").contains(address("2001:db8::1")));
    for (const char* wide : {"::/0", "::/16", "::/80", "::/95", "::fffe:0:0/95", "::/96"}) {
        INFO(wide);
        CHECK_FALSE(network(wide).contains(address("203.0.113.7")));
        CHECK_FALSE(network(wide).is_ipv4());
    }
    CHECK(network("::ffff:0:0/96").contains(address("203.0.113.7")));
    CHECK(network("::ffff:0:0/96").is_ipv4());
    CHECK(network("::fffe:0:0/95").contains(address("::fffe:1:2")));
    CHECK(network("::ffff:203.0.113.0/125").contains(address("203.0.113.7")));
    CHECK_FALSE(network("::ffff:203.0.113.0/125").contains(address("203.0.113.8")));
}

TEST_CASE("containment at every prefix length, against every address that differs in one bit")
{
    for (const std::string_view text : {"2001:db8:5a5a:a5a5:ffff::a581", "203.0.113.7"}) {
        const Address origin = address(text);
        for (int prefix = 0; prefix <= 128; ++prefix) {
            Network block{origin, prefix};
            for (int bit = prefix; bit < 128; ++bit) {
                std::uint8_t& byte = block.base.bytes[static_cast<std::size_t>(bit / 8)];
                byte = static_cast<std::uint8_t>(byte & ~(0x80 >> (bit % 8)));
            }
            CHECK(block.contains(origin) == (prefix >= 96 || !origin.is_ipv4()));
            for (int bit = 0; bit < 128; ++bit) {
                Address other = origin;
                std::uint8_t& byte = other.bytes[static_cast<std::size_t>(bit / 8)];
                byte = static_cast<std::uint8_t>(byte ^ (0x80 >> (bit % 8)));
                const bool expected = bit >= prefix;
                REQUIRE(holds_by_bits(block, other) == expected);
                const bool may_be = prefix >= 96 || !other.is_ipv4();
                if (block.contains(other) == (expected && may_be)) continue;
                INFO(text << "/" << prefix << " and bit " << bit);
                CHECK(block.contains(other) == (expected && may_be));
            }
        }
    }
}

} // namespace netplay_relay::wire
