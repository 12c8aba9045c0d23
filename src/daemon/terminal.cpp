#include "daemon/terminal.hpp"

#include <csignal>
#include <unistd.h>

namespace netplay_relay::daemon {

bool is_in_terminal()
{
    struct sigaction now = {};
    if (sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) return false;
    if (getpid() == 1) return false;
    // Fails for a terminal of another session, as for what is none.
    return tcgetpgrp(STDIN_FILENO) != -1 || tcgetpgrp(STDOUT_FILENO) != -1 ||
           tcgetpgrp(STDERR_FILENO) != -1;
}

} // namespace netplay_relay::daemon
