// What the parties want done, and what they have to tell.
#pragma once

#include "base/ids.hpp"
#include "base/outbound.hpp"
#include "fleet/view.hpp"
#include "party/code.hpp"
#include "wire/address.hpp"
#include "wire/close_reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::party {

using wire::CloseReason;

// This connection is out; it must be closed once the messages for it are sent.
struct Closing
{
    ConnectionId connection;
    CloseReason end{};
};

enum class PartyEventKind : std::uint8_t
{
    party_opened,
    party_closed,
    peer_joined,
    peer_left,
    peer_absent, // its network is lost, its place is held
    peer_returned,
};
inline constexpr std::size_t party_event_kind_count =
    static_cast<std::size_t>(PartyEventKind::peer_returned) + 1;
[[nodiscard]] std::string_view word(PartyEventKind kind);

struct PartyEvent
{
    PartyEventKind kind{};
    std::uint64_t party = 0; // its number, never reused
    Code code;
    std::string game;
    std::int32_t peer = 0;   // if it is about one: its id, the host's is 1
    ConnectionId connection; // of that peer, if it has one
    wire::Address address;   // of that peer
    CloseReason reason{};    // party_closed, peer_left
    Duration duration{};     // peer_left, party_closed: its age; peer_returned: was gone for
};

// Packets by transfer mode, as they came.
enum class Mode : std::uint8_t
{
    unreliable,
    unreliable_ordered,
    reliable
};
inline constexpr std::size_t mode_count = 3;
[[nodiscard]] std::string_view word(Mode mode);

// Since the relay began; a plain sum, which a successor goes on with.
struct PartyCounts
{
    std::array<std::uint64_t, mode_count> packets{}; // of peers
    std::uint64_t packets_passed = 0;                // to peers: one for each that gets it
    std::uint64_t packets_to_nobody = 0;             // for who is not there
    std::uint64_t messages_dropped = 0;              // unreliable ones that were stale
    std::uint64_t bytes_dropped = 0;
    std::uint64_t messages_repeated = 0; // to peers that have returned
    std::uint64_t resumes = 0;
    std::uint64_t wrong_codes = 0;

    void add(const PartyCounts& others);

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.packets, self.packets_passed, self.packets_to_nobody, self.messages_dropped,
                self.bytes_dropped, self.messages_repeated, self.resumes, self.wrong_codes);
    }
};

// Whoever wants into a party that another worker has, or is to open.
struct Elsewhere
{
    ConnectionId connection;
    std::uint16_t worker = 0;
    std::optional<fleet::Node> node = std::nullopt; // instead: another node of the fleet
};

// A party that newcomers look for at another worker of the process has ended here.
struct Ended
{
    std::string name;
    std::uint16_t home = 0;
};

struct Output
{
    SpareBuffers spare;
    std::vector<OutboundMessage> messages;
    std::vector<Closing> closings;
    std::vector<PartyEvent> events;
    std::vector<Elsewhere> elsewhere;
    std::vector<Ended> ended;

    void clear()
    {
        messages.clear();
        closings.clear();
        events.clear();
        elsewhere.clear();
        ended.clear();
    }
};

} // namespace netplay_relay::party
