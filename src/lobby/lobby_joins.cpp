// Guests before they are linked.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::JoinSession& message,
                       bool more)
{
    const auto found = open_sessions_.find(message.session);
    Session* session = found == open_sessions_.end() ? nullptr : &sessions_.at(found->second);
    const auto refusal = refusal_of_guest(connection, session, message.session, more);
    if (refusal) return turn_away(id, *refusal);

    if (more) displace_silent_links(*session);
    const auto ticket = fresh_ticket(random_, session->id);
    session->tickets.push_back({ticket, id, connection.peer.address, {}, false, false});
    tickets_.emplace(ticket, session->key);
    addresses_.add_waiting(connection.peer.address);
    ++waiting_count_;
    ++totals_.joins;

    change_stage(id, connection, Stage::waiting);
    connection.session = session->key;
    connection.ticket = ticket;
    connection.spoke = more;
    set_deadline(id, connection, now_ + policy_.limits.join_wait);
    announce_guests(*session);
}

// `speaks`: the guest's netplay header came right behind its greeting, as from a real frontend.
// Where there is no room it gets the place of one that has said nothing.
std::optional<CloseReason> LobbyState::refusal_of_guest(const Connection& guest, Session* session,
                                                        const wire::SessionId& id, bool speaks)
{
    const Limits& limits = policy_.limits;
    const wire::Address& address = guest.peer.address;
    if (!policy_.join.permits(address)) return CloseReason::join_denied;
    if (session == nullptr && expired_.contains(id)) return CloseReason::expired_session;
    if (session == nullptr) {
        const fleet::Node node = wire::node_of(id);
        // That node may not have taken the guest, who has come back.
        const bool has_come_back = guest.hop == Hop::done && guest.hops_to == node;
        const bool is_away = fleet_ != nullptr && node != fleet_->own;
        return is_away && (has_come_back || fleet_->is_down(node)) ? CloseReason::node_down
                                                                   : CloseReason::unknown_session;
    }
    if (const auto crowding = crowding_by(address, *session, speaks)) return crowding;
    if (session->links.size() >= limits.links_per_session) {
        if (speaks) make_a_seat(*session);
        if (session->links.size() >= limits.links_per_session) return CloseReason::session_full;
    }
    if (addresses_.waiting_joins(address) >= limits.waiting_joins_per_address &&
        !(speaks && displace_silent(*session, &address)))
        return CloseReason::address_waiting_full;
    const auto waiting = std::ranges::count(session->tickets, false, &Ticket::guest_gone);
    if (static_cast<std::size_t>(waiting) >= limits.waiting_joins_per_session &&
        !(speaks && displace_silent(*session, nullptr)))
        return CloseReason::waiting_full;
    return std::nullopt;
}

// Why an address that is there already gets no more: it has enough of the session, or what is left
// is for others.
std::optional<CloseReason> LobbyState::crowding_by(const wire::Address& address, Session& session,
                                                   bool speaks)
{
    const Limits& limits = policy_.limits;
    std::size_t links = session.links.size();
    std::uint32_t waiting = 0;
    std::uint32_t of_address = 0;
    bool is_newcomer = true;
    const auto look_at = [&](const wire::Address& other) {
        if (wire::client_prefix(other) == wire::client_prefix(address)) ++of_address;
        if (wire::customer(other) == wire::customer(address)) is_newcomer = false;
    };
    for (const Ticket& ticket : session.tickets) {
        if (ticket.guest_gone) continue;
        ++waiting;
        if (connections_.at(ticket.guest).spoke) ++links;
        look_at(ticket.address);
    }
    for (const ConnectionId guest : session.links)
        look_at(connections_.at(guest).peer.address);
    if (of_address >= limits.links_per_address) return CloseReason::address_links_full;
    if (is_newcomer) return std::nullopt;
    // Where one address may have them all, everybody may be of one.
    const auto kept_of = [](std::uint32_t all, std::uint32_t of_one) {
        return of_one < all ? room::reserve_of(all) : 0;
    };
    const std::uint32_t links_kept = kept_of(limits.links_per_session, limits.links_per_address);
    if (links_kept > 0 && links + links_kept >= limits.links_per_session)
        return CloseReason::address_links_full;
    const std::uint32_t joins_kept =
        kept_of(limits.waiting_joins_per_session, limits.waiting_joins_per_address);
    if (joins_kept > 0 && waiting + joins_kept >= limits.waiting_joins_per_session &&
        !(speaks && displace_silent(session, nullptr)))
        return CloseReason::address_waiting_full;
    return std::nullopt;
}

// Sends away the longest waiting guest of the session that has said nothing, of this address if one
// is given. False if there is none.
bool LobbyState::displace_silent(Session& session, const wire::Address* address)
{
    const auto may_go = [&](const Ticket& ticket) {
        return !ticket.guest_gone && !connections_.at(ticket.guest).spoke &&
               (address == nullptr || AddressKey::of(*address) == AddressKey::of(ticket.address));
    };
    const auto found = std::ranges::find_if(session.tickets, may_go);
    if (found == session.tickets.end()) return false;
    turn_waiting_away(found->guest, CloseReason::displaced);
    return true;
}

// A host gives a connection of its own, of which it has few, to everybody it is linked to. Those
// that have said nothing for a while make room for a guest that speaks.
void LobbyState::displace_silent_links(Session& session)
{
    std::vector<ConnectionId> silent;
    for (const ConnectionId guest : session.links) {
        const Connection& connection = connections_.at(guest);
        if (!connection.spoke && connection.since + silent_link_grace <= now_)
            silent.push_back(guest);
    }
    for (const ConnectionId guest : silent) {
        command(CloseLink{guest, CloseReason::displaced});
        close_link(guest, CloseReason::displaced);
    }
}

// The same where every seat is taken: the longest silent one goes, however short that is.
void LobbyState::make_a_seat(Session& session)
{
    if (session.links.size() < policy_.limits.links_per_session) return;
    const auto silent = [&](ConnectionId guest) { return !connections_.at(guest).spoke; };
    const auto found = std::ranges::find_if(session.links, silent);
    if (found == session.links.end()) return;
    const ConnectionId guest = *found;
    command(CloseLink{guest, CloseReason::displaced});
    close_link(guest, CloseReason::displaced);
}

// Tells the host of waiting guests, as many as it can keep in mind; those that have spoken first.
void LobbyState::announce_guests(Session& session)
{
    auto taken =
        static_cast<std::size_t>(std::ranges::count(session.tickets, true, &Ticket::is_announced));
    for (const bool want_spoken : {true, false}) {
        const std::size_t slots = want_spoken ? host_pending_slots : silent_slots;
        for (Ticket& ticket : session.tickets) {
            if (taken >= slots) break;
            if (ticket.is_announced || connections_.at(ticket.guest).spoke != want_spoken) continue;
            ticket.is_announced = true;
            session.queries_left = static_cast<std::uint16_t>(
                std::min(session.queries_left + queries_per_guest, queries_max));
            ++taken;
            command(Send{session.host, wire::encode_guest_waits(ticket.id)});
        }
    }
}

void LobbyState::greet(ConnectionId id, Connection&, const wire::AcceptTicket& message, bool)
{
    const auto known = tickets_.find(message.ticket);
    if (known == tickets_.end()) return turn_away(id, CloseReason::unknown_ticket);

    Session& session = sessions_.at(known->second);
    const auto ticket = std::ranges::find(session.tickets, message.ticket, &Ticket::id);
    ensure(ticket != session.tickets.end(), "a ticket without its session's record");
    const ConnectionId guest = ticket->guest;
    if (ticket->guest_gone) {
        tickets_.erase(known);
        session.tickets.erase(ticket);
        turn_away(id, CloseReason::guest_gone);
        announce_guests(session);
        return;
    }
    if (connections_.at(guest).spoke) make_a_seat(session);
    if (session.links.size() >= policy_.limits.links_per_session) {
        turn_away(id, CloseReason::session_full);
        tickets_.erase(message.ticket);
        ticket->is_announced = false; // the host has reacted: nothing is left to wait for
        turn_waiting_away(guest, CloseReason::session_full);
        return;
    }
    tickets_.erase(known);
    session.tickets.erase(ticket);
    if (session.tickets.empty()) session.tickets.shrink_to_fit();
    open_link(session, guest, id);
    announce_guests(session);
}

void LobbyState::on(const Spoke& event)
{
    Connection* guest = find(event.guest);
    if (guest == nullptr) return;
    ensure(guest->stage == Stage::waiting || guest->stage == Stage::guest, "only guests speak");
    guest->spoke = true;
    if (guest->stage == Stage::waiting) {
        Session& session = session_of(*guest);
        displace_silent_links(session);
        announce_guests(session);
    } else {
        set_deadline(event.guest, *guest, now_ + idle_limit(*guest));
    }
}

void LobbyState::turn_waiting_away(ConnectionId id, CloseReason reason)
{
    Connection& guest = connections_.at(id);
    count(reason);
    tell(TurnedAway{guest.peer, reason});
    command(Close{id, reason});
    stop_waiting(id, guest);
}

// Ends the waiting of a guest that is not to be linked, and its connection's record.
void LobbyState::stop_waiting(ConnectionId id, Connection& guest)
{
    ensure(guest.stage == Stage::waiting, "stopped one that did not wait");
    Session& session = session_of(guest);
    addresses_.remove_waiting(guest.peer.address);
    --waiting_count_;
    const auto ticket = std::ranges::find(session.tickets, guest.ticket, &Ticket::id);
    ensure(ticket != session.tickets.end(), "a waiting guest without a ticket");
    ticket->guest_gone = true;
    ticket->departed = now_;
    // A host that was told will ask for the address, and may still accept.
    if (!ticket->is_announced || session.host_gone) {
        tickets_.erase(ticket->id);
        session.tickets.erase(ticket);
    }
    forget(id);
    if (session.host_gone) return;
    announce_guests(session);
    arm_host(session.host, connections_.at(session.host), session);
}

} // namespace netplay_relay::lobby
