#include "peer/tunnel_host.hpp"

#include "wire/netplay_header.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace netplay_relay::peer {

namespace {

using Magic = std::string_view;

constexpr Magic magic_session = "RATS";
constexpr Magic magic_ticket = "RATL";
constexpr Magic magic_address = "RATA";
constexpr Magic magic_ping = "RATP";
constexpr Magic magic_full = "FULL";
constexpr Magic magic_deny = "DENY";

constexpr std::size_t asked_max = 8; // guests that are being fetched

void append(std::vector<std::uint8_t>& out, Magic magic)
{
    out.insert(out.end(), magic.begin(), magic.end());
}

template <class Id>
std::vector<std::uint8_t> message(Magic magic, const Id& id)
{
    std::vector<std::uint8_t> bytes;
    append(bytes, magic);
    bytes.insert(bytes.end(), id.bytes.begin(), id.bytes.end());
    return bytes;
}

template <class Id>
Id id_in(std::span<const std::uint8_t> bytes)
{
    Id id;
    std::ranges::copy(bytes.subspan(wire::magic_size, wire::id_size), id.bytes.begin());
    return id;
}

} // namespace

std::vector<std::uint8_t> accept_ticket(const wire::TicketId& ticket)
{
    return message(magic_ticket, ticket);
}

std::vector<std::uint8_t> join_session(const wire::SessionId& session)
{
    return message(magic_session, session);
}

void TunnelHost::start(std::vector<std::uint8_t>& out)
{
    const auto request = join_session(wire::SessionId{});
    out.insert(out.end(), request.begin(), request.end());
}

std::vector<WaitingGuest> TunnelHost::take_guests() { return std::exchange(guests_, {}); }

bool TunnelHost::receive(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out)
{
    unread_.insert(unread_.end(), bytes.begin(), bytes.end());
    std::size_t used = 0;
    while (const std::size_t size = take_message(std::span(unread_).subspan(used), out))
        used += size;
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<long>(used));
    return problem_.empty();
}

// The size of the message at the front; 0 if it is not all there.
std::size_t TunnelHost::take_message(std::span<const std::uint8_t> bytes,
                                     std::vector<std::uint8_t>& out)
{
    if (!problem_.empty() || bytes.size() < wire::magic_size) return 0;
    const Magic magic(reinterpret_cast<const char*>(bytes.data()), wire::magic_size);
    if (magic == magic_ping && session_) {
        append(out, magic_ping);
        return wire::magic_size;
    }
    if (magic == magic_session && !session_) {
        if (bytes.size() < wire::tunnel_message_size) return 0;
        session_ = id_in<wire::SessionId>(bytes);
        if (session_->is_zero()) problem_ = "the relay gave the session id 0";
        return wire::tunnel_message_size;
    }
    if (magic == magic_ticket && session_) {
        if (bytes.size() < wire::tunnel_message_size) return 0;
        const auto ticket = id_in<wire::TicketId>(bytes);
        if (asked_.size() >= asked_max) return wire::tunnel_message_size; // as RetroArch does
        asked_.push_back(ticket);
        const auto query = message(magic_address, ticket);
        out.insert(out.end(), query.begin(), query.end());
        return wire::tunnel_message_size;
    }
    if (magic == magic_address && session_) {
        if (bytes.size() < wire::address_reply_size) return 0;
        WaitingGuest guest{id_in<wire::TicketId>(bytes), {}};
        std::ranges::copy(bytes.subspan(wire::tunnel_message_size, wire::address_size),
                          guest.address.bytes.begin());
        if (std::erase(asked_, guest.ticket) > 0) guests_.push_back(guest);
        return wire::address_reply_size;
    }
    if ((magic == magic_full || magic == magic_deny) && !session_) return take_refusal(bytes);
    problem_ = session_ ? "the relay said what no relay says" : "what answers there is no relay";
    return 0;
}

// A netplay header's worth of it: guests are told the same (protocol.md, "Refusals").
std::size_t TunnelHost::take_refusal(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < wire::netplay_header_size) return 0;
    const auto decoded = wire::decode_opening(bytes);
    const auto& opening = std::get<wire::Taken<wire::Opening>>(decoded).message;
    const auto* full = std::get_if<wire::HostFull>(&opening);
    const std::string told =
        wire::sentence(full != nullptr ? full->reason : std::get<wire::HostDenies>(opening).reason);
    if (!told.empty())
        problem_ = "the relay refuses: " + told;
    else
        problem_ = full != nullptr ? "the relay is full" : "the relay does not let us host";
    return wire::netplay_header_size;
}

} // namespace netplay_relay::peer
