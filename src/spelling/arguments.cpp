#include "spelling/arguments.hpp"

#include "spelling/spelling.hpp"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

namespace netplay_relay::spelling {

namespace {

void add_names(const CLI::App& app, std::vector<std::string>& known)
{
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames())
            known.push_back("--" + name);
        for (const std::string& name : option->get_snames())
            known.push_back("-" + name);
    }
}

// Those that fit where the argument stands; if it begins with "-", options of subcommands as well.
std::vector<std::string> known_to(const CLI::App& app, bool is_option)
{
    std::vector<std::string> known;
    add_names(app, known);
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_group().empty()) continue; // hidden
        if (!is_option) known.push_back(command->get_name());
    }
    if (!is_option) return known;
    for (const CLI::App* command : app.get_subcommands())
        add_names(*command, known);
    return known;
}

std::string hint_for(const CLI::App& app, const std::string& argument,
                     const std::string& file_option)
{
    const bool is_option = argument.starts_with('-');
    const std::string name = argument.substr(0, argument.find('='));
    // "check-config" is an option whose dashes were forgotten.
    const std::vector<std::string> known = known_to(app, is_option);
    if (const std::string best = closest(name, known); !best.empty())
        return "did you mean \"" + best + "\"?";
    if (!is_option) {
        if (const std::string best = closest("--" + name, known); !best.empty())
            return "did you mean \"" + best + "\"?";
    }
    const bool is_file =
        !is_option && (argument.find('/') != std::string::npos || argument.ends_with(".json"));
    if (is_file && !file_option.empty())
        return "a file is named with " + file_option + ": " + file_option + " " + argument;
    return {};
}

} // namespace

void explain_mistakes(CLI::App& app, std::string file_option)
{
    app.failure_message(
        [file_option = std::move(file_option)](const CLI::App* failed, const CLI::Error& error) {
            const std::string usual = "Run with --help for more information.\n";
            const std::vector<std::string> unknown = failed->remaining(true);
            const std::string name = failed->get_name() + ": ";
            if (unknown.empty()) return name + error.what() + "\n" + usual;
            std::string text;
            for (const std::string& argument : unknown) {
                const std::string hint = hint_for(*failed, argument, file_option);
                text += name + "not known here: " + argument;
                text += (hint.empty() ? "" : "; " + hint) + "\n";
            }
            return text + usual;
        });
}

} // namespace netplay_relay::spelling
