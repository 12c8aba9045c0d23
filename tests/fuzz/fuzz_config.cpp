// Any text as a configuration: it is taken or refused, and what is taken is within its ranges.
#include "base/ensure.hpp"
#include "config/config.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

namespace {

bool is_within(std::int64_t value, std::int64_t least, std::int64_t most)
{
    return value >= least && value <= most;
}

void check_limits(const lobby::Limits& limits)
{
    ensure(is_within(limits.connections, 8, 1000000), "connections");
    ensure(is_within(limits.sessions, 1, limits.connections), "sessions");
    ensure(is_within(limits.links_per_session, 1, 1024), "links_per_session");
    ensure(is_within(limits.waiting_joins_per_session, 1, 1024), "waiting_joins_per_session");
    ensure(limits.connections_per_address > 0, "connections_per_address");
    ensure(limits.sessions_per_address > 0, "sessions_per_address");
    ensure(limits.waiting_joins_per_address > 0, "waiting_joins_per_address");
    ensure(limits.new_connections_per_second_per_address > 0, "new connections");
    ensure(is_within(limits.greeting.count(), 1, 3600), "greeting_seconds");
    ensure(is_within(limits.join_wait.count(), 1, 3600), "join_wait_seconds");
    ensure(is_within(limits.link_idle.count(), 1, 2592000), "link_idle_seconds");
    ensure(is_within(limits.half_closed.count(), 1, 86400), "half_closed_seconds");
    ensure(is_within(limits.host_ping.count(), 0, 86400), "host_ping_seconds");
    ensure(is_within(limits.buffered_bytes_per_connection, 4096, 16777216), "buffered bytes");
}

void check_reserved(const std::vector<lobby::ReservedSession>& reserved)
{
    for (auto one = reserved.begin(); one != reserved.end(); ++one) {
        ensure(!one->id.is_zero(), "a reserved id of zero");
        ensure(!one->networks.empty(), "a reserved id for nobody");
        ensure(std::ranges::find(one + 1, reserved.end(), one->id, &lobby::ReservedSession::id) ==
                   reserved.end(),
               "an id reserved twice");
    }
}

// Behind the text and a zero byte, one a line.
std::vector<std::string> variables_behind(std::string_view input, std::size_t text_size)
{
    std::vector<std::string> variables;
    std::string_view rest = input.substr(std::min(text_size + 1, input.size()));
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        variables.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return variables;
}

void check_taken(const config::Config& config)
{
    ensure(config::check(config).empty(), "taken, but with faults between keys");
    ensure(!config.listen.empty(), "nowhere to listen");
    ensure(config.public_name.empty() || config::is_public_name(config.public_name),
           "no public name");
    ensure(is_within(config.shutdown_grace.count(), 0, 3600), "shutdown_grace_seconds");
    ensure(config.lan_discovery.listen.address.is_ipv4(), "LAN discovery beyond IPv4");
    check_limits(config.policy.limits);
    check_reserved(config.policy.reserved);
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view text = input.substr(0, input.find('\0'));
    const std::vector<std::string> variables = fuzz::variables_behind(input, text.size());
    const config::Parsed parsed = config::parse_config(text, variables);
    if (parsed.faults.empty()) fuzz::check_taken(parsed.config);
    for (const config::Fault& fault : parsed.faults)
        ensure(!fault.problem.empty(), "a fault without words");
    ensure(config::parse_config(text, variables).faults == parsed.faults,
           "two answers to one text");
    return 0;
}
