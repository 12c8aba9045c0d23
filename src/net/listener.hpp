// One listening socket: hands every connection to the engine.
#pragma once

#include "net/engine.hpp"
#include "net/quiet_time.hpp"
#include "net/tcp.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace netplay_relay::net {

class Listener final : private Acceptor
{
public:
    // `io` and `engine` must outlive the listener.
    // Connections are told to have come through `profile`.
    Listener(boost::asio::io_context& io, Engine& engine, UniqueFd socket,
             const lobby::ListenerProfile& profile = {});
    ~Listener() override { stop(); }
    Listener(Listener&&) = delete;

    [[nodiscard]] wire::Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int socket() const { return socket_.value(); }
    void stop();

private:
    void accept_some() override;
    void watch();
    void pause(int because_of);
    void warn(int error);

    Engine& engine_;
    wire::Endpoint endpoint_;
    lobby::ListenerProfile profile_;
    UniqueFd socket_; // not open: it has stopped
    boost::asio::steady_timer pause_;
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
