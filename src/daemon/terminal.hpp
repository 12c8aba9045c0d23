// Whether somebody runs the relay by hand.
#pragma once

namespace netplay_relay::daemon {

// True if input, output or the log is the terminal that controls the relay, whose end it is to end
// with. Not under nohup or setsid, which have asked for the contrary, and not for the first process
// of a container: its terminal is Docker's, and SIGHUP is what it is reloaded by. To be called
// before SIGHUP has a handler.
[[nodiscard]] bool is_in_terminal();

} // namespace netplay_relay::daemon
