// Who has come beyond what its address may have at this worker, while the process may have room for
// it: it is taken in when that has been shared out anew, a moment later.
#pragma once

#include "lobby/limits.hpp"
#include "net/tcp.hpp"
#include "wire/address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>

namespace netplay_relay::net {

// So many wait, and none of them longer: then it is taken in as it is, and refused.
inline constexpr std::size_t newcomers_max = 64;
inline constexpr std::chrono::milliseconds newcomer_waits{250};

class Newcomers
{
public:
    struct One
    {
        UniqueFd socket;
        wire::Endpoint peer;
        lobby::ListenerProfile profile;
        std::chrono::steady_clock::time_point since{};
    };
    using Waits = std::function<bool(const wire::Address&, bool asks)>;
    using Take = std::function<void(One)>;

    // `waits`: whether one of this address had better wait; with `asks` the process is to share out
    // anew.
    Newcomers(boost::asio::io_context& io, Waits waits, Take take);

    void take(One one); // now, or soon
    // There may be room for some.
    void look_again();
    void take_all();
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

private:
    void wake();

    Waits waits_;
    Take take_;
    std::deque<One> waiting_; // oldest first
    boost::asio::steady_timer timer_;
};

} // namespace netplay_relay::net
