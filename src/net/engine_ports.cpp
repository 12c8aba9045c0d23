// Ports that lead to one session or room: opened and closed as the lobby says.
#include "net/engine.hpp"
#include "net/listen_problem.hpp"
#include "net/listener.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// Each session may meet the same ports that somebody else has; one line will do.
constexpr std::chrono::seconds quiet_time{10};

// This machine has no such address, or no IPv6: nobody can come that way, to whomever.
bool nobody_comes_there(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

} // namespace

std::vector<wire::Address> without_covered(const std::vector<wire::Address>& addresses)
{
    const auto has = [&](const char* text) {
        return std::ranges::find(addresses, *wire::parse_address(text)) != addresses.end();
    };
    const bool all_ipv4 = has("0.0.0.0");
    const bool all_ipv6 = has("::");
    std::vector<wire::Address> kept;
    for (const wire::Address& address : addresses) {
        const bool is_all = address == *wire::parse_address(address.is_ipv4() ? "0.0.0.0" : "::");
        const bool is_covered = !is_all && (address.is_ipv4() ? all_ipv4 : all_ipv6);
        if (!is_covered && std::ranges::find(kept, address) == kept.end()) kept.push_back(address);
    }
    return kept;
}

void Engine::listen_for_ports_at(const std::vector<wire::Address>& addresses)
{
    port_addresses_ = without_covered(addresses);
}

void Engine::carry_out(const lobby::OpenPort& order)
{
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const wire::Address& address : port_addresses_) {
        Listening listening = listen_on({address, order.port}, Keepalive{});
        if (listening.socket.is_open()) {
            listeners.push_back(
                std::make_unique<Listener>(io_, *this, std::move(listening.socket), order.door));
            continue;
        }
        if (nobody_comes_there(listening.error)) continue;
        // Half a port would lead some players to whoever else listens there.
        warn_of_port({address, order.port}, listening.error);
        return tell(lobby::PortAnswer{order.port, false});
    }
    const bool open = !listeners.empty();
    if (open) ports_[order.port] = std::move(listeners);
    tell(lobby::PortAnswer{order.port, open});
}

void Engine::warn_of_port(const wire::Endpoint& endpoint, int error)
{
    if (now() < ports_quiet_until_) return;
    ports_quiet_until_ = now() + quiet_time;
    spdlog::warn("port_unavailable address={} error=\"{}\"", wire::to_text(endpoint),
                 listen_problem(endpoint, Transport::tcp, error));
}

void Engine::carry_out(const lobby::ClosePort& order)
{
    const auto found = ports_.find(order.port);
    if (found == ports_.end()) return;
    for (std::unique_ptr<Listener>& listener : found->second) {
        listener->stop();
        // It may be the one whose newcomer led to this.
        boost::asio::post(io_, [gone = std::shared_ptr<Listener>(std::move(listener))] {});
    }
    ports_.erase(found);
}

void Engine::report(const lobby::WithoutPort& news)
{
    journal_.without_port(news, lobby_.policy().join_ports.size(), now());
}

} // namespace netplay_relay::net
