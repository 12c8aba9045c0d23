#include "wire/netplay_decode.hpp"

#include "netplay_fields.hpp"

#include <array>
#include <optional>

namespace netplay_relay::wire {

namespace {

using Payload = std::variant<Command, CommandFault>;

enum class Sender : std::uint8_t
{
    either,
    server,
    client,
};

// What keeps a payload from being longer than its `size_max`, and how it is called if it is.
enum class Bound : std::uint8_t
{
    none,      // its form: a wrong size
    packet,    // our limit: too large
    savestate, // our limit, Dialect::savestate_max bytes more than `size_max`: too large
};

// A command as the protocols from `oldest` to `newest` have it. Its payload has `size_min` bytes
// and any multiple of `step` more, up to `size_max`.
struct Rule
{
    std::uint32_t id;
    Sender sender;
    std::uint32_t oldest;
    std::uint32_t newest;
    std::uint32_t size_min;
    std::uint32_t step;
    std::uint32_t size_max;
    Payload (*read)(FieldReader, const Dialect&);
    Bound bound = Bound::none;
    // Bytes behind the head that the size field does not count.
    std::uint32_t uncounted = 0;
};

template <class Message>
Payload read_empty(FieldReader, const Dialect&)
{
    return Message{};
}

template <class Message>
Payload read_word(FieldReader fields, const Dialect&)
{
    return Message{fields.u32()};
}

Payload read_input(FieldReader fields, const Dialect& dialect)
{
    Input input{fields.u32(), fields.u32(), false, {}};
    if (dialect.protocol < 5) {
        input.from_server = (input.player & bit_31) != 0;
        input.player &= ~bit_31;
    } else {
        input.player &= 0xFFFF;
        input.from_server = input.player == 0;
    }
    while (fields.left() > 0)
        input.words.push_back(fields.u32());
    return input;
}

Payload read_nick(FieldReader fields, const Dialect&) { return Nick{fields.text(nick_field_size)}; }

Payload read_password(FieldReader fields, const Dialect&)
{
    const auto hash = fields.rest();
    return Password{{hash.begin(), hash.end()}};
}

Payload read_info(FieldReader fields, const Dialect& dialect)
{
    if (fields.left() == 0) return EmptyInfo{};
    Info info;
    if (dialect.info == InfoLayout::crc_first) info.content_crc = fields.u32();
    info.core_name = fields.text(core_field_size);
    info.core_version = fields.text(core_field_size);
    if (dialect.info == InfoLayout::name_first) info.content_crc = fields.u32();
    return info;
}

void read_words(FieldReader& fields, std::array<std::uint32_t, ports_max>& words)
{
    for (std::uint32_t& word : words)
        word = fields.u32();
}

Payload read_sync(FieldReader fields, const Dialect&)
{
    Sync sync;
    sync.frame = fields.u32();
    const std::uint32_t word = fields.u32();
    sync.paused = (word & bit_31) != 0;
    sync.client = word & ~bit_31;
    if (sync.client == 0 || sync.client >= clients_max) return CommandFault::wrong_value;
    read_words(fields, sync.devices);
    std::ranges::copy(fields.bytes(ports_max), sync.share_modes.begin());
    read_words(fields, sync.clients);
    sync.nick = fields.text(nick_field_size);
    sync.sram = fields.rest();
    return sync;
}

Payload read_sync_4(FieldReader fields, const Dialect&)
{
    Sync4 sync;
    sync.frame = fields.u32();
    const std::uint32_t word = fields.u32();
    sync.paused = (word & bit_31) != 0;
    sync.players = word & ~bit_31;
    sync.flip_frame = fields.u32();
    read_words(fields, sync.devices);
    sync.nick = fields.text(nick_field_size);
    sync.sram = fields.rest();
    return sync;
}

Payload read_play(FieldReader fields, const Dialect&)
{
    const std::uint32_t word = fields.u32();
    return Play{(word & bit_31) != 0, static_cast<std::uint8_t>(word >> 16),
                static_cast<std::uint16_t>(word)};
}

Payload read_play_4(FieldReader fields, const Dialect&)
{
    Play play;
    play.slave = fields.left() > 0 && (fields.u32() & 1) != 0;
    return play;
}

Payload read_mode(FieldReader fields, const Dialect&)
{
    Mode mode;
    mode.frame = fields.u32();
    const std::uint32_t word = fields.u32();
    mode.you = (word & mode_you) != 0;
    mode.playing = (word & mode_playing) != 0;
    mode.slave = (word & mode_slave) != 0;
    mode.client = word & 0xFFFF;
    mode.ports = fields.u32();
    std::ranges::copy(fields.bytes(ports_max), mode.share_modes.begin());
    mode.nick = fields.text(nick_field_size);
    return mode;
}

Payload read_mode_4(FieldReader fields, const Dialect&)
{
    Mode4 mode;
    mode.frame = fields.u32();
    const std::uint32_t word = fields.u32();
    mode.player = word & 0xFFFF;
    mode.you = (word & mode_4_you) != 0;
    mode.playing = (word & mode_4_playing) != 0;
    mode.slave = (word & mode_4_slave) != 0;
    return mode;
}

Payload read_crc(FieldReader fields, const Dialect&)
{
    const Frame frame = fields.u32();
    return Crc{frame, fields.u32()};
}

Payload read_savestate(FieldReader fields, const Dialect&)
{
    LoadSavestate load;
    load.frame = fields.u32();
    load.size = fields.u32();
    load.data = fields.rest();
    return load;
}

Payload read_pause(FieldReader fields, const Dialect&)
{
    return Pause{fields.text(nick_field_size)};
}

template <bool excluding>
Payload read_netpacket(FieldReader fields, const Dialect&)
{
    const std::uint32_t client = fields.u32();
    return NetPacket{excluding, client, fields.rest()};
}

Payload read_chat(FieldReader fields, const Dialect& dialect)
{
    Chat chat;
    if (dialect.sender == Side::server) chat.nick = fields.text(nick_field_size);
    const auto text = fields.rest();
    if (std::ranges::find(text, 0) != text.end()) return CommandFault::wrong_value;
    chat.text.assign(text.begin(), text.end());
    return chat;
}

Payload read_allow_pausing(FieldReader fields, const Dialect&)
{
    const std::uint32_t word = fields.u32();
    if (word > 1) return CommandFault::wrong_value;
    return AllowPausing{word == 1};
}

Payload read_latency(FieldReader fields, const Dialect&)
{
    const auto minimum = static_cast<std::int32_t>(fields.u32());
    return InputLatencyFrames{minimum, static_cast<std::int32_t>(fields.u32())};
}

constexpr std::uint32_t chat_max = chat_text_max;
constexpr std::uint32_t chat_nick = nick_field_size;
constexpr std::uint32_t packet_max = netpacket_data_max;
constexpr std::uint32_t input_size = 8;
constexpr std::uint32_t input_size_max = input_size + 4 * input_words_max;
constexpr std::uint32_t input_4_size = input_size + 4 * input_words_4;

// Ordered by how often they are sent, as far as that matters.
// clang-format off
constexpr std::array rules{
    Rule{id::input, Sender::either, 5, 7, input_size, 4, input_size_max, read_input},
    Rule{id::no_input, Sender::server, 4, 7, 4, 1, 4, read_word<NoInput>},
    Rule{id::input, Sender::either, 4, 4, input_4_size, 1, input_4_size, read_input},
    Rule{id::netpacket, Sender::either, 5, 7, 0, 1, packet_max, read_netpacket<false>,
         Bound::packet, 4},
    Rule{id::netpacket_broadcast, Sender::client, 5, 7, 0, 1, packet_max, read_netpacket<true>,
         Bound::packet, 4},
    Rule{id::ping_request, Sender::either, 6, 7, 0, 1, 0, read_empty<PingRequest>},
    Rule{id::ping_response, Sender::either, 6, 7, 0, 1, 0, read_empty<PingResponse>},
    Rule{id::crc, Sender::server, 4, 7, 8, 1, 8, read_crc},
    Rule{id::request_savestate, Sender::either, 4, 7, 0, 1, 0, read_empty<RequestSavestate>},
    Rule{id::load_savestate, Sender::either, 4, 7, 8, 1, 8, read_savestate, Bound::savestate},
    Rule{id::chat, Sender::client, 6, 7, 1, 1, chat_max, read_chat},
    Rule{id::chat, Sender::server, 6, 7, chat_nick + 1, 1, chat_nick + chat_max, read_chat},
    Rule{id::spectate, Sender::client, 4, 7, 0, 1, 0, read_empty<Spectate>},
    Rule{id::play, Sender::client, 5, 7, 4, 1, 4, read_play},
    Rule{id::play, Sender::client, 4, 4, 0, 4, 4, read_play_4},
    Rule{id::mode, Sender::server, 5, 7, 60, 1, 60, read_mode},
    Rule{id::mode, Sender::server, 4, 4, 8, 1, 8, read_mode_4},
    Rule{id::mode_refused, Sender::server, 4, 7, 4, 1, 4, read_word<ModeRefused>},
    Rule{id::pause, Sender::either, 4, 7, 32, 1, 32, read_pause},
    Rule{id::resume, Sender::either, 4, 7, 0, 1, 0, read_empty<Resume>},
    Rule{id::stall, Sender::server, 4, 7, 4, 1, 4, read_word<Stall>},
    Rule{id::reset, Sender::either, 4, 7, 4, 1, 4, read_word<Reset>},
    Rule{id::flip_players, Sender::server, 4, 4, 4, 1, 4, read_word<FlipPlayers>},
    Rule{id::nick, Sender::either, 4, 7, 32, 1, 32, read_nick},
    Rule{id::password, Sender::client, 4, 7, 64, 1, 64, read_password},
    Rule{id::info, Sender::either, 4, 7, 0, 68, 68, read_info},
    Rule{id::sync, Sender::server, 5, 7, sync_size, 1, sync_size, read_sync, Bound::savestate},
    Rule{id::sync, Sender::server, 4, 4, sync_4_size, 1, sync_4_size, read_sync_4,
         Bound::savestate},
    Rule{id::allow_pausing, Sender::server, 6, 7, 4, 1, 4, read_allow_pausing},
    Rule{id::input_latency_frames, Sender::server, 6, 7, 8, 1, 8, read_latency},
    Rule{id::ack, Sender::either, 4, 7, 0, 1, 0, read_empty<Ack>},
    Rule{id::nak, Sender::either, 4, 7, 0, 1, 0, read_empty<Nak>},
    Rule{id::disconnect, Sender::either, 4, 7, 0, 1, 0, read_empty<Disconnect>},
};
// clang-format on

bool may_send(const Rule& rule, Side side)
{
    return rule.sender == Sender::either ||
           rule.sender == (side == Side::server ? Sender::server : Sender::client);
}

struct Found
{
    const Rule* rule = nullptr; // none: not this side's, or unknown
    bool known = false;
};

Found find_rule(std::uint32_t command, const Dialect& dialect)
{
    Found found;
    for (const Rule& rule : rules) {
        if (rule.id != command || dialect.protocol < rule.oldest || dialect.protocol > rule.newest)
            continue;
        found.known = true;
        if (may_send(rule, dialect.sender)) return {&rule, true};
    }
    return found;
}

std::optional<CommandFault> check_size(const Rule& rule, std::uint32_t size, const Dialect& dialect)
{
    if (size < rule.size_min) return CommandFault::wrong_size;
    const std::uint32_t more = size - rule.size_min;
    if (rule.bound == Bound::savestate) {
        if (more > dialect.savestate_max) return CommandFault::too_large;
        return std::nullopt;
    }
    if (size > rule.size_max)
        return rule.bound == Bound::packet ? CommandFault::too_large : CommandFault::wrong_size;
    if (more % rule.step != 0) return CommandFault::wrong_size;
    return std::nullopt;
}

} // namespace

const char* to_text(CommandFault fault)
{
    switch (fault) {
    case CommandFault::wrong_size: return "wrong_size";
    case CommandFault::too_large: return "too_large";
    case CommandFault::wrong_value: return "wrong_value";
    case CommandFault::wrong_side: return "wrong_side";
    }
    return "unknown";
}

DecodedHead decode_command_head(std::span<const std::uint8_t> bytes, const Dialect& dialect)
{
    if (bytes.size() < command_head_size) return NeedMore{};
    const std::uint32_t command = read_u32(bytes);
    const std::uint32_t size = read_u32(bytes, 4);
    const Found found = find_rule(command, dialect);
    if (!found.known) return CommandHead{command, size, false};
    if (found.rule == nullptr) return CommandFault::wrong_side;
    if (const auto fault = check_size(*found.rule, size, dialect)) return *fault;
    return CommandHead{command, std::uint64_t{size} + found.rule->uncounted, true};
}

DecodedCommand decode_command(std::span<const std::uint8_t> bytes, const Dialect& dialect)
{
    if (bytes.size() < command_head_size) return NeedMore{};
    const std::uint32_t command = read_u32(bytes);
    const std::uint32_t size = read_u32(bytes, 4);
    const Found found = find_rule(command, dialect);
    if (!found.known) return Taken<Command>{UnknownCommand{command, size}, command_head_size};
    if (found.rule == nullptr) return CommandFault::wrong_side;
    const Rule& rule = *found.rule;
    if (const auto fault = check_size(rule, size, dialect)) return *fault;
    const std::size_t payload = std::size_t{size} + rule.uncounted;
    if (bytes.size() - command_head_size < payload) return NeedMore{};
    Payload read = rule.read(FieldReader(bytes.subspan(command_head_size, payload)), dialect);
    if (const auto* fault = std::get_if<CommandFault>(&read)) return *fault;
    return Taken<Command>{std::get<Command>(std::move(read)), command_head_size + payload};
}

bool starts_savestate(std::span<const std::uint8_t> bytes)
{
    return bytes.size() >= magic_size && read_u32(bytes) == id::load_savestate;
}

std::variant<NeedMore, CommandFault, SavestateHead>
decode_savestate_head(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < command_head_size) return NeedMore{};
    const std::uint32_t size = read_u32(bytes, 4);
    constexpr std::uint32_t fields = savestate_head_size - command_head_size;
    if (size < fields) return CommandFault::wrong_size;
    if (bytes.size() < savestate_head_size) return NeedMore{};
    return SavestateHead{read_u32(bytes, 8), read_u32(bytes, 12), size - fields};
}

} // namespace netplay_relay::wire
