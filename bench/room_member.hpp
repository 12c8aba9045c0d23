// One member of a room of the bench: its connection, where it is in the game, what it expects.
#pragma once

#include "netplay/handshake.hpp"
#include "socket.hpp"
#include "tunnel.hpp"

#include <memory>
#include <vector>

namespace bench {

using netplay_relay::wire::Frame;

constexpr std::uint32_t command_input = 0x0003;
constexpr std::uint32_t command_no_input = 0x0004;
constexpr std::uint32_t command_play = 0x0025;
constexpr std::uint32_t command_mode = 0x0026;
constexpr std::uint32_t command_mode_refused = 0x0027;
constexpr std::uint32_t command_request_savestate = 0x0041;
constexpr std::uint32_t command_load_savestate = 0x0042;

constexpr std::size_t command_head = 8;
constexpr std::size_t savestate_head = 16;

std::uint32_t word_at(const unsigned char* in);

// What an INPUT is to the room's clock when it is sent; see "Rooms" in README.md.
enum class Kind : std::uint8_t
{
    owner,    // closes its frame
    late,     // its frame is closed, and the sender has been told so
    held,     // the clock's owner has not sent its own
    crossing, // the owner has, but the sender does not know yet
    count,
};

enum class Phase : std::uint8_t
{
    unrecorded,
    quiet,
    near,     // less than a second after a savestate began
    transfer, // a savestate is on its way
    count,
};

struct Sent
{
    std::uint64_t at = 0;
    Frame frame = ~Frame{0};
    Kind kind = Kind::owner;
    Phase phase = Phase::unrecorded;
};

constexpr std::size_t sent_kept = 256;              // frames; nobody is so far behind
using InputMessage = std::array<unsigned char, 20>; // one joypad
using History = std::array<Sent, sent_kept>;

struct Member
{
    Socket socket;
    std::size_t room = 0;
    bool leads = false; // came first: its room's clock follows it
    bool plays = false; // wants to
    bool ready = false; // is what it wants to be
    // Until SYNC has come:
    std::unique_ptr<netplay_relay::netplay::ClientHandshake> handshake;
    netplay_relay::wire::CommandStream early;

    std::uint32_t number = 0;
    Frame next = 0;   // of its own INPUT
    Frame closed = 0; // frames whose NOINPUT has come
    Frame floor = 0;  // INPUTs of others before it are of no use: it has given a savestate
    std::array<Frame, netplay_relay::wire::clients_max> expected{}; // next INPUT, by number
    std::unique_ptr<History> history;                               // players only
    InputMessage input{};

    std::vector<unsigned char> partial;        // of a command
    std::size_t state_at = 0;                  // within the savestate that arrives
    std::size_t state_left = 0;                // 0: none does
    std::span<const unsigned char> state_rest; // of one it is sending
    std::vector<unsigned char> outgoing;       // behind that
    std::size_t outgoing_at = 0;

    Sent& sent(Frame frame) { return (*history)[frame % sent_kept]; }
    // The word of a player's INPUT, which everybody can tell.
    static std::uint32_t input_word(std::size_t room, std::uint32_t number, Frame frame);
};

// A savestate as its owner sends it, but for the frame.
class StateCommand
{
public:
    // `random_share` of the state cannot be compressed.
    StateCommand(std::size_t size, double random_share, std::uint64_t seed);

    // Valid until it is made for another.
    std::span<const unsigned char> for_frame(Frame frame);
    std::span<const unsigned char> data() const
    {
        return std::span(bytes_).subspan(savestate_head);
    }

private:
    std::vector<unsigned char> bytes_;
};

// A member's handshake; all of a room have the same content, and no two rooms.
std::unique_ptr<netplay_relay::netplay::ClientHandshake> handshake_for(std::size_t room);

} // namespace bench
