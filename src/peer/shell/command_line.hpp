// The command line of netplay-peer.
#pragma once

#include "peer/shell/party_shell.hpp"
#include "peer/shell/run_options.hpp"

#include <optional>
#include <string>

namespace netplay_relay::peer {

enum class Verb : std::uint8_t
{
    host,
    join,
    sync_test,
    joiner, // the other process of a sync test
    replay,
    decode,
    party,
};

struct CommandLine
{
    Verb verb = Verb::host;
    RunOptions run;                      // host, join
    rollback::SyncTestOptions sync_test; // sync-test, with run.settings' core
    DecodeOptions decode;                // decode
    PartyOptions party;
    std::string file; // replay
    bool json = false;
    std::optional<int> exit_code; // set if there is nothing left to do
};

// Prints help or what is wrong itself.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

} // namespace netplay_relay::peer
