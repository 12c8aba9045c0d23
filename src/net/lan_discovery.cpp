#include "net/lan_discovery.hpp"

#include "wire/discovery.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// A flood of questions must not keep those who play waiting.
constexpr int datagrams_at_once = 32;

lobby::Instant now() { return lobby::Instant(std::chrono::steady_clock::now().time_since_epoch()); }

} // namespace

Listening listen_for_discovery(const wire::Endpoint& endpoint)
{
    if (!endpoint.address.is_ipv4()) return {UniqueFd(), EAFNOSUPPORT};
    UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return {UniqueFd(), errno};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.bytes.data() + 12, sizeof address.sin_addr);
    // A frontend that hosts on this machine has the same port. SO_BROADCAST stays off: it is not
    // needed to hear broadcasts, and a forged source must not make us send one.
    const int yes = 1;
    allow_missing_address(fd.value(), false);
    const bool ready =
        setsockopt(fd.value(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!ready) return {UniqueFd(), errno};
    return {std::move(fd), 0};
}

LanDiscovery::LanDiscovery(boost::asio::io_context& io, UniqueFd socket,
                           lobby::AdvertisementList list, lobby::DiscoveryLimits limits)
    : endpoint_(local_endpoint(socket.value())), socket_(io, socket.release()),
      list_(std::move(list)), responder_(limits)
{
    wait();
}

void LanDiscovery::stop()
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void LanDiscovery::wait()
{
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                           if (!error) answer_some();
                       });
}

void LanDiscovery::answer_some()
{
    for (int count = 0; count < datagrams_at_once && answer_one(); ++count)
        ;
    wait();
}

// False once there is nothing more to read.
bool LanDiscovery::answer_one()
{
    // What is longer than any known query arrives cut, and still longer than they are.
    std::array<std::uint8_t, wire::discovery_query_size_max + 1> buffer{};
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t size = recvfrom(socket_.native_handle(), buffer.data(), buffer.size(),
                                  MSG_DONTWAIT, address, &from_size);
    if (size < 0) return errno == EINTR;
    const auto datagram = std::span(buffer).first(static_cast<std::size_t>(size));
    const wire::Endpoint source = endpoint_of(from);
    const auto chosen = responder_.answer(source.address, datagram, now(), list_);
    if (!chosen) {
        tell_of_vpn(source);
        return true;
    }
    const auto answer = wire::encode_discovery_answer(*chosen);
    // A datagram may get lost anyway: whoever wants an answer asks again.
    const bool sent = sendto(socket_.native_handle(), answer.data(), answer.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL, address, from_size) >= 0;
    if (!sent && !std::exchange(told_of_sending_, true))
        spdlog::warn("lan_discovery_unsent peer={} error=\"{}\" problem=\"answers cannot be sent; "
                     "does a firewall stop outgoing UDP?\"",
                     wire::to_text(source), std::strerror(errno));
    return true;
}

// Once for each: an operator wonders why nobody there finds the relay.
void LanDiscovery::tell_of_vpn(const wire::Endpoint& source)
{
    const auto index = lobby::unanswered_vpn(source.address);
    if (!index || std::exchange(told_of_vpn_.at(*index), true)) return;
    const lobby::UnansweredVpn& vpn = lobby::unanswered_vpn_at(*index);
    spdlog::warn("lan_discovery_unanswered peer={} problem=\"addresses of {} ({}) are no LAN to "
                 "RetroArch: who is there does not find the relay, and has to type its address\"",
                 wire::to_text(source), vpn.network, vpn.names);
}

} // namespace netplay_relay::net
