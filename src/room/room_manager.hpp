// All rooms, and the handshakes before them: who came by manual IP is asked for its game, and finds
// the room of those who play the same (protocol.md, "Rooms").
#pragma once

#include "base/among_workers.hpp"
#include "base/ids.hpp"
#include "record/envelope.hpp"
#include "room/output.hpp"
#include "room/room_table.hpp"
#include "room/settings.hpp"
#include "room/snapshot.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace netplay_relay::room {

// How many rooms something was said in, and in how many of them somebody hears it: who speaks an
// older protocol knows no chat.
struct RoomsTold
{
    std::size_t rooms = 0;
    std::size_t told = 0;
};

// What the listener that a connection came through says of it.
struct Admission
{
    wire::Address address;
    // The listener leads to this room only, while it is there; 0: the room is found by content.
    std::uint64_t room = 0;
    // The listener's port has a room of its own, whatever is played in it; 0: it has not.
    std::uint16_t port = 0;
    // Asked for a password; those who type the same one meet.
    bool by_password = false;
    // Those of one core meet whatever the CRC of their content is.
    bool by_core = false;
    // Rooms that are opened here have the core's multitap, and are found only from such listeners.
    bool multitap = false;

    // What it consists of, for records (src/record/archive.hpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.address, self.room, self.port, self.by_password, self.by_core, self.multitap);
    }
};

struct RoomUse
{
    std::size_t rooms = 0;
    std::size_t members = 0;  // in rooms
    std::size_t entering = 0; // on the way into one
    bool operator==(const RoomUse&) const = default;
};

class RoomManagerState;

class RoomManager
{
public:
    // `salt` is not 0, and random: passwords of all connections are hashed with it, which makes
    // them comparable and tells nothing of them to the next process. No two room managers between
    // which rooms move are of workers of one number.
    RoomManager(RoomSettings settings, std::uint32_t salt, AmongWorkers among = {});
    ~RoomManager();
    RoomManager(RoomManager&&) = delete;

    // New settings hold for who comes next; nobody is thrown out for them.
    void adopt(RoomSettings settings);

    // True if too many passwords from this address or network were wrong a moment ago: who is told
    // so now is not asked for one in vain.
    [[nodiscard]] bool has_guessed_too_often(const Admission& admission, Instant now) const;

    // A connection is to be a member. It is one until a closing names it or it leaves.
    void enter(ConnectionId connection, const Admission& admission, Instant now, Output& out);

    // It said this. Bytes of one that is none any more are ignored.
    void receive(ConnectionId connection, std::span<const std::uint8_t> bytes, Instant now,
                 Output& out);

    // One that was adopted while it was in its handshake: its room is here.
    void go_on(ConnectionId connection, Instant now, Output& out);

    // It is gone, or has to go for a reason of the caller's: left, lost or backlog. No closing
    // follows.
    void leave(ConnectionId connection, Instant now, Output& out,
               CloseReason how = CloseReason::member_left);

    // Who it is: nothing of one who is in no room.
    [[nodiscard]] MemberName name_of(ConnectionId connection) const;

    // It has to go for a reason of the caller's, which it is told if it is in a room. A closing
    // follows.
    void send_away(ConnectionId connection, CloseReason end, Instant now, Output& out);

    // Its machine acknowledges nothing any more: its nick and its place are not kept from the same
    // player who comes again. Until it is heard again, if ever.
    void note_silence(ConnectionId connection);

    // We stood still for so long: everybody's time to do something is longer by that.
    void forgive(Duration gap, Instant now);

    void tick(Instant now, Output& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // Whoever would open a room from now on is turned away for this reason; those that are open
    // take members. Nothing: rooms are opened.
    void refuse_new_rooms(std::optional<CloseReason> why);

    // No more rooms than these either, whatever the settings allow.
    void limit_rooms(std::size_t most);

    // The fleet is like this from now on; null: there is none. Whoever plays what another node of
    // it has comes there, once (Output::elsewhere).
    void see(std::shared_ptr<const fleet::View> view);
    // Of the rooms that are found by what is played in them: what View calls them by.
    [[nodiscard]] std::vector<std::uint64_t> hashes() const;

    // Everybody in this room goes, and everybody in the room of this port, and everybody at all.
    // False if there is no such room.
    bool close(std::uint64_t room, CloseReason end, Instant now, Output& out);
    void close_port(std::uint16_t port, Instant now, Output& out);
    void close_all(Instant now, Output& out, CloseReason end = CloseReason::room_closed);

    // The operator's words to the members of one room, or of all, as chat of the relay; a long text
    // is several.
    RoomsTold say(std::optional<std::uint64_t> room, const std::string& text, Instant now,
                  Output& out);

    // Rooms and those in the handshake can move to another room manager, as records: a room manager
    // of the same settings and salt, or newcomers behind a password do not find those who are
    // there. Whoever adopts says how much later it is by its clock, which is less than nothing
    // where that was started later. What happens to them then is what would have happened here, at
    // the same times. The only exception: a savestate that is merely compared, and of which more
    // than some KiB have come, is not compared this time.

    // A room with its members; empty if there is no such room. Those on their way into it are
    // written by themselves.
    [[nodiscard]] std::vector<std::uint8_t> write(std::uint64_t room, Instant now) const;
    // The same, and the room manager knows nothing of them any more.
    [[nodiscard]] std::vector<std::uint8_t> release(std::uint64_t room, Instant now);
    // Takes it in, and tells its number, which it keeps. If a room that is found by the same
    // content is here already, this one is found by nobody. A record that is no room, or one that
    // is here already, itself or a member of it, changes nothing.
    [[nodiscard]] std::variant<std::uint64_t, record::Fault>
    adopt(std::span<const std::uint8_t> room, Instant now, Duration later);

    // The same for one who is still in its handshake; empty if it is not. If its listener leads to
    // one room only that is not here when it comes in, it is told that the room has been closed.
    [[nodiscard]] std::vector<std::uint8_t> write_pending(ConnectionId connection) const;
    [[nodiscard]] std::vector<std::uint8_t> release_pending(ConnectionId connection);
    [[nodiscard]] std::variant<ConnectionId, record::Fault>
    adopt_pending(std::span<const std::uint8_t> client, Duration later);

    // What the room manager remembers of client prefixes though they have gone: guessed passwords,
    // states that did not fit, or were of no use. Whoever releases it has forgotten it; whoever
    // adopts it keeps its own as well. An empty room manager takes the salt over, by which rooms
    // with a password are found.
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;
    [[nodiscard]] std::vector<std::uint8_t> release_memory();
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> memory,
                                                            Duration later);

    // What was guessed since it was asked for, and what was guessed at another worker.
    [[nodiscard]] std::vector<Guess> take_guesses();
    void note_guess(const Guess& guess, Instant now);
    // Likewise rooms that were opened, and that who is alone in one like it is to hear of.
    [[nodiscard]] std::vector<ListedRoom> take_new_rooms();
    void hear_of(const ListedRoom& newer, Instant now, Output& out);

    // How newcomers name this room, and the worker at which they look for it: nothing if they
    // cannot.
    [[nodiscard]] std::optional<Ended> name_of_room(std::uint64_t room) const;
    // False for one whose place others could take for free while it is with another worker: of a
    // port, and one that some have fled from, or to.
    [[nodiscard]] bool may_move(std::uint64_t room) const;
    // The room of this name is with that worker; nothing: nowhere else.
    void note_away(const std::string& name, std::optional<std::uint16_t> worker);
    // It has ended there, unless it is known to be somewhere else by now.
    void note_ended(const std::string& name, std::uint16_t worker);
    [[nodiscard]] std::size_t games_away() const;

    // A savestate that this member is still to be sent, and that came in with it: counted from now
    // on as the others of its room, until it is gone.
    [[nodiscard]] SharedState count_state(ConnectionId member, SharedState state);

    // Rooms as they are called here, oldest first, and those in the handshake in order of their
    // deadlines: what there is to release.
    [[nodiscard]] std::vector<std::uint64_t> rooms() const;
    // By which number its worker is found (AmongWorkers); nothing for one that nobody finds by what
    // is played, or for none.
    [[nodiscard]] std::optional<std::uint64_t> named(std::uint64_t room) const;
    // See NumberSource.
    [[nodiscard]] std::uint64_t last_number() const;
    void note_number(std::uint64_t given);
    [[nodiscard]] std::vector<ConnectionId> members_of(std::uint64_t room) const;
    [[nodiscard]] std::vector<ConnectionId> pending() const;

    // True if the memory for savestates (savestate_bytes_in_all) is used up but for a quarter.
    [[nodiscard]] bool is_short_of_state_memory() const;
    [[nodiscard]] std::size_t state_bytes() const; // that are used

    [[nodiscard]] RoomUse use() const;
    [[nodiscard]] std::vector<RoomSnapshot> look() const; // oldest first
    [[nodiscard]] std::optional<RoomSnapshot> look(std::uint64_t room) const;
    void check_consistency() const;

private:
    std::unique_ptr<RoomManagerState> state_;
};

} // namespace netplay_relay::room
