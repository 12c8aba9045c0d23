// The keys of LAN discovery, and what they need elsewhere.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("LAN discovery is switched on by itself, and listens where it is told")
{
    const Config on = accepted(R"({"lan_discovery": {"enabled": true}})");
    CHECK(on.lan_discovery.enabled);
    CHECK(wire::to_text(on.lan_discovery.listen) == "0.0.0.0:55435");
    const Config elsewhere = accepted(R"({"lan_discovery": {"listen": "192.168.1.2:0"}})");
    CHECK_FALSE(elsewhere.lan_discovery.enabled);
    CHECK(wire::to_text(elsewhere.lan_discovery.listen) == "192.168.1.2:0");
    CHECK_FALSE((elsewhere == Config{}));
}

TEST_CASE("faults of LAN discovery")
{
    for (const std::string value : {"1", "\"yes\"", "null"})
        check_fault("{\"lan_discovery\": {\"enabled\": " + value + "}}", "lan_discovery.enabled",
                    {"must be true or false, not " + value});
    for (const std::string value :
         {"\"[::]:55435\"", "\"0.0.0.0\"", "\"\"", "55435", "[\"0.0.0.0:55435\"]"})
        check_fault("{\"lan_discovery\": {\"listen\": " + value + "}}", "lan_discovery.listen",
                    {"must be an IPv4 address with a port, such as \"0.0.0.0:55435\", not " +
                     shown_as(value)});
    check_fault(R"({"lan_discovery": {"port": 1}})", "lan_discovery.port",
                {"known are: enabled, listen"});
    for (const std::string value : {"true", "[]", "null"})
        check_fault("{\"lan_discovery\": " + value + "}", "lan_discovery",
                    {"must be an object { ... }, not " + shown_as(value)});
}

TEST_CASE("LAN discovery needs an IPv4 address to send players to")
{
    check_fault(R"({"listen": ["[::]:55435"], "lan_discovery": {"enabled": true}})",
                "lan_discovery.enabled", {"needs an IPv4 address in listen"});
    (void)accepted(R"({"listen": ["[::]:55435"]})");
    (void)accepted(R"({"listen": ["[::]:1", "127.0.0.1:0"], "lan_discovery": {"enabled": true}})");
}

} // namespace netplay_relay::config
