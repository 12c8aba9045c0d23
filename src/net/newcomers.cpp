#include "net/newcomers.hpp"

#include <utility>

namespace netplay_relay::net {

Newcomers::Newcomers(boost::asio::io_context& io, Waits waits, Take take)
    : waits_(std::move(waits)), take_(std::move(take)), timer_(io)
{
}

void Newcomers::take(One one)
{
    if (waiting_.size() >= newcomers_max || !waits_(one.peer.address, true))
        return take_(std::move(one));
    one.since = std::chrono::steady_clock::now();
    waiting_.push_back(std::move(one));
    if (waiting_.size() == 1) wake();
}

// Of one address those who came first are first. More is asked for only while that helps: all
// workers stand still for it.
void Newcomers::look_again()
{
    const auto long_ago = std::chrono::steady_clock::now() - newcomer_waits;
    std::deque<One> before = std::exchange(waiting_, {});
    bool has_helped = false;
    for (One& one : before) {
        const bool is_in_time = one.since > long_ago;
        if (is_in_time && waits_(one.peer.address, false)) {
            waiting_.push_back(std::move(one));
            continue;
        }
        has_helped |= is_in_time;
        take_(std::move(one));
    }
    if (has_helped)
        for (const One& one : waiting_)
            (void)waits_(one.peer.address, true);
    if (!waiting_.empty()) wake();
}

void Newcomers::take_all()
{
    std::deque<One> before = std::exchange(waiting_, {});
    for (One& one : before)
        take_(std::move(one));
}

void Newcomers::wake()
{
    timer_.expires_at(waiting_.front().since + newcomer_waits);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look_again();
    });
}

} // namespace netplay_relay::net
