// One room: the netplay server of those who typed the relay's address. It has no core and no seat
// in the game; it keeps the frame clock and passes the commands on (protocol.md, "Rooms").
//
// The clock counts the frames that are closed. It follows the player who has played longest: when
// that one's input for a frame is there, the inputs of all for it go out, and the frame is over.
// Nothing of a frame that is not over is ever sent to anybody.
#pragma once

#include "base/ids.hpp"
#include "netplay/handshake.hpp"
#include "room/output.hpp"
#include "room/settings.hpp"
#include "room/snapshot.hpp"
#include "wire/netplay_decode.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
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
    [[nodiscard]] std::optional<CloseReason> refusal_of(const netplay::Negotiated& newcomer) const;

    // True if somebody of it has spoilt the game here twice (docs/rooms.md, "Who spoils the game").
    [[nodiscard]] bool is_shut_out(const wire::Address& prefix, Instant now) const;

    // Takes in one that has come through the handshake. `stream` holds what it has said since.
    // Precondition: refusal_of() is nothing.
    // `prefix`: whose nick is known here, see wire::client_prefix().
    void join(ConnectionId member, const netplay::Negotiated& newcomer, wire::CommandStream stream,
              Instant now, Output& out, const wire::Address& prefix = {});

    // This member's machine acknowledges nothing any more.
    void note_silence(ConnectionId member);

    // Before such a one joins: its old connection goes if it is silent. The room may be empty then.
    void replace_silent(const wire::Address& prefix, const std::string& nick, Instant now,
                        Output& out);

    // Before one of an address comes that has no member yet: if the room is full, the newest
    // watcher of the address with the most members goes, if it has more than a household has.
    void make_room_for(const wire::Address& prefix, Instant now, Output& out);
    // Why one more of this address cannot come in, whatever it is; nothing if it can.
    [[nodiscard]] std::optional<CloseReason> crowding_by(const wire::Address& prefix) const;

    // A member said this. Bytes of one that is closed already are ignored.
    void receive(ConnectionId member, std::span<const std::uint8_t> bytes, Instant now,
                 Output& out);

    // A member's connection is gone: left, lost or backlog. No closing follows.
    void leave(ConnectionId member, Instant now, Output& out,
               CloseReason how = CloseReason::member_left);

    // The relay stood still for so long: nobody here is to blame for it.
    void forgive(Duration gap, Instant now);

    // Time has passed.
    void tick(Instant now, Output& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // A member has to go for a reason of the caller's, which it is told.
    void send_away(ConnectionId member, CloseReason end, Instant now, Output& out);
    // Everybody goes.
    void close(CloseReason end, Instant now, Output& out);

    // There is a room of the same core with another content, or of the same content with another
    // core: said to who is alone here, if nothing like it was said a while ago.
    [[nodiscard]] bool may_be_told_of_another(Instant now) const;
    void tell_of_another(Phrase phrase, const wire::Info& other, std::size_t members, Instant now,
                         Output& out);
    // The operator's words, to all. True if somebody was told, or will be.
    bool say(const std::string& text, Instant now, Output& out);

    // True if a savestate is there and its check goes on with the next tick.
    [[nodiscard]] bool is_checking_state() const;

    [[nodiscard]] const RoomIdentity& identity() const;
    [[nodiscard]] std::size_t size() const;                       // members
    [[nodiscard]] std::string nick_of(ConnectionId member) const; // empty if it is none
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
    [[nodiscard]] std::vector<wire::Address> prefixes() const;

    // Aborts if anything in it contradicts itself. For tests and fuzzers.
    void check_consistency() const;

private:
    std::unique_ptr<RoomState> state_;
};

} // namespace netplay_relay::room
