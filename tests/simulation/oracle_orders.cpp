// Whether what the operator has said holds.
#include "oracle.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

using wire::CloseReason;

void Oracle::operator_bans(const wire::Network& network, lobby::Instant until)
{
    bans_[network] = until;
}

void Oracle::operator_lifts(const wire::Network& network) { bans_.erase(network); }

void Oracle::operator_promises(const wire::SessionId& id,
                               const std::optional<lobby::Reservation>& reservation)
{
    promises_[id] = reservation;
}

// What was promised once goes to nobody else, and to nobody once that is taken back.
void Oracle::check_promise(const wire::SessionId& id, const wire::Address& host)
{
    const auto promise = promises_.find(id);
    if (promise == promises_.end()) return;
    if (!promise->second || !promise->second->is_for(host))
        complains("a promised id went to somebody else");
}

std::vector<wire::Network> Oracle::banned() const
{
    std::vector<wire::Network> all;
    for (const auto& [network, until] : bans_)
        all.push_back(network);
    return all;
}

bool Oracle::is_banned(const wire::Address& address, lobby::Instant now) const
{
    return std::ranges::any_of(
        bans_, [&](const auto& ban) { return ban.first.contains(address) && now < ban.second; });
}

// Nobody who is banned is there, in whatever worker or program. Peers of parties still take what
// was sent to them before, and hang up.
void Oracle::check_bans(const Census& census, lobby::Instant now)
{
    for (const Seen& seen : census)
        if (seen.stage != lobby::Stage::party_peer && is_banned(seen.peer.address, now))
            complains("somebody who is banned is there");
}

void Oracle::check_ban(const wire::Endpoint& peer, CloseReason reason, lobby::Instant now)
{
    if (reason == CloseReason::banned_address &&
        !is_banned(peer.address, now - timer_lateness_max) && !is_banned(peer.address, now))
        complains("banned, and nobody has said so");
    if (reason == CloseReason::closed_to_new && takes_new_)
        complains("closed to new, and nobody has said so");
}

void Oracle::check_orders(const lobby::LogEvent& event, lobby::Instant now)
{
    if (const auto* opened = std::get_if<lobby::SessionOpened>(&event)) {
        check_promise(opened->id, opened->host_peer.address);
        if (!takes_new_) complains("a session was opened though the operator allows none");
    } else if (const auto* in_room = std::get_if<lobby::RoomEvent>(&event)) {
        if (!takes_new_ && in_room->event.kind == room::RoomEventKind::room_opened)
            complains("a room was opened though the operator allows none");
    } else if (const auto* in_party = std::get_if<lobby::PartyEvent>(&event)) {
        if (!takes_new_ && in_party->event.kind == party::PartyEventKind::party_opened)
            complains("a party was opened though the operator allows none");
    } else if (const auto* closed = std::get_if<lobby::SessionClosed>(&event)) {
        check_ban(closed->host_peer, closed->reason, now);
    } else if (const auto* away = std::get_if<lobby::TurnedAway>(&event)) {
        check_ban(away->peer, away->reason, now);
    } else if (const auto* gone = std::get_if<lobby::MemberGone>(&event)) {
        check_ban(gone->peer, gone->reason, now);
    } // peers of parties may go a little later than they are told to
}

} // namespace netplay_relay::simulation
