// drain, undrain, new, reserve, unreserve, reservations and log-level: about the relay itself.
#include "admin/text_columns.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/control_relay.hpp"
#include "daemon/commands/duration.hpp"
#include "daemon/daemon.hpp"
#include "text/text.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

namespace netplay_relay::daemon {

namespace {

using Json = nlohmann::ordered_json;

struct RelayOptions : ControlOptions
{
    std::string word;
    std::string span;
    std::string message;
    std::string session;
    std::vector<std::string> networks;
    bool json = false;
};

// It holds all the same.
void tell_whether_kept(const nlohmann::json& answer)
{
    tell_beside(answer, "a restart forgets it, the file of orders was not written: ");
}

int drain(const CommandLine& line, const RelayOptions& options)
{
    Json body = Json::object();
    if (!options.span.empty()) body["in_seconds"] = *read_duration(options.span);
    if (!options.message.empty()) body["message"] = options.message;
    const Controlled done = control_relay(line, options, "drain", body);
    if (!done.problem.empty()) return tell_not_done(done);
    if (options.span.empty() || *read_duration(options.span) == 0)
        std::puts("draining: nothing new begins, and the relay ends with the last game");
    else
        std::printf("the relay drains in %s; the rooms have been told\n", options.span.c_str());
    return exit_ok;
}

int undrain(const CommandLine& line, const RelayOptions& options)
{
    const Controlled done = control_relay(line, options, "undrain", Json::object());
    if (!done.problem.empty()) return tell_not_done(done);
    std::puts("the relay goes on");
    return exit_ok;
}

int allow_new(const CommandLine& line, const RelayOptions& options)
{
    const bool allowed = options.word == "on";
    const Controlled done = control_relay(line, options, "new", {{"allowed", allowed}});
    if (!done.problem.empty()) return tell_not_done(done);
    std::puts(allowed ? "new sessions, rooms and parties may begin"
                      : "no new sessions, rooms and parties begin");
    if (done.answer.contains("kept"))
        tell_whether_kept(done.answer);
    else
        tell_beside(done.answer, "not yet: ");
    return exit_ok;
}

int reserve(const CommandLine& line, const RelayOptions& options)
{
    Json body{{"networks", options.networks}};
    if (!options.session.empty()) body["session"] = options.session;
    if (!options.span.empty()) body["seconds"] = *read_duration(options.span);
    const Controlled done = control_relay(line, options, "reserve", body);
    if (!done.problem.empty()) return tell_not_done(done);
    const std::string until = text_in(done.answer, "until");
    std::printf("reserved %s: %s\n", until.empty() ? "for good" : ("until " + until).c_str(),
                text_in(done.answer, "session").c_str());
    tell_whether_kept(done.answer);
    return exit_ok;
}

int unreserve(const CommandLine& line, const RelayOptions& options)
{
    const Controlled done = control_relay(line, options, "unreserve", {{"session", options.word}});
    if (!done.problem.empty()) return tell_not_done(done);
    std::printf("no longer reserved: %s\n", options.word.c_str());
    tell_whether_kept(done.answer);
    return exit_ok;
}

std::string joined(const nlohmann::json& networks)
{
    std::string all;
    for (const nlohmann::json& one : networks)
        if (one.is_string()) all += (all.empty() ? "" : ", ") + one.get<std::string>();
    return text::plain(all);
}

int reservations(const CommandLine& line, const RelayOptions& options)
{
    const Controlled done = control_relay(line, options, "reservations", nullptr);
    if (!done.problem.empty()) return tell_not_done(done);
    if (options.json) {
        std::printf("%s\n", done.answer.dump().c_str());
        return exit_ok;
    }
    const auto list = done.answer.find("reservations");
    if (list == done.answer.end() || list->empty()) {
        std::puts("no session id is reserved beside those of the configuration");
        return exit_ok;
    }
    admin::TextColumns table({17, 22, 8}, 3);
    table.add({"session", "until", "networks"});
    for (const nlohmann::json& one : *list) {
        const std::string until = text_in(one, "until");
        table.add({text_in(one, "session"), until.empty() ? "for good" : until,
                   joined(one.value("networks", nlohmann::json::array()))});
    }
    std::fputs(table.text().c_str(), stdout);
    return exit_ok;
}

int change_log_level(const CommandLine& line, const RelayOptions& options)
{
    const Controlled done = control_relay(line, options, "log_level", {{"level", options.word}});
    if (!done.problem.empty()) return tell_not_done(done);
    std::printf("the log's level is %s until the next reload or restart\n", options.word.c_str());
    return exit_ok;
}

Action prepared(CLI::App& app, const std::shared_ptr<RelayOptions>& options,
                int (*act)(const CommandLine&, const RelayOptions&))
{
    add_control_options(app, *options);
    return [options, act](const CommandLine& line) { return act(line, *options); };
}

void add_span(CLI::App& app, const char* name, RelayOptions& options, const char* text,
              std::string (*fault)(const std::string&))
{
    app.add_option(name, options.span, text)->type_name("TIME")->check(fault);
}

std::string fault_of_switch(const std::string& word)
{
    return word == "on" || word == "off" ? "" : "must be on or off";
}

std::string fault_of_level(const std::string& word)
{
    config::LogLevel level{};
    return config::parse_log_level(word, level) ? "" : "must be debug, info, warning or error";
}

} // namespace

Action prepare_drain(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    add_span(app, "--in", *options, "Not at once but in so long, which players are told: 10m, 2h",
             fault_of_wait);
    app.add_option("--message", options->message, "What players are told with it")
        ->type_name("TEXT");
    return prepared(app, options, drain);
}

Action prepare_undrain(CLI::App& app)
{
    return prepared(app, std::make_shared<RelayOptions>(), undrain);
}

Action prepare_new(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    app.add_option("ALLOWED", options->word, "on or off")->required()->check(fault_of_switch);
    return prepared(app, options, allow_new);
}

Action prepare_reserve(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    app.add_option("NETWORK", options->networks, "Addresses and networks whose hosts get it")
        ->required()
        ->check(fault_of_network);
    app.add_option("--session", options->session, "The id, if not one that the relay makes")
        ->type_name("ID");
    add_span(app, "--for", *options, "How long, if not for good: 90s, 10m, 2h, 7d",
             fault_of_duration);
    return prepared(app, options, reserve);
}

Action prepare_unreserve(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    app.add_option("ID", options->word, "The session id")->required();
    return prepared(app, options, unreserve);
}

Action prepare_reservations(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    app.add_flag("--json", options->json, "Print the JSON as it came");
    return prepared(app, options, reservations);
}

Action prepare_log_level(CLI::App& app)
{
    const auto options = std::make_shared<RelayOptions>();
    app.add_option("LEVEL", options->word, "debug, info, warning or error")
        ->required()
        ->check(fault_of_level);
    return prepared(app, options, change_log_level);
}

} // namespace netplay_relay::daemon
