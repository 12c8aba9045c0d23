#include "net/listener.hpp"

#include "net/listen_problem.hpp"

#include <cerrno>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// A flood of newcomers must not keep those who play waiting.
constexpr int accepts_at_once = 16;
// When files or memory run out, trying at once again would spin.
constexpr std::chrono::milliseconds pause_time{100};

} // namespace

Listener::Listener(boost::asio::io_context& io, Engine& engine, UniqueFd socket,
                   const lobby::ListenerProfile& profile)
    : engine_(engine), endpoint_(local_endpoint(socket.value())), profile_(profile),
      socket_(std::move(socket)), pause_(io)
{
    watch();
}

void Listener::stop()
{
    if (!socket_.is_open()) return;
    engine_.poller().forget(socket_.value(), *this);
    socket_ = {};
    pause_.cancel();
}

void Listener::watch()
{
    const int error = engine_.poller().watch(socket_.value(), *this);
    if (error != 0) pause(error);
}

void Listener::accept_some()
{
    // A newcomer may be what closes this listener.
    for (int count = 0; count < accepts_at_once && socket_.is_open(); ++count) {
        Accepted accepted = accept_now(socket_.value());
        if (accepted.socket.is_open()) {
            engine_.take(std::move(accepted.socket), accepted.peer, profile_);
            continue;
        }
        if (is_of_one_connection(accepted.error)) continue;
        if (accepted.error == EAGAIN || accepted.error == EWOULDBLOCK) return;
        engine_.poller().forget(socket_.value(), *this);
        return pause(accepted.error);
    }
}

void Listener::warn(int error)
{
    if (!quiet_.may_warn(std::chrono::steady_clock::now())) return;
    spdlog::warn("accept_paused listen={} error=\"{}\"", wire::to_text(endpoint_),
                 listen_problem(endpoint_, Transport::tcp, error));
}

void Listener::pause(int because_of)
{
    warn(because_of);
    pause_.expires_after(pause_time);
    pause_.async_wait([this](const boost::system::error_code& error) {
        if (!error && socket_.is_open()) watch();
    });
}

} // namespace netplay_relay::net
