#include "peer/decode/command_text.hpp"

#include "netplay/savestate.hpp"
#include "peer/decode/escape.hpp"

#include <array>
#include <optional>
#include <vector>

namespace netplay_relay::peer {

namespace {

// Larger states are not unpacked, only counted.
constexpr std::size_t state_size_max = 64U << 20U;

constexpr std::array refusals{"other", "not privileged", "no free slot", "too fast",
                              "port not available"};

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string frame_text(const char* name, wire::Frame frame)
{
    return std::string(name) + " frame " + number(frame);
}

// "0 2 5": the set bits.
std::string list_text(std::uint32_t bits)
{
    if (bits == 0) return "none";
    std::string text;
    for (unsigned bit = 0; bit < 32; ++bit)
        if ((bits >> bit & 1U) != 0) text += (text.empty() ? "" : ",") + number(bit);
    return text;
}

// Each port that has a device, "0: device 1 held by 0,2".
std::string ports_text(const wire::Sync& sync)
{
    std::string text;
    for (std::size_t port = 0; port < wire::ports_max; ++port) {
        if (sync.devices[port] == 0 && sync.clients[port] == 0) continue;
        text += (text.empty() ? "" : "; ") + number(port) + ": device " +
                number(sync.devices[port]) + " held by " + list_text(sync.clients[port]);
        if (sync.share_modes[port] != 0) text += " shared " + number(sync.share_modes[port]);
    }
    return text.empty() ? "none" : text;
}

std::string flags_text(bool you, bool playing, bool slave)
{
    return std::string(you ? " YOU" : "") + (playing ? " PLAYING" : " SPECTATING") +
           (slave ? " SLAVE" : "");
}

std::string crc_text(std::span<const std::uint8_t> state)
{
    return "crc " + as_hex(netplay::crc32(state));
}

// What can be said of a state once it is unpacked.
std::string state_text(std::span<const std::uint8_t> state)
{
    if (!netplay::is_wrapped(state)) return crc_text(state);
    const auto inner = netplay::unwrap_state(state);
    if (!inner) return "in a damaged container";
    return "in a container: " + number(inner->size()) + " bytes, " + crc_text(*inner);
}

struct CommandText
{
    const TextContext& context;

    std::string operator()(const wire::Ack&) const { return "ACK"; }
    std::string operator()(const wire::Nak&) const { return "NAK"; }
    std::string operator()(const wire::Disconnect&) const { return "DISCONNECT"; }
    std::string operator()(const wire::EmptyInfo&) const { return "INFO empty"; }
    std::string operator()(const wire::Spectate&) const { return "SPECTATE"; }
    std::string operator()(const wire::RequestSavestate&) const { return "REQUEST_SAVESTATE"; }
    std::string operator()(const wire::Resume&) const { return "RESUME"; }
    std::string operator()(const wire::PingRequest&) const { return "PING_REQUEST"; }
    std::string operator()(const wire::PingResponse&) const { return "PING_RESPONSE"; }

    std::string operator()(const wire::Input& input) const
    {
        std::string text = frame_text("INPUT", input.frame) + " player " + number(input.player);
        if (context.protocol == 4 && input.from_server) text += " of the server";
        text += " words";
        for (const std::uint32_t word : input.words.view())
            text += " " + as_hex(word);
        return text +
               buttons_text(context.ports, context.protocol, input.player, input.words.view());
    }
    std::string operator()(const wire::NoInput& command) const
    {
        return frame_text("NOINPUT", command.frame);
    }
    std::string operator()(const wire::Nick& nick) const { return "NICK " + in_quotes(nick.nick); }
    std::string operator()(const wire::Password& password) const
    {
        return "PASSWORD hash " + in_quotes(password.hash);
    }
    std::string operator()(const wire::Info& info) const
    {
        return "INFO core " + in_quotes(info.core_name) + " version " +
               in_quotes(info.core_version) + " content " + as_hex(info.content_crc);
    }
    std::string operator()(const wire::Sync& sync) const
    {
        return frame_text("SYNC", sync.frame) + " client " + number(sync.client) + " nick " +
               in_quotes(sync.nick) + (sync.paused ? " PAUSED" : "") + " ports (" +
               ports_text(sync) + ") sram " + number(sync.sram.size()) + " bytes";
    }
    std::string operator()(const wire::Sync4& sync) const
    {
        return frame_text("SYNC", sync.frame) + " players " + list_text(sync.players) + " nick " +
               in_quotes(sync.nick) + (sync.paused ? " PAUSED" : "") +
               (sync.flip_frame != 0 ? " flipped from " + number(sync.flip_frame) : "") + " sram " +
               number(sync.sram.size()) + " bytes";
    }
    std::string operator()(const wire::Play& play) const
    {
        std::string text = play.slave ? "PLAY SLAVE" : "PLAY";
        text += play.ports == 0 ? " any port" : " ports " + list_text(play.ports);
        return play.share_mode == 0 ? text : text + " shared " + number(play.share_mode);
    }
    std::string operator()(const wire::Mode& mode) const
    {
        std::string text = frame_text("MODE", mode.frame) +
                           flags_text(mode.you, mode.playing, mode.slave) + " client " +
                           number(mode.client) + " ports " + list_text(mode.ports);
        for (std::size_t port = 0; port < wire::ports_max; ++port)
            if (mode.share_modes[port] != 0)
                text += " shared " + number(port) + ":" + number(mode.share_modes[port]);
        return text + " nick " + in_quotes(mode.nick);
    }
    std::string operator()(const wire::Mode4& mode) const
    {
        return frame_text("MODE", mode.frame) + flags_text(mode.you, mode.playing, mode.slave) +
               " player " + number(mode.player);
    }
    std::string operator()(const wire::ModeRefused& refused) const
    {
        const char* reason =
            refused.reason < refusals.size() ? refusals[refused.reason] : "unknown";
        return "MODE_REFUSED " + number(refused.reason) + " (" + reason + ")";
    }
    std::string operator()(const wire::Crc& crc) const
    {
        return frame_text("CRC", crc.frame) + " crc " + as_hex(crc.crc);
    }
    std::string operator()(const wire::LoadSavestate& load) const
    {
        std::string text = frame_text("LOAD_SAVESTATE", load.frame) + " state " +
                           number(load.size) + " bytes, " + number(load.data.size()) +
                           (context.zlib ? " compressed" : " raw");
        if (load.size > state_size_max) return text + ", too large to unpack";
        if (!context.zlib)
            return text + (load.data.size() == load.size ? ", " + state_text(load.data)
                                                         : ", of another size");
        const auto state = netplay::decompress(load.data, load.size);
        return text + ", " + (state ? state_text(*state) : "damaged");
    }
    std::string operator()(const wire::Pause& pause) const
    {
        return "PAUSE " + in_quotes(pause.nick);
    }
    std::string operator()(const wire::Stall& stall) const
    {
        return "STALL frames " + number(stall.frames);
    }
    std::string operator()(const wire::Reset& reset) const
    {
        return frame_text("RESET", reset.frame);
    }
    std::string operator()(const wire::NetPacket& packet) const
    {
        return std::string("NETPACKET") +
               (packet.excluding ? "_BROADCAST all but client " : " client ") +
               number(packet.client) + " data " + number(packet.data.size()) +
               " bytes: " + as_hex(packet.data);
    }
    std::string operator()(const wire::FlipPlayers& flip) const
    {
        return frame_text("FLIP_PLAYERS", flip.frame);
    }
    std::string operator()(const wire::Chat& chat) const
    {
        return "CHAT " + (chat.nick.empty() ? "" : "of " + in_quotes(chat.nick) + " ") +
               in_quotes(chat.text);
    }
    std::string operator()(const wire::AllowPausing& setting) const
    {
        return std::string("SETTING_ALLOW_PAUSING ") + (setting.allowed ? "yes" : "no");
    }
    std::string operator()(const wire::InputLatencyFrames& setting) const
    {
        return "SETTING_INPUT_LATENCY_FRAMES " + std::to_string(setting.minimum) + " to " +
               std::to_string(setting.maximum);
    }
    std::string operator()(const wire::UnknownCommand& command) const
    {
        return "unknown command " + as_hex(command.id) + " of " + number(command.size) + " bytes";
    }
};

std::string common_text(std::uint32_t platform, std::uint32_t compression,
                        std::uint32_t implementation)
{
    return " platform " + as_hex(platform) +
           ((compression & wire::compression_zlib) != 0 ? " zlib" : " no compression") +
           " implementation " + as_hex(implementation);
}

std::string with_reason(std::string text, wire::ToldReason reason)
{
    const std::string_view word = wire::word(reason);
    return word.empty() ? text : text.append(" (").append(word).append(")");
}

struct OpeningText
{
    wire::Side side;

    std::string operator()(const wire::NetplayHeader& header) const
    {
        const std::string word = number(header.protocol);
        std::string text = "header of the ";
        if (side == wire::Side::server) {
            text += "server: ";
            text += header.protocol == 0 ? "refused, no protocol in common" : "protocol " + word;
            if (header.salt_or_highest != 0)
                text += ", password wanted, salt " + as_hex(header.salt_or_highest);
        } else if (header.salt_or_highest == 0) {
            text += "client: protocol " + word;
        } else {
            text += "client: protocols " + word + " to " + number(header.salt_or_highest);
        }
        return text + "," + common_text(header.platform, header.compression, header.implementation);
    }
    std::string operator()(const wire::NetplayHeader4& header) const
    {
        return std::string("header of the ") + (side == wire::Side::server ? "server" : "client") +
               ": protocol 4," +
               (header.salt != 0 ? " password wanted, salt " + as_hex(header.salt) + "," : "") +
               common_text(header.platform, header.compression, header.implementation);
    }
    std::string operator()(const wire::HostFull& host) const
    {
        return with_reason("FULL: no place left", host.reason);
    }
    std::string operator()(const wire::HostDenies& host) const
    {
        return with_reason("DENY: banned", host.reason);
    }
    std::string operator()(const wire::Probe&) const { return "POKE: is this a netplay server?"; }
};

} // namespace

std::string command_text(const wire::Command& command, const TextContext& context)
{
    return std::visit(CommandText{context}, command);
}

std::string opening_text(const wire::Opening& opening, wire::Side side)
{
    return std::visit(OpeningText{side}, opening);
}

} // namespace netplay_relay::peer
