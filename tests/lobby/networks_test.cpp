// Those who have many addresses: of one network, or of many.
#include "script.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstdio>

namespace netplay_relay::lobby {

namespace {

// Tries to host at each address so often; returns how often it could.
std::size_t sessions_of(Script& talk, const std::vector<std::string>& addresses, int times)
{
    const std::size_t before = talk.lobby.use().sessions;
    for (const std::string& address : addresses) {
        for (int time = 0; time < times; ++time) {
            const std::string name = address + " " + std::to_string(time);
            if (!talk.arrives(name, address).empty()) continue;
            if (!talk.asks(name).empty()) continue;
            (void)talk.passes(std::chrono::milliseconds(100));
        }
    }
    return talk.lobby.use().sessions - before;
}

// So many addresses, with their numbers in hexadecimal between the two parts.
std::vector<std::string> addresses(const std::string& begin, unsigned count, const std::string& end)
{
    std::vector<std::string> all;
    for (unsigned number = 0; number < count; ++number) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "%x", number);
        all.push_back(begin + text.data() + end);
    }
    return all;
}

} // namespace

TEST_CASE("the networks of one provider's customer have little more than one client prefix")
{
    Script talk;
    CHECK(sessions_of(talk, addresses("2001:db8:1:1", 10, "8::1"), 5) == 2 * 16); // of a /56
    CHECK(sessions_of(talk, addresses("2001:db8:1:", 40, "00::1"), 2) == 2 * 16); // of the /48
    CHECK(sessions_of(talk, addresses("2001:db8:2:", 20, "00::1"), 4) == 4 * 16);
    CHECK(sessions_of(talk,
                      {"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5",
                       "203.0.113.6"},
                      13) == 4 * 16);
    CHECK(talk.said(CloseReason::address_sessions_full) > 0);
    talk.hosts("elsewhere", "198.51.100.1");
}

TEST_CASE("the last quarter of the sessions is for those who have none")
{
    Script talk;
    std::vector<std::string> thirty;
    for (int number = 1; number <= 30; ++number)
        thirty.push_back("20.0." + std::to_string(number) + ".1");
    CHECK(sessions_of(talk, thirty, 16) == 384 + 6); // the last six have one each
    CHECK(talk.said(CloseReason::sessions_full) > 0);
    for (int number = 1; number <= 128 - 6; ++number)
        talk.hosts("newcomer " + std::to_string(number), "20.1." + std::to_string(number) + ".1");
    REQUIRE(talk.arrives("last", "20.2.0.1") == Words{});
    CHECK(talk.asks("last") == Words{"close last sessions_full"});
}

TEST_CASE("the last quarter of the connections is for newcomers, and for the guests of hosts")
{
    Policy policy = quiet_policy();
    policy.limits.connections = 64;
    policy.limits.connections_per_address = 16;
    Script talk(policy);
    talk.hosts("host", "20.0.1.1");
    int admitted = 1;
    for (int network = 2; network <= 9; ++network) {
        for (int number = 1; number <= 8; ++number) {
            const std::string at = std::to_string(network) + "." + std::to_string(number);
            admitted += talk.arrives("one of 20.0." + at, "20.0." + at).empty() ? 1 : 0;
        }
    }
    CHECK(admitted == 48 + 4 + 4); // the last two networks come as newcomers
    CHECK(talk.said(CloseReason::connections_full) > 0);
    CHECK(talk.arrives("guest's end", "20.0.1.1") == Words{});
    for (const std::string number : {"1", "2", "3", "4"})
        CHECK(talk.arrives("newcomer" + number, "20.0.20." + number) == Words{});
    CHECK(talk.arrives("one more", "20.0.20.5") == Words{"close one more connections_full"});
}

TEST_CASE("two addresses cannot take a session whose id they know")
{
    Script talk;
    talk.hosts("host");
    int admitted = 0;
    for (const std::string address : {"20.0.0.1", "20.0.0.2"}) {
        for (int number = 1; number <= 20; ++number) {
            const std::string name = address + " " + std::to_string(number);
            (void)talk.arrives(name, address);
            if (talk.joins(name, "host") != Words{"host <- RATL " + name}) continue;
            REQUIRE(talk.accepts(name + "-side", name).size() == 1);
            ++admitted;
        }
    }
    CHECK(admitted == 24); // 31 without the last quarter; 16 of the first
    CHECK(talk.said(CloseReason::address_links_full) == 40 - 24);
    for (int number = 1; number <= 7; ++number)
        talk.links("newcomer " + std::to_string(number), "host");
    CHECK(talk.joins("late", "host") == Words{"close late session_full"});
}

TEST_CASE("nor can one IPv6 line, with a network of 64 bits for each guest")
{
    Script talk;
    talk.hosts("host");
    for (const std::string& address : addresses("2001:db8:1:", 40, "::1")) {
        (void)talk.arrives(address, address);
        if (talk.joins(address, "host") == Words{"host <- RATL " + address})
            REQUIRE(talk.accepts(address + "-side", address).size() == 1);
    }
    CHECK(talk.look_at("host").links.size() == 24);
    talk.links("newcomer", "host");
}

TEST_CASE("a LAN is no network of strangers")
{
    Script talk;
    std::vector<std::string> all;
    for (int number = 1; number <= 100; ++number)
        all.push_back("192.168.1." + std::to_string(number));
    CHECK(sessions_of(talk, all, 5) == 500);
}

TEST_CASE("a host whose line broke gets its session though the last ones are for newcomers")
{
    Script talk;
    talk.hosts("host", "198.51.100.1");
    std::vector<std::string> thirty;
    for (int number = 1; number <= 30; ++number)
        thirty.push_back("20.0." + std::to_string(number) + ".1");
    REQUIRE(sessions_of(talk, thirty, 16) > 380);
    talk.dead.insert("host");
    REQUIRE(talk.arrives("again", "198.51.100.1") == Words{});
    (void)talk.asks("again");
    (void)talk.passes(std::chrono::seconds(2));
    CHECK(talk.said(CloseReason::host_lost) == 1);
    CHECK(talk.session_of("again") != talk.session_of("host"));
}

TEST_CASE("two addresses cannot take all waiting joins of a host that is paused")
{
    Script talk;
    talk.hosts("host");
    for (const std::string address : {"20.0.0.1", "20.0.0.2"}) {
        for (int number = 1; number <= 9; ++number) {
            const std::string name = address + " " + std::to_string(number);
            (void)talk.arrives(name, address);
            (void)talk.joins(name, "host");
        }
    }
    CHECK(talk.look_at("host").waiting_joins == 12);
    CHECK(talk.said(CloseReason::address_waiting_full) == 6);
    for (int number = 1; number <= 4; ++number)
        CHECK(talk.joins("newcomer " + std::to_string(number), "host") == Words{});
    CHECK(talk.look_at("host").waiting_joins == 16);
}

TEST_CASE("where one address may have all links, everybody may be behind it")
{
    Script talk(policy_with([](Limits& limits) { limits.links_per_address = 31; }));
    talk.hosts("host");
    for (int number = 1; number <= 31; ++number) {
        const std::string name = "guest " + std::to_string(number);
        REQUIRE(talk.arrives(name, "20.0.0.1") == Words{});
        REQUIRE(talk.joins(name, "host") == Words{"host <- RATL " + name});
        REQUIRE(talk.accepts(name + "-side", name).size() == 1);
    }
}

TEST_CASE("a host that asks for more addresses than it has guests loses its session")
{
    Script talk;
    talk.hosts("host");
    talk.waits("guest", "host");
    // Its own four and those of one guest: a frontend asks once.
    for (int time = 0; time < 8; ++time)
        REQUIRE(talk.queries("host", "guest").size() == 1);
    const Words end = talk.queries("host", "guest");
    CHECK(end == Words{"close host query_flood", "close guest session_ended"});
    CHECK(talk.said(CloseReason::query_flood) == 1);
}

TEST_CASE("a relay for few keeps nothing for newcomers")
{
    Policy policy = quiet_policy();
    policy.limits.sessions = 40;
    policy.limits.sessions_per_address = 40;
    Script talk(policy);
    CHECK(sessions_of(talk, {"20.0.0.1"}, 41) == 40);
}

} // namespace netplay_relay::lobby
