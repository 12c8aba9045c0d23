#include "admin/control_routes.hpp"

#include "admin/control_actions.hpp"
#include "text/text.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cctype>
#include <memory>
#include <spdlog/spdlog.h>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using json = nlohmann::ordered_json;

namespace {

// So many entries of a list are written before the players get their turn again.
constexpr std::size_t entries_per_turn = 64;

struct Shared
{
    Controls controls;
    Feed& feed;
};

std::string dumped(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What needs no quotes. Texts of the operator have them always: they might look like words of ours.
bool is_word(const std::string& key, const std::string& value)
{
    const bool is_free = key == "reason" || key == "text" || key == "message" || key == "nick";
    const auto fits = [](unsigned char letter) {
        return std::isalnum(letter) != 0 ||
               std::string_view("_.:/+-[]").find(static_cast<char>(letter)) !=
                   std::string_view::npos;
    };
    return !is_free && !value.empty() && std::ranges::all_of(value, fits);
}

// " key=value", as the log has its words.
std::string in_log(const json& told)
{
    std::string line;
    for (const auto& [key, value] : told.items()) {
        if (value.is_null()) continue;
        line += " " + key + "=";
        if (value.is_string() && is_word(key, value.get<std::string>()))
            line += value.get<std::string>();
        else if (value.is_string())
            line += "\"" + text::quotable(value.get<std::string>()) + "\"";
        else if (value.is_array())
            line += std::to_string(value.size());
        else
            line += dumped(value);
    }
    return line;
}

Response act(Shared& shared, const Action& action, const Request& request, const Caller& caller)
{
    ControlBody body(request);
    // Who changes the level may have this told by the one before or by the one behind it.
    const bool is_logged = spdlog::should_log(spdlog::level::info);
    const Done done = action.act(shared.controls, body, caller.who);
    if (!done.error.empty()) return respond_fault(request, done.status, done.error);
    json told{{"action", action.name}, {"by", caller.who}};
    if (done.told.is_object()) told.update(done.told);
    const spdlog::level::level_enum now = spdlog::get_level();
    if (is_logged) spdlog::set_level(std::min(now, spdlog::level::info));
    tell_control(shared.feed, told);
    spdlog::set_level(now);
    json answer{{"done", true}};
    if (done.answer.is_object()) answer.update(done.answer);
    return respond(request, http::status::ok, dumped(answer) + "\n", "application/json");
}

json json_of(const lobby::Ban& ban, lobby::Instant now)
{
    return {{"network", wire::to_text(ban.network)},
            {"until", wall_time(ban.until, now)},
            {"reason", ban.reason},
            {"by", ban.by},
            {"since", wall_time(ban.since, now)}};
}

json json_of(const lobby::Reservation& reservation, lobby::Instant now)
{
    json networks = json::array();
    for (const wire::Network& network : reservation.networks)
        networks.push_back(wire::to_text(network));
    return {{"session", wire::to_text(reservation.id)},
            {"networks", std::move(networks)},
            {"until", wall_time(reservation.until, now)}};
}

// {"NAME": [...]}, some entries at a time.
template <class Entry>
asio::awaitable<Response> answer_list(const Request& request, std::string name,
                                      std::vector<Entry> entries, lobby::Instant now)
{
    std::string text = "{\"" + name + "\":[";
    for (std::size_t at = 0; at < entries.size(); ++at) {
        if (at > 0) text += ',';
        text += dumped(json_of(entries[at], now));
        if ((at + 1) % entries_per_turn == 0)
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
    co_return respond(request, http::status::ok, text + "]}\n", "application/json");
}

Route controlling(http::verb verb, const std::string& name, Answer answer)
{
    return {verb, "/control/" + name, true, std::move(answer), {}};
}

} // namespace

void tell_control(Feed& feed, const json& told)
{
    spdlog::info("control{}", in_log(told));
    feed.publish("control", told);
}

std::vector<Route> control_routes(Controls controls, Feed& feed)
{
    const auto shared = std::make_shared<Shared>(Shared{std::move(controls), feed});
    std::vector<Route> routes;
    for (const Action& action : control_actions())
        routes.push_back(
            controlling(http::verb::post, action.name,
                        [shared, action](const Request& request, const Caller& caller) {
                            return answer_with(act(*shared, action, request, caller));
                        }));
    routes.push_back(
        controlling(http::verb::get, "bans", [shared](const Request& request, const Caller&) {
            const Controls& now = shared->controls;
            return answer_list(request, "bans", now.bans(), now.now());
        }));
    routes.push_back(controlling(
        http::verb::get, "reservations", [shared](const Request& request, const Caller&) {
            const Controls& now = shared->controls;
            return answer_list(request, "reservations", now.reservations(), now.now());
        }));
    return routes;
}

} // namespace netplay_relay::admin
