// Hosts and their sessions.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::NewSession&, bool more)
{
    if (more) return turn_away(id, CloseReason::lost_guest);
    const auto refusal = refusal_of_host(connection);
    if (refusal && !may_be_refused_for_the_dead(connection, *refusal))
        return turn_away(id, *refusal);
    change_stage(id, connection, Stage::asking);
    connection.asking.change().since = now_;
    set_deadline(id, connection, now_ + lost_guest_watch);
}

void LobbyState::open_session(ConnectionId id, Connection& connection)
{
    // Others may have come first meanwhile.
    const auto refusal = refusal_of_host(connection);
    if (refusal && !may_be_refused_for_the_dead(connection, *refusal))
        return turn_away(id, *refusal);
    if (waits_for_doubts(id, connection)) return;
    if (refusal) return turn_away(id, *refusal);
    if (const auto owner = owner_of_free_promise(connection);
        owner && pass_on(id, connection, *owner))
        return set_deadline(id, connection, now_ + lost_guest_watch);
    const auto [session_id, reserved] = choose_session_id(connection);
    SessionKey key;
    do
        key = SessionKey{session_keys_.next()};
    while (sessions_.contains(key)); // it came from elsewhere
    Session& session = sessions_[key];
    session.key = key;
    session.id = session_id;
    session.host = id;
    session.host_peer = connection.peer;
    session.since = now_;
    session.pinged = now_;
    session.reserved = reserved;
    open_sessions_.emplace(session_id, key);
    addresses_.add(connection.peer.address, &NetworkUse::sessions);
    ++totals_.sessions;

    change_stage(id, connection, Stage::host);
    connection.asking.reset();
    connection.session = key;
    arm_host(id, connection, session);
    command(Send{id, wire::encode_session_reply(session_id)});
    tell(SessionOpened{key, session_id, id, connection.peer, reserved});
    lease_for(session);
}

std::optional<CloseReason> LobbyState::refusal_of_host(const Connection& connection)
{
    const Limits& limits = policy_.limits;
    const wire::Address& address = connection.peer.address;
    if (!policy_.host.permits(address)) return CloseReason::host_denied;
    if (bans_.covers(address)) return CloseReason::banned_address; // and it is still here
    if (const auto refusal = refusal_of_new()) return refusal;
    if (open_sessions_.size() >= sessions_max()) return CloseReason::sessions_full;
    if (!addresses_.may_add(address, &NetworkUse::sessions, limits.sessions_per_address))
        return CloseReason::address_sessions_full;
    if (are_sessions_for_newcomers() && addresses_.use_around(address).sessions > 0)
        return CloseReason::sessions_full;
    return std::nullopt;
}

bool LobbyState::are_sessions_for_newcomers() const
{
    const Limits& limits = policy_.limits;
    const std::size_t kept =
        wire::places_for_newcomers(sessions_max(), limits.sessions_per_address);
    return open_sessions_.size() + kept >= sessions_max();
}

std::pair<wire::SessionId, bool> LobbyState::choose_session_id(const Connection& host)
{
    for (const wire::SessionId& promised : promised_to(host))
        if (!is_open_anywhere(promised)) return {promised, true};
    for (;;) {
        const auto id = fresh_id();
        const bool taken =
            is_open_anywhere(id) || promises_.contains(id) ||
            std::ranges::find(policy_.reserved, id, &ReservedSession::id) != policy_.reserved.end();
        if (!taken) return {id, false};
    }
}

void LobbyState::on(const Said& event)
{
    Connection* host = find(event.connection);
    if (host == nullptr) return;
    if (host->stage == Stage::asking)
        return turn_away(event.connection, CloseReason::unknown_message);
    ensure(host->stage == Stage::host, "only a host has a control connection");
    Session& session = session_of(*host);
    session.is_deaf = false;
    if (const auto* query = std::get_if<wire::AddressQuery>(&event.message)) {
        answer_query(event.connection, session, query->ticket);
        return;
    }
    if (!session.ping_open) return;
    session.ping_open = false;
    session.ping = now_ - session.pinged;
    arm_host(event.connection, *host, session);
}

// Every query is answered exactly once and with the id it asked for, or the host waits for ever and
// one of its eight pending slots is lost (protocol.md, "What a host does"). Who asks without end is
// told so by the end of the session.
void LobbyState::answer_query(ConnectionId host, Session& session, const wire::TicketId& ticket)
{
    if (session.queries_left == 0) return end_session(session, CloseReason::query_flood, true);
    --session.queries_left;
    wire::Address address{};
    const auto known = std::ranges::find(session.tickets, ticket, &Ticket::id);
    if (known != session.tickets.end()) {
        address = known->address;
    } else if (ticket.is_zero()) {
        address = session.host_peer.address;
    } else {
        for (const ConnectionId guest : session.links)
            if (connections_.at(guest).ticket == ticket)
                address = connections_.at(guest).peer.address;
    }
    command(Send{host, wire::encode_address_reply(ticket, address)});
}

void LobbyState::on(const SpokeLikeGuest& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    if (connection->stage == Stage::asking)
        return turn_away(event.connection, CloseReason::lost_guest);
    end_session(session_of(*connection), CloseReason::lost_guest, true);
}

void LobbyState::host_deadline(ConnectionId id, Connection& host)
{
    Session& session = session_of(host);
    std::erase_if(session.tickets, [&](const Ticket& ticket) {
        const bool old = ticket.guest_gone && ticket.departed + departed_ticket_memory <= now_;
        if (old) tickets_.erase(ticket.id);
        return old;
    });
    const Seconds interval = policy_.limits.host_ping;
    if (interval > Seconds{0} && !session.ping_open && session.pinged + interval <= now_) {
        session.ping_open = true;
        session.pinged = now_;
        command(Send{id, wire::encode_ping()});
    }
    announce_guests(session);
    arm_host(id, host, session);
}

// A host has no deadline of its own: it may be paused for hours, and TCP tells when it is dead.
// What is due is the next ping, and forgetting guests that left.
void LobbyState::arm_host(ConnectionId id, Connection& host, const Session& session)
{
    Instant when = no_deadline;
    const Seconds interval = policy_.limits.host_ping;
    if (interval > Seconds{0} && !session.ping_open)
        when = std::max(session.pinged + interval, now_);
    for (const Ticket& ticket : session.tickets)
        if (ticket.guest_gone) when = std::min(when, ticket.departed + departed_ticket_memory);
    set_deadline(id, host, when);
}

// Ends what guests can join. Links that are open have their own ends: a host that leaves closes
// them itself, and what it sent last must still arrive.
void LobbyState::end_session(Session& session, CloseReason reason, bool tell_host)
{
    ensure(!session.host_gone, "a session ended twice");
    count(reason);
    tell(SessionClosed{session.key, session.id, session.host_peer, reason, now_ - session.since});
    if (tell_host) command(Close{session.host, reason, true});
    addresses_.remove(session.host_peer.address, &NetworkUse::sessions);
    open_sessions_.erase(session.id);
    remember_expired(session.id);
    tell_ended(session.id);
    session.host_gone = true;
    session.join_port = 0;
    end_leases_of(session.key, 0);
    forget(session.host);

    const std::vector<Ticket> tickets = session.tickets;
    for (const Ticket& ticket : tickets) {
        if (ticket.guest_gone) {
            tickets_.erase(ticket.id);
            continue;
        }
        const CloseReason why =
            reason == CloseReason::shutdown ? reason : CloseReason::session_ended;
        turn_waiting_away(ticket.guest, why);
    }
    session.tickets.clear();
    for (const ConnectionId guest : session.links) {
        Connection& connection = connections_.at(guest);
        set_deadline(guest, connection, now_ + idle_limit(connection));
    }
    forget_ended_session(session);
}

void LobbyState::forget_ended_session(Session& session)
{
    if (session.host_gone && session.links.empty()) sessions_.erase(session.key);
}

void LobbyState::remember_expired(const wire::SessionId& id)
{
    if (!expired_.insert(id).second) return;
    expired_order_.push_back(id);
    if (expired_order_.size() <= expired_sessions_remembered) return;
    expired_.erase(expired_order_.front());
    expired_order_.pop_front();
}

Session& LobbyState::session_of(const Connection& connection)
{
    const auto found = sessions_.find(connection.session);
    ensure(found != sessions_.end(), "a connection outlived its session");
    return found->second;
}

} // namespace netplay_relay::lobby
