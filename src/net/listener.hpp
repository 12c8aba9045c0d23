// One listening socket: hands every connection to the engine.
#pragma once

#include "net/engine.hpp"
#include "net/quiet_time.hpp"
#include "net/tcp.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace netplay_relay::net {

class Listener
{
public:
    // `io` and `engine` must outlive the listener.
    // Connections are told to have come through `profile`.
    Listener(boost::asio::io_context& io, Engine& engine, UniqueFd socket,
             const lobby::ListenerProfile& profile = {});
    Listener(Listener&&) = delete;

    [[nodiscard]] wire::Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int socket() { return socket_.native_handle(); }
    void stop();

private:
    void wait();
    void accept_some();
    void pause();
    void warn(int error);

    Engine& engine_;
    wire::Endpoint endpoint_;
    lobby::ListenerProfile profile_;
    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer pause_;
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
