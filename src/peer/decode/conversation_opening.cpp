// The first messages of a captured connection: what it is, and who is who.
#include "peer/decode/conversation.hpp"

#include "peer/decode/escape.hpp"
#include "wire/magic.hpp"

#include <algorithm>

namespace netplay_relay::peer {

namespace {

// A client's highest protocol is a small number; a salt is hardly ever one.
constexpr std::uint32_t highest_protocol_max = 0xff;

wire::Side opposite(wire::Side side)
{
    return side == wire::Side::server ? wire::Side::client : wire::Side::server;
}

wire::SessionId session_in(std::span<const std::uint8_t> message)
{
    wire::SessionId session;
    std::ranges::copy(message.subspan(wire::magic_size, wire::id_size), session.bytes.begin());
    return session;
}

// What the words of a header tell by themselves; nothing for what both sides may send.
std::optional<wire::Side> side_by_content(const wire::NetplayHeader& header)
{
    if (header.protocol != 5 || header.salt_or_highest > highest_protocol_max)
        return wire::Side::server;
    if (header.salt_or_highest != 0) return wire::Side::client;
    return std::nullopt;
}

// A header of protocol 4 has no magic: a command in the middle of a stream looks like one, but for
// the sizes of size_t and long.
bool is_plausible(const wire::Opening& opening)
{
    const auto* header = std::get_if<wire::NetplayHeader4>(&opening);
    if (header == nullptr) return true;
    const auto is_word = [](std::uint32_t size) { return size == 4 || size == 8; };
    return is_word(header->platform >> 15U & 0x7fffU) && is_word(header->platform & 0x7fffU);
}

} // namespace

bool Conversation::read_opening(unsigned direction)
{
    Direction& speaker = directions_[direction];
    const auto unread = speaker.unread();
    if (unread.size() < wire::magic_size) return false;
    const std::uint32_t magic = wire::read_u32(unread);
    if (!speaker.through_tunnel) {
        if (magic == wire::magic_session) return read_session(direction);
        if (magic == wire::magic_ticket) return read_ticket(direction);
    } else if (speaker.side == wire::Side::client &&
               (magic == wire::magic_ticket || magic == wire::magic_address ||
                magic == wire::magic_ping)) {
        // That was no guest who joined, but a relay that answered a host we did not hear.
        speaker.stage = Direction::Stage::control_relay;
        return true;
    }
    const auto decoded = wire::decode_opening(unread);
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::Opening>>(&decoded);
    if (taken != nullptr && is_plausible(taken->message))
        read_header(direction, taken->message, taken->used);
    else
        turn_away(direction);
    return true;
}

// RATS: a host asks for a session, the relay answers with one, or a guest names one.
bool Conversation::read_session(unsigned direction)
{
    Direction& speaker = directions_[direction];
    if (speaker.unread().size() < wire::tunnel_message_size) return false;
    const wire::SessionId session = session_in(speaker.unread());
    if (session.is_zero()) {
        speaker.stage = Direction::Stage::control_host;
        print_and_take(direction, "RATS asks for a session", wire::tunnel_message_size);
    } else if (directions_[1 - direction].stage == Direction::Stage::control_host) {
        speaker.stage = Direction::Stage::control_relay;
        print_and_take(direction, "RATS session " + wire::to_text(session),
                       wire::tunnel_message_size);
    } else {
        speaker.through_tunnel = true;
        speaker.side = wire::Side::client;
        print_and_take(direction, "RATS joins session " + wire::to_text(session),
                       wire::tunnel_message_size);
    }
    return true;
}

bool Conversation::read_ticket(unsigned direction)
{
    Direction& speaker = directions_[direction];
    if (speaker.unread().size() < wire::tunnel_message_size) return false;
    const auto ticket = speaker.unread().subspan(wire::magic_size, wire::id_size);
    speaker.through_tunnel = true;
    speaker.side = wire::Side::server;
    print_and_take(direction, "RATL accepts guest " + as_hex(ticket), wire::tunnel_message_size);
    return true;
}

void Conversation::read_header(unsigned direction, const wire::Opening& opening, std::size_t used)
{
    Direction& speaker = directions_[direction];
    const wire::Side side = side_of(direction, opening);
    speaker.side = side;
    if (!directions_[1 - direction].side) directions_[1 - direction].side = opposite(side);
    print_and_take(direction, opening_text(opening, side), used);
    if (std::holds_alternative<wire::NetplayHeader>(opening) ||
        std::holds_alternative<wire::NetplayHeader4>(opening)) {
        speaker.header = opening;
        speaker.stage = Direction::Stage::commands;
    } else {
        speaker.stop(); // FULL, DENY and POKE are all that is said
    }
}

wire::Side Conversation::side_of(unsigned direction, const wire::Opening& opening) const
{
    if (std::holds_alternative<wire::Probe>(opening)) return wire::Side::client;
    if (std::holds_alternative<wire::HostFull>(opening) ||
        std::holds_alternative<wire::HostDenies>(opening))
        return wire::Side::server;
    if (options_.side) return *options_.side;
    if (directions_[direction].side) return *directions_[direction].side;
    if (directions_[1 - direction].side) return opposite(*directions_[1 - direction].side);
    if (initiator_) return *initiator_ == direction ? wire::Side::client : wire::Side::server;
    const auto* header = std::get_if<wire::NetplayHeader>(&opening);
    const auto side = header != nullptr ? side_by_content(*header) : std::nullopt;
    // Hosts wait for the client's header, since RetroArch 1.10.
    return side.value_or(wire::Side::client);
}

// The first bytes are none that netplay begins with.
void Conversation::turn_away(unsigned direction)
{
    Direction& speaker = directions_[direction];
    const bool is_known = options_.side && options_.protocol;
    if (is_known && !speaker.through_tunnel) {
        speaker.side = options_.side;
        speaker.stage = Direction::Stage::commands;
        is_netplay_ = true;
        return;
    }
    if (is_netplay_) return fault(direction, "not netplay");
    print(direction, "not netplay, or without its beginning: " + as_hex(speaker.unread()), 0);
    directions_[0].stop();
    directions_[1].stop();
}

} // namespace netplay_relay::peer
