#include "admin/admin_server.hpp"

#include "admin/host_check.hpp"
#include "base/allowance.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t header_bytes_max = 8192;
constexpr std::uint64_t request_bytes_max = 16384;
constexpr std::chrono::seconds request_time{5};
constexpr std::chrono::seconds response_time{20};
constexpr std::chrono::milliseconds accept_pause{100};

using Parser = http::request_parser<http::string_body>;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// The token of "Bearer TOKEN"; empty if there is none.
std::string_view token_in(const Request& request)
{
    constexpr std::string_view scheme = "bearer ";
    const std::string_view field = view(request[http::field::authorization]);
    if (field.size() <= scheme.size() ||
        !beast::iequals({field.data(), scheme.size()}, {scheme.data(), scheme.size()}))
        return {};
    return field.substr(scheme.size());
}

// Takes as long whatever the difference is.
bool is_same(std::string_view one, std::string_view other)
{
    return !one.empty() && one.size() == other.size() &&
           CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

asio::ip::address plain(asio::ip::address address)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

wire::Address wire_address(const asio::ip::address& address)
{
    const asio::ip::address_v6 as_v6 =
        address.is_v6() ? address.to_v6()
                        : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
    return {as_v6.to_bytes()};
}

} // namespace

AdminServer::AdminServer(asio::io_context& io, ServerSettings settings)
    : io_(io), settings_(settings), open_(std::make_shared<OpenConnections>()),
      owners_(std::make_shared<OpenConnections>())
{
}

void AdminServer::add(Route route) { routes_.push_back(std::move(route)); }

void AdminServer::add(std::vector<Route> routes)
{
    for (Route& route : routes)
        add(std::move(route));
}

void AdminServer::serve(net::UniqueFd listening)
{
    const bool ipv4 = net::local_endpoint(listening.value()).address.is_ipv4();
    const auto protocol = ipv4 ? Tcp::v4() : Tcp::v6();
    acceptors_.push_back(std::make_unique<Tcp::acceptor>(io_, protocol, listening.release()));
    spawn(accept_loop<Tcp>(*acceptors_.back()), "accept");
}

void AdminServer::serve_local(net::UniqueFd listening)
{
    local_acceptors_.push_back(
        std::make_unique<Local::acceptor>(io_, Local{}, listening.release()));
    spawn(accept_loop<Local>(*local_acceptors_.back()), "accept_local");
}

void AdminServer::stop()
{
    beast::error_code ignored;
    for (const auto& acceptor : acceptors_)
        acceptor->close(ignored);
    for (const auto& acceptor : local_acceptors_)
        acceptor->close(ignored);
}

void AdminServer::spawn(asio::awaitable<void> task, const char* name)
{
    asio::co_spawn(io_, std::move(task), [name](const std::exception_ptr& failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            spdlog::error("admin_failed task={} error=\"{}\"", name, error.what());
        }
    });
}

template <class Protocol>
asio::awaitable<void> AdminServer::accept_loop(typename Protocol::acceptor& acceptor)
{
    asio::steady_timer pause(io_);
    Allowance pace(settings_.accepted_per_second, settings_.accepted_at_once);
    while (acceptor.is_open()) {
        const Instant now(std::chrono::steady_clock::now().time_since_epoch());
        if (!pace.spend(now)) {
            pause.expires_after(pace.next(now) - now);
            (void)co_await pause.async_wait(as_values);
            continue;
        }
        auto [error, socket] = co_await acceptor.async_accept(as_values);
        if (error == asio::error::operation_aborted) break;
        if (error) {
            warn_of_accepting(error);
            pause.expires_after(accept_pause);
            (void)co_await pause.async_wait(as_values);
            continue;
        }
        Arrival arrival = arrival_of(socket);
        if (!make_room(arrival)) continue;
        Stream stream(asio::generic::stream_protocol::socket(std::move(socket)));
        spawn(answer(std::move(stream), std::move(arrival)), "answer");
    }
}

AdminServer::Arrival AdminServer::arrival_of(const Tcp::socket& socket)
{
    beast::error_code error;
    Arrival arrival;
    arrival.by_loopback = plain(socket.local_endpoint(error).address()).is_loopback() && !error;
    const auto peer = socket.remote_endpoint(error);
    arrival.address = wire_address(peer.address());
    arrival.who = plain(peer.address()).to_string() + " port " + std::to_string(peer.port());
    return arrival;
}

AdminServer::Arrival AdminServer::arrival_of(const Local::socket& socket)
{
    Arrival arrival;
    arrival.is_local = true;
    ucred peer{};
    socklen_t size = sizeof peer;
    // Asio's own wrapper has no word for it.
    const int failed = ::getsockopt(const_cast<Local::socket&>(socket).native_handle(), SOL_SOCKET,
                                    SO_PEERCRED, &peer, &size);
    if (failed != 0) return arrival;
    arrival.who = "uid " + std::to_string(peer.uid);
    arrival.is_owner = peer.uid == 0 || peer.uid == ::geteuid();
    return arrival;
}

// For one more connection; false if there is no room, and nobody who can be asked to go.
bool AdminServer::make_room(const Arrival& arrival)
{
    if (arrival.is_local)
        return owners_->size() < settings_.connections || owners_->make_room(nullptr);
    if (limits_addresses()) {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        if (!open_->visitors.knock(arrival.address, Instant(now))) return false;
        const wire::Address prefix = wire::client_prefix(arrival.address);
        if (open_->visitors.has_all(prefix)) return open_->make_room(&prefix);
    }
    return open_->size() < settings_.connections || open_->make_room(nullptr);
}

void AdminServer::warn_of_accepting(const beast::error_code& error)
{
    if (error == asio::error::connection_aborted) return;
    if (!quiet_.may_warn(std::chrono::steady_clock::now())) return;
    spdlog::warn("admin_accept_paused key={} error=\"{}\"", settings_.key, error.message());
}

asio::awaitable<void> AdminServer::answer(Stream stream, Arrival arrival)
{
    using Doing = OpenConnections::Doing;
    OpenConnections::Connection connection(arrival.is_local ? owners_ : open_, stream,
                                           arrival.address,
                                           limits_addresses() && !arrival.is_local);
    beast::flat_buffer buffer(header_bytes_max + request_bytes_max);
    Parser parser;
    parser.header_limit(header_bytes_max);
    parser.body_limit(request_bytes_max);
    stream.expires_after(request_time);
    auto [error, bytes] = co_await http::async_read(stream, buffer, parser, as_values);
    connection.begins(Doing::waits);
    const bool is_gone = error == http::error::end_of_stream || error == beast::error::timeout ||
                         error == asio::error::operation_aborted;
    if (is_gone) co_return;
    const Request request = parser.release();
    std::optional<Response> refusal = refusal_of(error, request, arrival);
    const Route* route = refusal ? nullptr : route_of(request);
    const Caller caller = caller_of(request, arrival);
    if (!refusal && route == nullptr) refusal = without_route(request);
    if (!refusal && route->needs_control && !caller.may_control)
        refusal = without_control(request, caller, arrival);
    if (!refusal && route->takes &&
        !connection.begin_stream(settings_.streams, !settings_.for_strangers))
        refusal = respond_fault(request, http::status::service_unavailable,
                                "so many streams are open that there is no room for another");
    if (!refusal && route->takes) {
        stream.expires_never();
        co_await route->takes(stream, request, caller);
        co_return;
    }
    if (!refusal) {
        Response made = co_await route->answer(request, caller);
        refusal = std::move(made);
    }
    if (request.method() == http::verb::head) refusal->body().clear();
    stream.expires_after(response_time);
    connection.begins(Doing::writes);
    co_await write(stream, *refusal);
    beast::error_code ignored;
    stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

asio::awaitable<void> AdminServer::write(Stream& stream, Response& response)
{
    if (response.body().size() <= written_at_a_time) {
        (void)co_await http::async_write(stream, response, as_values);
        co_return;
    }
    http::response_serializer<http::string_body> head(response);
    auto [error, bytes] = co_await http::async_write_header(stream, head, as_values);
    if (error) co_return;
    (void)co_await asio::async_write(stream, asio::buffer(response.body()), some_at_a_time,
                                     as_values);
}

// Nothing for a request that may go on to its route.
std::optional<Response> AdminServer::refusal_of(const beast::error_code& error,
                                                const Request& request,
                                                const Arrival& arrival) const
{
    constexpr unsigned http_1_1 = 11;
    Request plain = request;
    if (error) plain.version(http_1_1);
    if (error == http::error::header_limit)
        return respond_fault(plain, http::status::request_header_fields_too_large,
                             "header too large");
    if (error == http::error::body_limit)
        return respond_fault(plain, http::status::payload_too_large, "body too large");
    if (error) return respond_fault(plain, http::status::bad_request, "not an HTTP request");
    if (arrival.is_local || settings_.for_strangers) return std::nullopt;
    const std::vector<std::string> names = names_ ? names_() : std::vector<std::string>{};
    for (const auto& field : request) {
        if (field.name() != http::field::host) continue;
        const std::string_view host = view(field.value());
        if (arrival.by_loopback && !is_own_host(host))
            return respond_fault(request, http::status::forbidden,
                                 "on loopback only localhost and addresses are answered as Host");
        if (!arrival.by_loopback && !is_known_host(host, names))
            return respond_fault(request, http::status::forbidden,
                                 "this Host is no address, no name without dots and not the "
                                 "public_name");
    }
    return std::nullopt;
}

const Route* AdminServer::route_of(const Request& request) const
{
    const std::string_view path = path_of(request);
    const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
        const bool is_read =
            route.verb == http::verb::get && request.method() == http::verb::head && route.answer;
        return route.path == path && (route.verb == request.method() || is_read);
    });
    return found == routes_.end() ? nullptr : &*found;
}

Response AdminServer::without_route(const Request& request) const
{
    std::string allowed;
    for (const Route& route : routes_) {
        if (route.path != path_of(request)) continue;
        if (!allowed.empty()) allowed += ", ";
        allowed += view(http::to_string(route.verb));
        if (route.verb == http::verb::get && route.answer) allowed += ", HEAD";
    }
    if (allowed.empty()) return without_path(request);
    Response response = respond_fault(request, http::status::method_not_allowed, "use " + allowed);
    response.set(http::field::allow, allowed);
    return response;
}

Response AdminServer::without_path(const Request& request) const
{
    if (settings_.for_strangers)
        return respond_fault(request, http::status::not_found, "there is nothing at this path");
    std::vector<std::string> paths;
    for (const Route& route : routes_)
        paths.push_back(route.path);
    std::ranges::sort(paths);
    const auto rest = std::ranges::unique(paths);
    paths.erase(rest.begin(), rest.end());
    const nlohmann::ordered_json body{
        {"error", "there is nothing at this path; docs/openapi.json tells what there is"},
        {"paths", std::move(paths)}};
    return respond(request, http::status::not_found, body.dump() + "\n", "application/json");
}

Caller AdminServer::caller_of(const Request& request, const Arrival& arrival) const
{
    if (arrival.is_local) return {arrival.is_owner, arrival.who};
    const bool knows = is_same(token_, token_in(request));
    return {knows, (knows ? "token " : "") + arrival.who};
}

Response AdminServer::without_control(const Request& request, const Caller& caller,
                                      const Arrival& arrival)
{
    if (arrival.is_local)
        return respond_fault(request, http::status::forbidden,
                             "only root and the user that the relay runs as may do this here");
    if (token_.empty())
        return respond_fault(request, http::status::forbidden,
                             "nobody may do this here: no token is configured "
                             "(admin.token_file), and only the owner may by admin.socket");
    const bool is_wrong = !token_in(request).empty();
    if (is_wrong && token_quiet_.may_warn(std::chrono::steady_clock::now()))
        spdlog::warn("wrong_token peer=\"{}\"", caller.who);
    Response response =
        respond_fault(request, http::status::unauthorized,
                      is_wrong ? "the token is wrong" : "this needs the token of the operator");
    response.set(http::field::www_authenticate, "Bearer");
    return response;
}

} // namespace netplay_relay::admin
