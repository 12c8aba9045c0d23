// Who calls, by the first bytes: each row of the table alone, and all of them together.
#include "lobby/protocols.hpp"

#include "../wire/bytes.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace netplay_relay;
using namespace netplay_relay::wire;
using lobby::Protocol;
using lobby::Stage;

namespace {

const std::string_view example_id = "48e5cea1 32b8b5e6 7346383e";
const std::string_view zero_id = "00000000 00000000 00000000";

ByteVector tagged(std::string_view magic, std::string_view id)
{
    return joined(from_text(magic), from_hex(id));
}

Decoded<Greeting> opening_of(std::span<const std::uint8_t> first)
{
    return lobby::recognise(first).opening;
}

const Protocol& row(std::string_view name)
{
    const auto found = std::ranges::find(lobby::all_protocols(), name, &Protocol::name);
    REQUIRE(found != lobby::all_protocols().end());
    return *found;
}

// The row alone says what the table says: more is wanted until it is decided, and then the same
// whatever follows. No other row says anything but that it is something else.
template <class Answer>
void check_row(std::string_view name, const ByteVector& bytes, std::size_t decided_after,
               const Answer& expected)
{
    INFO(name << ": " << std::string(bytes.begin(), bytes.end()));
    const Protocol& protocol = row(name);
    const auto alone = [&](std::span<const std::uint8_t> first) {
        return lobby::recognise(first, std::span(&protocol, 1)).opening;
    };
    check_example(alone, bytes, decided_after, expected);
    check_example(opening_of, bytes, decided_after, expected);
    CHECK(lobby::recognise(bytes).protocol == &protocol);
    for (const Protocol& other : lobby::all_protocols())
        if (&other != &protocol) CHECK_FALSE(other.look(bytes).has_value());
}

void check_greeting(std::string_view name, const ByteVector& bytes, const Greeting& greeting)
{
    check_row(name, bytes, 16, Taken<Greeting>{greeting, 16});
}

void check_manual(std::string_view name, const ByteVector& bytes, std::size_t decided_after,
                  ManualCaller caller)
{
    check_row(name, bytes, decided_after, Taken<Greeting>{ManualJoin{caller}, 0});
}

void check_stranger(const ByteVector& bytes, std::size_t decided_after = 4)
{
    check_example(opening_of, bytes, decided_after, Refusal::unknown_greeting);
    CHECK(lobby::recognise(bytes).protocol == nullptr);
}

} // namespace

TEST_CASE("a host asks for a new session with twelve zero bytes")
{
    check_greeting("tunnel_host", tagged("RATS", zero_id), NewSession{});
}

TEST_CASE("a guest names its session")
{
    check_greeting("tunnel_guest", tagged("RATS", example_id),
                   JoinSession{id_from_hex<SessionId>(example_id)});
    for (const std::string_view id :
         {"000000000000000000000001", "010000000000000000000000", "ffffffffffffffffffffffff"})
        check_greeting("tunnel_guest", tagged("RATS", id), JoinSession{id_from_hex<SessionId>(id)});
}

TEST_CASE("a guest's netplay header stays behind its greeting")
{
    const ByteVector header = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    const auto decoded = opening_of(joined(tagged("RATS", example_id), header));
    const auto* taken = std::get_if<Taken<Greeting>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(taken->used == tunnel_message_size);
}

TEST_CASE("a host accepts a ticket")
{
    check_greeting("host_side", tagged("RATL", example_id),
                   AcceptTicket{id_from_hex<TicketId>(example_id)});
    check_greeting("host_side", tagged("RATL", zero_id), AcceptTicket{});
}

TEST_CASE("netplay clients without a session are told apart by their header")
{
    // RetroArch 1.14.0, 64-bit Linux.
    check_manual("manual_ip", from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"), 24,
                 ManualCaller::client);
    // RetroArch 1.21 knows protocol 7; 1.9.14 says nothing in the fourth word.
    check_manual("manual_ip", from_hex("52414e50 00040008 00000001 00000007 00000005 0000040d"), 24,
                 ManualCaller::client);
    check_manual("manual_ip", from_hex("52414e50 00040004 00000001 00000000 00000005 00000529"), 24,
                 ManualCaller::old_client);
    // Any bit of the fourth word counts.
    check_manual("manual_ip", from_hex("52414e50 00040008 00000001 80000000 00000005 00000469"), 24,
                 ManualCaller::client);
    check_manual("manual_ip", from_hex("52414e50 00040008 00000001 00000001 00000005 00000469"), 24,
                 ManualCaller::client);
}

TEST_CASE("a client of protocol 4 is known by its first word")
{
    // RetroArch 1.7.0: 16 bytes, opened by the hash of its version.
    check_manual("protocol_4", from_hex("00000241 00040008 00000001 00000000"), 4,
                 ManualCaller::old_client);
}

TEST_CASE("a probe is known by its four bytes")
{
    check_manual("probe", from_text("POKE"), 4, ManualCaller::probe);
}

TEST_CASE("the bytes of a netplay client are for whoever serves it: none of them is used up")
{
    const auto decoded =
        opening_of(from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
    const auto* taken = std::get_if<Taken<Greeting>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(taken->used == 0);
}

TEST_CASE("an old lobby server asks for a port in eight bytes")
{
    const ByteVector request = from_hex("00004649 00000000");
    check_row("legacy_port", request, 8, Taken<Greeting>{LegacyPortRequest{}, 8});
    // Its second word tells the size of a payload that nobody looks at.
    check_row("legacy_port", from_hex("00004649 00000004"), 8,
              Taken<Greeting>{LegacyPortRequest{}, 8});
}

TEST_CASE("web browsers and scanners")
{
    for (const std::string_view request :
         {"HEAD / HTTP/1.0", "POST /add HTTP/1.1", "PUT /x HTTP/1.1", "DELETE /x HTTP/1.1",
          "CONNECT relay:443 HTTP/1.1", "OPTIONS * HTTP/1.1", "TRACE / HTTP/1.1",
          "PATCH /x HTTP/1.1", "PRI * HTTP/2.0"})
        check_row("http", from_text(request), 4, Refusal::http_greeting);
    for (const std::string_view text : {"get / http/1.1", "GET\t/", "GETS"})
        check_stranger(from_text(text));
}

// Its bytes are for whoever answers it.
TEST_CASE("a WebSocket, or a web browser, begins with GET")
{
    for (const std::string_view request : {"GET / HTTP/1.1", "GET /game HTTP/1.1\r\n"})
        check_row("websocket", from_text(request), 4, Taken<Greeting>{WebRequest{}, 0});
}

TEST_CASE("TLS of every version opens with a handshake record")
{
    for (const std::string_view hex : {"16030000", "16030102", "16030200", "16030304", "1603ffff"})
        check_row("tls", from_hex(hex), 4, Refusal::tls_greeting);
    for (const std::string_view hex : {"16020100", "17030300", "15030100"})
        check_stranger(from_hex(hex));
}

TEST_CASE("SSH")
{
    for (const std::string_view text : {"SSH-2.0-OpenSSH_9.2", "SSH-1.99-x"})
        check_row("ssh", from_text(text), 4, Refusal::ssh_greeting);
    for (const std::string_view text : {"SSH2", "ssh-"})
        check_stranger(from_text(text));
}

TEST_CASE("proxies that tell for whom they speak")
{
    check_row("proxy", from_text("PROXY TCP4 203.0.113.7 192.0.2.1 50000 55435\r\n"), 6,
              Refusal::proxy_greeting);
    check_row("proxy", from_hex("0d0a0d0a 000d0a515549540a 20000000"), 12, Refusal::proxy_greeting);
    check_stranger(from_text("PROXIMA\r\n"), 5);
    check_stranger(from_text("\r\n\r\nhello"), 5);
}

TEST_CASE("a header of protocol 4 opens with a hash of at most twelve bits")
{
    for (const std::string_view hex : {"00000010", "00000fff"})
        check_manual("protocol_4", from_hex(hex), 4, ManualCaller::old_client);
    for (const std::string_view hex : {"0000000f", "00001000", "00000000", "41020000"})
        check_stranger(from_hex(hex));
}

TEST_CASE("strangers are refused by their first four bytes")
{
    for (const std::string_view text : {"RATA", "RATP", "RATX", "RANQ", "RANS", "FULL", "DENY",
                                        "rats", "Rats", "STAR", "    ", "Prox", "EHLO relay\r\n"})
        check_stranger(from_text(text));
    check_stranger(from_hex("05010000"));   // SOCKS
    check_stranger(from_hex("030000130e")); // remote desktop
    for (const std::string_view hex : {"ffffffff", "00004648", "0000464a", "49460000"})
        check_stranger(from_hex(hex));
}

// P and R begin many of them, RATS two: whoever decides does so by what follows.
TEST_CASE("what several protocols begin with is decided by what tells them apart")
{
    const auto open_rows = [](const ByteVector& bytes) {
        return std::ranges::count_if(lobby::all_protocols(), [&](const Protocol& protocol) {
            const auto seen = protocol.look(bytes);
            return seen && std::holds_alternative<NeedMore>(*seen);
        });
    };
    CHECK(open_rows(from_text("P")) == 4);  // POKE, HTTP, PROXY, and any hash
    CHECK(open_rows(from_text("RA")) == 5); // RATS twice, RATL, RANP, and any hash
    CHECK(open_rows(from_text("RATS")) == 2);
    CHECK(open_rows(tagged("RATS", zero_id)) == 0);
    CHECK(open_rows(from_hex("00000241")) == 0);
    check_example(opening_of, from_text("PRI "), 4, Refusal::http_greeting);
    check_example(opening_of, from_text("POKE"), 4,
                  Taken<Greeting>{ManualJoin{ManualCaller::probe}, 0});
    check_stranger(from_text("POKX"));
    check_stranger(from_text("RATX"));
}

TEST_CASE("nobody is waited for longer than promised, whatever the bytes")
{
    for (unsigned first = 0; first < 256; ++first)
        for (const std::string_view tail : {"ANP", "ATS", "ATL", "ATA", "ATP", "ROXY", "OKE"}) {
            ByteVector bytes(undecided_size_max, 0);
            bytes[0] = static_cast<std::uint8_t>(first);
            std::ranges::copy(tail, bytes.begin() + 1);
            CHECK_FALSE(std::holds_alternative<NeedMore>(opening_of(bytes)));
        }
}

TEST_CASE("a further protocol is a row")
{
    const auto look = [](std::span<const std::uint8_t> first) -> std::optional<Decoded<Greeting>> {
        if (first[0] != 'X') return std::nullopt;
        if (first.size() < 6) return NeedMore{};
        return Taken<Greeting>{LegacyPortRequest{}, 6};
    };
    std::vector<Protocol> rows(lobby::all_protocols().begin(), lobby::all_protocols().end());
    rows.push_back({"x", look, Stage::asking_port});
    const auto with_it = [&](std::span<const std::uint8_t> first) {
        return lobby::recognise(first, rows).opening;
    };
    check_example(with_it, from_text("XXXXXX"), 6, Taken<Greeting>{LegacyPortRequest{}, 6});
    check_example(with_it, from_text("SSH-"), 4, Refusal::ssh_greeting);
    check_stranger(from_text("XXXXXX"));
}

TEST_CASE("the stage of a protocol can follow the greeting, or it is never let in")
{
    for (const Protocol& protocol : lobby::all_protocols()) {
        INFO(protocol.name);
        CHECK((protocol.stage == Stage::greeting ||
               lobby::may_change(Stage::greeting, protocol.stage)));
    }
}
