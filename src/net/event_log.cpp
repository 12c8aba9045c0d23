#include "net/event_log.hpp"

#include "text/text.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cmath>
#include <spdlog/spdlog.h>

namespace netplay_relay::net {

namespace {

double in_seconds(lobby::Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

std::size_t index(wire::CloseReason reason) { return static_cast<std::size_t>(reason); }

// What becomes of one of whom it was told how it plays; empty: the event is something else.
std::string_view what_follows(room::RoomEventKind kind)
{
    switch (kind) {
    case room::RoomEventKind::warned: return ".";
    case room::RoomEventKind::sent_to_watch: return ": may only watch for 5 minutes";
    case room::RoomEventKind::shut_out: return ", again: is not let in for 10 minutes";
    default: return {};
    }
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
    case LineKind::peer_gone: return "peer_gone";
    case LineKind::without_port: return "without_join_port";
    case LineKind::party_event:
        return party::word(static_cast<party::PartyEventKind>(subject.reason));
    case LineKind::room_event: break;
    }
    return room::word(static_cast<room::RoomEventKind>(subject.reason));
}

bool has_close_reason(LineKind kind)
{
    return kind == LineKind::session_closed || kind == LineKind::link_closed ||
           kind == LineKind::turned_away || kind == LineKind::member_gone ||
           kind == LineKind::peer_gone;
}

void tell_suppressed(const LineBudget::Suppressed& what)
{
    const LineBudget::Subject& subject = what.subject;
    const std::string reason =
        has_close_reason(subject.kind)
            ? fmt::format(" reason={}", wire::word(static_cast<wire::CloseReason>(subject.reason)))
            : "";
    const std::string address =
        subject.address == wire::Address{} ? "any" : wire::to_text(subject.address);
    spdlog::info("suppressed event={} address={}{} lines={}", event_word(subject), address, reason,
                 what.lines);
}

} // namespace

void EventLog::session_opened(const lobby::SessionOpened& event, const std::string& join_text,
                              lobby::Instant now)
{
    if (!may_write(LineKind::session_opened, 0, event.host_peer, false, now)) return;
    spdlog::info("session_opened session={} host={} reserved={} join_text={}",
                 wire::to_text(event.id), wire::to_text(event.host_peer), event.reserved,
                 join_text);
}

void EventLog::session_closed(const lobby::SessionClosed& event, lobby::Instant now)
{
    if (!may_write(LineKind::session_closed, index(event.reason), event.host_peer, false, now))
        return;
    spdlog::info("session_closed session={} host={} reason={} age_seconds={:.1f}",
                 wire::to_text(event.id), wire::to_text(event.host_peer), wire::word(event.reason),
                 in_seconds(event.age));
}

void EventLog::link_opened(const lobby::LinkOpened& event, lobby::Instant now)
{
    if (!may_write(LineKind::link_opened, 0, event.guest_peer, false, now)) return;
    spdlog::info("link_opened session={} guest={} host={}", wire::to_text(event.session),
                 wire::to_text(event.guest_peer), wire::to_text(event.host_peer));
}

void EventLog::link_closed(const lobby::LinkClosed& event, const worker::LinkMeter& meter,
                           lobby::Instant now)
{
    if (!may_write(LineKind::link_closed, index(event.reason), event.guest_peer, false, now))
        return;
    spdlog::info("link_closed session={} guest={} reason={} age_seconds={:.1f} bytes_to_host={} "
                 "bytes_to_guest={}",
                 wire::to_text(event.session), wire::to_text(event.guest_peer),
                 wire::word(event.reason), in_seconds(event.age), meter.to_host, meter.to_guest);
}

void EventLog::turned_away(const lobby::TurnedAway& event, bool was_mute, lobby::Instant now)
{
    if (was_mute && event.reason == wire::CloseReason::left_early) {
        spdlog::debug("turned_away peer={} reason={}", wire::to_text(event.peer),
                      wire::word(event.reason));
        return;
    }
    if (!may_write(LineKind::turned_away, index(event.reason), event.peer, true, now)) return;
    spdlog::info("turned_away peer={} reason={}", wire::to_text(event.peer),
                 wire::word(event.reason));
}

// Nicks and names of cores come from outside: quoted, and without what could end the quotation.
void EventLog::room_event(const lobby::RoomEvent& told, lobby::Instant now)
{
    const room::RoomEvent& event = told.event;
    const wire::Endpoint about = told.peer.value_or(wire::Endpoint{});
    if (!may_write(LineKind::room_event, static_cast<std::size_t>(event.kind), about, false, now))
        return;
    const std::string nick = text::quotable(event.nick);
    std::string line = fmt::format("{} room={} core=\"{}\" content={:08x}", room::word(event.kind),
                                   event.room, text::quotable(event.core), event.content_crc);
    if (event.member.value != 0) line += fmt::format(" nick=\"{}\"", nick);
    if (told.peer) line += fmt::format(" peer={}", wire::to_text(*told.peer));
    if (event.kind == room::RoomEventKind::held_up)
        line +=
            fmt::format(" problem=\"{} kept {} player{} waiting {:.1f} s\"", nick, event.players,
                        event.players == 1 ? "" : "s", in_seconds(event.duration));
    if (event.kind == room::RoomEventKind::member_waits && event.players > 0)
        line +=
            fmt::format(" problem=\"a newcomer, and {} have spoilt this game lately: watches for "
                        "{:.0f} s at first\"",
                        event.players, std::ceil(in_seconds(event.duration)));
    if (const std::string_view next = what_follows(event.kind); !next.empty())
        line += fmt::format(" problem=\"in the last minute the others waited {:.1f} s for {} and "
                            "repeated {} frames each{}\"",
                            in_seconds(event.duration), nick, event.repeats, next);
    if (event.kind == room::RoomEventKind::witness_differs)
        line +=
            fmt::format(" problem=\"the state of {} is not that of the players, who agree\"", nick);
    if (event.kind == room::RoomEventKind::state_doubted)
        line += fmt::format(" problem=\"{} left at once with the state of {}, as {} network{}\"",
                            text::quotable(event.leaver), nick, event.players,
                            event.players == 1 ? "" : "s");
    if (event.kind == room::RoomEventKind::state_size_differs)
        line += fmt::format(" problem=\"savestates of {} have {} bytes, those of the room {}\"",
                            text::quotable(event.core_version), event.state_size,
                            event.room_state_size);
    if (event.kind == room::RoomEventKind::room_closed)
        line += fmt::format(" age_seconds={:.1f}", in_seconds(event.duration));
    spdlog::info("{}", line);
}

void EventLog::member_gone(const lobby::MemberGone& event, lobby::Instant now)
{
    gone(LineKind::member_gone, event.peer, event.reason, event.age, now);
}

void EventLog::peer_gone(const lobby::PeerGone& event, lobby::Instant now)
{
    gone(LineKind::peer_gone, event.peer, event.reason, event.age, now);
}

void EventLog::gone(LineKind kind, const wire::Endpoint& peer, wire::CloseReason reason,
                    lobby::Duration age, lobby::Instant now)
{
    // It was never a member of a room, or a peer of a party: it was refused on the way into one.
    const bool is_noise = wire::is_refusal(reason) || reason == wire::CloseReason::probe;
    if (!may_write(kind, index(reason), peer, is_noise, now)) return;
    spdlog::info("{} peer={} reason={} age_seconds={:.1f}",
                 kind == LineKind::peer_gone ? "peer_gone" : "member_gone", wire::to_text(peer),
                 wire::word(reason), in_seconds(age));
}

// The code lets anybody in who has it, as the session id of a tunnel does. Names of games come from
// outside.
void EventLog::party_event(const lobby::PartyEvent& told, lobby::Instant now)
{
    using party::PartyEventKind;
    const party::PartyEvent& event = told.event;
    const wire::Endpoint about = told.peer.value_or(wire::Endpoint{event.address, 0});
    if (!may_write(LineKind::party_event, static_cast<std::size_t>(event.kind), about, false, now))
        return;
    std::string line =
        fmt::format("{} party={} code={} game=\"{}\"", party::word(event.kind), event.party,
                    party::to_text(event.code), text::quotable(event.game));
    if (event.peer != 0)
        line += fmt::format(" id={} peer={}", event.peer,
                            told.peer ? wire::to_text(*told.peer) : wire::to_text(event.address));
    const bool is_end =
        event.kind == PartyEventKind::party_closed || event.kind == PartyEventKind::peer_left;
    if (is_end)
        line += fmt::format(" reason={} age_seconds={:.1f}", wire::word(event.reason),
                            in_seconds(event.duration));
    if (event.kind == PartyEventKind::peer_returned)
        line += fmt::format(" absent_seconds={:.1f}", in_seconds(event.duration));
    spdlog::info("{}", line);
}

void EventLog::without_port(const lobby::WithoutPort& event, std::uint32_t range,
                            lobby::Instant now)
{
    if (!may_write(LineKind::without_port, 0, {}, false, now)) return;
    const std::string whose = event.room != 0 ? fmt::format("room={}", event.room)
                                              : "session=" + wire::to_text(event.session);
    const std::string problem =
        event.tried == 0 ? fmt::format("all {} ports of join_ports are taken", range)
                         : "the free ports of join_ports cannot be opened, see port_unavailable";
    spdlog::warn("without_join_port {} problem=\"{}\"", whose, problem);
}

void EventLog::reloaded(const lobby::Reloaded& event)
{
    if (event.sessions + event.links + event.waiting_joins + event.members + event.peers > 0)
        spdlog::info("reload_denied sessions={} links={} waiting_joins={} members={} peers={}",
                     event.sessions, event.links, event.waiting_joins, event.members, event.peers);
    for (const lobby::Reloaded::Kept& kept : event.kept)
        spdlog::info("reload_kept key={} count={} problem=\"{}\"", kept.key, kept.count,
                     kept.count == 0
                         ? "nothing that is there is affected"
                         : "what is there stays, the new value is for who comes from now on");
}

bool EventLog::may_write(LineKind kind, std::size_t reason, const wire::Endpoint& about,
                         bool is_noise, lobby::Instant now)
{
    if (!spdlog::should_log(spdlog::level::info)) return false;
    for (const LineBudget::Suppressed& what : budget_.take_suppressed(now))
        tell_suppressed(what);
    return budget_.may_write(
        {wire::client_prefix(about.address), kind, static_cast<std::uint8_t>(reason)}, is_noise,
        now);
}

} // namespace netplay_relay::net
