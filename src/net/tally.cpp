#include "net/tally.hpp"

#include <type_traits>
#include <variant>

namespace netplay_relay::net {

namespace {

constexpr Duration minute = std::chrono::minutes{1};

} // namespace

void Tally::count(const lobby::LogEvent& event)
{
    const auto note = [this](const auto& known) {
        using Known = std::remove_cvref_t<decltype(known)>;
        if constexpr (std::is_same_v<Known, lobby::LinkOpened>) {
            waited_for_host.add(known.waited);
        } else if constexpr (std::is_same_v<Known, lobby::LinkClosed>) {
            link_life.add(known.age);
        } else if constexpr (std::is_same_v<Known, lobby::WithoutPort>) {
            ++without_port;
        } else if constexpr (std::is_same_v<Known, lobby::PartyEvent>) {
            ++party_events[static_cast<std::size_t>(known.event.kind)];
        } else if constexpr (std::is_same_v<Known, lobby::RoomEvent>) {
            ++room_events[static_cast<std::size_t>(known.event.kind)];
            if (known.event.kind == room::RoomEventKind::held_up) held_up.add(known.event.duration);
        }
    };
    std::visit(note, event);
}

Duration LongestLately::longest(Instant now) const
{
    if (now < until_) return std::max(current_, before_);
    return now < until_ + minute ? current_ : Duration{};
}

void LongestLately::begin_minute(Instant now)
{
    before_ = now < until_ + minute ? current_ : Duration{};
    current_ = {};
    until_ = now + minute;
}

void Tally::add(const Tally& other)
{
    guest_round_trip.add(other.guest_round_trip);
    host_round_trip.add(other.host_round_trip);
    member_round_trip.add(other.member_round_trip);
    peer_round_trip.add(other.peer_round_trip);
    waited_for_host.add(other.waited_for_host);
    link_life.add(other.link_life);
    held_up.add(other.held_up);
    turns.add(other.turns);
    pauses.add(other.pauses);
    taken_over += other.taken_over;
    not_taken_over += other.not_taken_over;
    stood_still_ms += other.stood_still_ms;
    memory_short += other.memory_short;
    cannot_watch += other.cannot_watch;
    without_port += other.without_port;
    for (std::size_t at = 0; at < room_events.size(); ++at)
        room_events[at] += other.room_events[at];
    for (std::size_t at = 0; at < party_events.size(); ++at)
        party_events[at] += other.party_events[at];
}

} // namespace netplay_relay::net
