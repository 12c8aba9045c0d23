#include "wire/proxy_header.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

const std::string_view signature = "0d0a0d0a 000d0a51 5549540a ";
// From 203.0.113.7:50000 and from [2001:db8::7]:50000, to port 55435 of somebody.
const std::string_view by_ipv4 = "cb007107 c0000201 c350 d88b";
const std::string_view by_ipv6 = "20010db8 00000000 00000000 00000007"
                                 "20010db8 00000000 00000000 00000001 c350 d88b";

ByteVector binary(std::string_view rest) { return joined(from_hex(signature), from_hex(rest)); }

ByteVector line(std::string_view rest) { return from_text("PROXY " + std::string(rest) + "\r\n"); }

Taken<ProxyHeader> taken(std::optional<std::string_view> peer, std::size_t used)
{
    ProxyHeader header;
    if (peer) header.client = parse_endpoint(*peer);
    return {header, used};
}

void check(const ByteVector& bytes, std::optional<std::string_view> peer)
{
    check_example(decode_proxy_header, bytes, bytes.size(), taken(peer, bytes.size()));
}

void check_bad(const ByteVector& bytes, std::size_t decided_after)
{
    check_example(decode_proxy_header, bytes, decided_after, Refusal::bad_proxy_header);
}

} // namespace

TEST_CASE("a line of the PROXY protocol tells a client")
{
    check(line("TCP4 203.0.113.7 192.0.2.1 50000 55435"), "203.0.113.7:50000");
    check(line("TCP6 2001:db8::7 2001:db8::1 50000 55435"), "[2001:db8::7]:50000");
    check(line("TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 0 65535"), "203.0.113.7:0");
}

TEST_CASE("a line of the PROXY protocol tells nothing, as health checks do")
{
    check(line("UNKNOWN"), std::nullopt);
    check(line("UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535"), std::nullopt);
    const std::string longest(proxy_line_size_max - std::string_view("PROXY UNKNOWN \r\n").size(),
                              'x');
    check(line("UNKNOWN " + longest), std::nullopt);
}

TEST_CASE("a line of the PROXY protocol makes no sense")
{
    for (const std::string rest :
         {"", "TCP4", "TCP5 203.0.113.7 192.0.2.1 50000 55435", "UNKNOWNS",
          "TCP4 203.0.113.7 192.0.2.1 50000", "TCP4 203.0.113.7 192.0.2.1 50000 55435 ",
          "TCP4 203.0.113.7 192.0.2.1 50000 55435 7", "TCP4  203.0.113.7 192.0.2.1 50000 55435",
          "TCP4 203.0.113.7 192.0.2.1 65536 55435", "TCP4 203.0.113.7 192.0.2.1 -1 55435",
          "TCP4 203.0.113.7 192.0.2.1 050000 55435", "TCP4 203.0.113.7 192.0.2.1 50000 x",
          "TCP4 2001:db8::7 2001:db8::1 50000 55435", "TCP6 203.0.113.7 192.0.2.1 50000 55435",
          "TCP4 203.0.113 192.0.2.1 50000 55435", "TCP4 203.0.113.7 nobody 50000 55435",
          "tcp4 203.0.113.7 192.0.2.1 50000 55435", "TCP4 203.0.113.7 192.0.2.1 50000 55435\n"}) {
        INFO(rest);
        const ByteVector bytes = line(rest);
        check_bad(bytes, bytes.size());
    }
    check_bad(from_text("PROXY " + std::string(proxy_line_size_max, 'x')), proxy_line_size_max);
}

TEST_CASE("a binary header tells a client")
{
    check(binary("2111000c" + std::string(by_ipv4)), "203.0.113.7:50000");
    check(binary("21210024" + std::string(by_ipv6)), "[2001:db8::7]:50000");
    // As HAProxy has it of an IPv4 client at a socket for both.
    check(binary("21210024 00000000 00000000 0000ffff cb007107"
                 "00000000 00000000 0000ffff c0000201 c350 d88b"),
          "203.0.113.7:50000");
}

TEST_CASE("what is behind the addresses of a binary header is skipped")
{
    check(binary("21110014" + std::string(by_ipv4) + "040005 0000000000"), "203.0.113.7:50000");
    const std::size_t most = proxy_header_size_max - 16;
    ByteVector longest = joined(binary("21110208" + std::string(by_ipv4)), ByteVector(most - 12));
    REQUIRE(longest.size() == proxy_header_size_max);
    check(longest, "203.0.113.7:50000");
    longest[15] = 0x09;
    check_bad(longest, 16);
    longest[14] = 0xff;
    check_bad(longest, 16);
}

TEST_CASE("a binary header tells nothing, as health checks do")
{
    check(binary("20000000"), std::nullopt);
    check(binary("2011000c" + std::string(by_ipv4)), std::nullopt); // whatever is in it
    check(binary("21000000"), std::nullopt);
    check(binary("21000003 040000"), std::nullopt);
    for (const std::string family : {"31", "32"})
        check(joined(binary("21" + family + "00d8"), ByteVector(216)), std::nullopt);
}

TEST_CASE("a binary header makes no sense")
{
    const std::string addresses = "000c" + std::string(by_ipv4);
    for (const std::string start : {"1111", "3111", "2211", "2f11", "2112", "2113", "2122", "21ff"})
        check_bad(binary(start + addresses), 28);
    check_bad(binary("2111000b cb007107 c0000201 c350 d8"), 27);
    check_bad(binary("2121000c" + std::string(by_ipv4)), 28);
    check_bad(binary("21110000"), 16);
}

TEST_CASE("what begins as no PROXY header is none")
{
    for (const std::string start : {"RATS", "GET ", "proxy ", "\n"})
        check_example(decode_proxy_header, from_text(start), 1, Refusal::no_proxy_header);
    check_example(decode_proxy_header, from_text("PROXYing"), 6, Refusal::no_proxy_header);
    check_example(decode_proxy_header, from_text("POKE"), 2, Refusal::no_proxy_header);
    check_example(decode_proxy_header, from_text("\r\n\r\nGET / HTTP/1.1"), 5,
                  Refusal::no_proxy_header);
}

} // namespace netplay_relay::wire
