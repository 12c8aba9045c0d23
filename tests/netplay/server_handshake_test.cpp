#include "script.hpp"

#include "netplay/password.hpp"

namespace netplay_relay::netplay {

namespace {

const wire::Dialect from_client = dialect_of(6, wire::Side::client);
const wire::Dialect server_dialect = dialect_of(6, wire::Side::server);

ByteVector client_header(std::uint32_t highest, std::uint32_t lowest, std::uint32_t zlib = 1,
                         std::uint32_t implementation = 0x469)
{
    return encoded(wire::NetplayHeader{0x00040004, zlib, highest, lowest, implementation});
}

ByteVector client_nick() { return encoded(wire::Nick{"c1"}, from_client); }
ByteVector client_info() { return encoded(test_info, from_client); }
ByteVector client_password(std::uint32_t salt, std::string_view password)
{
    return encoded(wire::Password{password_hash(salt, password)}, from_client);
}

End<ServerHandshake> server_with(ServerSettings settings = server_settings())
{
    return {ServerHandshake(std::move(settings))};
}

ServerSettings with_passwords(const char* play, const char* watch)
{
    ServerSettings settings = server_settings();
    settings.password = play;
    settings.spectate_password = watch;
    settings.salt = 0x01abcdef;
    return settings;
}

void check_server_end(const ByteVector& bytes, CloseReason end, const ByteVector& said,
                      const ServerSettings& settings = server_settings())
{
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{1000000}}) {
        auto server = server_with(settings);
        CHECK(server.hear(bytes, chunk) == HandshakeState::ended);
        CHECK(server.machine.end() == end);
        CHECK(server.out == said);
        server.hear(both({client_header(6, 5), client_nick(), client_info()}), chunk);
        CHECK(server.state == HandshakeState::ended);
        CHECK(server.out == said);
    }
}

} // namespace

TEST_CASE("a server says what RetroArch 1.14 says")
{
    auto server = server_with();
    const ByteVector hello = from_hex(client_header_bytes);
    server.hear(ByteVector(hello.begin(), hello.end() - 1));
    CHECK(server.out.empty()); // it waits for the whole client_header
    server.hear({hello.back()});
    CHECK(taken_from(server.out) == from_hex(server_header_bytes));
    server.hear(both({from_hex("00000020 00000020 63310000"), ByteVector(28, 0)}));
    CHECK(taken_from(server.out) ==
          both({encoded(wire::Nick{"host"}, server_dialect), encoded(test_info, server_dialect)}));
    const ByteVector play = from_hex("00000025 00000004 00000000");
    CHECK(server.hear(both({client_info(), play})) == HandshakeState::done);
    CHECK(server.out.empty());
    CHECK(std::ranges::equal(server.stream.unread(), play));
    CHECK(server.machine.negotiated().may_play);
    CHECK(server.machine.negotiated().implementation == 0x469);
    CHECK(server.machine.negotiated().platform == 0x00040008);
}

TEST_CASE("a server answers a probe and refuses with a header")
{
    check_server_end(wire::from_text("POKE"), CloseReason::probe,
                     from_hex("52414e50 00040008 00000001 00000000 00000006 00000469"));
    const ByteVector refusal = from_hex("52414e50 00040008 00000001 00000000 00000000 00000469");
    check_server_end(from_hex("00000241 00040008 00000001 00000000"),
                     CloseReason::no_common_protocol, refusal);
    check_server_end(client_header(4, 4), CloseReason::no_common_protocol, refusal);
    check_server_end(client_header(0, 4), CloseReason::no_common_protocol, refusal);
    check_server_end(client_header(0, 7), CloseReason::no_common_protocol, refusal);
    check_server_end(client_header(6, 5), CloseReason::no_common_protocol, refusal, [] {
        ServerSettings settings = server_settings(5);
        settings.highest_protocol = 4; // nothing is left
        return settings;
    }());
    check_server_end(client_header(6, 5, 0), CloseReason::no_compression, refusal);
    check_server_end(wire::from_text("GET / HTTP/1.1\r\n"), CloseReason::not_netplay, {});
    check_server_end(wire::from_text("FULL"), CloseReason::not_netplay, {});
    check_server_end(ByteVector(30, 0xfe), CloseReason::not_netplay, {});
}

TEST_CASE("the protocol is chosen from what the client offers")
{
    const auto chosen = [](const ByteVector& hello, std::uint32_t highest) {
        auto server = server_with(server_settings(highest));
        CHECK(server.hear(hello) == HandshakeState::going);
        CHECK(server.out[19] == server.machine.negotiated().protocol);
        return server.machine.negotiated().protocol;
    };
    CHECK(chosen(client_header(6, 5), 6) == 6);
    CHECK(chosen(client_header(7, 5), 6) == 6);
    CHECK(chosen(client_header(7, 5), 7) == 7);
    CHECK(chosen(client_header(6, 5), 7) == 6);
    CHECK(chosen(client_header(0, 5), 7) == 5);
    CHECK(chosen(client_header(9, 5), 5) == 5);
}

TEST_CASE("protocol 4 is spoken with one build, if it is allowed")
{
    ServerSettings settings = server_settings();
    settings.protocol_4 = true;
    auto server = server_with(settings);
    server.hear(from_hex("00000241 00040004 00000001 00000000"));
    CHECK(taken_from(server.out) == from_hex("00000241 00040008 00000001 00000000"));
    server.hear(encoded(wire::Nick{"c1"}, dialect_of(4, wire::Side::client)));
    CHECK(taken_from(server.out).size() == 40 + 76);
    CHECK(server.hear(encoded(test_info, dialect_of(4, wire::Side::client))) ==
          HandshakeState::done);
    CHECK(server.machine.negotiated().protocol == 4);
    const ByteVector refusal = from_hex("52414e50 00040008 00000001 00000000 00000000 00000469");
    check_server_end(from_hex("00000251 00040004 00000001 00000000"), CloseReason::implementation,
                     refusal, settings);
    check_server_end(from_hex("00000241 00040004 00000000 00000000"), CloseReason::no_compression,
                     refusal, settings);
}

TEST_CASE("NICK and PASSWORD come in either order")
{
    const ServerSettings settings = with_passwords("play", "watch");
    const ByteVector password = client_password(settings.salt, "watch");
    for (const bool nick_first : {true, false}) {
        auto server = server_with(settings);
        server.hear(client_header(6, 5));
        CHECK(taken_from(server.out) ==
              from_hex("52414e50 00040008 00000001 01abcdef 00000006 00000469"));
        server.hear(nick_first ? client_nick() : password);
        // The nick at once, INFO only to who knows the password.
        CHECK(taken_from(server.out).size() == (nick_first ? 40 : 0));
        server.hear(nick_first ? password : client_nick());
        CHECK(taken_from(server.out).size() == (nick_first ? 76 : 40 + 76));
        CHECK(server.hear(client_info()) == HandshakeState::done);
        CHECK_FALSE(server.machine.negotiated().may_play);
    }
}

TEST_CASE("the password tells who may play")
{
    const auto may_play = [](const ServerSettings& settings, std::string_view password) {
        auto server = server_with(settings);
        server.hear(both({client_header(6, 5), client_nick(),
                          client_password(settings.salt, password), client_info()}));
        CHECK(server.state == HandshakeState::done);
        return server.machine.negotiated().may_play;
    };
    CHECK(may_play(with_passwords("play", ""), "play"));
    CHECK(may_play(with_passwords("play", "watch"), "play"));
    CHECK(may_play(with_passwords("same", "same"), "same"));
    CHECK_FALSE(may_play(with_passwords("play", "watch"), "watch"));
    CHECK_FALSE(may_play(with_passwords("", "watch"), "watch"));
}

TEST_CASE("a server that looks later says nothing of a password until then")
{
    ServerSettings settings = with_passwords("play", "watch");
    settings.looks_later = true;
    for (const bool right : {true, false}) {
        for (const bool nick_first : {true, false}) {
            auto server = server_with(settings);
            const ByteVector password = client_password(settings.salt, right ? "play" : "pray");
            server.hear(both({client_header(6, 5), nick_first ? client_nick() : password,
                              nick_first ? password : client_nick(), client_info()}));
            CHECK(server.state == HandshakeState::password_given);
            CHECK(server.out.size() == 24U + (nick_first ? 40 : 0));
            CHECK(server.machine.awaits_password());
            CHECK(server.machine.receive(server.stream, server.out) ==
                  HandshakeState::password_given);
            server.machine.look_at_password(server.out);
            CHECK(server.machine.receive(server.stream, server.out) ==
                  (right ? HandshakeState::done : HandshakeState::ended));
            if (!right) CHECK(server.machine.end() == CloseReason::wrong_password);
        }
    }
}

TEST_CASE("a wrong password is the end")
{
    const ServerSettings settings = with_passwords("play", "watch");
    const auto try_password = [](const ServerSettings& host, const ByteVector& password) {
        auto server = server_with(host);
        server.hear(both({client_header(6, 5), client_nick(), password, client_info()}));
        CHECK(server.state == HandshakeState::ended);
        CHECK(server.out.size() == 24 + 40);
        return server.machine.end();
    };
    CHECK(try_password(settings, client_password(settings.salt, "")) ==
          CloseReason::wrong_password);
    CHECK(try_password(settings, client_password(settings.salt + 1, "play")) ==
          CloseReason::wrong_password);
    CHECK(try_password(settings, encoded(wire::Password{std::string(64, '0')}, from_client)) ==
          CloseReason::wrong_password);
    // An empty password that is not asked for opens nothing.
    CHECK(try_password(with_passwords("", "watch"), client_password(settings.salt, "")) ==
          CloseReason::wrong_password);
    CHECK(try_password(settings, client_info()) == CloseReason::unexpected_command);
}

TEST_CASE("an empty INFO is answered by ours, a limited number of times")
{
    auto server = server_with();
    server.hear(both({client_header(6, 5), client_nick()}));
    server.out.clear();
    for (int count = 0; count < 8; ++count) {
        CHECK(server.hear(from_hex("00000022 00000000")) == HandshakeState::going);
        CHECK(taken_from(server.out) == encoded(test_info, server_dialect));
    }
    CHECK(server.hear(from_hex("00000022 00000000")) == HandshakeState::ended);
    CHECK(server.machine.end() == CloseReason::malformed);
    CHECK(server.out.empty());
}

TEST_CASE("a server wants the client's core to be its own")
{
    const auto hear_info = [](const wire::Info& info) {
        auto server = server_with();
        server.hear(both({client_header(6, 5), client_nick(), encoded(info, from_client)}));
        return server;
    };
    CHECK(hear_info({0, "Other", "v1"}).machine.end() == CloseReason::different_core);
    CHECK(hear_info({0, "TESTCORE", "v1"}).state == HandshakeState::done);
    CHECK(hear_info({0, "TestCore", "v2"}).machine.negotiated().version_differs);
    CHECK(hear_info({7, "TestCore", "v1"}).machine.negotiated().content_differs);
    CHECK_FALSE(hear_info({0, "TestCore", "v1"}).machine.negotiated().content_differs);
}

TEST_CASE("clients of 1.9.0 and before lay out INFO differently")
{
    wire::Dialect old = dialect_of(5, wire::Side::server);
    old.info = wire::InfoLayout::name_first;
    const ByteVector said = encoded(test_info, old);
    old.sender = wire::Side::client;
    const ByteVector heard = encoded(test_info, old);

    auto server = server_with();
    server.hear(both({client_header(0, 5, 1, 0x259), client_nick()}));
    CHECK(ByteVector(server.out.end() - 76, server.out.end()) == said);
    CHECK(server.hear(heard) == HandshakeState::done);
    CHECK(server.machine.negotiated().info == test_info);

    // A private build: known only when its INFO comes.
    auto other = server_with();
    CHECK(other.hear(both({client_header(0, 5, 1, 0x999), client_nick(), heard}), 1) ==
          HandshakeState::done);
    CHECK(other.machine.negotiated().info == test_info);
    CHECK(other.machine.negotiated().info_layout == wire::InfoLayout::name_first);
}

TEST_CASE("a server wants the commands in their order and sizes")
{
    const auto end_of = [](const ByteVector& bytes, const ServerSettings& settings) {
        auto server = server_with(settings);
        server.hear(both({client_header(6, 5), bytes}), 1);
        CHECK(server.state == HandshakeState::ended);
        return server.machine.end();
    };
    const ServerSettings open = server_settings();
    const ServerSettings closed = with_passwords("play", "");
    const ByteVector password = client_password(closed.salt, "play");
    constexpr auto unexpected = CloseReason::unexpected_command;
    CHECK(end_of(client_info(), open) == unexpected);
    CHECK(end_of(password, open) == unexpected);
    CHECK(end_of(both({client_nick(), password}), open) == unexpected);
    CHECK(end_of(both({client_nick(), client_nick()}), open) == unexpected);
    CHECK(end_of(both({client_nick(), client_nick()}), closed) == unexpected);
    CHECK(end_of(both({password, password}), closed) == unexpected);
    CHECK(end_of(from_hex("00000023"), open) == unexpected);
    CHECK(end_of(from_hex("00000042"), open) == unexpected);
    CHECK(end_of(from_hex("00000002"), open) == unexpected);
    CHECK(end_of(from_hex("00000020 0000001f"), open) == CloseReason::malformed);
    CHECK(end_of(from_hex("00000021 00000041"), closed) == CloseReason::malformed);
    CHECK(end_of(both({client_nick(), from_hex("00000022 00000001")}), open) ==
          CloseReason::malformed);
}

} // namespace netplay_relay::netplay
