#include "peer/decode/conversation.hpp"

#include "netplay/handshake.hpp"
#include "peer/decode/escape.hpp"
#include "wire/magic.hpp"

#include <algorithm>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t payload_max = 256U << 20U;
// So much is kept of one side while the other's header is missing.
constexpr std::size_t waiting_max = 64 * 1024;

constexpr std::size_t info_crc_at = wire::command_head_size + 64; // if the name comes first
constexpr std::size_t info_size = info_crc_at + 4;

std::string address_text(std::span<const std::uint8_t> bytes)
{
    wire::Address address;
    std::ranges::copy(bytes, address.bytes.begin());
    return wire::to_text(address);
}

std::uint32_t implementation_of(const std::optional<wire::Opening>& header)
{
    const auto* modern = header ? std::get_if<wire::NetplayHeader>(&*header) : nullptr;
    return modern != nullptr ? modern->implementation : 0;
}

bool knows_zlib(const std::optional<wire::Opening>& header)
{
    if (!header) return true;
    if (const auto* modern = std::get_if<wire::NetplayHeader>(&*header))
        return (modern->compression & wire::compression_zlib) != 0;
    const auto* old = std::get_if<wire::NetplayHeader4>(&*header);
    return old == nullptr || (old->compression & wire::compression_zlib) != 0;
}

} // namespace

Conversation::Conversation(Report& report, const std::array<std::string, 2>& names,
                           const DecodeOptions& options)
    : report_(report), options_(options)
{
    directions_[0].name = names[0];
    directions_[1].name = names[1];
}

void Conversation::said(unsigned direction, std::span<const std::uint8_t> bytes,
                        std::chrono::microseconds time)
{
    directions_[direction].append(bytes, time);
    run();
}

void Conversation::lost(unsigned direction, std::uint64_t gap, std::chrono::microseconds time)
{
    if (directions_[direction].stage == Direction::Stage::stopped) return;
    Moment moment = directions_[direction].moment(0);
    moment.time = time;
    report_.fault(moment, who(direction), std::to_string(gap) + " bytes are not in the capture");
    directions_[direction].stop();
}

void Conversation::ended(unsigned direction, std::string_view how, std::chrono::microseconds time)
{
    if (!is_netplay_) return;
    Moment moment = directions_[direction].moment(0);
    moment.time = time;
    report_.line(moment, who(direction), how);
}

void Conversation::finish()
{
    is_guessing_ = true;
    run();
    for (unsigned direction = 0; direction < 2; ++direction) {
        const auto unread = directions_[direction].unread();
        if (unread.empty()) continue;
        print(direction,
              "the capture ends within a message, after " + std::to_string(unread.size()) +
                  " bytes of it: " + as_hex(unread),
              unread.size());
        directions_[direction].stop();
    }
}

void Conversation::run()
{
    while (step(0) || step(1)) {
    }
}

bool Conversation::step(unsigned direction)
{
    switch (directions_[direction].stage) {
    case Direction::Stage::opening: return read_opening(direction);
    case Direction::Stage::commands: return read_command(direction);
    case Direction::Stage::control_host: return read_control_host(direction);
    case Direction::Stage::control_relay: return read_control_relay(direction);
    case Direction::Stage::stopped: break;
    }
    return false;
}

bool Conversation::read_control_host(unsigned direction)
{
    const auto decoded = wire::decode_control(directions_[direction].unread());
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::ControlMessage>>(&decoded);
    if (taken == nullptr) {
        const bool is_lost_guest =
            wire::starts_like_netplay_header(directions_[direction].unread());
        fault(direction,
              is_lost_guest ? "a guest whose session id was mistyped" : "no control message");
    } else if (const auto* query = std::get_if<wire::AddressQuery>(&taken->message)) {
        print_and_take(direction, "RATA asks for the address of " + as_hex(query->ticket.bytes),
                       taken->used);
    } else {
        print_and_take(direction, "RATP", taken->used);
    }
    return true;
}

bool Conversation::read_control_relay(unsigned direction)
{
    const auto unread = directions_[direction].unread();
    if (unread.size() < wire::magic_size) return false;
    const std::uint32_t magic = wire::read_u32(unread);
    const std::size_t size = magic == wire::magic_ping      ? wire::magic_size
                             : magic == wire::magic_address ? wire::address_reply_size
                                                            : wire::tunnel_message_size;
    if (magic != wire::magic_ping && magic != wire::magic_address && magic != wire::magic_ticket) {
        fault(direction, "no control message");
        return true;
    }
    if (unread.size() < size) return false;
    if (magic == wire::magic_ping) {
        print_and_take(direction, "RATP", size);
        return true;
    }
    const std::string ticket = as_hex(unread.subspan(wire::magic_size, wire::id_size));
    if (magic == wire::magic_ticket)
        print_and_take(direction, "RATL a guest waits: " + ticket, size);
    else
        print_and_take(
            direction,
            "RATA " + ticket + " is " +
                address_text(unread.subspan(wire::tunnel_message_size).first(wire::address_size)),
            size);
    return true;
}

std::optional<std::uint32_t> Conversation::protocol() const
{
    if (options_.protocol) return options_.protocol;
    std::optional<std::uint32_t> guess;
    for (const Direction& direction : directions_) {
        if (!direction.header) continue;
        if (std::holds_alternative<wire::NetplayHeader4>(*direction.header)) return 4;
        const auto* header = std::get_if<wire::NetplayHeader>(&*direction.header);
        if (header == nullptr) continue;
        if (direction.side == wire::Side::server) return header->protocol;
        guess = std::clamp(std::max(header->salt_or_highest, header->protocol), 5U,
                           wire::protocol_newest);
    }
    if (is_guessing_) return guess;
    return std::nullopt;
}

// In protocol 5 the layout of INFO is told by the sender's build, unless he is a newer one that
// adapts to his peer: then the content's CRC stands where the version would have its end.
wire::Dialect Conversation::dialect(unsigned direction, std::uint32_t protocol) const
{
    auto layout =
        netplay::info_layout_of(protocol, implementation_of(directions_[direction].header));
    const auto unread = directions_[direction].unread();
    if (protocol == 5 && unread.size() >= info_size && wire::read_u32(unread, info_crc_at) != 0)
        layout = wire::InfoLayout::name_first;
    return {protocol, layout, directions_[direction].side.value_or(wire::Side::client),
            payload_max};
}

bool Conversation::read_command(unsigned direction)
{
    Direction& speaker = directions_[direction];
    const auto number = protocol();
    if (!number) {
        // As if the host's header would not come any more.
        is_guessing_ = is_guessing_ || speaker.unread().size() > waiting_max;
        return is_guessing_ && protocol().has_value();
    }
    if (speaker.unread().size() < wire::command_head_size) return false;
    if (*number < wire::protocol_oldest || *number > wire::protocol_newest) {
        fault(direction, "commands, although no protocol was agreed on");
        return true;
    }
    const auto decoded = speaker.stream().next(dialect(direction, *number));
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    if (const auto* problem = std::get_if<wire::CommandFault>(&decoded)) {
        fault(direction, wire::to_text(*problem));
        return true;
    }
    const auto& [command, used] = std::get<wire::Taken<wire::Command>>(decoded);
    context_.protocol = *number;
    context_.zlib = knows_zlib(directions_[0].header) && knows_zlib(directions_[1].header);
    learn(direction, command);
    print(direction, command_text(command, context_), used);
    const auto* unknown = std::get_if<wire::UnknownCommand>(&command);
    speaker.take(used, unknown != nullptr ? unknown->size : 0);
    return true;
}

void Conversation::learn(unsigned direction, const wire::Command& command)
{
    const auto rename = [](Direction& speaker, const std::string& nick) {
        if (!nick.empty()) speaker.name = as_word(nick);
    };
    if (const auto* nick = std::get_if<wire::Nick>(&command))
        rename(directions_[direction], nick->nick);
    if (const auto* mode = std::get_if<wire::Mode>(&command)) context_.ports.learn(*mode);
    if (const auto* sync_4 = std::get_if<wire::Sync4>(&command))
        rename(directions_[1 - direction], sync_4->nick);
    if (const auto* sync = std::get_if<wire::Sync>(&command)) {
        rename(directions_[1 - direction], sync->nick);
        context_.ports.learn(*sync);
    }
}

std::string Conversation::who(unsigned direction)
{
    if (number_ == 0) number_ = report_.next_connection();
    const std::string names = directions_[direction].name + "->" + directions_[1 - direction].name;
    return number_ == 1 ? names : names + " (" + std::to_string(number_) + ")";
}

void Conversation::print(unsigned direction, std::string_view text, std::size_t size)
{
    report_.line(directions_[direction].moment(size), who(direction), text);
}

void Conversation::print_and_take(unsigned direction, std::string_view text, std::size_t size)
{
    is_netplay_ = true;
    print(direction, text, size);
    directions_[direction].take(size);
}

void Conversation::fault(unsigned direction, std::string_view text)
{
    report_.fault(directions_[direction].moment(0), who(direction),
                  std::string(text) + ": " + as_hex(directions_[direction].unread()));
    directions_[direction].stop();
}

} // namespace netplay_relay::peer
