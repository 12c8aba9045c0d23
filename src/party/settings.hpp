// What the operator decides about parties, and what is fixed.
#pragma once

#include "party/code.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::party {

// A code promised to hosts of these networks.
struct ReservedCode
{
    Code code;
    std::vector<wire::Network> networks;

    [[nodiscard]] bool is_for(const wire::Address& host) const;
    bool operator==(const ReservedCode&) const = default;
};

struct PartySettings
{
    std::uint32_t parties = 256; // 0: no WebSocket is taken
    std::uint32_t parties_per_address = 8;
    std::uint32_t peers = 32;                     // of one party, its host included
    std::uint32_t peers_per_address = 16;         // of one party
    std::uint32_t packet_bytes = 1536U << 10U;    // the largest payload
    std::uint32_t kept_bytes = 16U << 20U;        // for one peer that does not take them
    std::uint32_t kept_bytes_in_all = 64U << 20U; // for all
    std::uint32_t messages_per_second = 1000;     // of one peer, four seconds' worth at once
    std::uint32_t bytes_per_second = 4U << 20U;   // of one peer, likewise
    std::chrono::seconds hold{10};                // the place of a peer whose network is lost
    std::vector<ReservedCode> reserved;
    std::vector<std::string> origins; // of web pages that may; none: all of them
    std::optional<std::uint8_t> node; // of a fleet: the codes that are drawn begin with its letter

    // `lines`: the values of Origin that came with a request.
    [[nodiscard]] bool permits_origin(std::span<const std::string> lines) const;
    bool operator==(const PartySettings&) const = default;
};

// "https://example.org" or "http://localhost:8080", as browsers say it: in small letters, without
// the port that is usual; or "null", which pages have that are of no site. Nothing if it is none.
[[nodiscard]] std::optional<std::string> parse_origin(std::string_view text);

inline constexpr std::uint32_t packet_bytes_max = 1792U << 10U; // a game's inbound buffer has 2 MiB
inline constexpr std::uint32_t peers_max = 256;

// The head of the HTTP request and the first control message have to be there within
// limits.greeting_seconds, which the lobby hands over.

inline constexpr std::size_t game_size_max = 64;      // bytes of the name of a game
inline constexpr std::size_t control_size_max = 4096; // bytes of a control message
inline constexpr std::size_t kick_text_max = 256;
// So many packets in one message count as one message more.
inline constexpr std::size_t packets_per_message = 100;
// And so many peers beside the first that get a message, or a packet, as that once more.
inline constexpr std::size_t targets_per_message = 16;
// A message of several packets may be longer than one packet by so much.
inline constexpr std::size_t packets_around = 64U << 10U;

// A peer is asked for a sign of life so often, and is lost behind so much silence.
inline constexpr std::chrono::seconds ping_interval{2};
inline constexpr std::chrono::seconds silence_limit{20};

// What is sent and not yet taken by the game: reliable messages wait beyond it; what is unreliable
// does so earlier, as nobody wants it late.
inline constexpr std::size_t reliable_window = 1U << 20U;
inline constexpr std::size_t unreliable_window = 64U << 10U;
// So long something unreliable waits here; then it is dropped. It waits as well while the game has
// not taken what was sent to it longer ago than this and one and a half round trips.
inline constexpr std::chrono::milliseconds stale_limit{250};
inline constexpr std::chrono::milliseconds untaken_limit{350};
inline constexpr std::size_t held_bytes_max = 256U << 10U;

// Moments at which something was sent that the game has not taken yet: with more of them the last
// stands for all that follow.
inline constexpr std::size_t marks_max = 256;
// When more is kept for a peer than may be, whoever has said it that fast goes, and not the peer.
inline constexpr std::size_t flood_bytes_per_second = 128U << 10U;

// The relay says what has come in: behind so many messages or bytes, or so much later.
inline constexpr unsigned acknowledge_messages = 32;
inline constexpr std::size_t acknowledge_bytes = 64U << 10U;
inline constexpr std::chrono::milliseconds acknowledge_delay{100};

// Who has to go may take what was sent to it before for so long, and may hang up for so long.
inline constexpr std::chrono::seconds farewell_limit{10};
inline constexpr std::chrono::seconds hang_up_limit{2};

// Nobody of the address of one who was thrown out twice, or has flooded, comes into that party for
// so long, and twice as long each time that follows. It is forgotten this long behind the last.
inline constexpr std::chrono::seconds exclusion_first{3};
inline constexpr std::chrono::seconds exclusion_longest{300};
inline constexpr std::chrono::seconds exclusion_memory{600};
inline constexpr std::size_t exclusions_max = 64; // of one party

// So many pings and pongs one may send that has said nothing else yet.
inline constexpr unsigned early_controls_max = 16;

// Codes that are none: so many at once of one address, and one more in so many seconds.
inline constexpr unsigned free_guesses = 10;
inline constexpr std::chrono::seconds guess_interval{5};
inline constexpr std::size_t guessers_max = 16384;

} // namespace netplay_relay::party
