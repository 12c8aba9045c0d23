// How a command has something done by a running relay: by its Unix socket if it has one here, else
// by HTTP with the token.
#pragma once

#include "daemon/command_line.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace CLI {
class App;
}

namespace netplay_relay::daemon {

struct ControlOptions
{
    std::string url;
    std::string token_file;
};
void add_control_options(CLI::App& app, ControlOptions& options);

struct Controlled
{
    nlohmann::json answer;
    std::string problem; // why nothing was done; empty if it was
};
// `action`: the name behind /control/. `body`: null to ask for a list.
[[nodiscard]] Controlled control_relay(const CommandLine& line, const ControlOptions& options,
                                       const std::string& action,
                                       const nlohmann::ordered_json& body);

// Says on standard error why it was not done, and returns the exit code.
[[nodiscard]] int tell_not_done(const Controlled& controlled);

// What the relay says beside what it has done, behind these words: on standard error.
void tell_beside(const nlohmann::json& answer, const std::string& words);

// For CLI11's check(): nothing, or what would be right.
[[nodiscard]] std::string fault_of_network(const std::string& text);

// The text of a field that the answer may have or not.
[[nodiscard]] std::string text_in(const nlohmann::json& answer, const char* key);

} // namespace netplay_relay::daemon
