#include "daemon/open_files.hpp"

#include "support/catch.hpp"

using netplay_relay::daemon::judge_open_files;

TEST_CASE("enough files: nothing to say")
{
    const auto files = judge_open_files(4096, 320, 20000);
    CHECK(files.enough);
    CHECK(files.connections == 4096);
    CHECK(files.arithmetic.empty());
}

TEST_CASE("exactly enough is enough, one less is not")
{
    CHECK(judge_open_files(100, 20, 120).arithmetic.empty());
    const auto files = judge_open_files(100, 20, 119);
    CHECK(files.enough);
    CHECK(files.connections == 99);
    CHECK(files.arithmetic ==
          "100 connections (limits.connections) + 20 other files = 120, but this "
          "process may open 119 (ulimit -Hn, LimitNOFILE)");
}

TEST_CASE("too few to be of any use is refused")
{
    CHECK_FALSE(judge_open_files(4096, 320, 330).enough);
    CHECK_FALSE(judge_open_files(4096, 320, 100).enough);
    CHECK(judge_open_files(8, 320, 328).enough);
}
