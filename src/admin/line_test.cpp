#include "admin/line_test.hpp"

#include "base/allowance.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

namespace {

using Line = websocket::stream<Stream&>;

// Of the closing handshake.
constexpr std::chrono::seconds close_time{5};
// Whoever sends what nobody has asked for fills no more than this of the kernel's memory.
constexpr int kernel_bytes = 8 << 10;

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

// Beast answers pings while it reads on, at any speed.
struct Patience
{
    Stream& stream;
    std::size_t frames = 0;

    void operator()(websocket::frame_type, beast::string_view)
    {
        if (++frames > line_control_frames_max) stream.close();
    }
};

// Pages of other sites must not use up the places with the browsers of those who see them.
bool is_of_this_page(const Request& request)
{
    const auto origin = request[http::field::origin];
    if (origin.empty()) return true; // no browser
    const auto begin = origin.find("://");
    return begin != beast::string_view::npos &&
           beast::iequals(origin.substr(begin + 3), request[http::field::host]);
}

asio::awaitable<void> say_what_it_is(Stream& stream, const Request& request)
{
    Response response = respond_fault(request, http::status::upgrade_required,
                                      "this is a WebSocket: the request has to be an upgrade");
    response.set(http::field::upgrade, "websocket");
    response.set(http::field::connection, "upgrade, close");
    if (request.method() == http::verb::head) response.body().clear();
    (void)co_await http::async_write(stream, response, as_values);
    beast::error_code ignored;
    stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

void prepare(Line& line)
{
    beast::error_code ignored;
    auto& socket = line.next_layer().socket();
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::receive_buffer_size(kernel_bytes), ignored);
    line.read_message_max(line_message_max);
    line.set_option(websocket::stream_base::timeout{close_time, websocket::stream_base::none(),
                                                    /*keep_alive_pings=*/false});
    line.control_callback(Patience{line.next_layer()});
}

asio::awaitable<void> echo(Stream& stream, const Request& request)
{
    stream.expires_after(line_test_time); // for all of it
    if (!websocket::is_upgrade(request)) {
        co_await say_what_it_is(stream, request);
        co_return;
    }
    if (!is_of_this_page(request)) {
        const Response refusal =
            respond_fault(request, http::status::forbidden, "this is for the relay's own page");
        (void)co_await http::async_write(stream, refusal, as_values);
        co_return;
    }
    Line line(stream);
    prepare(line);
    auto [refused] = co_await line.async_accept(request, as_values);
    if (refused) co_return;
    Allowance pace(line_messages_per_second, line_messages_at_once);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    beast::flat_static_buffer<2 * line_message_max> message;
    for (;;) {
        auto [read_error, size] = co_await line.async_read(message, as_values);
        if (read_error) co_return;
        while (!pace.spend(now())) {
            pause.expires_at(
                std::chrono::steady_clock::time_point(pace.next(now()).time_since_epoch()));
            (void)co_await pause.async_wait(as_values);
        }
        line.text(line.got_text());
        auto [write_error, sent] = co_await line.async_write(message.data(), as_values);
        if (write_error) co_return;
        message.consume(size);
    }
}

} // namespace

Route line_test_route()
{
    Route route;
    route.path = "/line";
    route.takes = [](Stream& stream, const Request& request, const Caller&) {
        return echo(stream, request);
    };
    return route;
}

} // namespace netplay_relay::admin
