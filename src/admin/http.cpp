#include "admin/http.hpp"

#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace http = boost::beast::http;

namespace {

std::string_view target_of(const Request& request)
{
    return {request.target().data(), request.target().size()};
}

} // namespace

Response respond(const Request& request, http::status status, std::string body,
                 std::string_view content_type)
{
    Response response{status, request.version()};
    response.set(http::field::server, "netplay-relay");
    response.set(http::field::content_type, {content_type.data(), content_type.size()});
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.keep_alive(false);
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

Response respond_fault(const Request& request, http::status status, std::string_view sentence)
{
    // The sentence may quote what was asked, which may be no UTF-8.
    return respond(request, status,
                   nlohmann::json{{"error", sentence}}.dump(
                       -1, ' ', false, nlohmann::json::error_handler_t::replace) +
                       "\n",
                   "application/json");
}

boost::asio::awaitable<Response> answer_with(Response response) { co_return response; }

std::string_view path_of(const Request& request)
{
    const std::string_view target = target_of(request);
    return target.substr(0, target.find('?'));
}

std::string_view query_value(const Request& request, std::string_view key)
{
    std::string_view rest = target_of(request);
    const std::size_t begin = rest.find('?');
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin + 1);
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == key)
            return pair.substr(equals + 1);
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return {};
}

} // namespace netplay_relay::admin
