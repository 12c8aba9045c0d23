// /control/*: what the operator does while the relay runs. Each action is in the log and in the
// feed, with who did it.
#pragma once

#include "admin/feed.hpp"
#include "admin/http.hpp"
#include "admin/whereabouts.hpp"
#include "lobby/ids.hpp"
#include "lobby/orders.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::admin {

// So much may be said at a time, to a room or with a drain.
inline constexpr std::size_t said_bytes_max = 380;
inline constexpr std::chrono::seconds drain_countdown_max{7 * 24 * 3600};

// What is there to be done, as it is done: net::Engine and the daemon behind it. All have to be
// there.
struct Controls
{
    std::function<bool(const wire::SessionId&)> end_session;
    std::function<bool(std::uint64_t room)> end_room;
    std::function<bool(std::uint64_t party)> end_party;
    std::function<bool(lobby::ConnectionId guest)> end_link;
    std::function<bool(lobby::ConnectionId)> send_away;
    std::function<bool(std::uint64_t party, std::int32_t peer)> send_peer_away;
    std::function<std::optional<wire::Endpoint>(lobby::ConnectionId)> peer_of;
    std::function<Whereabouts(lobby::ConnectionId)> whereabouts_of;
    std::function<lobby::Outcome(std::optional<std::uint64_t> room, const std::string&)> say;

    std::function<bool(const wire::Network&)> can_ban; // there is room for one more
    std::function<std::size_t(const lobby::Ban&)> ban; // how many had to go
    std::function<bool(const wire::Network&, const std::string& by)> lift_ban;
    std::function<std::vector<lobby::Ban>()> bans;
    std::function<std::string()> bans_problem;     // why they are not kept, if they are not
    std::function<std::string()> promises_problem; // of reservations and take_new

    std::optional<std::uint8_t> node; // of this relay in a fleet
    std::function<std::optional<wire::SessionId>(lobby::Reservation)> reserve;
    std::function<bool(const wire::SessionId&)> lift_reservation;
    std::function<std::vector<lobby::Reservation>()> reservations;

    std::function<void(bool)> take_new;
    std::function<bool()> drains; // nothing new begins, whatever take_new was told
    // Both: empty, or why that cannot be done now, in one sentence.
    std::function<std::string(std::chrono::seconds in, const std::string& message)> drain;
    std::function<std::string()> undrain;
    // False if there is no such level.
    std::function<bool(std::string_view level)> change_log_level;
    std::function<lobby::Instant()> now;
};

// Tells the log and the feed of something that was done: "action", "by", and what it was about.
void tell_control(Feed& feed, const nlohmann::ordered_json& told);

// `feed` must outlive them.
[[nodiscard]] std::vector<Route> control_routes(Controls controls, Feed& feed);

} // namespace netplay_relay::admin
