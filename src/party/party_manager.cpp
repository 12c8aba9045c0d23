#include "party_manager_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

PartyManagerState::PartyManagerState(PartySettings settings, Doorkeeper doorkeeper, Random random,
                                     AmongWorkers among)
    : settings_(std::move(settings)), doorkeeper_(std::move(doorkeeper)),
      random_(std::move(random)), among_(among), numbers_(among)
{
    kept_in_all_.draw_on(among.packets);
    kept_in_all_.draw_by(grain_of(settings_.kept_bytes_in_all, among.count));
}

bool ReservedCode::is_for(const wire::Address& host) const
{
    return std::ranges::any_of(
        networks, [&](const wire::Network& network) { return network.contains(host); });
}

void PartyManagerState::begin(Instant now, Output& out)
{
    now_ = now;
    out_ = &out;
}

void PartyManagerState::adopt(PartySettings settings)
{
    settings_ = std::move(settings);
    kept_in_all_.draw_by(grain_of(settings_.kept_bytes_in_all, among_.count));
    if (kept_in_all_.is_pooled()) kept_in_all_.give_all_back(); // less may be much by the new one
    for (const auto& [number, party] : parties_)
        for (const auto& [id, peer] : party->peers)
            if (peer->is_absent()) set_due(*peer, due_of(*peer)); // for so long is its place held
}

void PartyManagerState::enter(ConnectionId id, const wire::Address& address, Instant deadline)
{
    Client& client = clients_[id];
    ensure(!client.newcomer && client.peer == nullptr, "a connection enters twice");
    client.newcomer = std::make_unique<Newcomer>();
    client.newcomer->address = address;
    ++entering_count_;
    set_deadline(id, *client.newcomer, deadline);
}

void PartyManagerState::receive(ConnectionId id, std::span<const std::uint8_t> bytes)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    Client& client = found->second;
    if (client.peer != nullptr) client.peer->heard = now_;
    if (client.newcomer && !client.newcomer->upgraded)
        read_head(id, client, bytes);
    else
        feed(id, client, bytes);
    settle();
}

void PartyManagerState::forgive(Duration gap)
{
    const auto move = [&](std::optional<Instant>& when) {
        if (when) when = std::min(*when + gap, now_);
    };
    for (auto& [id, client] : clients_) {
        if (client.newcomer && client.newcomer->deadline != no_deadline)
            set_deadline(id, *client.newcomer, client.newcomer->deadline + gap);
        if (client.peer == nullptr) continue;
        client.peer->heard = std::min(client.peer->heard + gap, now_);
        move(client.peer->pinged);
        for (Mark& mark : client.peer->marks)
            mark.when = std::min(mark.when + gap, now_);
    }
    for (const auto& [number, party] : parties_)
        for (const auto& [peer_id, peer] : party->peers) {
            move(peer->absent_since);
            if (peer->farewell) peer->farewell->until += gap;
        }
}

void PartyManagerState::tick()
{
    while (const auto key = due_.due(now_)) {
        Party& party = *parties_.at(key->party);
        Peer& peer = *party.find(key->peer);
        look_at(party, peer);
        settle();
        // Whoever is still there is looked at later.
        const auto still = parties_.find(key->party);
        if (still == parties_.end()) continue;
        Peer* left = still->second->find(key->peer);
        if (left == nullptr) continue;
        set_due(*left, due_of(*left));
        // With no time to come back in, the next round ends its place.
        ensure(left->due > now_ || left->is_absent(), "a peer's deadline was not dealt with");
    }
    while (const auto id = entering_.due(now_))
        look_at_newcomer(*id);
}

Instant PartyManagerState::next_deadline() const { return std::min(due_.next(), entering_.next()); }

void PartyManagerState::arm(Peer& peer, Instant when)
{
    if (when < peer.due) set_due(peer, when);
}

void PartyManagerState::set_due(Peer& peer, Instant when)
{
    due_.set(PeerKey{peer.party->number, peer.id}, peer.due, when);
}

void PartyManagerState::set_deadline(ConnectionId id, Newcomer& newcomer, Instant when)
{
    entering_.set(id, newcomer.deadline, when);
}

void PartyManagerState::tell(PartyEventKind kind, const Party& party, const Peer* peer,
                             CloseReason reason, Duration duration)
{
    PartyEvent event;
    event.kind = kind;
    event.party = party.number;
    event.code = party.code;
    event.game = party.game;
    event.reason = reason;
    event.duration = duration;
    if (peer != nullptr) {
        event.peer = peer->id;
        event.connection = peer->connection;
        event.address = peer->address;
    }
    out_->events.push_back(std::move(event));
}

void PartyManagerState::look_into(std::uint64_t number, PartySnapshot& snapshot) const
{
    const Party& party = *parties_.at(number);
    snapshot.number = party.number;
    snapshot.code = party.code;
    snapshot.game = party.game;
    snapshot.mesh = party.mesh;
    snapshot.refuses = party.refuses;
    snapshot.shown = party.shown;
    snapshot.closing = party.closing;
    snapshot.peers_max = party.peers_max;
    snapshot.since = party.since;
    for (const auto& [id, peer] : party.peers) {
        PeerSnapshot seen;
        seen.id = id;
        seen.connection = peer->connection;
        seen.address = peer->address;
        seen.absent = peer->is_absent();
        seen.leaving = peer->is_leaving();
        seen.since = peer->since;
        seen.round_trip = peer->round_trip;
        seen.kept_bytes = peer->kept_bytes;
        seen.held_bytes = peer->held_bytes;
        seen.untaken_bytes = peer->untaken();
        seen.packets_in = peer->packets_in;
        seen.packets_out = peer->packets_out;
        seen.messages_dropped = peer->dropped;
        seen.resumes = peer->resumes;
        snapshot.peers.push_back(seen);
    }
}

PartyUse PartyManagerState::use() const
{
    PartyUse use;
    use.parties = parties_.size();
    use.entering = entering_count_;
    use.peers = clients_.size() - entering_count_;
    use.absent = by_token_.size() - use.peers; // there is a token for each place
    use.kept_bytes = kept_in_all_.own();
    return use;
}

// The facade.

PartyManager::PartyManager(PartySettings settings, Doorkeeper doorkeeper, Random random,
                           AmongWorkers among)
    : state_(std::make_unique<PartyManagerState>(std::move(settings), std::move(doorkeeper),
                                                 std::move(random), among))
{
}

PartyManager::~PartyManager() = default;

void PartyManager::adopt(PartySettings settings) { state_->adopt(std::move(settings)); }

void PartyManager::enter(ConnectionId connection, const wire::Address& address, Instant deadline,
                         Instant now, Output& out)
{
    state_->begin(now, out);
    state_->enter(connection, address, deadline);
}

void PartyManager::place_new(Placing placing) { state_->placing_ = std::move(placing); }
void PartyManager::see(std::shared_ptr<const fleet::View> view)
{
    state_->fleet_ = std::move(view);
}

void PartyManager::limit_parties(std::size_t most) { state_->share_ = most; }

void PartyManager::go_on(ConnectionId connection, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->go_on(connection);
}

void PartyManager::receive(ConnectionId connection, std::span<const std::uint8_t> bytes,
                           Instant now, Output& out)
{
    state_->begin(now, out);
    state_->receive(connection, bytes);
}

CloseReason PartyManager::leave(ConnectionId connection, Instant now, Output& out, CloseReason how)
{
    state_->begin(now, out);
    return state_->leave(connection, how);
}

void PartyManager::send_away(ConnectionId connection, CloseReason end, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->send_away(connection, end);
}

bool PartyManager::send_away(std::uint64_t party, std::int32_t peer, CloseReason end, Instant now,
                             Output& out)
{
    state_->begin(now, out);
    return state_->send_away(party, peer, end);
}

void PartyManager::forgive(Duration gap, Instant now)
{
    Output nothing;
    state_->begin(now, nothing);
    state_->forgive(gap);
}

void PartyManager::tick(Instant now, Output& out)
{
    state_->begin(now, out);
    state_->tick();
}

std::optional<Instant> PartyManager::next_deadline() const
{
    return if_any(state_->next_deadline());
}

void PartyManager::refuse_new_parties(std::optional<CloseReason> why) { state_->no_new_ = why; }

bool PartyManager::close(std::uint64_t party, CloseReason end, Instant now, Output& out)
{
    state_->begin(now, out);
    return state_->close(party, end);
}

void PartyManager::close_all(Instant now, Output& out, CloseReason end)
{
    state_->begin(now, out);
    state_->close_all(end);
}

std::size_t PartyManager::end_unwanted(const Verdict& verdict, Instant now, Output& out)
{
    state_->begin(now, out);
    return state_->end_unwanted(verdict);
}

std::size_t PartyManager::end_absent(const Verdict& verdict, Instant now, Output& out)
{
    state_->begin(now, out);
    return state_->end_places(verdict, true);
}

std::uint64_t PartyManager::last_number() const { return state_->last_number(); }

void PartyManager::note_number(std::uint64_t given) { state_->note_number(given); }

std::optional<std::uint64_t> PartyManager::named(std::uint64_t party) const
{
    const auto found = state_->parties_.find(party);
    if (found == state_->parties_.end()) return std::nullopt;
    return number_of(found->second->code);
}

std::vector<std::uint8_t> PartyManager::write(std::uint64_t party) const
{
    return state_->write(party);
}

std::vector<std::uint8_t> PartyManager::release(std::uint64_t party)
{
    return state_->release(party);
}

std::variant<std::uint64_t, record::Fault> PartyManager::adopt(std::span<const std::uint8_t> party,
                                                               Duration later)
{
    return state_->adopt(party, later);
}

std::vector<std::uint8_t> PartyManager::write_pending(ConnectionId connection) const
{
    return state_->write_pending(connection);
}

std::vector<std::uint8_t> PartyManager::release_pending(ConnectionId connection)
{
    return state_->release_pending(connection);
}

std::variant<ConnectionId, record::Fault>
PartyManager::adopt_pending(std::span<const std::uint8_t> client, Duration later)
{
    return state_->adopt_pending(client, later);
}

std::vector<std::uint8_t> PartyManager::write_memory() const { return state_->write_memory(); }

std::vector<std::uint8_t> PartyManager::release_memory() { return state_->release_memory(); }

std::optional<record::Fault> PartyManager::adopt_memory(std::span<const std::uint8_t> memory,
                                                        Duration later)
{
    return state_->adopt_memory(memory, later);
}

std::vector<std::uint64_t> PartyManager::parties() const
{
    std::vector<std::uint64_t> all;
    for (const auto& [number, party] : state_->parties_)
        all.push_back(number);
    return all;
}

std::vector<ConnectionId> PartyManager::connections_of(std::uint64_t party) const
{
    std::vector<ConnectionId> all;
    const auto found = state_->parties_.find(party);
    if (found == state_->parties_.end()) return all;
    for (const auto& [id, peer] : found->second->peers)
        if (!peer->is_absent()) all.push_back(peer->connection);
    return all;
}

std::vector<ConnectionId> PartyManager::pending() const
{
    std::vector<ConnectionId> all;
    for (const auto& [id, client] : state_->clients_)
        if (client.newcomer) all.push_back(id);
    std::ranges::sort(all);
    return all;
}

PartyUse PartyManager::use() const { return state_->use(); }

const PartyCounts& PartyManager::counts() const { return state_->counts_; }

std::vector<PartySnapshot> PartyManager::look() const
{
    std::vector<PartySnapshot> all;
    for (const auto& [number, party] : state_->parties_)
        state_->look_into(number, all.emplace_back());
    return all;
}

std::optional<PartySnapshot> PartyManager::look(std::uint64_t party) const
{
    if (!state_->parties_.contains(party)) return std::nullopt;
    PartySnapshot snapshot;
    state_->look_into(party, snapshot);
    return snapshot;
}

void PartyManager::check_consistency() const { state_->check_consistency(); }

} // namespace netplay_relay::party
