#include "some_policy.hpp"

namespace netplay_relay::fuzz {

namespace {

using namespace std::string_view_literals;

// From addresses that others have as well; health checks; one that is half, and one that is bad.
constexpr std::array proxy_headers{
    "PROXY TCP4 198.51.100.1 192.0.2.9 5000 55435\r\n"sv,
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\2\1\xc3\x50\xd8\x8b"sv,
    "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv,
    "PROXY UNKNOWN\r\n"sv,
    "PROXY TCP4"sv,
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"sv};

constexpr std::array networks{"203.0.113.0/24", "198.51.100.0/31", "0.0.0.0/0", "2001:db8::/31",
                              "::/0",           "192.0.2.1"};

std::uint32_t one_of(Decisions& decisions, const std::array<std::uint32_t, 4>& values)
{
    return values[decisions.below(values.size())];
}

lobby::AccessList read_access(Decisions& decisions)
{
    lobby::AccessList list;
    const std::size_t shape = decisions.below(8);
    if (shape == 1 || shape == 3)
        list.allow.push_back(*wire::parse_network(networks[decisions.below(networks.size())]));
    if (shape == 2 || shape == 3)
        list.deny.push_back(*wire::parse_network(networks[decisions.below(networks.size())]));
    return list;
}

} // namespace

std::string some_proxy_header(Decisions& decisions)
{
    return std::string(proxy_headers[decisions.below(proxy_headers.size())]);
}

lobby::Policy some_policy(Decisions& decisions)
{
    lobby::Policy policy;
    lobby::Limits& limits = policy.limits;
    limits.connections = one_of(decisions, {20, 3, 8, 1});
    limits.sessions = one_of(decisions, {4, 1, 2, 3});
    limits.links_per_session = one_of(decisions, {3, 1, 2, 31});
    limits.links_per_address = limits.links_per_session > 2 ? 2 : 16;
    limits.waiting_joins_per_session = one_of(decisions, {16, 1, 2, 9});
    limits.connections_per_address = one_of(decisions, {20, 1, 4, 9});
    limits.sessions_per_address = one_of(decisions, {4, 1, 2, 16});
    limits.waiting_joins_per_address = one_of(decisions, {16, 1, 2, 3});
    limits.new_connections_per_second_per_address = one_of(decisions, {1000, 1, 2, 50});
    limits.greeting = lobby::Seconds{one_of(decisions, {10, 1, 2, 5})};
    limits.join_wait = lobby::Seconds{one_of(decisions, {10, 1, 2, 5})};
    limits.link_idle = lobby::Seconds{one_of(decisions, {20, 1, 2, 3})};
    limits.half_closed = lobby::Seconds{one_of(decisions, {5, 1, 2, 10})};
    limits.host_ping = lobby::Seconds{one_of(decisions, {30, 0, 1, 2})};
    limits.buffered_bytes_per_connection = one_of(decisions, {4096, 64, 4096, 512});
    policy.host = read_access(decisions);
    policy.join = read_access(decisions);
    const std::size_t shape = decisions.byte();
    policy.manual_ip = static_cast<lobby::ManualIp>(shape % 4);
    if ((shape & 4) != 0) policy.join_ports = {5000, static_cast<std::uint16_t>(5000 + shape % 3)};
    if ((shape & 8) != 0)
        policy.legacy_ports.range = {5002, static_cast<std::uint16_t>(5002 + shape % 5)};
    policy.legacy_ports.per_address = 1 + shape % 2;
    policy.legacy_ports.expiry = lobby::Seconds{10};
    if ((shape & 16) != 0) policy.rooms.rooms = 1;
    if ((shape & 32) != 0) policy.rooms.members = 2;
    if ((shape & 64) != 0) policy.rooms.password = "moon";
    if ((shape & 128) != 0) policy.trusted_proxies = {*wire::parse_network(networks[0])};
    policy.proxy_protocol = (shape & 128) != 0;
    for (std::size_t count = decisions.below(4); count > 0; --count)
        policy.reserved.push_back(
            {*wire::parse_session_id(reserved_ids[count - 1]),
             {*wire::parse_network(networks[decisions.below(networks.size())])}});
    return policy;
}

} // namespace netplay_relay::fuzz
