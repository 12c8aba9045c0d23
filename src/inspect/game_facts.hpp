// What the passing bytes of a link tell of its game.
#pragma once

#include "wire/netplay_command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::inspect {

// The two ends of a link. The guest is the client of netplay, the host its server.
enum class End : std::uint8_t
{
    guest,
    host,
};
constexpr End last_value(End) { return End::host; }

// How far the two have come.
enum class Stage : std::uint8_t
{
    header,      // nobody, or only the guest, has said its header
    handshake,   // they have a protocol in common
    game,        // the guest was given SYNC
    host_full,   // the host answered FULL
    host_denied, // the host answered DENY
    old_version, // the host refused the guest's protocol
};
constexpr Stage last_value(Stage) { return Stage::old_version; }

// Every text here is valid UTF-8 without control characters, at most 31 characters long, and is
// empty as long as it is not known.
struct EndFacts
{
    std::string nick;
    std::uint32_t content_crc = 0; // 0: unknown, or no content
    // The last frame of which this end has sent input of its own, or said that it has none.
    std::optional<wire::Frame> frame;
};

struct Player
{
    std::uint32_t number = 0; // 0 is the host
    std::string nick;
};

struct SavestateFacts
{
    wire::Frame frame = 0;
    std::uint32_t size = 0; // of the state, uncompressed, in bytes
    End from = End::host;
};

struct CommandFacts
{
    std::string_view name; // as in protocol.md: "INPUT"
    End from = End::host;
};

struct GameFacts
{
    Stage stage = Stage::header;
    std::uint32_t protocol = 0; // 4 to 7; 0: not agreed on yet
    bool password_asked = false;
    std::string core_name;
    std::string core_version;
    EndFacts guest;
    EndFacts host;
    bool content_differs = false; // both have content, and not the same
    std::vector<Player> players;  // by number; at most wire::clients_max
    std::optional<CommandFacts> last_command;
    std::uint32_t crcs = 0;           // CRC commands of the host
    std::uint32_t crc_mismatches = 0; // after which the guest asked for a savestate
    std::uint32_t resyncs = 0;        // mismatches that the host has answered with one
    std::uint32_t savestates = 0;     // of either end
    std::optional<SavestateFacts> last_savestate;
    std::uint32_t resets = 0;
    std::uint32_t pauses = 0;
    std::uint32_t chats = 0; // only counted: what people say to each other is theirs
};

// The word for status and tests: "host_full".
[[nodiscard]] std::string_view to_text(Stage stage);
[[nodiscard]] std::string_view to_text(End end);

} // namespace netplay_relay::inspect
