// What the two roles of a netplay session have in common: time, ends, counts.
#pragma once

#include "rollback/timeline.hpp"
#include "wire/close_reason.hpp"
#include "wire/netplay_command.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::rollback {

// Time as it is handed in: since any fixed moment, never going back.
using Instant = std::chrono::nanoseconds;

// A peer stops when the others are this far behind, and goes on when they are this near again.
inline constexpr Frame stall_distance = 60;
inline constexpr Frame stall_release = 58;
inline constexpr auto client_patience = std::chrono::seconds(10); // with a silent host
inline constexpr auto server_patience = std::chrono::seconds(5);  // with a silent player
inline constexpr Frame stall_request_lead = 3;       // frames ahead that a host tolerates
inline constexpr Frame stall_request_interval = 120; // frames between two STALLs to one client
inline constexpr Frame state_interval = 300; // frames between two states that one client asks for
inline constexpr Frame catch_up_distance = 3;
inline constexpr auto catch_up_patience = std::chrono::milliseconds(500);
inline constexpr std::uint32_t extras_since = 6; // protocol with chat, pings and settings
// The protocol of RetroArch 1.9 and older, for which a command it does not know is fatal.
inline constexpr std::uint32_t unknown_is_fatal_until = 5;
inline constexpr auto ping_interval = std::chrono::seconds(3);
// Frames are not counted so far: two years at 60 a second, and no arithmetic on them can wrap.
inline constexpr Frame frame_end = 0xF0000000;
inline constexpr unsigned input_latency_max = 15; // frames

using wire::CloseReason;
// Why a session ended, or a host closed the connection of a client, for people.
[[nodiscard]] const char* sentence_of(CloseReason end);

// What became of a command that was received.
enum class Receipt : std::uint8_t
{
    taken,
    later, // its frame has no room yet: offer it again after the next tick, and nothing behind it
    ended, // the session, or this client's part in it, is over
};

struct PingCounts
{
    std::uint64_t count = 0;
    Instant last{0};
    Instant least{0};
    Instant most{0};
    Instant sum{0};

    void add(Instant round_trip);
};

struct StallCounts
{
    std::uint64_t count = 0;
    Instant duration{0};
    Instant longest{0};
};

struct SessionCounts
{
    std::uint64_t inputs_received = 0;
    std::uint64_t inputs_late = 0; // for frames that had been run with a prediction
    std::uint64_t inputs_ignored = 0;
    std::uint64_t crcs_sent = 0; // to at least one client
    std::uint64_t crcs_checked = 0;
    std::uint64_t crcs_failed = 0;
    std::optional<Frame> first_failed_crc; // the frame of it
    std::optional<Frame> last_good_crc;    // before the first that failed
    std::uint64_t states_sent = 0;
    std::uint64_t states_received = 0;
    std::uint64_t states_requested = 0; // by us, of the other side
    std::uint64_t states_asked = 0;     // by the other side, of us
    std::uint64_t crcs_objected = 0;    // host: a client asked for a state behind a CRC of ours
    std::uint64_t resets = 0;
    std::uint64_t chats = 0;
    StallCounts running_fast; // waiting for the inputs of others
    StallCounts waiting;      // a spectator has nothing to show yet
    StallCounts requested;    // by STALL
    PingCounts pings;
};

// What was said in the game, until it is taken; of more than anybody reads the first is forgotten.
class ChatLog
{
public:
    void add(wire::Chat chat)
    {
        if (heard_.size() >= heard_max) heard_.erase(heard_.begin());
        heard_.push_back(std::move(chat));
    }
    [[nodiscard]] std::vector<wire::Chat> take() { return std::exchange(heard_, {}); }

private:
    static constexpr std::size_t heard_max = 64;
    std::vector<wire::Chat> heard_;
};

// Follows one kind of stall from its begin to its end.
class StallWatch
{
public:
    // `stalled` as it is now; adds up what has passed since it began.
    void look(bool stalled, Instant now, StallCounts& counts);
    // How long it has lasted; 0 if it does not.
    [[nodiscard]] Instant lasting(Instant now) const;
    void restart(Instant now); // what passed does not count: the game was paused

private:
    std::optional<Instant> since_;
    std::optional<Instant> last_look_;
};

// Tells that a peer is behind the others and does not come nearer: it may then run unpaced.
class CatchUp
{
public:
    // `distance`: frames that the others are ahead, 0 if they are not.
    [[nodiscard]] bool look(Frame distance, Instant now);

private:
    std::optional<Instant> since_;
    Frame distance_ = 0;
    bool hurrying_ = false;
};

} // namespace netplay_relay::rollback
