#include "../wire/bytes.hpp"
#include "script.hpp"

#include "netplay/password.hpp"
#include "wire/netplay_encode.hpp"

namespace netplay_relay::room {

namespace {

using wire::from_hex;

// NICK "c1" as on the wire.
ByteVector nick_bytes()
{
    return wire::joined(from_hex("00000020 00000020 63310000"), ByteVector(28, 0));
}

ByteVector info_bytes(const wire::Info& info, wire::InfoLayout layout = wire::InfoLayout::crc_first)
{
    ByteVector bytes;
    wire::encode_command(info, {5, layout, wire::Side::client, 0}, bytes);
    return bytes;
}

ByteVector tail(const ByteVector& bytes, std::size_t size)
{
    REQUIRE(bytes.size() >= size);
    return {bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end()};
}

Visit of_core(const char* core, std::uint32_t crc = test_game.content_crc)
{
    Visit visit;
    visit.game = {crc, core, "v1"};
    return visit;
}

Visit from_with(const char* address, const char* core)
{
    Visit visit = of_core(core);
    visit.admission.address = address_of(address);
    return visit;
}

Visit knowing(const char* password)
{
    Visit visit;
    visit.password = password;
    visit.admission.by_password = true;
    return visit;
}

} // namespace

TEST_CASE("a room is found by content", "[numbers]")
{
    Script script;
    script.joins("ann");
    script.joins("bob", of_core("TestCore", 1));
    script.joins("carl", of_core("OtherCore"));
    CHECK(script.manager.use() == RoomUse{3, 3, 0});
    script.joins("dan", of_core("TESTcore"));
    CHECK(script.manager.use() == RoomUse{3, 4, 0});
    const auto rooms = script.manager.look();
    CHECK(rooms[0].members.size() == 2);
    CHECK(rooms[0].core == "TestCore");
    CHECK(rooms[0].number == 1);
    CHECK(rooms[2].core == "OtherCore");
}

TEST_CASE("a newcomer is answered byte for byte as RetroArch is by a host")
{
    Script script;
    script.arrives("c1");
    script.says("c1", from_hex("52414e50 00040008 00000001 00000006 00000005 000004"));
    CHECK(script.answer("c1").empty());
    script.says("c1", from_hex("69"));
    CHECK(script.answer("c1") == from_hex("52414e50 00040008 00000001 00000000 00000006 00000469"));
    script.says("c1", nick_bytes());
    const ByteVector answer = script.answer("c1");
    CHECK(tail(answer, 8) == from_hex("00000022 00000000")); // nothing is loaded here
    CHECK(answer.size() == 40 + 8);
    script.says("c1", info_bytes(test_game));
    CHECK(script.answer("c1") == info_bytes(test_game));
    script.says("c1", info_bytes(test_game)); // again, and only now SYNC
    const ByteVector sync = script.answer("c1");
    ByteVector expected = from_hex("00000023 000000b8 00000000 00000001");
    for (int port = 0; port < 16; ++port)
        expected = wire::joined(expected, from_hex("00000001"));
    expected = wire::joined(expected, ByteVector(16 + 64, 0));
    expected = wire::joined(expected, wire::joined(from_hex("6331"), ByteVector(30, 0)));
    expected = wire::joined(expected, from_hex("00002000 00000004 00000000"));
    expected = wire::joined(expected, from_hex("00002001 00000008 00000000 00000000"));
    expected = wire::joined(expected, from_hex("00000004 00000004 00000000"));
    CHECK(sync == expected);
}

TEST_CASE("a newcomer is told its own spelling of the core, and the room's version")
{
    Script script;
    script.joins("ann");
    script.arrives("c1");
    script.says("c1", from_hex("52414e50 00040008 00000001 00000000 00000005 00000529"));
    script.says("c1", nick_bytes());
    (void)script.answer("c1");
    script.says("c1", info_bytes({test_game.content_crc, "testCORE", "v2"}));
    CHECK(script.answer("c1") == info_bytes({test_game.content_crc, "testCORE", "v1"}));
    script.says("c1", info_bytes({test_game.content_crc, "testCORE", "v2"}));
    CHECK(script.is_in("c1"));
    CHECK(script.events() ==
          Words{"room_opened", "member_joined ann", "member_joined c1", "version_differs c1"});
    CHECK(script.look("c1").core_version == "v2");
}

TEST_CASE("the header of a room echoes what the client says of itself")
{
    Script script;
    const auto answer_to = [&](const char* header) {
        script.arrives("c1");
        script.says("c1", from_hex(header));
        return script.answer("c1");
    };
    CHECK(answer_to("52414e50 00040004 00000001 00000007 00000005 00000415") ==
          from_hex("52414e50 00040004 00000001 00000000 00000007 00000415"));
    CHECK(answer_to("52414e50 40020004 00000001 00000000 00000005 00000259") ==
          from_hex("52414e50 40020004 00000001 00000000 00000005 00000259"));
    CHECK(answer_to("52414e50 00020004 00000003 00000009 00000005 ffffffff") ==
          from_hex("52414e50 00020004 00000001 00000000 00000007 ffffffff"));
    CHECK(answer_to("00000241 00040004 00000001 00000000") ==
          from_hex("00000241 00040004 00000001 00000000"));
    CHECK(script.end_of("c1") == std::nullopt);
}

TEST_CASE("who cannot be talked to is turned away")
{
    Script script;
    const ByteVector refusal = from_hex("52414e50 00040008 00000001 00000000 00000000 00000455");
    const auto check_end = [&](const ByteVector& bytes, CloseReason end, const ByteVector& answer) {
        script.arrives("x");
        script.says("x", bytes);
        CHECK(script.end_of("x") == end);
        CHECK(script.answer("x") == answer);
    };
    check_end(wire::from_text("POKE"), CloseReason::probe,
              from_hex("52414e50 00040008 00000001 00000000 00000007 00000455"));
    check_end(from_hex("52414e50 00040008 00000001 00000004 00000004 00000241"),
              CloseReason::no_common_protocol, refusal);
    check_end(from_hex("52414e50 00040008 00000001 00000000 00000008 00000241"),
              CloseReason::no_common_protocol, refusal);
    check_end(from_hex("52414e50 00040008 00000000 00000006 00000005 00000469"),
              CloseReason::no_compression, refusal);
    check_end(from_hex("00000241 00040008 00000000 00000000"), CloseReason::no_compression,
              refusal);
    check_end(wire::from_text("GET / HTTP/1.0\r\n"), CloseReason::not_netplay, {});
    check_end(wire::from_text("FULL"), CloseReason::not_netplay, {});
    CHECK(script.manager.use() == RoomUse{});
}

TEST_CASE("old frontends are understood in the layout that INFO has in their build")
{
    using wire::InfoLayout;
    const auto [build, layout] = GENERATE(std::pair{"00000259", InfoLayout::name_first}, // 1.9.0
                                          std::pair{"00000529", InfoLayout::crc_first},  // 1.9.14
                                          std::pair{"00ffffff", InfoLayout::crc_first}); // unknown
    Script script;
    script.arrives("c1");
    script.says("c1",
                from_hex("52414e50 00040008 00000001 00000000 00000005" + std::string(build)));
    script.says("c1", nick_bytes());
    (void)script.answer("c1");
    script.says("c1", info_bytes(test_game, layout));
    CHECK(script.answer("c1") == info_bytes(test_game, layout));
    script.says("c1", info_bytes(test_game, layout));
    REQUIRE(script.is_in("c1"));
    CHECK(script.look().core == "TestCore");
    CHECK(script.look().content_crc == test_game.content_crc);
}

TEST_CASE("who types the same password meets, and nobody is told of it")
{
    Script script;
    script.joins("ann", knowing("secret"));
    script.joins("bob", knowing("secret"));
    script.joins("carl", knowing("other"));
    script.joins("dan", knowing(" secret"));
    script.joins("eve");
    CHECK(script.manager.use() == RoomUse{4, 5, 0});
    const std::string hash = netplay::password_hash(0x01abcdef, "secret");
    for (const RoomEvent& event : script.all_events())
        CHECK((event.core + event.nick).find(hash) == std::string::npos);
    const auto rooms = script.manager.look();
    CHECK(rooms[0].members.size() == 2);
    CHECK(rooms[0].by_password);
    CHECK_FALSE(rooms[3].by_password);
    for (const RoomSnapshot& room : rooms) {
        CHECK((room.core + room.core_version).find(hash) == std::string::npos);
        for (const MemberSnapshot& member : room.members)
            CHECK((member.nick + member.core_version).find(hash) == std::string::npos);
    }
}

TEST_CASE("the operator's passwords tell who may come in and who may play")
{
    RoomSettings settings;
    settings.password = "play";
    settings.spectate_password = "watch";
    Script script(settings);
    Visit visit;
    visit.password = "play";
    script.joins_and_plays("ann", visit);
    visit.password = "watch";
    script.joins("bob", visit);
    script.forget_what_was_told();
    script.plays("bob");
    CHECK(script.told("bob") == Words{"REFUSED 1"});
    CHECK(script.told("ann").empty());
    CHECK_FALSE(script.look("bob").playing);
    visit.password = "wrong";
    script.comes("carl", visit);
    CHECK(script.end_of("carl") == CloseReason::wrong_password);
    visit.password = "play";
    visit.protocol = 4;
    script.joins("four", visit);
    CHECK(script.manager.use() == RoomUse{1, 3, 0});
}

TEST_CASE("nobody's handshake takes long")
{
    Script script;
    Visit visit = knowing("secret");
    script.arrives("silent");
    script.arrives("typing", visit.admission);
    script.says("typing", from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
    script.says("typing", nick_bytes());
    script.passes(handshake_limit - 1ms);
    CHECK(script.end_of("silent") == std::nullopt);
    script.passes(1ms);
    CHECK(script.end_of("silent") == CloseReason::entrance_timeout);
    CHECK(script.end_of("typing") == std::nullopt);
    script.passes(password_limit - handshake_limit - 1ms);
    CHECK(script.end_of("typing") == std::nullopt);
    ByteVector password;
    wire::encode_command(wire::Password{std::string(64, 'a')}, {6, {}, wire::Side::client, 0},
                         password);
    script.says("typing", password); // now it needs no player any more
    script.passes(handshake_limit - 1ms);
    CHECK(script.end_of("typing") == std::nullopt);
    script.passes(1ms);
    CHECK(script.end_of("typing") == CloseReason::entrance_timeout);
    CHECK(script.manager.use() == RoomUse{});
}

TEST_CASE("no new rooms: those that are open take members, and everybody else is turned away")
{
    Script script;
    script.joins("a", from_with("192.0.2.1", "A"));
    script.manager.refuse_new_rooms(CloseReason::no_new_rooms);
    script.comes("b", from_with("192.0.2.2", "B"));
    CHECK(script.end_of("b") == CloseReason::no_new_rooms);
    script.joins("c", from_with("192.0.2.3", "A"));
    script.leaves("a");
    script.leaves("c");
    script.comes("d", from_with("192.0.2.4", "A")); // its room was open, and is no more
    CHECK(script.end_of("d") == CloseReason::no_new_rooms);
    CHECK(script.manager.use() == RoomUse{});
}

TEST_CASE("rooms are limited, in all and by address")
{
    RoomSettings settings;
    settings.rooms = 3;
    settings.rooms_per_address = 2;
    Script script(settings);
    script.joins("a", from_with("2001:db8::1", "A"));
    script.joins("b", from_with("2001:db8::2", "B"));
    script.comes("c", from_with("2001:db8::3", "C")); // the same client prefix
    CHECK(script.end_of("c") == CloseReason::address_rooms_full);
    script.joins("d", from_with("203.0.113.7", "D"));
    script.comes("e", from_with("203.0.113.8", "E"));
    CHECK(script.end_of("e") == CloseReason::rooms_full);
    script.joins("f", from_with("2001:db8::4", "A")); // a room that is there
    script.leaves("b");
    script.joins("g", from_with("2001:db8::5", "G"));
    CHECK(script.manager.use() == RoomUse{3, 4, 0});
}

TEST_CASE("members of one room are limited")
{
    RoomSettings settings;
    settings.members = 2;
    Script script(settings);
    script.joins("ann");
    script.joins("bob");
    script.comes("carl");
    CHECK(script.end_of("carl") == CloseReason::room_full);
    script.leaves("bob");
    script.joins("carl");
    CHECK(script.look("carl").number == 2);
}

TEST_CASE("a port with a room of its own takes one game at a time, whatever its content")
{
    Script script;
    Visit visit;
    visit.admission.port = 4000;
    script.joins("ann", visit);
    script.joins("elsewhere");
    visit.game = {1, "testcore", "v1"};
    script.joins("bob", visit);
    visit.game.core_name = "OtherCore";
    script.comes("carl", visit);
    CHECK(script.end_of("carl") == CloseReason::different_core);
    CHECK(script["carl"].handshake().end() == wire::CloseReason::different_core);
    CHECK(script.manager.use() == RoomUse{2, 3, 0});
    script.leaves("ann");
    script.leaves("bob");
    script.joins("carl", visit);
    CHECK(script.manager.look().back().port == 4000);
}

TEST_CASE("a listener that leads to one room leads nowhere else", "[numbers]")
{
    Script script;
    script.joins("ann");
    Visit visit;
    visit.admission.room = 1;
    visit.game = {7, "TestCore", "v1"};
    script.joins("bob", visit);
    visit.game = {7, "OtherCore", "v1"};
    script.comes("carl", visit);
    CHECK(script.end_of("carl") == CloseReason::different_core);
    visit.admission.room = 2;
    script.comes("dan", visit);
    CHECK(script.end_of("dan") == CloseReason::room_closed);
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

TEST_CASE("members of one room have one byte order", "[numbers]")
{
    Script script;
    script.joins("ann");
    Visit visit;
    visit.platform = 0x40040008;
    script.comes("bob", visit); // has a room of its own
    CHECK(script.manager.use() == RoomUse{2, 2, 0});
    visit.platform = 0x40020004;
    script.joins("carl", visit);
    CHECK(script.manager.use() == RoomUse{2, 3, 0});
    visit.platform = 0x40040008;
    visit.admission.room = 1; // ann's, by its port
    script.comes("dan", visit);
    CHECK(script.end_of("dan") == CloseReason::byte_order);
}

TEST_CASE("one address does not fill a room")
{
    RoomSettings settings;
    settings.members_per_address = 2;
    Script script(settings);
    for (const char* name : {"ann", "bob"})
        script.joins(name);
    script.comes("carl");
    CHECK(script.end_of("carl") == CloseReason::address_room_full);
}

TEST_CASE("two who come at once open one room")
{
    Script script;
    for (const char* name : {"a", "b"}) {
        script.arrives(name);
        script.says(name, from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
        script.says(name, nick_bytes());
    }
    for (int time = 0; time < 2; ++time)
        for (const char* name : {"a", "b"})
            script.says(name, info_bytes(test_game));
    CHECK(script.manager.use() == RoomUse{1, 2, 0});
}

} // namespace netplay_relay::room
