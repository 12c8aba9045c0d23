#include "daemon/reach.hpp"

#include "net/tcp.hpp"

#include <algorithm>
#include <array>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr const char* service_file = "/etc/netplay-relay/netplay-relay.json";

constexpr std::array<std::string_view, 4> reserved_names{".example", ".test", ".invalid",
                                                         ".localhost"};

// From which address this machine would reach one of a documentation's network; nothing is sent.
std::optional<wire::Address> source_towards(int family)
{
    const net::UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return std::nullopt;
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const char* const far = family == AF_INET ? "198.51.100.1" : "2001:db8::1";
    if (getaddrinfo(far, "9", &hints, &found) != 0) return std::nullopt;
    const bool has_route = connect(fd.value(), found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!has_route) return std::nullopt;
    return net::local_endpoint(fd.value()).address;
}

std::string own_address(const wire::Endpoint& listening)
{
    if (!listening.address.is_wildcard()) return wire::to_text(listening.address);
    const bool is_ipv4 = listening.address.is_ipv4();
    const auto source = source_towards(is_ipv4 ? AF_INET : AF_INET6);
    return source ? wire::to_text(*source) : is_ipv4 ? "127.0.0.1" : "::1";
}

} // namespace

net::Reach reach_of(const config::Config& config, const std::vector<wire::Endpoint>& listening)
{
    net::Reach reach;
    if (listening.empty()) return reach;
    const auto ipv4 = std::ranges::find_if(
        listening, [](const wire::Endpoint& one) { return one.address.is_ipv4(); });
    const wire::Endpoint& used = ipv4 != listening.end() ? *ipv4 : listening.front();
    const std::string name = config.public_name.empty() ? own_address(used) : config.public_name;
    const std::uint16_t port = config.public_port != 0 ? config.public_port : used.port;
    reach.hosts = name + "|" + std::to_string(port);
    if (config.policy.manual_ip == lobby::ManualIp::off)
        reach.players = "the join text of their host";
    else
        reach.players = port == config::default_port ? name : reach.hosts;
    return reach;
}

std::string status_url(wire::Endpoint endpoint)
{
    if (endpoint.address.is_wildcard())
        endpoint.address = *wire::parse_address(endpoint.address.is_ipv4() ? "127.0.0.1" : "::1");
    return "http://" + wire::to_text(endpoint) + "/status";
}

std::string unread_file_text(const CommandLine& line)
{
    if (!line.config_file.empty() || access(service_file, F_OK) != 0) return {};
    const std::string file = service_file;
    return file + " is there and was not read; --config " + file + " reads it";
}

std::string service_file_if_there()
{
    return access(service_file, F_OK) == 0 ? service_file : std::string();
}

std::string sources_text(const CommandLine& line)
{
    std::string text = line.config_file.empty() ? "no file" : line.config_file;
    for (const std::string& variable : line.environment) {
        const std::size_t equals = std::min(variable.find('='), variable.size());
        const bool is_empty = equals + 1 >= variable.size();
        if (is_empty || variable.starts_with("NETPLAY_RELAY_CONFIG=")) continue;
        text += ", " + variable.substr(0, equals);
    }
    return text;
}

std::string warning_of_machine()
{
    if (source_towards(AF_INET) || !source_towards(AF_INET6)) return {};
    return "this machine reaches others by IPv6 only: RetroArch reaches a relay to host by IPv4 "
           "only";
}

bool is_reserved_name(const std::string& name)
{
    return std::ranges::any_of(reserved_names,
                               [&](std::string_view end) { return name.ends_with(end); });
}

std::string warning_of_name(const std::string& public_name)
{
    if (public_name.empty() || is_reserved_name(public_name) || wire::parse_address(public_name))
        return {};
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(public_name.c_str(), nullptr, &hints, &found) != 0) return {};
    bool has_ipv4 = false;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
        has_ipv4 |= one->ai_family == AF_INET;
    freeaddrinfo(found);
    if (has_ipv4) return {};
    return "public_name has an IPv6 address and no IPv4 address in DNS: RetroArch reaches a relay "
           "to host by IPv4 only";
}

} // namespace netplay_relay::daemon
