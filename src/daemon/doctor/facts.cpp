#include "daemon/doctor/facts.hpp"

namespace netplay_relay::daemon::doctor {

bool is_loopback(const wire::Address& address)
{
    static const wire::Network ipv4 = *wire::parse_network("127.0.0.0/8");
    return ipv4.contains(address) || address == *wire::parse_address("::1");
}

Findings judge(const Facts& facts)
{
    Findings all;
    judge_configuration(facts, all);
    judge_files(facts, all);
    judge_service(facts, all);
    judge_relay(facts, all);
    judge_socket(facts, all);
    judge_upgrade(facts, all);
    judge_ports(facts, all);
    judge_fleet(facts, all);
    judge_name(facts, all);
    judge_players(facts, all);
    judge_open_files(facts, all);
    judge_memory(facts, all);
    judge_kernel(facts, all);
    judge_clock(facts, all);
    return all;
}

} // namespace netplay_relay::daemon::doctor
