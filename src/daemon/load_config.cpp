#include "config/environment.hpp"
#include "config/reasons.hpp"
#include "daemon/daemon.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace netplay_relay::daemon {

namespace {

// What can be read within a moment: a reload reads it beside the games.
constexpr std::size_t file_bytes_max = 1U << 20;

using Faults = std::vector<config::Fault>;

std::vector<wire::Endpoint> endpoints(const std::vector<std::string>& texts, const char* option,
                                      Faults& faults)
{
    std::vector<wire::Endpoint> all;
    for (const std::string& text : texts) {
        const auto endpoint = wire::parse_endpoint(text);
        if (endpoint)
            all.push_back(*endpoint);
        else
            faults.push_back(
                {option, "must be an address with a port, such as \"0.0.0.0:55435\" or "
                         "\"[::]:55435\", not \"" +
                             text + "\"" + config::why_no_endpoint(text)});
    }
    return all;
}

void override_from(const CommandLine& line, config::Config& config, Faults& faults)
{
    if (!line.listen.empty()) config.listen = endpoints(line.listen, "--listen", faults);
    if (line.admin.size() == 1 && line.admin.front() == "off")
        config.admin_listen.clear();
    else if (!line.admin.empty())
        config.admin_listen = endpoints(line.admin, "--admin", faults);
    if (line.public_name) {
        config.public_name = *line.public_name;
        if (!config.public_name.empty() && !config::is_public_name(config.public_name))
            faults.push_back({"--public-name", "must be a host name or address" +
                                                   config::why_no_public_name(config.public_name)});
    }
    if (line.log_level && !config::parse_log_level(*line.log_level, config.log_level))
        faults.push_back({"--log-level", "must be " + std::string(config::log_levels) +
                                             config::why_no_log_level(*line.log_level)});
}

// Keys that an option has set are told by the option.
std::vector<config::Fault> named_by_options(std::vector<config::Fault> faults,
                                            const CommandLine& line)
{
    const auto rename = [&](const std::string& key, const std::string& option, bool is_given) {
        for (config::Fault& fault : faults)
            if (is_given && fault.key.starts_with(key + "["))
                fault.key = option + fault.key.substr(key.size());
    };
    rename("listen", "--listen", !line.listen.empty());
    rename("admin.listen", "--admin", !line.admin.empty());
    return faults;
}

} // namespace

Loaded load_config(const CommandLine& line)
{
    Loaded loaded;
    std::string text = "{}";
    if (!line.config_file.empty()) {
        std::ifstream file(line.config_file, std::ios::binary);
        std::array<char, 65536> piece{};
        text.clear();
        while (file.good() && text.size() < file_bytes_max) {
            file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
            text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        }
        if (!file.eof() || file.bad()) {
            const char* why =
                file.is_open() ? "is a directory, unreadable or above 1 MiB" : std::strerror(errno);
            loaded.faults.push_back({"", std::string("cannot be read: ") + why});
            return loaded;
        }
    }
    config::Parsed parsed = config::read_config(text, line.environment);
    loaded.config = std::move(parsed.config);
    loaded.faults = std::move(parsed.faults);
    override_from(line, loaded.config, loaded.faults);
    if (loaded.faults.empty())
        loaded.faults = config::named_by_variables(
            named_by_options(config::check(loaded.config), line), line.environment);
    return loaded;
}

std::string to_text(const std::vector<config::Fault>& faults, const std::string& file)
{
    std::ostringstream text;
    for (const config::Fault& fault : faults) {
        const bool is_in_file =
            !fault.key.starts_with("--") && !fault.key.starts_with(config::variable_prefix);
        if (is_in_file) text << (file.empty() ? "configuration" : file) << ": ";
        if (!fault.key.empty()) text << fault.key << ' ';
        text << fault.problem << '\n';
    }
    return text.str();
}

std::string to_stderr_text(const std::vector<config::Fault>& faults, const std::string& file)
{
    std::string text;
    for (const config::Fault& fault : faults)
        text += "netplay-relay: " + to_text({fault}, file);
    return text;
}

} // namespace netplay_relay::daemon
