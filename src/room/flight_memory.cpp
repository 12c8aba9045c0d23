#include "flight_memory.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace netplay_relay::room {

void FlightMemory::note(std::uint64_t room, const wire::Address& prefix, Instant now)
{
    std::erase_if(flights_, [&](const Flight& flight) { return flight.until <= now; });
    unsigned times = 1;
    const auto known = std::ranges::find_if(flights_, [&](const Flight& flight) {
        return flight.room == room && flight.prefix == prefix;
    });
    if (known != flights_.end()) {
        times += known->times;
        flights_.erase(known);
    }
    if (flights_.size() >= flights_max) flights_.erase(flights_.begin());
    flights_.push_back({room, prefix, times, now + flight_memory});
}

void FlightMemory::forget(std::uint64_t room, const wire::Address& prefix)
{
    std::erase_if(flights_, [&](const Flight& flight) {
        return flight.room == room && flight.prefix == prefix;
    });
}

bool FlightMemory::avoids(std::uint64_t room, const wire::Address& prefix, Instant now) const
{
    bool has_left = false;
    std::set<wire::Address> networks;
    for (const Flight& flight : flights_) {
        if (flight.room != room || flight.until <= now) continue;
        networks.insert(wire::customer(flight.prefix));
        if (flight.prefix != prefix) continue;
        if (flight.times >= flights_enough) return true;
        has_left = true;
    }
    return has_left && networks.size() >= networks_enough;
}

FlightMemory FlightMemory::of(std::uint64_t room) const
{
    FlightMemory some;
    std::ranges::copy_if(flights_, std::back_inserter(some.flights_),
                         [&](const Flight& flight) { return flight.room == room; });
    return some;
}

void FlightMemory::learn(const FlightMemory& elsewhere, std::uint64_t room)
{
    for (Flight flight : elsewhere.flights_) {
        if (flights_.size() >= flights_max) flights_.erase(flights_.begin());
        flight.room = room;
        flights_.push_back(flight);
    }
}

} // namespace netplay_relay::room
