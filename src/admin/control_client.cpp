#include "admin/control_client.hpp"

#include "text/text.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using Connection = beast::basic_stream<asio::generic::stream_protocol, asio::any_io_executor>;

constexpr std::chrono::seconds patience{10};
constexpr std::uint64_t answer_bytes_max = 32U << 20U;
constexpr unsigned http_1_1 = 11;

asio::awaitable<void> connect(Connection& stream, const ControlTarget& target)
{
    if (!target.socket.empty()) {
        const asio::local::stream_protocol::endpoint path(target.socket);
        const asio::generic::stream_protocol::endpoint there(path);
        co_await stream.async_connect(there, asio::use_awaitable);
        co_return;
    }
    asio::ip::tcp::resolver resolver(stream.get_executor());
    const auto found =
        co_await resolver.async_resolve(target.host, target.port, asio::use_awaitable);
    boost::system::error_code last = asio::error::host_not_found;
    for (const auto& one : found) {
        const asio::generic::stream_protocol::endpoint there(one.endpoint());
        try {
            co_await stream.async_connect(there, asio::use_awaitable);
            co_return;
        } catch (const boost::system::system_error& error) {
            last = error.code();
        }
        stream.close();
    }
    throw boost::system::system_error(last);
}

std::string host_field(const ControlTarget& target)
{
    if (!target.socket.empty()) return "localhost";
    const bool is_ipv6 = target.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + target.host + "]" : target.host) + ":" + target.port;
}

// The sentence of {"error": sentence}.
std::string sentence_of(const std::string& body, unsigned status)
{
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
        return text::plain(answer["error"].get<std::string>());
    return "the answer was " + std::to_string(status);
}

asio::awaitable<Answered> ask(ControlTarget target, std::string path, nlohmann::ordered_json body)
{
    Connection stream(co_await asio::this_coro::executor);
    stream.expires_after(patience);
    co_await connect(stream, target);
    http::request<http::string_body> request{body.is_null() ? http::verb::get : http::verb::post,
                                             path, http_1_1};
    request.set(http::field::host, host_field(target));
    request.set(http::field::user_agent, "netplay-relay");
    if (!target.token.empty()) request.set(http::field::authorization, "Bearer " + target.token);
    if (!body.is_null()) {
        request.set(http::field::content_type, "application/json");
        request.body() = body.dump();
    }
    request.prepare_payload();
    co_await http::async_write(stream, request, asio::use_awaitable);

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> response;
    response.body_limit(answer_bytes_max);
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    Answered answered;
    answered.body = std::move(response.get().body());
    if (response.get().result() != http::status::ok)
        answered.error = sentence_of(answered.body, response.get().result_int());
    co_return answered;
}

} // namespace

ControlTarget target_of(std::string url)
{
    ControlTarget target;
    target.port = "55480";
    constexpr std::string_view scheme = "http://";
    if (url.starts_with(scheme)) url.erase(0, scheme.size());
    url = url.substr(0, url.find('/'));
    const auto colon = url.rfind(':');
    const auto bracket = url.rfind(']');
    const bool has_port =
        colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    if (has_port) target.port = url.substr(colon + 1);
    target.host = has_port ? url.substr(0, colon) : url;
    if (target.host.starts_with('[') && target.host.ends_with(']'))
        target.host = target.host.substr(1, target.host.size() - 2);
    return target;
}

Answered ask_control(const ControlTarget& target, const std::string& path,
                     const nlohmann::ordered_json& body)
{
    asio::io_context io;
    Answered result;
    result.error = "no answer in time";
    asio::co_spawn(io, ask(target, path, body),
                   [&](const std::exception_ptr& failure, Answered answered) {
                       result = std::move(answered);
                       if (!failure) return;
                       try {
                           std::rethrow_exception(failure);
                       } catch (const boost::system::system_error& error) {
                           result.error = error.code().message();
                       } catch (const std::exception& error) {
                           result.error = error.what();
                       }
                   });
    io.run_for(patience);
    return result;
}

} // namespace netplay_relay::admin
