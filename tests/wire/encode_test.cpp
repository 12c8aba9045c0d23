#include "wire/encode.hpp"

#include "bytes.hpp"
#include "wire/openings.hpp"

namespace netplay_relay::wire {

namespace {

ByteVector whole(const Bytes& bytes) { return {bytes.view().begin(), bytes.view().end()}; }

} // namespace

TEST_CASE("a host is told its session id")
{
    const auto id = id_from_hex<SessionId>("48e5cea132b8b5e67346383e");
    CHECK(whole(encode_session_reply(id)) == from_hex("52415453 48e5cea1 32b8b5e6 7346383e"));
}

TEST_CASE("a host is told of a waiting guest")
{
    const auto ticket = id_from_hex<TicketId>("000102030405060708090a0b");
    CHECK(whole(encode_guest_waits(ticket)) == from_hex("5241544c 00010203 04050607 08090a0b"));
}

TEST_CASE("a host is told the address of a guest")
{
    const auto ticket = id_from_hex<TicketId>("000102030405060708090a0b");
    CHECK(whole(encode_address_reply(ticket, *parse_address("203.0.113.7"))) ==
          from_hex("52415441 00010203 04050607 08090a0b"
                   "00000000 00000000 0000ffff cb007107"));
    CHECK(whole(encode_address_reply(ticket, *parse_address("2001:db8::17"))) ==
          from_hex("52415441 00010203 04050607 08090a0b"
                   "20010db8 00000000 00000000 00000017"));
    CHECK(whole(encode_address_reply({}, {})) == joined(from_text("RATA"), ByteVector(28, 0)));
}

TEST_CASE("a ping is four bytes") { CHECK(whole(encode_ping()) == from_text("RATP")); }

TEST_CASE("a lobby server is given a port in twelve bytes, or 0 for none")
{
    const Bytes given = encode_legacy_port(55436);
    CHECK(whole(given) == from_hex("0000464a 00000004 0000d88c"));
    CHECK(whole(encode_legacy_port(0)) == from_hex("0000464a 00000004 00000000"));
}

TEST_CASE("refusal replies are what RetroArch shows words for")
{
    CHECK(encode_refusal_reply(RefusalReply::none).empty());
    CHECK(whole(encode_refusal_reply(RefusalReply::full)) ==
          from_hex("46554c4c 00000000 00000000 00000000 00000006 00000000"));
    CHECK(whole(encode_refusal_reply(RefusalReply::denied)) ==
          from_hex("44454e59 00000000 00000000 00000000 00000006 00000000"));
    CHECK(whole(encode_refusal_reply(RefusalReply::denied, ToldReason::host_denied)) ==
          from_hex("44454e59 00000000 00000000 00000000 00000006 00000005"));
    CHECK(whole(encode_refusal_reply(RefusalReply::old_version)) ==
          from_hex("52414e50 00000000 00000000 00000000 00000000 00000000"));
}

TEST_CASE("bytes grow in place and compare by what they hold")
{
    Bytes bytes;
    CHECK(bytes.empty());
    CHECK(bytes == Bytes());
    bytes.append_u32(0x01020380);
    CHECK(whole(bytes) == from_hex("01020380"));
    CHECK_FALSE(bytes == Bytes());
    bytes.append({});
    CHECK(bytes.size() == 4);
    bytes.append(ByteVector(28, 7));
    CHECK(bytes.size() == address_reply_size);
    Bytes same;
    same.append_u32(0x01020380);
    CHECK_FALSE(bytes == same);
    same.append(ByteVector(28, 7));
    CHECK(bytes == same);
}

TEST_CASE("what we send to a host is decoded as what it is")
{
    const auto ticket = id_from_hex<TicketId>("48e5cea132b8b5e67346383e");
    // A host echoes a ping, and opens a connection with the announcement it was sent.
    CHECK((decode_control(encode_ping().view()) ==
           Decoded<ControlMessage>(Taken<ControlMessage>{Pong{}, 4})));
    CHECK((*look_for_host_side(encode_guest_waits(ticket).view()) ==
           Decoded<Greeting>(Taken<Greeting>{AcceptTicket{ticket}, 16})));
    const auto session = id_from_hex<SessionId>("48e5cea132b8b5e67346383e");
    CHECK((*look_for_guest(encode_session_reply(session).view()) ==
           Decoded<Greeting>(Taken<Greeting>{JoinSession{session}, 16})));
}

} // namespace netplay_relay::wire
