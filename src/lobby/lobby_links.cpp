// Links.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

void LobbyState::open_link(Session& session, ConnectionId guest_id, ConnectionId host_side_id)
{
    Connection& guest = connections_.at(guest_id);
    Connection& host_side = connections_.at(host_side_id);
    addresses_.remove_waiting(guest.peer.address);
    --waiting_count_;
    ++link_count_;
    ++totals_.links;

    change_stage(guest_id, guest, Stage::guest);
    change_stage(host_side_id, host_side, Stage::host_side);
    guest.partner = host_side_id;
    host_side.partner = guest_id;
    host_side.session = session.key;
    const Duration waited = now_ - guest.since;
    guest.since = now_;
    session.links.push_back(guest_id);
    session.is_deaf = false;

    set_deadline(host_side_id, host_side, no_deadline);
    set_deadline(guest_id, guest, now_ + idle_limit(guest));
    command(Join{guest_id, host_side_id});
    tell(LinkOpened{session.id, guest_id, guest.peer, host_side.peer, waited, session.key});
}

void LobbyState::close_link(ConnectionId guest_id, CloseReason reason)
{
    Connection& guest = connections_.at(guest_id);
    ensure(guest.stage == Stage::guest, "closed what is no link");
    Session& session = session_of(guest);
    count(reason);
    tell(LinkClosed{session.id, guest_id, guest.peer, reason, now_ - guest.since});
    --link_count_;
    std::erase(session.links, guest_id);
    forget(guest.partner);
    forget(guest_id);
    forget_ended_session(session);
}

void LobbyState::on(const Answered& event)
{
    const Connection* guest = find(event.guest);
    if (guest == nullptr) return;
    ensure(guest->stage == Stage::guest, "only linked guests are answered");
    session_of(*guest).has_answered = true;
}

void LobbyState::on(const HalfClosed& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    const bool is_guest = connection->stage == Stage::guest;
    ensure(is_guest || connection->stage == Stage::host_side, "only links are half-closed");
    const ConnectionId guest_id = is_guest ? event.connection : connection->partner;
    Connection& guest = connections_.at(guest_id);
    guest.half_closed = true;
    set_deadline(guest_id, guest, now_ + idle_limit(guest));
}

// When the link must be looked at again if nothing moves until then.
Duration LobbyState::idle_limit(const Connection& guest) const
{
    const Limits& limits = policy_.limits;
    const auto session = sessions_.find(guest.session);
    const bool ending =
        guest.half_closed || (session != sessions_.end() && session->second.host_gone);
    if (ending) return std::min(limits.half_closed, limits.link_idle);
    return guest.spoke ? limits.link_idle : limits.greeting;
}

void LobbyState::link_deadline(ConnectionId guest_id, Connection& guest)
{
    if (!guest.spoke && !guest.half_closed && !session_of(guest).host_gone) {
        command(CloseLink{guest_id, CloseReason::silent_guest});
        close_link(guest_id, CloseReason::silent_guest);
        return;
    }
    // The shell knows when the last byte moved; asking it now and then spares telling us of each.
    set_deadline(guest_id, guest, now_ + idle_limit(guest));
    command(CheckIdle{guest_id});
}

void LobbyState::on(const Progressed& event)
{
    Connection* guest = find(event.guest);
    if (guest == nullptr) return;
    ensure(guest->stage == Stage::guest, "only links progress");
    const Instant until = event.last_byte + idle_limit(*guest);
    if (until > now_) {
        set_deadline(event.guest, *guest, until);
        return;
    }
    const CloseReason reason =
        session_of(*guest).host_gone ? CloseReason::session_ended : CloseReason::idle;
    command(CloseLink{event.guest, reason});
    close_link(event.guest, reason);
}

} // namespace netplay_relay::lobby
