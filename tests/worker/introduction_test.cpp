// Connections that begin with a PROXY header.
#include "memory_io.hpp"

#include "support/catch.hpp"
#include "worker/greeting.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::string_literals;

namespace {

const std::string line = "PROXY TCP4 198.51.100.7 192.0.2.9 5000 55435\r\n";
const std::string binary =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc6\x33\x64\x08\xc0\0\2\x09\x13\x88\xd8\x8b\4\0\0"s;
const std::string asks = "RATS" + std::string(wire::id_size, '\0');
constexpr worker::Handle first_line = 1;

lobby::Policy policy()
{
    lobby::Policy policy;
    policy.trusted_proxies = {*wire::parse_network("192.0.2.1")};
    policy.proxy_protocol = true;
    return policy;
}

struct Proxied
{
    MemoryNetwork network;
    Relay relay{network, 1, policy()};
    Relay other{network, 2, policy()};

    MemoryNetwork::Line& arrive(worker::Handle handle, const std::string& address = "192.0.2.1")
    {
        relay.arrive(handle, address);
        return network.lines.at(handle);
    }
    std::string peer_of(const Relay& of, worker::Handle handle) const
    {
        const auto* known = of.worker.look_at({static_cast<std::uint64_t>(handle)});
        return known == nullptr ? "" : wire::to_text(known->peer);
    }
    std::uint64_t said(wire::CloseReason reason) const
    {
        return relay.worker.lobby().totals().close_reasons.at(static_cast<std::size_t>(reason));
    }
};

} // namespace

TEST_CASE("a header, whole or byte by byte, and what comes with it")
{
    const std::string header = GENERATE(line, binary);
    const bool in_pieces = GENERATE(false, true);
    Proxied proxied;
    auto& heard = proxied.arrive(first_line);
    const std::string all = header + asks;
    for (std::size_t at = 0; at < all.size(); at += in_pieces ? 1 : all.size())
        proxied.relay.say(first_line, in_pieces ? all.substr(at, 1) : all);
    CHECK(proxied.peer_of(proxied.relay, first_line) ==
          (header == line ? "198.51.100.7:5000" : "198.51.100.8:5000"));
    proxied.relay.pass(std::chrono::seconds(1));
    CHECK(heard.heard.substr(0, 4) == "RATS");
    CHECK(proxied.relay.worker.lobby().use().sessions == 1);
}

TEST_CASE("no header, and one that makes no sense")
{
    Proxied proxied;
    (void)proxied.arrive(1);
    proxied.relay.say(1, asks);
    CHECK(proxied.said(wire::CloseReason::no_proxy_header) == 1);
    (void)proxied.arrive(2);
    proxied.relay.say(2, "PROXY TCP4 nobody\r\n" + asks);
    CHECK(proxied.said(wire::CloseReason::bad_proxy_header) == 1);
    (void)proxied.arrive(3, "198.51.100.7");
    proxied.relay.say(3, line + asks);
    CHECK(proxied.said(wire::CloseReason::proxy_greeting) == 1);
    CHECK(proxied.relay.worker.lobby().use().connections == 0);
}

TEST_CASE("a health check and a player who goes leave nothing behind")
{
    Proxied proxied;
    for (const std::string& said : {""s, "PROXY UNKNOWN\r\n"s, line, "PROXY"s}) {
        const auto handle = static_cast<worker::Handle>(proxied.network.lines.size() + 1);
        auto& there = proxied.arrive(handle);
        there.said = said;
        there.ended = true;
        proxied.relay.ready(handle);
        CHECK(there.is_closed);
    }
    // The player, and the half of a header.
    CHECK(proxied.said(wire::CloseReason::left_early) == 2);
    CHECK(proxied.relay.worker.size() == 0);
}

TEST_CASE("a header that is cut by a move goes on in the other worker")
{
    const std::string header = GENERATE(line, binary);
    for (std::size_t at = 0; at <= header.size(); ++at) {
        INFO("behind " << at << " bytes");
        Proxied proxied;
        (void)proxied.arrive(first_line);
        proxied.relay.say(first_line, header.substr(0, at));
        const auto moving = proxied.relay.worker.release(lobby::ConnectionId{first_line});
        REQUIRE(moving.has_value());
        REQUIRE_FALSE(proxied.other.worker.adopt(*moving));
        proxied.other.say(first_line, header.substr(at) + asks);
        proxied.other.pass(std::chrono::seconds(1));
        CHECK(proxied.peer_of(proxied.other, first_line) ==
              (header == line ? "198.51.100.7:5000" : "198.51.100.8:5000"));
        CHECK(proxied.other.worker.lobby().use().sessions == 1);
    }
}

TEST_CASE("a header with as much behind it as is read at a time")
{
    Proxied proxied;
    (void)proxied.arrive(first_line);
    proxied.relay.say(first_line, line + asks + std::string(5000, '\0'));
    CHECK(proxied.said(wire::CloseReason::lost_guest) == 1);
    CHECK(proxied.network.lines.at(first_line).said.empty());
}
