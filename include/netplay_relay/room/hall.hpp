// All rooms, and the entrance to them: who came by manual IP is asked for its game, and finds the
// room of those who play the same (protocol.md, "Rooms").
#pragma once

#include "netplay_relay/ids.hpp"
#include "netplay_relay/room/outcome.hpp"
#include "netplay_relay/room/settings.hpp"
#include "netplay_relay/room/snapshot.hpp"
#include "netplay_relay/wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::room {

// What the door that a connection came through says of it.
struct Admission
{
    wire::Address address;
    // The door leads to this room only, while it is there; 0: the room is found by content.
    std::uint64_t room = 0;
    // The door's port has a room of its own, whatever is played in it; 0: it has not.
    std::uint16_t port = 0;
    // Asked for a password; those who type the same one meet.
    bool by_password = false;
    // Those of one core meet whatever the CRC of their content is.
    bool by_core = false;
    // Rooms that are opened here have the core's multitap, and are found only from such doors.
    bool multitap = false;
};

struct HallUse
{
    std::size_t rooms = 0;
    std::size_t members = 0;  // in rooms
    std::size_t entering = 0; // on the way into one
    bool operator==(const HallUse&) const = default;
};

class HallState;

class Hall
{
public:
    // `salt` is not 0, and random: passwords of all connections are hashed with it, which makes
    // them comparable and tells nothing of them to the next process.
    Hall(RoomSettings settings, std::uint32_t salt);
    ~Hall();
    Hall(Hall&&) = delete;

    // New settings hold for who comes next; nobody is thrown out for them.
    void adopt(RoomSettings settings);

    // True if too many passwords from this address or network were wrong a moment ago: who is told
    // so now is not asked for one in vain.
    [[nodiscard]] bool has_guessed_too_often(const Admission& admission, Instant now) const;

    // A connection is to be a member. It is one until a closing names it or it leaves.
    void enter(ConnectionId connection, const Admission& admission, Instant now, Outcome& out);

    // It said this. Bytes of one that is none any more are ignored.
    void receive(ConnectionId connection, std::span<const std::uint8_t> bytes, Instant now,
                 Outcome& out);

    // It is gone, or has to go for a reason of the caller's: left, lost or backlog. No closing
    // follows.
    void leave(ConnectionId connection, Instant now, Outcome& out, MemberEnd how = MemberEnd::left);

    // Its machine acknowledges nothing any more: its nick and its place are not kept from the same
    // player who comes again. Until it is heard again, if ever.
    void note_silence(ConnectionId connection);

    // We stood still for so long: everybody's time to do something is longer by that.
    void forgive(Duration gap, Instant now);

    void tick(Instant now, Outcome& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // Whoever would open a room from now on is turned away; those that are open take members.
    void take_no_new_rooms();

    // Everybody in the room of this port goes, and everybody at all.
    void close_port(std::uint16_t port, Instant now, Outcome& out);
    void close_all(Instant now, Outcome& out);

    // True if the memory for savestates (savestate_bytes_in_all) is used up but for a quarter.
    [[nodiscard]] bool is_short_of_state_memory() const;

    [[nodiscard]] HallUse use() const;
    [[nodiscard]] std::vector<RoomSnapshot> look() const; // oldest first
    void check_consistency() const;

private:
    std::unique_ptr<HallState> state_;
};

} // namespace netplay_relay::room
