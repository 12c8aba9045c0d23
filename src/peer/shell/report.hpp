// What a run tells at its end, for people and for programs, and its exit code.
#pragma once

#include "peer/run_result.hpp"
#include "peer/shell/peer_shell.hpp"

#include <string>

namespace netplay_relay::peer {

enum ExitCode : int
{
    exit_ok = 0,     // ended as asked, and in sync
    exit_failed = 1, // our own: the core, a file, an address we cannot listen on
    exit_bad_arguments = 2,
    exit_desync = 3,
    exit_refused = 4,    // there was no game
    exit_lost = 5,       // the game ended before it was to
    exit_unverified = 6, // ended as asked, but no CRC was compared
    exit_plays = 7,      // sync-test: players see the same game, but there is a remark
};

[[nodiscard]] ExitCode exit_code(const ShellResult& result, const RunOptions& options);
[[nodiscard]] std::string progress_line(const RunResult& result, Instant now);
[[nodiscard]] std::string report_text(const ShellResult& result, const RunOptions& options);
[[nodiscard]] std::string report_json(const ShellResult& result, const RunOptions& options);

} // namespace netplay_relay::peer
