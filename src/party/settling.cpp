// More is kept than may be, for one peer or for all: who has to go for it.
#include "party_manager_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

namespace {

// What is kept in all may be so much more than it may, until somebody has gone for it.
constexpr std::size_t relief_part = 16;

// What somebody has said of all that is kept for a peer.
struct Said
{
    std::size_t bytes = 0;
    Instant since = Instant::max(); // the oldest of it

    void add(const Said& more)
    {
        bytes += more.bytes;
        since = std::min(since, more.since);
    }
    // A second's worth at least: little is always fast.
    [[nodiscard]] bool is_flood(Instant now) const
    {
        constexpr Duration least = std::chrono::seconds(1);
        const std::chrono::duration<double> took = std::max(now - since, least);
        return static_cast<double>(bytes) > took.count() * flood_bytes_per_second;
    }
};

} // namespace

// Not within the loop that found it, nor while somebody is heard.
void PartyManagerState::settle()
{
    while (!overfull_.empty()) {
        const PeerKey key = overfull_.back();
        overfull_.pop_back();
        while (true) {
            const auto found = parties_.find(key.party);
            Peer* peer = found == parties_.end() ? nullptr : found->second->find(key.peer);
            if (peer == nullptr || peer->is_leaving() || !is_overfull(*peer)) break;
            relieve(*peer, CloseReason::peer_backlog);
        }
    }
    while (keeps_too_much()) {
        const Keeper most = who_has_most();
        if (most.bytes == 0) return;
        relieve(most);
    }
}

// Of several workers the process finds out who has most of all (relieve_one_of). One that has more
// than an equal part does not wait for that without end.
bool PartyManagerState::keeps_too_much()
{
    const std::size_t most = settings_.kept_bytes_in_all;
    if (!kept_in_all_.is_pooled()) return kept_in_all_.own() > most;
    if (!kept_in_all_.has_drawn() && !asks_for_relief_) return false;
    const std::size_t in_all = kept_in_all_.in_all();
    asks_for_relief_ = in_all > most;
    return in_all > most + most / relief_part && kept_in_all_.own() > most / among_.count;
}

std::map<wire::Address, std::size_t> PartyManagerState::kept_by_address() const
{
    std::map<wire::Address, std::size_t> prefixes;
    each_keeper([&](const Keeper& one) {
        if (one.bytes > 0) prefixes[one.prefix] += one.bytes;
    });
    return prefixes;
}

void PartyManagerState::relieve_one_of(const wire::Address& prefix)
{
    const Keeper most = who_has_most(prefix);
    if (most.bytes > 0) relieve(most);
    settle();
}

void PartyManagerState::relieve(const Keeper& keeper)
{
    if (keeper.peer == nullptr)
        relieve(keeper.newcomer);
    else
        relieve(*keeper.peer, CloseReason::memory_short);
}

// Less is kept for it from now on: what the gone have said is forgotten; else somebody goes.
void PartyManagerState::relieve(Peer& peer, CloseReason reason)
{
    Party& party = *peer.party;
    if (peer.is_leaving()) return give_up(party, peer, reason);
    if (forget_words_of_gone(peer)) return;
    Peer* flooder = who_floods(peer);
    if (flooder == nullptr) return give_up(party, peer, reason);
    dismiss(party, *flooder, CloseReason::peer_flood, {});
    (void)forget_words_of_gone(peer);
}

void PartyManagerState::relieve(ConnectionId newcomer)
{
    Client& client = clients_.at(newcomer);
    if (!client.newcomer->upgraded) return close_silently(newcomer, CloseReason::memory_short);
    count_kept(0, client.hearing.reader.kept());
    client.hearing = {websocket::FrameReader(), true};
    refuse(newcomer, client, CloseReason::memory_short);
}

// Not what it may have got already, as that has its number. False if there was nothing.
bool PartyManagerState::forget_words_of_gone(Peer& peer)
{
    const auto is_of_gone = [&](const Kept& kept) {
        if (kept.from == 0) return false;
        const Peer* speaker = peer.party->find(kept.from);
        return speaker == nullptr || speaker->is_leaving();
    };
    const auto begin =
        peer.kept.begin() + static_cast<std::ptrdiff_t>(peer.offered - peer.acknowledged);
    const std::size_t before = peer.kept_bytes;
    const auto end = std::remove_if(begin, peer.kept.end(), [&](const Kept& kept) {
        if (!is_of_gone(kept)) return false;
        peer.kept_bytes -= kept.cost();
        kept_in_all_ -= kept.cost();
        return true;
    });
    peer.kept.erase(end, peer.kept.end());
    return peer.kept_bytes != before;
}

// The peer that has filled its queue, if others than the host have: of the address that has said
// most the one that has said most. Only if it came fast, from that address, and for a host from all
// together: else whoever takes nothing would have others go for it. A host never goes for a queue
// of others.
Peer* PartyManagerState::who_floods(const Peer& peer) const
{
    std::map<std::int32_t, Said> speakers;
    for (const Kept& kept : peer.kept)
        if (kept.from != 0 && kept.from != host_id)
            speakers[kept.from].add({kept.cost(), kept.since});
    struct Household
    {
        Said said;
        Peer* most = nullptr;
        std::size_t of_most = 0;
    };
    std::map<wire::Address, Household> households;
    Said of_all;
    for (const auto& [id, said] : speakers) {
        Peer* speaker = peer.party->find(id);
        if (speaker == nullptr || speaker->is_leaving()) continue;
        of_all.add(said);
        Household& household = households[wire::client_prefix(speaker->address)];
        household.said.add(said);
        if (said.bytes <= household.of_most) continue;
        household.most = speaker;
        household.of_most = said.bytes;
    }
    if (of_all.bytes <= peer.kept_bytes / 2) return nullptr;
    const auto& loudest = std::ranges::max_element(households, {}, [](const auto& one) {
                              return one.second.said.bytes;
                          })->second;
    const Said& to_judge = peer.id == host_id ? of_all : loudest.said;
    return to_judge.is_flood(now_) ? loudest.most : nullptr;
}

// Of the address for which most is kept: else somebody could have a little kept for many of his
// own, without end, and everybody with more than that would go.
Keeper PartyManagerState::who_has_most(const std::optional<wire::Address>& of) const
{
    Keeper most;
    std::optional<wire::Address> fullest = of;
    if (!fullest) {
        const auto prefixes = kept_by_address();
        const auto found = std::ranges::max_element(
            prefixes, {}, [](const auto& prefix) { return prefix.second; });
        if (found == prefixes.end()) return most;
        fullest = found->first;
    }
    each_keeper([&](const Keeper& one) {
        const bool is_first = one.peer == nullptr && most.peer == nullptr &&
                              one.bytes == most.bytes && one.newcomer < most.newcomer;
        if (one.prefix == *fullest && (one.bytes > most.bytes || is_first)) most = one;
    });
    return most;
}

template <class Visitor>
void PartyManagerState::each_keeper(const Visitor& visit) const
{
    for (const auto& [number, party] : parties_)
        for (const auto& [id, peer] : party->peers)
            visit({peer.get(), {}, wire::client_prefix(peer->address), memory_of(*peer)});
    for (const auto& [id, client] : clients_)
        if (client.newcomer)
            visit({nullptr, id, wire::client_prefix(client.newcomer->address), memory_of(client)});
}

std::size_t PartyManagerState::memory_of(const Peer& peer) const
{
    const std::size_t half_said = peer.is_absent() ? 0 : memory_of(clients_.at(peer.connection));
    return peer.kept_bytes + peer.held_bytes + half_said;
}

std::size_t PartyManagerState::memory_of(const Client& client)
{
    const std::size_t head = client.newcomer ? client.newcomer->head.size() : 0;
    return head + client.hearing.reader.kept();
}

bool PartyManager::asks_for_relief() const { return state_->asks_for_relief_; }

void PartyManager::note_relief() { state_->asks_for_relief_ = false; }

std::map<wire::Address, std::size_t> PartyManager::kept_by_address() const
{
    return state_->kept_by_address();
}

void PartyManager::relieve_one_of(const wire::Address& prefix, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->relieve_one_of(prefix);
}

} // namespace netplay_relay::party
