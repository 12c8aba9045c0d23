#include "worker/outbox.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"
#include "support/test_io.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

TEST_CASE("an outbox writes what it kept, in order, and is empty then")
{
    const SocketPair pair = make_socket_pair();
    worker::Outbox outbox;
    outbox.keep(bytes_of("first "));
    outbox.keep(bytes_of("second"));
    CHECK(outbox.size() == 12);
    CHECK(outbox.flush(test_io, pair.ours.value()).state == net::IoState::moved);
    CHECK(outbox.empty());
    CHECK(read_all(pair.theirs) == "first second");
}

TEST_CASE("an outbox goes on where a full socket stopped it")
{
    const SocketPair pair = make_socket_pair();
    std::string expected = fill(pair.ours);
    worker::Outbox outbox;
    const std::string kept(300000, 'k');
    outbox.keep(bytes_of(kept));
    expected += kept;
    std::string seen;
    int rounds = 0;
    for (; !outbox.empty(); ++rounds) {
        REQUIRE(rounds < 1000);
        const auto flushed = outbox.flush(test_io, pair.ours.value());
        REQUIRE(flushed.state != net::IoState::failed);
        if (rounds == 0) CHECK(flushed.state == net::IoState::blocked);
        if (rounds == 1) { // more comes while some is still kept
            outbox.keep(bytes_of("tail"));
            expected += "tail";
        }
        seen += read_all(pair.theirs);
    }
    seen += read_all(pair.theirs);
    CHECK(rounds > 1);
    CHECK(seen == expected);
}

TEST_CASE("an outbox tells when the peer is gone")
{
    SocketPair pair = make_socket_pair();
    pair.theirs = net::UniqueFd();
    worker::Outbox outbox;
    outbox.keep(bytes_of("too late"));
    CHECK(outbox.flush(test_io, pair.ours.value()).state == net::IoState::failed);
}
