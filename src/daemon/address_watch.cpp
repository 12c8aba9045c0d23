#include "daemon/address_watch.hpp"

#include "net/tcp.hpp"

#include <chrono>
#include <spdlog/spdlog.h>
#include <string>

namespace netplay_relay::daemon {

namespace {

using net::ListeningAt;
using net::ListeningState;

constexpr std::chrono::seconds look_interval{2};

bool is_always_here(const wire::Address& address)
{
    static const wire::Network loopback = *wire::parse_network("127.0.0.0/8");
    return loopback.contains(address) || address.is_wildcard();
}

template <class Process, class Visit>
void for_all(Process& process, Visit visit)
{
    for (auto& one : process.listening)
        visit(one);
    for (auto& one : process.admin_listening)
        visit(one);
    for (auto& one : process.public_listening)
        visit(one);
    if (process.discovery_listening) visit(*process.discovery_listening);
}

void say(const ListeningAt& one)
{
    const std::string where = wire::to_text(one.endpoint);
    if (one.state == ListeningState::listening)
        spdlog::info("{} address={}{}", one.word, where, one.passed ? " passed=true" : "");
    else
        spdlog::warn("address_missing key={} address={} problem=\"no interface of this machine has "
                     "{} now; it is served as soon as one has\"",
                     one.key, where, wire::to_text(one.endpoint.address));
}

} // namespace

AddressWatch::AddressWatch(boost::asio::io_context& io, net::ProcessState& process)
    : process_(process), timer_(io)
{
}

void AddressWatch::start()
{
    for_all(process_, [this](ListeningAt& one) {
        if (one.state == ListeningState::no_ipv6) return; // it was told of where it was met
        look_at(one, true);
        if (!is_always_here(one.endpoint.address)) watched_.push_back(&one);
    });
    if (!watched_.empty()) wait();
}

void AddressWatch::stop() { timer_.cancel(); }

void AddressWatch::look_at(ListeningAt& one, bool at_start)
{
    const ListeningState before = one.state;
    if (is_always_here(one.endpoint.address))
        one.state = ListeningState::listening;
    else if (const auto here = net::has_address(one.endpoint.address))
        one.state = *here ? ListeningState::listening : ListeningState::address_missing;
    if (at_start || one.state != before) say(one);
}

void AddressWatch::look()
{
    for (ListeningAt* one : watched_)
        look_at(*one, false);
    wait();
}

void AddressWatch::wait()
{
    timer_.expires_after(look_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look();
    });
}

std::string missing_addresses(const net::ProcessState& process)
{
    std::string missing;
    for_all(process, [&](const ListeningAt& one) {
        if (one.state == ListeningState::address_missing)
            missing += (missing.empty() ? "not here: " : ", ") + wire::to_text(one.endpoint);
    });
    return missing;
}

} // namespace netplay_relay::daemon
