#include "daemon/doctor/gather.hpp"

#include "config/environment.hpp"
#include "daemon/admin_token.hpp"
#include "daemon/ban_file.hpp"
#include "daemon/daemon.hpp"
#include "daemon/reach.hpp"
#include "net/handover.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace netplay_relay::daemon::doctor {

namespace {

// The variables that a running relay was started with, which are not those of whoever asks.
std::vector<std::string> environment_of(int process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/environ", std::ios::binary);
    std::vector<std::string> ours;
    for (std::string one; std::getline(file, one, '\0');)
        if (one.starts_with(config::variable_prefix)) ours.push_back(one);
    return ours;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        all.push_back(line);
    return all;
}

std::string url_of(const config::Config& config)
{
    const bool none = config.admin_listen.empty() || config.admin_listen.front().port == 0;
    return none ? std::string() : status_url(config.admin_listen.front());
}

bool has_secrets(const config::Config& config)
{
    return !config.policy.rooms.password.empty() || !config.policy.rooms.spectate_password.empty();
}

void look_at_files(const CommandLine& line, const config::Config& config, bool is_service,
                   Facts& facts)
{
    const Reader reader = look_at_reader(facts.relay, is_service);
    const auto add = [&](FileFacts file) {
        if (!file.path.empty()) facts.files.push_back(look_at_file(std::move(file), reader));
    };
    FileFacts read{"configuration", line.config_file};
    read.is_secret = has_secrets(config);
    add(read);
    if (!facts.configuration.faults.empty()) return;
    FileFacts token{"token", config.token_file};
    token.is_secret = true;
    token.players_need_it = false;
    add(token);
    const config::FleetSettings& fleet = config.fleet;
    FileFacts fleet_key{"fleet key", fleet.listen || !fleet.nodes.empty() ? fleet.key_file : ""};
    fleet_key.is_secret = true;
    add(fleet_key);
    const std::string state =
        facts.relay.is_here ? variable_of(facts.relay.process, "STATE_DIRECTORY") : std::string();
    FileFacts bans{"bans", ban_file_path(config.bans_file, state.c_str())};
    bans.players_need_it = false;
    bans.may_be_missing = bans.has_to_be_written = true;
    add(bans);
    if (!config.admin_socket.empty())
        facts.socket = look_at_socket(config.admin_socket, is_service);
}

// What --check-config warns of, but for what is looked at by itself: permissions and names.
std::vector<std::string> warnings_of(const config::Config& config)
{
    std::vector<std::string> all = config::warnings(config);
    if (const std::string warning = warning_of_machine(); !warning.empty()) all.push_back(warning);
    const AdminToken token = read_admin_token(config.token_file, nullptr);
    if (!token.problem.empty() && access(token.file.c_str(), R_OK) == 0)
        all.push_back("admin.token_file: " + token.file + " " + token.problem);
    return all;
}

// False if what is wrong with the configuration is, or may be, where the relay can be asked.
bool tells_where_to_ask(const std::vector<config::Fault>& faults)
{
    return std::ranges::none_of(faults, [](const config::Fault& fault) {
        const auto is_of = [&](std::string_view key) { return fault.key.starts_with(key); };
        return fault.key.empty() || fault.key == "admin" || is_of("admin.listen") ||
               is_of("--admin") || is_of("NETPLAY_RELAY_ADMIN__LISTEN");
    });
}

// Where nobody can be asked the error says why, if it is not that there is no port.
RelayFacts ask_relay(const Loaded& loaded, const std::string& given)
{
    if (!given.empty()) return look_at_relay(given);
    if (tells_where_to_ask(loaded.faults)) return look_at_relay(url_of(loaded.config));
    RelayFacts relay;
    relay.error = "the configuration is faulty where it says at which address";
    return relay;
}

} // namespace

Facts gather(CommandLine line, const std::string& given)
{
    Facts facts;
    facts.self = {NETPLAY_RELAY_VERSION, net::handover_format, geteuid() == 0,
                  access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0};
    if (line.config_file.empty()) line.config_file = service_file_if_there();
    const bool is_service =
        !line.config_file.empty() && line.config_file == service_file_if_there();
    Loaded loaded = load_config(line);
    facts.relay = ask_relay(loaded, given);
    if (facts.relay.is_here && line.environment.empty()) {
        line.environment = environment_of(facts.relay.process);
        loaded = load_config(line);
    }
    facts.configuration.file = whole_path(line.config_file, std::filesystem::current_path());
    facts.configuration.read = sources_text(line);
    facts.configuration.faults = lines_of(daemon::to_text(loaded.faults, line.config_file));
    if (is_service) facts.service = look_at_service();
    facts.kernel = look_at_kernel();
    facts.clock = look_at_clock();
    facts.gateways = look_at_gateways();
    facts.log_space_left = look_at_log_space();
    look_at_files(line, loaded.config, is_service, facts);
    if (!loaded.faults.empty()) return facts;
    facts.configuration.warnings = warnings_of(loaded.config);
    facts.connections = loaded.config.policy.limits.connections;
    look_at_ports(loaded.config, facts);
    facts.open_files = look_at_open_files(loaded.config, facts.relay, facts.service.files);
    facts.memory = look_at_memory(loaded.config, facts.relay);
    facts.name = look_at_name(loaded.config);
    facts.fleet = look_at_fleet(loaded.config);
    return facts;
}

} // namespace netplay_relay::daemon::doctor
