// Looks from time to time whether this machine has the addresses on which the relay listens: those
// of a VPN or of DHCP may come after the relay, go, and come back. The sockets serve them meanwhile
// or not without being opened anew; what changes is told, and seen in the status.
#pragma once

#include "net/process_state.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace netplay_relay::daemon {

class AddressWatch
{
public:
    // Keeps the states in `process` as they are. Both must outlive it.
    AddressWatch(boost::asio::io_context& io, net::ProcessState& process);

    // All that is listened on is in `process` by now: tells where, and which addresses are
    // missing.
    void start();
    void stop();

private:
    void look_at(net::ListeningAt& one, bool at_start);
    void look();
    void wait();

    net::ProcessState& process_;
    boost::asio::steady_timer timer_;
    std::vector<net::ListeningAt*> watched_; // in `process`, that may come and go
};

// "not here: 10.8.0.1:55435", or nothing if all is listened on.
[[nodiscard]] std::string missing_addresses(const net::ProcessState& process);

} // namespace netplay_relay::daemon
