// One function for each action of /control: it reads what is wanted, and does it.
#pragma once

#include "admin/control_body.hpp"
#include "admin/control_routes.hpp"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace netplay_relay::admin {

// What has come of it.
struct Done
{
    std::string error; // why nothing was done, in one sentence
    boost::beast::http::status status = boost::beast::http::status::ok; // of the error
    nlohmann::ordered_json answer;                                      // beside "done"
    nlohmann::ordered_json told; // what the log and the feed say beside the action and who
};

struct Action
{
    const char* name; // as the path and the log have it
    // `by`: who wants it. Does nothing if the body has a problem.
    Done (*act)(const Controls& controls, ControlBody& body, const std::string& by);
};
[[nodiscard]] std::span<const Action> control_actions();

// As JSON has it: the time of the wall; null for nothing.
[[nodiscard]] nlohmann::ordered_json wall_time(const std::optional<lobby::Instant>& when,
                                               lobby::Instant now);

} // namespace netplay_relay::admin
