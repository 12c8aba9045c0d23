#include "net/newcomers.hpp"

#include "support/catch.hpp"

#include <unistd.h>
#include <vector>

using namespace netplay_relay;
using namespace netplay_relay::net;

namespace {

struct Entrance
{
    boost::asio::io_context io;
    bool is_short = true;
    int asked = 0;                    // for more
    std::vector<std::uint16_t> taken; // ports
    Newcomers newcomers{io,
                        [this](const wire::Address&, bool asks) {
                            asked += asks ? 1 : 0;
                            return is_short;
                        },
                        [this](Newcomers::One one) { taken.push_back(one.peer.port); }};

    void comes(std::uint16_t port)
    {
        newcomers.take({UniqueFd(dup(STDERR_FILENO)), {{}, port}, {}});
    }
};

} // namespace

TEST_CASE("a newcomer is taken in at once, unless it had better wait")
{
    Entrance entrance;
    entrance.is_short = false;
    entrance.comes(1);
    CHECK(entrance.taken == std::vector<std::uint16_t>{1});
    entrance.is_short = true;
    entrance.comes(2);
    entrance.comes(3);
    entrance.newcomers.look_again();
    CHECK(entrance.taken.size() == 1);
    CHECK(entrance.newcomers.size() == 2);
    entrance.is_short = false;
    entrance.newcomers.look_again();
    CHECK(entrance.taken == std::vector<std::uint16_t>{1, 2, 3});
    CHECK(entrance.newcomers.size() == 0);
}

TEST_CASE("nobody waits for ever, nor more than there may be, nor at the end")
{
    Entrance entrance;
    entrance.comes(1);
    entrance.io.run(); // until nothing is left to wait for
    CHECK(entrance.taken == std::vector<std::uint16_t>{1});
    for (std::uint16_t port = 0; port <= newcomers_max; ++port)
        entrance.comes(port);
    CHECK(entrance.newcomers.size() == newcomers_max);
    CHECK(entrance.taken.back() == newcomers_max);
    entrance.newcomers.take_all();
    CHECK(entrance.taken.size() == newcomers_max + 2);
}

TEST_CASE("all workers stand still for more only while that has helped somebody")
{
    Entrance entrance;
    for (std::uint16_t port = 1; port <= 3; ++port)
        entrance.comes(port);
    CHECK(entrance.asked == 3);
    entrance.newcomers.look_again();
    CHECK(entrance.asked == 3);
}
