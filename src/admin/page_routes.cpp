#include "admin/page_routes.hpp"

#include <boost/beast/http.hpp>
#include <string>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

// It speaks with this relay alone, nothing in it is a script but our files, and nobody frames it.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

std::string_view in(const Request& request, http::field field)
{
    const auto value = request[field];
    return {value.data(), value.size()};
}

// "gzip" among what is accepted, and not with a quality of zero.
bool takes_gzip(std::string_view accepted)
{
    const std::size_t at = accepted.find("gzip");
    if (at == std::string_view::npos) return false;
    const std::string_view rest = accepted.substr(at + 4, accepted.find(',', at) - at - 4);
    return rest.find("q=0") == std::string_view::npos ||
           rest.find_first_of("123456789") < rest.size();
}

Response answer_of(const PageFile& file, const Request& request)
{
    const bool is_known =
        in(request, http::field::if_none_match).find(file.etag) != std::string_view::npos;
    const bool gzip = takes_gzip(in(request, http::field::accept_encoding));
    Response response =
        is_known ? respond(request, http::status::not_modified, "", file.content_type)
                 : respond(request, http::status::ok, std::string(gzip ? file.gzipped : file.plain),
                           file.content_type);
    if (is_known) response.erase(http::field::content_length); // would be that of the file
    if (gzip && !is_known) response.set(http::field::content_encoding, "gzip");
    response.set(http::field::vary, "Accept-Encoding");
    response.set(http::field::etag, file.etag);
    response.set(http::field::cache_control, "no-cache");
    response.set("Content-Security-Policy", policy);
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    return response;
}

} // namespace

std::vector<Route> page_routes() { return routes_of(page_files()); }

std::vector<Route> routes_of(std::span<const PageFile> files)
{
    std::vector<Route> routes;
    for (const PageFile& file : files) {
        Route route;
        route.path = routes.empty() ? "/" : "/page/" + std::string(file.name);
        route.answer = [&file](const Request& request, const Caller&) {
            return answer_with(answer_of(file, request));
        };
        routes.push_back(std::move(route));
    }
    return routes;
}

} // namespace netplay_relay::admin
