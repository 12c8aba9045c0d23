#include "rollback/seats.hpp"

#include <algorithm>

namespace netplay_relay::rollback {

std::uint32_t Seats::players() const
{
    std::uint32_t all = 0;
    for (const std::uint32_t of_port : clients)
        all |= of_port;
    return all;
}

std::uint32_t Seats::ports_of(std::uint32_t client) const
{
    std::uint32_t ports = 0;
    for (std::size_t port = 0; port < ports_max; ++port)
        if ((clients[port] >> client & 1U) != 0) ports |= 1U << port;
    return ports;
}

void Seats::sit(std::uint32_t client, std::uint32_t ports)
{
    for (std::size_t port = 0; port < ports_max; ++port)
        if ((ports >> port & 1U) != 0) clients[port] |= 1U << client;
}

void Seats::leave(std::uint32_t client)
{
    for (std::uint32_t& of_port : clients)
        of_port &= ~(1U << client);
}

SeatHistory::SeatHistory(const Seats& seats, Frame from) : changes_{{from, seats}} {}

const Seats& SeatHistory::at(Frame frame) const
{
    for (std::size_t i = changes_.size() - 1; i > 0; --i)
        if (changes_[i].from <= frame) return changes_[i].seats;
    return changes_.front().seats;
}

std::size_t SeatHistory::begin_at(Frame from)
{
    const auto behind =
        std::ranges::find_if(changes_, [&](const Change& change) { return change.from >= from; });
    const auto index = static_cast<std::size_t>(behind - changes_.begin());
    if (behind != changes_.end() && behind->from == from) return index;
    if (index == 0) { // before all we know: that is where our knowledge begins
        changes_.front().from = from;
        return 0;
    }
    changes_.insert(behind, Change{from, Seats(changes_[index - 1].seats)});
    return index;
}

void SeatHistory::forget_before(Frame frame)
{
    std::size_t old = 0;
    while (old + 1 < changes_.size() && changes_[old + 1].from <= frame)
        ++old;
    if (old > 0) changes_.erase(changes_.begin(), changes_.begin() + static_cast<long>(old));
}

} // namespace netplay_relay::rollback
