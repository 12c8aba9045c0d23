#include "daemon/doctor/run_program.hpp"

#include "base/c_strings.hpp"
#include "net/tcp.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr std::chrono::milliseconds patience{5000};
constexpr std::size_t output_max = 16U << 20U;

// Until it ends, or for as long as there is time for it.
bool read_all(int from, std::string& text)
{
    const auto limit = std::chrono::steady_clock::now() + patience;
    std::array<char, 65536> piece{};
    while (text.size() < output_max) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            limit - std::chrono::steady_clock::now());
        pollfd wait{from, POLLIN, 0};
        if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
        const ssize_t size = read(from, piece.data(), piece.size());
        if (size <= 0) return size == 0;
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return false;
}

} // namespace

std::optional<std::string> printed_by(std::vector<std::string> command)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    const net::UniqueFd output(ends[0]);
    net::UniqueFd input(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, input.value(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // Also for whoever is not root, and has no sbin in the path.
    std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    pid_t child = 0;
    bool begun = false;
    const std::string name = command.front();
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
        command.front() = folder + name;
        begun = begun || posix_spawn(&child, command.front().c_str(), &actions, nullptr,
                                     c_strings(command).data(), c_strings(environment).data()) == 0;
        if (begun) break;
    }
    posix_spawn_file_actions_destroy(&actions);
    input = net::UniqueFd();
    if (!begun) return std::nullopt;
    std::string text;
    const bool whole = read_all(output.value(), text);
    if (!whole) (void)kill(child, SIGKILL);
    int status = 0;
    (void)waitpid(child, &status, 0);
    const bool good = whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return good ? std::optional(text) : std::nullopt;
}

} // namespace netplay_relay::daemon::doctor
