#include "admin/status_routes.hpp"

#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

asio::awaitable<Response> answer_status(StatusSource source, const Request& request)
{
    std::string text = co_await status_text(source);
    co_return respond(request, http::status::ok, std::move(text), "application/json");
}

Response ready_response(const Request& request, const StatusSource& source)
{
    const std::vector<std::string> because = unready_because(source.workers, source.process);
    const auto status = because.empty() ? http::status::ok : http::status::service_unavailable;
    return respond(request, status,
                   nlohmann::json{{"ready", because.empty()}, {"because", because}}.dump() + "\n",
                   "application/json");
}

} // namespace

std::vector<std::string> unready_because(const net::Workers& workers,
                                         const net::ProcessState& process)
{
    std::vector<std::string> because;
    if (process.state == net::RelayState::draining) because.emplace_back("draining");
    if (process.state == net::RelayState::stopping) because.emplace_back("shutdown");
    if (!workers.takes_new()) because.emplace_back(wire::word(wire::CloseReason::closed_to_new));
    const lobby::Policy& policy = workers.policy();
    const lobby::Use use = workers.use();
    const auto is_full = [&](std::size_t used, std::size_t limit, wire::CloseReason reason) {
        if (used >= limit) because.emplace_back(wire::word(reason));
    };
    is_full(use.connections, policy.limits.connections, wire::CloseReason::connections_full);
    is_full(use.sessions, policy.limits.sessions, wire::CloseReason::sessions_full);
    is_full(use.rooms, policy.rooms.rooms, wire::CloseReason::rooms_full);
    if (policy.parties.parties > 0)
        is_full(use.parties, policy.parties.parties, wire::CloseReason::parties_full);
    return because;
}

std::vector<Route> status_routes(StatusSource source)
{
    const auto status = [source](const Request& request,
                                 const Caller&) -> asio::awaitable<Response> {
        return answer_status(source, request);
    };
    const auto healthy = [](const Request& request, const Caller&) -> asio::awaitable<Response> {
        return answer_with(
            respond(request, http::status::ok, "{\"healthy\":true}\n", "application/json"));
    };
    const auto ready = [source](const Request& request,
                                const Caller&) -> asio::awaitable<Response> {
        return answer_with(ready_response(request, source));
    };
    std::vector<Route> routes;
    routes.push_back({http::verb::get, "/status", false, status, {}});
    routes.push_back({http::verb::get, "/healthz", false, healthy, {}});
    routes.push_back({http::verb::get, "/readyz", false, ready, {}});
    return routes;
}

} // namespace netplay_relay::admin
