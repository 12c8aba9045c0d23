// From bytes to messages: needs more, refuses, or yields one message and how many bytes it took.
#pragma once

#include "wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace netplay_relay::wire {

struct NeedMore
{
    bool operator==(const NeedMore&) const = default;
};

template <class Message>
struct Taken
{
    Message message;
    std::size_t used = 0; // bytes of the input that belong to the message
    bool operator==(const Taken&) const = default;
};

template <class Message>
using Decoded = std::variant<NeedMore, Refusal, Taken<Message>>;

// The most bytes that an opening (openings.hpp) or decode_control may want before it decides.
inline constexpr std::size_t undecided_size_max = netplay_header_size;

// Reads the next message of a host's control connection. Decides within 16 bytes.
[[nodiscard]] Decoded<ControlMessage> decode_control(std::span<const std::uint8_t> bytes);

// True if the bytes can be the start of a netplay header. A guest whose session id was mistyped
// asks for a new session and then sends one: on a control connection it is the mark of a lost
// guest.
[[nodiscard]] bool starts_like_netplay_header(std::span<const std::uint8_t> bytes);

} // namespace netplay_relay::wire
