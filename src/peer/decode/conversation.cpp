#include "peer/decode/conversation.hpp"

#include "netplay_relay/netplay/handshake.hpp"
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
    ways_[0].name = names[0];
    ways_[1].name = names[1];
}

void Conversation::said(unsigned way, std::span<const std::uint8_t> bytes,
                        std::chrono::microseconds time)
{
    ways_[way].append(bytes, time);
    run();
}

void Conversation::lost(unsigned way, std::uint64_t gap, std::chrono::microseconds time)
{
    if (ways_[way].stage == Way::Stage::stopped) return;
    Moment moment = ways_[way].moment(0);
    moment.time = time;
    report_.fault(moment, who(way), std::to_string(gap) + " bytes are not in the capture");
    ways_[way].stop();
}

void Conversation::ended(unsigned way, std::string_view how, std::chrono::microseconds time)
{
    if (!is_netplay_) return;
    Moment moment = ways_[way].moment(0);
    moment.time = time;
    report_.line(moment, who(way), how);
}

void Conversation::finish()
{
    is_guessing_ = true;
    run();
    for (unsigned way = 0; way < 2; ++way) {
        const auto unread = ways_[way].unread();
        if (unread.empty()) continue;
        print(way,
              "the capture ends within a message, after " + std::to_string(unread.size()) +
                  " bytes of it: " + as_hex(unread),
              unread.size());
        ways_[way].stop();
    }
}

void Conversation::run()
{
    while (step(0) || step(1)) {
    }
}

bool Conversation::step(unsigned way)
{
    switch (ways_[way].stage) {
    case Way::Stage::opening: return read_opening(way);
    case Way::Stage::commands: return read_command(way);
    case Way::Stage::control_host: return read_control_host(way);
    case Way::Stage::control_relay: return read_control_relay(way);
    case Way::Stage::stopped: break;
    }
    return false;
}

bool Conversation::read_control_host(unsigned way)
{
    const auto decoded = wire::decode_control(ways_[way].unread());
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::ControlMessage>>(&decoded);
    if (taken == nullptr) {
        const bool is_lost_guest = wire::starts_like_netplay_header(ways_[way].unread());
        fault(way, is_lost_guest ? "a guest whose session id was mistyped" : "no control message");
    } else if (const auto* query = std::get_if<wire::AddressQuery>(&taken->message)) {
        print_and_take(way, "RATA asks for the address of " + as_hex(query->ticket.bytes),
                       taken->used);
    } else {
        print_and_take(way, "RATP", taken->used);
    }
    return true;
}

bool Conversation::read_control_relay(unsigned way)
{
    const auto unread = ways_[way].unread();
    if (unread.size() < wire::magic_size) return false;
    const std::uint32_t magic = wire::read_u32(unread);
    const std::size_t size = magic == wire::magic_ping      ? wire::magic_size
                             : magic == wire::magic_address ? wire::address_reply_size
                                                            : wire::tunnel_message_size;
    if (magic != wire::magic_ping && magic != wire::magic_address && magic != wire::magic_ticket) {
        fault(way, "no control message");
        return true;
    }
    if (unread.size() < size) return false;
    if (magic == wire::magic_ping) {
        print_and_take(way, "RATP", size);
        return true;
    }
    const std::string ticket = as_hex(unread.subspan(wire::magic_size, wire::id_size));
    if (magic == wire::magic_ticket)
        print_and_take(way, "RATL a guest waits: " + ticket, size);
    else
        print_and_take(
            way,
            "RATA " + ticket + " is " +
                address_text(unread.subspan(wire::tunnel_message_size).first(wire::address_size)),
            size);
    return true;
}

std::optional<std::uint32_t> Conversation::protocol() const
{
    if (options_.protocol) return options_.protocol;
    std::optional<std::uint32_t> guess;
    for (const Way& way : ways_) {
        if (!way.header) continue;
        if (std::holds_alternative<wire::NetplayHeader4>(*way.header)) return 4;
        const auto* header = std::get_if<wire::NetplayHeader>(&*way.header);
        if (header == nullptr) continue;
        if (way.side == wire::Side::server) return header->protocol;
        guess = std::clamp(std::max(header->salt_or_highest, header->protocol), 5U,
                           wire::protocol_newest);
    }
    if (is_guessing_) return guess;
    return std::nullopt;
}

// In protocol 5 the layout of INFO is told by the sender's build, unless he is a newer one that
// adapts to his peer: then the content's CRC stands where the version would have its end.
wire::Dialect Conversation::dialect(unsigned way, std::uint32_t protocol) const
{
    auto layout = netplay::info_layout_of(protocol, implementation_of(ways_[way].header));
    const auto unread = ways_[way].unread();
    if (protocol == 5 && unread.size() >= info_size && wire::read_u32(unread, info_crc_at) != 0)
        layout = wire::InfoLayout::name_first;
    return {protocol, layout, ways_[way].side.value_or(wire::Side::client), payload_max};
}

bool Conversation::read_command(unsigned way)
{
    Way& speaker = ways_[way];
    const auto number = protocol();
    if (!number) {
        // As if the host's header would not come any more.
        is_guessing_ = is_guessing_ || speaker.unread().size() > waiting_max;
        return is_guessing_ && protocol().has_value();
    }
    if (speaker.unread().size() < wire::command_head_size) return false;
    if (*number < wire::protocol_oldest || *number > wire::protocol_newest) {
        fault(way, "commands, although no protocol was agreed on");
        return true;
    }
    const auto decoded = speaker.stream().next(dialect(way, *number));
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    if (const auto* problem = std::get_if<wire::CommandFault>(&decoded)) {
        fault(way, wire::to_text(*problem));
        return true;
    }
    const auto& [command, used] = std::get<wire::Taken<wire::Command>>(decoded);
    context_.protocol = *number;
    context_.zlib = knows_zlib(ways_[0].header) && knows_zlib(ways_[1].header);
    learn(way, command);
    print(way, command_text(command, context_), used);
    const auto* unknown = std::get_if<wire::UnknownCommand>(&command);
    speaker.take(used, unknown != nullptr ? unknown->size : 0);
    return true;
}

void Conversation::learn(unsigned way, const wire::Command& command)
{
    const auto rename = [](Way& speaker, const std::string& nick) {
        if (!nick.empty()) speaker.name = as_word(nick);
    };
    if (const auto* nick = std::get_if<wire::Nick>(&command)) rename(ways_[way], nick->nick);
    if (const auto* mode = std::get_if<wire::Mode>(&command)) context_.ports.learn(*mode);
    if (const auto* sync_4 = std::get_if<wire::Sync4>(&command))
        rename(ways_[1 - way], sync_4->nick);
    if (const auto* sync = std::get_if<wire::Sync>(&command)) {
        rename(ways_[1 - way], sync->nick);
        context_.ports.learn(*sync);
    }
}

std::string Conversation::who(unsigned way)
{
    if (number_ == 0) number_ = report_.next_connection();
    const std::string names = ways_[way].name + "->" + ways_[1 - way].name;
    return number_ == 1 ? names : names + " (" + std::to_string(number_) + ")";
}

void Conversation::print(unsigned way, std::string_view text, std::size_t size)
{
    report_.line(ways_[way].moment(size), who(way), text);
}

void Conversation::print_and_take(unsigned way, std::string_view text, std::size_t size)
{
    is_netplay_ = true;
    print(way, text, size);
    ways_[way].take(size);
}

void Conversation::fault(unsigned way, std::string_view text)
{
    report_.fault(ways_[way].moment(0), who(way),
                  std::string(text) + ": " + as_hex(ways_[way].unread()));
    ways_[way].stop();
}

} // namespace netplay_relay::peer
