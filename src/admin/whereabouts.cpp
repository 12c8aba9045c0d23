#include "admin/whereabouts.hpp"

#include "net/workers.hpp"

namespace netplay_relay::admin {

namespace {

Whereabouts in_session(const net::Engine& engine, const lobby::SessionSnapshot& session,
                       lobby::ConnectionId who)
{
    const bool is_host = who == session.host && !session.host_gone;
    Whereabouts found;
    if (is_host) found.session = wire::to_text(session.id);
    for (const lobby::LinkSnapshot& link : session.links) {
        if (!is_host && who != link.guest && who != link.host_side) continue;
        found.session = wire::to_text(session.id);
        const auto game = engine.game_of(link);
        if (game) found.nick = is_host ? game->host.nick : game->guest.nick;
        if (!found.nick.empty()) break;
    }
    return found;
}

std::optional<Whereabouts> whereabouts_at(const net::Engine& engine, lobby::ConnectionId who)
{
    room::MemberName member = engine.lobby().member_name(who);
    if (member.room != 0) return Whereabouts{{}, member.room, std::move(member.nick)};
    for (const lobby::SessionKey key : engine.lobby().session_keys()) {
        const auto session = engine.lobby().look_at(key);
        if (!session) continue;
        if (Whereabouts found = in_session(engine, *session, who); !found.session.empty())
            return found;
    }
    return std::nullopt;
}

} // namespace

Whereabouts whereabouts_of(const net::Workers& workers, lobby::ConnectionId who)
{
    return workers.find([&](const net::Engine& engine) { return whereabouts_at(engine, who); })
        .value_or(Whereabouts{});
}

} // namespace netplay_relay::admin
