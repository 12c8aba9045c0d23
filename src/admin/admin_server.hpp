// Answers GET /status for the operator, without ever keeping the players waiting.
#pragma once

#include "admin/status_json.hpp"
#include "net/quiet_time.hpp"
#include "net/tcp.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::admin {

class AdminServer
{
public:
    // All of these must outlive the server.
    AdminServer(boost::asio::io_context& io, const net::Engine& engine,
                const net::ProcessState& process);
    AdminServer(AdminServer&&) = delete;

    // Answers on this listening socket from now on.
    void serve(net::UniqueFd listening);
    void stop();

private:
    using Acceptor = boost::asio::ip::tcp::acceptor;
    using Socket = boost::asio::ip::tcp::socket;

    boost::asio::awaitable<void> accept_loop(Acceptor& acceptor);
    boost::asio::awaitable<void> answer(Socket socket);
    boost::asio::awaitable<std::string> status_text();
    void spawn(boost::asio::awaitable<void> task, const char* name);
    void warn_of_accepting(const boost::system::error_code& error);

    boost::asio::io_context& io_;
    const net::Engine& engine_;
    const net::ProcessState& process_;
    net::QuietTime<std::chrono::steady_clock::time_point> quiet_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
};

} // namespace netplay_relay::admin
