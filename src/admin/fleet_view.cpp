#include "admin/fleet_view.hpp"

#include "admin/fleet_json.hpp"

#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// The nodes are given up after net::ask_limit; what they said has to be put together then.
constexpr auto fleet_patience = net::ask_limit + std::chrono::milliseconds(2000);

constexpr std::string_view no_fleet = "this relay is no node of a fleet that knows the others: "
                                      "docs/fleet.md tells how it becomes one";

} // namespace

std::vector<Route> FleetView::routes()
{
    std::vector<Route> routes;
    routes.push_back({http::verb::get,
                      "/fleet",
                      false,
                      [this](const Request& request, const Caller&) { return answer(request); },
                      {}});
    return routes;
}

void FleetView::ask()
{
    is_asking_ = true;
    fleet_->ask_all(fleet_json, [this](std::string text) { take(std::move(text)); });
}

void FleetView::take(std::string text)
{
    is_asking_ = false;
    text_ = text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text));
    made_ = std::chrono::steady_clock::now();
    for (asio::steady_timer* wait : waits_)
        wait->cancel();
    forget_.expires_after(fleet_serves);
    forget_.async_wait([this](const boost::system::error_code& error) {
        if (!error) text_ = nullptr;
    });
}

asio::awaitable<Response> FleetView::answer(const Request& request)
{
    if (fleet_ == nullptr) co_return respond_fault(request, http::status::not_found, no_fleet);
    const auto began = std::chrono::steady_clock::now();
    if (text_ && began - made_ < fleet_serves)
        co_return respond(request, http::status::ok, *text_, "application/json");
    if (waits_.size() >= fleet_waits_max)
        co_return respond_fault(request, http::status::service_unavailable,
                                "too many wait for the nodes as it is");
    asio::steady_timer wait(io_);
    wait.expires_after(fleet_patience);
    if (!is_asking_) ask();
    waits_.insert(&wait);
    (void)co_await wait.async_wait(as_values);
    waits_.erase(&wait);
    if (!text_ || made_ < began)
        co_return respond_fault(request, http::status::service_unavailable,
                                "what the nodes say could not be put together");
    co_return respond(request, http::status::ok, *text_, "application/json");
}

} // namespace netplay_relay::admin
