// Writes the lobby's news as one line each, no reason more often than is useful.
#pragma once

#include "netplay_relay/lobby/action.hpp"
#include "netplay_relay/lobby/goodbye.hpp"
#include "netplay_relay/lobby/ids.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace netplay_relay::net {

// How much a link has moved, for the line that reports its end.
struct LinkMeter
{
    std::uint64_t to_host = 0;
    std::uint64_t to_guest = 0;
};

class Journal
{
public:
    void session_opened(const lobby::SessionOpened& news, const std::string& join_text,
                        lobby::Instant now);
    void session_closed(const lobby::SessionClosed& news, lobby::Instant now);
    void link_opened(const lobby::LinkOpened& news, lobby::Instant now);
    void link_closed(const lobby::LinkClosed& news, const LinkMeter& meter, lobby::Instant now);
    void turned_away(const lobby::TurnedAway& news, lobby::Instant now);
    void room_event(const lobby::RoomEvent& news, lobby::Instant now);
    void member_gone(const lobby::MemberGone& news, lobby::Instant now);

private:
    // Each kind of line has a budget for each interval; what is over it is counted, and the count
    // is told with the next line that is written.
    struct Budget
    {
        lobby::Instant interval_start{};
        std::uint32_t written = 0;
        std::uint64_t suppressed = 0;
    };
    // Nothing if the line must not be written; else what to append to it (usually nothing).
    [[nodiscard]] bool may_write(Budget& budget, lobby::Instant now, std::string& suffix);

    std::array<Budget, lobby::goodbye_count> turned_away_;
    std::array<Budget, lobby::goodbye_count> session_closed_;
    std::array<Budget, lobby::goodbye_count> link_closed_;
    std::array<Budget, lobby::goodbye_count> member_gone_;
    std::array<Budget, room::room_news_kind_count> room_event_;
    Budget session_opened_;
    Budget link_opened_;
};

} // namespace netplay_relay::net
