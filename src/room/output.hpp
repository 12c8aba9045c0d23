// What a room wants done, and what it has to tell.
#pragma once

#include "base/ids.hpp"
#include "base/outbound.hpp"
#include "fleet/view.hpp"
#include "room/snapshot.hpp"
#include "wire/address.hpp"
#include "wire/close_reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::room {

// A savestate as it travels.
using SharedState = SharedBytes;
using netplay_relay::OutboundMessage;
using netplay_relay::SpareBuffers;

using wire::CloseReason;

// This member is out; its connection must be closed once the messages for it are sent.
struct Closing
{
    ConnectionId member;
    CloseReason end{};
    MemberName name{};
};

enum class RoomEventKind : std::uint8_t
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
inline constexpr std::size_t room_event_kind_count =
    static_cast<std::size_t>(RoomEventKind::shut_out) + 1;
[[nodiscard]] std::string_view word(RoomEventKind kind);

struct RoomEvent
{
    RoomEventKind kind{};
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

// What members say, counted by kind.
enum class SaidKind : std::uint8_t
{
    input,
    play,
    spectate,
    crc,
    savestate,
    savestate_request,
    chat,
    ping, // and its answer
    pause,
    other
};
inline constexpr std::size_t said_kind_count = static_cast<std::size_t>(SaidKind::other) + 1;
[[nodiscard]] std::string_view word(SaidKind kind);
using SaidCounts = std::array<std::uint64_t, said_kind_count>;

// Whoever is on the way into a room that another worker has, or would open.
struct Elsewhere
{
    ConnectionId connection;
    std::uint16_t worker = 0;
    std::optional<fleet::Node> node = std::nullopt; // instead: another node of the fleet
};

// Somebody has given a password, for the other workers of the process.
struct Guess
{
    wire::Address prefix; // of the client
    std::string nick;
    std::uint64_t what = 0; // tells it from others; 0: nothing does
    bool at_door = false;   // where rooms are found by password: then it is never right
    bool is_right = false;
};

// A room that newcomers look for at another worker of the process has ended here.
struct Ended
{
    std::string name;
    std::uint16_t home = 0;
};

struct Output
{
    SpareBuffers spare;
    std::vector<OutboundMessage> messages;
    std::vector<Closing> closings;
    std::vector<RoomEvent> events;
    std::vector<Elsewhere> elsewhere;
    std::vector<Ended> ended;
    SaidCounts said{}; // netplay commands of members

    void clear()
    {
        said = {};
        messages.clear();
        closings.clear();
        events.clear();
        elsewhere.clear();
        ended.clear();
    }
};

} // namespace netplay_relay::room
