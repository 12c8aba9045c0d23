// What surrounds a record on its way from one worker to another: what it is, of which version, how
// long, and whether it has come whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::record {

enum class Kind : std::uint8_t
{
    connection = 1,
    session = 2,
    room = 3,
    pending_client = 4, // of rooms, who is not in one yet
    memory = 5,         // what a room manager, or a worker, remembers of those who are gone
    handover = 6,       // what else a process tells its successor (net/handover.hpp)
    party = 7,
    pending_peer = 8, // of parties, who is not in one yet
};

// Raised with every change of what a record holds: an older one is not read, nor is a newer one.
inline constexpr std::uint16_t version = 8;

// Magic "NPRR", kind, version, 4 bytes of length, 4 of CRC-32; then the body.
inline constexpr std::size_t envelope_size = 15;

enum class Fault : std::uint8_t
{
    truncated,     // it is shorter, or longer, than it says
    no_record,     // it begins like none
    other_version, // another program has written it
    other_kind,
    damaged,  // its bytes are not those that were written
    nonsense, // they are, and do not fit each other
    occupied, // what it holds is there already
};
[[nodiscard]] std::string_view word(Fault fault);

[[nodiscard]] std::vector<std::uint8_t> seal(Kind kind, std::span<const std::uint8_t> body);

// What it says that it is; nothing if it begins like no record, or is another program's.
[[nodiscard]] std::optional<Kind> kind_of(std::span<const std::uint8_t> sealed);

// The body of a record of this kind. It is a part of `sealed`.
[[nodiscard]] std::variant<std::span<const std::uint8_t>, Fault>
open(Kind kind, std::span<const std::uint8_t> sealed);

} // namespace netplay_relay::record
