// A host's control connection to a relay: asks for a session, and learns of the guests that wait
// (protocol.md, "The tunnel"). It knows no socket.
#pragma once

#include "wire/message.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::peer {

struct WaitingGuest
{
    wire::TicketId ticket;
    wire::Address address;
};

class TunnelHost
{
public:
    // Asks for a new session.
    void start(std::vector<std::uint8_t>& out);

    // False if the relay refuses, or said what no relay says: the session is over then.
    [[nodiscard]] bool receive(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out);

    [[nodiscard]] const std::optional<wire::SessionId>& session() const { return session_; }
    // What to tell whoever wanted to host, once receive() was false.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    // Guests to be fetched: each by a new connection that begins with accept_ticket().
    [[nodiscard]] std::vector<WaitingGuest> take_guests();

private:
    [[nodiscard]] std::size_t take_message(std::span<const std::uint8_t> bytes,
                                           std::vector<std::uint8_t>& out);
    [[nodiscard]] std::size_t take_refusal(std::span<const std::uint8_t> bytes);

    std::vector<std::uint8_t> unread_;
    std::optional<wire::SessionId> session_;
    std::vector<wire::TicketId> asked_; // whose address the relay has not told yet
    std::vector<WaitingGuest> guests_;
    std::string problem_;
};

// RATL + ticket, 16 bytes.
[[nodiscard]] std::vector<std::uint8_t> accept_ticket(const wire::TicketId& ticket);
// RATS + session id, 16 bytes.
[[nodiscard]] std::vector<std::uint8_t> join_session(const wire::SessionId& session);

} // namespace netplay_relay::peer
