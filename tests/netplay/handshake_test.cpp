#include "script.hpp"

#include <array>

namespace netplay_relay::netplay {

namespace {

constexpr std::array<std::size_t, 5> chunks{1, 2, 7, 23, 1000000};

void check_script(ClientSettings client_side, ServerSettings server_side, std::uint32_t protocol,
                  std::size_t chunk)
{
    INFO("protocol " << protocol << ", chunks of " << chunk);
    auto client = started_client(std::move(client_side));
    End<ServerHandshake> server{ServerHandshake(std::move(server_side))};
    talk(client, server, chunk);
    REQUIRE(server.state == HandshakeState::done);
    CHECK(client.state == HandshakeState::going);
    CHECK(server.machine.negotiated().protocol == protocol);
    CHECK(server.machine.negotiated().nick == "c1");
    CHECK(server.machine.negotiated().info == test_info);
    CHECK_FALSE(server.machine.negotiated().version_differs);
    CHECK_FALSE(server.machine.negotiated().content_differs);

    const ByteVector sram{1, 2, 3};
    const ByteVector behind = encoded(wire::Nak{}, dialect_of(protocol, wire::Side::server));
    const ByteVector last = both({sync_bytes(protocol, sram), behind});
    CHECK(client.hear(last, chunk) == HandshakeState::done);
    CHECK(client.machine.negotiated().protocol == protocol);
    CHECK(client.machine.negotiated().nick == "host");
    CHECK(client.machine.negotiated().info == test_info);
    CHECK(client.machine.sram() == sram);
    CHECK(client.out.empty());
    CHECK(std::ranges::equal(client.stream.unread(), behind));
    if (protocol == 4)
        CHECK(std::get<wire::Sync4>(client.machine.sync()).frame == 262);
    else
        CHECK(std::get<wire::Sync>(client.machine.sync()).nick == "c1 (2)");
}

} // namespace

TEST_CASE("our two machines agree in every protocol, however the bytes are cut")
{
    for (const std::size_t chunk : chunks)
        for (std::uint32_t offered = 4; offered <= 7; ++offered)
            for (std::uint32_t highest = std::max(offered, 5U); highest <= 7; ++highest) {
                ServerSettings settings = server_settings(highest);
                settings.protocol_4 = true;
                check_script(client_settings(offered), settings, offered, chunk);
            }
}

TEST_CASE("the lower of both protocols is chosen")
{
    check_script(client_settings(7), server_settings(6), 6, 1000000);
    check_script(client_settings(7), server_settings(5), 5, 1000000);
    check_script(client_settings(6), server_settings(5), 5, 1000000);
}

TEST_CASE("both passwords let a client in, and one lets it play")
{
    for (std::uint32_t protocol = 4; protocol <= 7; ++protocol) {
        for (const std::string password : {"play", "watch"}) {
            for (const std::size_t chunk : chunks) {
                ServerSettings host = server_settings(7);
                host.protocol_4 = true;
                host.password = "play";
                host.spectate_password = "watch";
                host.salt = 0xdeadbeef;
                ClientSettings guest = client_settings(protocol);
                guest.password = password;
                auto client = started_client(guest);
                End<ServerHandshake> server{ServerHandshake(host)};
                talk(client, server, chunk);
                CHECK(server.state == HandshakeState::done);
                CHECK(server.machine.negotiated().may_play == (password == "play"));
            }
        }
    }
}

TEST_CASE("a wrong password ends it, and the player is told")
{
    ServerSettings host = server_settings();
    host.password = "play";
    host.salt = 1;
    ClientSettings guest = client_settings();
    guest.password = "Play";
    auto client = started_client(guest);
    End<ServerHandshake> server{ServerHandshake(host)};
    talk(client, server);
    CHECK(server.state == HandshakeState::ended);
    CHECK(server.machine.end() == CloseReason::wrong_password);
    CHECK(client.machine.if_closed_now().starts_with("Incorrect password"));
}

TEST_CASE("who has no protocol in common learns it from the header")
{
    ServerSettings host = server_settings(6); // no protocol 4
    auto old = started_client(client_settings(4));
    End<ServerHandshake> server{ServerHandshake(host)};
    talk(old, server);
    CHECK(server.machine.end() == CloseReason::no_common_protocol);
    CHECK(old.state == HandshakeState::ended);
    CHECK(old.machine.end() == CloseReason::no_common_protocol);
}

TEST_CASE("INFO is laid out as the build of the peer has it")
{
    using wire::implementation_magic;
    using wire::InfoLayout;
    for (const auto* version : {"1.7.1", "1.7.9", "1.8.0", "1.8.8", "1.9.0"})
        CHECK(info_layout_of(5, implementation_magic(version, 5)) == InfoLayout::name_first);
    for (const auto* version : {"1.9.1", "1.9.2", "1.9.9", "1.9.10", "1.9.14"})
        CHECK(info_layout_of(5, implementation_magic(version, 5)) == InfoLayout::crc_first);
    CHECK(info_layout_of(5, 0x469) == InfoLayout::crc_first);
    CHECK(info_layout_of(5, 0) == InfoLayout::crc_first);
    CHECK(info_layout_of(6, 0x259) == InfoLayout::crc_first);
    CHECK(info_layout_of(4, 0x241) == InfoLayout::name_first);
}

TEST_CASE("nicks are made unique by a number")
{
    CHECK(unique_nick("bob", {}) == "bob");
    CHECK(unique_nick("bob", {"alice"}) == "bob");
    CHECK(unique_nick("bob", {"bob"}) == "bob (2)");
    CHECK(unique_nick("bob", {"bob (2)", "bob"}) == "bob (3)");
    CHECK(unique_nick("", {""}) == " (2)");
    const std::string longest(31, 'x');
    CHECK(unique_nick(longest + "yz", {}) == longest);
    CHECK(unique_nick(longest, {longest}) == std::string(27, 'x') + " (2)");
    std::vector<std::string> taken{longest};
    for (int count = 0; count < 40; ++count) {
        const std::string nick = unique_nick(longest, taken);
        CHECK(nick.size() <= 31);
        CHECK(std::ranges::find(taken, nick) == taken.end());
        taken.push_back(nick);
    }
}

TEST_CASE("a nick is not cut within a character")
{
    const std::string wished = std::string(30, 'x') + "\xc3\xa9";
    CHECK(unique_nick(wished, {}) == std::string(30, 'x'));
    CHECK(unique_nick(std::string(44, '\x80'), {}).size() == 31); // no UTF-8
}

} // namespace netplay_relay::netplay
