#include "admin/metrics_routes.hpp"

#include "admin/metrics.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// So many are counted before the players get their turn again.
constexpr std::size_t files_per_turn = 256;

MetricsFormat format_for(const Request& request)
{
    std::string accept;
    for (const auto& field : request)
        if (field.name() == http::field::accept)
            accept += (accept.empty() ? "" : ",") + std::string(field.value());
    return wanted_format(accept);
}

asio::awaitable<Response> tell_metrics(StatusSource source, double started_seconds,
                                       const Request& request)
{
    ProcessNumbers numbers;
    numbers.started_seconds = started_seconds;
    net::OpenFileCount files;
    while (files.go_on(files_per_turn))
        co_await asio::post(source.io, asio::use_awaitable);
    numbers.open_files = files.counted();
    numbers.use = net::process_use();
    const MetricsFormat format = format_for(request);
    co_return respond(request, http::status::ok,
                      metrics_text(source.workers, source.process, numbers, format),
                      content_type_of(format));
}

} // namespace

std::vector<Route> metrics_routes(StatusSource source)
{
    const auto metrics = [source, started = net::process_started_seconds()](
                             const Request& request, const Caller&) -> asio::awaitable<Response> {
        return tell_metrics(source, started, request);
    };
    std::vector<Route> routes;
    routes.push_back({http::verb::get, "/metrics", false, metrics, {}});
    return routes;
}

} // namespace netplay_relay::admin
