// kick, end, ban, unban, bans and say: about those who play.
#include "admin/text_columns.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/control_relay.hpp"
#include "daemon/commands/duration.hpp"
#include "daemon/daemon.hpp"
#include "text/text.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>

namespace netplay_relay::daemon {

namespace {

using Json = nlohmann::ordered_json;

struct Options : ControlOptions
{
    std::uint64_t id = 0;
    std::string what;
    std::string name;
    std::string network;
    std::string lasts;
    std::string reason;
    std::vector<std::string> words;
    std::uint64_t room = 0;
    std::uint64_t party = 0;
    bool json = false;
};

std::string until_text(const nlohmann::json& answer)
{
    const std::string until = text_in(answer, "until");
    return until.empty() ? "for good" : "until " + until;
}

std::size_t gone_in(const nlohmann::json& answer) { return answer.value("gone", std::size_t{0}); }

std::optional<std::uint64_t> plain_number(const std::string& text)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && read == end ? std::optional(number) : std::nullopt;
}

// What the relay says beside what it has done.
void tell_problem(const nlohmann::json& answer, const char* what)
{
    const std::string problem = text_in(answer, "problem");
    if (!problem.empty()) std::fprintf(stderr, "%s%s\n", what, problem.c_str());
}

constexpr const char* not_kept = "a restart forgets it, the file of bans was not written: ";

void tell_ban(const nlohmann::json& answer)
{
    const std::size_t gone = gone_in(answer);
    std::printf("banned %s: %s; %zu had to go\n", until_text(answer).c_str(),
                text_in(answer, "network").c_str(), gone);
    tell_problem(answer, not_kept);
}

int kick(const CommandLine& line, const Options& options)
{
    Json body{{options.party != 0 ? "peer_id" : "id", options.id}};
    if (options.party != 0) body["party"] = options.party;
    if (!options.lasts.empty()) body["ban_seconds"] = *read_duration(options.lasts);
    if (!options.reason.empty()) body["reason"] = options.reason;
    const Controlled done = control_relay(line, options, "kick", body);
    if (!done.problem.empty()) return tell_not_done(done);
    std::printf("sent away: %llu\n", static_cast<unsigned long long>(options.id));
    if (!options.lasts.empty()) tell_ban(done.answer);
    return exit_ok;
}

int end(const CommandLine& line, const Options& options)
{
    Json body;
    const auto number = plain_number(options.name);
    if (options.what == "session")
        body["session"] = options.name;
    else if (number)
        body[options.what] = *number;
    else
        body[options.what] = options.name;
    const Controlled done = control_relay(line, options, "end", body);
    if (!done.problem.empty()) return tell_not_done(done);
    std::printf("ended: %s %s\n", options.what.c_str(), options.name.c_str());
    return exit_ok;
}

int ban(const CommandLine& line, const Options& options)
{
    Json body{{"network", options.network}};
    if (!options.lasts.empty()) body["seconds"] = *read_duration(options.lasts);
    if (!options.reason.empty()) body["reason"] = options.reason;
    const Controlled done = control_relay(line, options, "ban", body);
    if (!done.problem.empty()) return tell_not_done(done);
    tell_ban(done.answer);
    return exit_ok;
}

int unban(const CommandLine& line, const Options& options)
{
    const Controlled done = control_relay(line, options, "unban", {{"network", options.network}});
    if (!done.problem.empty()) return tell_not_done(done);
    std::printf("no longer banned: %s\n", options.network.c_str());
    tell_problem(done.answer, not_kept);
    return exit_ok;
}

int bans(const CommandLine& line, const Options& options)
{
    const Controlled done = control_relay(line, options, "bans", nullptr);
    if (!done.problem.empty()) return tell_not_done(done);
    if (options.json) {
        std::printf("%s\n", done.answer.dump().c_str());
        return exit_ok;
    }
    const auto list = done.answer.find("bans");
    if (list == done.answer.end() || list->empty()) {
        std::puts("nobody is banned");
        return exit_ok;
    }
    admin::TextColumns table({20, 22, 16, 4}, 4);
    table.add({"network", "until", "by", "reason"});
    for (const nlohmann::json& one : *list) {
        const std::string until = text_in(one, "until");
        table.add({text_in(one, "network"), until.empty() ? "for good" : until, text_in(one, "by"),
                   text_in(one, "reason")});
    }
    std::fputs(table.text().c_str(), stdout);
    return exit_ok;
}

int say(const CommandLine& line, const Options& options)
{
    std::string text;
    for (const std::string& word : options.words)
        text += (text.empty() ? "" : " ") + word;
    Json body{{"text", text}};
    if (options.room != 0) body["room"] = options.room;
    const Controlled done = control_relay(line, options, "say", body);
    if (!done.problem.empty()) return tell_not_done(done);
    const auto rooms = done.answer.value("rooms", std::size_t{0});
    std::printf("said in %zu room%s\n", rooms, rooms == 1 ? "" : "s");
    tell_problem(done.answer, "");
    return exit_ok;
}

// What the commands have in common: the options of all, and an action that has them.
Action prepared(CLI::App& app, const std::shared_ptr<Options>& options,
                int (*act)(const CommandLine&, const Options&))
{
    add_control_options(app, *options);
    return [options, act](const CommandLine& line) { return act(line, *options); };
}

void add_network(CLI::App& app, Options& options)
{
    app.add_option("NETWORK", options.network, "An address or network, such as 203.0.113.0/24")
        ->required();
}

} // namespace

Action prepare_kick(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("ID", options->id, "Of a guest, host, member or peer, as the status has it")
        ->required();
    app.add_option("--party", options->party,
                   "ID is that of a peer in this party, which may be absent")
        ->type_name("NUMBER");
    app.add_option("--ban", options->lasts,
                   "Ban the address as well, for so long: 90s, 10m, 2h, 7d")
        ->type_name("TIME")
        ->check(fault_of_duration);
    app.add_option("--reason", options->reason, "Of the ban, for the list")->type_name("TEXT");
    return prepared(app, options, kick);
}

Action prepare_end(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("WHAT", options->what, "session, room, party or link")
        ->required()
        ->check([](const std::string& what) {
            const bool is_known =
                what == "session" || what == "room" || what == "party" || what == "link";
            return is_known ? "" : "must be session, room, party or link";
        });
    app.add_option("ID", options->name,
                   "The session's id, or the number of the room, party or link")
        ->required();
    return prepared(app, options, end);
}

Action prepare_ban(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    add_network(app, *options);
    app.add_option("--for", options->lasts, "How long, if not for good: 90s, 10m, 2h, 7d")
        ->type_name("TIME")
        ->check(fault_of_duration);
    app.add_option("--reason", options->reason, "For the list of bans")->type_name("TEXT");
    return prepared(app, options, ban);
}

Action prepare_unban(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    add_network(app, *options);
    return prepared(app, options, unban);
}

Action prepare_bans(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    app.add_flag("--json", options->json, "Print the JSON as it came");
    return prepared(app, options, bans);
}

Action prepare_say(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("TEXT", options->words, "What to say, as chat")->required();
    app.add_option("--room", options->room, "To this room only")->type_name("NUMBER");
    return prepared(app, options, say);
}

} // namespace netplay_relay::daemon
