#include "peer/shell/command_line.hpp"

#include "netplay/password.hpp"
#include "peer/shell/memory_writer.hpp"
#include "peer/shell/party_command_line.hpp"
#include "peer/shell/report.hpp"
#include "spelling/arguments.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>

namespace netplay_relay::peer {

namespace {

constexpr double milliseconds_of_a_second = 1000;
constexpr double duration_max = 1e7; // seconds, four months
constexpr std::uint32_t sync_test_depth_max = 1000;
constexpr std::uint32_t button_frames_default = 24;
constexpr std::uint32_t alone_frames_default = 60; // a host is alone for longer than that
constexpr double rate_least = 0.1;
constexpr double rate_most = 1000;

struct Texts // options that are read further
{
    std::string join;
    std::optional<std::string> relay;
    std::string link;
    std::string link_in;
    std::string link_out;
    std::string latency;
    std::string side;
    std::string buttons;
    double duration = 0;
    PartyTexts party;
};

std::string password_size(const std::string& password)
{
    return password.size() > netplay::password_max ? "has more than 127 bytes" : "";
}

std::string seed_size(const std::string& text)
{
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? "" : "'" + text + "' is not a number of 64 bits";
}

void add_core_options(CLI::App& app, RunSettings& settings)
{
    app.add_option("--core", settings.core,
                   "builtin:arena, with options behind a comma, or the path of a libretro core")
        ->check(fault_of_core_name)
        ->capture_default_str();
    app.add_option("--content", settings.content, "The game a libretro core runs")
        ->type_name("FILE");
    app.add_flag("--headless", settings.headless,
                 "Run a libretro core as a RetroArch without screen and sound does");
}

void add_run_options(CLI::App& app, RunOptions& run, Texts& texts)
{
    RunSettings& settings = run.settings;
    add_core_options(app, settings);
    app.add_option("--nick", settings.nick, "What the others see")->capture_default_str();
    app.add_option("--password", settings.password, "To play, at most 127 bytes")
        ->check(password_size);
    app.add_option("--protocol", settings.protocol, "The highest to speak")
        ->check(CLI::Range(4, 7))
        ->capture_default_str();
    app.add_flag("--spectate", settings.spectate, "Watch, do not play");
    app.add_option("--frames", run.frames, "End after so many frames are confirmed; 0: never")
        ->capture_default_str();
    app.add_option("--duration", texts.duration, "End after so many seconds")->type_name("SECONDS");
    app.add_option("--rate", run.rate, "Frames per second; 0: as fast as it goes")
        ->capture_default_str();
    auto* seed = app.add_option("--seed", settings.seed, "Of our input")
                     ->check(seed_size)
                     ->capture_default_str();
    app.add_option("--buttons", texts.buttons,
                   "Buttons of a pad that the seed may press, a "
                   "hexadecimal mask")
        ->type_name("MASK");
    app.add_option("--input", settings.input_file,
                   "Our input as lines of FRAME SEAT WORD... instead")
        ->type_name("FILE")
        ->check(CLI::ExistingFile)
        ->excludes(seed);
    app.add_option("--input-latency", texts.latency,
                   "Frames between reading input and running it: N or LEAST:MOST, at most 15")
        ->type_name("FRAMES");
    app.add_option("--link", texts.link,
                   "Make the line worse, both ways: latency=MS,jitter=MS,stall=EVERY/LENGTH,"
                   "bandwidth=BYTES,seed=N");
    app.add_option("--link-in", texts.link_in, "Only what comes to us");
    app.add_option("--link-out", texts.link_out, "Only what we send");
    app.add_option("--record", run.record_file,
                   "Write a recording for 'replay'; it holds the "
                   "passwords in clear")
        ->type_name("FILE");
    app.add_option("--watch-memory", settings.watch_memory,
                   "Part of the core's memory to write, ADDRESS (hexadecimal):LENGTH");
    app.add_option("--watch-every", settings.watch_every, "... every so many frames")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    app.add_option("--watch-file", run.memory_file, "... to this file, as lines of JSON")
        ->type_name("FILE");
    app.add_flag("--unverified-ok", run.unverified_ok, "Exit with 0 although no CRC was compared");
    app.add_flag("--json", run.json, "The report as JSON on standard output");
    app.add_flag("-q,--quiet", run.quiet, "No progress; a host prints its join text all the same");
}

void add_host(CLI::App& app, CommandLine& line, Texts& texts)
{
    CLI::App* host = app.add_subcommand("host", "Host a game, directly or through a relay");
    RunSettings& settings = line.run.settings;
    add_run_options(*host, line.run, texts);
    host->add_option("--listen", line.run.listen, "Address to listen on")->capture_default_str();
    host->add_option("--port", line.run.port, "Port to listen on; 0: any")->capture_default_str();
    host->add_option("--relay", texts.relay, "Host through this relay's tunnel")
        ->type_name("HOST[|PORT]");
    host->add_option("--spectate-password", settings.spectate_password, "To watch only")
        ->check(password_size);
    host->add_option("--crc-interval", settings.crc_interval,
                     "Frames between two CRCs to the clients; 0: none")
        ->capture_default_str();
    host->add_option("--ports", settings.ports, "Ports with a pad in them")
        ->check(CLI::Range(1, 16))
        ->capture_default_str();
    host->add_option("--device", settings.device, "The pad in them")
        ->check(CLI::IsMember({"joypad", "analog"}))
        ->capture_default_str();
    host->add_option("--connections", settings.connections, "Clients at most")
        ->check(CLI::Range(1, 31))
        ->capture_default_str();
    host->add_flag("--until-empty", line.run.until_empty, "End when the last client has left");
    host->callback([&line] {
        line.verb = Verb::host;
        line.run.settings.role = Role::host;
    });
}

void add_join(CLI::App& app, CommandLine& line, Texts& texts)
{
    CLI::App* join = app.add_subcommand("join", "Join a game, as RetroArch does with -C");
    join->add_option("TARGET", texts.join, "HOST[|PORT[|SESSION]]: quote it")->required();
    add_run_options(*join, line.run, texts);
    join->callback([&line] {
        line.verb = Verb::join;
        line.run.settings.role = Role::client;
    });
}

void add_others(CLI::App& app, CommandLine& line, Texts& texts)
{
    CLI::App* test = app.add_subcommand("sync-test", "Find out whether a core is fit for netplay");
    line.sync_test.button_frames = button_frames_default;
    line.sync_test.alone_frames = alone_frames_default;
    add_core_options(*test, line.run.settings);
    test->add_option("--frames", line.sync_test.frames, "Frames to play with several buttons")
        ->check(CLI::Range(1, 100000000))
        ->capture_default_str();
    test->add_option("--depth", line.sync_test.depth, "Frames to roll back after each")
        ->check(CLI::Range(1U, sync_test_depth_max))
        ->capture_default_str();
    test->add_option("--seed", line.sync_test.seed, "Of the input")
        ->check(seed_size)
        ->capture_default_str();
    test->add_option("--buttons", texts.buttons, "Buttons that may be pressed, a hexadecimal mask")
        ->type_name("MASK");
    test->add_option("--button-frames", line.sync_test.button_frames,
                     "Before that, frames for each single button of each pad; 0: none")
        ->check(CLI::Range(0, 1000000))
        ->capture_default_str();
    test->add_flag("--json", line.json, "The report as JSON");
    test->callback([&line] { line.verb = Verb::sync_test; });

    // The process in which sync-test lets somebody join; nobody else has a use for it.
    CLI::App* joiner = app.add_subcommand("joiner", "")->group("");
    add_core_options(*joiner, line.run.settings);
    joiner->callback([&line] { line.verb = Verb::joiner; });

    CLI::App* replay = app.add_subcommand(
        "replay", "Run a recording again, with the core and files it names, and compare");
    replay->add_option("FILE", line.file, "What --record wrote")->required();
    replay->add_flag("--json", line.json, "The report as JSON");
    replay->callback([&line] { line.verb = Verb::replay; });

    add_party(app, line.party, texts.party)->callback([&line] { line.verb = Verb::party; });

    CLI::App* decode = app.add_subcommand("decode", "Print captured netplay, command by command");
    decode->add_option("FILE", line.decode.path, "A capture, or the bytes of one direction")
        ->required();
    decode->add_option("--side", texts.side, "Of such bytes: who sent them")
        ->check(CLI::IsMember({"server", "client"}));
    decode->add_option("--protocol", line.decode.protocol, "If no header tells it")
        ->check(CLI::Range(4, 7));
    decode->callback([&line] { line.verb = Verb::decode; });
}

// What an option's value is, or the complaint that it is not.
template <class Value>
Value accept(std::variant<Value, std::string> parsed, const char* option)
{
    if (const auto* error = std::get_if<std::string>(&parsed))
        throw CLI::ValidationError(option, *error);
    return std::get<Value>(std::move(parsed));
}

void read_latency(const std::string& text, RunSettings& settings)
{
    unsigned least = 0;
    unsigned most = 0;
    char rest = 0;
    const int given = std::sscanf(text.c_str(), "%2u:%2u%c", &least, &most, &rest);
    if (given == 1) most = least;
    const bool whole =
        text.find_first_not_of("0123456789:") == std::string::npos && text.back() != ':';
    if (given < 1 || given > 2 || !whole || least > most || most > rollback::input_latency_max)
        throw CLI::ValidationError("--input-latency",
                                   "'" + text + "' is not N or LEAST:MOST, 0 to 15");
    settings.latency_least = least;
    settings.latency_most = most;
    settings.latency_given = true;
}

void read_buttons(const std::string& text, CommandLine& line)
{
    std::uint32_t mask = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 16);
    if (error != std::errc() || end != text.data() + text.size() || mask > 0xFFFF)
        throw CLI::ValidationError("--buttons", "'" + text + "' is not a mask of 16 bits");
    line.run.settings.buttons = mask;
    line.sync_test.buttons = mask;
}

void read_texts(CommandLine& line, const Texts& texts)
{
    if (line.verb == Verb::party) return read_party(line.party, texts.party);
    RunOptions& run = line.run;
    if (line.verb == Verb::join) run.target = accept(parse_join_text(texts.join), "TARGET");
    if (texts.relay) {
        run.relay = accept(parse_join_text(*texts.relay), "--relay");
        if (!run.relay->session.empty())
            throw CLI::ValidationError("--relay", "a host names no session");
    }
    if (!texts.link.empty())
        run.line.in = run.line.out = accept(parse_link_model(texts.link), "--link");
    if (!texts.link_in.empty()) run.line.in = accept(parse_link_model(texts.link_in), "--link-in");
    if (!texts.link_out.empty())
        run.line.out = accept(parse_link_model(texts.link_out), "--link-out");
    if (!texts.buttons.empty()) read_buttons(texts.buttons, line);
    if (!texts.latency.empty()) read_latency(texts.latency, run.settings);
    if (!run.settings.watch_memory.empty() && !parse_memory_range(run.settings.watch_memory))
        throw CLI::ValidationError("--watch-memory", "is not ADDRESS:LENGTH");
    if (run.settings.watch_memory.empty() != run.memory_file.empty())
        throw CLI::ValidationError("--watch-memory", "and --watch-file go together");
    if (!(texts.duration >= 0 && texts.duration <= duration_max))
        throw CLI::ValidationError("--duration", "is not a time of 0 to 10000000 seconds");
    if (!(run.rate == 0 || (run.rate >= rate_least && run.rate <= rate_most)))
        throw CLI::ValidationError("--rate", "is neither 0 nor 0.1 to 1000 frames per second");
    if (line.sync_test.depth > line.sync_test.frames)
        throw CLI::ValidationError("--depth", "is more than the frames that are played");
    run.duration = std::chrono::milliseconds(
        static_cast<std::int64_t>(texts.duration * milliseconds_of_a_second));
    if (!texts.side.empty())
        line.decode.side = texts.side == "server" ? wire::Side::server : wire::Side::client;
}

} // namespace

namespace {

// What HOST:PORT was meant to be, in whole or before a bar; empty if it is no such text. More than
// one colon is an IPv6 address.
std::string with_bars(const std::string& text)
{
    const std::size_t bar = std::min(text.find('|'), text.size());
    const std::size_t colon = text.substr(0, bar).rfind(':');
    if (colon == std::string::npos || colon == 0) return {};
    const std::string port = text.substr(colon + 1, bar - colon - 1);
    const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
    const bool whole_host = text[colon - 1] == ']' || text.find(':') == colon;
    return digits && whole_host ? text.substr(0, colon) + "|" + text.substr(colon + 1)
                                : std::string();
}

} // namespace

std::variant<JoinText, std::string> parse_join_text(const std::string& text)
{
    JoinText join;
    const std::size_t first = text.find('|');
    join.host = text.substr(0, first);
    if (join.host.empty()) return "'" + text + "' names no host";
    if (const std::string meant = with_bars(text); !meant.empty())
        return "'" + text + "': the separator is |, not a colon: '" + meant + "'";
    if (join.host.front() == '[' && join.host.back() == ']')
        join.host = join.host.substr(1, join.host.size() - 2);
    if (join.host.empty()) return "'" + text + "' names no host";
    if (first == std::string::npos) return join;
    const std::size_t second = text.find('|', first + 1);
    const std::string port = text.substr(
        first + 1, second == std::string::npos ? std::string::npos : second - first - 1);
    const bool digits = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long number = digits ? std::stoul(port) : 0;
    if (number < 1 || number > 65535) return "'" + port + "' is not a port";
    join.port = static_cast<std::uint16_t>(number);
    if (second == std::string::npos) return join;
    join.session = text.substr(second + 1);
    if (!wire::parse_session_id(join.session))
        return "'" + join.session + "' is not a session id, which has 16 characters";
    return join;
}

std::string to_text(const JoinText& join)
{
    std::string text = join.host + "|" + std::to_string(join.port);
    if (!join.session.empty()) text += "|" + join.session;
    return text;
}

CommandLine read_command_line(int argc, const char* const* argv)
{
    CommandLine line;
    Texts texts;
    CLI::App app{"netplay-peer: a netplay host and client without a screen", "netplay-peer"};
    app.set_version_flag("-V,--version", "netplay-peer " NETPLAY_RELAY_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit codes of host and join: 0 ended as asked and in sync, 1 failed, 2 bad "
        "arguments,\n3 desync, 4 refused, 5 lost, 6 ended as asked but no CRC was compared.\n"
        "Of sync-test: 0 fit, 7 it plays but see the verdict, 3 not fit.\n"
        "Of replay: 0 the same, 3 another, 1 unreadable.\n"
        "Of decode: 0 all understood, 1 not all, 2 unreadable.");
    add_host(app, line, texts);
    add_join(app, line, texts);
    add_others(app, line, texts);
    spelling::explain_mistakes(app);
    try {
        app.parse(argc, argv);
        read_texts(line, texts);
    } catch (const CLI::ParseError& error) {
        line.exit_code = app.exit(error) == 0 ? 0 : static_cast<int>(exit_bad_arguments);
    }
    return line;
}

} // namespace netplay_relay::peer
