// What the operator wants of the relay while it runs.
#include "net/engine.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::net {

bool Engine::end_session(const wire::SessionId& session)
{
    return worker_.order(lobby::EndSession{session}).met > 0;
}

bool Engine::end_room(std::uint64_t number)
{
    return worker_.order(lobby::EndRoom{number}).met > 0;
}

bool Engine::end_party(std::uint64_t number)
{
    return worker_.order(lobby::EndParty{number}).met > 0;
}

bool Engine::send_away(std::uint64_t party, std::int32_t peer)
{
    return worker_.order(lobby::SendPeerAway{party, peer}).met > 0;
}

bool Engine::end_link(lobby::ConnectionId guest)
{
    return worker_.order(lobby::EndLink{guest}).met > 0;
}

bool Engine::send_away(lobby::ConnectionId who)
{
    return worker_.order(lobby::SendAway{who}).met > 0;
}

lobby::Outcome Engine::say(std::optional<std::uint64_t> room, const std::string& text)
{
    return worker_.order(lobby::Say{room, text});
}

bool Engine::can_ban(const wire::Network& network) const
{
    if (lobby().ban_count() < lobby::bans_max) return true;
    const std::vector<lobby::Ban> known = bans();
    return std::ranges::find(known, network, &lobby::Ban::network) != known.end();
}

std::size_t Engine::ban(const lobby::Ban& ban)
{
    const lobby::Outcome outcome = worker_.order(lobby::SetBan{ban});
    if (outcome.met > 0) bans_changed();
    return outcome.gone;
}

void Engine::adopt_bans(std::vector<lobby::Ban> bans)
{
    worker_.order(lobby::AdoptBans{std::move(bans)});
}

bool Engine::lift_ban(const wire::Network& network)
{
    const bool was_there = worker_.order(lobby::LiftBan{network}).met > 0;
    if (was_there) bans_changed();
    return was_there;
}

void Engine::bans_changed() const
{
    if (when_bans_change_) when_bans_change_();
}

void Engine::take_new(bool allowed) { worker_.order(lobby::TakeNew{allowed}); }

void Engine::stop_draining()
{
    when_drained_ = {};
    worker_.order(lobby::Undrain{});
}

std::optional<wire::SessionId> Engine::reserve(lobby::Reservation reservation)
{
    const lobby::Outcome outcome = worker_.order(lobby::Reserve{std::move(reservation)});
    return outcome.met > 0 ? std::optional(outcome.reserved) : std::nullopt;
}

bool Engine::lift_reservation(const wire::SessionId& id)
{
    return worker_.order(lobby::LiftReservation{id}).met > 0;
}

std::optional<wire::Endpoint> Engine::peer_of(lobby::ConnectionId connection) const
{
    const worker::Connection* found = worker_.look_at(connection);
    return found == nullptr ? std::nullopt : std::optional(found->peer);
}

} // namespace netplay_relay::net
