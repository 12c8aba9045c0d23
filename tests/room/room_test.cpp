#include "room/room.hpp"

#include "script.hpp"

namespace netplay_relay::room {

namespace {

netplay::Negotiated newcomer(std::uint32_t protocol = 6)
{
    netplay::Negotiated negotiated;
    negotiated.protocol = protocol;
    negotiated.nick = "ann";
    negotiated.info = test_game;
    negotiated.platform = wire::platform_linux_64;
    return negotiated;
}

} // namespace

TEST_CASE("a room numbers its members from 1 and takes the lowest number again")
{
    const RoomSettings settings;
    Instant now{1h};
    Room room({1, 0, false, test_game}, settings, now);
    Output out;
    for (std::uint64_t id = 1; id <= 31; ++id) {
        REQUIRE(room.refusal_of(newcomer()) == std::nullopt);
        room.join(ConnectionId{id}, newcomer(), {}, now, out);
        room.check_consistency();
    }
    CHECK(room.size() == 31);
    CHECK(room.refusal_of(newcomer()) == CloseReason::room_full);
    room.leave(ConnectionId{7}, now, out);
    CHECK(room.refusal_of(newcomer()) == std::nullopt);
    room.join(ConnectionId{40}, newcomer(), {}, now, out);
    CHECK(room.look().members.back().number == 7);
    CHECK(out.closings.empty());
    room.check_consistency();
}

TEST_CASE("a room refuses whom it cannot take")
{
    const RoomSettings settings;
    const Instant now{1h};
    Room room({1, 0, false, test_game}, settings, now);
    netplay::Negotiated raw = newcomer();
    raw.zlib = false;
    CHECK(room.refusal_of(raw) == CloseReason::no_compression);
    CHECK(room.refusal_of(newcomer(4)) == std::nullopt);
    netplay::Negotiated other_end = newcomer();
    other_end.platform |= 0x40000000;
    CHECK(room.refusal_of(other_end) == std::nullopt); // nobody is there yet
    Output out;
    room.join(ConnectionId{1}, newcomer(), {}, now, out);
    CHECK(room.refusal_of(other_end) == CloseReason::byte_order);
}

TEST_CASE("what a member has said with its last word of the handshake is heard")
{
    const RoomSettings settings;
    const Instant now{1h};
    Room room({1, 0, false, test_game}, settings, now);
    wire::CommandStream stream;
    stream.append(wire::from_hex("00000025 00000004 00000000"));
    Output out;
    room.join(ConnectionId{1}, newcomer(), std::move(stream), now, out);
    CHECK(room.look().members[0].playing);
}

TEST_CASE("a room that closes tells everybody's end once")
{
    const RoomSettings settings;
    const Instant now{1h};
    Room room({1, 0, false, test_game}, settings, now);
    Output out;
    room.join(ConnectionId{1}, newcomer(), {}, now, out);
    room.join(ConnectionId{2}, newcomer(), {}, now, out);
    room.close(CloseReason::room_closed, now, out);
    REQUIRE(out.closings.size() == 2);
    CHECK(out.closings[1].end == CloseReason::room_closed);
    CHECK(room.size() == 0);
    CHECK(room.next_deadline() == std::nullopt);
    room.receive(ConnectionId{1}, wire::from_hex("00001100 00000000"), now, out);
    room.leave(ConnectionId{1}, now, out);
    room.tick(now + 10s, out);
    CHECK(out.closings.size() == 2);
}

TEST_CASE("a ping takes its time, and a newcomer is asked for none")
{
    const RoomSettings settings;
    Instant now{1h};
    Room room({1, 0, false, test_game}, settings, now);
    Output out;
    room.join(ConnectionId{1}, newcomer(), {}, now, out);
    const auto pings = [&](std::uint64_t id, const char* bytes) {
        out.clear();
        room.receive(ConnectionId{id}, wire::from_hex(bytes), now, out);
        return out.messages.empty() ? ByteVector{} : out.messages.back().bytes;
    };
    CHECK(pings(1, "00001100 00000000 00001100 00000000") ==
          wire::from_hex("00001101 00000000 00001100 00000000 00001101 00000000"));
    now += 80ms;
    (void)pings(1, "00001101 00000000");
    CHECK(room.look().members[0].ping == 80ms);
    room.join(ConnectionId{2}, newcomer(), {}, now, out); // waits for a state: only for SYNC
    CHECK(pings(2, "00001100 00000000") == wire::from_hex("00001101 00000000"));
}

TEST_CASE("devices are those of the core's table, by its name in any case")
{
    RoomSettings settings;
    settings.devices.push_back({"OTHER", {3}});
    settings.devices.push_back({"testCORE", {5, 0x205, 0}});
    Script script(settings);
    script.joins("ann");
    script.plays("ann", wire::Play{false, 0, 0b11});
    CHECK(script["ann"].next_input().words.size() == 6); // the low byte tells the words
    script["ann"].self = script["ann"].server();
    script.sends("ann", 3);
    CHECK(script.is_in("ann"));
}

} // namespace netplay_relay::room
