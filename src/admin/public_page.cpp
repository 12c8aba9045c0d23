#include "admin/public_page.hpp"

#include "admin/line_test.hpp"
#include "admin/page_files.hpp"
#include "admin/page_routes.hpp"
#include "admin/public_games.hpp"

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

PublicPage::PublicPage(asio::io_context& io, const net::Workers& workers, View view)
    : io_(io), workers_(workers), view_(std::move(view)),
      made_(io, std::chrono::steady_clock::time_point::max())
{
}

std::vector<Route> PublicPage::routes()
{
    std::vector<Route> routes = routes_of(public_page_files());
    Route games;
    games.path = "/games";
    games.answer = [this](const Request& request, const Caller&) { return answer_games(request); };
    routes.push_back(std::move(games));
    routes.push_back(line_test_route());
    return routes;
}

asio::awaitable<Response> PublicPage::answer_games(const Request& request)
{
    const bool is_old = std::chrono::steady_clock::now() - made_at_ >= games_kept;
    const std::uint64_t wanted = number_ == 0 || is_old ? number_ + 1 : number_;
    if (wanted != number_) make_games();
    while (number_ < wanted && makes_)
        (void)co_await made_.async_wait(as_values);
    if (number_ == 0)
        co_return respond_fault(request, http::status::internal_server_error,
                                "the list could not be made");
    Response response = respond(request, http::status::ok, games_, "application/json");
    response.set(http::field::cache_control, "max-age=1");
    co_return response;
}

void PublicPage::make_games()
{
    if (std::exchange(makes_, true)) return;
    asio::co_spawn(io_, write_games(), [this](const std::exception_ptr& failure) {
        makes_ = false;
        if (failure) spdlog::error("admin_failed task=games");
        made_.cancel();
    });
}

asio::awaitable<void> PublicPage::write_games()
{
    std::string made = co_await public_games(io_, workers_, view_());
    games_ = std::move(made);
    made_at_ = std::chrono::steady_clock::now();
    ++number_;
}

} // namespace netplay_relay::admin
