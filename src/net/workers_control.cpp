// What the operator wants of the relay while it runs: each worker knows of it, or the one whose it
// is.
#include "net/one_worker.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::net {

bool Workers::order_first(const lobby::Event& order)
{
    for (std::uint16_t worker = 0; worker < count(); ++worker)
        if (hold(worker)->order(order).met > 0) return true;
    return false;
}

lobby::Outcome Workers::order_all(const lobby::Event& order)
{
    lobby::Outcome all;
    each([&](Engine& engine) {
        const lobby::Outcome one = engine.order(order);
        all.met += one.met;
        all.gone += one.gone;
        all.told += one.told;
    });
    return all;
}

bool Workers::end_session(const wire::SessionId& session)
{
    return order_first(lobby::EndSession{session});
}

bool Workers::end_room(std::uint64_t number) { return order_first(lobby::EndRoom{number}); }

bool Workers::end_party(std::uint64_t number) { return order_first(lobby::EndParty{number}); }

bool Workers::end_link(lobby::ConnectionId guest) { return order_first(lobby::EndLink{guest}); }

bool Workers::send_away(lobby::ConnectionId who) { return order_first(lobby::SendAway{who}); }

bool Workers::send_away(std::uint64_t party, std::int32_t peer)
{
    return order_first(lobby::SendPeerAway{party, peer});
}

lobby::Outcome Workers::say(std::optional<std::uint64_t> room, const std::string& text)
{
    return order_all(lobby::Say{room, text});
}

bool Workers::can_ban(const wire::Network& network) const
{
    if (ban_count() < lobby::bans_max) return true;
    const std::vector<lobby::Ban> known = bans();
    return std::ranges::find(known, network, &lobby::Ban::network) != known.end();
}

std::size_t Workers::ban(const lobby::Ban& ban)
{
    const lobby::Outcome outcome = order_all(lobby::SetBan{ban});
    if (outcome.met > 0 && when_bans_change_) when_bans_change_();
    return outcome.gone;
}

void Workers::adopt_bans(const std::vector<lobby::Ban>& bans)
{
    (void)order_all(lobby::AdoptBans{bans});
}

void Workers::replace_bans(const std::vector<lobby::Ban>& bans)
{
    (void)order_all(lobby::AdoptBans{bans, /*replaces=*/true});
}

bool Workers::lift_ban(const wire::Network& network)
{
    const bool was_there = order_all(lobby::LiftBan{network}).met > 0;
    if (was_there && when_bans_change_) when_bans_change_();
    return was_there;
}

std::size_t Workers::take_bans(const std::vector<lobby::Ban>& bans,
                               const std::vector<wire::Network>& lifted)
{
    for (const wire::Network& network : lifted)
        (void)order_all(lobby::LiftBan{network});
    return bans.empty() ? 0 : order_all(lobby::AdoptBans{bans, /*replaces=*/true}).gone;
}

// All know the same of what follows.
std::vector<lobby::Ban> Workers::bans() const { return hold(0)->lobby().bans(); }

std::size_t Workers::ban_count() const { return hold(0)->lobby().ban_count(); }

bool Workers::takes_new() const { return hold(0)->lobby().takes_new(); }

std::vector<lobby::Reservation> Workers::reservations() const
{
    return hold(0)->lobby().reservations();
}

void Workers::take_new(bool allowed)
{
    const bool has_changed = order_all(lobby::TakeNew{allowed}).met > 0;
    if (has_changed && when_promises_change_) when_promises_change_();
}

// The worker that makes the id has the session: each in its turn.
std::optional<wire::SessionId> Workers::reserve(lobby::Reservation reservation)
{
    const std::uint16_t maker = reserves_next_;
    const lobby::Outcome outcome = hold(maker)->order(lobby::Reserve{reservation});
    if (outcome.met == 0) return std::nullopt;
    reserves_next_ = static_cast<std::uint16_t>((maker + 1) % count());
    reservation.id = outcome.reserved;
    for (std::uint16_t worker = 0; worker < count(); ++worker)
        if (worker != maker) (void)hold(worker)->order(lobby::Reserve{reservation});
    if (when_promises_change_) when_promises_change_();
    return outcome.reserved;
}

bool Workers::lift_reservation(const wire::SessionId& id)
{
    const bool was_there = order_all(lobby::LiftReservation{id}).met > 0;
    if (was_there && when_promises_change_) when_promises_change_();
    return was_there;
}

void Workers::adopt_reservations(const std::vector<lobby::Reservation>& reservations)
{
    each([&](Engine& engine) {
        for (const lobby::Reservation& one : reservations) {
            (void)engine.order(lobby::LiftReservation{one.id});
            (void)engine.order(lobby::Reserve{one});
        }
    });
}

std::optional<wire::Endpoint> Workers::peer_of(lobby::ConnectionId connection) const
{
    return find([&](const Engine& engine) { return engine.peer_of(connection); });
}

} // namespace netplay_relay::net
