// Asks a running relay to do something: by its Unix socket, or by HTTP with a token.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace netplay_relay::admin {

// Where the relay is, and as whom it is asked.
struct ControlTarget
{
    std::string socket; // a path; empty: by HTTP
    std::string host;   // a name or address without brackets
    std::string port;
    std::string token; // empty: none
};

// "http://HOST[:PORT]" or "HOST:PORT", as the other commands take it.
[[nodiscard]] ControlTarget target_of(std::string url);

struct Answered
{
    std::string body;
    std::string error; // one sentence if it was not done
};

// POST of the body, or GET if that is null. Gives up after 10 s.
[[nodiscard]] Answered ask_control(const ControlTarget& target, const std::string& path,
                                   const nlohmann::ordered_json& body);

} // namespace netplay_relay::admin
