#include "naive_relay.hpp"

#include "support/catch.hpp"

namespace netplay_relay::lobby {

void OurRelay::listen(const Words& words)
{
    for (const std::string& line : words) {
        const auto told = line.find(" <- RATL ");
        if (told != std::string::npos) announced_.push_back(line.substr(told + 9));
        if (!line.starts_with("join ")) continue;
        linked_.insert(line.substr(5, line.find(' ', 5) - 5));
    }
}

bool OurRelay::arrives(const std::string& name, const std::string& address)
{
    listen(talk_.arrives(name, address));
    return talk_.is_here(name);
}

bool OurRelay::hosts(const std::string& host)
{
    listen(talk_.asks(host));
    if (talk_.is_here(host)) listen(talk_.passes(lost_guest_watch));
    return talk_.is_here(host);
}

bool OurRelay::joins(const std::string& guest, const std::string& host, Guest kind)
{
    listen(talk_.joins(guest, host, kind));
    return talk_.is_here(guest);
}

void OurRelay::accepts(const std::string& leg, const std::string& guest)
{
    listen(talk_.accepts(leg, guest));
}

void OurRelay::byte_moves(const std::string& guest, Direction)
{
    if (talk_.is_here(guest)) talk_.bytes_move(guest);
}

void OurRelay::passes(Duration duration) { listen(talk_.passes(duration)); }

bool OurRelay::is_linked(const std::string& guest) const
{
    return linked_.contains(guest) && talk_.is_here(guest);
}

bool NaiveRelay::arrives(const std::string& name, const std::string&)
{
    if (connections_.size() >= connections_max) return false;
    return connections_.insert(name).second;
}

bool NaiveRelay::hosts(const std::string& host)
{
    if (sessions_.size() >= sessions_max) return false;
    sessions_[host];
    return true;
}

bool NaiveRelay::joins(const std::string& guest, const std::string& host, Guest)
{
    auto& seats = sessions_.at(host);
    if (seats.size() >= seats_max) return false;
    seats[guest];
    announced_.push_back(guest);
    return true;
}

void NaiveRelay::accepts(const std::string&, const std::string& guest)
{
    for (auto& [host, seats] : sessions_)
        if (seats.contains(guest)) seats.at(guest).linked = true;
}

void NaiveRelay::byte_moves(const std::string& guest, Direction direction)
{
    for (auto& [host, seats] : sessions_) {
        const auto seat = seats.find(guest);
        if (seat == seats.end()) continue;
        (direction == Direction::to_host ? seat->second.quiet_to_host
                                         : seat->second.quiet_to_guest) = Duration{0};
    }
}

void NaiveRelay::passes(Duration duration)
{
    for (auto& [host, seats] : sessions_) {
        for (auto& [guest, seat] : seats) {
            seat.quiet_to_host += duration;
            seat.quiet_to_guest += duration;
        }
        std::erase_if(seats, [](const auto& entry) {
            const Seat& seat = entry.second;
            return seat.quiet_to_host > patience || seat.quiet_to_guest > patience;
        });
    }
}

bool NaiveRelay::is_linked(const std::string& guest) const
{
    for (const auto& [host, seats] : sessions_) {
        const auto seat = seats.find(guest);
        if (seat != seats.end()) return seat->second.linked;
    }
    return false;
}

} // namespace netplay_relay::lobby
