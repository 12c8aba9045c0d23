// Sees everything from outside, believes nobody, and complains of what must not be.
#pragma once

#include "network.hpp"

#include "lobby/lobby.hpp"
#include "worker/connection.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace netplay_relay::simulation {

// Our timers are at most so late; the lobby's own deadlines are exact.
inline constexpr lobby::Duration timer_lateness_max{std::chrono::milliseconds{3}};

// A refusal reply behind what is kept, or what was left of a small read.
inline constexpr std::size_t small_leftover_max = wire::netplay_header_size;

// Kept of what a member of a room was to be sent when it has to go.
inline constexpr std::size_t member_pending_output_max = 64 * 1024;

// Connections are numbered as their lines, from 1.
[[nodiscard]] inline lobby::ConnectionId id_of(Line line)
{
    return {static_cast<std::uint64_t>(line) + 1};
}
[[nodiscard]] inline Line line_of(lobby::ConnectionId id)
{
    return static_cast<Line>(id.value - 1);
}

// Who is connected, as the worker has it in its table.
struct Seen
{
    lobby::ConnectionId id;
    wire::Endpoint peer;
    lobby::Stage stage{};
    lobby::ConnectionId partner; // if linked
    lobby::Instant last_byte{};
};
using Census = std::vector<Seen>;

// What the lobbies of all workers say of it.
struct Books
{
    lobby::Use use;
    lobby::Totals totals;
    std::vector<lobby::RoomSnapshot> rooms;
    std::vector<lobby::PartySnapshot> parties;
    std::size_t sessions = 0; // those of hosts that are gone included
    std::optional<lobby::Instant> next_deadline;
    std::size_t on_the_way = 0; // connections that are in no worker
    std::size_t died = 0;       // with their machines; of a link, one of the two
    std::size_t lobbies = 0;    // each may know the same addresses

    void add(const lobby::Lobby& lobby);
    void add(const Books& others);
};

// The bytes of a stream: a netplay header, the number of its connection, and then what follows from
// that number. So whoever hears them knows whose they are and which ones are missing.
inline constexpr std::uint64_t stream_preface = wire::netplay_header_size + 8;
[[nodiscard]] std::uint8_t byte_of_stream(lobby::ConnectionId id, std::uint64_t position);

class Oracle
{
public:
    // From the relay.
    void sees(const lobby::Event& event, const lobby::Output& output, lobby::Instant now);
    // Whoever knows more of some who are there sees the same.
    using Witness =
        std::function<void(const lobby::Event&, const lobby::Output&, lobby::Instant now)>;
    void is_seconded_by(Witness witness) { witness_ = std::move(witness); }
    // The same of lines that are cut.
    using Mourner = std::function<void(lobby::ConnectionId)>;
    void is_mourned_by(Mourner mourner) { mourner_ = std::move(mourner); }
    void counts(const Census& census, const Books& books, lobby::Instant now);
    // At another worker: what was due on its way is due from then on.
    // `later`: what was due on its way is due so much later.
    void arrives(lobby::ConnectionId id, lobby::Instant now, lobby::Duration later = {});
    // By no fault of either end.
    void is_cut(lobby::ConnectionId id);
    // Their machine is no more.
    void loses(const std::vector<lobby::ConnectionId>& connections,
               const std::vector<wire::SessionId>& sessions, lobby::Instant now);
    void link_was_cut(lobby::ConnectionId one, lobby::ConnectionId other);

    // From the peers: what they say and hear.
    void opens_stream(lobby::ConnectionId id, bool is_guest, const wire::SessionId& session);
    void says(lobby::ConnectionId id, std::size_t bytes) { streams_.at(id).said += bytes; }
    void finishes(lobby::ConnectionId id) { streams_.at(id).finished = true; }
    void breaks_off(lobby::ConnectionId id) { streams_.at(id).broken = true; }
    void hears(lobby::ConnectionId id, std::span<const std::uint8_t> bytes);
    void hears_end(lobby::ConnectionId id);
    void answered(lobby::ConnectionId host_side, const wire::Address& address);

    // From the world.
    void adopts(const lobby::Limits& limits);
    void expects(const wire::Endpoint& peer, wire::CloseReason reason);
    void expects_workers(std::size_t count) { workers_ = count; }
    void expects_node(std::optional<std::uint8_t> node) { node_ = node; }
    void expects_fleet() { is_fleet_ = true; }       // whoever is a node of it looks at the ids
    void expects_nothing_new() { draining_ = true; } // no session and no room
    void expects_new_again() { draining_ = false; }
    void operator_takes_new(bool allowed) { takes_new_ = allowed; }
    [[nodiscard]] bool takes_new() const { return takes_new_; }
    void operator_bans(const wire::Network& network, lobby::Instant until);
    void operator_lifts(const wire::Network& network);
    // Nothing: that is taken back.
    void operator_promises(const wire::SessionId& id,
                           const std::optional<lobby::Reservation>& reservation);
    [[nodiscard]] const std::set<wire::SessionId>& open_sessions() const { return open_sessions_; }
    [[nodiscard]] bool is_for_room(lobby::ConnectionId id) const { return manual_.contains(id); }
    // Whom a guest has named.
    [[nodiscard]] wire::SessionId session_of(lobby::ConnectionId guest) const;
    [[nodiscard]] std::vector<wire::Network> banned() const;
    void complains(const std::string& complaint);
    [[nodiscard]] bool heard_all(lobby::ConnectionId id) const;
    [[nodiscard]] lobby::ConnectionId partner_of(lobby::ConnectionId id) const;
    [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
    [[nodiscard]] std::uint64_t trace() const { return trace_; }
    [[nodiscard]] std::uint64_t bytes_heard() const { return bytes_heard_; }

private:
    struct Stream
    {
        bool is_guest = false;
        wire::SessionId session;
        wire::Address peer;
        std::optional<wire::Address> answered; // what the host was told of the guest of this end
        std::uint64_t said = 0;
        bool finished = false;
        bool broken = false;
        bool cut = false; // by the relay, for a reason of its own
        std::uint64_t heard = 0;
        lobby::ConnectionId partner;
        bool reply = false; // heard words of the relay itself
    };

    void add_to_trace(std::uint64_t value) { trace_ = scramble(trace_ ^ value); }
    void trace_event(const lobby::Event& event, const lobby::Output& output, lobby::Instant now);
    void check_queries(const lobby::Event& event, const lobby::Output& output);
    void sees_event(const lobby::Event& event, lobby::Instant now);
    void sees_log_event(const lobby::LogEvent& event, lobby::Instant now);
    void check_fate(const wire::Endpoint& peer, wire::CloseReason reason);
    void check_orders(const lobby::LogEvent& event, lobby::Instant now);
    void check_promise(const wire::SessionId& id, const wire::Address& host);
    void check_ban(const wire::Endpoint& peer, wire::CloseReason reason, lobby::Instant now);
    void check_bans(const Census& census, lobby::Instant now);
    // Within a moment of its end it may be either.
    [[nodiscard]] bool is_banned(const wire::Address& address, lobby::Instant now) const;
    void check_use(const Census& census, const Books& books, lobby::Instant now);
    void check_totals(const Books& books);
    [[nodiscard]] lobby::Instant due(const Seen& seen) const;
    void check_deadlines(const Census& census, const Books& books, lobby::Instant now);
    void meets(lobby::ConnectionId id, Stream& stream);

    Witness witness_;
    Mourner mourner_;
    lobby::Limits limits_;
    lobby::Duration idle_max_{};
    std::optional<lobby::Instant> next_deadline_; // as the lobby said last
    std::unordered_map<lobby::ConnectionId, Stream> streams_;
    std::unordered_map<lobby::ConnectionId, lobby::Instant> due_; // of those that wait
    std::unordered_map<lobby::ConnectionId, lobby::Instant> half_closed_;
    lobby::Instant session_ended_{}; // the last of all
    std::unordered_map<lobby::ConnectionId, wire::Endpoint> peers_;
    std::map<wire::Endpoint, wire::CloseReason> expected_;
    std::set<lobby::ConnectionId> manual_;        // named no session,
    std::set<lobby::ConnectionId> hears_netplay_; // and the ends of hosts that hear them: no stream
    std::map<wire::Address, lobby::Instant> last_seen_; // by /64 or IPv4
    std::vector<wire::Address> here_before_;
    struct Asked
    {
        unsigned guests = 0; // that it was told of
        unsigned queries = 0;
    };
    std::unordered_map<lobby::ConnectionId, Asked> hosts_;
    std::set<wire::SessionId> open_sessions_;
    std::uint64_t places_lost_ = 0;                        // of peers of parties
    std::optional<lobby::Instant> told_deadline_; // of those there are the next, when it was told
    lobby::Instant excused_until_ = lobby::Instant::min(); // what was due before is due then
    std::size_t workers_ = 1;                              // of a process
    std::optional<std::uint8_t> node_;                     // of a fleet
    bool is_fleet_ = false;
    bool draining_ = false;
    bool takes_new_ = true;
    std::map<wire::Network, lobby::Instant> bans_;                          // until when
    std::map<wire::SessionId, std::optional<lobby::Reservation>> promises_; // by the operator
    std::vector<std::string> complaints_;
    std::uint64_t trace_ = 0;
    std::uint64_t bytes_heard_ = 0;
};

} // namespace netplay_relay::simulation
