// One room: the netplay server of those who typed the relay's address. It has no core and no seat
// in the game; it keeps the frame clock and passes the commands on (protocol.md, "Rooms").
//
// The clock counts the frames that are closed. It follows the player who has played longest: when
// that one's input for a frame is there, the inputs of all for it go out, and the frame is over.
// Nothing of a frame that is not over is ever sent to anybody.
#pragma once

#include "netplay_relay/ids.hpp"
#include "netplay_relay/netplay/handshake.hpp"
#include "netplay_relay/room/outcome.hpp"
#include "netplay_relay/room/settings.hpp"
#include "netplay_relay/room/snapshot.hpp"
#include "netplay_relay/wire/netplay_decode.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::record {

class Reader;
class Writer;

} // namespace netplay_relay::record

namespace netplay_relay::room {

// What is fixed when a room opens.
struct RoomIdentity
{
    std::uint64_t number = 0; // in whatever worker it is, never reused (number_source.hpp)
    std::uint16_t port = 0;   // of its own, 0: none
    bool by_password = false;
    wire::Info info;      // of its first member
    bool by_core = false; // whatever the CRC of their content is
    bool multitap = false;

    // What it consists of, for records (src/record/archive.hpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.number, self.port, self.by_password, self.info, self.by_core, self.multitap);
    }
};

class RoomState;
struct StateBudget;
class StateTrust;

class Room
{
public:
    // `settings` must outlive the room. Rooms with the same budget and trust share them; without
    // them the room has its own.
    Room(RoomIdentity identity, const RoomSettings& settings, Instant now,
         std::shared_ptr<StateBudget> budget = nullptr,
         std::shared_ptr<StateTrust> trust = nullptr);
    ~Room();
    Room(Room&&) = delete;

    // Why this newcomer cannot come in; nothing if it can.
    [[nodiscard]] std::optional<MemberEnd> refusal_of(const netplay::Settled& newcomer) const;

    // True if somebody of it has spoilt the game here twice (docs/rooms.md, "Who spoils the game").
    [[nodiscard]] bool is_shut_out(const wire::Address& household, Instant now) const;

    // Takes in one that has come through the entrance. `stream` holds what it has said since.
    // Precondition: refusal_of() is nothing.
    // `household`: whose nick is known here, see wire::household().
    void join(ConnectionId member, const netplay::Settled& newcomer, wire::CommandStream stream,
              Instant now, Outcome& out, const wire::Address& household = {});

    // This member's machine acknowledges nothing any more.
    void note_silence(ConnectionId member);

    // Before such a one joins: its old connection goes if it is silent. The room may be empty then.
    void replace_silent(const wire::Address& household, const std::string& nick, Instant now,
                        Outcome& out);

    // Before one of an address comes that has no member yet: if the room is full, the newest
    // watcher of the address with the most members goes, if it has more than a household has.
    void make_room_for(const wire::Address& household, Instant now, Outcome& out);
    // Why one more of this address cannot come in, whatever it is; nothing if it can.
    [[nodiscard]] std::optional<MemberEnd> crowding_by(const wire::Address& household) const;

    // A member said this. Bytes of one that is closed already are ignored.
    void receive(ConnectionId member, std::span<const std::uint8_t> bytes, Instant now,
                 Outcome& out);

    // A member's connection is gone: left, lost or backlog. No closing follows.
    void leave(ConnectionId member, Instant now, Outcome& out, MemberEnd how = MemberEnd::left);

    // The relay stood still for so long: nobody here is to blame for it.
    void forgive(Duration gap, Instant now);

    // Time has passed.
    void tick(Instant now, Outcome& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // Everybody goes.
    void close(MemberEnd end, Instant now, Outcome& out);

    // True if a savestate is there and its check goes on with the next tick.
    [[nodiscard]] bool is_checking_state() const;

    [[nodiscard]] const RoomIdentity& identity() const;
    [[nodiscard]] std::size_t size() const; // members
    // Those who are told of frames though nobody plays; 0 if somebody does.
    [[nodiscard]] std::size_t idle_members() const;
    // So long at most they are told of no frame, see idle_batches_per_second.
    void batch_idle_frames(Duration batch);
    // Of the core's savestates, in bytes; nothing before one was shared.
    [[nodiscard]] std::optional<std::uint32_t> state_size() const;
    [[nodiscard]] RoomSnapshot look() const;

    // All that there is of it goes into a record, but its identity. Between calls only.
    void write(record::Writer& record) const;
    // The same again, in a room that has just been made, at a time that is not before its last
    // call. False if the record is damaged or makes no sense: then this room is of no use.
    [[nodiscard]] bool read(record::Reader& record, Instant now);
    // Those in it, in the order they came, and whose savestates and places it knows something of.
    [[nodiscard]] std::vector<ConnectionId> members() const;
    [[nodiscard]] std::vector<wire::Address> households() const;

    // Aborts if anything in it contradicts itself. For tests and fuzzers.
    void check_consistency() const;

private:
    std::unique_ptr<RoomState> state_;
};

} // namespace netplay_relay::room
