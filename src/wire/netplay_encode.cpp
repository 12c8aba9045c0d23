#include "wire/netplay_encode.hpp"

#include "base/ensure.hpp"
#include "netplay_fields.hpp"

#include <limits>
#include <string_view>

namespace netplay_relay::wire {

namespace {

std::uint32_t flag(bool is_set, std::uint32_t bit) { return is_set ? bit : 0; }

// Writes one command: a head whose size is known when the payload is there, and the payload.
class Writer
{
public:
    Writer(const Dialect& dialect, std::vector<std::uint8_t>& out) : dialect_(dialect), out_(out) {}

    void operator()(const Ack&) { empty(id::ack); }
    void operator()(const Nak&) { empty(id::nak); }
    void operator()(const Disconnect&) { empty(id::disconnect); }
    void operator()(const EmptyInfo&) { empty(id::info); }
    void operator()(const Spectate&) { empty(id::spectate); }
    void operator()(const RequestSavestate&) { empty(id::request_savestate); }
    void operator()(const Resume&) { empty(id::resume); }

    void operator()(const PingRequest&)
    {
        since(6);
        empty(id::ping_request);
    }
    void operator()(const PingResponse&)
    {
        since(6);
        empty(id::ping_response);
    }

    void operator()(const NoInput& no_input) { word(id::no_input, no_input.frame); }
    void operator()(const ModeRefused& refused) { word(id::mode_refused, refused.reason); }
    void operator()(const Stall& stall) { word(id::stall, stall.frames); }
    void operator()(const Reset& reset) { word(id::reset, reset.frame); }

    void operator()(const FlipPlayers& flip)
    {
        only_in_4();
        word(id::flip_players, flip.frame);
    }

    void operator()(const Input& input)
    {
        ensure(!is_4() || input.words.size() == input_words_4,
               "INPUT of protocol 4 has three words");
        head(id::input, 8 + 4 * input.words.size());
        put_u32(out_, input.frame);
        put_u32(out_, is_4() ? flag(input.from_server, bit_31) | (input.player & ~bit_31)
                             : input.player & 0xFFFF);
        for (const std::uint32_t one : input.words.view())
            put_u32(out_, one);
    }

    void operator()(const Nick& nick)
    {
        head(id::nick, nick_field_size);
        put_text(out_, nick.nick, nick_field_size);
    }

    void operator()(const Password& password)
    {
        head(id::password, password_hash_size);
        ensure(password.hash.size() == password_hash_size, "a password hash has 64 digits");
        out_.insert(out_.end(), password.hash.begin(), password.hash.end());
    }

    void operator()(const Info& info)
    {
        head(id::info, 4 + 2 * core_field_size);
        if (dialect_.info == InfoLayout::crc_first) put_u32(out_, info.content_crc);
        put_text(out_, info.core_name, core_field_size);
        put_text(out_, info.core_version, core_field_size);
        if (dialect_.info == InfoLayout::name_first) put_u32(out_, info.content_crc);
    }

    void operator()(const Sync& sync)
    {
        since(5);
        head(id::sync, sync_size + sync.sram.size());
        put_u32(out_, sync.frame);
        put_u32(out_, flag(sync.paused, bit_31) | (sync.client & ~bit_31));
        for (const std::uint32_t device : sync.devices)
            put_u32(out_, device);
        put_bytes(out_, sync.share_modes);
        for (const std::uint32_t clients : sync.clients)
            put_u32(out_, clients);
        put_text(out_, sync.nick, nick_field_size);
        put_bytes(out_, sync.sram);
    }

    void operator()(const Sync4& sync)
    {
        only_in_4();
        head(id::sync, sync_4_size + sync.sram.size());
        put_u32(out_, sync.frame);
        put_u32(out_, flag(sync.paused, bit_31) | (sync.players & ~bit_31));
        put_u32(out_, sync.flip_frame);
        for (const std::uint32_t device : sync.devices)
            put_u32(out_, device);
        put_text(out_, sync.nick, nick_field_size);
        put_bytes(out_, sync.sram);
    }

    void operator()(const Play& play)
    {
        if (is_4()) return word(id::play, flag(play.slave, 1));
        word(id::play,
             flag(play.slave, bit_31) | std::uint32_t{play.share_mode} << 16 | play.ports);
    }

    void operator()(const Mode& mode)
    {
        since(5);
        head(id::mode, 12 + ports_max + nick_field_size);
        put_u32(out_, mode.frame);
        put_u32(out_, flag(mode.you, mode_you) | flag(mode.playing, mode_playing) |
                          flag(mode.slave, mode_slave) | (mode.client & 0xFFFF));
        put_u32(out_, mode.ports);
        put_bytes(out_, mode.share_modes);
        put_text(out_, mode.nick, nick_field_size);
    }

    void operator()(const Mode4& mode)
    {
        only_in_4();
        head(id::mode, 8);
        put_u32(out_, mode.frame);
        put_u32(out_, flag(mode.you, mode_4_you) | flag(mode.playing, mode_4_playing) |
                          flag(mode.slave, mode_4_slave) | (mode.player & 0xFFFF));
    }

    void operator()(const Crc& crc)
    {
        head(id::crc, 8);
        put_u32(out_, crc.frame);
        put_u32(out_, crc.crc);
    }

    void operator()(const LoadSavestate& load)
    {
        head(id::load_savestate, 8 + load.data.size());
        put_u32(out_, load.frame);
        put_u32(out_, load.size);
        put_bytes(out_, load.data);
    }

    void operator()(const Pause& pause)
    {
        head(id::pause, nick_field_size);
        put_text(out_, pause.nick, nick_field_size);
    }

    void operator()(const NetPacket& packet)
    {
        since(5);
        ensure(packet.data.size() <= netpacket_data_max, "a packet beyond 64 KiB");
        head(packet.excluding ? id::netpacket_broadcast : id::netpacket, packet.data.size());
        put_u32(out_, packet.client);
        put_bytes(out_, packet.data);
    }

    void operator()(const Chat& chat)
    {
        since(6);
        const std::string_view all = chat.text;
        const std::string_view text = all.substr(0, std::min(all.find('\0'), chat_text_max));
        ensure(!text.empty(), "a chat without a text");
        const bool with_nick = dialect_.sender == Side::server;
        head(id::chat, text.size() + (with_nick ? nick_field_size : 0));
        if (with_nick) put_text(out_, chat.nick, nick_field_size);
        out_.insert(out_.end(), text.begin(), text.end());
    }

    void operator()(const AllowPausing& setting)
    {
        since(6);
        word(id::allow_pausing, setting.allowed ? 1 : 0);
    }

    void operator()(const InputLatencyFrames& setting)
    {
        since(6);
        head(id::input_latency_frames, 8);
        put_u32(out_, static_cast<std::uint32_t>(setting.minimum));
        put_u32(out_, static_cast<std::uint32_t>(setting.maximum));
    }

    // Its payload is the caller's to append.
    void operator()(const UnknownCommand& unknown) { head(unknown.id, unknown.size); }

private:
    [[nodiscard]] bool is_4() const { return dialect_.protocol < 5; }
    void only_in_4() const { ensure(is_4(), "a command of protocol 4 in a later one"); }
    void since(std::uint32_t protocol) const
    {
        ensure(dialect_.protocol >= protocol, "a command that an earlier protocol does not have");
    }

    void head(std::uint32_t command, std::size_t size)
    {
        ensure(size <= std::numeric_limits<std::uint32_t>::max(), "a payload beyond 4 GiB");
        put_u32(out_, command);
        put_u32(out_, static_cast<std::uint32_t>(size));
    }
    void empty(std::uint32_t command) { head(command, 0); }
    void word(std::uint32_t command, std::uint32_t value)
    {
        head(command, 4);
        put_u32(out_, value);
    }

    const Dialect& dialect_;
    std::vector<std::uint8_t>& out_;
};

} // namespace

void encode_command(const Command& command, const Dialect& dialect, std::vector<std::uint8_t>& out)
{
    std::visit(Writer(dialect, out), command);
}

void encode_savestate_head(const LoadSavestate& load, std::vector<std::uint8_t>& out)
{
    put_u32(out, id::load_savestate);
    put_u32(out, static_cast<std::uint32_t>(8 + load.data.size()));
    put_u32(out, load.frame);
    put_u32(out, load.size);
}

} // namespace netplay_relay::wire
