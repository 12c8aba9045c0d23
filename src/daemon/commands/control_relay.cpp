#include "daemon/commands/control_relay.hpp"

#include "admin/control_client.hpp"
#include "config/reasons.hpp"
#include "daemon/admin_token.hpp"
#include "daemon/commands/ask_relay.hpp"
#include "daemon/daemon.hpp"
#include "daemon/local_socket.hpp"
#include "daemon/reach.hpp"
#include "text/text.hpp"
#include "wire/address.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr const char* another_user =
    "; run this as root (sudo), or as the user that the relay runs as";

void take_token_of(admin::ControlTarget& target, const std::string& file, std::string& problem)
{
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    AdminToken read = read_admin_token(file, credentials);
    if (!read.problem.empty()) problem = read.file + " " + read.problem;
    if (!read.file.empty() && access(read.file.c_str(), R_OK) != 0 && errno == EACCES)
        problem += another_user;
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
        if (access(line.config_file.c_str(), R_OK) != 0 && errno == EACCES) problem += another_user;
        return target;
    }
    const config::Config& config = loaded.config;
    const std::string& token_file =
        options.token_file.empty() ? config.token_file : options.token_file;
    std::string others; // why the socket is not used
    if (options.url.empty() && options.token_file.empty() && is_socket(config.admin_socket)) {
        const bool may_use = access(config.admin_socket.c_str(), R_OK | W_OK) == 0;
        if (may_use) {
            target.socket = config.admin_socket;
            return target;
        }
        others = config.admin_socket + " is another user's" + another_user;
        if (token_file.empty()) problem = others;
    }
    if (!options.url.empty())
        target = admin::target_of(options.url);
    else if (!config.admin_listen.empty() && config.admin_listen.front().port != 0)
        target = admin::target_of(status_url(config.admin_listen.front()));
    else if (problem.empty())
        problem = !others.empty() ? others
                                  : "the configuration names neither a socket in admin.socket that "
                                    "is there nor a port in admin.listen";
    if (problem.empty()) take_token_of(target, token_file, problem);
    return target;
}

// A key of the request, and what it was on the command line.
struct Typed
{
    std::string_view action;
    std::string_view key;
    std::string_view name;
};
constexpr std::array typed{Typed{"kick", "id", "ID"},
                           Typed{"kick", "ban_seconds", "--ban"},
                           Typed{"kick", "reason", "--reason"},
                           Typed{"end", "session", "ID"},
                           Typed{"end", "room", "ID"},
                           Typed{"end", "link", "ID"},
                           Typed{"ban", "network", "NETWORK"},
                           Typed{"ban", "seconds", "--for"},
                           Typed{"ban", "reason", "--reason"},
                           Typed{"unban", "network", "NETWORK"},
                           Typed{"say", "text", "TEXT"},
                           Typed{"say", "room", "--room"},
                           Typed{"drain", "in_seconds", "--in"},
                           Typed{"drain", "message", "--message"},
                           Typed{"reserve", "networks", "NETWORK"},
                           Typed{"reserve", "session", "--session"},
                           Typed{"reserve", "seconds", "--for"},
                           Typed{"unreserve", "session", "ID"},
                           Typed{"log_level", "level", "LEVEL"}};

// The relay's sentence begins with the key that is wrong, which nobody has typed.
std::string as_typed(std::string_view action, const std::string& problem)
{
    for (const Typed& one : typed) {
        const std::string key = "\"" + std::string(one.key) + "\" ";
        if (one.action == action && problem.starts_with(key))
            return std::string(one.name) + " " + problem.substr(key.size());
    }
    return problem;
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
        ->type_name("URL")
        ->check(fault_of_url);
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
    controlled.problem = as_typed(action, answered.error);
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
    tell_error(text::plain(controlled.problem, true));
    return exit_failed;
}

void tell_beside(const nlohmann::json& answer, const std::string& words)
{
    const std::string problem = text_in(answer, "problem");
    if (!problem.empty()) tell_error(words + problem);
}

std::string fault_of_network(const std::string& text)
{
    if (wire::parse_network(text)) return {};
    return "must be an address or network, such as 203.0.113.7 or 203.0.113.0/24" +
           config::why_no_network(text);
}

std::string text_in(const nlohmann::json& answer, const char* key)
{
    const auto found = answer.find(key);
    const bool is_text = found != answer.end() && found->is_string();
    return is_text ? text::plain(found->get<std::string>()) : std::string();
}

} // namespace netplay_relay::daemon
