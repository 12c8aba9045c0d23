// The lobby's inside: its tables, and one handler for each event, in some files by subject.
#pragma once

#include "address_book.hpp"
#include "ban_list.hpp"
#include "base/deadlines.hpp"
#include "base/number_source.hpp"
#include "base/placing.hpp"
#include "base/rare.hpp"
#include "base/whereabouts.hpp"
#include "fresh_id.hpp"
#include "known.hpp"
#include "lobby/lobby.hpp"
#include "lobby/stages.hpp"
#include "party/party_manager.hpp"
#include "room/room_manager.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace netplay_relay::lobby {

class LobbyState
{
public:
    LobbyState(Policy policy, RandomSource& random, AmongWorkers among);

    void handle(const Event& event, Instant now, Output& out);
    void take_back(std::vector<std::uint8_t> delivered, Stage from)
    {
        auto& spare = from == Stage::party_peer ? party_output_.spare : room_output_.spare;
        spare.give(std::move(delivered));
    }
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] AddressLimits address_limits() const;
    [[nodiscard]] bool is_trusted_proxy(const wire::Address& address) const;
    [[nodiscard]] AddressBook& addresses() { return addresses_; }
    Policy policy_;
    Totals totals_;
    BanList bans_;
    bool takes_new_ = true; // sessions, rooms and legacy ports
    [[nodiscard]] std::vector<Reservation> reservations() const;

    // lobby_moves.cpp: sessions and connections that leave for another lobby, or come from one
    [[nodiscard]] std::vector<Mover> write(SessionKey key, record::Writer& into) const;
    [[nodiscard]] bool write(ConnectionId id, record::Writer& into) const;
    [[nodiscard]] std::vector<Mover> write_room(std::uint64_t number, Instant now,
                                                record::Writer& into) const;
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;
    [[nodiscard]] std::vector<Mover> release(SessionKey key, Instant now, record::Writer& into,
                                             Output& out);
    [[nodiscard]] bool release(ConnectionId id, Instant now, record::Writer& into, Output& out);
    [[nodiscard]] std::optional<record::Fault>
    adopt_session(record::Reader& from, std::span<const Mover> who, Instant now, Output& out);
    [[nodiscard]] std::vector<Mover> release_room(std::uint64_t number, Instant now,
                                                  record::Writer& into, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_room(record::Reader& from,
                                                          std::span<const Mover> who, Instant now,
                                                          Duration later, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_connection(record::Reader& from,
                                                                const Mover& who, Instant now,
                                                                Duration later, Output& out);
    // lobby_party_moves.cpp
    [[nodiscard]] bool write_party(std::uint64_t number, record::Writer& into,
                                   std::vector<Mover>& movers) const;
    [[nodiscard]] bool release_party(std::uint64_t number, Instant now, record::Writer& into,
                                     std::vector<Mover>& movers, Output& out);
    [[nodiscard]] std::optional<record::Fault> adopt_party(record::Reader& from,
                                                           std::span<const Mover> who, Instant now,
                                                           Duration later, Output& out);
    [[nodiscard]] std::vector<std::uint8_t> release_memory(Instant now, Output& out);
    [[nodiscard]] std::optional<record::Fault>
    adopt_memory(std::span<const std::uint8_t> sealed, Instant now, Duration later, Output& out);
    [[nodiscard]] std::vector<std::uint64_t> rooms() const { return rooms_.rooms(); }
    [[nodiscard]] std::optional<std::uint64_t> named(SessionKey session) const;
    [[nodiscard]] std::optional<std::uint64_t> named_room(std::uint64_t room) const;
    [[nodiscard]] std::optional<std::uint64_t> named_party(std::uint64_t party) const;
    [[nodiscard]] LastNumbers last_numbers() const;
    void note(const LastNumbers& given);
    [[nodiscard]] std::vector<std::uint64_t> parties() const { return parties_.parties(); }
    [[nodiscard]] const party::PartyManager& party_manager() const { return parties_; }
    [[nodiscard]] room::SharedState count_state(ConnectionId member, room::SharedState state)
    {
        return rooms_.count_state(member, std::move(state));
    }

    [[nodiscard]] const room::RoomManager& room_manager() const { return rooms_; }
    [[nodiscard]] bool is_drained() const;
    [[nodiscard]] Use use() const;
    [[nodiscard]] std::vector<SessionKey> session_keys() const;
    [[nodiscard]] std::optional<SessionKey> session_after(SessionKey key) const;
    [[nodiscard]] std::optional<SessionSnapshot> look_at(SessionKey key) const;
    [[nodiscard]] std::optional<SessionKey> open_session(const wire::SessionId& id) const;
    [[nodiscard]] RoomSnapshot snapshot_of(room::RoomSnapshot seen) const;
    [[nodiscard]] std::vector<RoomSnapshot> look_at_rooms() const;
    [[nodiscard]] std::optional<RoomSnapshot> look_at_room(std::uint64_t number) const;
    [[nodiscard]] room::MemberName member_name(ConnectionId connection) const;
    [[nodiscard]] PartySnapshot snapshot_of(party::PartySnapshot seen) const;
    [[nodiscard]] std::vector<PartySnapshot> look_at_parties() const;
    [[nodiscard]] std::optional<PartySnapshot> look_at_party(std::uint64_t number) const;
    [[nodiscard]] std::optional<wire::SessionId> only_session(ManualIp manual_ip) const;
    [[nodiscard]] std::optional<GameName> name_of(Game game) const;
    [[nodiscard]] bool may_move(Game game) const;
    [[nodiscard]] std::vector<Game> games() const;
    [[nodiscard]] std::size_t games_away() const;
    [[nodiscard]] std::vector<ConnectionId> connections_of(Game game) const;
    [[nodiscard]] OpenGames open_games() const;
    [[nodiscard]] Amounts limits_in_all() const;
    [[nodiscard]] Amounts amounts() const;
    [[nodiscard]] std::optional<CloseReason> refusal_of_new() const;
    [[nodiscard]] std::vector<std::uint64_t> room_hashes() const { return rooms_.hashes(); }
    void check_consistency() const;

private:
    // A legacy port that was given.
    [[nodiscard]] static bool is_legacy(const Lease& lease) { return lease.opener && !lease.asker; }

    // lobby_arrivals.cpp: arriving, greeting, leaving
    void on(const Arrived& event);
    void on(const Greeted& event);
    void on(const Introduced& event);
    void on(const Refused& event);
    void on(const Left& event);
    void on(const Tick& event);
    void on(const StoodStill& event);
    void on(const HandoverFailed& event);
    void on(const Drain& event);
    void on(const Shutdown& event);
    [[nodiscard]] std::optional<CloseReason> refusal_on_arrival(const wire::Endpoint& peer);
    [[nodiscard]] std::optional<CloseReason> refusal_of_address(const wire::Address& address);
    [[nodiscard]] CloseReason reason_of(const Connection& connection, CloseReason how) const;
    // access.cpp and lobby_proxies.cpp: proxies before us, and for whom they speak
    [[nodiscard]] std::optional<CloseReason> refusal_of_client(const wire::Address& client);
    void charge(ConnectionId id, Connection& connection, const wire::Endpoint& client);
    void deal_with_deadlines();
    void deadline_of(ConnectionId id, Connection& connection);

    // lobby_sessions.cpp: hosts and their sessions
    void greet(ConnectionId id, Connection& connection, const wire::NewSession& message, bool more);
    void open_session(ConnectionId id, Connection& connection);
    void on(const Said& event);
    void on(const SpokeLikeGuest& event);
    [[nodiscard]] std::optional<CloseReason> refusal_of_host(const Connection& connection);
    // Those that are left.
    [[nodiscard]] bool are_sessions_for_newcomers() const;
    [[nodiscard]] std::pair<wire::SessionId, bool> choose_session_id(const Connection& host);
    void answer_query(ConnectionId host, Session& session, const wire::TicketId& ticket);
    void host_deadline(ConnectionId id, Connection& host);
    void arm_host(ConnectionId id, Connection& host, const Session& session);
    void end_session(Session& session, CloseReason reason, bool tell_host);

    // lobby_doubts.cpp: whether those in the way of a host are still there
    void on(const Acknowledgement& event);
    [[nodiscard]] std::vector<wire::SessionId> all_promised_to(const Connection& host) const;
    [[nodiscard]] std::vector<wire::SessionId> promised_to(const Connection& host) const;
    [[nodiscard]] std::vector<SessionKey> sessions_in_the_way(const Connection& host) const;
    [[nodiscard]] bool may_be_refused_for_the_dead(const Connection& host,
                                                   CloseReason refusal) const;
    [[nodiscard]] bool waits_for_doubts(ConnectionId id, Connection& host);
    void doubt(Session& session);
    void check_members_of(const wire::Address& address, ConnectionId but);

    // lobby_joins.cpp: guests before they are linked
    void greet(ConnectionId id, Connection& connection, const wire::JoinSession& message,
               bool more);
    void greet(ConnectionId id, Connection& connection, const wire::AcceptTicket& message,
               bool more);
    void on(const Spoke& event);
    [[nodiscard]] std::optional<CloseReason> refusal_of_guest(const Connection& guest,
                                                              Session* session,
                                                              const wire::SessionId& id,
                                                              bool speaks);
    [[nodiscard]] bool displace_silent(Session& session, const wire::Address* address);
    [[nodiscard]] std::optional<CloseReason> crowding_by(const wire::Address& address,
                                                         Session& session, bool speaks);
    void displace_silent_links(Session& session);
    void make_a_seat(Session& session);
    void announce_guests(Session& session);
    void turn_waiting_away(ConnectionId id, CloseReason reason);
    void stop_waiting(ConnectionId id, Connection& guest);

    // lobby_among.cpp: one of several workers
    void on(const OpenElsewhere& event);
    void on(const SeeFleet& event);
    void on(const SetShare& event);
    void on(const Relieve& event);
    // Of these, as far as they are this worker's.
    [[nodiscard]] std::size_t connections_max() const;
    [[nodiscard]] std::size_t sessions_max() const;
    [[nodiscard]] std::uint16_t owner_of(const wire::SessionId& id) const;
    [[nodiscard]] bool is_mine(const wire::SessionId& id) const;
    [[nodiscard]] std::vector<std::uint16_t> owners_promised_to(const Connection& host) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_of_free_promise(const Connection& host) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_elsewhere(const Connection& connection,
                                                               const wire::Greeting& greeting);
    [[nodiscard]] std::optional<std::uint16_t> owner_for_manual(const Connection& connection) const;
    // Of another worker, or of one that this worker has given away.
    [[nodiscard]] std::optional<std::uint16_t> owner_of_session(const wire::SessionId& id) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_of_ticket(const wire::TicketId& id) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_of_new(const Connection& connection);
    [[nodiscard]] bool is_open_anywhere(const wire::SessionId& id) const;
    // lobby_giving.cpp: games that go on with another worker of the process
    void on(const GameMoved& event);
    void on(const SetPlacing& event);
    void on(const News& event);
    void on(const SetAddressShares& event) { addresses_.set_shares(event.shares); }
    void tell_ended(const wire::SessionId& id);
    void tell_ended(GameKind kind, std::string name, std::uint16_t home);
    [[nodiscard]] bool has_lease(Game game) const;
    // Its place in what is limited in all goes with it.
    void move_share(const Amounts& what, bool comes);
    // lobby_hops.cpp: to another node of the fleet, once
    [[nodiscard]] std::optional<fleet::Node> node_elsewhere(const Connection& connection,
                                                            const wire::Greeting& greeting) const;
    [[nodiscard]] bool others_have_rooms() const;
    // False if it has hopped before: then it stays.
    [[nodiscard]] bool hop(ConnectionId id, Connection& connection, fleet::Node node,
                           std::optional<wire::Greeting> greeting = std::nullopt);
    // Of one that is being adopted: why it has to go, if it has.
    [[nodiscard]] std::optional<CloseReason> end_hop(Connection& connection);
    // False if it was passed on too often: then it stays.
    [[nodiscard]] bool pass_on(ConnectionId id, Connection& connection, std::uint16_t worker,
                               std::optional<wire::Greeting> greeting = std::nullopt);

    // lobby_links.cpp: links
    void on(const Answered& event);
    void on(const Progressed& event);
    void on(const HalfClosed& event);
    void open_link(Session& session, ConnectionId guest_id, ConnectionId host_side_id);
    void close_link(ConnectionId guest_id, CloseReason reason);
    void link_deadline(ConnectionId guest_id, Connection& guest);
    [[nodiscard]] Duration idle_limit(const Connection& guest) const;

    // lobby_rooms.cpp: those who typed our address
    void greet(ConnectionId id, Connection& connection, const wire::ManualJoin& message, bool more);
    void on(const SaidBytes& event);
    [[nodiscard]] std::optional<wire::SessionId> session_for_manual(const Connection& connection,
                                                                    ManualIp manual_ip) const;
    [[nodiscard]] bool is_meant(const Session& session, ManualIp manual_ip) const;
    [[nodiscard]] static room::Admission admission_of(const Connection& connection);
    void enter_room(ConnectionId id, Connection& connection, const room::Admission& admission);
    void member_left(ConnectionId id, CloseReason how);
    void member_is_gone(ConnectionId id, CloseReason reason, room::MemberName name);
    // What the room manager wants done.
    void carry_over(std::vector<std::pair<ConnectionId, wire::Endpoint>> parted = {});

    // lobby_parties.cpp: those who come with a WebSocket
    void greet(ConnectionId id, Connection& connection, const wire::WebRequest& message, bool more);
    [[nodiscard]] party::Doorkeeper doorkeeper();
    [[nodiscard]] std::optional<wire::Address>
    client_behind(const wire::Address& proxy, std::span<const std::string> forwarded_for) const;
    [[nodiscard]] std::variant<party::Doorkeeper::Admitted, CloseReason>
    admit(ConnectionId id, std::span<const std::string> forwarded_for);
    void peer_left(ConnectionId id, CloseReason how);
    void send_peer_away(ConnectionId id, CloseReason reason);
    void peer_is_gone(ConnectionId id, CloseReason reason);
    void on(const EndParty& event);
    void on(const SendPeerAway& event);
    // What the party manager wants done.
    void carry_over_parties(std::vector<std::pair<ConnectionId, wire::Endpoint>> parted = {});

    // lobby_reload.cpp: another policy
    void on(const Reload& event);
    // Why somebody of this address has to go, as one who hosts or as one who joins.
    using Verdict = std::function<std::optional<CloseReason>(const wire::Address&, bool hosts)>;
    void end_unwanted(const Verdict& verdict, Reloaded& report);
    void end_unwanted_sessions(const Verdict& verdict, Reloaded& report);
    void end_unwanted_links(const Verdict& verdict, Reloaded& report);
    void end_unwanted_joins(const Verdict& verdict, Reloaded& report);
    void end_unwanted_members(const Verdict& verdict, Reloaded& report);
    void end_unwanted_peers(const Verdict& verdict, Reloaded& report);
    void send_member_away(ConnectionId id, CloseReason reason);
    void compare_limits(const Policy& before, Reloaded& report) const;
    [[nodiscard]] std::size_t crowded_sessions() const;
    void compare_addresses(const Limits& before, Reloaded& report) const;
    void compare_rooms(const Policy& before, Reloaded& report) const;
    void compare_parties(const Policy& before, Reloaded& report) const;
    void compare_promises(const Policy& before, Reloaded& report) const;

    // lobby_control.cpp: what the operator wants
    void on(const Undrain& event);
    void on(const TakeNew& event);
    void on(const EndSession& event);
    void on(const EndLink& event);
    void on(const EndRoom& event);
    void on(const SendAway& event);
    void on(const Reserve& event);
    void on(const LiftReservation& event);
    void on(const Say& event);
    void tell_of_new();
    void end_game(SessionKey key, CloseReason reason, CloseReason of_links);
    void end_connection(ConnectionId id, CloseReason reason);
    [[nodiscard]] Instant limited(const std::optional<Instant>& until) const;
    void keep_promise(Reservation reservation);
    bool forget_promise(const wire::SessionId& id);
    void forget_past_orders();
    void adopt_orders(const std::vector<Ban>& bans, const std::vector<Reservation>& reservations,
                      bool takes_new);

    // lobby_bans.cpp: who is banned, and the end of those whom a ban has met
    void on(const SetBan& event);
    void on(const AdoptBans& event);
    void on(const LiftBan& event);
    [[nodiscard]] std::size_t end_banned(const std::function<bool(const wire::Address&)>& is_met);
    void end_some_banned();
    [[nodiscard]] bool is_banned(const Connection& connection) const;
    void end_if_banned(ConnectionId id);
    void end_if_banned(Session& session);
    void end_banned_of(const Event& event);
    [[nodiscard]] Session* session_wanted(const Connection& guest, const wire::Greeting& greeting);

    // lobby_ports.cpp: ports of their own
    void greet(ConnectionId id, Connection& connection, const wire::LegacyPortRequest& message,
               bool more);
    void on(const PortAnswer& event);
    [[nodiscard]] bool lease(const Lease& wanted, const PortRange& range);
    [[nodiscard]] bool lease_of(const Lease& wanted, const PortRange& range, bool only_own);
    [[nodiscard]] Lease forget_lease(std::uint16_t port);
    [[nodiscard]] bool lease_again(const Lease& wanted, const PortRange& range, std::uint16_t port);
    void take_lease(const Lease& wanted, std::uint16_t port);
    void lease_for(const Session& session);
    void tell_without_port(const Lease& wanted);
    void lease_for_room(std::uint64_t room);
    void end_lease(std::uint16_t port);
    void end_leases_of(SessionKey session, std::uint64_t room);
    void deal_with_leases();
    void answer_asker(ConnectionId asker, std::uint16_t port, CloseReason reason);

    // lobby_moves.cpp
    struct MovingSession;
    struct MovingRoom;
    struct MovingParty;
    [[nodiscard]] std::vector<ConnectionId> members_of(const Session& session) const;
    void take_over(ConnectionId id, const Connection& connection);
    [[nodiscard]] std::uint16_t port_of_room(std::uint64_t number) const;
    void begin(Instant now, Output& out);

    // Shared by all.
    [[nodiscard]] Connection* find(ConnectionId id);
    [[nodiscard]] Session& session_of(const Connection& connection);
    void change_stage(ConnectionId id, Connection& connection, Stage to);
    void set_deadline(ConnectionId id, Connection& connection, Instant when);
    void count(CloseReason reason);
    // Closes one that is neither host nor linked; as whose end that is told.
    void turn_away(ConnectionId id, CloseReason reason);
    void turn_away(ConnectionId id, CloseReason reason, const wire::Endpoint& peer);
    void forget(ConnectionId id);
    void forget_ended_session(Session& session);
    void remember_expired(const wire::SessionId& id);
    [[nodiscard]] wire::SessionId fresh_id();
    void command(Command wanted) { out_->commands.push_back(std::move(wanted)); }
    template <class One>
    void tell(One event)
    {
        out_->events.emplace_back(std::in_place_type<One>, std::move(event));
    }

    RandomSource& random_;
    AmongWorkers among_;
    OpenGames elsewhere_;
    Amounts share_ = no_limit();
    Placing placing_;
    Whereabouts away_;                         // sessions whose home this is
    std::shared_ptr<const fleet::View> fleet_; // none: there is no fleet
    room::RoomManager rooms_;
    room::Output room_output_;
    party::PartyManager parties_;
    party::Output party_output_;
    std::map<std::uint16_t, Lease> leases_;
    Deadlines<std::uint16_t> lease_ends_;
    std::map<wire::SessionId, Reservation> promises_; // beside those of the configuration
    Deadlines<wire::SessionId> promise_ends_;
    Instant now_{};
    Output* out_ = nullptr; // only within handle()
    bool draining_ = false;
    bool shutting_down_ = false;
    std::unordered_map<ConnectionId, Connection> connections_;
    std::map<SessionKey, Session> sessions_; // in order of age
    std::unordered_map<wire::SessionId, SessionKey> open_sessions_;
    std::unordered_map<wire::TicketId, SessionKey> tickets_;
    Deadlines<ConnectionId> deadlines_;
    std::deque<ConnectionId> banned_; // still here, or gone by themselves; hosts first
    AddressBook addresses_;
    std::deque<wire::SessionId> expired_order_;
    std::unordered_set<wire::SessionId> expired_;
    NumberSource session_keys_;
    std::size_t greeting_count_ = 0;
    std::size_t waiting_count_ = 0;
    std::size_t link_count_ = 0;
    std::size_t member_count_ = 0;  // on the way into a room included
    std::size_t peer_count_ = 0;    // on the way into a party included, and out of one
    std::uint32_t leases_ever_ = 0; // where to look for the next free port
};

} // namespace netplay_relay::lobby
