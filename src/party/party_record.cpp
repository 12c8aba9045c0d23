// Parties, and those on the way into one, on their way to another party manager. See PartyManager.
#include "party_manager_state.hpp"

#include "base/ensure.hpp"
#include "record/archive.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace netplay_relay::party {

namespace {

using Bytes = std::vector<std::uint8_t>;
using record::Fault;
using record::Kind;
using Hearings = std::map<ConnectionId, Hearing>;

// Of messages and bytes: nobody lives to see more.
constexpr std::uint64_t counts_max = std::uint64_t{1} << 60U;

bool makes_sense(const Peer& peer)
{
    for (const std::uint64_t number : {peer.acknowledged, peer.sent, peer.numbered})
        if (number > counts_max) return false;
    if (peer.kept_sent > peer.kept.size() || peer.seen > peer.sent) return false;
    if (peer.marks.size() > marks_max || peer.offered < peer.acknowledged + peer.kept_sent ||
        peer.offered > peer.acknowledged + peer.kept.size())
        return false;
    if (peer.is_absent() != peer.absent_since.has_value()) return false;
    if (peer.is_absent() && (peer.kept_sent > 0 || !peer.held.empty() || peer.sent > 0))
        return false;
    if (peer.told > peer.numbered || peer.due == no_deadline) return false;
    if (peer.round_trip && *peer.round_trip < Duration{}) return false;
    if (peer.usual_round_trip < Duration{}) return false;
    std::uint64_t sent = peer.seen;
    for (const Mark& mark : peer.marks)
        if (mark.sent <= std::exchange(sent, mark.sent) && sent != 0) return false;
    return sent == peer.sent;
}

bool makes_sense(const Party& party, const Hearings& hearings)
{
    if (!NumberSource::is_possible(party.number) || party.peers.empty()) return false;
    if (!parse_code(to_text(party.code)) || party.game.size() > game_size_max) return false;
    if (party.packet_bytes > packet_bytes_max || party.exclusions.size() > exclusions_max)
        return false;
    const Peer* host = party.find(host_id);
    if (!party.closing && (host == nullptr || host->is_leaving())) return false;
    std::set<ConnectionId> connections;
    std::set<Token> tokens;
    std::size_t connected = 0;
    for (const auto& [id, peer] : party.peers) {
        if (peer == nullptr || peer->id != id || id < host_id || !makes_sense(*peer)) return false;
        if (party.closing && !peer->is_leaving()) return false;
        tokens.insert(peer->token);
        if (peer->is_absent()) continue;
        ++connected;
        connections.insert(peer->connection);
        if (!hearings.contains(peer->connection)) return false;
    }
    return tokens.size() == party.peers.size() && connections.size() == connected &&
           hearings.size() == connected &&
           std::ranges::all_of(hearings, [](const auto& one) { return one.second.makes_sense(); });
}

bool makes_sense(const Newcomer& newcomer)
{
    if (newcomer.deadline == no_deadline || newcomer.deadline == Instant::min()) return false;
    if (newcomer.asked.size() > asked_max || (!newcomer.asked.empty() && !newcomer.upgraded))
        return false;
    for (const Asked& one : newcomer.asked)
        if (one.payload.size() > control_size_max) return false;
    if (newcomer.upgraded) return newcomer.head.empty();
    return !newcomer.refused && newcomer.head.size() <= control_size_max * 4;
}

} // namespace

Bytes PartyManagerState::write(std::uint64_t number) const
{
    const auto found = parties_.find(number);
    if (found == parties_.end()) return {};
    const Party& party = *found->second;
    Hearings hearings;
    for (const auto& [id, peer] : party.peers)
        if (!peer->is_absent())
            hearings.emplace(peer->connection, clients_.at(peer->connection).hearing);
    record::Writer writer;
    writer(party, hearings);
    return record::seal(Kind::party, writer.bytes());
}

Bytes PartyManagerState::release(std::uint64_t number)
{
    Bytes written = write(number);
    if (written.empty()) return written;
    Party& party = *parties_.at(number);
    for (const auto& [id, peer] : party.peers) {
        due_.release(PeerKey{number, id}, peer->due);
        by_token_.erase(peer->token);
        kept_in_all_ -= peer->kept_bytes + peer->held_bytes;
        if (peer->is_absent()) continue;
        kept_in_all_ -= clients_.at(peer->connection).hearing.reader.kept();
        clients_.erase(peer->connection);
    }
    if (!party.closing) by_code_.erase(party.code);
    parties_.erase(number);
    return written;
}

std::variant<std::uint64_t, Fault> PartyManagerState::adopt(std::span<const std::uint8_t> sealed,
                                                            Duration later)
{
    const auto opened = record::open(Kind::party, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    auto party = std::make_unique<Party>();
    Hearings hearings;
    reader(*party, hearings);
    if (!reader.is_complete() || !makes_sense(*party, hearings)) return Fault::nonsense;
    if (parties_.contains(party->number)) return Fault::occupied;
    if (!party->closing && by_code_.contains(party->code)) return Fault::occupied;
    for (const auto& [id, peer] : party->peers)
        if (by_token_.contains(peer->token) ||
            (!peer->is_absent() && clients_.contains(peer->connection)))
            return Fault::occupied;
    for (auto& [connection, hearing] : hearings) {
        kept_in_all_ += hearing.reader.kept();
        clients_[connection].hearing = std::move(hearing);
    }
    numbers_.note(party->number);
    away_.forget(name_by(party->code));
    index(*party);
    const std::uint64_t number = party->number;
    party->counted = {among_.counts, wire::Counted::party, party->opener};
    parties_.emplace(number, std::move(party));
    return number;
}

// What a record does not say: whose it is, and what it comes to.
void PartyManagerState::index(Party& party)
{
    if (!party.closing) by_code_.emplace(party.code, party.number);
    for (const auto& [id, peer] : party.peers) {
        peer->party = &party;
        peer->kept_bytes = 0;
        peer->held_bytes = 0;
        for (const Kept& kept : peer->kept)
            peer->kept_bytes += kept.cost();
        for (const Held& held : peer->held)
            peer->held_bytes += held.cost();
        kept_in_all_ += peer->kept_bytes + peer->held_bytes;
        give_allowances(*peer);
        by_token_.emplace(peer->token, PeerKey{party.number, id});
        peer->due = std::min(peer->due, due_of(*peer)); // by our own settings
        due_.adopt(PeerKey{party.number, id}, peer->due);
        if (peer->is_absent()) continue;
        Client& client = clients_.at(peer->connection);
        client.party = &party;
        client.peer = peer.get();
    }
}

Bytes PartyManagerState::write_pending(ConnectionId id) const
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || !found->second.newcomer) return {};
    record::Writer writer;
    writer(id, *found->second.newcomer, found->second.hearing);
    return record::seal(Kind::pending_peer, writer.bytes());
}

Bytes PartyManagerState::release_pending(ConnectionId id)
{
    Bytes written = write_pending(id);
    if (written.empty()) return written;
    const auto found = clients_.find(id);
    set_deadline(id, *found->second.newcomer, no_deadline);
    kept_in_all_ -= memory_of(found->second);
    --entering_count_;
    clients_.erase(found);
    return written;
}

std::variant<ConnectionId, Fault>
PartyManagerState::adopt_pending(std::span<const std::uint8_t> sealed, Duration later)
{
    const auto opened = record::open(Kind::pending_peer, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    ConnectionId id;
    auto newcomer = std::make_unique<Newcomer>();
    Hearing hearing;
    reader(id, *newcomer, hearing);
    if (!reader.is_complete() || !makes_sense(*newcomer) || !hearing.makes_sense())
        return Fault::nonsense;
    if (clients_.contains(id)) return Fault::occupied;
    entering_.adopt(id, newcomer->deadline);
    ++entering_count_;
    Client& client = clients_[id];
    client.newcomer = std::move(newcomer);
    client.hearing = std::move(hearing);
    kept_in_all_ += memory_of(client);
    return id;
}

Bytes PartyManagerState::write_memory() const
{
    record::Writer writer;
    writer(numbers_.last(), guessers_, counts_);
    return record::seal(Kind::memory, writer.bytes());
}

Bytes PartyManagerState::release_memory()
{
    Bytes written = write_memory();
    guessers_.clear();
    counts_ = {};
    return written;
}

std::optional<Fault> PartyManagerState::adopt_memory(std::span<const std::uint8_t> sealed,
                                                     Duration later)
{
    const auto opened = record::open(Kind::memory, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    std::uint64_t last_number = 0;
    std::map<wire::Address, Allowance> guessers;
    PartyCounts counts;
    reader(last_number, guessers, counts);
    if (!reader.is_complete() || guessers.size() > guessers_max) return Fault::nonsense;
    if (NumberSource::is_possible(last_number)) numbers_.note(last_number);
    for (const auto& [address, guesses] : guessers) {
        if (guessers_.size() >= guessers_max && !guessers_.contains(address)) continue;
        guesses_of(address).learn(guesses);
    }
    counts_.add(counts);
    return std::nullopt;
}

void PartyManagerState::check_consistency() const
{
    std::size_t kept = 0;
    std::size_t connected = 0;
    std::size_t newcomers = 0;
    for (const auto& [id, client] : clients_) {
        kept += memory_of(client);
        newcomers += client.newcomer ? 1U : 0U;
        ensure((client.newcomer != nullptr) == (client.peer == nullptr), "neither, or both");
        if (client.newcomer)
            ensure(entering_.contains(id, client.newcomer->deadline), "waits without a deadline");
    }
    std::size_t peers = 0;
    for (const auto& [number, party] : parties_) {
        ensure(!party->peers.empty(), "a party of nobody");
        const Peer* host = party->find(host_id);
        ensure(party->closing || (host != nullptr && !host->is_leaving()), "no host");
        const auto code = by_code_.find(party->code);
        ensure(party->closing || (code != by_code_.end() && code->second == number),
               "a party that is not found");
        peers += party->peers.size();
        for (const auto& [id, peer] : party->peers) {
            ensure(peer->party == party.get() && makes_sense(*peer), "a peer is out of order");
            ensure(!party->closing || peer->is_leaving(), "one stays alone");
            ensure(by_token_.contains(peer->token), "a place that nobody can take again");
            ensure(due_.contains(PeerKey{number, id}, peer->due), "a peer is never looked at");
            ensure(peer->due <= due_of(*peer), "a peer is looked at too late");
            kept += peer->kept_bytes + peer->held_bytes;
            connected += peer->is_absent() ? 0U : 1U;
        }
    }
    ensure(by_token_.size() == peers && due_.size() == peers, "places of nobody");
    ensure(entering_.size() == newcomers && newcomers == entering_count_, "newcomers miscounted");
    ensure(connected + newcomers == clients_.size(), "connections miscounted");
    ensure(kept == kept_in_all_.own(), "kept bytes miscounted");
}

} // namespace netplay_relay::party
