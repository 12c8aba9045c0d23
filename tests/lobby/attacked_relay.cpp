#include "attacked_relay.hpp"

#include "support/catch.hpp"

namespace netplay_relay::lobby {

void AttackedRelay::listen(const Words& words)
{
    for (const std::string& line : words) {
        const auto told = line.find(" <- RATL ");
        if (told != std::string::npos) announced_.push_back(line.substr(told + 9));
        if (!line.starts_with("join ")) continue;
        linked_.insert(line.substr(5, line.find(' ', 5) - 5));
    }
}

bool AttackedRelay::arrives(const std::string& name, const std::string& address)
{
    listen(talk_.arrives(name, address));
    return talk_.is_here(name);
}

bool AttackedRelay::hosts(const std::string& host)
{
    listen(talk_.asks(host));
    if (talk_.is_here(host)) listen(talk_.passes(lost_guest_watch));
    return talk_.is_here(host);
}

bool AttackedRelay::joins(const std::string& guest, const std::string& host, Guest kind)
{
    listen(talk_.joins(guest, host, kind));
    return talk_.is_here(guest);
}

void AttackedRelay::accepts(const std::string& host_side, const std::string& guest)
{
    listen(talk_.accepts(host_side, guest));
}

void AttackedRelay::byte_moves(const std::string& guest)
{
    if (talk_.is_here(guest)) talk_.bytes_move(guest);
}

void AttackedRelay::passes(Duration duration) { listen(talk_.passes(duration)); }

bool AttackedRelay::is_linked(const std::string& guest) const
{
    return linked_.contains(guest) && talk_.is_here(guest);
}

} // namespace netplay_relay::lobby
