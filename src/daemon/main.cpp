// netplay-relay: a relay for libretro netplay.
#include "daemon/admin_token.hpp"
#include "daemon/command_line.hpp"
#include "daemon/commands/ask_relay.hpp"
#include "daemon/daemon.hpp"
#include "daemon/fleet_start.hpp"
#include "daemon/kept_file.hpp"
#include "daemon/logging.hpp"
#include "daemon/program.hpp"
#include "daemon/reach.hpp"
#include "daemon/stand_in.hpp"
#include "outward/outward.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

using namespace netplay_relay;

constexpr unsigned dns_seconds = 2;

void warn(const std::string& sentence)
{
    if (!sentence.empty()) std::fprintf(stderr, "netplay-relay: warning: %s\n", sentence.c_str());
}

// What is said last may take as long as DNS does, and is left out if that is too long.
void tell_good(const daemon::CommandLine& line, const config::Config& config)
{
    std::printf("the configuration is good\nread: %s\n", daemon::sources_text(line).c_str());
    std::fflush(stdout);
    daemon::tell_unread_file(line);
    for (const std::string& sentence : config::warnings(config))
        warn(sentence);
    warn(daemon::warning_of_machine());
    warn(daemon::warning_of_token(config));
    if (const std::string key = daemon::check_fleet_key(config).warning; !key.empty())
        warn("fleet.key_file: " + key);
    std::signal(SIGALRM, [](int) { _exit(daemon::exit_ok); });
    alarm(dns_seconds);
    warn(daemon::warning_of_name(config.public_name));
    alarm(0);
}

int serve(const daemon::CommandLine& line, daemon::Succession succession)
{
    daemon::Loaded loaded = daemon::load_config(line);
    if (loaded.faults.empty())
        if (std::string fault = daemon::check_fleet_key(loaded.config).fault; !fault.empty())
            loaded.faults.push_back({"fleet.key_file", std::move(fault)});
    if (succession.wish == daemon::Succession::Wish::stand_in) {
        const int tried = daemon::try_succession(line, loaded, succession);
        if (tried != daemon::exit_ok) return tried;
    } else if (!loaded.faults.empty()) {
        std::fputs(daemon::to_stderr_text(loaded.faults, line.config_file).c_str(), stderr);
        daemon::tell_unread_file(line);
        return daemon::exit_bad_config;
    }
    if (line.check_config) {
        tell_good(line, loaded.config);
        return daemon::exit_ok;
    }
    return daemon::run(line, loaded.config, std::move(succession));
}

int run_program(int argc, char** argv)
{
    try {
        const daemon::CommandLine line = daemon::read_command_line(argc, argv);
        if (line.exit_code) return *line.exit_code;
        if (line.action && !line.check_config) return line.action(line);
        daemon::Succession succession = daemon::take_succession();
        return serve(line, std::move(succession));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "netplay-relay: %s\n", error.what());
        return daemon::exit_failed;
    }
}

} // namespace

int main(int argc, char** argv)
{
    daemon::hold_signals(true); // also in the log's thread, which is never asked
    const int exit_code = run_program(argc, argv);
    if (!outward::is_thread_left() && !daemon::is_writer_left()) return exit_code;
    daemon::finish_logging(exit_code);
    std::fflush(nullptr);
    _exit(exit_code);
}

#ifdef __SANITIZE_THREAD__
// To ThreadSanitizer a process has one table of files. Whoever writes bans has one of its own
// (kept_file.cpp): the numbers of its files are those of others elsewhere.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions()
{
    return "race:^netplay_relay::daemon::KeptFile::write_next\n";
}
#endif
