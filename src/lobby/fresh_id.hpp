// Session ids and tickets as they are drawn.
#pragma once

#include "lobby/lobby.hpp"
#include "wire/message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::lobby {

// Node and worker numbers come first, so that a router can find the owner of an id without asking.
inline constexpr std::size_t id_prefix_size = 2;
inline constexpr std::size_t worker_byte = 1;

// So many bytes a session's id and its tickets begin with alike: by them a ticket is found that has
// come to the session's home while the session is with another worker.
inline constexpr std::size_t ticket_prefix_size = id_prefix_size + 3;

[[nodiscard]] inline wire::SessionId fresh_session_id(RandomSource& random, std::uint8_t node,
                                                      std::uint16_t worker)
{
    wire::SessionId id;
    do
        random.fill(std::span(id.bytes).subspan(id_prefix_size));
    while (id.is_zero());
    id.bytes[wire::node_byte] = node;
    id.bytes[worker_byte] = static_cast<std::uint8_t>(worker);
    return id;
}

// 56 bits of it cannot be guessed by those who know the session id.
[[nodiscard]] inline wire::TicketId fresh_ticket(RandomSource& random,
                                                 const wire::SessionId& session)
{
    wire::TicketId id;
    do
        random.fill(std::span(id.bytes).subspan(ticket_prefix_size));
    while (id.is_zero());
    std::copy_n(session.bytes.begin(), ticket_prefix_size, id.bytes.begin());
    return id;
}

// For the table of those that are elsewhere.
template <class Id>
[[nodiscard]] std::string name_of(const Id& id)
{
    return {id.bytes.begin(), id.bytes.end()};
}

template <class Id>
[[nodiscard]] std::string ticket_prefix_of(const Id& id)
{
    return {id.bytes.begin(), id.bytes.begin() + ticket_prefix_size};
}

} // namespace netplay_relay::lobby
