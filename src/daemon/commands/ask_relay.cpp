#include "daemon/commands/ask_relay.hpp"

#include "admin/control_client.hpp"
#include "admin/status_client.hpp"
#include "daemon/daemon.hpp"
#include "daemon/reach.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <string_view>

namespace netplay_relay::daemon {

std::string url_of_status(const CommandLine& line, const std::string& given, std::string& problem)
{
    if (!given.empty()) return given;
    const Loaded loaded = load_config(line);
    if (!loaded.faults.empty()) {
        problem = to_text(loaded.faults, line.config_file);
        return {};
    }
    if (loaded.config.admin_listen.empty() || loaded.config.admin_listen.front().port == 0) {
        problem = "the configuration names no port in admin.listen\n";
        return {};
    }
    return status_url(loaded.config.admin_listen.front());
}

std::string url_of_fleet(const std::string& status_url)
{
    constexpr std::string_view scheme = "http://";
    const std::size_t host = status_url.starts_with(scheme) ? scheme.size() : 0;
    const std::size_t path = status_url.find('/', host);
    if (path != std::string::npos && status_url.size() > path + 1 &&
        status_url.substr(path) != "/status")
        return status_url;
    return status_url.substr(0, path) + "/fleet";
}

std::string status_of(const CommandLine& line, const std::string& given, std::string& problem,
                      bool of_fleet)
{
    std::string url = url_of_status(line, given, problem);
    if (!problem.empty()) return {};
    if (of_fleet) url = url_of_fleet(url);
    const admin::Fetched fetched = admin::fetch_status(url);
    if (!fetched.error.empty()) problem = "no status from " + url + ": " + fetched.error + "\n";
    return fetched.body;
}

int tell_problem(const CommandLine& line, const std::string& given, const std::string& problem)
{
    tell_error(problem);
    if (given.empty()) tell_unread_file(line);
    return exit_failed;
}

void tell_error(const std::string& text)
{
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        std::fprintf(stderr, "netplay-relay: %s\n", line.c_str());
}

void tell_unread_file(const CommandLine& line)
{
    const std::string text = unread_file_text(line);
    if (!text.empty()) std::fprintf(stderr, "netplay-relay: %s\n", text.c_str());
}

void add_url(CLI::App& app, std::string& url)
{
    app.add_option("URL,--url", url,
                   "Its status address, if not the one that the configuration names")
        ->check(fault_of_url);
}

std::string fault_of_url(const std::string& url)
{
    const bool has_scheme = url.find("://") != std::string::npos;
    const admin::ControlTarget target = admin::target_of(url);
    unsigned port = 0;
    const char* const end = target.port.data() + target.port.size();
    const auto [read, error] = std::from_chars(target.port.data(), end, port);
    const bool is_port = error == std::errc() && read == end && port > 0 && port <= 65535;
    const bool fits = !has_scheme || url.starts_with("http://");
    if (fits && is_port && !target.host.empty() &&
        target.host.find_first_of(" []") == std::string::npos)
        return {};
    return "must be http://HOST:PORT, or HOST:PORT, not " + url +
           (url.starts_with("https://") ? ": the relay speaks no TLS there" : "");
}

} // namespace netplay_relay::daemon
