// Why an address cannot be listened on, and what to do about it.
#pragma once

#include "wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::net {

enum class Transport : std::uint8_t
{
    tcp,
    udp
};

// The kernel's word for `error`, and behind it what to do if there is something: "Address already
// in use; see by whom with: ss -ltnp sport = :55435".
[[nodiscard]] std::string listen_problem(const wire::Endpoint& endpoint, Transport transport,
                                         int error);

// Who listens there already, as far as this process may see it in /proc: "by nginx (process 812)",
// or "by a process of the user www-data". Empty if it cannot be known. Reads the whole of /proc:
// for the start only.
[[nodiscard]] std::string who_listens(const wire::Endpoint& endpoint, Transport transport);

// A socket in the text of /proc/net/tcp or udp (or tcp6, udp6).
struct ListedSocket
{
    wire::Endpoint endpoint;
    bool is_bound_only = false; // TCP: listens; UDP: has no far end
    std::uint32_t user = 0;
    std::uint64_t inode = 0;
};
[[nodiscard]] std::vector<ListedSocket> read_listed_sockets(std::string_view text);

// True if nobody can listen on both.
[[nodiscard]] bool collide(const wire::Endpoint& one, const wire::Endpoint& other);

} // namespace netplay_relay::net
