// Arriving, greeting and leaving.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

void LobbyState::handle(const Event& event, Instant now, Output& out)
{
    begin(now, out);
    if (!banned_.empty()) [[unlikely]]
        end_banned_of(event);
    std::visit([this](const auto& known) { on(known); }, event);
    deal_with_deadlines();
    out_ = nullptr;
}

std::optional<Instant> LobbyState::next_deadline() const
{
    const Instant next = std::min(
        {deadlines_.next(), lease_ends_.next(), addresses_.next_deadline().value_or(no_deadline),
         bans_.next_deadline(), promise_ends_.next(), rooms_.next_deadline().value_or(no_deadline),
         parties_.next_deadline().value_or(no_deadline)});
    return banned_.empty() ? if_any(next) : now_;
}

void LobbyState::on(const Arrived& event)
{
    ++totals_.connections;
    const auto refusal = refusal_on_arrival(event.peer);
    if (refusal) {
        addresses_.cool(event.peer.address, now_);
        count(*refusal);
        command(Close{event.connection, *refusal});
        tell(TurnedAway{event.peer, *refusal});
        return;
    }
    addresses_.add(event.peer.address, &NetworkUse::connections);
    ++greeting_count_;
    Connection& connection = connections_[event.connection];
    connection.peer = event.peer;
    connection.profile = event.profile;
    connection.since = now_;
    set_deadline(event.connection, connection, now_ + policy_.limits.greeting);
    if (policy_.proxy_protocol && is_trusted_proxy(event.peer.address))
        change_stage(event.connection, connection, Stage::introducing);
}

std::optional<CloseReason> LobbyState::refusal_on_arrival(const wire::Endpoint& peer)
{
    if (shutting_down_) return CloseReason::shutdown;
    if (bans_.covers(peer.address)) return CloseReason::banned_address;
    if (connections_.size() >= connections_max()) return CloseReason::connections_full;
    // Whom it speaks for is looked at when that is known.
    if (is_trusted_proxy(peer.address)) return std::nullopt;
    return refusal_of_address(peer.address);
}

// For what there is of it already, and of others.
std::optional<CloseReason> LobbyState::refusal_of_address(const wire::Address& address)
{
    const Limits& limits = policy_.limits;
    if (bans_.covers(address)) return CloseReason::banned_address;
    if (addresses_.size() >= addresses_max && !addresses_.knows(address))
        return CloseReason::connections_full;
    // Whoever is refused for others of its network leaves no record.
    if (!addresses_.knows(address) &&
        !addresses_.may_add(address, &NetworkUse::connections, limits.connections_per_address))
        return CloseReason::address_connections_full;
    // A host connects once for each guest that comes: who floods it with joins must not make it
    // exceed a rate of its own.
    const bool is_host = addresses_.hosts(address);
    const std::uint32_t rate =
        limits.new_connections_per_second_per_address * (is_host ? host_arrival_factor : 1);
    if (!addresses_.admit_arrival(address, rate, now_)) return CloseReason::arriving_too_fast;
    if (!addresses_.may_add(address, &NetworkUse::connections, limits.connections_per_address))
        return CloseReason::address_connections_full;
    // What is left then is for those who have next to nothing, and for the guests of those who
    // host.
    const std::size_t kept =
        wire::places_for_newcomers(connections_max(), limits.connections_per_address);
    if (connections_.size() + kept >= connections_max() && !is_host &&
        addresses_.use_around(address).connections >= connections_of_newcomers)
        return CloseReason::connections_full;
    return std::nullopt;
}

void LobbyState::on(const Greeted& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    ensure(connection->stage == Stage::greeting, "greeted twice");
    if (const auto node = node_elsewhere(*connection, event.greeting);
        node && hop(event.connection, *connection, *node, event.greeting))
        return;
    if (const auto owner = owner_elsewhere(*connection, event.greeting);
        owner && pass_on(event.connection, *connection, *owner, event.greeting))
        return;
    std::visit(
        [&](const auto& message) { greet(event.connection, *connection, message, event.more); },
        event.greeting);
}

void LobbyState::on(const Refused& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    const CloseReason reason = close_reason_for(event.refusal);
    if (connection->stage == Stage::host)
        end_session(session_of(*connection), reason, true);
    else
        turn_away(event.connection, reason);
}

void LobbyState::on(const Left& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    const CloseReason reason = reason_of(*connection, event.how);
    switch (connection->stage) {
    case Stage::greeting:
    case Stage::introducing:
        if (event.is_mute && is_trusted_proxy(connection->peer.address))
            return forget(event.connection); // it has looked whether we are here
        [[fallthrough]];
    case Stage::asking:
    case Stage::asking_port:
        count(reason);
        tell(TurnedAway{connection->peer, reason, event.connection});
        forget(event.connection);
        break;
    case Stage::waiting:
        count(reason);
        tell(TurnedAway{connection->peer, reason});
        stop_waiting(event.connection, *connection);
        break;
    case Stage::member: member_left(event.connection, event.how); break;
    case Stage::party_peer: peer_left(event.connection, event.how); break;
    case Stage::host: end_session(session_of(*connection), reason, false); break;
    case Stage::guest: close_link(event.connection, reason); break;
    case Stage::host_side: close_link(connection->partner, reason); break;
    case Stage::lingering:
    case Stage::closed: ensure(false, "the lobby remembers one that is over");
    }
}

// What the end of a connection means that is over by itself.
CloseReason LobbyState::reason_of(const Connection& connection, CloseReason how) const
{
    const Ends& ends = ends_of(connection.stage);
    switch (how) {
    case CloseReason::left: break;
    case CloseReason::lost: return ends.lost;
    case CloseReason::too_slow: return ends.too_slow;
    case CloseReason::memory_short: return ends.memory_short;
    default: break;
    }
    if (connection.stage != Stage::host_side) return ends.left;
    const auto session = sessions_.find(connection.session);
    const bool has_ended = session != sessions_.end() && session->second.host_gone;
    return has_ended ? CloseReason::session_ended : ends.left;
}

// Every deadline that judges a peer moves, and what counts from an earlier moment with it.
void LobbyState::on(const StoodStill& event)
{
    ++totals_.standstills;
    const auto move = [&](Instant& when) { when = std::min(when + event.gap, now_); };
    for (auto& [id, connection] : connections_) {
        if (connection.deadline != no_deadline)
            set_deadline(id, connection, connection.deadline + event.gap);
        if (connection.stage == Stage::asking) {
            Asking& asking = connection.asking.change();
            if (asking.doubts_since) move(*asking.doubts_since);
            move(asking.since);
        }
        // What it has said may not be read yet.
        if (connection.stage == Stage::guest && !connection.spoke) move(connection.since);
    }
    for (auto& [key, session] : sessions_) {
        if (session.ping_open) move(session.pinged);
        if (session.doubt->since) move(*session.doubt.change().since);
    }
    rooms_.forgive(event.gap, now_);
    parties_.forgive(event.gap, now_);
}

void LobbyState::on(const HandoverFailed& event)
{
    totals_.close_reasons[static_cast<std::size_t>(CloseReason::handover_failed)] +=
        event.connections;
}

void LobbyState::on(const Drain&)
{
    draining_ = true;
    tell_of_new();
}

void LobbyState::on(const Shutdown&)
{
    shutting_down_ = true;
    rooms_.close_all(now_, room_output_, CloseReason::shutdown);
    carry_over();
    parties_.close_all(now_, party_output_, CloseReason::shutdown);
    carry_over_parties();
    while (!leases_.empty())
        end_lease(leases_.begin()->first);
    std::vector<SessionKey> keys = session_keys();
    for (const SessionKey key : keys)
        end_game(key, CloseReason::shutdown, CloseReason::shutdown);
    std::vector<ConnectionId> rest;
    for (const auto& [id, connection] : connections_)
        rest.push_back(id);
    std::ranges::sort(rest);
    for (const ConnectionId id : rest)
        turn_away(id, CloseReason::shutdown);
}

void LobbyState::deal_with_deadlines()
{
    while (const auto due = deadlines_.due(now_)) {
        Connection* connection = find(*due);
        ensure(connection != nullptr, "a deadline outlived its connection");
        deadline_of(*due, *connection);
        connection = find(*due);
        ensure(connection == nullptr || connection->deadline > now_,
               "a deadline was not dealt with");
    }
    deal_with_leases();
    forget_past_orders();
    addresses_.forget_cold(now_);
}

void LobbyState::deadline_of(ConnectionId id, Connection& connection)
{
    switch (connection.stage) {
    case Stage::greeting:
    case Stage::introducing:
    case Stage::asking_port: turn_away(id, CloseReason::greeting_timeout); break;
    case Stage::member: ensure(false, "the room manager keeps a member's deadline"); break;
    case Stage::party_peer: ensure(false, "the party manager keeps a peer's deadline"); break;
    case Stage::asking: open_session(id, connection); break;
    case Stage::waiting:
        session_of(connection).is_deaf = true;
        turn_waiting_away(id, CloseReason::host_did_not_answer);
        break;
    case Stage::host: host_deadline(id, connection); break;
    case Stage::guest: link_deadline(id, connection); break;
    case Stage::host_side: ensure(false, "the guest's end keeps a link's deadline"); break;
    case Stage::lingering:
    case Stage::closed: ensure(false, "the lobby remembers one that is over");
    }
}

Connection* LobbyState::find(ConnectionId id)
{
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : &found->second;
}

void LobbyState::change_stage(ConnectionId id, Connection& connection, Stage to)
{
    ensure(may_change(connection.stage, to), "a stage that cannot follow");
    if (is_unsettled(connection.stage) && !is_unsettled(to)) --greeting_count_;
    connection.stage = to;
    if (!is_linked(to)) command(Become{id, to});
}

void LobbyState::set_deadline(ConnectionId id, Connection& connection, Instant when)
{
    deadlines_.set(id, connection.deadline, when);
}

void LobbyState::count(CloseReason reason)
{
    const auto at = static_cast<std::size_t>(reason);
    ensure(at < wire::counted_close_reasons, "a reason that the relay does not give");
    ++totals_.close_reasons[at];
}

void LobbyState::turn_away(ConnectionId id, CloseReason reason)
{
    const Connection* connection = find(id);
    ensure(connection != nullptr, "turned away one that is gone");
    turn_away(id, reason, wire::Endpoint(connection->peer));
}

void LobbyState::turn_away(ConnectionId id, CloseReason reason, const wire::Endpoint& peer)
{
    ensure(is_unsettled(connections_.at(id).stage), "turned away one that was let in");
    count(reason);
    tell(TurnedAway{peer, reason});
    command(Close{id, reason});
    forget(id);
}

void LobbyState::forget(ConnectionId id)
{
    const auto found = connections_.find(id);
    ensure(found != connections_.end(), "forgot a stranger");
    Connection& connection = found->second;
    set_deadline(id, connection, no_deadline);
    if (is_unsettled(connection.stage)) --greeting_count_;
    addresses_.remove(connection.peer.address, &NetworkUse::connections);
    addresses_.cool(connection.peer.address, now_);
    connections_.erase(found);
}

} // namespace netplay_relay::lobby
