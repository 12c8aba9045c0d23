// The netplay commands of protocols 4 to 7, as values (protocol.md, "Netplay commands").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace netplay_relay::wire {

// A frame of the game, counted by both sides from where the host began. Never wraps.
using Frame = std::uint32_t;

inline constexpr std::size_t command_head_size = 8; // id and payload size, 4 bytes each
inline constexpr std::size_t ports_max = 16;        // input ports of a core
inline constexpr std::uint32_t clients_max = 32;    // client numbers; 0 is the server
inline constexpr std::size_t nick_field_size = 32;  // with the NUL that usually ends it
inline constexpr std::size_t core_field_size = 32;
inline constexpr std::size_t password_hash_size = 64; // hex digits
inline constexpr std::size_t chat_text_max = 95;
inline constexpr std::size_t input_words_max = 16; // RetroArch itself sends at most 11
inline constexpr std::size_t netpacket_data_max = 64 * 1024;
inline constexpr std::uint32_t stall_frames_max = 60;

// The order of the fields of INFO changed between RetroArch 1.9.0 and 1.9.1, without a new protocol
// number.
enum class InfoLayout : std::uint8_t
{
    crc_first,  // 1.9.1 and later
    name_first, // up to 1.9.0, and protocol 4
};
constexpr InfoLayout last_value(InfoLayout) { return InfoLayout::name_first; }

enum class Side : std::uint8_t
{
    server, // the peer that accepts: client number 0
    client,
};

// What must be known to read or write a stream of commands.
struct Dialect
{
    std::uint32_t protocol = 6;              // 4 to 7
    InfoLayout info = InfoLayout::crc_first; // of this connection
    Side sender = Side::server;              // who sends the commands
    std::size_t savestate_max = 16U << 20U;  // bytes of savestate data or SRAM that are taken
};

// The words of one player's INPUT, kept in place.
class InputWords
{
public:
    InputWords() = default;
    explicit InputWords(std::span<const std::uint32_t> words); // at most input_words_max

    [[nodiscard]] std::span<const std::uint32_t> view() const { return {words_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    void push_back(std::uint32_t word); // ignored when full
    bool operator==(const InputWords& other) const;

    // What it consists of, for records (src/record/archive.hpp); so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.words_, self.size_);
        archive.check(self.size_ <= input_words_max);
    }

private:
    std::array<std::uint32_t, input_words_max> words_{};
    std::uint8_t size_ = 0;
};

// clang-format off
struct Ack { bool operator==(const Ack&) const = default; };
struct Nak { bool operator==(const Nak&) const = default; };
struct Disconnect { bool operator==(const Disconnect&) const = default; };
struct EmptyInfo { bool operator==(const EmptyInfo&) const = default; }; // "nothing loaded"
struct Spectate { bool operator==(const Spectate&) const = default; };
struct RequestSavestate { bool operator==(const RequestSavestate&) const = default; };
struct Resume { bool operator==(const Resume&) const = default; };
struct PingRequest { bool operator==(const PingRequest&) const = default; };
struct PingResponse { bool operator==(const PingResponse&) const = default; };
// clang-format on

struct Input
{
    Frame frame = 0;
    // The client number (protocol 5 and later) or the player (protocol 4) the words belong to.
    std::uint32_t player = 0;
    bool from_server = false; // protocol 4: "server's own data". Later: player == 0.
    InputWords words;         // protocol 4: always 3
    bool operator==(const Input&) const = default;
};

struct NoInput
{
    Frame frame = 0;
    bool operator==(const NoInput&) const = default;
};

struct Nick
{
    std::string nick; // cut at the first NUL, at most 31 characters
    bool operator==(const Nick&) const = default;
};

struct Password
{
    std::string hash; // exactly password_hash_size characters, as sent
    bool operator==(const Password&) const = default;
};

struct Info
{
    std::uint32_t content_crc = 0; // 0: unknown, or no content
    std::string core_name;         // cut at the first NUL, at most 31 characters
    std::string core_version;
    bool operator==(const Info&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.content_crc, self.core_name, self.core_version);
        archive.check(self.core_name.size() < core_field_size);
        archive.check(self.core_version.size() < core_field_size);
    }
};

// The spans of Sync, LoadSavestate and NetPacket point into the bytes that were decoded.
struct Sync
{
    Frame frame = 0; // where the client starts
    bool paused = false;
    std::uint32_t client = 0;                          // the client's number, 1 to 31
    std::array<std::uint32_t, ports_max> devices{};    // libretro device of each port
    std::array<std::uint8_t, ports_max> share_modes{}; // of each port
    std::array<std::uint32_t, ports_max> clients{};    // bitmap of those who control each port
    std::string nick;                                  // what the server calls the client
    std::span<const std::uint8_t> sram;
};

struct Sync4
{
    Frame frame = 0;
    bool paused = false;
    std::uint32_t players = 0; // bitmap, bits 0 to 30
    Frame flip_frame = 0;      // 0: the players are not flipped
    std::array<std::uint32_t, ports_max> devices{};
    std::string nick;
    std::span<const std::uint8_t> sram;
};

struct Play
{
    bool slave = false;
    std::uint8_t share_mode = 0; // the wanted one
    std::uint16_t ports = 0;     // bitmap of the wanted ones, 0: any free one
    bool operator==(const Play&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.slave, self.share_mode, self.ports);
    }
};

struct Mode
{
    Frame frame = 0; // the first with, or without, that player's input
    bool you = false;
    bool playing = false;
    bool slave = false;
    std::uint32_t client = 0; // as sent: 0 to 65535
    std::uint32_t ports = 0;  // bitmap, 0 when not playing
    std::array<std::uint8_t, ports_max> share_modes{};
    std::string nick;
    bool operator==(const Mode&) const = default;
};

struct Mode4
{
    Frame frame = 0;
    std::uint32_t player = 0; // as sent: 0 to 65535
    bool you = false;
    bool playing = false;
    bool slave = false;
    bool operator==(const Mode4&) const = default;
};

enum class ModeRefusal : std::uint32_t
{
    other = 0,
    not_privileged = 1,
    no_free_slot = 2,
    too_fast = 3,
    not_available = 4, // a wanted port is taken
};

struct ModeRefused
{
    std::uint32_t reason = 0; // a ModeRefusal, or what a newer version may add
    bool operator==(const ModeRefused&) const = default;
};

struct Crc
{
    Frame frame = 0;
    std::uint32_t crc = 0; // CRC-32 of the uncompressed core state before that frame
    bool operator==(const Crc&) const = default;
};

struct LoadSavestate
{
    Frame frame = 0;                    // whose input is not yet applied
    std::uint32_t size = 0;             // of the state, uncompressed
    std::span<const std::uint8_t> data; // as on the wire: see netplay/savestate.hpp
};

struct Pause
{
    std::string nick;
    bool operator==(const Pause&) const = default;
};

struct Stall
{
    std::uint32_t frames = 0; // as sent; receivers cap it at stall_frames_max
    bool operator==(const Stall&) const = default;
};

struct Reset
{
    Frame frame = 0;
    bool operator==(const Reset&) const = default;
};

// A packet of a core that does its own networking. Its size field does not count the client id.
struct NetPacket
{
    bool excluding = false; // the command of 1.16.0: to all but `client`
    std::uint32_t client = 0;
    std::span<const std::uint8_t> data;
};

struct FlipPlayers // protocol 4 only
{
    Frame frame = 0;
    bool operator==(const FlipPlayers&) const = default;
};

struct Chat
{
    std::string nick; // of the speaker; only from a server, cut at the first NUL
    std::string text; // 1 to chat_text_max bytes
    bool operator==(const Chat&) const = default;
};

struct AllowPausing
{
    bool allowed = false;
    bool operator==(const AllowPausing&) const = default;
};

struct InputLatencyFrames
{
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
    bool operator==(const InputLatencyFrames&) const = default;
};

// A command we do not know: its `size` payload bytes follow and are to be skipped. RetroArch up to
// 1.9.14 takes it for fatal.
struct UnknownCommand
{
    std::uint32_t id = 0;
    std::uint32_t size = 0;
    bool operator==(const UnknownCommand&) const = default;
};

using Command =
    std::variant<Ack, Nak, Disconnect, Input, NoInput, Nick, Password, EmptyInfo, Info, Sync, Sync4,
                 Spectate, Play, Mode, Mode4, ModeRefused, Crc, RequestSavestate, LoadSavestate,
                 Pause, Resume, Stall, Reset, NetPacket, FlipPlayers, Chat, PingRequest,
                 PingResponse, AllowPausing, InputLatencyFrames, UnknownCommand>;

// The words that one port of a device takes in INPUT, by the low byte of the device: 0 to 5.
[[nodiscard]] std::size_t device_words(std::uint32_t device);

} // namespace netplay_relay::wire
