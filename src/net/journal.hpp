// Writes the lobby's news as one line each. What one address brings about too often is cut short,
// and hides nobody else's lines.
#pragma once

#include "net/line_budget.hpp"
#include "netplay_relay/lobby/action.hpp"
#include "netplay_relay/lobby/goodbye.hpp"
#include "netplay_relay/lobby/ids.hpp"
#include "worker/observer.hpp"

#include <cstdint>
#include <string>

namespace netplay_relay::net {

class Journal
{
public:
    void session_opened(const lobby::SessionOpened& news, const std::string& join_text,
                        lobby::Instant now);
    void session_closed(const lobby::SessionClosed& news, lobby::Instant now);
    void link_opened(const lobby::LinkOpened& news, lobby::Instant now);
    void link_closed(const lobby::LinkClosed& news, const worker::LinkMeter& meter,
                     lobby::Instant now);
    // `was_mute`: it has not said a byte. Who only connects and hangs up, as health checks do, is
    // of interest to developers alone.
    void turned_away(const lobby::TurnedAway& news, bool was_mute, lobby::Instant now);
    void room_event(const lobby::RoomEvent& news, lobby::Instant now);
    void member_gone(const lobby::MemberGone& news, lobby::Instant now);
    // `range`: how many ports join_ports has.
    void without_port(const lobby::WithoutPort& news, std::uint32_t range, lobby::Instant now);
    void reloaded(const lobby::Reloaded& news);

private:
    [[nodiscard]] bool may_write(LineKind kind, std::size_t reason, const wire::Endpoint& about,
                                 bool is_noise, lobby::Instant now);

    LineBudget budget_;
};

} // namespace netplay_relay::net
