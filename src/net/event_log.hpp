// Writes the lobby's events as one line each. What one address brings about too often is cut short,
// and hides nobody else's lines.
#pragma once

#include "lobby/ids.hpp"
#include "lobby/output.hpp"
#include "net/line_budget.hpp"
#include "wire/close_reason.hpp"
#include "worker/observer.hpp"

#include <cstdint>
#include <string>

namespace netplay_relay::net {

class EventLog
{
public:
    void session_opened(const lobby::SessionOpened& event, const std::string& join_text,
                        lobby::Instant now);
    void session_closed(const lobby::SessionClosed& event, lobby::Instant now);
    void link_opened(const lobby::LinkOpened& event, lobby::Instant now);
    void link_closed(const lobby::LinkClosed& event, const worker::LinkMeter& meter,
                     lobby::Instant now);
    // `was_mute`: it has not said a byte. Who only connects and hangs up, as health checks do, is
    // of interest to developers alone.
    void turned_away(const lobby::TurnedAway& event, bool was_mute, lobby::Instant now);
    void room_event(const lobby::RoomEvent& event, lobby::Instant now);
    void member_gone(const lobby::MemberGone& event, lobby::Instant now);
    void party_event(const lobby::PartyEvent& event, lobby::Instant now);
    void peer_gone(const lobby::PeerGone& event, lobby::Instant now);
    // `range`: how many ports join_ports has.
    void without_port(const lobby::WithoutPort& event, std::uint32_t range, lobby::Instant now);
    void reloaded(const lobby::Reloaded& event);

private:
    void gone(LineKind kind, const wire::Endpoint& peer, wire::CloseReason reason,
              lobby::Duration age, lobby::Instant now);
    [[nodiscard]] bool may_write(LineKind kind, std::size_t reason, const wire::Endpoint& about,
                                 bool is_noise, lobby::Instant now);

    LineBudget budget_;
};

} // namespace netplay_relay::net
