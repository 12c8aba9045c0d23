// From messages to bytes: everything the relay itself ever says.
#pragma once

#include "wire/message.hpp"
#include "wire/told_reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay::wire {

// A message of ours, kept in place: none is longer than 32 bytes.
class Bytes
{
public:
    Bytes() = default;

    void append(std::span<const std::uint8_t> more);
    void append_u32(std::uint32_t value);

    [[nodiscard]] std::span<const std::uint8_t> view() const { return {bytes_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    bool operator==(const Bytes& other) const;

private:
    std::array<std::uint8_t, address_reply_size> bytes_{};
    std::uint8_t size_ = 0;
};

// A greeting as it came; nothing of one whose bytes are for others (Greeting).
[[nodiscard]] Bytes encode_greeting(const Greeting& greeting);

// RATS + session id: the answer to a host that asked for a session. 16 bytes.
[[nodiscard]] Bytes encode_session_reply(const SessionId& session);

// RATL + ticket: tells a host that a guest waits. 16 bytes.
[[nodiscard]] Bytes encode_guest_waits(const TicketId& ticket);

// RATA + ticket + address: the answer to a host's query. 32 bytes.
[[nodiscard]] Bytes encode_address_reply(const TicketId& ticket, const Address& address);

// RATP: asks a host whether it still listens. 4 bytes.
[[nodiscard]] Bytes encode_ping();

// NEW_PORT: the answer to a legacy port request; 0 tells that there is none. 12 bytes (protocol.md,
// "Legacy ports").
[[nodiscard]] Bytes encode_legacy_port(std::uint16_t port);

// How a refused guest can be told in words its frontend shows. 24 bytes each (protocol.md,
// "Refusals").
enum class RefusalReply : std::uint8_t
{
    none,        // just close: "Failed to connect to host"
    full,        // FULL: "Netplay host full"
    denied,      // DENY: "You are banned from this host"
    old_version, // RANP with protocol 0: "... is running an old version of RetroArch"
};
// The reason goes into the last word of FULL and DENY, for peers of our own.
[[nodiscard]] Bytes encode_refusal_reply(RefusalReply reply,
                                         ToldReason reason = ToldReason::untold);

} // namespace netplay_relay::wire
