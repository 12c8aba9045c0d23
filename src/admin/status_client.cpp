#include "admin/status_client.hpp"

#include "admin/control_client.hpp"
#include "text/text.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds patience{10};
// Of a fleet; see net::statuses_bytes_max.
constexpr std::uint64_t status_bytes_max = 80U << 20;

struct Target
{
    std::string host;
    std::string port;
    std::string path = "/status";
};

Target split(const std::string& url)
{
    Target target;
    ControlTarget named = target_of(url);
    target.host = std::move(named.host);
    target.port = std::move(named.port);
    const std::string_view scheme = "http://";
    const auto slash = url.find('/', url.starts_with(scheme) ? scheme.size() : 0);
    if (slash != std::string::npos && slash + 1 < url.size()) target.path = url.substr(slash);
    return target;
}

// ": why", as the relay says it in an answer that is a refusal.
std::string reason_in(const std::string& body)
{
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    const auto error = answer.is_object() ? answer.find("error") : answer.end();
    if (!answer.is_object() || error == answer.end() || !error->is_string()) return {};
    return ": " + text::plain(error->get<std::string>());
}

asio::awaitable<Fetched> fetch(Target target)
{
    auto executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    beast::tcp_stream stream(executor);
    stream.expires_after(patience);
    auto found = co_await resolver.async_resolve(target.host, target.port, asio::use_awaitable);
    co_await stream.async_connect(found, asio::use_awaitable);

    http::request<http::empty_body> request{http::verb::get, target.path, 11};
    const bool is_ipv6 = target.host.find(':') != std::string::npos;
    request.set(http::field::host,
                (is_ipv6 ? "[" + target.host + "]" : target.host) + ":" + target.port);
    request.set(http::field::user_agent, "netplay-relay");
    co_await http::async_write(stream, request, asio::use_awaitable);

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> response;
    response.body_limit(status_bytes_max);
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    Fetched fetched;
    if (response.get().result() == http::status::ok)
        fetched.body = std::move(response.get().body());
    else
        fetched.error = "the answer was " + std::to_string(response.get().result_int()) +
                        reason_in(response.get().body());
    co_return fetched;
}

} // namespace

Fetched fetch_status(const std::string& url)
{
    asio::io_context io;
    Fetched result;
    result.error = "no answer in time";
    asio::co_spawn(io, fetching_status(url), [&](const std::exception_ptr& failure, Fetched got) {
        if (!failure) result = std::move(got);
    });
    io.run_for(patience);
    return result;
}

asio::awaitable<Fetched> fetching_status(std::string url)
{
    Fetched failed;
    try {
        co_return co_await fetch(split(url));
    } catch (const boost::system::system_error& error) {
        failed.error = error.code().message();
    } catch (const std::exception& error) {
        failed.error = error.what();
    }
    co_return failed;
}

} // namespace netplay_relay::admin
