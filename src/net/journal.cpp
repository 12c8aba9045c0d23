#include "net/journal.hpp"

#include "netplay_relay/wire/address.hpp"

#include <chrono>
#include <spdlog/spdlog.h>

namespace netplay_relay::net {

namespace {

constexpr std::chrono::seconds interval{10};
constexpr std::uint32_t lines_per_interval = 20;

double in_seconds(lobby::Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

std::string plain(std::string text)
{
    for (char& letter : text)
        if (letter < ' ' || letter > '~' || letter == '"' || letter == '\\') letter = '?';
    return text;
}

std::size_t index(lobby::Goodbye goodbye) { return static_cast<std::size_t>(goodbye); }

} // namespace

void Journal::session_opened(const lobby::SessionOpened& news, const std::string& join_text,
                             lobby::Instant now)
{
    std::string suffix;
    if (!may_write(session_opened_, now, suffix)) return;
    spdlog::info("session_opened session={} host={} reserved={} join_text={}{}",
                 wire::to_text(news.id), wire::to_text(news.host_peer), news.reserved, join_text,
                 suffix);
}

void Journal::session_closed(const lobby::SessionClosed& news, lobby::Instant now)
{
    std::string suffix;
    if (!may_write(session_closed_[index(news.goodbye)], now, suffix)) return;
    spdlog::info("session_closed session={} host={} reason={} age_seconds={:.1f}{}",
                 wire::to_text(news.id), wire::to_text(news.host_peer), lobby::word(news.goodbye),
                 in_seconds(news.age), suffix);
}

void Journal::link_opened(const lobby::LinkOpened& news, lobby::Instant now)
{
    std::string suffix;
    if (!may_write(link_opened_, now, suffix)) return;
    spdlog::info("link_opened session={} guest={} host={}{}", wire::to_text(news.session),
                 wire::to_text(news.guest_peer), wire::to_text(news.host_peer), suffix);
}

void Journal::link_closed(const lobby::LinkClosed& news, const LinkMeter& meter, lobby::Instant now)
{
    std::string suffix;
    if (!may_write(link_closed_[index(news.goodbye)], now, suffix)) return;
    spdlog::info("link_closed session={} guest={} reason={} age_seconds={:.1f} bytes_to_host={} "
                 "bytes_to_guest={}{}",
                 wire::to_text(news.session), wire::to_text(news.guest_peer),
                 lobby::word(news.goodbye), in_seconds(news.age), meter.to_host, meter.to_guest,
                 suffix);
}

void Journal::turned_away(const lobby::TurnedAway& news, lobby::Instant now)
{
    std::string suffix;
    if (!may_write(turned_away_[index(news.goodbye)], now, suffix)) return;
    spdlog::info("turned_away peer={} reason={}{}", wire::to_text(news.peer),
                 lobby::word(news.goodbye), suffix);
}

// Nicks and names of cores come from outside: quoted, and without what could end the quotation.
void Journal::room_event(const lobby::RoomEvent& event, lobby::Instant now)
{
    const room::RoomNews& news = event.news;
    std::string suffix;
    if (!may_write(room_event_[static_cast<std::size_t>(news.kind)], now, suffix)) return;
    std::string line = fmt::format("{} room={} core=\"{}\" content={:08x}", room::word(news.kind),
                                   news.room, plain(news.core), news.content_crc);
    if (news.member.value != 0) line += fmt::format(" nick=\"{}\"", plain(news.nick));
    if (event.peer) line += fmt::format(" peer={}", wire::to_text(*event.peer));
    if (news.kind == room::RoomNewsKind::held_up)
        line += fmt::format(" problem=\"{} kept {} player{} waiting {:.1f} s\"", plain(news.nick),
                            news.players, news.players == 1 ? "" : "s", in_seconds(news.duration));
    if (news.kind == room::RoomNewsKind::state_size_differs)
        line += fmt::format(" problem=\"savestates of {} have {} bytes, those of the room {}\"",
                            plain(news.core_version), news.state_size, news.room_state_size);
    if (news.kind == room::RoomNewsKind::room_closed)
        line += fmt::format(" age_seconds={:.1f}", in_seconds(news.duration));
    spdlog::info("{}{}", line, suffix);
}

void Journal::member_gone(const lobby::MemberGone& news, lobby::Instant now)
{
    std::string suffix;
    if (!may_write(member_gone_[index(news.goodbye)], now, suffix)) return;
    spdlog::info("member_gone peer={} reason={} age_seconds={:.1f}{}", wire::to_text(news.peer),
                 lobby::word(news.goodbye), in_seconds(news.age), suffix);
}

bool Journal::may_write(Budget& budget, lobby::Instant now, std::string& suffix)
{
    if (!spdlog::should_log(spdlog::level::info)) return false;
    if (budget.written == 0 || now - budget.interval_start >= interval) {
        budget.interval_start = now;
        budget.written = 0;
    }
    if (budget.written >= lines_per_interval) {
        ++budget.suppressed;
        return false;
    }
    ++budget.written;
    if (budget.suppressed > 0) suffix = " suppressed=" + std::to_string(budget.suppressed);
    budget.suppressed = 0;
    return true;
}

} // namespace netplay_relay::net
