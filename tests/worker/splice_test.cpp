#include "worker/splice.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"
#include "support/test_io.hpp"

#include <cerrno>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using worker::SpliceState;

namespace {

const lobby::Instant some_time{std::chrono::seconds(7)};

// A link in the middle: what the guest and the host hold are the far ends.
struct Link
{
    SocketPair guest_sockets = make_socket_pair();
    SocketPair host_sockets = make_socket_pair();
    worker::Connection guest{{1}, guest_sockets.ours.value(), {}};
    worker::Connection host{{2}, host_sockets.ours.value(), {}};
    worker::ScratchMemory scratch{8192};

    net::UniqueFd& far_guest() { return guest_sockets.theirs; }
    net::UniqueFd& far_host() { return host_sockets.theirs; }

    worker::SpliceResult to_host(bool until_empty = false)
    {
        return worker::pump(test_io, guest, host, scratch.all(), until_empty, some_time);
    }
};

} // namespace

TEST_CASE("a pump moves bytes one way and counts them")
{
    Link link;
    write_all(link.far_guest(), "one frame");
    CHECK(link.to_host().state == SpliceState::going);
    CHECK(read_all(link.far_host()) == "one frame");
    CHECK(link.guest.received == 9);
    CHECK(link.guest.last_byte == some_time);
    CHECK(link.host.received == 0);
    CHECK(link.host.outbox.empty());
}

TEST_CASE("a pump with nothing to read does nothing")
{
    Link link;
    CHECK(link.to_host().state == SpliceState::going);
    CHECK(link.guest.received == 0);
    CHECK(link.guest.last_byte == lobby::Instant{});
}

TEST_CASE("a source that always has more gives way after its turn, and loses nothing")
{
    Link link;
    const std::string sent = fill(link.far_guest());
    REQUIRE(sent.size() > 16 * 8192);
    std::string seen;
    worker::SpliceResult result = link.to_host();
    CHECK(result.state == SpliceState::more);
    for (int turns = 0; seen.size() < sent.size(); ++turns) {
        REQUIRE(turns < 1000);
        seen += read_all(link.far_host());
        if (!link.host.outbox.empty())
            REQUIRE(worker::drain(test_io, link.host).state == SpliceState::more);
        result = link.to_host(true);
        REQUIRE((result.state == SpliceState::going || result.state == SpliceState::more));
    }
    CHECK(seen == sent);
}

TEST_CASE("a slow target makes us keep one read at the most, and read no more")
{
    Link link;
    const std::string before = fill(link.host_sockets.ours);
    const std::string sent = fill(link.far_guest());
    CHECK(link.to_host(true).state == SpliceState::going);
    CHECK(link.host.outbox.size() > 0);
    CHECK(link.host.outbox.size() <= link.scratch.size());
    const auto received = link.guest.received;
    CHECK(link.to_host(true).state == SpliceState::going);
    CHECK(link.guest.received == received);

    std::string seen;
    for (int turns = 0; seen.size() < before.size() + sent.size(); ++turns) {
        REQUIRE(turns < 1000);
        seen += read_all(link.far_host());
        const auto drained = worker::drain(test_io, link.host);
        REQUIRE(drained.state != SpliceState::target_failed);
        if (drained.state == SpliceState::more) (void)link.to_host(true);
        REQUIRE(link.host.outbox.size() <= link.scratch.size());
    }
    CHECK(seen == before + sent);
}

TEST_CASE("the end of one stream is a half-close for the other, and the way back stays open")
{
    Link link;
    write_all(link.far_guest(), "last words");
    net::finish_writing(link.far_guest().value());
    CHECK(link.to_host(true).state == SpliceState::source_finished);
    net::IoState state{};
    CHECK(read_all(link.far_host(), state) == "last words");
    CHECK(state == net::IoState::finished);
    CHECK_FALSE(worker::is_over(link.guest, link.host));

    write_all(link.far_host(), "answer");
    CHECK(
        worker::pump(test_io, link.host, link.guest, link.scratch.all(), false, some_time).state ==
        SpliceState::going);
    CHECK(read_all(link.far_guest()) == "answer");
    net::finish_writing(link.far_host().value());
    CHECK(
        worker::pump(test_io, link.host, link.guest, link.scratch.all(), false, some_time).state ==
        SpliceState::source_finished);
    CHECK(worker::is_over(link.guest, link.host));
    CHECK(link.to_host(true).state == SpliceState::going);
}

TEST_CASE("the end waits behind what a slow target has not taken yet")
{
    Link link;
    const std::string before = fill(link.host_sockets.ours);
    write_all(link.far_guest(), "kept");
    net::finish_writing(link.far_guest().value());
    CHECK(link.to_host(true).state == SpliceState::going);
    CHECK_FALSE(link.guest.finished_reading);
    CHECK(read_all(link.far_host()) == before);
    CHECK(worker::drain(test_io, link.host).state == SpliceState::more);
    CHECK(link.to_host(true).state == SpliceState::source_finished);
    net::IoState state{};
    CHECK(read_all(link.far_host(), state) == "kept");
    CHECK(state == net::IoState::finished);
}

TEST_CASE("a target that is gone is told from a source that is gone")
{
    Link link;
    write_all(link.far_guest(), "to nobody");
    link.far_host() = net::UniqueFd();
    const auto result = link.to_host();
    CHECK(result.state == SpliceState::target_failed);
    CHECK(result.error == EPIPE);
}
