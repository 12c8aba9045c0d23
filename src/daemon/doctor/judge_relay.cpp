// The configuration, its files, and the relay that runs with it.
#include "daemon/doctor/facts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr std::uint32_t read_by_all = 0004;
constexpr std::uint32_t written_by_all = 0002;
constexpr std::uint64_t log_space_least = 64U << 20U;

const char* const configuration = "configuration";
const char* const relay_word = "relay";

// One of them.
void judge_file(const FileFacts& file, Findings& out)
{
    const auto say = [&](Grade grade, const std::string& fact, const std::string& advice) {
        out.push_back({grade, "file", fmt::format("{} {} {}", file.what, file.path, fact), advice});
    };
    const auto is_open_to_all = [&](std::uint32_t bits) { return (file.mode & bits) != 0; };
    const std::string only_owner = fmt::format("chmod o-rwx {}", file.path);
    const std::string reader = file.reader.empty() ? "whoever runs this" : file.reader;
    const Grade bad = file.players_need_it ? Grade::fail : Grade::warn;
    if (file.can_be_used == false && file.has_to_be_written)
        say(bad, fmt::format("cannot be written by {}", reader),
            "it has to be in a folder of that user, StateDirectory= of systemd for example");
    else if (file.error == ENOENT && file.may_be_missing)
        say(Grade::ok, "is not there yet", "");
    else if (file.error != 0)
        say(bad, fmt::format("cannot be looked at: {}", std::strerror(file.error)), "");
    else if (is_open_to_all(written_by_all))
        say(Grade::fail, "can be written by everybody here", only_owner);
    else if (file.is_secret && is_open_to_all(read_by_all))
        say(Grade::warn, "has a secret in it, and everybody here can read it", only_owner);
    else if (file.can_be_used == false)
        say(bad, fmt::format("cannot be read by {}", reader),
            fmt::format("chgrp {} {} && chmod 0640 {}", reader, file.path, file.path));
    else
        say(Grade::ok,
            fmt::format("can be {} by {}", file.has_to_be_written ? "written" : "read", reader),
            "");
}

void judge_answer(const RelayFacts& relay, Findings& out)
{
    const std::string where = fmt::format("netplay-relay {} (process {}) answers at {}, {}",
                                          relay.version, relay.process, relay.url, relay.state);
    if (relay.state != "running")
        out.push_back({Grade::warn, relay_word, where,
                       "nothing new begins there; start it again when it has ended"});
    else if (!relay.is_here)
        out.push_back({Grade::warn, relay_word, where + ", and is no process of this machine",
                       "look there: what follows about ports and limits is of this one"});
    else
        out.push_back({Grade::ok, relay_word, where, ""});
}

} // namespace

void judge_configuration(const Facts& facts, Findings& out)
{
    const ConfigurationFacts& config = facts.configuration;
    for (const std::string& fault : config.faults)
        out.push_back({Grade::fail, configuration, fault,
                       "a relay with it does not start, and a reload changes nothing"});
    for (const std::string& warning : config.warnings)
        out.push_back({Grade::warn, configuration, warning, ""});
    if (config.faults.empty() && config.warnings.empty())
        out.push_back({Grade::ok, configuration, "good; read: " + config.read, ""});
    else
        out.push_back({Grade::ok, configuration, "read: " + config.read, ""});
}

void judge_files(const Facts& facts, Findings& out)
{
    for (const FileFacts& file : facts.files)
        judge_file(file, out);
    if (!facts.relay.kept_problem.empty())
        out.push_back({Grade::warn, "file", facts.relay.kept_problem,
                       "docs/bans.md tells what becomes of it"});
    if (facts.relay.log_lines_lost > 0)
        out.push_back({Grade::warn, "log",
                       fmt::format("{} lines are lost: nobody could read them fast enough, or the "
                                   "disk is full",
                                   facts.relay.log_lines_lost),
                       "df -h /var/log; journalctl --disk-usage"});
    else if (facts.log_space_left > 0 && facts.log_space_left < log_space_least)
        out.push_back({Grade::warn, "log",
                       fmt::format("{} MiB are left for it", facts.log_space_left >> 20U),
                       "journalctl --vacuum-size=100M"});
}

void judge_service(const Facts& facts, Findings& out)
{
    const ServiceFacts& service = facts.service;
    if (!service.is_there) return;
    const char* const word = "service";
    if (service.has_failed)
        out.push_back({Grade::fail, word,
                       fmt::format("systemd has given it up ({})", service.result),
                       "journalctl -u netplay-relay says why; then systemctl reset-failed "
                       "netplay-relay, and start it"});
    else if (service.restarts > 0)
        out.push_back({Grade::warn, word,
                       fmt::format("systemd had to start it again {} times", service.restarts),
                       "journalctl -u netplay-relay says why"});
    if (!service.begins_at_boot)
        out.push_back({Grade::warn, word, "it does not start when the machine does",
                       "systemctl enable netplay-relay"});
    else if (!service.has_failed && service.restarts == 0)
        out.push_back({Grade::ok, word, "it starts when the machine does", ""});
}

void judge_relay(const Facts& facts, Findings& out)
{
    const RelayFacts& relay = facts.relay;
    if (relay.url.empty() && !relay.error.empty()) {
        out.push_back({Grade::warn, relay_word, "cannot be asked: " + relay.error,
                       "netplay-relay doctor --url HOST:PORT asks the one there"});
        return;
    }
    if (relay.url.empty()) {
        out.push_back({Grade::warn, relay_word, "cannot be asked: admin.listen names no port",
                       "with admin.listen this can tell far more"});
        return;
    }
    if (!relay.answers) {
        const auto admin = std::ranges::find_if(facts.ports, [](const PortFacts& port) {
            return port.key == "admin.listen" && port.error == EADDRINUSE;
        });
        const bool is_taken = admin != facts.ports.end();
        out.push_back({is_taken ? Grade::fail : Grade::warn, relay_word,
                       fmt::format("no status from {}: {}", relay.url, relay.error),
                       is_taken ? "it hangs, or the port is another program's"
                                : "if it should run: systemctl start netplay-relay, and "
                                  "journalctl -u netplay-relay says why it does not"});
        return;
    }
    judge_answer(relay, out);
    if (!relay.takes_new)
        out.push_back({Grade::warn, relay_word,
                       "'netplay-relay new off' was said, and holds over restarts: nothing new "
                       "begins",
                       "netplay-relay new on"});
    if (relay.config_file != facts.configuration.file)
        out.push_back({Grade::warn, relay_word,
                       fmt::format("it has read {}",
                                   relay.config_file.empty() ? "no file" : relay.config_file),
                       relay.config_file.empty()
                           ? "what is said here is about a file that nobody reads"
                           : fmt::format("--config {} asks about that one", relay.config_file)});
    if (relay.standstills > 0)
        out.push_back({Grade::warn, relay_word,
                       fmt::format("the whole process stood still {} times", relay.standstills),
                       "suspended, or without memory or CPU: the log says when (stood_still)"});
}

void judge_socket(const Facts& facts, Findings& out)
{
    if (!facts.socket) return;
    const SocketFacts& socket = *facts.socket;
    const auto say = [&](Grade grade, const std::string& fact, const std::string& advice) {
        out.push_back({grade, "socket", socket.path + " (admin.socket) " + fact, advice});
    };
    const bool runs = facts.relay.answers && facts.relay.is_here;
    const std::string its_log = "the relay's log says why (cannot_listen key=admin.socket)";
    if (socket.is_there && !socket.is_socket)
        say(Grade::warn, "is no socket, and the relay leaves it alone",
            "remove it, and restart the relay");
    else if (socket.is_there && socket.error == 0)
        say(Grade::ok, "is answered", "");
    else if (socket.is_there && (socket.error == EACCES || socket.error == EPERM))
        say(Grade::ok, "is another user's",
            "only root and the user that the relay runs as may use it");
    else if (runs)
        say(Grade::warn,
            socket.is_there ? fmt::format("is not answered: {}", std::strerror(socket.error))
                            : "is not there, though the relay runs",
            "commands do not find it; " + its_log + ", or a restart of it is due");
    else if (socket.is_there)
        say(Grade::ok, "is one of a relay that has ended; the next one replaces it", "");
    else if (!socket.begins_later && !socket.has_folder)
        say(Grade::warn, "cannot be made: there is no such directory",
            "mkdir it, owned by the user that the relay runs as");
    else
        say(Grade::ok, "comes with the relay", "");
}

void judge_upgrade(const Facts& facts, Findings& out)
{
    const RelayFacts& relay = facts.relay;
    if (!relay.answers) return;
    const char* const word = "upgrade";
    if (!relay.handover_problem.empty())
        out.push_back({Grade::warn, word, "the last one failed: " + relay.handover_problem,
                       "the program that ran before goes on; the log has more"});
    if (!relay.record_version)
        out.push_back(
            {Grade::warn, word,
             fmt::format("netplay-relay {} does not tell the format of its state", relay.version),
             "look into CHANGELOG.md whether a restart keeps the games, or drain first"});
    else if (*relay.record_version != facts.self.record_version)
        out.push_back(
            {Grade::warn, word,
             fmt::format("its state has format {}, and this program ({}) reads {}: a "
                         "restart ends the games",
                         *relay.record_version, facts.self.version, facts.self.record_version),
             "drain first: systemctl kill -s USR1 netplay-relay"});
    else if (relay.is_replaced)
        out.push_back(
            {Grade::warn, word, "the program on disk is a newer file than the one that runs",
             "systemctl restart netplay-relay, or netplay-relay upgrade: the games go on"});
    else
        out.push_back(
            {Grade::ok, word,
             fmt::format("a restart with this program ({}) keeps the games", facts.self.version),
             ""});
}

} // namespace netplay_relay::daemon::doctor
