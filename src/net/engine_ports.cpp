// Ports that lead to one session or room: opened and closed as the lobby says.
#include "net/engine.hpp"
#include "net/listen_problem.hpp"
#include "net/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// This machine has no such address, or no IPv6: nobody can come that way, to whomever.
bool nobody_comes_there(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

} // namespace

std::vector<wire::Address> without_covered(const std::vector<wire::Address>& addresses)
{
    const auto covers = [](const wire::Address& one, const wire::Address& other) {
        return one.is_wildcard() && !other.is_wildcard() && one.is_ipv4() == other.is_ipv4();
    };
    std::vector<wire::Address> kept;
    for (const wire::Address& address : addresses) {
        const bool is_covered = std::ranges::any_of(
            addresses, [&](const wire::Address& other) { return covers(other, address); });
        if (!is_covered && std::ranges::find(kept, address) == kept.end()) kept.push_back(address);
    }
    return kept;
}

void Engine::listen_for_ports_at(const std::vector<wire::Address>& addresses)
{
    port_addresses_ = without_covered(addresses);
}

bool Engine::open_port(std::uint16_t port, const lobby::ListenerProfile& profile)
{
    // On an address that is none of ours any more it would be in the way of the others.
    const auto is_old = [&](const auto& one) {
        const bool is_of_others =
            one.first.port == port &&
            std::ranges::find(port_addresses_, one.first.address) == port_addresses_.end();
        if (is_of_others) (void)::shutdown(one.second.value(), SHUT_RDWR);
        return is_of_others;
    };
    if (inherited_ports_ != nullptr) std::erase_if(*inherited_ports_, is_old);
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const wire::Address& address : port_addresses_) {
        Listening listening = listen_for_port({address, port});
        if (listening.socket.is_open()) {
            listeners.push_back(
                std::make_unique<Listener>(io_, *this, std::move(listening.socket), profile));
            continue;
        }
        if (nobody_comes_there(listening.error)) continue;
        // Half a port would lead some players to whoever else listens there.
        warn_of_port({address, port}, listening.error);
        return false;
    }
    const bool open = !listeners.empty();
    if (!open) return false;
    ports_[port] = std::move(listeners);
    if (neighbours_ != nullptr) neighbours_->note_port(among_.own(), port, true);
    return true;
}

Listening Engine::listen_for_port(const wire::Endpoint& endpoint)
{
    if (inherited_ports_ == nullptr || !inherited_ports_->contains(endpoint))
        return listen_on(endpoint, Keepalive{});
    auto inherited = inherited_ports_->extract(endpoint);
    return adopt_listening(std::move(inherited.mapped()), Keepalive{});
}

void Engine::warn_of_port(const wire::Endpoint& endpoint, int error)
{
    // Each session may meet the same ports that somebody else has; one line will do.
    if (!ports_quiet_.may_warn(now())) return;
    spdlog::warn("port_unavailable address={} error=\"{}\"", wire::to_text(endpoint),
                 listen_problem(endpoint, Transport::tcp, error));
}

void Engine::close_port(std::uint16_t port)
{
    const auto found = ports_.find(port);
    if (found == ports_.end()) return;
    for (std::unique_ptr<Listener>& listener : found->second) {
        listener->stop();
        // It may be the one whose newcomer led to this.
        post([gone = std::shared_ptr<Listener>(std::move(listener))] {});
    }
    ports_.erase(found);
    if (neighbours_ != nullptr) neighbours_->note_port(among_.own(), port, false);
}

bool Engine::is_port_elsewhere(std::uint16_t port) const
{
    return neighbours_ != nullptr && neighbours_->has_port(among_.own(), port);
}

} // namespace netplay_relay::net
