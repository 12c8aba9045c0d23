// What the engine has to tell of its worker: to the log, and to those who wait for its end.
#include "net/debug_log.hpp"
#include "net/engine.hpp"
#include "net/listener.hpp"

#include <cstring>
#include <spdlog/spdlog.h>
#include <type_traits>
#include <utility>
#include <variant>

namespace netplay_relay::net {

namespace {

constexpr std::size_t mebibyte = 1U << 20U;

} // namespace

void Engine::report(const lobby::LogEvent& event, const worker::EventFacts& facts)
{
    tally_.count(event);
    const lobby::Instant at = now();
    std::string text;
    if (const auto* opened = std::get_if<lobby::SessionOpened>(&event))
        text = join_text(opened->id, opened->host);
    const auto write = [&](const auto& known) {
        using Known = std::remove_cvref_t<decltype(known)>;
        if constexpr (std::is_same_v<Known, lobby::SessionOpened>)
            event_log_.session_opened(known, text, at);
        else if constexpr (std::is_same_v<Known, lobby::SessionClosed>)
            event_log_.session_closed(known, at);
        else if constexpr (std::is_same_v<Known, lobby::LinkOpened>)
            event_log_.link_opened(known, at);
        else if constexpr (std::is_same_v<Known, lobby::LinkClosed>)
            event_log_.link_closed(known, facts.meter, at);
        else if constexpr (std::is_same_v<Known, lobby::TurnedAway>)
            event_log_.turned_away(known, facts.was_mute, at);
        else if constexpr (std::is_same_v<Known, lobby::RoomEvent>)
            event_log_.room_event(known, at);
        else if constexpr (std::is_same_v<Known, lobby::MemberGone>)
            event_log_.member_gone(known, at);
        else if constexpr (std::is_same_v<Known, lobby::PartyEvent>)
            event_log_.party_event(known, at);
        else if constexpr (std::is_same_v<Known, lobby::PeerGone>)
            event_log_.peer_gone(known, at);
        else if constexpr (std::is_same_v<Known, lobby::WithoutPort>)
            event_log_.without_port(known, lobby().policy().join_ports.size(), at);
        else
            event_log_.reloaded(known);
    };
    std::visit(write, event);
    if (listener_ == nullptr) return;
    worker::EventFacts known = facts;
    if (const auto* opened = std::get_if<lobby::SessionOpened>(&event))
        known.came_by = reached_at(opened->host);
    const auto* in_room = std::get_if<lobby::RoomEvent>(&event);
    if (in_room != nullptr && in_room->event.kind == room::RoomEventKind::member_joined)
        known.came_by = reached_at(in_room->event.member);
    const auto* in_party = std::get_if<lobby::PartyEvent>(&event);
    if (in_party != nullptr && (in_party->event.kind == party::PartyEventKind::party_opened ||
                                in_party->event.kind == party::PartyEventKind::peer_joined))
        known.came_by = reached_at(in_party->event.connection);
    listener_->happened(event, known, text);
    // Whoever listens may have posted something; with several workers it listens in another loop.
    if (among_.count == 1) poller_.let_asio_run();
}

void Engine::handled(const lobby::Event& event, const lobby::Output& output)
{
    if (!spdlog::should_log(spdlog::level::debug)) [[likely]]
        return;
    log_event(event);
    for (const lobby::Command& command : output.commands)
        log_command(command);
}

void Engine::carried_out()
{
    if (when_drained_) [[unlikely]]
        look_whether_drained();
}

// Those whose games are at other nodes have come through here as well.
void Engine::look_whether_drained()
{
    if (when_drained_ && lobby().is_drained() && hops_.count() == 0)
        post(std::exchange(when_drained_, {}));
}

void Engine::emptied() { look_whether_empty(); }

void Engine::look_whether_empty()
{
    if (when_empty_ && worker_.size() == 0 && hops_.count() == 0)
        post(std::exchange(when_empty_, {}));
}

void Engine::stood_still(lobby::Duration gap)
{
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(gap);
    tally_.stood_still_ms += static_cast<std::uint64_t>(whole.count());
    spdlog::warn("stood_still seconds={:.1f} problem=\"the relay itself: suspended, out of memory "
                 "or without CPU; its peers get the time back\"",
                 std::chrono::duration<double>(gap).count());
    if (listener_ != nullptr) listener_->stood_still(gap);
}

void Engine::memory_short(const worker::MemoryShort& what)
{
    ++tally_.memory_short;
    if (!memory_quiet_.may_warn(now())) return;
    if (listener_ != nullptr) listener_->memory_short(what);
    if (what.closed == 0)
        spdlog::warn("memory_short problem=\"the system refuses memory: what is too big ends\"");
    else
        spdlog::warn("memory_short held_mib={} limit_mib={} closed={} problem=\"{}\"",
                     what.held / mebibyte, what.most / mebibyte, what.closed,
                     what.is_refused ? "the system refuses memory" : "too many do not read");
}

void Engine::cannot_watch(const wire::Endpoint& peer, int error)
{
    ++tally_.cannot_watch;
    if (!watch_quiet_.may_warn(now())) return;
    spdlog::warn("cannot_watch peer={} error=\"{}; raise fs.epoll.max_user_watches if there is no "
                 "space\"",
                 wire::to_text(peer), std::strerror(error));
}

} // namespace netplay_relay::net
