#include "daemon/doctor/gather.hpp"

#include "config/environment.hpp"
#include "daemon/daemon.hpp"
#include "daemon/reach.hpp"
#include "net/handover.hpp"

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
    const std::string url = !given.empty()          ? given
                            : loaded.faults.empty() ? url_of(loaded.config)
                                                    : url_of(config::Config());
    facts.relay = look_at_relay(url);
    if (facts.relay.is_here && line.environment.empty()) {
        line.environment = environment_of(facts.relay.process);
        loaded = load_config(line);
    }
    facts.configuration.file = line.config_file;
    facts.configuration.read = sources_text(line);
    facts.configuration.faults = lines_of(daemon::to_text(loaded.faults, line.config_file));
    if (is_service) facts.service = look_at_service();
    facts.kernel = look_at_kernel();
    facts.clock = look_at_clock();
    facts.gateways = look_at_gateways();
    facts.log_space_left = look_at_log_space();
    look_at_files(line, loaded.config, is_service, facts);
    if (!loaded.faults.empty()) return facts;
    facts.configuration.warnings = config::warnings(loaded.config);
    if (const std::string warning = warning_of_machine(); !warning.empty())
        facts.configuration.warnings.push_back(warning);
    facts.connections = loaded.config.policy.limits.connections;
    look_at_ports(loaded.config, facts);
    facts.open_files = look_at_open_files(loaded.config, facts.relay, facts.service.files);
    facts.memory = look_at_memory(loaded.config, facts.relay);
    facts.name = look_at_name(loaded.config);
    return facts;
}

} // namespace netplay_relay::daemon::doctor
