#include "daemon/open_files.hpp"

#include "support/catch.hpp"

using netplay_relay::daemon::judge_open_files;

TEST_CASE("enough files: nothing to say")
{
    const auto files = judge_open_files({4096, 0, 320}, 20000);
    CHECK(files.enough);
    CHECK(files.connections == 4096);
    CHECK(files.arithmetic.empty());
}

TEST_CASE("exactly enough is enough, one less is not")
{
    CHECK(judge_open_files({100, 0, 20}, 120).arithmetic.empty());
    const auto files = judge_open_files({100, 0, 20}, 119);
    CHECK(files.enough);
    CHECK(files.connections == 99);
    CHECK(files.arithmetic ==
          "100 connections (limits.connections) + 20 other files = 120, but this "
          "process may open 119 (ulimit -Hn, LimitNOFILE)");
}

TEST_CASE("too few to be of any use is refused")
{
    CHECK_FALSE(judge_open_files({4096, 0, 320}, 330).enough);
    CHECK_FALSE(judge_open_files({4096, 0, 320}, 100).enough);
    CHECK(judge_open_files({8, 0, 320}, 328).enough);
}

TEST_CASE("hops have what connections leave, and a quarter at least")
{
    const auto all = judge_open_files({4096, 0, 904, 4096}, 13192);
    CHECK(all.hops == 4096);
    CHECK(all.connections == 4096);
    CHECK(all.arithmetic.empty());
    // As the unit allows it.
    const auto fewer = judge_open_files({4096, 0, 904, 4096}, 8192);
    CHECK(fewer.hops == 1596);
    CHECK(fewer.connections == 4096);
    CHECK(fewer.arithmetic.empty());
    const auto few = judge_open_files({4096, 0, 904, 8192}, 1024);
    CHECK(few.enough);
    CHECK(few.hops == 15);
    CHECK(few.connections == 90);
    CHECK(few.arithmetic ==
          "4096 connections (limits.connections) + 30 for players at other nodes (fleet) + 904 "
          "other files = 5030, but this process may open 1024 (ulimit -Hn, LimitNOFILE)");
    CHECK_FALSE(judge_open_files({4096, 0, 904, 8192}, 910).enough);
}

TEST_CASE("ports of sessions and rooms have sockets of their own")
{
    using netplay_relay::daemon::port_sockets;
    netplay_relay::lobby::Policy policy;
    CHECK(port_sockets(policy, 2) == 0);
    policy.join_ports = {50000, 50099};
    CHECK(port_sockets(policy, 2) == 200);
    policy.legacy_ports.range = {51000, 51009};
    CHECK(port_sockets(policy, 2) == 220);
    // Nobody takes more ports than there can be sessions and rooms.
    policy.limits.sessions = 8;
    policy.rooms.rooms = 2;
    CHECK(port_sockets(policy, 1) == 20);
    const auto files = judge_open_files({100, 220, 20}, 300);
    CHECK(files.connections == 60);
    CHECK(files.arithmetic ==
          "100 connections (limits.connections) + 220 sockets (join_ports, legacy_ports) + 20 "
          "other files = 340, but this process may open 300 (ulimit -Hn, LimitNOFILE)");
}
