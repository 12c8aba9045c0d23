// Two connected stream sockets without any network, with buffers small enough to fill.
#pragma once

#include "net/tcp.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace netplay_relay::tests {

struct SocketPair
{
    net::UniqueFd ours;
    net::UniqueFd theirs;
};

inline SocketPair make_socket_pair()
{
    std::array<int, 2> fds{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return {net::UniqueFd(fds[0]), net::UniqueFd(fds[1])};
}

inline void write_all(const net::UniqueFd& socket, std::string_view text)
{
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto result = net::write_now(socket.value(), {bytes, text.size()});
    REQUIRE(result.state == net::IoState::moved);
    REQUIRE(result.bytes == text.size());
}

// What is there to read, and in `state` why it ended: blocked, finished or failed.
inline std::string read_all(const net::UniqueFd& socket, net::IoState& state)
{
    std::string text;
    std::array<std::uint8_t, 4096> buffer{};
    for (;;) {
        const auto result = net::read_now(socket.value(), buffer);
        state = result.state;
        if (result.state != net::IoState::moved) return text;
        text.append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    }
}

inline std::string read_all(const net::UniqueFd& socket)
{
    net::IoState ignored{};
    return read_all(socket, ignored);
}

// Fills the socket until it takes no more; returns what went in.
inline std::string fill(const net::UniqueFd& socket)
{
    std::string sent;
    for (;;) {
        const std::string chunk(4096, static_cast<char>('a' + sent.size() / 4096 % 26));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(chunk.data());
        const auto result = net::write_now(socket.value(), {bytes, chunk.size()});
        if (result.state != net::IoState::moved) return sent;
        sent += chunk.substr(0, result.bytes);
    }
}

} // namespace netplay_relay::tests
