// Parties that leave for another worker's lobby, and those that come from one.
#include "moving_connection.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

// A party with those of its peers that are connected.
struct LobbyState::MovingParty
{
    std::vector<MovingConnection> peers; // sorted
    std::vector<std::uint8_t> party;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.peers, self.party);
    }

    [[nodiscard]] bool makes_sense(std::span<const Mover> who) const
    {
        const auto is_peer = [](const MovingConnection& one) {
            return one.connection.stage == Stage::party_peer &&
                   one.connection.deadline == no_deadline;
        };
        const auto same = [](const MovingConnection& one, const MovingConnection& other) {
            return one.id == other.id;
        };
        return std::ranges::all_of(peers, is_peer) &&
               std::ranges::equal(peers, who, {}, &MovingConnection::mover) &&
               std::ranges::adjacent_find(peers, same) == peers.end();
    }
};

bool LobbyState::write_party(std::uint64_t number, record::Writer& into,
                             std::vector<Mover>& movers) const
{
    MovingParty moving;
    moving.party = parties_.write(number);
    if (moving.party.empty()) return false;
    for (const ConnectionId id : parties_.connections_of(number))
        moving.peers.push_back({id, connections_.at(id)});
    std::ranges::sort(moving.peers, {}, &MovingConnection::id);
    for (const MovingConnection& peer : moving.peers)
        movers.push_back(peer.mover());
    into(moving);
    return true;
}

bool LobbyState::release_party(std::uint64_t number, Instant now, record::Writer& into,
                               std::vector<Mover>& movers, Output& out)
{
    if (!write_party(number, into, movers)) return false;
    begin(now, out);
    (void)parties_.release(number);
    move_share({movers.size(), 0, 0, 1}, false);
    for (const Mover& mover : movers) {
        --peer_count_;
        forget(mover.connection);
    }
    out_ = nullptr;
    return true;
}

std::optional<record::Fault> LobbyState::adopt_party(record::Reader& from,
                                                     std::span<const Mover> who, Instant now,
                                                     Duration later, Output& out)
{
    MovingParty moving;
    from(moving);
    if (!from.is_complete() || !moving.makes_sense(who)) return record::Fault::nonsense;
    for (const MovingConnection& peer : moving.peers)
        if (connections_.contains(peer.id)) return record::Fault::occupied;
    const auto adopted = parties_.adopt(moving.party, later);
    if (const auto* fault = std::get_if<record::Fault>(&adopted)) return *fault;
    const std::uint64_t number = std::get<std::uint64_t>(adopted);
    std::vector<ConnectionId> peers = parties_.connections_of(number);
    std::ranges::sort(peers);
    if (!std::ranges::equal(peers, moving.peers, {}, {}, &MovingConnection::id)) {
        (void)parties_.release(number);
        return record::Fault::nonsense;
    }
    begin(now, out);
    move_share({who.size(), 0, 0, 1}, true);
    for (const MovingConnection& peer : moving.peers) {
        take_over(peer.id, peer.connection);
        ++peer_count_;
    }
    out_ = nullptr;
    return std::nullopt;
}

} // namespace netplay_relay::lobby
