// "netplay-peer replay": runs a recording again, and tells whether it came to the same.
#pragma once

#include <string>

namespace netplay_relay::peer {

// The exit code: 0 if the run was reproduced exactly, else exit_desync; exit_failed if the file or
// its core cannot be used.
int replay_file(const std::string& path, bool json);

} // namespace netplay_relay::peer
