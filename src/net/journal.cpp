#include "net/journal.hpp"

#include "netplay_relay/wire/address.hpp"
#include "text/text.hpp"

#include <chrono>
#include <cmath>
#include <spdlog/spdlog.h>

namespace netplay_relay::net {

namespace {

double in_seconds(lobby::Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

std::size_t index(lobby::Goodbye goodbye) { return static_cast<std::size_t>(goodbye); }

// It was never a member of a room: it was refused on the way into one.
// What becomes of one of whom it was told how it plays; empty: the news is something else.
std::string_view what_follows(room::RoomNewsKind kind)
{
    switch (kind) {
    case room::RoomNewsKind::warned: return ".";
    case room::RoomNewsKind::sent_to_watch: return ": may only watch for 5 minutes";
    case room::RoomNewsKind::shut_out: return ", again: is not let in for 10 minutes";
    default: return {};
    }
}

bool is_refusal(lobby::Goodbye goodbye)
{
    return (goodbye >= lobby::Goodbye::entrance_timeout &&
            goodbye <= lobby::Goodbye::state_size_differs) ||
           goodbye == lobby::Goodbye::join_denied || goodbye == lobby::Goodbye::probe;
}

std::string_view event_word(const LineBudget::Subject& subject)
{
    switch (subject.kind) {
    case LineKind::session_opened: return "session_opened";
    case LineKind::session_closed: return "session_closed";
    case LineKind::link_opened: return "link_opened";
    case LineKind::link_closed: return "link_closed";
    case LineKind::turned_away: return "turned_away";
    case LineKind::member_gone: return "member_gone";
    case LineKind::without_port: return "without_join_port";
    case LineKind::room_event: break;
    }
    return room::word(static_cast<room::RoomNewsKind>(subject.reason));
}

bool has_goodbye(LineKind kind)
{
    return kind == LineKind::session_closed || kind == LineKind::link_closed ||
           kind == LineKind::turned_away || kind == LineKind::member_gone;
}

void tell_suppressed(const LineBudget::Suppressed& what)
{
    const LineBudget::Subject& subject = what.subject;
    const std::string reason =
        has_goodbye(subject.kind)
            ? fmt::format(" reason={}", lobby::word(static_cast<lobby::Goodbye>(subject.reason)))
            : "";
    const std::string address =
        subject.address == wire::Address{} ? "any" : wire::to_text(subject.address);
    spdlog::info("suppressed event={} address={}{} lines={}", event_word(subject), address, reason,
                 what.lines);
}

} // namespace

void Journal::session_opened(const lobby::SessionOpened& news, const std::string& join_text,
                             lobby::Instant now)
{
    if (!may_write(LineKind::session_opened, 0, news.host_peer, false, now)) return;
    spdlog::info("session_opened session={} host={} reserved={} join_text={}",
                 wire::to_text(news.id), wire::to_text(news.host_peer), news.reserved, join_text);
}

void Journal::session_closed(const lobby::SessionClosed& news, lobby::Instant now)
{
    if (!may_write(LineKind::session_closed, index(news.goodbye), news.host_peer, false, now))
        return;
    spdlog::info("session_closed session={} host={} reason={} age_seconds={:.1f}",
                 wire::to_text(news.id), wire::to_text(news.host_peer), lobby::word(news.goodbye),
                 in_seconds(news.age));
}

void Journal::link_opened(const lobby::LinkOpened& news, lobby::Instant now)
{
    if (!may_write(LineKind::link_opened, 0, news.guest_peer, false, now)) return;
    spdlog::info("link_opened session={} guest={} host={}", wire::to_text(news.session),
                 wire::to_text(news.guest_peer), wire::to_text(news.host_peer));
}

void Journal::link_closed(const lobby::LinkClosed& news, const worker::LinkMeter& meter,
                          lobby::Instant now)
{
    if (!may_write(LineKind::link_closed, index(news.goodbye), news.guest_peer, false, now)) return;
    spdlog::info("link_closed session={} guest={} reason={} age_seconds={:.1f} bytes_to_host={} "
                 "bytes_to_guest={}",
                 wire::to_text(news.session), wire::to_text(news.guest_peer),
                 lobby::word(news.goodbye), in_seconds(news.age), meter.to_host, meter.to_guest);
}

void Journal::turned_away(const lobby::TurnedAway& news, bool was_mute, lobby::Instant now)
{
    if (was_mute && news.goodbye == lobby::Goodbye::left_early) {
        spdlog::debug("turned_away peer={} reason={}", wire::to_text(news.peer),
                      lobby::word(news.goodbye));
        return;
    }
    if (!may_write(LineKind::turned_away, index(news.goodbye), news.peer, true, now)) return;
    spdlog::info("turned_away peer={} reason={}", wire::to_text(news.peer),
                 lobby::word(news.goodbye));
}

// Nicks and names of cores come from outside: quoted, and without what could end the quotation.
void Journal::room_event(const lobby::RoomEvent& event, lobby::Instant now)
{
    const room::RoomNews& news = event.news;
    const wire::Endpoint about = event.peer.value_or(wire::Endpoint{});
    if (!may_write(LineKind::room_event, static_cast<std::size_t>(news.kind), about, false, now))
        return;
    const std::string nick = text::quotable(news.nick);
    std::string line = fmt::format("{} room={} core=\"{}\" content={:08x}", room::word(news.kind),
                                   news.room, text::quotable(news.core), news.content_crc);
    if (news.member.value != 0) line += fmt::format(" nick=\"{}\"", nick);
    if (event.peer) line += fmt::format(" peer={}", wire::to_text(*event.peer));
    if (news.kind == room::RoomNewsKind::held_up)
        line += fmt::format(" problem=\"{} kept {} player{} waiting {:.1f} s\"", nick, news.players,
                            news.players == 1 ? "" : "s", in_seconds(news.duration));
    if (news.kind == room::RoomNewsKind::member_waits && news.players > 0)
        line +=
            fmt::format(" problem=\"a newcomer, and {} have spoilt this game lately: watches for "
                        "{:.0f} s at first\"",
                        news.players, std::ceil(in_seconds(news.duration)));
    if (const std::string_view next = what_follows(news.kind); !next.empty())
        line += fmt::format(" problem=\"in the last minute the others waited {:.1f} s for {} and "
                            "repeated {} frames each{}\"",
                            in_seconds(news.duration), nick, news.repeats, next);
    if (news.kind == room::RoomNewsKind::witness_differs)
        line +=
            fmt::format(" problem=\"the state of {} is not that of the players, who agree\"", nick);
    if (news.kind == room::RoomNewsKind::state_doubted)
        line += fmt::format(" problem=\"{} left at once with the state of {}, as {} network{}\"",
                            text::quotable(news.leaver), nick, news.players,
                            news.players == 1 ? "" : "s");
    if (news.kind == room::RoomNewsKind::state_size_differs)
        line +=
            fmt::format(" problem=\"savestates of {} have {} bytes, those of the room {}\"",
                        text::quotable(news.core_version), news.state_size, news.room_state_size);
    if (news.kind == room::RoomNewsKind::room_closed)
        line += fmt::format(" age_seconds={:.1f}", in_seconds(news.duration));
    spdlog::info("{}", line);
}

void Journal::member_gone(const lobby::MemberGone& news, lobby::Instant now)
{
    if (!may_write(LineKind::member_gone, index(news.goodbye), news.peer, is_refusal(news.goodbye),
                   now))
        return;
    spdlog::info("member_gone peer={} reason={} age_seconds={:.1f}", wire::to_text(news.peer),
                 lobby::word(news.goodbye), in_seconds(news.age));
}

void Journal::without_port(const lobby::WithoutPort& news, std::uint32_t range, lobby::Instant now)
{
    if (!may_write(LineKind::without_port, 0, {}, false, now)) return;
    const std::string whose = news.room != 0 ? fmt::format("room={}", news.room)
                                             : "session=" + wire::to_text(news.session);
    const std::string problem =
        news.tried == 0 ? fmt::format("all {} ports of join_ports are taken", range)
                        : "the free ports of join_ports cannot be opened, see port_unavailable";
    spdlog::warn("without_join_port {} problem=\"{}\"", whose, problem);
}

void Journal::reloaded(const lobby::Reloaded& news)
{
    if (news.sessions + news.links + news.waiting_joins + news.members > 0)
        spdlog::info("reload_denied sessions={} links={} waiting_joins={} members={}",
                     news.sessions, news.links, news.waiting_joins, news.members);
    for (const lobby::Reloaded::Kept& kept : news.kept)
        spdlog::info("reload_kept key={} count={} problem=\"{}\"", kept.key, kept.count,
                     kept.count == 0
                         ? "nothing that is there is affected"
                         : "what is there stays, the new value is for who comes from now on");
}

bool Journal::may_write(LineKind kind, std::size_t reason, const wire::Endpoint& about,
                        bool is_noise, lobby::Instant now)
{
    if (!spdlog::should_log(spdlog::level::info)) return false;
    for (const LineBudget::Suppressed& what : budget_.take_suppressed(now))
        tell_suppressed(what);
    return budget_.may_write(
        {wire::household(about.address), kind, static_cast<std::uint8_t>(reason)}, is_noise, now);
}

} // namespace netplay_relay::net
