// What a room wants done, and what it has to tell.
#pragma once

#include "netplay_relay/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::room {

// A savestate as it travels: one copy, shared by all who get it.
using SharedState = std::shared_ptr<const std::vector<std::uint8_t>>;

// Bytes for one member, in order: `bytes` and then `state`, which may be null.
struct Parcel
{
    ConnectionId to;
    std::vector<std::uint8_t> bytes;
    SharedState state;
};

// Why a member has to go, or went.
enum class MemberEnd : std::uint8_t
{
    left,
    lost,         // its TCP connection answered no more
    backlog,      // it did not take what we had to say
    memory_short, // it held memory that others need
    // at the entrance
    entrance_timeout,
    not_netplay, // its handshake was none
    probe,       // POKE: answered, nothing else was wanted
    old_version, // no protocol in common
    no_compression,
    byte_order, // its byte order is not that of the room's members
    wrong_password,
    password_too_often, // so many passwords of its network were wrong that this one has to wait
    different_core,     // on a port that belongs to a room of another game
    rooms_full,
    address_rooms_full,
    room_full,
    address_idle_full, // its address has too many members in rooms without players
    address_room_full, // its address has as many members as it may, or the last are for others
    protocol_4,        // players sit as a member of protocol 4 cannot be told
    no_new_rooms,      // it would have opened a room, and we take no new ones
    // within
    bad_command,
    input_size,
    input_out_of_order,
    ran_ahead, // its input is for frames too far ahead
    slow_player,
    spoils_game, // in the last minute the others waited or repeated too much for it
    nak,         // it refused what we sent
    flood,
    no_savestate,       // nobody could give the state that it needs to join
    state_size_differs, // its core's version has savestates of another size than the room's
    unusable_state,     // whoever was given its state left at once
    made_room,          // it watched, one of many of its address, and another address came
    replaced,           // it was silent, and its player has come again
    room_closed,
};
inline constexpr std::size_t member_end_count =
    static_cast<std::size_t>(MemberEnd::room_closed) + 1;

// This member is out; its connection must be closed once the parcels for it are sent.
struct Closing
{
    ConnectionId member;
    MemberEnd end{};
};

enum class RoomNewsKind : std::uint8_t
{
    room_opened,
    room_closed,
    member_joined,
    version_differs, // of the core: allowed, and may explain a desync
    content_differs, // of its CRC: where rooms are not found by it
    member_plays,
    member_watches,
    member_waits,       // for a place: it wants to play, and may not yet
    member_returned,    // within a minute: it gets its old place if it wants to play
    held_up,            // a member has kept others waiting
    state_shared,       // a savestate went to the members
    desync,             // a member's state is not the spectator's
    witness_differs,    // the spectator's state is not that of the players, who agree
    state_doubted,      // somebody left at once with this member's state
    states_differ,      // they never agreed: with this spectator's, or with anybody's
    state_size_differs, // of the core in the version that a newcomer has
    warned,             // the others wait or repeat a lot for it
    sent_to_watch,      // so much that it had to go, and may only watch for a while
    shut_out,           // the second time
};
inline constexpr std::size_t room_news_kind_count =
    static_cast<std::size_t>(RoomNewsKind::shut_out) + 1;
[[nodiscard]] std::string_view word(RoomNewsKind kind);

struct RoomNews
{
    RoomNewsKind kind{};
    std::uint64_t room = 0; // number of the room, never reused
    std::string core;
    std::uint32_t content_crc = 0;
    ConnectionId member; // if it is about one
    std::string nick;
    // held_up: so many waited; state_doubted: networks that left; member_waits: have spoilt the
    // game, for which a newcomer has to wait; 0: all places are taken.
    std::uint32_t players = 0;
    // held_up: for so long; room_closed: the room's age; member_waits: at least, of a newcomer;
    // warned and so on: the others waited so long in the last minute,
    Duration duration{};
    std::uint64_t repeats = 0; // and repeated so many frames
    std::string leaver;        // state_doubted: the nick of who left
    // state_size_differs: the newcomer's version, and sizes in bytes.
    std::string core_version;
    std::uint32_t state_size = 0;
    std::uint32_t room_state_size = 0;
};

// Buffers whose bytes were sent, for those of the next parcels: in a game, none is allocated anew.
class SpareBuffers
{
public:
    // An empty one.
    [[nodiscard]] std::vector<std::uint8_t> take();
    void give(std::vector<std::uint8_t> used); // one too many, or too large, is freed

private:
    std::vector<std::vector<std::uint8_t>> buffers_;
};

struct Outcome
{
    SpareBuffers spare;
    std::vector<Parcel> parcels;
    std::vector<Closing> closings;
    std::vector<RoomNews> news;

    void clear()
    {
        parcels.clear();
        closings.clear();
        news.clear();
    }
};

} // namespace netplay_relay::room
