// Decides everything the relay decides: who may come in, who is whose guest, who must go and why.
// It owns no socket, reads no clock and writes no log.
#pragma once

#include "base/among_workers.hpp"
#include "lobby/event.hpp"
#include "lobby/ids.hpp"
#include "lobby/limits.hpp"
#include "lobby/output.hpp"
#include "lobby/shares.hpp"
#include "lobby/snapshot.hpp"
#include "lobby/stages.hpp"
#include "record/envelope.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::record {

class Reader;
class Writer;

} // namespace netplay_relay::record

namespace netplay_relay::lobby {

// Where session ids and tickets come from. Must be unguessable in production: who knows a ticket is
// taken for the host it was given to.
class RandomSource
{
public:
    virtual ~RandomSource() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// For the passwords of rooms. Never 0, which means that there is no password.
[[nodiscard]] std::uint32_t fresh_salt(RandomSource& random);

class LobbyState;

// A connection that moves, for the worker that owns it.
struct Mover
{
    ConnectionId connection;
    Stage stage{};
    ConnectionId partner; // of a link
    auto operator<=>(const Mover&) const = default;
};

class Lobby
{
public:
    // `random` must outlive the lobby. No two workers between which sessions move have one number.
    Lobby(Policy policy, RandomSource& random, AmongWorkers among = {});
    ~Lobby();
    Lobby(Lobby&&) = delete;

    // Takes in one event and appends to `out` what follows from it. `now` never goes back.
    // Deadlines that are due are dealt with by any event, those of rooms by Tick only: what a room
    // does for itself is not to be paid for by every input of the others.
    void handle(const Event& event, Instant now, Output& out);

    // The bytes of a Deliver that was carried out, to one of this stage: their memory serves those
    // of the next.
    void take_back(std::vector<std::uint8_t> delivered, Stage to);

    // When the next Tick is needed; nothing if none is.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] const Policy& policy() const;

    // True if rooms have nearly used up their memory for savestates: members that take theirs
    // slowly are to be dropped earlier than otherwise.
    [[nodiscard]] bool is_short_of_state_memory() const;
    [[nodiscard]] std::size_t state_bytes() const; // of savestates, that are used
    // For parties, by the client prefix for which it is kept.
    [[nodiscard]] KeptPackets kept_packets() const;

    // True once Drain was told and the last session, link, room and party has ended.
    [[nodiscard]] bool is_drained() const;

    // Of the rooms that are found by what is played in them: what fleet::View calls them by.
    [[nodiscard]] std::vector<std::uint64_t> room_hashes() const;

    // Neither draining nor told to take nothing new.
    [[nodiscard]] bool takes_rooms() const;

    // What the operator has said, and still holds.
    [[nodiscard]] bool takes_new() const;
    [[nodiscard]] std::vector<Ban> bans() const; // by network
    [[nodiscard]] std::size_t ban_count() const;
    [[nodiscard]] std::vector<Reservation> reservations() const; // by id

    [[nodiscard]] Use use() const;
    [[nodiscard]] const Totals& totals() const;
    [[nodiscard]] std::vector<SessionKey> session_keys() const; // oldest first
    // Behind this one, for who wants to see them one after the other while the games go on; behind
    // none, the oldest.
    [[nodiscard]] std::optional<SessionKey> session_after(SessionKey session) const;
    // The open one of this id.
    [[nodiscard]] std::optional<SessionKey> session_of(const wire::SessionId& id) const;
    [[nodiscard]] std::optional<SessionSnapshot> look_at(SessionKey session) const;

    [[nodiscard]] std::vector<RoomSnapshot> look_at_rooms() const; // oldest first
    [[nodiscard]] std::optional<RoomSnapshot> look_at_room(std::uint64_t number) const;
    [[nodiscard]] room::MemberName member_name(ConnectionId connection) const; // of a room

    [[nodiscard]] std::vector<PartySnapshot> look_at_parties() const; // oldest first
    [[nodiscard]] std::optional<PartySnapshot> look_at_party(std::uint64_t number) const;
    [[nodiscard]] const party::PartyCounts& party_counts() const;

    // Whose guests those become who name no session, by the policy's manual_ip: nothing if they
    // come into rooms or are refused.
    [[nodiscard]] std::optional<wire::SessionId> session_without_id() const;

    [[nodiscard]] OpenGames open_games() const;
    // What is limited in all: what there is of it, and what there may be in the whole process.
    [[nodiscard]] Amounts amounts() const;
    [[nodiscard]] Amounts limits_in_all() const;

    // By which number the workers of a process find whose it is (AmongWorkers); nothing if it is of
    // whoever has it: nobody finds the room, or by its port.
    [[nodiscard]] std::optional<std::uint64_t> named(SessionKey session) const;
    [[nodiscard]] std::optional<std::uint64_t> named_room(std::uint64_t room) const;
    [[nodiscard]] std::optional<std::uint64_t> named_party(std::uint64_t party) const;

    // What was given out last, for workers that are not to give it out again.
    [[nodiscard]] LastNumbers last_numbers() const;
    void note(const LastNumbers& given);

    // What one address may have in all; which have much here, and what these have.
    [[nodiscard]] AddressLimits address_limits() const;
    [[nodiscard]] ShareUses heavy_addresses(Instant now);
    // A newcomer of this address had better be taken in a moment later, when more may be allowed
    // it.
    [[nodiscard]] bool waits_for_share(const wire::Address& address, Instant now, bool asks);
    [[nodiscard]] ShareUses uses_of(std::span<const wire::Network> networks, Instant now) const;

    // Writes all that another lobby needs to go on with this session, and returns who belongs to
    // it: nobody if there is no such session. Nothing changes here.
    [[nodiscard]] std::vector<Mover> write(SessionKey session, record::Writer& into) const;
    // The same of a room and its members.
    [[nodiscard]] std::vector<Mover> write_room(std::uint64_t room, Instant now,
                                                record::Writer& into) const;
    // The same of a party and those of its peers that are connected, which may be none. False if
    // there is no such party.
    [[nodiscard]] bool write_party(std::uint64_t party, record::Writer& into,
                                   std::vector<Mover>& movers) const;
    // The same of one that has not said yet what it wants, asks for a session, or is on the way
    // into a room or party. False if it is anything else.
    [[nodiscard]] bool write(ConnectionId connection, record::Writer& into) const;
    // What is remembered of those who are gone: ids of sessions that have ended, how fast addresses
    // came, guessed passwords, totals, and the ports that old lobby servers were given; and what
    // the operator has said, which whoever releases it keeps as well.
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;

    // The same five, and what was written is forgotten here, keys and ids included; `out` gets what
    // follows from that.
    [[nodiscard]] std::vector<Mover> release(SessionKey session, Instant now, record::Writer& into,
                                             Output& out);
    [[nodiscard]] std::vector<Mover> release_room(std::uint64_t room, Instant now,
                                                  record::Writer& into, Output& out);
    [[nodiscard]] bool release_party(std::uint64_t party, Instant now, record::Writer& into,
                                     std::vector<Mover>& movers, Output& out);
    [[nodiscard]] bool release(ConnectionId connection, Instant now, record::Writer& into,
                               Output& out);
    [[nodiscard]] std::vector<std::uint8_t> release_memory(Instant now, Output& out);
    // Whoever adopts it keeps its own as well.
    [[nodiscard]] std::optional<record::Fault>
    adopt_memory(std::span<const std::uint8_t> memory, Instant now, Duration later, Output& out);

    // lobby_giving.cpp: games that go on with another worker of the process. What there is; who is
    // of it; how newcomers name it, if they can; and whether they find it wherever it is: then it
    // may go.
    [[nodiscard]] std::vector<Game> games() const;
    [[nodiscard]] std::vector<ConnectionId> connections_of(Game game) const;
    [[nodiscard]] std::optional<GameName> name_of(Game game) const;
    [[nodiscard]] bool may_move(Game game) const;
    // Those that are looked for here and are with others.
    [[nodiscard]] std::size_t games_away() const;

    // Takes over what was released, with the rest of `from`: all of it, with every deadline as it
    // was, or on a fault nothing. `who` is whom the worker has for it; `later`, by how much our
    // clock is ahead. A room keeps its number; if one is here already that is found by the same
    // content, it is found by nobody.
    [[nodiscard]] std::optional<record::Fault>
    adopt_session(record::Reader& from, std::span<const Mover> who, Instant now, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_room(record::Reader& from,
                                                          std::span<const Mover> who, Instant now,
                                                          Duration later, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_connection(record::Reader& from,
                                                                const Mover& who, Instant now,
                                                                Duration later, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_party(record::Reader& from,
                                                           std::span<const Mover> who, Instant now,
                                                           Duration later, Output& out);
    [[nodiscard]] std::vector<std::uint64_t> rooms() const;   // by number
    [[nodiscard]] std::vector<std::uint64_t> parties() const; // oldest first
    // See room::RoomManager.
    [[nodiscard]] room::SharedState count_state(ConnectionId member, room::SharedState state);

    // Compares every count with what it counts; aborts if they differ. For tests and fuzzers.
    void check_consistency() const;

private:
    std::unique_ptr<LobbyState> state_;
};

} // namespace netplay_relay::lobby
