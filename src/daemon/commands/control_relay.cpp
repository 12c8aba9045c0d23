#include "daemon/commands/control_relay.hpp"

#include "admin/control_client.hpp"
#include "daemon/admin_token.hpp"
#include "daemon/daemon.hpp"
#include "daemon/local_socket.hpp"
#include "daemon/reach.hpp"
#include "text/text.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

void take_token_of(admin::ControlTarget& target, const std::string& file, std::string& problem)
{
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    AdminToken read = read_admin_token(file, credentials);
    if (!read.problem.empty()) problem = read.file + " " + read.problem;
    target.token = std::move(read.token);
}

// The relay of the configuration: of the service's if none is named.
admin::ControlTarget configured_target(CommandLine line, const ControlOptions& options,
                                       std::string& problem)
{
    admin::ControlTarget target;
    if (line.config_file.empty()) line.config_file = service_file_if_there();
    const Loaded loaded = load_config(line);
    if (!loaded.faults.empty()) {
        problem = to_text(loaded.faults, line.config_file);
        if (problem.ends_with('\n')) problem.pop_back();
        return target;
    }
    const config::Config& config = loaded.config;
    const std::string& token_file =
        options.token_file.empty() ? config.token_file : options.token_file;
    if (options.url.empty() && options.token_file.empty() && is_socket(config.admin_socket)) {
        const bool may_use = access(config.admin_socket.c_str(), R_OK | W_OK) == 0;
        if (may_use) {
            target.socket = config.admin_socket;
            return target;
        }
        if (token_file.empty())
            problem = config.admin_socket + " is another user's: only root and the user that the "
                                            "relay runs as may use it";
    }
    if (!options.url.empty())
        target = admin::target_of(options.url);
    else if (!config.admin_listen.empty() && config.admin_listen.front().port != 0)
        target = admin::target_of(status_url(config.admin_listen.front()));
    else if (problem.empty())
        problem = "the configuration names neither a socket in admin.socket that is there nor a "
                  "port in admin.listen";
    if (problem.empty()) take_token_of(target, token_file, problem);
    return target;
}

std::string name_of(const admin::ControlTarget& target)
{
    if (!target.socket.empty()) return target.socket;
    return target.host + " port " + target.port;
}

} // namespace

void add_control_options(CLI::App& app, ControlOptions& options)
{
    app.add_option("--url", options.url,
                   "The relay's status address, if not what the configuration names")
        ->type_name("URL");
    app.add_option("--token-file", options.token_file,
                   "File with the token, if not what the configuration names")
        ->type_name("FILE");
}

Controlled control_relay(const CommandLine& line, const ControlOptions& options,
                         const std::string& action, const nlohmann::ordered_json& body)
{
    hold_signals(false);
    Controlled controlled;
    admin::ControlTarget target;
    if (!options.url.empty() && !options.token_file.empty()) {
        target = admin::target_of(options.url); // needs no configuration
        take_token_of(target, options.token_file, controlled.problem);
    } else {
        target = configured_target(line, options, controlled.problem);
    }
    if (!controlled.problem.empty()) return controlled;
    const admin::Answered answered = admin::ask_control(target, "/control/" + action, body);
    controlled.problem = answered.error;
    controlled.answer = nlohmann::json::parse(answered.body, nullptr, false);
    if (controlled.problem.empty() && !controlled.answer.is_object())
        controlled.problem = "what answers there is no relay that can be controlled";
    // Sentences of the relay itself need no address.
    if (!controlled.problem.empty() && !controlled.answer.is_object())
        controlled.problem = name_of(target) + ": " + controlled.problem;
    return controlled;
}

int tell_not_done(const Controlled& controlled)
{
    std::fprintf(stderr, "netplay-relay: %s\n", text::plain(controlled.problem, true).c_str());
    return exit_failed;
}

std::string text_in(const nlohmann::json& answer, const char* key)
{
    const auto found = answer.find(key);
    const bool is_text = found != answer.end() && found->is_string();
    return is_text ? text::plain(found->get<std::string>()) : std::string();
}

} // namespace netplay_relay::daemon
