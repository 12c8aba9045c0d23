#include "lobby/lobby.hpp"

#include "base/byte_order.hpp"
#include "base/ensure.hpp"
#include "lobby_state.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

void Totals::add(const Totals& other)
{
    connections += other.connections;
    sessions += other.sessions;
    joins += other.joins;
    links += other.links;
    rooms += other.rooms;
    members += other.members;
    parties += other.parties;
    peers += other.peers;
    standstills += other.standstills;
    hops_sent += other.hops_sent;
    hops_returned += other.hops_returned;
    hops_taken += other.hops_taken;
    for (std::size_t at = 0; at < close_reasons.size(); ++at)
        close_reasons[at] += other.close_reasons[at];
    for (std::size_t at = 0; at < said.size(); ++at)
        said[at] += other.said[at];
}

Lobby::Lobby(Policy policy, RandomSource& random, AmongWorkers among)
    : state_(std::make_unique<LobbyState>(std::move(policy), random, among))
{
}

Lobby::~Lobby() = default;

void Lobby::handle(const Event& event, Instant now, Output& out)
{
    state_->handle(event, now, out);
}

void Lobby::take_back(std::vector<std::uint8_t> delivered, Stage to)
{
    state_->take_back(std::move(delivered), to);
}

std::optional<Instant> Lobby::next_deadline() const { return state_->next_deadline(); }

const Policy& Lobby::policy() const { return state_->policy_; }

bool Lobby::is_short_of_state_memory() const
{
    return state_->room_manager().is_short_of_state_memory();
}

std::size_t Lobby::state_bytes() const { return state_->room_manager().state_bytes(); }

std::vector<std::uint64_t> Lobby::room_hashes() const { return state_->room_hashes(); }

bool Lobby::takes_rooms() const { return !state_->refusal_of_new(); }

bool Lobby::is_drained() const { return state_->is_drained(); }

bool Lobby::takes_new() const { return state_->takes_new_; }

std::vector<Ban> Lobby::bans() const { return state_->bans_.all(); }

std::size_t Lobby::ban_count() const { return state_->bans_.size(); }

std::vector<Reservation> Lobby::reservations() const { return state_->reservations(); }

Use Lobby::use() const { return state_->use(); }

const Totals& Lobby::totals() const { return state_->totals_; }

std::vector<SessionKey> Lobby::session_keys() const { return state_->session_keys(); }

std::optional<SessionSnapshot> Lobby::look_at(SessionKey session) const
{
    return state_->look_at(session);
}

std::optional<SessionKey> Lobby::session_after(SessionKey session) const
{
    return state_->session_after(session);
}

std::optional<SessionKey> Lobby::session_of(const wire::SessionId& id) const
{
    return state_->open_session(id);
}

std::vector<RoomSnapshot> Lobby::look_at_rooms() const { return state_->look_at_rooms(); }

std::optional<RoomSnapshot> Lobby::look_at_room(std::uint64_t number) const
{
    return state_->look_at_room(number);
}

room::MemberName Lobby::member_name(ConnectionId connection) const
{
    return state_->member_name(connection);
}

std::vector<PartySnapshot> Lobby::look_at_parties() const { return state_->look_at_parties(); }

std::optional<PartySnapshot> Lobby::look_at_party(std::uint64_t number) const
{
    return state_->look_at_party(number);
}

const party::PartyCounts& Lobby::party_counts() const { return state_->party_manager().counts(); }

std::optional<wire::SessionId> Lobby::session_without_id() const
{
    return state_->only_session(state_->policy_.manual_ip);
}

void Lobby::check_consistency() const { state_->check_consistency(); }

std::optional<std::uint64_t> Lobby::named(SessionKey session) const
{
    return state_->named(session);
}

std::optional<std::uint64_t> Lobby::named_room(std::uint64_t room) const
{
    return state_->named_room(room);
}

std::optional<std::uint64_t> Lobby::named_party(std::uint64_t party) const
{
    return state_->named_party(party);
}

LastNumbers Lobby::last_numbers() const { return state_->last_numbers(); }

void Lobby::note(const LastNumbers& given) { state_->note(given); }

std::vector<Mover> Lobby::write(SessionKey session, record::Writer& into) const
{
    return state_->write(session, into);
}

std::vector<Mover> Lobby::write_room(std::uint64_t room, Instant now, record::Writer& into) const
{
    return state_->write_room(room, now, into);
}

bool Lobby::write_party(std::uint64_t party, record::Writer& into, std::vector<Mover>& movers) const
{
    return state_->write_party(party, into, movers);
}

bool Lobby::release_party(std::uint64_t party, Instant now, record::Writer& into,
                          std::vector<Mover>& movers, Output& out)
{
    return state_->release_party(party, now, into, movers, out);
}

std::optional<record::Fault> Lobby::adopt_party(record::Reader& from, std::span<const Mover> who,
                                                Instant now, Duration later, Output& out)
{
    return state_->adopt_party(from, who, now, later, out);
}

bool Lobby::write(ConnectionId connection, record::Writer& into) const
{
    return state_->write(connection, into);
}

std::vector<std::uint8_t> Lobby::write_memory() const { return state_->write_memory(); }

std::vector<Mover> Lobby::release(SessionKey session, Instant now, record::Writer& into,
                                  Output& out)
{
    return state_->release(session, now, into, out);
}

bool Lobby::release(ConnectionId connection, Instant now, record::Writer& into, Output& out)
{
    return state_->release(connection, now, into, out);
}

std::optional<record::Fault> Lobby::adopt_session(record::Reader& from, std::span<const Mover> who,
                                                  Instant now, Output& out)
{
    return state_->adopt_session(from, who, now, out);
}

std::vector<Mover> Lobby::release_room(std::uint64_t room, Instant now, record::Writer& into,
                                       Output& out)
{
    return state_->release_room(room, now, into, out);
}

std::optional<record::Fault> Lobby::adopt_room(record::Reader& from, std::span<const Mover> who,
                                               Instant now, Duration later, Output& out)
{
    return state_->adopt_room(from, who, now, later, out);
}

std::optional<record::Fault> Lobby::adopt_connection(record::Reader& from, const Mover& who,
                                                     Instant now, Duration later, Output& out)
{
    return state_->adopt_connection(from, who, now, later, out);
}

std::vector<std::uint8_t> Lobby::release_memory(Instant now, Output& out)
{
    return state_->release_memory(now, out);
}

std::optional<record::Fault> Lobby::adopt_memory(std::span<const std::uint8_t> memory, Instant now,
                                                 Duration later, Output& out)
{
    return state_->adopt_memory(memory, now, later, out);
}

OpenGames Lobby::open_games() const { return state_->open_games(); }

Amounts Lobby::amounts() const { return state_->amounts(); }

Amounts Lobby::limits_in_all() const { return state_->limits_in_all(); }

std::vector<std::uint64_t> Lobby::rooms() const { return state_->rooms(); }

std::vector<std::uint64_t> Lobby::parties() const { return state_->parties(); }

room::SharedState Lobby::count_state(ConnectionId member, room::SharedState state)
{
    return state_->count_state(member, std::move(state));
}

std::uint32_t fresh_salt(RandomSource& random)
{
    std::array<std::uint8_t, 4> bytes{};
    random.fill(bytes);
    const auto salt = load_big<std::uint32_t>(bytes);
    return salt == 0 ? 1 : salt;
}

LobbyState::LobbyState(Policy policy, RandomSource& random, AmongWorkers among)
    : policy_(std::move(policy)), random_(random), among_(among),
      rooms_(policy_.rooms, among.room_salt != 0 ? among.room_salt : fresh_salt(random), among),
      parties_(
          policy_.parties, doorkeeper(),
          [&random](std::span<std::uint8_t> bytes) { random.fill(bytes); }, among),
      addresses_(among.count, among.counts), session_keys_(among)
{
    addresses_.adopt(address_limits());
}

// Guests that wait are their session's. Who has only just arrived may find nothing to join.
bool LobbyState::is_drained() const
{
    return draining_ && sessions_.empty() && rooms_.use().rooms == 0 && parties_.use().parties == 0;
}

Use LobbyState::use() const
{
    Use use;
    use.connections = connections_.size();
    use.greeting = greeting_count_;
    use.sessions = open_sessions_.size();
    use.waiting_joins = waiting_count_;
    use.links = link_count_;
    const room::RoomUse rooms = rooms_.use();
    use.rooms = rooms.rooms;
    use.members = rooms.members;
    use.entering = rooms.entering;
    const party::PartyUse parties = parties_.use();
    use.parties = parties.parties;
    use.peers = parties.peers;
    use.absent_peers = parties.absent;
    use.entering_peers = parties.entering;
    use.kept_packet_bytes = parties.kept_bytes;
    use.addresses = addresses_.size();
    return use;
}

std::vector<SessionKey> LobbyState::session_keys() const
{
    std::vector<SessionKey> keys;
    keys.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_)
        keys.push_back(key);
    return keys;
}

std::optional<SessionSnapshot> LobbyState::look_at(SessionKey key) const
{
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return std::nullopt;
    const Session& session = found->second;
    SessionSnapshot snapshot;
    snapshot.key = key;
    snapshot.id = session.id;
    snapshot.host = session.host;
    snapshot.host_peer = session.host_peer;
    snapshot.since = session.since;
    snapshot.join_port = session.join_port;
    snapshot.reserved = session.reserved;
    snapshot.host_gone = session.host_gone;
    snapshot.seats = session.links.size();
    snapshot.waiting_joins =
        static_cast<std::size_t>(std::ranges::count(session.tickets, false, &Ticket::guest_gone));
    snapshot.ping = session.ping;
    if (session.ping_open) snapshot.unanswered = session.pinged;
    for (const ConnectionId guest_id : session.links) {
        const Connection& guest = connections_.at(guest_id);
        const Connection& host_side = connections_.at(guest.partner);
        snapshot.links.push_back(
            {guest_id, guest.partner, guest.peer, host_side.peer, guest.since});
    }
    return snapshot;
}

void LobbyState::check_consistency() const
{
    std::array<std::size_t, stage_count> stages{};
    std::unordered_map<AddressKey, AddressUse, AddressKeyHash> uses;
    NetworkUses networks;
    std::size_t deadlines = 0;
    for (const auto& [id, connection] : connections_) {
        ++stages[static_cast<std::size_t>(connection.stage)];
        AddressUse& use = uses[AddressKey::of(connection.peer.address)];
        ++use.connections;
        if (connection.stage == Stage::host) ++use.sessions;
        for (const wire::WiderNetwork& wider : wire::wider_networks(connection.peer.address)) {
            NetworkUse& network = networks[wider.network];
            ++network.connections;
            if (connection.stage == Stage::host) ++network.sessions;
        }
        if (connection.stage == Stage::waiting) ++use.waiting_joins;
        if (connection.deadline != no_deadline) ++deadlines;
        const bool must_end =
            connection.stage != Stage::host && connection.stage != Stage::host_side &&
            !is_heard(connection.stage); // the managers have a deadline for who enters
        ensure(!must_end || connection.deadline != no_deadline,
               "somebody waits without a deadline");
    }
    ensure(deadlines == deadlines_.size(), "the deadline queue has other entries");
    const auto in = [&](Stage stage) { return stages[static_cast<std::size_t>(stage)]; };
    ensure(in(Stage::greeting) + in(Stage::introducing) + in(Stage::asking) +
                   in(Stage::asking_port) ==
               greeting_count_,
           "greeting count");
    const room::RoomUse rooms = rooms_.use();
    ensure(in(Stage::member) == member_count_, "member count");
    ensure(rooms.members + rooms.entering == member_count_, "members of the room manager");
    const party::PartyUse parties = parties_.use();
    ensure(in(Stage::party_peer) == peer_count_, "peer count");
    ensure(parties.peers + parties.entering == peer_count_, "peers of the party manager");
    rooms_.check_consistency();
    parties_.check_consistency();
    bans_.check_consistency();
    ensure(static_cast<std::size_t>(std::ranges::count_if(
               promises_, [](const auto& one) { return one.second.until.has_value(); })) ==
               promise_ends_.size(),
           "ends of promises");
    ensure(in(Stage::host) == open_sessions_.size(), "hosts and open sessions");
    ensure(in(Stage::waiting) == waiting_count_, "waiting count");
    ensure(in(Stage::guest) == link_count_ && in(Stage::host_side) == link_count_, "link count");
    ensure(networks == addresses_.networks(), "use of networks");
    for (const auto& [key, use] : addresses_.uses()) {
        const auto seen = uses.contains(key) ? uses.at(key) : AddressUse{};
        ensure(seen.connections == use.connections, "connections of an address");
        ensure(seen.sessions == use.sessions, "sessions of an address");
        ensure(seen.waiting_joins == use.waiting_joins, "waiting joins of an address");
        uses.erase(key);
    }
    ensure(uses.empty(), "an address without a record");
    std::size_t tickets = 0;
    std::size_t links = 0;
    for (const auto& [key, session] : sessions_) {
        tickets += session.tickets.size();
        links += session.links.size();
        ensure(!session.host_gone || !session.links.empty(), "an ended session lingers");
        const auto announced = std::ranges::count(session.tickets, true, &Ticket::is_announced);
        ensure(static_cast<std::size_t>(announced) <= host_pending_slots, "too many announced");
    }
    ensure(tickets == tickets_.size(), "tickets and their index");
    ensure(links == link_count_, "links of sessions");
    ensure(expired_.size() == expired_order_.size(), "expired sessions");
}

} // namespace netplay_relay::lobby
