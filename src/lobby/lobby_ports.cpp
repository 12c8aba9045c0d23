// Ports that lead to one session or room, and those that old lobby servers ask for.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

namespace {

// Somebody else may listen on some of the range.
constexpr std::uint32_t lease_tries = 16;
// Of what other workers do not need, too; and they may have what was thought to be ours.
constexpr std::uint32_t elsewhere_tries = 64;

} // namespace

// Asks for the first port of the range that is free. False if none is, or enough were tried.
bool LobbyState::lease(const Lease& wanted, const PortRange& range)
{
    const std::uint32_t size = range.size();
    if (wanted.tries >= std::min(lease_tries, size) ||
        wanted.elsewhere >= std::min(elsewhere_tries, size))
        return false;
    if (wanted.elsewhere == 0 && lease_of(wanted, range, true)) return true;
    return among_.count > 1 && lease_of(wanted, range, false);
}

// Of the ports that are this worker's part, or of all.
bool LobbyState::lease_of(const Lease& wanted, const PortRange& range, bool only_own)
{
    const std::uint32_t size = range.size();
    // A different one each time: one that was given back is not taken for the old one at once.
    for (std::uint32_t step = 0; step < size; ++step) {
        const auto port = static_cast<std::uint16_t>(range.first + (leases_ever_ + step) % size);
        if (leases_.contains(port) || (only_own && !among_.is_mine(port))) continue;
        leases_ever_ += step + 1;
        take_lease(wanted, port);
        return true;
    }
    return false;
}

// The very port that it had elsewhere, as friends may have it written down. False if it is not of
// the range, or taken.
bool LobbyState::lease_again(const Lease& wanted, const PortRange& range, std::uint16_t port)
{
    if (!range.contains(port) || leases_.contains(port)) return false;
    take_lease(wanted, port);
    return true;
}

void LobbyState::take_lease(const Lease& wanted, std::uint16_t port)
{
    ListenerProfile profile;
    profile.session = wanted.session.value;
    profile.room = wanted.room;
    if (wanted.opener) profile.room_port = port;
    Lease& taken = leases_.emplace(port, wanted).first->second;
    ++taken.tries;
    lease_ends_.adopt(port, taken.until);
    if (taken.opener && among_.counts != nullptr)
        among_.counts->add(wire::Counted::legacy_port, *taken.opener);
    command(OpenPort{port, profile});
}

void LobbyState::lease_for(const Session& session)
{
    Lease wanted;
    wanted.session = session.key;
    if (!policy_.join_ports.empty() && !lease(wanted, policy_.join_ports))
        tell_without_port(wanted);
}

void LobbyState::tell_without_port(const Lease& wanted)
{
    WithoutPort event{{}, wanted.room, wanted.tries};
    if (const auto session = sessions_.find(wanted.session); session != sessions_.end())
        event.session = session->second.id;
    tell(event);
}

void LobbyState::lease_for_room(std::uint64_t room)
{
    if (policy_.join_ports.empty()) return;
    // A room that was opened on a port has one, and to a private one no listener may lead without
    // the password.
    for (const room::RoomSnapshot& seen : rooms_.look())
        if (seen.number == room && (seen.port != 0 || seen.by_password)) return;
    Lease wanted;
    wanted.room = room;
    if (!lease(wanted, policy_.join_ports)) tell_without_port(wanted);
}

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::LegacyPortRequest&,
                       bool)
{
    const LegacyPorts& ports = policy_.legacy_ports;
    const wire::Address opener = wire::client_prefix(connection.peer.address);
    const auto is_its = [&](const auto& entry) { return entry.second.opener == opener; };
    const std::size_t its = among_.counts != nullptr
                                ? among_.counts->of(wire::Counted::legacy_port, opener)
                                : static_cast<std::size_t>(std::ranges::count_if(leases_, is_its));
    change_stage(id, connection, Stage::asking_port);
    if (ports.range.empty()) return answer_asker(id, 0, CloseReason::legacy_ports_off);
    if (!policy_.host.permits(connection.peer.address))
        return answer_asker(id, 0, CloseReason::host_denied);
    if (const auto refusal = refusal_of_new()) return answer_asker(id, 0, *refusal);
    if (its >= ports.per_address)
        return answer_asker(id, 0, CloseReason::address_legacy_ports_full);
    Lease wanted;
    wanted.asker = id;
    wanted.opener = opener;
    wanted.until = now_ + ports.expiry;
    if (!lease(wanted, ports.range)) answer_asker(id, 0, CloseReason::legacy_ports_full);
}

void LobbyState::on(const PortAnswer& event)
{
    const auto found = leases_.find(event.port);
    if (found == leases_.end()) return;
    if (event.open) {
        Lease& lease = found->second;
        if (const auto session = sessions_.find(lease.session); session != sessions_.end())
            session->second.join_port = event.port;
        if (const auto asker = std::exchange(lease.asker, std::nullopt))
            answer_asker(*asker, event.port, CloseReason::legacy_port_given);
        return;
    }
    Lease again = forget_lease(event.port);
    if (event.is_elsewhere) {
        --again.tries;
        ++again.elsewhere;
    }
    if (lease(again, again.opener ? policy_.legacy_ports.range : policy_.join_ports)) return;
    if (again.asker) answer_asker(*again.asker, 0, CloseReason::legacy_ports_full);
    if (!again.opener) tell_without_port(again);
}

void LobbyState::answer_asker(ConnectionId asker, std::uint16_t port, CloseReason reason)
{
    const Connection* connection = find(asker);
    if (connection == nullptr) return; // it has left meanwhile; the port stays until it expires
    command(Send{asker, wire::encode_legacy_port(port)});
    count(reason);
    tell(TurnedAway{connection->peer, reason});
    command(Close{asker, reason});
    forget(asker);
}

void LobbyState::end_lease(std::uint16_t port)
{
    (void)forget_lease(port);
    command(ClosePort{port});
}

Lease LobbyState::forget_lease(std::uint16_t port)
{
    const auto found = leases_.find(port);
    Lease lease = found->second;
    lease_ends_.release(port, lease.until);
    leases_.erase(found);
    if (lease.opener && among_.counts != nullptr)
        among_.counts->remove(wire::Counted::legacy_port, *lease.opener);
    return lease;
}

void LobbyState::end_leases_of(SessionKey session, std::uint64_t room)
{
    std::vector<std::uint16_t> ended;
    for (const auto& [port, lease] : leases_) {
        const bool of_session = session.value != 0 && lease.session == session;
        if (of_session || (room != 0 && lease.room == room)) ended.push_back(port);
    }
    for (const std::uint16_t port : ended)
        end_lease(port);
}

// A legacy port stays as long as somebody plays there.
void LobbyState::deal_with_leases()
{
    while (const auto port = lease_ends_.due(now_)) {
        const std::vector<room::RoomSnapshot> rooms = rooms_.look();
        if (std::ranges::find(rooms, *port, &room::RoomSnapshot::port) != rooms.end()) {
            const Instant again = now_ + std::max<Seconds>(policy_.legacy_ports.expiry, Seconds{1});
            lease_ends_.set(*port, leases_.at(*port).until, again);
            continue;
        }
        end_lease(*port);
        rooms_.close_port(*port, now_, room_output_);
        carry_over();
    }
}

} // namespace netplay_relay::lobby
