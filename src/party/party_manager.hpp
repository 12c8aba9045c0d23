// All parties, and the WebSockets before them: who comes with a code finds the party of it. The
// twin of the room manager, for games that are Godot's (godot_protocol.md).
#pragma once

#include "base/among_workers.hpp"
#include "base/ids.hpp"
#include "base/placing.hpp"
#include "party/output.hpp"
#include "party/settings.hpp"
#include "party/snapshot.hpp"
#include "record/envelope.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace netplay_relay::party {

// Fills with bytes that nobody can guess.
using Random = std::function<void(std::span<std::uint8_t>)>;

// What the lobby knows of a connection and the parties do not. Both are asked within calls of the
// party manager.
struct Doorkeeper
{
    struct Admitted
    {
        wire::Address address; // that it counts for from now on
        // A proxy passes the WebSocket on, and may end it by a close frame of its own.
        bool is_behind_proxy = false;
    };
    // Its HTTP request has come, with these values of X-Forwarded-For: whose it is, or why it is
    // refused.
    std::function<std::variant<Admitted, CloseReason>(ConnectionId,
                                                      std::span<const std::string> forwarded_for)>
        admit;
    // Whether it may host, and whether it may join.
    std::function<bool(ConnectionId)> may_host;
    std::function<bool(ConnectionId)> may_join;
};

// Why somebody of this address has to go, as one who hosts or as one who joins; nothing: it has
// not.
using Verdict = std::function<std::optional<CloseReason>(const wire::Address&, bool hosts)>;

class PartyManagerState;

class PartyManager
{
public:
    // No two party managers between which parties move are of workers of one number.
    PartyManager(PartySettings settings, Doorkeeper doorkeeper, Random random,
                 AmongWorkers among = {});
    ~PartyManager();
    PartyManager(PartyManager&&) = delete;

    // New settings hold for who comes next; nobody is thrown out for them. How long a place is held
    // changes at once.
    void adopt(PartySettings settings);

    // A connection whose first bytes are those of an HTTP request, which receive() is to get as
    // well. It is known here until a closing names it or it leaves. `deadline`: by then it has
    // said what it wants.
    void enter(ConnectionId connection, const wire::Address& address, Instant deadline, Instant now,
               Output& out);

    // It said this. Bytes of one that is none any more are ignored.
    void receive(ConnectionId connection, std::span<const std::uint8_t> bytes, Instant now,
                 Output& out);

    // One that was adopted while it was no peer yet: what it has said to another worker is for
    // here.
    void go_on(ConnectionId connection, Instant now, Output& out);

    // No more parties than these either, whatever the settings allow.
    void limit_parties(std::size_t most);

    // As RoomManager's.
    void see(std::shared_ptr<const fleet::View> view);

    // Its connection is gone. A place in a party is held for a while, unless `how` says that it
    // has to go: too_slow, memory_short. No closing follows. What it means, for the log:
    // peer_absent, or why it is out.
    CloseReason leave(ConnectionId connection, Instant now, Output& out,
                      CloseReason how = CloseReason::lost);

    // It has to go for a reason of the caller's, which it is told. A closing follows, some seconds
    // later if it takes its time.
    void send_away(ConnectionId connection, CloseReason end, Instant now, Output& out);
    // The same by its place, whether it has a connection or not. False if there is none.
    bool send_away(std::uint64_t party, std::int32_t peer, CloseReason end, Instant now,
                   Output& out);

    // We stood still for so long: everybody's time to do something is longer by that.
    void forgive(Duration gap, Instant now);

    void tick(Instant now, Output& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // Whoever would open a party from now on is turned away for this reason; nothing: nobody is.
    void refuse_new_parties(std::optional<CloseReason> why);

    // Everybody in this party goes, and everybody at all, who then is closed at once.
    bool close(std::uint64_t party, CloseReason end, Instant now, Output& out);
    void close_all(Instant now, Output& out, CloseReason end);

    // Everybody for whose address it tells a reason goes for that, absent ones included. How many.
    std::size_t end_unwanted(const Verdict& verdict, Instant now, Output& out);
    // The same of absent ones alone: nobody comes back to their places.
    std::size_t end_absent(const Verdict& verdict, Instant now, Output& out);

    // A party with its peers, and one on the way into one, as records: see RoomManager.
    [[nodiscard]] std::vector<std::uint8_t> write(std::uint64_t party) const;
    // By which number its worker is found (AmongWorkers); nothing if there is no such party.
    [[nodiscard]] std::optional<std::uint64_t> named(std::uint64_t party) const;
    // See NumberSource.
    [[nodiscard]] std::uint64_t last_number() const;
    void note_number(std::uint64_t given);
    [[nodiscard]] std::vector<std::uint8_t> release(std::uint64_t party);
    [[nodiscard]] std::variant<std::uint64_t, record::Fault>
    adopt(std::span<const std::uint8_t> party, Duration later);
    [[nodiscard]] std::vector<std::uint8_t> write_pending(ConnectionId connection) const;
    [[nodiscard]] std::vector<std::uint8_t> release_pending(ConnectionId connection);
    [[nodiscard]] std::variant<ConnectionId, record::Fault>
    adopt_pending(std::span<const std::uint8_t> client, Duration later);
    // Wrong codes by address, the last number given out, and what was counted.
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;
    [[nodiscard]] std::vector<std::uint8_t> release_memory();
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> memory,
                                                            Duration later);

    // Who has guessed a wrong code since it was asked for, and who has at another worker.
    [[nodiscard]] std::vector<wire::Address> take_guessers();
    void note_guesser(const wire::Address& address, Instant now);

    // As RoomManager's: how newcomers name it; nothing if they cannot, as it ends.
    [[nodiscard]] std::optional<Ended> name_of_party(std::uint64_t party) const;
    void note_away(const std::string& name, std::optional<std::uint16_t> worker);
    void note_ended(const std::string& name, std::uint16_t worker);
    [[nodiscard]] std::size_t games_away() const;
    [[nodiscard]] bool is_closing(std::uint64_t party) const; // or is not there
    // One of several workers: all of them keep more than they may (kept_bytes_in_all). Of the
    // client prefix for which most is kept one has to go, where most of that is kept.
    [[nodiscard]] bool asks_for_relief() const;
    [[nodiscard]] std::map<wire::Address, std::size_t> kept_by_address() const;
    void relieve_one_of(const wire::Address& prefix, Instant now, Output& out);
    void note_relief(); // it does not ask any more, unless it keeps more than now
    // Where new parties are to be opened.
    void place_new(Placing placing);

    [[nodiscard]] std::vector<std::uint64_t> parties() const; // oldest first
    // Those that have a connection, in no order.
    [[nodiscard]] std::vector<ConnectionId> connections_of(std::uint64_t party) const;
    [[nodiscard]] std::vector<ConnectionId> pending() const;

    [[nodiscard]] PartyUse use() const;
    [[nodiscard]] const PartyCounts& counts() const;
    [[nodiscard]] std::vector<PartySnapshot> look() const; // oldest first
    [[nodiscard]] std::optional<PartySnapshot> look(std::uint64_t party) const;
    void check_consistency() const;

private:
    std::unique_ptr<PartyManagerState> state_;
};

} // namespace netplay_relay::party
