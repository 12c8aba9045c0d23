// What one address may have in all, and ports, where several workers take newcomers in.
#include "worker_crowd.hpp"

#include "support/party_game.hpp"
#include "wire/address_counts.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

const std::string address = "203.0.113.7";

// What a guest says to join it.
std::string host_session(Process& process, std::size_t at, worker::Handle handle)
{
    return "RATS" + process.hosts(at, handle);
}

std::uint64_t said(const Process& process, wire::CloseReason reason)
{
    std::uint64_t all = 0;
    for (std::size_t at = 0; at < worker_count; ++at)
        all += process.reasons(at, reason);
    return all;
}

std::size_t ports_open(const Process& process)
{
    std::size_t all = 0;
    for (const auto& one : process.workers)
        all += one->io.ports.size();
    return all;
}

} // namespace

TEST_CASE("an address has so many waiting joins at all workers, and others when they end")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    policy.limits.waiting_joins_per_address = 2;
    Process process(policy);
    std::vector<std::string> sessions;
    for (std::size_t at = 0; at < worker_count; ++at)
        sessions.push_back(host_session(process, at, static_cast<worker::Handle>(1 + at)));
    for (std::size_t at = 0; at < worker_count; ++at) {
        const auto guest = static_cast<worker::Handle>(10 + at);
        process.arrive(at, guest, address);
        process.say(guest, sessions[at]);
    }
    CHECK(said(process, wire::CloseReason::address_waiting_full) == 1);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 2);
    process.network.lines.at(10).ended = true;
    process.workers[process.homes.at(10)]->ready(10);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 1);
    process.arrive(0, 20, address);
    process.say(20, sessions[2]);
    CHECK(said(process, wire::CloseReason::address_waiting_full) == 1);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 2);
}

TEST_CASE("a waiting join that moves with its session counts once")
{
    Process process(policy_of(lobby::ManualIp::off));
    const std::string session = host_session(process, 0, 1);
    process.arrive(0, 10, address);
    process.say(10, session);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 1);
    CHECK(process.give(0, 1));
    CHECK(process.use(1).waiting_joins == 1);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 1);
    process.network.lines.at(10).ended = true;
    process.workers[1]->ready(10);
    CHECK(process.counts.of(wire::Counted::waiting_join, *wire::parse_address(address)) == 0);
}

TEST_CASE("an address opens so many rooms at all workers")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::room);
    policy.rooms.rooms_per_address = 4;
    Process process(policy);
    for (std::uint32_t game = 1; game <= 6; ++game) {
        MemberTraits traits;
        traits.content_crc = game;
        process.comes(game % worker_count, static_cast<worker::Handle>(game), traits, address);
    }
    std::size_t rooms = 0;
    for (std::size_t at = 0; at < worker_count; ++at)
        rooms += process.use(at).rooms;
    CHECK(rooms == 4);
    CHECK(said(process, wire::CloseReason::address_rooms_full) == 2);
    CHECK(process.counts.of(wire::Counted::room, *wire::parse_address(address)) == 4);
}

TEST_CASE("an address opens so many parties at all workers")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    policy.parties.parties_per_address = 2;
    Process process(policy);
    for (std::size_t at = 0; at < worker_count; ++at) {
        const auto host = static_cast<worker::Handle>(1 + at);
        process.arrive(at, host, address);
        process.say(host, text_of(PartyGame::hosts()));
    }
    std::size_t parties = 0;
    for (std::size_t at = 0; at < worker_count; ++at)
        parties += process.use(at).parties;
    CHECK(parties == 2);
    CHECK(process.counts.of(wire::Counted::party, *wire::parse_address(address)) == 2);
}

TEST_CASE("a worker whose join ports are used up takes those that others do not need")
{
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    policy.join_ports = {5000, 5005};
    Process process(policy);
    for (int host = 1; host <= 6; ++host)
        (void)host_session(process, 0, host);
    CHECK(process.workers[0]->io.ports.size() == 6);
    // Nothing is left to the others, until one ends.
    (void)host_session(process, 1, 10);
    CHECK(ports_open(process) == 6);
    process.network.lines.at(1).ended = true;
    process.workers[0]->ready(1);
    CHECK(ports_open(process) == 5);
    (void)host_session(process, 2, 11);
    CHECK(ports_open(process) == 6);
    CHECK(process.workers[2]->io.ports.size() == 1);
}
