#include "daemon/commands/ask_relay.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/daemon.hpp"
#include "outward/test_post.hpp"
#include "spelling/spelling.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

namespace {

struct WebhookOptions
{
    bool test = false;
    std::string name;
};

int refuse(const std::string& problem)
{
    std::fprintf(stderr, "netplay-relay: %s\n", problem.c_str());
    return exit_bad_config;
}

int try_out(const CommandLine& line, const WebhookOptions& options)
{
    hold_signals(false);
    std::signal(SIGPIPE, SIG_IGN);
    if (!options.test) return refuse("say what to do with the webhooks: --test");
    const Loaded loaded = load_config(line);
    if (!loaded.faults.empty()) {
        std::fputs(to_stderr_text(loaded.faults, line.config_file).c_str(), stderr);
        return exit_bad_config;
    }
    std::vector<config::WebhookSettings> chosen;
    std::vector<std::string> names;
    for (const config::WebhookSettings& hook : loaded.config.webhooks) {
        names.push_back(hook.name);
        if (options.name.empty() || hook.name == options.name) chosen.push_back(hook);
    }
    if (names.empty()) {
        tell_unread_file(line);
        return refuse("the configuration has no webhooks");
    }
    if (chosen.empty())
        return refuse("no webhook is called that" + spelling::did_you_mean(options.name, names));
    bool all_good = true;
    for (const outward::Tried& tried : outward::try_webhooks(chosen)) {
        std::printf("%s: %s\n", tried.name.c_str(), tried.words.c_str());
        all_good = all_good && tried.is_good;
    }
    return all_good ? exit_ok : exit_failed;
}

} // namespace

Action prepare_webhook(CLI::App& app)
{
    const auto options = std::make_shared<WebhookOptions>();
    app.add_flag("--test", options->test,
                 "Post a test to each webhook of the configuration, and tell what came back");
    app.add_option("NAME", options->name, "Only to the one of this name");
    return [options](const CommandLine& line) { return try_out(line, *options); };
}

} // namespace netplay_relay::daemon
