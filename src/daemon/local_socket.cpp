#include "daemon/local_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr int backlog = 32;

net::UniqueFd local_socket()
{
    return net::UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// `path` fits, as config has seen.
sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    return address;
}

// True also if it cannot be known: then it stays.
bool is_answered(const std::string& path)
{
    const int error = error_of_connecting(path);
    return error != ECONNREFUSED && error != ENOENT;
}

} // namespace

net::UniqueFd listen_locally(const std::string& path, std::string& problem)
{
    const sockaddr_un address = address_of(path);
    struct stat facts = {};
    if (lstat(path.c_str(), &facts) == 0) {
        if (!S_ISSOCK(facts.st_mode))
            problem = "there is a file that is no socket";
        else if (is_answered(path))
            problem = "another program answers there";
        else
            remove_socket(path);
        if (!problem.empty()) return {};
    }
    net::UniqueFd listening = local_socket();
    // The mode of a socket that is not bound yet is the one that its file gets.
    const bool listens =
        listening.is_open() && fchmod(listening.value(), 0600) == 0 &&
        bind(listening.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        listen(listening.value(), backlog) == 0;
    if (listens) return listening;
    problem = errno == ENOENT ? "there is no such directory" : std::strerror(errno);
    return {};
}

int error_of_connecting(const std::string& path)
{
    const sockaddr_un address = address_of(path);
    const net::UniqueFd probe = local_socket();
    if (!probe.is_open()) return errno;
    const int done =
        connect(probe.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return done == 0 ? 0 : errno;
}

bool is_socket(const std::string& path)
{
    struct stat facts = {};
    return lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
}

void remove_socket(const std::string& path)
{
    if (is_socket(path)) (void)unlink(path.c_str());
}

} // namespace netplay_relay::daemon
