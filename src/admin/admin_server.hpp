// The HTTP server of the operator, and that of the public page: it leads each request to its route,
// without ever keeping the players waiting, and lets nobody take its connections for long.
#pragma once

#include "admin/http.hpp"
#include "admin/open_connections.hpp"
#include "admin/visitors.hpp"
#include "net/quiet_time.hpp"
#include "net/tcp.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::admin {

// So many connections are served at a time, and so many of them are streams. For one more the one
// goes that has taken longest to say what it wants.
inline constexpr std::size_t open_max = 32;
inline constexpr std::size_t streams_max = 16;

struct ServerSettings
{
    std::string_view key = "admin.listen"; // of the configuration, for the log
    std::size_t connections = open_max;
    std::size_t streams = streams_max;
    // Whatever is in Host is answered, and what each address may have is limited.
    bool for_strangers = false;
    // So many are accepted in a second on each socket, and at once as many as a page asks for:
    // whoever floods us waits in the kernel, where it costs the games nothing.
    double accepted_per_second = 250;
    double accepted_at_once = 64;
};

class AdminServer
{
public:
    using Names = std::function<std::vector<std::string>()>;

    // `io` must outlive the server.
    explicit AdminServer(boost::asio::io_context& io, ServerSettings settings = {});
    AdminServer(AdminServer&&) = delete;

    // Before it serves. No two have the same method and path.
    void add(Route route);
    void add(std::vector<Route> routes);

    // Who knows it may control the relay. Empty: nobody, but for the owner of a local socket.
    void set_token(std::string token) { token_ = std::move(token); }

    // Names of this machine that are asked for now, beside its addresses (host_check.hpp).
    void set_names(Names names) { names_ = std::move(names); }

    // Of a server for strangers: false if all of them come by a proxy, which has limits of its own.
    void limit_addresses(bool limit) { limits_addresses_ = limit; }

    // Answers on this listening socket from now on; a local one is a Unix socket.
    void serve(net::UniqueFd listening);
    void serve_local(net::UniqueFd listening);
    void stop();

private:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;

    struct Arrival // what is known of a connection before it has said anything
    {
        std::string who;
        wire::Address address;
        bool by_loopback = false;
        bool is_owner = false; // of the local socket
        bool is_local = false;
    };

    template <class Protocol>
    boost::asio::awaitable<void> accept_loop(typename Protocol::acceptor& acceptor);
    [[nodiscard]] static Arrival arrival_of(const Tcp::socket& socket);
    [[nodiscard]] static Arrival arrival_of(const Local::socket& socket);
    [[nodiscard]] bool make_room(const Arrival& arrival);
    [[nodiscard]] bool limits_addresses() const
    {
        return settings_.for_strangers && limits_addresses_;
    }
    boost::asio::awaitable<void> answer(Stream stream, Arrival arrival);
    static boost::asio::awaitable<void> write(Stream& stream, Response& response);
    [[nodiscard]] std::optional<Response> refusal_of(const boost::system::error_code& error,
                                                     const Request& request,
                                                     const Arrival& arrival) const;
    [[nodiscard]] const Route* route_of(const Request& request) const;
    [[nodiscard]] Response without_route(const Request& request) const;
    [[nodiscard]] Response without_path(const Request& request) const;
    [[nodiscard]] Caller caller_of(const Request& request, const Arrival& arrival) const;
    [[nodiscard]] Response without_control(const Request& request, const Caller& caller,
                                           const Arrival& arrival);
    void spawn(boost::asio::awaitable<void> task, const char* name);
    void warn_of_accepting(const boost::system::error_code& error);

    boost::asio::io_context& io_;
    ServerSettings settings_;
    bool limits_addresses_ = true;
    std::vector<Route> routes_;
    std::string token_;
    Names names_;
    net::QuietTime<std::chrono::steady_clock::time_point> quiet_;
    net::QuietTime<std::chrono::steady_clock::time_point> token_quiet_;
    std::vector<std::unique_ptr<Tcp::acceptor>> acceptors_;
    std::vector<std::unique_ptr<Local::acceptor>> local_acceptors_;
    std::shared_ptr<OpenConnections> open_;   // with the connections, which may outlive the server
    std::shared_ptr<OpenConnections> owners_; // by local sockets: nobody else takes their places
};

} // namespace netplay_relay::admin
