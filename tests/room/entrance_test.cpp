#include "../wire/bytes.hpp"
#include "dialogue.hpp"

#include "netplay_relay/netplay/password.hpp"
#include "netplay_relay/wire/netplay_encode.hpp"

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
    Dialogue hall;
    hall.joins("ann");
    hall.joins("bob", of_core("TestCore", 1));
    hall.joins("carl", of_core("OtherCore"));
    CHECK(hall.hall.use() == HallUse{3, 3, 0});
    hall.joins("dan", of_core("TESTcore"));
    CHECK(hall.hall.use() == HallUse{3, 4, 0});
    const auto rooms = hall.hall.look();
    CHECK(rooms[0].members.size() == 2);
    CHECK(rooms[0].core == "TestCore");
    CHECK(rooms[0].number == 1);
    CHECK(rooms[2].core == "OtherCore");
}

TEST_CASE("a newcomer is answered byte for byte as RetroArch is by a host")
{
    Dialogue hall;
    hall.arrives("c1");
    hall.says("c1", from_hex("52414e50 00040008 00000001 00000006 00000005 000004"));
    CHECK(hall.answer("c1").empty());
    hall.says("c1", from_hex("69"));
    CHECK(hall.answer("c1") == from_hex("52414e50 00040008 00000001 00000000 00000006 00000469"));
    hall.says("c1", nick_bytes());
    const ByteVector answer = hall.answer("c1");
    CHECK(tail(answer, 8) == from_hex("00000022 00000000")); // nothing is loaded here
    CHECK(answer.size() == 40 + 8);
    hall.says("c1", info_bytes(test_game));
    CHECK(hall.answer("c1") == info_bytes(test_game));
    hall.says("c1", info_bytes(test_game)); // again, and only now SYNC
    const ByteVector sync = hall.answer("c1");
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
    Dialogue hall;
    hall.joins("ann");
    hall.arrives("c1");
    hall.says("c1", from_hex("52414e50 00040008 00000001 00000000 00000005 00000529"));
    hall.says("c1", nick_bytes());
    (void)hall.answer("c1");
    hall.says("c1", info_bytes({test_game.content_crc, "testCORE", "v2"}));
    CHECK(hall.answer("c1") == info_bytes({test_game.content_crc, "testCORE", "v1"}));
    hall.says("c1", info_bytes({test_game.content_crc, "testCORE", "v2"}));
    CHECK(hall.is_in("c1"));
    CHECK(hall.news() ==
          Words{"room_opened", "member_joined ann", "member_joined c1", "version_differs c1"});
    CHECK(hall.look("c1").core_version == "v2");
}

TEST_CASE("the header of a room echoes what the client says of itself")
{
    Dialogue hall;
    const auto answer_to = [&](const char* header) {
        hall.arrives("c1");
        hall.says("c1", from_hex(header));
        return hall.answer("c1");
    };
    CHECK(answer_to("52414e50 00040004 00000001 00000007 00000005 00000415") ==
          from_hex("52414e50 00040004 00000001 00000000 00000007 00000415"));
    CHECK(answer_to("52414e50 40020004 00000001 00000000 00000005 00000259") ==
          from_hex("52414e50 40020004 00000001 00000000 00000005 00000259"));
    CHECK(answer_to("52414e50 00020004 00000003 00000009 00000005 ffffffff") ==
          from_hex("52414e50 00020004 00000001 00000000 00000007 ffffffff"));
    CHECK(answer_to("00000241 00040004 00000001 00000000") ==
          from_hex("00000241 00040004 00000001 00000000"));
    CHECK(hall.end_of("c1") == std::nullopt);
}

TEST_CASE("who cannot be talked to is turned away")
{
    Dialogue hall;
    const ByteVector refusal = from_hex("52414e50 00040008 00000001 00000000 00000000 00000455");
    const auto check_end = [&](const ByteVector& bytes, MemberEnd end, const ByteVector& answer) {
        hall.arrives("x");
        hall.says("x", bytes);
        CHECK(hall.end_of("x") == end);
        CHECK(hall.answer("x") == answer);
    };
    check_end(wire::from_text("POKE"), MemberEnd::probe,
              from_hex("52414e50 00040008 00000001 00000000 00000007 00000455"));
    check_end(from_hex("52414e50 00040008 00000001 00000004 00000004 00000241"),
              MemberEnd::old_version, refusal);
    check_end(from_hex("52414e50 00040008 00000001 00000000 00000008 00000241"),
              MemberEnd::old_version, refusal);
    check_end(from_hex("52414e50 00040008 00000000 00000006 00000005 00000469"),
              MemberEnd::no_compression, refusal);
    check_end(from_hex("00000241 00040008 00000000 00000000"), MemberEnd::no_compression, refusal);
    check_end(wire::from_text("GET / HTTP/1.0\r\n"), MemberEnd::not_netplay, {});
    check_end(wire::from_text("FULL"), MemberEnd::not_netplay, {});
    CHECK(hall.hall.use() == HallUse{});
}

TEST_CASE("old frontends are understood in the layout that INFO has in their build")
{
    using wire::InfoLayout;
    const auto [build, layout] = GENERATE(std::pair{"00000259", InfoLayout::name_first}, // 1.9.0
                                          std::pair{"00000529", InfoLayout::crc_first},  // 1.9.14
                                          std::pair{"00ffffff", InfoLayout::crc_first}); // unknown
    Dialogue hall;
    hall.arrives("c1");
    hall.says("c1", from_hex("52414e50 00040008 00000001 00000000 00000005" + std::string(build)));
    hall.says("c1", nick_bytes());
    (void)hall.answer("c1");
    hall.says("c1", info_bytes(test_game, layout));
    CHECK(hall.answer("c1") == info_bytes(test_game, layout));
    hall.says("c1", info_bytes(test_game, layout));
    REQUIRE(hall.is_in("c1"));
    CHECK(hall.look().core == "TestCore");
    CHECK(hall.look().content_crc == test_game.content_crc);
}

TEST_CASE("who types the same password meets, and nobody is told of it")
{
    Dialogue hall;
    hall.joins("ann", knowing("secret"));
    hall.joins("bob", knowing("secret"));
    hall.joins("carl", knowing("other"));
    hall.joins("dan", knowing(" secret"));
    hall.joins("eve");
    CHECK(hall.hall.use() == HallUse{4, 5, 0});
    const std::string hash = netplay::password_hash(0x01abcdef, "secret");
    for (const RoomNews& news : hall.all_news())
        CHECK((news.core + news.nick).find(hash) == std::string::npos);
    const auto rooms = hall.hall.look();
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
    Dialogue hall(settings);
    Visit visit;
    visit.password = "play";
    hall.joins_and_plays("ann", visit);
    visit.password = "watch";
    hall.joins("bob", visit);
    hall.forget_what_was_told();
    hall.plays("bob");
    CHECK(hall.told("bob") == Words{"REFUSED 1"});
    CHECK(hall.told("ann").empty());
    CHECK_FALSE(hall.look("bob").playing);
    visit.password = "wrong";
    hall.comes("carl", visit);
    CHECK(hall.end_of("carl") == MemberEnd::wrong_password);
    visit.password = "play";
    visit.protocol = 4;
    hall.joins("four", visit);
    CHECK(hall.hall.use() == HallUse{1, 3, 0});
}

TEST_CASE("nobody stands in the entrance for long")
{
    Dialogue hall;
    Visit visit = knowing("secret");
    hall.arrives("silent");
    hall.arrives("typing", visit.admission);
    hall.says("typing", from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
    hall.says("typing", nick_bytes());
    hall.passes(entrance_limit - 1ms);
    CHECK(hall.end_of("silent") == std::nullopt);
    hall.passes(1ms);
    CHECK(hall.end_of("silent") == MemberEnd::entrance_timeout);
    CHECK(hall.end_of("typing") == std::nullopt);
    hall.passes(password_limit - entrance_limit - 1ms);
    CHECK(hall.end_of("typing") == std::nullopt);
    ByteVector password;
    wire::encode_command(wire::Password{std::string(64, 'a')}, {6, {}, wire::Side::client, 0},
                         password);
    hall.says("typing", password); // now it needs no player any more
    hall.passes(entrance_limit - 1ms);
    CHECK(hall.end_of("typing") == std::nullopt);
    hall.passes(1ms);
    CHECK(hall.end_of("typing") == MemberEnd::entrance_timeout);
    CHECK(hall.hall.use() == HallUse{});
}

TEST_CASE("no new rooms: those that are open take members, and everybody else is turned away")
{
    Dialogue hall;
    hall.joins("a", from_with("192.0.2.1", "A"));
    hall.hall.take_no_new_rooms();
    hall.comes("b", from_with("192.0.2.2", "B"));
    CHECK(hall.end_of("b") == MemberEnd::no_new_rooms);
    hall.joins("c", from_with("192.0.2.3", "A"));
    hall.leaves("a");
    hall.leaves("c");
    hall.comes("d", from_with("192.0.2.4", "A")); // its room was open, and is no more
    CHECK(hall.end_of("d") == MemberEnd::no_new_rooms);
    CHECK(hall.hall.use() == HallUse{});
}

TEST_CASE("rooms are limited, in all and by address")
{
    RoomSettings settings;
    settings.rooms = 3;
    settings.rooms_per_address = 2;
    Dialogue hall(settings);
    hall.joins("a", from_with("2001:db8::1", "A"));
    hall.joins("b", from_with("2001:db8::2", "B"));
    hall.comes("c", from_with("2001:db8::3", "C")); // the same household
    CHECK(hall.end_of("c") == MemberEnd::address_rooms_full);
    hall.joins("d", from_with("203.0.113.7", "D"));
    hall.comes("e", from_with("203.0.113.8", "E"));
    CHECK(hall.end_of("e") == MemberEnd::rooms_full);
    hall.joins("f", from_with("2001:db8::4", "A")); // a room that is there
    hall.leaves("b");
    hall.joins("g", from_with("2001:db8::5", "G"));
    CHECK(hall.hall.use() == HallUse{3, 4, 0});
}

TEST_CASE("members of one room are limited")
{
    RoomSettings settings;
    settings.members = 2;
    Dialogue hall(settings);
    hall.joins("ann");
    hall.joins("bob");
    hall.comes("carl");
    CHECK(hall.end_of("carl") == MemberEnd::room_full);
    hall.leaves("bob");
    hall.joins("carl");
    CHECK(hall.look("carl").number == 2);
}

TEST_CASE("a port with a room of its own takes one game at a time, whatever its content")
{
    Dialogue hall;
    Visit visit;
    visit.admission.port = 4000;
    hall.joins("ann", visit);
    hall.joins("elsewhere");
    visit.game = {1, "testcore", "v1"};
    hall.joins("bob", visit);
    visit.game.core_name = "OtherCore";
    hall.comes("carl", visit);
    CHECK(hall.end_of("carl") == MemberEnd::different_core);
    CHECK(hall["carl"].handshake().end() == netplay::HandshakeEnd::different_core);
    CHECK(hall.hall.use() == HallUse{2, 3, 0});
    hall.leaves("ann");
    hall.leaves("bob");
    hall.joins("carl", visit);
    CHECK(hall.hall.look().back().port == 4000);
}

TEST_CASE("a door that leads to one room leads nowhere else", "[numbers]")
{
    Dialogue hall;
    hall.joins("ann");
    Visit visit;
    visit.admission.room = 1;
    visit.game = {7, "TestCore", "v1"};
    hall.joins("bob", visit);
    visit.game = {7, "OtherCore", "v1"};
    hall.comes("carl", visit);
    CHECK(hall.end_of("carl") == MemberEnd::different_core);
    visit.admission.room = 2;
    hall.comes("dan", visit);
    CHECK(hall.end_of("dan") == MemberEnd::room_closed);
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
}

TEST_CASE("members of one room have one byte order", "[numbers]")
{
    Dialogue hall;
    hall.joins("ann");
    Visit visit;
    visit.platform = 0x40040008;
    hall.comes("bob", visit); // has a room of its own
    CHECK(hall.hall.use() == HallUse{2, 2, 0});
    visit.platform = 0x40020004;
    hall.joins("carl", visit);
    CHECK(hall.hall.use() == HallUse{2, 3, 0});
    visit.platform = 0x40040008;
    visit.admission.room = 1; // ann's, by its port
    hall.comes("dan", visit);
    CHECK(hall.end_of("dan") == MemberEnd::byte_order);
}

TEST_CASE("one address does not fill a room")
{
    RoomSettings settings;
    settings.members_per_address = 2;
    Dialogue hall(settings);
    for (const char* name : {"ann", "bob"})
        hall.joins(name);
    hall.comes("carl");
    CHECK(hall.end_of("carl") == MemberEnd::address_room_full);
}

TEST_CASE("two at the door at once open one room")
{
    Dialogue hall;
    for (const char* name : {"a", "b"}) {
        hall.arrives(name);
        hall.says(name, from_hex("52414e50 00040008 00000001 00000006 00000005 00000469"));
        hall.says(name, nick_bytes());
    }
    for (int time = 0; time < 2; ++time)
        for (const char* name : {"a", "b"})
            hall.says(name, info_bytes(test_game));
    CHECK(hall.hall.use() == HallUse{1, 2, 0});
}

} // namespace netplay_relay::room
