#include "admin/admin_server.hpp"

#include "admin/host_check.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <spdlog/spdlog.h>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t open_max = 16;
constexpr std::uint32_t header_bytes_max = 8192;
constexpr std::uint64_t request_bytes_max = 1024;
constexpr std::chrono::seconds request_time{5};
constexpr std::chrono::seconds response_time{20};
constexpr std::chrono::milliseconds accept_pause{100};
// So many links are written before the players get their turn again.
constexpr std::size_t links_per_turn = 32;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

using Request = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

Response make_response(http::status status, std::string body, unsigned version)
{
    Response response{status, version};
    response.set(http::field::server, "netplay-relay");
    response.set(http::field::content_type, "application/json");
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(false);
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

Response make_fault(http::status status, const char* sentence, unsigned version)
{
    return make_response(status, nlohmann::json{{"error", sentence}}.dump() + "\n", version);
}

// Whoever has come by loopback may be a page of a foreign site in a browser of this machine.
bool came_by_loopback(const asio::ip::tcp::socket& socket)
{
    beast::error_code error;
    asio::ip::address here = socket.local_endpoint(error).address();
    if (here.is_v6() && here.to_v6().is_v4_mapped())
        here = asio::ip::make_address_v4(asio::ip::v4_mapped, here.to_v6());
    return !error && here.is_loopback();
}

// Nothing for a request that deserves the status.
std::optional<Response> refusal_of(const beast::error_code& error, const Request& request,
                                   bool check_host)
{
    constexpr unsigned http_1_1 = 11;
    if (error == http::error::header_limit)
        return make_fault(http::status::request_header_fields_too_large, "header too large",
                          http_1_1);
    if (error == http::error::body_limit)
        return make_fault(http::status::payload_too_large, "no body is needed here", http_1_1);
    if (error) return make_fault(http::status::bad_request, "not an HTTP request", http_1_1);
    const auto& message = request.get();
    if (check_host)
        for (const auto& field : message)
            if (field.name() == http::field::host && !is_own_host(field.value()))
                return make_fault(http::status::forbidden,
                                  "on loopback only localhost and addresses are answered as Host",
                                  message.version());
    const auto method = message.method();
    if (method != http::verb::get && method != http::verb::head) {
        Response response =
            make_fault(http::status::method_not_allowed, "use GET", message.version());
        response.set(http::field::allow, "GET, HEAD");
        return response;
    }
    const auto path = message.target().substr(0, message.target().find('?'));
    if (path != "/status" && path != "/")
        return make_fault(http::status::not_found, "there is only /status", message.version());
    return std::nullopt;
}

} // namespace

AdminServer::AdminServer(asio::io_context& io, const net::Engine& engine,
                         const net::ProcessState& process)
    : io_(io), engine_(engine), process_(process)
{
}

void AdminServer::serve(net::UniqueFd listening)
{
    const bool ipv4 = net::local_endpoint(listening.value()).address.is_ipv4();
    const auto protocol = ipv4 ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
    acceptors_.push_back(std::make_unique<Acceptor>(io_, protocol, listening.release()));
    spawn(accept_loop(*acceptors_.back()), "accept");
}

void AdminServer::stop()
{
    beast::error_code ignored;
    for (const auto& acceptor : acceptors_)
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

asio::awaitable<void> AdminServer::accept_loop(Acceptor& acceptor)
{
    asio::steady_timer pause(io_);
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(as_values);
        if (error == asio::error::operation_aborted) break;
        if (error) {
            warn_of_accepting(error);
            pause.expires_after(accept_pause);
            (void)co_await pause.async_wait(as_values);
            continue;
        }
        if (*open_ < open_max) spawn(answer(std::move(socket)), "answer");
    }
}

void AdminServer::warn_of_accepting(const beast::error_code& error)
{
    if (error == asio::error::connection_aborted) return;
    if (!quiet_.may_warn(std::chrono::steady_clock::now())) return;
    spdlog::warn("admin_accept_paused error=\"{}\"", error.message());
}

asio::awaitable<void> AdminServer::answer(Socket socket)
{
    struct Counted
    {
        explicit Counted(std::shared_ptr<std::size_t> open) : open_(std::move(open)) { ++*open_; }
        ~Counted() { --*open_; }
        Counted(const Counted&) = delete;
        std::shared_ptr<std::size_t> open_; // this coroutine may outlive the server
    };
    const Counted counted(open_);
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(header_bytes_max + request_bytes_max);
    Request request;
    request.header_limit(header_bytes_max);
    request.body_limit(request_bytes_max);
    stream.expires_after(request_time);
    auto [read_error, read_bytes] = co_await http::async_read(stream, buffer, request, as_values);
    if (read_error == http::error::end_of_stream || read_error == beast::error::timeout) co_return;

    std::optional<Response> response =
        refusal_of(read_error, request, came_by_loopback(stream.socket()));
    if (!response) {
        std::string text = co_await status_text();
        response = make_response(http::status::ok, std::move(text), request.get().version());
        if (request.get().method() == http::verb::head) response->body().clear();
    }
    stream.expires_after(response_time);
    (void)co_await http::async_write(stream, *response, as_values);
    beast::error_code ignored;
    stream.socket().shutdown(Socket::shutdown_send, ignored);
}

// Sessions and rooms are written a few links at a time: with thousands of them the whole text takes
// longer than a frame.
asio::awaitable<std::string> AdminServer::status_text()
{
    std::string text = status_head(engine_, process_).dump();
    text.pop_back(); // the closing brace
    text += ",\"sessions\":[";
    const std::vector<lobby::SessionKey> keys = engine_.lobby().session_keys();
    std::size_t links = 0;
    bool first = true;
    for (const lobby::SessionKey key : keys) {
        const auto session = engine_.lobby().look_at(key);
        if (!session) continue; // ended meanwhile
        if (!first) text += ',';
        first = false;
        text += session_json(engine_, *session).dump();
        links += 1 + session->links.size();
        if (links < links_per_turn) continue;
        links = 0;
        co_await asio::post(io_, asio::use_awaitable);
    }
    text += "],\"rooms\":[";
    first = true;
    for (const lobby::RoomSnapshot& room : engine_.lobby().look_at_rooms()) {
        if (!first) text += ',';
        first = false;
        // Nicks and names of cores come from outside and may be no UTF-8.
        text +=
            room_json(engine_, room).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        links += 1 + room.members.size();
        if (links < links_per_turn) continue;
        links = 0;
        co_await asio::post(io_, asio::use_awaitable);
    }
    text += "]}\n";
    co_return text;
}

} // namespace netplay_relay::admin
