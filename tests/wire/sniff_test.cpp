#include "netplay_relay/wire/sniff.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

// Undecided before the fourth byte, and then the same whatever follows.
void check_caller(const ByteVector& bytes, Caller expected)
{
    REQUIRE(bytes.size() >= 4);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        INFO("the first " << size << " bytes");
        const Caller caller = sniff(std::span(bytes).first(size));
        CHECK((caller == (size < 4 ? Caller::undecided : expected)));
    }
    CHECK((sniff(joined(bytes, ByteVector(100, 0xaa))) == expected));
}

void check_caller(std::string_view text, Caller expected)
{
    INFO(text);
    check_caller(from_text(text), expected);
}

} // namespace

TEST_CASE("our own callers")
{
    check_caller("RATS", Caller::tunnel_session);
    check_caller("RATL", Caller::tunnel_ticket);
    check_caller("RANP", Caller::netplay_client);
    check_caller("POKE", Caller::probe);
    check_caller(from_hex("00004649 00000000"), Caller::legacy_port);
}

TEST_CASE("web browsers and scanners")
{
    for (const std::string_view request :
         {"GET / HTTP/1.1", "HEAD / HTTP/1.0", "POST /add HTTP/1.1", "PUT /x HTTP/1.1",
          "DELETE /x HTTP/1.1", "CONNECT relay:443 HTTP/1.1", "OPTIONS * HTTP/1.1",
          "TRACE / HTTP/1.1", "PATCH /x HTTP/1.1", "PRI * HTTP/2.0"})
        check_caller(request, Caller::http);
    check_caller("get / http/1.1", Caller::stranger);
    check_caller("GET\t/", Caller::stranger);
    check_caller("GETS", Caller::stranger);
}

TEST_CASE("TLS of every version opens with a handshake record")
{
    for (const std::string_view hex : {"16030000", "16030102", "16030200", "16030304", "1603ffff"})
        check_caller(from_hex(hex), Caller::tls);
    check_caller(from_hex("16020100"), Caller::stranger);
    check_caller(from_hex("17030300"), Caller::stranger);
    check_caller(from_hex("15030100"), Caller::stranger);
}

TEST_CASE("SSH")
{
    check_caller("SSH-2.0-OpenSSH_9.2", Caller::ssh);
    check_caller("SSH-1.99-x", Caller::ssh);
    check_caller("SSH2", Caller::stranger);
    check_caller("ssh-", Caller::stranger);
}

TEST_CASE("proxies that tell for whom they speak")
{
    check_caller("PROXY TCP4 203.0.113.7 192.0.2.1 50000 55435\r\n", Caller::proxy);
    check_caller(from_hex("0d0a0d0a000d0a515549540a 20000000"), Caller::proxy);
}

TEST_CASE("a header of protocol 4 opens with a hash of at most twelve bits")
{
    check_caller(from_hex("00000241 00040008 00000001 00000000"), Caller::netplay_4);
    check_caller(from_hex("00000010"), Caller::netplay_4);
    check_caller(from_hex("00000fff"), Caller::netplay_4);
    check_caller(from_hex("0000000f"), Caller::stranger);
    check_caller(from_hex("00001000"), Caller::stranger);
    check_caller(from_hex("00000000"), Caller::stranger);
    check_caller(from_hex("41020000"), Caller::stranger);
}

TEST_CASE("strangers")
{
    for (const std::string_view text : {"RATA", "RATP", "RATX", "RANQ", "RANS", "FULL", "DENY",
                                        "rats", "Rats", "STAR", "    ", "Prox"})
        check_caller(text, Caller::stranger);
    check_caller(from_hex("05010000"), Caller::stranger);   // SOCKS
    check_caller(from_hex("030000130e"), Caller::stranger); // remote desktop
    check_caller(from_hex("ffffffff"), Caller::stranger);
    check_caller(from_hex("00004648"), Caller::stranger);
    check_caller(from_hex("0000464a"), Caller::stranger);
    check_caller(from_hex("49460000"), Caller::stranger);
}

} // namespace netplay_relay::wire
