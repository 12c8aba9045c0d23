// Names and addresses.
#include "daemon/doctor/gather.hpp"
#include "daemon/reach.hpp"
#include "net/tcp.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sstream>

namespace netplay_relay::daemon::doctor {

namespace {

std::optional<wire::Address> address_of(const sockaddr* address)
{
    sockaddr_storage storage{};
    if (address == nullptr) return std::nullopt;
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) return std::nullopt;
    std::memcpy(&storage, address,
                address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    return net::endpoint_of(storage).address;
}

bool is_of_link(const wire::Address& address)
{
    static const wire::Network ipv6 = *wire::parse_network("fe80::/10");
    return ipv6.contains(address);
}

void add_once(std::vector<wire::Address>& all, const wire::Address& one)
{
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

std::vector<wire::Address> own_addresses()
{
    std::vector<wire::Address> all;
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return all;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        const auto address = address_of(one->ifa_addr);
        const bool is_loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
        if (address && !is_loopback && !is_of_link(*address)) add_once(all, *address);
    }
    freeifaddrs(first);
    return all;
}

void resolve(NameFacts& name)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(name.name.c_str(), nullptr, &hints, &found);
    if (error != 0) {
        name.error = gai_strerror(error);
        return;
    }
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
        if (const auto address = address_of(one->ai_addr)) add_once(name.addresses, *address);
    freeaddrinfo(found);
}

bool has_ipv6(const std::vector<wire::Endpoint>& all)
{
    return std::ranges::any_of(all,
                               [](const wire::Endpoint& one) { return !one.address.is_ipv4(); });
}

} // namespace

NameFacts look_at_name(const config::Config& config)
{
    NameFacts name;
    name.name = config.public_name;
    name.is_address = wire::parse_address(name.name).has_value();
    name.is_reserved = is_reserved_name(name.name);
    name.own = own_addresses();
    name.listens_ipv6 = has_ipv6(config.listen);
    name.behind_proxy = config.policy.proxy_protocol;
    if (!name.name.empty() && !name.is_reserved) resolve(name);
    for (const wire::Address& one : name.addresses)
        if (std::ranges::any_of(config.policy.trusted_proxies,
                                [&](const wire::Network& known) { return known.contains(one); }))
            name.of_proxy.push_back(one);
    return name;
}

std::vector<wire::Address> look_at_gateways()
{
    constexpr unsigned by_gateway = 2;
    std::vector<wire::Address> all;
    std::ifstream lines("/proc/net/route");
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string interface;
        std::uint32_t to = 0;
        std::uint32_t gateway = 0;
        unsigned flags = 0;
        if (!(words >> interface >> std::hex >> to >> gateway >> flags)) continue;
        if ((flags & by_gateway) == 0) continue;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = gateway; // as it is in memory
        sockaddr_storage storage{};
        std::memcpy(&storage, &address, sizeof address);
        add_once(all, net::endpoint_of(storage).address);
    }
    return all;
}

} // namespace netplay_relay::daemon::doctor
