// The Unix socket of the operator: who may open it is whoever the relay runs as, and root.
#pragma once

#include "net/tcp.hpp"

#include <string>

namespace netplay_relay::daemon {

struct OpenLocal
{
    net::UniqueFd socket; // listens, and does not block
    std::string path;
    bool passed = false; // by systemd, which also removes it
};

// Listens there, mode 0600. A socket that is there already and that nobody answers at is replaced.
// If it cannot, it is closed, and `problem` says why.
[[nodiscard]] net::UniqueFd listen_locally(const std::string& path, std::string& problem);

// Whether a socket is there; whose, nobody can tell.
[[nodiscard]] bool is_socket(const std::string& path);

// Of connecting to it, as errno has it; 0: somebody answers there.
[[nodiscard]] int error_of_connecting(const std::string& path);

// Removes it, if it is a socket.
void remove_socket(const std::string& path);

} // namespace netplay_relay::daemon
