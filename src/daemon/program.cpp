#include "daemon/program.hpp"

#include "base/c_strings.hpp"
#include "daemon/daemon.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <linux/close_range.h>
#include <spawn.h>
#include <string_view>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

// "stand_in", or "take_back:CONTROL,PROCESS,CONNECTIONS". No key of the configuration begins like
// it.
constexpr const char* variable = "NETPLAYRELAY_HANDOVER";

// As the child knows them.
constexpr int child_state = 3;
constexpr int child_control = 4;
constexpr int child_output = 5;
constexpr int child_errors = 6;

bool begins_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings)
{
    return std::ranges::any_of(
        beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// Systemd hears its main process only: a child is to tell it nothing.
std::vector<std::string> environment_with(const std::string& wish, bool is_child)
{
    const std::string own = std::string(variable) + "=";
    std::vector<std::string> all{own + wish};
    for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
        if (begins_with_any(*one, {own})) continue;
        if (is_child && begins_with_any(*one, {"NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_"})) continue;
        all.emplace_back(*one);
    }
    return all;
}

bool is_kept(int descriptor, bool kept)
{
    return fcntl(descriptor, F_SETFD, kept ? 0 : FD_CLOEXEC) == 0;
}

// Not all are opened so that whoever we start has them not: Asio's accepted ones are not.
void keep_descriptors() { (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC); }

// Nobody whom we start has it.
net::UniqueFd owned(int descriptor)
{
    const bool is_there = descriptor > STDERR_FILENO && is_kept(descriptor, false);
    return is_there ? net::UniqueFd(descriptor) : net::UniqueFd();
}

} // namespace

Succession take_succession()
{
    Succession succession;
    const char* said = std::getenv(variable);
    const std::string wish = said == nullptr ? "" : said;
    (void)unsetenv(variable);
    int control = -1;
    if (wish == "stand_in") {
        succession.wish = Succession::Wish::stand_in;
        succession.control = owned(child_control);
        succession.state = owned(child_state);
        succession.output = owned(child_output);
        succession.errors = owned(child_errors);
    } else if (std::sscanf(wish.c_str(), "take_back:%d,%d,%zu", &control, &succession.stand_in,
                           &succession.connections) == 3) {
        succession.wish = Succession::Wish::take_back;
        succession.control = owned(control);
    }
    return succession;
}

int spawn_stand_in(const std::vector<std::string>& arguments, int state, int control, int output)
{
    std::vector<std::string> texts = arguments;
    std::vector<std::string> environment = environment_with("stand_in", true);
    keep_descriptors();
    // Away from the numbers that they get in the child.
    std::array<net::UniqueFd, 5> apart;
    const std::array from{state, control, STDOUT_FILENO, STDERR_FILENO, output};
    for (std::size_t at = 0; at < from.size(); ++at) {
        apart[at] = net::UniqueFd(fcntl(from[at], F_DUPFD_CLOEXEC, child_errors + 1));
        if (!apart[at].is_open()) return 0;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int to : {child_state, child_control, child_output, child_errors})
        posix_spawn_file_actions_adddup2(
            &actions, apart[static_cast<std::size_t>(to - child_state)].value(), to);
    for (const int to : {STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_adddup2(&actions, apart[4].value(), to);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // What ends or steers the relay is for its parent. A group of its own: so is Ctrl-C.
    const sigset_t held = all_signals();
    posix_spawnattr_setsigmask(&attributes, &held);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int error = posix_spawnp(&child, texts.front().c_str(), &actions, &attributes,
                                   c_strings(texts).data(), c_strings(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    errno = error;
    return error == 0 ? child : 0;
}

int become(const std::vector<std::string>& arguments, int control, int stand_in,
           std::size_t connections)
{
    std::vector<std::string> texts = arguments;
    std::vector<std::string> environment =
        environment_with("take_back:" + std::to_string(control) + "," + std::to_string(stand_in) +
                             "," + std::to_string(connections),
                         false);
    keep_descriptors();
    if (is_kept(control, true))
        (void)execvpe(texts.front().c_str(), c_strings(texts).data(),
                      c_strings(environment).data());
    const int error = errno;
    // Rather what we are than nothing.
    (void)execve("/proc/self/exe", c_strings(texts).data(), c_strings(environment).data());
    (void)is_kept(control, false);
    return error;
}

} // namespace netplay_relay::daemon
