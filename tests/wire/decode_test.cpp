#include "netplay_relay/wire/decode.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

const std::string_view example_id = "48e5cea1 32b8b5e6 7346383e";
const std::string_view zero_id = "00000000 00000000 00000000";

ByteVector tagged(std::string_view magic, std::string_view id)
{
    return joined(from_text(magic), from_hex(id));
}

void check_greeting(const ByteVector& bytes, const Greeting& greeting)
{
    check_example(decode_greeting, bytes, 16, Taken<Greeting>{greeting, 16});
}

void check_refused(const ByteVector& bytes, std::size_t decided_after, Refusal refusal)
{
    check_example(decode_greeting, bytes, decided_after, refusal);
}

void check_manual(const ByteVector& bytes, std::size_t decided_after, ManualCaller caller)
{
    check_example(decode_greeting, bytes, decided_after, Taken<Greeting>{ManualJoin{caller}, 0});
}

void check_control(const ByteVector& bytes, const ControlMessage& message)
{
    check_example(decode_control, bytes, bytes.size(),
                  Taken<ControlMessage>{message, bytes.size()});
}

} // namespace

TEST_CASE("a host asks for a new session with twelve zero bytes")
{
    check_greeting(tagged("RATS", zero_id), NewSession{});
}

TEST_CASE("a guest names its session")
{
    check_greeting(tagged("RATS", example_id), JoinSession{id_from_hex<SessionId>(example_id)});
    for (const std::string_view id :
         {"000000000000000000000001", "010000000000000000000000", "ffffffffffffffffffffffff"})
        check_greeting(tagged("RATS", id), JoinSession{id_from_hex<SessionId>(id)});
}

TEST_CASE("a guest's netplay header stays behind its greeting")
{
    const ByteVector header = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    const auto decoded = decode_greeting(joined(tagged("RATS", example_id), header));
    const auto* taken = std::get_if<Taken<Greeting>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(taken->used == tunnel_message_size);
}

TEST_CASE("a host accepts a ticket")
{
    check_greeting(tagged("RATL", example_id), AcceptTicket{id_from_hex<TicketId>(example_id)});
    check_greeting(tagged("RATL", zero_id), AcceptTicket{});
}

TEST_CASE("netplay clients without a session are told apart by their header")
{
    // RetroArch 1.14.0, 64-bit Linux.
    check_manual(from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"), 24,
                 ManualCaller::client);
    // RetroArch 1.21 knows protocol 7; 1.9.14 says nothing in the fourth word.
    check_manual(from_hex("52414e50 00040008 00000001 00000007 00000005 0000040d"), 24,
                 ManualCaller::client);
    check_manual(from_hex("52414e50 00040004 00000001 00000000 00000005 00000529"), 24,
                 ManualCaller::old_client);
    // Any bit of the fourth word counts.
    check_manual(from_hex("52414e50 00040008 00000001 80000000 00000005 00000469"), 24,
                 ManualCaller::client);
    check_manual(from_hex("52414e50 00040008 00000001 00000001 00000005 00000469"), 24,
                 ManualCaller::client);
}

TEST_CASE("a client of protocol 4 is known by its first word")
{
    // RetroArch 1.7.0: 16 bytes, opened by the hash of its version.
    check_manual(from_hex("00000241 00040008 00000001 00000000"), 4, ManualCaller::old_client);
}

TEST_CASE("a probe is known by its four bytes")
{
    check_manual(from_text("POKE"), 4, ManualCaller::probe);
}

TEST_CASE("the bytes of a netplay client are for whoever serves it: none of them is used up")
{
    const auto decoded =
        decode_greeting(from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
    const auto* taken = std::get_if<Taken<Greeting>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(taken->used == 0);
}

TEST_CASE("an old lobby server asks for a port in eight bytes")
{
    const ByteVector request = from_hex("00004649 00000000");
    check_example(decode_greeting, request, 8, Taken<Greeting>{LegacyPortRequest{}, 8});
    // Its second word tells the size of a payload that nobody looks at.
    check_example(decode_greeting, from_hex("00004649 00000004"), 8,
                  Taken<Greeting>{LegacyPortRequest{}, 8});
}

TEST_CASE("every other caller is refused by its first four bytes")
{
    check_refused(from_text("GET / HTTP/1.1\r\nHost: relay\r\n\r\n"), 4, Refusal::http_greeting);
    check_refused(from_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 4, Refusal::http_greeting);
    check_refused(from_hex("16030100 c8010000 c4030300"), 4, Refusal::tls_greeting);
    check_refused(from_text("SSH-2.0-OpenSSH_9.2\r\n"), 4, Refusal::ssh_greeting);
    check_refused(from_text("PROXY UNKNOWN\r\n"), 6, Refusal::proxy_greeting);
    check_refused(from_text("PROXIMA\r\n"), 5, Refusal::unknown_greeting);
    check_refused(from_hex("0d0a0d0a000d0a515549540a2111000c"), 12, Refusal::proxy_greeting);
    check_refused(from_text("\r\n\r\nhello"), 5, Refusal::unknown_greeting);
    check_refused(from_text("EHLO relay\r\n"), 4, Refusal::unknown_greeting);
    check_refused(from_hex("00000000 00000000 00000000"), 4, Refusal::unknown_greeting);
    check_refused(from_hex("ffffffff ffffffff"), 4, Refusal::unknown_greeting);
}

TEST_CASE("what only the relay or a running game says is no greeting")
{
    check_refused(from_text("FULL"), 4, Refusal::unknown_greeting);
    check_refused(from_text("DENY"), 4, Refusal::unknown_greeting);
    check_refused(tagged("RATA", example_id), 4, Refusal::unknown_greeting);
    check_refused(from_text("RATP"), 4, Refusal::unknown_greeting);
    check_refused(tagged("rats", zero_id), 4, Refusal::unknown_greeting);
    check_refused(from_text("RANQ"), 4, Refusal::unknown_greeting);
}

TEST_CASE("a host asks for an address")
{
    check_control(tagged("RATA", example_id), AddressQuery{id_from_hex<TicketId>(example_id)});
    check_control(tagged("RATA", zero_id), AddressQuery{});
}

TEST_CASE("a host answers a ping") { check_control(from_text("RATP"), Pong{}); }

TEST_CASE("a control connection says nothing else")
{
    for (const std::string_view magic :
         {"RATS", "RATL", "RANP", "FULL", "DENY", "POKE", "GET ", "SSH-", "ratp", "RATX"}) {
        INFO(magic);
        check_example(decode_control, tagged(magic, example_id), 4, Refusal::unknown_message);
    }
    check_example(decode_control, from_hex("00000000"), 4, Refusal::unknown_message);
    check_example(decode_control, from_hex("50544152"), 4, Refusal::unknown_message);
}

TEST_CASE("control messages are taken one after the other")
{
    const ByteVector bytes = joined(joined(from_text("RATP"), tagged("RATA", example_id)),
                                    joined(from_text("RATP"), from_text("RATA")));
    std::span<const std::uint8_t> rest(bytes);
    const std::vector<ControlMessage> expected{
        Pong{}, AddressQuery{id_from_hex<TicketId>(example_id)}, Pong{}};
    for (const ControlMessage& message : expected) {
        const auto decoded = decode_control(rest);
        const auto* taken = std::get_if<Taken<ControlMessage>>(&decoded);
        REQUIRE(taken != nullptr);
        CHECK((taken->message == message));
        rest = rest.subspan(taken->used);
    }
    CHECK((decode_control(rest) == Decoded<ControlMessage>(NeedMore{})));
    CHECK(rest.size() == 4);
}

TEST_CASE("a decoder decides within the bytes it promises")
{
    for (unsigned first = 0; first < 256; ++first) {
        for (const std::string_view tail : {"ANP", "ATS", "ATL", "ATA", "ATP"}) {
            ByteVector bytes(undecided_size_max, 0);
            bytes[0] = static_cast<std::uint8_t>(first);
            std::ranges::copy(tail, bytes.begin() + 1);
            CHECK_FALSE(std::holds_alternative<NeedMore>(decode_greeting(bytes)));
            bytes.resize(tunnel_message_size);
            CHECK_FALSE(std::holds_alternative<NeedMore>(decode_control(bytes)));
        }
    }
}

TEST_CASE("the start of a netplay header")
{
    const ByteVector header = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    CHECK_FALSE(starts_like_netplay_header({}));
    for (std::size_t size = 1; size <= header.size(); ++size)
        CHECK(starts_like_netplay_header(std::span(header).first(size)));
    CHECK(starts_like_netplay_header(from_text("R")));
    CHECK(starts_like_netplay_header(from_text("RA")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RAT")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RATP")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RANQ")));
    CHECK_FALSE(starts_like_netplay_header(from_text("X")));
    CHECK_FALSE(starts_like_netplay_header(from_text("ANP")));
}

} // namespace netplay_relay::wire
