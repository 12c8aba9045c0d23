// What is said on a connection between two nodes of a fleet before its own matter.
#pragma once

#include "base/ids.hpp"
#include "fleet/roll.hpp"
#include "fleet/view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::fleet {

enum class Purpose : std::uint8_t
{
    hop = 1,    // a player's connection goes on here; its record follows
    beat = 2,   // the other node tells of itself until the connection ends
    ask = 3,    // the other node answers once
    resume = 4, // a player's connection goes on, that has hopped on another link before
};
[[nodiscard]] constexpr Purpose last_value(Purpose) { return Purpose::resume; }

// What is asked for.
enum class Wanted : std::uint8_t
{
    nothing = 0, // it is no question
    status = 1,  // as its admin address has it at /status
    bans = 2,    // what it knows of who is banned, and of whose ban was lifted
    self = 3,    // who it is: an Introduction
};
[[nodiscard]] constexpr Wanted last_value(Wanted) { return Wanted::self; }

// A player's connection between two nodes: what each of them knows it by, and how many bytes of the
// player's have come and gone there. Those that came here have gone there.
struct LinkPlace
{
    std::uint64_t key = 0; // 0: of none
    std::uint64_t received = 0;
    std::uint64_t sent = 0;

    bool operator==(const LinkPlace&) const = default;
    [[nodiscard]] bool meets(const LinkPlace& other) const
    {
        return key == other.key && received == other.sent && sent == other.received;
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.key, self.received, self.sent);
    }
};

// From the node that has connected.
struct Head
{
    Purpose purpose{};
    Node from = 0;
    Node to = 0;
    Instant sent{};                // by the clock of the one that has sent it
    ConnectionId connection;       // that is in the record; else 0, as the next
    std::uint32_t record_size = 0; // bytes that follow
    Wanted wanted = Wanted::nothing;
    LinkPlace place;            // of a hop, which begins at 0, and of one that goes on
    std::uint64_t instance = 0; // which relay has sent it (Namesakes); 0: it is no node

    bool operator==(const Head&) const = default;
};

// Magic "NPRF" and the version of records (record/envelope.hpp), then what is in a Head.
inline constexpr std::size_t head_size = 62;
// More than any record of one connection that is to hop.
inline constexpr std::size_t hop_record_max = 256U * 1024;

// An answer is its size in 4 bytes, little-endian, and then so many bytes.
inline constexpr std::size_t answer_size_bytes = 4;
inline constexpr std::size_t answer_max = 16U << 20U;

// What a node answers who asks which it is.
struct Introduction
{
    std::string program;      // its version
    std::int64_t wall_ms = 0; // its clock on the wall, since 1970
    bool takes_new = true;    // rooms
    bool drains = false;

    bool operator==(const Introduction&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.wall_ms, self.takes_new, self.drains, self.program);
        archive.check(self.wall_ms >= 0 && self.wall_ms < std::int64_t{1} << 52U);
    }
};
inline constexpr std::size_t introduction_max = 256; // bytes
[[nodiscard]] std::string encode(const Introduction& told);
// Nothing if it makes no sense.
[[nodiscard]] std::optional<Introduction> decode_introduction(std::string_view bytes);

// What the other node answers: one byte. Behind `taken` the connection is the player's, or the
// beats follow, or the answer; behind `other_node` and `same_number` the number of that node.
enum class Verdict : std::uint8_t
{
    taken = 0,
    other_version = 1, // of records
    other_node = 2,    // it is not the one that is meant
    full = 3,
    no_sense = 4,    // in the head or the record
    not_yet = 5,     // the link before has not come to rest at the other node, or is to pause there
    gone = 6,        // there is no such link, or bytes of it are lost
    same_number = 7, // it has the number of the node that asks
    itself = 8,      // it is the node that asks
};
[[nodiscard]] constexpr Verdict last_value(Verdict) { return Verdict::itself; }
[[nodiscard]] std::string_view word(Verdict verdict);
// The same for people: half a sentence about the node that has answered. `number`: that it has
// told of itself, if it has; `meant`: that it was asked as.
[[nodiscard]] std::string sentence(Verdict verdict, std::optional<Node> number, Node meant);

[[nodiscard]] std::array<std::uint8_t, head_size> encode(const Head& head);
[[nodiscard]] std::array<std::uint8_t, answer_size_bytes> encode_answer_size(std::size_t size);
// May be more than answer_max.
[[nodiscard]] std::size_t
decode_answer_size(std::span<const std::uint8_t, answer_size_bytes> bytes);

// `verdict`: what is to be answered to a head that cannot be taken. Of one that is for another node
// it holds from whom it is, else nothing of it.
struct ReadHead
{
    Verdict verdict = Verdict::taken;
    Head head;
};
// `own`, `instance`: the node that reads it.
[[nodiscard]] ReadHead decode_head(std::span<const std::uint8_t, head_size> bytes, Node own,
                                   std::uint64_t instance);

// A beat is its size in 4 bytes, little-endian, and then its fields.
inline constexpr std::size_t beat_size_bytes = 4;
inline constexpr std::size_t beat_body_max = 27 + 8 * told_rooms_max;
[[nodiscard]] std::vector<std::uint8_t> encode(const Beat& beat);
// Takes the first beat out of `bytes` if it is there whole.
struct ReadBeat
{
    bool makes_sense = true;
    std::optional<Beat> beat;
};
[[nodiscard]] ReadBeat take_beat(std::vector<std::uint8_t>& bytes);

} // namespace netplay_relay::fleet
