#include "admin/status_routes.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// So many links are written before the players get their turn again.
constexpr std::size_t links_per_turn = 32;
// About what one takes in the text: a text that grows is copied again and again.
constexpr std::size_t bytes_of_one = 1024;

// Nicks and names of cores come from outside and may be no UTF-8.
std::string dumped(const nlohmann::ordered_json& value)
{
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Counts links, and tells when it is others' turn.
class Turn
{
public:
    [[nodiscard]] bool is_over(std::size_t links)
    {
        links_ += links;
        if (links_ < links_per_turn) return false;
        links_ = 0;
        return true;
    }

private:
    std::size_t links_ = 0;
};

asio::awaitable<void> write_sessions(StatusSource source, std::string& text)
{
    Turn turn;
    bool first = true;
    const std::vector<lobby::SessionKey> keys = source.engine.lobby().session_keys();
    for (const lobby::SessionKey key : keys) {
        const auto session = source.engine.lobby().look_at(key);
        if (!session) continue; // ended meanwhile
        if (!first) text += ',';
        first = false;
        text += dumped(session_json(source.engine, *session));
        if (turn.is_over(1 + session->links.size()))
            co_await asio::post(source.io, asio::use_awaitable);
    }
}

asio::awaitable<void> write_rooms(StatusSource source, std::string& text)
{
    Turn turn;
    bool first = true;
    const std::vector<std::uint64_t> numbers = source.engine.lobby().rooms();
    for (const std::uint64_t number : numbers) {
        const auto room = source.engine.lobby().look_at_room(number);
        if (!room) continue;
        if (!first) text += ',';
        first = false;
        text += dumped(room_json(source.engine, *room));
        if (turn.is_over(1 + room->members.size()))
            co_await asio::post(source.io, asio::use_awaitable);
    }
}

asio::awaitable<void> write_parties(StatusSource source, std::string& text)
{
    Turn turn;
    bool first = true;
    const std::vector<std::uint64_t> numbers = source.engine.lobby().parties();
    for (const std::uint64_t number : numbers) {
        const auto party = source.engine.lobby().look_at_party(number);
        if (!party) continue;
        if (!first) text += ',';
        first = false;
        text += dumped(party_json(source.engine, *party));
        if (turn.is_over(1 + party->peers.size()))
            co_await asio::post(source.io, asio::use_awaitable);
    }
}

asio::awaitable<Response> answer_status(StatusSource source, const Request& request)
{
    std::string text = co_await status_text(source);
    co_return respond(request, http::status::ok, std::move(text), "application/json");
}

Response ready_response(const Request& request, const StatusSource& source)
{
    const std::vector<std::string> because = unready_because(source.engine, source.process);
    const auto status = because.empty() ? http::status::ok : http::status::service_unavailable;
    return respond(request, status,
                   nlohmann::json{{"ready", because.empty()}, {"because", because}}.dump() + "\n",
                   "application/json");
}

} // namespace

asio::awaitable<std::string> status_text(StatusSource source)
{
    std::string text = dumped(status_head(source.engine, source.process));
    text.pop_back(); // the closing brace
    const lobby::Use use = source.engine.lobby().use();
    text.reserve(text.size() + bytes_of_one * (use.sessions + use.links + use.rooms + use.members +
                                               use.parties + use.peers));
    text += ",\"sessions\":[";
    co_await write_sessions(source, text);
    text += "],\"rooms\":[";
    co_await write_rooms(source, text);
    text += "],\"parties\":[";
    co_await write_parties(source, text);
    text += "]}\n";
    co_return text;
}

std::vector<std::string> unready_because(const net::Engine& engine,
                                         const net::ProcessState& process)
{
    std::vector<std::string> because;
    if (process.state == net::RelayState::draining) because.emplace_back("draining");
    if (process.state == net::RelayState::stopping) because.emplace_back("shutdown");
    if (!engine.takes_new()) because.emplace_back(wire::word(wire::CloseReason::closed_to_new));
    const lobby::Policy& policy = engine.lobby().policy();
    const lobby::Use use = engine.lobby().use();
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
