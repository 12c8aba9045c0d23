#include "worker/send_queue.hpp"

#include "support/catch.hpp"
#include "support/socket_pair.hpp"
#include "support/test_io.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

constexpr std::size_t plenty = 1U << 30U;

room::SharedState state_of(const std::string& text)
{
    return std::make_shared<const std::vector<std::uint8_t>>(bytes_of(text));
}

} // namespace

TEST_CASE("messages go out in the order they came, states among them")
{
    const SocketPair pair = make_socket_pair();
    worker::SendQueue queue;
    queue.push(bytes_of("one "));
    queue.push(state_of("state "));
    queue.push(bytes_of("two "));
    queue.push(bytes_of("three"));
    CHECK(queue.size() == 19);
    CHECK(queue.backlog() == 13);
    CHECK(queue.states() == 1);
    CHECK(queue.flush(test_io, pair.ours.value(), plenty).state == net::IoState::moved);
    CHECK(queue.empty());
    CHECK(queue.size() == 0);
    CHECK(queue.backlog() == 0);
    CHECK(queue.states() == 0);
    CHECK(read_all(pair.theirs) == "one state two three");
}

TEST_CASE("nothing makes no message")
{
    worker::SendQueue queue;
    queue.push(std::vector<std::uint8_t>{});
    queue.push(room::SharedState{});
    queue.push(state_of(""));
    CHECK(queue.empty());
    CHECK(queue.states() == 0);
}

TEST_CASE("no more than the budget goes out at a time")
{
    const SocketPair pair = make_socket_pair();
    worker::SendQueue queue;
    queue.push(bytes_of("one"));
    queue.push(state_of("a long state"));
    queue.push(bytes_of("two"));
    CHECK(queue.flush(test_io, pair.ours.value(), 5).state == net::IoState::moved);
    CHECK(read_all(pair.theirs) == "onea ");
    CHECK(queue.backlog() == 3);
    CHECK(queue.states() == 1);
    CHECK(queue.flush(test_io, pair.ours.value(), 10).state == net::IoState::moved);
    CHECK(read_all(pair.theirs) == "long state");
    CHECK(queue.states() == 0);
    CHECK(queue.flush(test_io, pair.ours.value(), 3).state == net::IoState::moved);
    CHECK(queue.empty());
    CHECK(read_all(pair.theirs) == "two");
}

TEST_CASE("bytes that come while some are half sent go behind them")
{
    const SocketPair pair = make_socket_pair();
    worker::SendQueue queue;
    queue.push(bytes_of("half sent"));
    CHECK(queue.flush(test_io, pair.ours.value(), 4).state == net::IoState::moved);
    queue.push(bytes_of(" and more"));
    queue.push(bytes_of(std::string(5000, 'x'))); // too long for one piece with the others
    CHECK(queue.backlog() == 5 + 9 + 5000);
    while (!queue.empty())
        REQUIRE(queue.flush(test_io, pair.ours.value(), 100).state == net::IoState::moved);
    CHECK(read_all(pair.theirs) == "half sent and more" + std::string(5000, 'x'));
}

TEST_CASE("one state is shared by all who get it, each at its own place in it")
{
    const SocketPair fast = make_socket_pair();
    const SocketPair slow = make_socket_pair();
    const std::string text(1U << 20U, 's');
    const room::SharedState state = state_of(text);
    worker::SendQueue to_fast;
    worker::SendQueue to_slow;
    to_fast.push(state);
    to_slow.push(state);
    CHECK(state.use_count() == 3);
    std::string heard;
    for (int rounds = 0; !to_fast.empty(); ++rounds) {
        REQUIRE(rounds < 10000);
        (void)to_fast.flush(test_io, fast.ours.value(), plenty);
        heard += read_all(fast.theirs);
    }
    heard += read_all(fast.theirs);
    CHECK(heard == text);
    CHECK(state.use_count() == 2);
    CHECK(to_slow.flush(test_io, slow.ours.value(), plenty).state == net::IoState::blocked);
    CHECK(to_slow.states() == 1);
    CHECK(to_slow.backlog() == 0); // states do not count as bytes that are late
    CHECK(to_slow.size() < text.size());
    CHECK(to_slow.size() + read_all(slow.theirs).size() == text.size());
}

TEST_CASE("pending output is all that is left, or nothing")
{
    const SocketPair pair = make_socket_pair();
    worker::SendQueue queue;
    CHECK(queue.pending_output(100).empty());
    queue.push(bytes_of("sent and "));
    CHECK(queue.flush(test_io, pair.ours.value(), 5).state == net::IoState::moved);
    queue.push(state_of("kept"));
    queue.push(bytes_of(" for you"));
    CHECK(queue.pending_output(16) == bytes_of("and kept for you"));
    CHECK(queue.pending_output(15).empty());
    CHECK(queue.size() == 16); // asking takes nothing
}

TEST_CASE("a queue tells when the member is gone")
{
    SocketPair pair = make_socket_pair();
    pair.theirs = net::UniqueFd();
    worker::SendQueue queue;
    queue.push(bytes_of("too late"));
    CHECK(queue.flush(test_io, pair.ours.value(), plenty).state == net::IoState::failed);
}
