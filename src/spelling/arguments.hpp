// What a program says of arguments that it does not know.
#pragma once

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace netplay_relay::spelling {

// From now on exit() of `app`, whose subcommands are all there, names the option or subcommand that
// somebody may have meant. `file_option`: what a file's name that stands alone belongs to, if
// anything.
void explain_mistakes(CLI::App& app, std::string file_option = {});

} // namespace netplay_relay::spelling
