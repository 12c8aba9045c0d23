#include "place_memory.hpp"

namespace netplay_relay::room {

void PlaceMemory::remember(const wire::Address& prefix, const std::string& nick, const Place& place)
{
    if (gone_.size() >= places_remembered_max) gone_.erase(gone_.begin());
    gone_.push_back({prefix, nick, place});
}

std::optional<Place> PlaceMemory::recall(const wire::Address& prefix, const std::string& nick,
                                         Instant now)
{
    std::erase_if(gone_, [&](const Gone& gone) { return gone.place.forgotten_at <= now; });
    for (auto gone = gone_.begin(); gone != gone_.end(); ++gone) {
        if (gone->prefix != prefix || gone->nick != nick) continue;
        const Place place = gone->place;
        gone_.erase(gone);
        return place;
    }
    return std::nullopt;
}

void PlaceMemory::forgive(Duration gap)
{
    for (Gone& gone : gone_) {
        gone.place.forgotten_at += gap;
        if (gone.place.kept_until != Instant::min()) gone.place.kept_until += gap;
    }
}

std::uint32_t PlaceMemory::kept_ports(Instant now) const
{
    std::uint32_t ports = 0;
    for (const Gone& gone : gone_)
        if (now < gone.place.kept_until) ports |= gone.place.ports;
    return ports;
}

} // namespace netplay_relay::room
