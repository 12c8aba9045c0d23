#include "admin/host_check.hpp"

#include "support/catch.hpp"

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
