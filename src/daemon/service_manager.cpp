#include "daemon/service_manager.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define SD_JOURNAL_SUPPRESS_LOCATION // entries are not about lines of code
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

PassedSocket look_at(int fd, const std::string& name)
{
    PassedSocket passed;
    passed.socket = net::UniqueFd(fd);
    passed.name = name;
    const bool is_inet = sd_is_socket_inet(fd, AF_INET, 0, -1, 0) > 0 ||
                         sd_is_socket_inet(fd, AF_INET6, 0, -1, 0) > 0;
    passed.is_stream = sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0;
    const bool is_datagram = sd_is_socket(fd, AF_UNSPEC, SOCK_DGRAM, -1) > 0;
    passed.is_local = sd_is_socket_unix(fd, SOCK_STREAM, 1, nullptr, 0) > 0;
    passed.is_ours = passed.is_local || (is_inet && (passed.is_stream || is_datagram));
    // systemd leaves them blocking, unless NonBlocking= says otherwise.
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) passed.is_ours = false;
    if (passed.is_ours && !passed.is_local) passed.endpoint = net::local_endpoint(fd);
    return passed;
}

} // namespace

PassedSockets take_passed_sockets()
{
    PassedSockets passed;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        passed.problem = std::string("the sockets that systemd passed (LISTEN_FDS, "
                                     "LISTEN_FDNAMES) cannot be taken: ") +
                         std::strerror(-count);
    for (int at = 0; at < count; ++at) {
        const int fd = SD_LISTEN_FDS_START + at;
        const std::string name = names == nullptr ? "" : names[at];
        if (name == kept_state)
            passed.state = net::UniqueFd(fd);
        else if (name == kept_sockets)
            passed.kept = net::UniqueFd(fd);
        else
            passed.sockets.push_back(look_at(fd, name));
    }
    if (names != nullptr) {
        for (char** name = names; *name != nullptr; ++name)
            std::free(*name);
        std::free(names);
    }
    return passed;
}

Notifier::Notifier()
{
    const char* place = std::getenv("NOTIFY_SOCKET");
    if (place != nullptr) place_ = place;
    if (place_.size() < 2 || place_.size() >= sizeof sockaddr_un{}.sun_path) return;
    if (place_[0] == '@') place_[0] = '\0';
    socket_ = net::UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

// sd_notify() would wait for a service manager that does not read, and the games with it.
bool Notifier::say(const std::string& assignments) const
{
    if (!is_heard()) return true;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, place_.data(), place_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place_.size());
    return sendto(socket_.value(), assignments.data(), assignments.size(),
                  MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                  size) >= 0;
}

std::optional<std::chrono::microseconds> watchdog_interval()
{
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0 || microseconds == 0) return std::nullopt;
    // Beats cost something, and nobody means less or more than this.
    constexpr std::uint64_t least = 100'000;
    constexpr std::uint64_t most = 86'400'000'000;
    return std::chrono::microseconds(std::clamp(microseconds, least, most));
}

bool is_journal(int stream)
{
    const char* named = std::getenv("JOURNAL_STREAM"); // DEVICE:INODE
    struct stat facts = {};
    if (named == nullptr || fstat(stream, &facts) != 0) return false;
    // Where its socket is hidden from us libsystemd says that all is well and writes nothing.
    if (access("/run/systemd/journal/socket", W_OK) != 0) return false;
    return named == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

bool write_to_journal(std::span<const std::string> fields)
{
    std::array<iovec, 40> pieces{};
    const std::size_t count = std::min(fields.size(), pieces.size());
    for (std::size_t at = 0; at < count; ++at)
        pieces[at] = {const_cast<char*>(fields[at].data()), fields[at].size()};
    return sd_journal_sendv(pieces.data(), static_cast<int>(count)) >= 0;
}

} // namespace netplay_relay::daemon
