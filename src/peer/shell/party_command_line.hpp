// The options of "netplay-peer party".
#pragma once

#include "peer/shell/party_shell.hpp"

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace netplay_relay::peer {

struct PartyTexts // options that are read further
{
    std::string role;
    std::string relay;
    std::string link;
    std::vector<std::string> sends;
    double length = 0;
    double cut_every = 0;
    bool no_seen = false;
};

// The subcommand; both must outlive the parsing.
CLI::App* add_party(CLI::App& app, PartyOptions& options, PartyTexts& texts);

// After the parsing. Throws CLI::ValidationError.
void read_party(PartyOptions& options, const PartyTexts& texts);

} // namespace netplay_relay::peer
