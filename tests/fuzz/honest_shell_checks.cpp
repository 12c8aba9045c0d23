// What must be true after every event.
#include "honest_shell.hpp"
#include "netplay_relay/ensure.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

using lobby::ConnectionId;

void HonestShell::note(const lobby::SessionOpened& news)
{
    Peer& host = peers_.at(news.host);
    ensure(!is_draining_, "a session was opened while the relay drained");
    ensure(host.phase == Phase::control && !host.is_host, "a session for one that did not ask");
    ensure(!news.id.is_zero(), "a session id of zero");
    ensure(open_.insert(news.id).second, "a session id given twice");
    const auto& reserved = lobby_.policy().reserved;
    const bool is_promised =
        std::ranges::find(reserved, news.id, &lobby::ReservedSession::id) != reserved.end();
    const bool by_door = host.door.reserved == news.id;
    ensure((is_promised || by_door) == news.reserved, "a reserved id for the wrong host");
    host.session = news.id;
    sessions_.push_back(news.id);
}

void HonestShell::note(const lobby::SessionClosed& news)
{
    ++ended_;
    note_goodbye(news.goodbye);
    ensure(open_.erase(news.id) == 1, "closed a session that was not open");
    // What its links still say is bounded by another limit now.
    for (auto& [id, peer] : peers_)
        if (peer.phase == Phase::linked) peer.settled_by = lobby::Instant::max();
}

void HonestShell::note(const lobby::LinkOpened& news)
{
    ensure(peers_.at(news.guest).session == news.session, "a link of another session");
    ensure(peers_.at(news.guest).endpoint == news.guest_peer, "a link of another guest");
}

void HonestShell::note(const lobby::LinkClosed& news)
{
    ended_ += 2;
    note_goodbye(news.goodbye);
    ensure(peers_.at(news.guest).endpoint == news.guest_peer, "the end of another guest's link");
}

void HonestShell::note(const lobby::TurnedAway& news)
{
    ++ended_;
    note_goodbye(news.goodbye);
}

// Nobody stays whom the lists deny, and nobody else had to go: the lobby's own count is compared
// with the others by check_all().
void HonestShell::note(const lobby::Reloaded& news) const
{
    for (const lobby::Reloaded::Kept& kept : news.kept)
        ensure(!kept.key.empty(), "something is kept, and nobody knows what");
}

void HonestShell::note_goodbye(lobby::Goodbye goodbye)
{
    ++goodbyes_.at(static_cast<std::size_t>(goodbye));
    ensure(is_draining_ ||
               (goodbye != lobby::Goodbye::draining && goodbye != lobby::Goodbye::no_new_rooms),
           "turned away by a relay that does not drain");
    ensure(goodbye != lobby::Goodbye::shutdown || is_shutting_down_, "an early shutdown");
}

void HonestShell::check_announcement(ConnectionId host, const wire::TicketId& ticket)
{
    ensure(!ticket.is_zero(), "a ticket of zero");
    ensure(announced_.emplace(ticket, Announced{host, now_, false}).second, "announced twice");
    tickets_.push_back(ticket);
    // Those of the last minute cannot have been forgotten: each takes one of the host's slots.
    ensure(slots_taken(host, now_ - lobby::departed_ticket_memory) <= lobby::host_pending_slots,
           "more announced than a host keeps in mind");
}

// Tickets announced to a host after that moment to which it has not reacted.
std::size_t HonestShell::slots_taken(ConnectionId host, lobby::Instant since) const
{
    const auto takes_slot = [&](const auto& entry) {
        const Announced& known = entry.second;
        return known.host == host && !known.is_used && entry.first != accepted_ &&
               known.when > since;
    };
    return static_cast<std::size_t>(std::ranges::count_if(announced_, takes_slot));
}

// Nobody who has spoken waits unannounced while the host has a slot free.
void HonestShell::check_slots(const lobby::SessionSnapshot& session) const
{
    const auto waits = [&](const auto& entry) {
        const Peer& guest = entry.second;
        return guest.phase == Phase::waiting && guest.has_spoken && guest.session == session.id;
    };
    const auto waiting = static_cast<std::size_t>(std::ranges::count_if(peers_, waits));
    ensure(slots_taken(session.host, {}) >= std::min(waiting, lobby::host_pending_slots),
           "a guest waits for a slot that is free");
}

void HonestShell::check_all() const
{
    for (const auto& [id, peer] : peers_) {
        ensure(!peer.is_departing, "the lobby was not told of a departure");
        if (peer.phase == Phase::over) continue;
        ensure(peer.settled_by > now_, "somebody stayed beyond its deadline");
    }
    check_use();
    check_sessions();
    check_rooms();
    check_totals();
}

void HonestShell::check_use() const
{
    lobby::Use expected;
    for (const auto& [id, peer] : peers_) {
        if (peer.phase == Phase::over) continue;
        ++expected.connections;
        const bool asks = peer.phase == Phase::control && !peer.is_host;
        if (peer.phase == Phase::greeting || asks) ++expected.greeting;
        if (peer.phase == Phase::control && peer.is_host) ++expected.sessions;
        if (peer.phase == Phase::waiting) ++expected.waiting_joins;
        if (peer.phase == Phase::linked) ++expected.links; // both ends
        if (peer.phase == Phase::member) ++expected.entering;
    }
    expected.rooms = lobby_.look_at_rooms().size();
    for (const lobby::RoomSnapshot& room : lobby_.look_at_rooms())
        expected.members += room.members.size();
    expected.entering -= std::min(expected.entering, expected.members);
    expected.links /= 2;
    expected.addresses = lobby_.use().addresses;
    ensure(lobby_.use() == expected, "the lobby counts otherwise");
    ensure(expected.connections <= largest_.connections, "too many connections");
    ensure(expected.sessions <= largest_.sessions, "too many sessions");
}

void HonestShell::check_sessions() const
{
    std::size_t open = 0;
    std::size_t links = 0;
    std::size_t waiting = 0;
    for (const lobby::SessionKey key : lobby_.session_keys()) {
        const auto session = lobby_.look_at(key);
        ensure(session.has_value(), "a key without a session");
        const Peer& host = peers_.at(session->host);
        const bool is_there = host.phase == Phase::control && host.is_host;
        ensure(is_there != session->host_gone, "host_gone is wrong");
        ensure(host.session == session->id, "another session's host");
        ensure(session->unanswered.has_value() == host.is_pinged || !is_there, "ping is wrong");
        ensure(session->seats == session->links.size(), "seats and links");
        ensure(session->seats <= largest_.links_per_session, "too many links");
        ensure(session->waiting_joins <= largest_.waiting_joins_per_session, "too many waiting");
        for (const lobby::LinkSnapshot& link : session->links) {
            const Peer& guest = peers_.at(link.guest);
            ensure(guest.phase == Phase::linked && guest.partner == link.host_leg, "no such link");
            ensure(guest.session == session->id, "a link of another session");
        }
        if (!session->host_gone) {
            ++open;
            check_slots(*session);
        }
        links += session->links.size();
        waiting += session->waiting_joins;
    }
    const lobby::Use use = lobby_.use();
    ensure(open == use.sessions && links == use.links && waiting == use.waiting_joins,
           "the snapshots count otherwise");
}

void HonestShell::check_totals() const
{
    const lobby::Totals& totals = lobby_.totals();
    ensure(totals.connections == arrivals_, "arrivals");
    ensure(totals.sessions == sessions_.size(), "sessions ever opened");
    ensure(totals.goodbyes == goodbyes_, "goodbyes and news");
    ensure(arrivals_ == ended_ + lobby_.use().connections, "a connection ended without news");
    ensure(totals.links <= totals.joins, "more links than joins");
    ensure(totals.rooms == rooms_ && totals.members == members_, "rooms and members ever");
}

} // namespace netplay_relay::fuzz
