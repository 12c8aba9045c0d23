#include "wire/encode.hpp"

#include "base/ensure.hpp"
#include "magic.hpp"

#include <algorithm>

namespace netplay_relay::wire {

namespace {

// RetroArch puts its highest protocol into word 4 of FULL and DENY; readers look at word 0 only.
constexpr std::uint32_t protocol_word = 6;

template <class Id>
Bytes tagged_id(std::uint32_t magic, const Id& id)
{
    Bytes bytes;
    bytes.append_u32(magic);
    bytes.append(id.bytes);
    return bytes;
}

Bytes header(std::uint32_t magic, std::uint32_t protocol, ToldReason reason)
{
    Bytes bytes;
    for (const std::uint32_t word :
         {magic, 0U, 0U, 0U, protocol, static_cast<std::uint32_t>(reason)})
        bytes.append_u32(word);
    return bytes;
}

} // namespace

void Bytes::append(std::span<const std::uint8_t> more)
{
    ensure(size_ + more.size() <= bytes_.size(), "a message of ours outgrew its 32 bytes");
    std::ranges::copy(more, bytes_.begin() + size_);
    size_ = static_cast<std::uint8_t>(size_ + more.size());
}

void Bytes::append_u32(std::uint32_t value) { append(big_endian(value)); }

bool Bytes::operator==(const Bytes& other) const
{
    return std::ranges::equal(view(), other.view());
}

Bytes encode_greeting(const Greeting& greeting)
{
    if (const auto* join = std::get_if<JoinSession>(&greeting))
        return tagged_id(magic_session, join->session);
    if (const auto* accept = std::get_if<AcceptTicket>(&greeting))
        return tagged_id(magic_ticket, accept->ticket);
    if (std::holds_alternative<NewSession>(greeting)) return tagged_id(magic_session, SessionId{});
    return {};
}

Bytes encode_session_reply(const SessionId& session) { return tagged_id(magic_session, session); }

Bytes encode_guest_waits(const TicketId& ticket) { return tagged_id(magic_ticket, ticket); }

Bytes encode_address_reply(const TicketId& ticket, const Address& address)
{
    Bytes bytes = tagged_id(magic_address, ticket);
    bytes.append(address.bytes);
    return bytes;
}

Bytes encode_ping()
{
    Bytes bytes;
    bytes.append_u32(magic_ping);
    return bytes;
}

Bytes encode_legacy_port(std::uint16_t port)
{
    Bytes bytes;
    bytes.append_u32(magic_legacy_answer);
    bytes.append_u32(4); // the size of what follows
    bytes.append_u32(port);
    return bytes;
}

Bytes encode_refusal_reply(RefusalReply reply, ToldReason reason)
{
    switch (reply) {
    case RefusalReply::none: break;
    case RefusalReply::full: return header(magic_full, protocol_word, reason);
    case RefusalReply::denied: return header(magic_deny, protocol_word, reason);
    case RefusalReply::old_version: return header(magic_netplay, 0, ToldReason::untold);
    }
    return {};
}

} // namespace netplay_relay::wire
