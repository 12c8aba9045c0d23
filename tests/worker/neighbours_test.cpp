// Who plays another copy of a game hears of those who play it at other workers, and they of him.
#include "worker_crowd.hpp"

#include "room/room_table.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

struct Rooms
{
    Process process{policy_of(lobby::ManualIp::room)};
    worker::Handle last = 0;

    // Plays this copy of the game; its handle.
    worker::Handle plays(std::uint32_t content_crc, const std::string& password = {})
    {
        MemberTraits traits;
        traits.nick = "nick" + std::to_string(++last);
        traits.content_crc = content_crc;
        traits.password = password;
        process.comes(0, last, traits);
        REQUIRE(process.members.at(last).is_in_room());
        process.say(last, text_of(process.members.at(last).says(wire::Play{})));
        hears(last);
        return last;
    }

    void hears(worker::Handle handle)
    {
        for (std::string heard = process.heard(handle); !heard.empty();
             heard = process.heard(handle)) {
            const std::vector<std::uint8_t> bytes(heard.begin(), heard.end());
            const std::string said = text_of(process.members.at(handle).hears(bytes));
            if (!said.empty()) process.say(handle, said);
        }
    }

    // How often it was told of another copy, since it was asked.
    std::size_t told(worker::Handle handle, const std::string& crc)
    {
        hears(handle);
        const auto chats = std::exchange(process.members.at(handle).chats, {});
        return static_cast<std::size_t>(std::ranges::count_if(chats, [&](const std::string& chat) {
            return chat.find("another copy") != std::string::npos &&
                   chat.find(crc) != std::string::npos;
        }));
    }

    [[nodiscard]] std::size_t home(worker::Handle handle) const { return process.homes.at(handle); }

    // A copy that is at home at another worker than that.
    std::uint32_t elsewhere(std::size_t than, std::uint32_t from)
    {
        room::RoomKey key;
        key.core = "arena";
        for (key.content_crc = from; key.hash() % worker_count == than; ++key.content_crc) {
        }
        return key.content_crc;
    }
};

std::string crc_text(std::uint32_t crc)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (int shift = 28; shift >= 0; shift -= 4)
        text += digits[crc >> shift & 0xFU];
    return text;
}

} // namespace

TEST_CASE("who plays another copy of a game at another worker is told of, both ways")
{
    Rooms rooms;
    const worker::Handle ann = rooms.plays(1);
    const std::uint32_t other = rooms.elsewhere(rooms.home(ann), 2);
    const worker::Handle bob = rooms.plays(other);
    REQUIRE(rooms.home(ann) != rooms.home(bob));
    CHECK(rooms.process.rooms.size() == 2);
    CHECK(rooms.told(bob, crc_text(1)) == 1);
    CHECK(rooms.told(ann, crc_text(other)) == 1);
}

TEST_CASE("the fullest room of all workers is named, and a room that has ended is not")
{
    Rooms rooms;
    const worker::Handle ann = rooms.plays(1);
    room::RoomKey key;
    key.core = "arena";
    key.content_crc = 0x77;
    rooms.process.rooms.list(1000, {key, {0x77, "Arena", "v1"}, 3});
    const worker::Handle bob = rooms.plays(rooms.elsewhere(rooms.home(ann), 2));
    CHECK(rooms.told(bob, crc_text(0x77)) == 1);
    rooms.process.rooms.forget(1000);
    for (const worker::Handle one : {ann, bob}) {
        rooms.process.network.lines.at(one).ended = true;
        rooms.process.workers[rooms.home(one)]->ready(one);
    }
    CHECK(rooms.process.rooms.size() == 0);
    const worker::Handle eve = rooms.plays(1);
    CHECK(rooms.told(eve, "0") == 0);
}

TEST_CASE("nobody is told of rooms of other workers behind a password that it did not type")
{
    Rooms rooms;
    const worker::Handle ann = rooms.plays(1);
    room::RoomKey key;
    key.core = "arena";
    key.content_crc = 2;
    key.password_hash = "of others";
    rooms.process.rooms.list(1000, {key, {2, "Arena", "v1"}, 5});
    const std::uint32_t other = rooms.elsewhere(rooms.home(ann), 3);
    const worker::Handle bob = rooms.plays(other);
    CHECK(rooms.told(bob, crc_text(1)) == 1);
}

TEST_CASE("a room that moves to another worker is listed once")
{
    Rooms rooms;
    const worker::Handle ann = rooms.plays(1);
    const std::size_t from = rooms.home(ann);
    const std::size_t to = (from + 1) % worker_count;
    REQUIRE(rooms.process.give(from, to));
    CHECK(rooms.process.rooms.size() == 1);
    const std::uint32_t other = rooms.elsewhere(to, 2);
    const worker::Handle bob = rooms.plays(other);
    CHECK(rooms.told(bob, crc_text(1)) == 1);
    CHECK(rooms.told(ann, crc_text(other)) == 1);
}
