// The UDP socket on which frontends look for games in their LAN or VPN; says what
// lobby::DiscoveryResponder decides, and nothing else.
#pragma once

#include "lobby/discovery.hpp"
#include "net/tcp.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace netplay_relay::net {

// A non-blocking UDP socket that hears broadcasts, if `endpoint` has the address 0.0.0.0, and
// cannot send any. IPv4 only. On failure: errno, and an fd that is not open.
[[nodiscard]] Listening listen_for_discovery(const wire::Endpoint& endpoint);

class LanDiscovery
{
public:
    // `io` and whatever `list` refers to must outlive it.
    LanDiscovery(boost::asio::io_context& io, UniqueFd socket, lobby::AdvertisementList list,
                 lobby::DiscoveryLimits limits = {});
    LanDiscovery(LanDiscovery&&) = delete;

    [[nodiscard]] wire::Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] const lobby::DiscoveryCounts& counts() const { return responder_.counts(); }
    void go_on_from(const lobby::DiscoveryCounts& counts) { responder_.go_on_from(counts); }
    void stop();

private:
    void wait();
    void answer_some();
    [[nodiscard]] bool answer_one();
    void tell_of_vpn(const wire::Endpoint& source);

    wire::Endpoint endpoint_;
    boost::asio::posix::stream_descriptor socket_;
    lobby::AdvertisementList list_;
    lobby::DiscoveryResponder responder_;
    std::array<bool, lobby::unanswered_vpn_count> told_of_vpn_{};
    bool told_of_sending_ = false;
};

} // namespace netplay_relay::net
