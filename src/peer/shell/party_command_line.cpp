#include "peer/shell/party_command_line.hpp"

#include "party/settings.hpp"

#include <CLI/CLI.hpp>

#include <limits>

namespace netplay_relay::peer {

namespace {

constexpr double seconds_max = 1e7;
constexpr double rate_max = 100'000;
constexpr double rate_by_default = 60;
constexpr std::uint32_t count_max = 100'000'000;

std::string game_size(const std::string& game)
{
    return game.size() > party::game_size_max ? "has more than 64 bytes" : "";
}

void add_sending(CLI::App& app, PartyOptions& options, PartyTexts& texts)
{
    inspector::PartyRunOptions& run = options.run;
    app.add_option("--send", texts.sends,
                   "Send this once somebody is there; TARGET: 0 (all others), an id, -id (all but "
                   "that one) or ids like 2,3; MODE: unreliable, ordered, reliable. Repeatable")
        ->type_name("TARGET:MODE:CHANNEL:TEXT")
        ->allow_extra_args(false);
    app.add_option("--size", run.size, "Bytes of each payload, at least")
        ->check(CLI::Range(1U, party::packet_bytes_max));
    app.add_option("--rate", run.rate,
                   "Send numbered and stamped ones instead, so many a second (60 with --count)")
        ->check(CLI::Range(0.01, rate_max));
    app.add_option("--count", run.count, "... and no more than so many of each")
        ->check(CLI::Range(1U, count_max));
    app.add_flag("--measure", run.measure,
                 "Report what became of numbered ones that come: times, lost, doubled, out of "
                 "order");
    app.add_flag("--echo", run.echo, "Send back what comes");
}

void add_ending(CLI::App& app, PartyOptions& options, PartyTexts& texts)
{
    inspector::PartyRunOptions& run = options.run;
    app.add_option("--for", texts.length, "End after so many seconds")->type_name("SECONDS");
    app.add_option("--until-count", run.packets, "End when so many packets have come")
        ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()));
    app.add_option("--cut-every", texts.cut_every,
                   "Cut the own connection every so many seconds, and come back")
        ->type_name("SECONDS");
    app.add_flag("--no-seen", texts.no_seen,
                 "Be like a game that hangs: never tell what it has taken");
    app.add_option("--link", texts.link,
                   "Make the line worse, both ways: latency=MS,jitter=MS,stall=EVERY/LENGTH,"
                   "bandwidth=BYTES,seed=N");
    app.add_flag("--json", run.json, "A line of JSON for each event, and for the report");
    app.add_flag("-q,--quiet", run.quiet, "No lines for packets and acknowledgements");
}

netplay_relay::Duration seconds_in(double seconds, const char* option)
{
    if (!(seconds >= 0 && seconds <= seconds_max))
        throw CLI::ValidationError(option, "is not a time of 0 to 10000000 seconds");
    return std::chrono::duration_cast<netplay_relay::Duration>(
        std::chrono::duration<double>(seconds));
}

} // namespace

CLI::App* add_party(CLI::App& app, PartyOptions& options, PartyTexts& texts)
{
    CLI::App* party = app.add_subcommand(
        "party", "Be a Godot game at a relay: host or join, send, print and measure what comes");
    inspector::PartyRequest& request = options.run.client.request;
    party->add_option("ROLE", texts.role, "host or join")
        ->required()
        ->check(CLI::IsMember({"host", "join"}));
    party->add_option("RELAY", texts.relay, "HOST[|PORT]; ws:// only, wss:// is not spoken")
        ->required();
    party->add_option("CODE", request.code, "join: what the host has printed");
    party->add_option("--game", request.game, "The name of the game, the same for all")
        ->check(game_size);
    party->add_option("--max", request.max, "host: peers at most, itself included")
        ->check(CLI::Range(2U, party::peers_max));
    party->add_flag("--mesh", request.mesh, "host: everybody is told of everybody");
    party->add_flag("--shown", request.shown, "host: to everybody, if the relay has a page for it");
    party->add_option("--code", request.code, "host: a reserved code");
    party->add_option("--id", request.id, "join: the own peer id; else it is drawn")
        ->check(CLI::Range(2, std::numeric_limits<std::int32_t>::max()));
    add_sending(*party, options, texts);
    add_ending(*party, options, texts);
    party->footer("Orders on standard input: send TARGET MODE CHANNEL TEXT, kick ID TEXT,\n"
                  "refuse on, refuse off, cut, quit. Exit codes: 0 ended as asked, 1 failed,\n"
                  "2 bad arguments, 3 what has to arrive did not, or not once and in order,\n"
                  "4 refused, 5 lost or sent away.");
    return party;
}

void read_party(PartyOptions& options, const PartyTexts& texts)
{
    inspector::PartyRunOptions& run = options.run;
    run.client.says_seen = !texts.no_seen;
    run.client.request.hosts = texts.role == "host";
    if (texts.relay.find("wss://") == 0)
        throw CLI::ValidationError("RELAY", "wss:// is not spoken here, ws:// only");
    std::string relay = texts.relay;
    if (relay.find("ws://") == 0) {
        relay = relay.substr(5);
        relay = relay.substr(0, relay.find('/'));
        const std::size_t colon = relay.rfind(':');
        if (colon != std::string::npos && relay.back() != ']') relay[colon] = '|';
    }
    auto parsed = parse_join_text(relay);
    if (const auto* fault = std::get_if<std::string>(&parsed))
        throw CLI::ValidationError("RELAY", *fault);
    options.relay = std::get<JoinText>(std::move(parsed));
    const inspector::PartyRequest& request = run.client.request;
    if (!options.relay.session.empty()) throw CLI::ValidationError("RELAY", "names no session");
    if (!request.hosts && request.code.empty())
        throw CLI::ValidationError("CODE", "is needed to join");
    if (request.hosts && !request.code.empty() && !party::parse_code(request.code))
        throw CLI::ValidationError("--code", "has eight letters");
    for (const std::string& text : texts.sends) {
        auto order = inspector::parse_send(text, ':');
        if (const auto* fault = std::get_if<std::string>(&order))
            throw CLI::ValidationError("--send", *fault);
        run.sends.push_back(std::get<inspector::SendOrder>(std::move(order)));
    }
    if (run.count > 0 && run.rate <= 0) run.rate = rate_by_default;
    if (run.rate > 0 && run.sends.empty())
        throw CLI::ValidationError("--rate", "sends what --send tells");
    if (!texts.link.empty()) {
        auto model = parse_link_model(texts.link);
        if (const auto* fault = std::get_if<std::string>(&model))
            throw CLI::ValidationError("--link", *fault);
        options.line.in = options.line.out = std::get<LinkModelSettings>(model);
    }
    run.length = seconds_in(texts.length, "--for");
    run.cut_every = seconds_in(texts.cut_every, "--cut-every");
}

} // namespace netplay_relay::peer
