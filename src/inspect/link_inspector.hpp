// Reads along while the bytes of a link pass, and keeps no more of them than the start of a
// command.
#pragma once

#include "base/rare.hpp"
#include "inspect/game_notes.hpp"
#include "wire/netplay_decode.hpp"
#include "wire/netplay_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace netplay_relay::inspect {

// What is taken for the size of a savestate or of SRAM, and of a command we do not know, in bytes.
// More than that is a stream that we do not understand.
inline constexpr std::size_t savestate_believed = std::size_t{256} << 20U;
inline constexpr std::size_t unknown_command_believed = std::size_t{1} << 20U;

// Both directions of one link, from their netplay headers on (protocol.md, "The netplay header" and
// "Netplay commands"). Whatever it does not expect makes it give up for good: it never guesses
// where the next command begins.
class LinkInspector
{
public:
    // The next bytes of one end, cut anywhere. Payloads that tell nothing, savestates above all,
    // are skipped by their size.
    void take(End from, std::span<const std::uint8_t> bytes);

    // True for good after something unexpected: no further byte is looked at.
    [[nodiscard]] bool gave_up() const { return gave_up_; }

    [[nodiscard]] GameFacts facts() const { return notes_.facts(); }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.held_, self.directions_, self.notes_, self.guest_implementation_,
                self.guest_speaks_4_, self.guest_waits_, self.over_, self.gave_up_);
    }

    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const;

private:
    using Bytes = std::span<const std::uint8_t>;

    // One direction.
    struct Direction
    {
        std::uint32_t skip = 0;  // bytes to come that nobody needs
        std::uint8_t held = 0;   // bytes there are of what has not come whole
        std::uint8_t needed = 0; // so many of them would decide what it is
        bool opened = false;     // its header was read

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            std::uint64_t skip = self.skip; // as wide as it once was
            archive(skip);
            if constexpr (!std::is_const_v<Self>) self.skip = static_cast<std::uint32_t>(skip);
            archive.check(self.skip == skip);
            archive(self.held, self.needed, self.opened);
        }
    };

    // What the bytes at the front are.
    struct Step
    {
        enum class Kind : std::uint8_t
        {
            taken,      // `size` bytes were read, and `skip` more belong to them
            incomplete, // `size` bytes would do
            unexpected,
        };
        Kind kind = Kind::unexpected;
        std::size_t size = 0;
        std::uint32_t skip = 0;
    };

    void read(End from, Bytes bytes);
    [[nodiscard]] Bytes read_in_place(End from, Bytes bytes);
    [[nodiscard]] Bytes read_held(End from, Bytes bytes);
    void hold(End from, Bytes bytes);
    void read_what_waited();
    void release();
    void give_up();

    [[nodiscard]] Step look(End from, Bytes bytes);
    [[nodiscard]] Step look_at_opening(End from, Bytes bytes);
    [[nodiscard]] Step look_at_command(End from, Bytes bytes);
    [[nodiscard]] bool open(End from, const wire::Opening& opening);
    [[nodiscard]] bool answer(const wire::Opening& opening);

    [[nodiscard]] Direction& direction(End from) { return directions_[from == End::guest ? 0 : 1]; }
    [[nodiscard]] std::span<std::uint8_t> room(End from);

    // The longest start that is needed of a command: a host's SYNC, a guest's INFO. A guest that
    // does not wait for the host's header must fit what it says before into the same place.
    static constexpr std::size_t host_room = 192;
    static constexpr std::size_t guest_room = 80;

    // What has not come whole. Nearly always there is nothing, and no memory for it.
    struct Held
    {
        std::array<std::uint8_t, host_room> host{};
        std::array<std::uint8_t, guest_room> guest{};

        bool operator==(const Held&) const = default;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.host, self.guest);
        }
    };

    // Its size is counted to the byte, with that of the notes: docs/performance.md, "Memory".
    GameNotes notes_;
    Rare<Held> held_;
    std::array<Direction, 2> directions_{};
    std::uint32_t guest_implementation_ = 0;
    bool guest_speaks_4_ = false;
    bool guest_waits_ = false; // it went on before the host's header was there
    bool over_ = false;        // nothing more is to be learned
    bool gave_up_ = false;
};

} // namespace netplay_relay::inspect
