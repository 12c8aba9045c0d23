// netplay-peer: a netplay host and client without a screen.
#include "peer/decode/escape.hpp"
#include "peer/shell/command_line.hpp"
#include "peer/shell/input_file.hpp"
#include "peer/shell/joiner_process.hpp"
#include "peer/shell/peer_shell.hpp"
#include "peer/shell/replay.hpp"
#include "peer/shell/report.hpp"
#include "peer/sync_test_report.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <random>

#include <unistd.h>

namespace {

using namespace netplay_relay;
using namespace netplay_relay::peer;

// Cores print to standard output while they are loaded and run: that is for our reports alone.
std::FILE* report_stream()
{
    std::fflush(stdout);
    const int ours = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    return fdopen(ours, "w");
}

int complain(int code, const std::string& sentence)
{
    std::fprintf(stderr, "netplay-peer: %s\n", escaped(sentence).c_str());
    return code;
}

int run_peer(const CommandLine& line)
{
    std::FILE* const reports = report_stream();
    RunOptions options = line.run;
    std::random_device rng;
    while (options.settings.salt == 0)
        options.settings.salt = rng();
    auto core = make_core(options.settings);
    if (const auto* error = std::get_if<std::string>(&core)) return complain(exit_failed, *error);
    auto input = load_input(options.settings);
    if (const auto* error = std::get_if<std::string>(&input))
        return complain(exit_bad_arguments, *error);

    PeerShell shell(options, *std::get<std::unique_ptr<rollback::Core>>(core),
                    std::move(std::get<InputSource>(input)));
    const ShellResult result = shell.run();
    const std::string text =
        options.json ? report_json(result, options) : report_text(result, options);
    std::fputs(text.c_str(), reports);
    std::fclose(reports);
    return exit_code(result, options);
}

int test_sync(const CommandLine& line)
{
    std::FILE* const reports = report_stream();
    auto core = make_core(line.run.settings, {true, 0});
    if (const auto* error = std::get_if<std::string>(&core)) return complain(exit_failed, *error);
    const auto report = rollback::sync_test(
        *std::get<std::unique_ptr<rollback::Core>>(core), line.sync_test,
        [] { return std::chrono::nanoseconds(run_time()); },
        [&] { return std::make_unique<JoinerProcess>(line.run.settings); });
    const std::string text = line.json ? dump(to_json(report), 2) + "\n" : to_text(report);
    std::fputs(text.c_str(), reports);
    std::fclose(reports);
    if (report.verdict == rollback::SyncVerdict::fit) return exit_ok;
    return report.plays ? exit_plays : exit_desync;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const CommandLine line = read_command_line(argc, argv);
        if (line.exit_code) return *line.exit_code;
        switch (line.verb) {
        case Verb::host:
        case Verb::join: return run_peer(line);
        case Verb::sync_test: return test_sync(line);
        case Verb::joiner: return run_joiner(line.run.settings);
        case Verb::replay: return replay_file(line.file, line.json);
        case Verb::decode: return decode_file(line.decode, std::cout, std::cerr);
        case Verb::party: return PartyShell(line.party).run();
        }
    } catch (const std::exception& error) {
        return complain(exit_failed, error.what());
    }
    return exit_failed;
}
