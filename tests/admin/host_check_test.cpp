#include "admin/host_check.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using netplay_relay::admin::is_known_host;
using netplay_relay::admin::is_own_host;

TEST_CASE("this machine is asked by its address or as localhost")
{
    for (const char* host : {"localhost", "localhost:55480", "LocalHost", "localhost.",
                             "localhost.:9", "127.0.0.1", "127.0.0.1:55480", "127.3.2.1:1", "[::1]",
                             "[::1]:55480", "::1", "192.0.2.7:80", "[2001:db8::7]:80"}) {
        INFO(host);
        CHECK(is_own_host(host));
    }
}

TEST_CASE("any other name is somebody else's")
{
    for (const char* host : {"",
                             ":",
                             ":55480",
                             "relay.example",
                             "relay.example:55480",
                             "localhost.evil.example",
                             "localhost:evil.example",
                             "127.0.0.1.evil.example",
                             "127.0.0.1:55480.evil.example",
                             "evil.example:127.0.0.1",
                             "[evil.example]",
                             "[127.0.0.1]",
                             "[::1",
                             "::1]",
                             "x",
                             "localhost:999999",
                             "127.0.0.1 evil.example",
                             "xlocalhost",
                             "localhos",
                             "localhost.."}) {
        INFO(host);
        CHECK_FALSE(is_own_host(host));
    }
}

TEST_CASE("beyond loopback, names that nobody else can have are this machine's too")
{
    const std::vector<std::string> names{"relay.example", ""};
    for (const char* host : {"relay", "netplay-relay:55480", "relay.example", "Relay.Example.",
                             "relay.example:80", "192.0.2.7", "localhost"}) {
        INFO(host);
        CHECK(is_known_host(host, names));
    }
    for (const char* host : {"", ":80", "evil.example", "relay.example.evil.example", "[x]",
                             "other.example:80", "."}) {
        INFO(host);
        CHECK_FALSE(is_known_host(host, names));
    }
}
