#include "daemon/commands/ask_relay.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/daemon.hpp"
#include "daemon/doctor/gather.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

namespace netplay_relay::daemon {

namespace {

struct DoctorOptions
{
    std::string url;
    bool json = false;
};

int examine(const CommandLine& line, const DoctorOptions& options)
{
    hold_signals(false);
    const doctor::Findings findings = doctor::judge(doctor::gather(line, options.url));
    std::fputs((options.json ? doctor::to_json(findings) : doctor::to_text(findings)).c_str(),
               stdout);
    return doctor::any_failed(findings) ? exit_failed : exit_ok;
}

} // namespace

Action prepare_doctor(CLI::App& app)
{
    const auto options = std::make_shared<DoctorOptions>();
    add_url(app, options->url);
    app.add_flag("--json", options->json, "Print the findings as JSON");
    return [options](const CommandLine& line) { return examine(line, *options); };
}

} // namespace netplay_relay::daemon
