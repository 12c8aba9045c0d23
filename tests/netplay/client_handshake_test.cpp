#include "script.hpp"

namespace netplay_relay::netplay {

namespace {

const wire::Dialect from_server = dialect_of(6, wire::Side::server);

const ByteVector nick_bytes =
    both({from_hex("00000020 00000020 63310000"), ByteVector(28, 0)}); // "c1"
const ByteVector info_bytes = both({from_hex("00000022 00000044 b12a9944 54657374436f7265"),
                                    ByteVector(24, 0), from_hex("7631"), ByteVector(30, 0)});

ByteVector header(std::uint32_t protocol, std::uint32_t salt = 0, std::uint32_t zlib = 1,
                  std::uint32_t implementation = 0x469)
{
    return encoded(wire::NetplayHeader{0x00040008, zlib, salt, protocol, implementation});
}

ByteVector host_nick() { return encoded(wire::Nick{"host"}, from_server); }
ByteVector host_info() { return encoded(test_info, from_server); }

// What the client is told, and that it ends with it, in one piece and byte by byte.
void check_end(const ByteVector& bytes, CloseReason end,
               const ClientSettings& settings = client_settings())
{
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{1000000}}) {
        auto client = started_client(settings);
        CHECK(client.hear(bytes, chunk) == HandshakeState::ended);
        CHECK(client.machine.end() == end);
        CHECK_FALSE(client.machine.if_closed_now().empty());
        const ByteVector said = client.out;
        client.hear(both({header(6), host_nick(), host_info()}), chunk);
        CHECK(client.state == HandshakeState::ended);
        CHECK(client.out == said);
    }
}

} // namespace

TEST_CASE("a client says what RetroArch 1.14 says")
{
    auto client = started_client(client_settings());
    CHECK(taken_from(client.out) == from_hex(client_header_bytes));
    CHECK(client.hear(from_hex(server_header_bytes)) == HandshakeState::going);
    CHECK(taken_from(client.out) == nick_bytes);
    client.hear(host_nick());
    CHECK(client.out.empty());
    client.hear(host_info());
    CHECK(taken_from(client.out) == info_bytes);

    // SYNC as the host of the vectors sends it.
    ByteVector sync = from_hex("00000023 000000b8 00000106 00000001");
    for (int port = 0; port < 16; ++port)
        sync = both({sync, from_hex("00000001")});
    sync = both({sync, ByteVector(16, 0), from_hex("00000001"), ByteVector(60, 0), from_hex("6331"),
                 ByteVector(30, 0)});
    CHECK(client.hear(both({sync, from_hex("00002000 00000004 00000000")})) ==
          HandshakeState::done);
    const auto& decoded = std::get<wire::Sync>(client.machine.sync());
    CHECK(decoded.frame == 0x106);
    CHECK(decoded.client == 1);
    CHECK(decoded.clients[0] == 1);
    CHECK(decoded.nick == "c1");
    CHECK(client.stream.unread().size() == 12);
}

TEST_CASE("each protocol is offered as its own time did")
{
    CHECK(started_client(client_settings(7)).out ==
          from_hex("52414e50 00040008 00000001 00000007 00000005 00000469"));
    CHECK(started_client(client_settings(5)).out ==
          from_hex("52414e50 00040008 00000001 00000000 00000005 00000469"));
    CHECK(started_client(client_settings(4)).out ==
          from_hex("00000241 00040008 00000001 00000000"));
}

TEST_CASE("a client is refused in words")
{
    check_end(from_hex("46554c4c"), CloseReason::host_full);
    check_end(from_hex("46554c4c 00000000 00000000 00000000 00000006 00000000"),
              CloseReason::host_full);
    check_end(from_hex("44454e59"), CloseReason::banned);
    check_end(from_hex("44454e59 00000000 00000000 00000000 00000006 00000000"),
              CloseReason::banned, client_settings(4));
    check_end(from_hex("52414e50 00040008 00000001 00000000 00000000 00000469"),
              CloseReason::no_common_protocol);
    check_end(both({from_hex("52414e50"), ByteVector(20, 0)}), CloseReason::no_common_protocol);
}

TEST_CASE("a client takes no protocol that it did not offer")
{
    check_end(header(4), CloseReason::no_common_protocol);
    check_end(header(7), CloseReason::no_common_protocol);
    check_end(header(0xffffffff), CloseReason::no_common_protocol);
    check_end(header(6), CloseReason::no_common_protocol, client_settings(5));
    check_end(header(5), CloseReason::no_common_protocol, client_settings(4));
    check_end(from_hex("00000241 00040008 00000001 00000000"), CloseReason::no_common_protocol);
    check_end(from_hex("00000469 00040008 00000001 00000000"), CloseReason::implementation,
              client_settings(4));
}

TEST_CASE("a client tells strangers from hosts")
{
    check_end(wire::from_text("HTTP/1.1 400 Bad Request\r\n"), CloseReason::not_netplay);
    check_end(wire::from_text("RATS000000000000"), CloseReason::not_netplay);
    check_end(wire::from_text("POKE"), CloseReason::not_netplay);
    check_end(ByteVector(40, 0xff), CloseReason::not_netplay);
}

TEST_CASE("a client without a password does not try one")
{
    check_end(header(6, 0x1234), CloseReason::password_needed);
}

TEST_CASE("PASSWORD follows NICK")
{
    ClientSettings settings = client_settings();
    settings.password = "secret";
    auto client = started_client(settings);
    client.out.clear();
    client.hear(header(6, 0xabcd));
    REQUIRE(client.out.size() == 40 + 72);
    CHECK(std::equal(nick_bytes.begin(), nick_bytes.end(), client.out.begin()));
    CHECK(client.out[43] == 0x21);
}

TEST_CASE("a host without zlib is good enough for a client")
{
    auto client = started_client(client_settings());
    CHECK(client.hear(header(6, 0, 0)) == HandshakeState::going);
    CHECK_FALSE(client.machine.negotiated().zlib);
    auto other = started_client(client_settings());
    CHECK(other.hear(header(6, 0, 0xffffffff)) == HandshakeState::going);
    CHECK(other.machine.negotiated().zlib);
}

TEST_CASE("an empty INFO is answered, and a full one awaited")
{
    auto client = started_client(client_settings());
    client.hear(both({header(5), host_nick()}));
    client.out.clear();
    client.hear(from_hex("00000022 00000000"));
    CHECK(taken_from(client.out) == info_bytes);
    client.hear(info_bytes); // the hub sends back what it was given
    CHECK(taken_from(client.out) == info_bytes);
    CHECK(client.hear(sync_bytes(5, {})) == HandshakeState::done);
}

TEST_CASE("a host that says nothing but empty INFO is left")
{
    auto client = started_client(client_settings());
    client.hear(both({header(6), host_nick()}));
    client.out.clear();
    for (int count = 0; count < 8; ++count)
        CHECK(client.hear(from_hex("00000022 00000000")) == HandshakeState::going);
    CHECK(client.hear(from_hex("00000022 00000000")) == HandshakeState::ended);
    CHECK(client.machine.end() == CloseReason::malformed);
    CHECK(client.out.size() == 8 * 76);
}

TEST_CASE("another core ends it; another version or content is only told")
{
    const auto info = [](std::uint32_t crc, const char* core, const char* version) {
        return both({header(6), host_nick(), encoded(wire::Info{crc, core, version}, from_server)});
    };
    check_end(info(0xb12a9944, "OtherCore", "v1"), CloseReason::different_core);
    check_end(info(0xb12a9944, "TestCor", "v1"), CloseReason::different_core);

    const auto negotiated = [&](std::uint32_t crc, const char* core, const char* version) {
        auto client = started_client(client_settings());
        CHECK(client.hear(info(crc, core, version)) == HandshakeState::going);
        return client.machine.negotiated();
    };
    CHECK(negotiated(0xb12a9944, "TESTcore", "v2").version_differs);
    CHECK_FALSE(negotiated(0xb12a9944, "testCORE", "v1").version_differs);
    CHECK(negotiated(1, "TestCore", "v1").content_differs);
    CHECK_FALSE(negotiated(0, "TestCore", "v1").content_differs);
}

TEST_CASE("the layout of INFO is the host's, whatever its build says")
{
    wire::Dialect old = dialect_of(5, wire::Side::server);
    old.info = wire::InfoLayout::name_first;
    const ByteVector old_info = encoded(test_info, old);
    old.sender = wire::Side::client;
    const ByteVector old_answer = encoded(test_info, old);

    // 1.8.8 says so by its build, a private build only by what it sends.
    for (const std::uint32_t implementation : {0x2ddU, 0x12345U}) {
        auto client = started_client(client_settings(5));
        client.hear(both({header(5, 0, 1, implementation), host_nick()}));
        client.out.clear();
        CHECK(client.hear(old_info, 1) == HandshakeState::going);
        CHECK(client.out == old_answer);
        CHECK(client.machine.negotiated().info_layout == wire::InfoLayout::name_first);
        CHECK(client.machine.negotiated().info == test_info);
    }
    // And the other way round.
    auto client = started_client(client_settings(5));
    client.hear(both({header(5, 0, 1, 0x2dd), host_nick()}));
    client.out.clear();
    CHECK(client.hear(info_bytes) == HandshakeState::going);
    CHECK(client.out == info_bytes);
    // Protocol 6 never had the old one.
    check_end(both({header(6), host_nick(), old_info}), CloseReason::different_core);
}

TEST_CASE("a client wants the commands in their order")
{
    check_end(both({header(6), host_info()}), CloseReason::unexpected_command);
    check_end(both({header(6), host_nick(), host_nick()}), CloseReason::unexpected_command);
    check_end(both({header(6), host_nick(), sync_bytes(6, {})}), CloseReason::unexpected_command);
    check_end(both({header(6), host_nick(), host_info(), host_info()}),
              CloseReason::unexpected_command);
    check_end(both({header(6), from_hex("00000001 00000000")}), CloseReason::unexpected_command);
    check_end(both({header(6), from_hex("00007777 00000000")}), CloseReason::unexpected_command);
    // By the first four bytes: what would follow is not waited for.
    check_end(both({header(6), from_hex("00000042")}), CloseReason::unexpected_command);
    check_end(both({header(6), from_hex("ffffffff")}), CloseReason::unexpected_command);
}

TEST_CASE("a client wants the commands in their sizes")
{
    check_end(both({header(6), from_hex("00000020 00000021")}), CloseReason::malformed);
    check_end(both({header(6), host_nick(), from_hex("00000022 00000043")}),
              CloseReason::malformed);
    check_end(both({header(6), host_nick(), host_info(), from_hex("00000023 000000b7")}),
              CloseReason::malformed);
    check_end(both({header(6), host_nick(), host_info(), from_hex("00000023 ffffffff")}),
              CloseReason::malformed);
    ClientSettings settings = client_settings();
    settings.savestate_max = 10;
    check_end(both({header(6), host_nick(), host_info(), sync_bytes(6, ByteVector(11, 1))}),
              CloseReason::malformed, settings);
    // The server itself is nobody's number.
    ByteVector sync = sync_bytes(6, {});
    sync[15] = 0;
    check_end(both({header(6), host_nick(), host_info(), sync}), CloseReason::malformed);
    sync[15] = 32;
    check_end(both({header(6), host_nick(), host_info(), sync}), CloseReason::malformed);
}

TEST_CASE("what the player is told depends on where the stream ends")
{
    const auto said_behind = [](const ByteVector& bytes) {
        auto client = started_client(client_settings());
        client.hear(bytes);
        return client.machine.if_closed_now();
    };
    const auto starts = [](const std::string& text, std::string_view start) {
        INFO(text);
        CHECK(text.starts_with(start));
    };
    starts(said_behind({}), "Failed to connect to host");
    starts(said_behind(from_hex("52414e50 0004")), "Failed to receive header from host");
    starts(said_behind(header(6)), "Failed to receive nickname from host");
    CHECK(said_behind(both({header(6), host_nick()})).find("Incorrect password") !=
          std::string::npos);
    starts(said_behind(both({header(6), host_nick(), host_info()})), "Your ping is too high");
    starts(said_behind(from_hex("46554c4c")), "Netplay host full");
    starts(said_behind(from_hex("44454e59")), "You are banned from this host");
    starts(said_behind(from_hex("46554c4c 00000000 00000000 00000000 00000006 00000004")),
           "Netplay host full. The relay's reason is draining: ");
}

TEST_CASE("the battery RAM stays where it is when the machine is moved")
{
    auto client = started_client(client_settings());
    client.hear(both({header(6), host_nick(), host_info(), sync_bytes(6, {4, 5, 6})}));
    REQUIRE(client.state == HandshakeState::done);
    const ClientHandshake moved = std::move(client.machine);
    const auto& sync = std::get<wire::Sync>(moved.sync());
    CHECK(sync.sram.data() == moved.sram().data());
    CHECK(sync.sram.size() == 3);
}

} // namespace netplay_relay::netplay
