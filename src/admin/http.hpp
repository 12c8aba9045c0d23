// What is asked of the admin server, and how it is answered: requests, responses, and the routes
// that lead from one to the other.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace netplay_relay::admin {

// By TCP or by a Unix socket.
using Stream =
    boost::beast::basic_stream<boost::asio::generic::stream_protocol, boost::asio::any_io_executor>;
using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

// So much of a long answer is given to the kernel at a time, as the condition of async_write() says
// it. It would take a megabyte at once, and the players would wait for that.
inline constexpr std::size_t written_at_a_time = 16U << 10U;
inline constexpr auto some_at_a_time = [](const boost::system::error_code& error, std::size_t) {
    return error ? std::size_t{0} : written_at_a_time;
};

inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::use_awaitable);

// The connection ends behind it, and nobody on the way keeps it.
[[nodiscard]] Response respond(const Request& request, boost::beast::http::status status,
                               std::string body, std::string_view content_type);
// {"error": sentence}
[[nodiscard]] Response respond_fault(const Request& request, boost::beast::http::status status,
                                     std::string_view sentence);

// Whoever asks.
struct Caller
{
    bool may_control = false;
    std::string who; // for the log: "token 203.0.113.9:51234", "uid 1000"
};

using Answer =
    std::function<boost::asio::awaitable<Response>(const Request& request, const Caller& caller)>;
// Takes the connection over, and ends it. The stream has no time limit but the one that it sets.
using Takes = std::function<boost::asio::awaitable<void>(Stream& stream, const Request& request,
                                                         const Caller& caller)>;

// What is answered to one method at one path. It has either `answer` or `takes`.
struct Route
{
    boost::beast::http::verb verb = boost::beast::http::verb::get;
    std::string path;
    bool needs_control = false; // only for those who may control the relay
    Answer answer;
    Takes takes;
};

// For routes that need not wait: this is the answer.
[[nodiscard]] boost::asio::awaitable<Response> answer_with(Response response);

// The path of a request without its query, and the value of a key in that; empty if there is none.
// Nothing in it is decoded: what we take there are numbers.
[[nodiscard]] std::string_view path_of(const Request& request);
[[nodiscard]] std::string_view query_value(const Request& request, std::string_view key);

} // namespace netplay_relay::admin
