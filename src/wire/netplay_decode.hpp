// From the bytes of a netplay stream to its commands, of any protocol.
#pragma once

#include "wire/decode.hpp"
#include "wire/netplay_command.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace netplay_relay::wire {

// Why bytes of a netplay stream are no command.
enum class CommandFault : std::uint8_t
{
    wrong_size,  // no size this command can have
    too_large,   // a savestate, SRAM or packet beyond the limit of the dialect
    wrong_value, // a field that may not hold this: a chat with NUL, a setting of 2
    wrong_side,  // a command that this side never sends (SYNC from a client)
};

// The word for a fault in logs and reports: "wrong_size".
[[nodiscard]] const char* to_text(CommandFault fault);

using DecodedCommand = std::variant<NeedMore, CommandFault, Taken<Command>>;

// Reads the next command. A wrong size is told by the first 8 bytes; nothing is allocated by a
// number alone. An unknown command takes its 8 bytes of head only: skip the rest.
[[nodiscard]] DecodedCommand decode_command(std::span<const std::uint8_t> bytes,
                                            const Dialect& dialect);

// What a LOAD_SAVESTATE says before its data: for those who do not want it in one piece.
struct SavestateHead
{
    Frame frame = 0;
    std::uint32_t size = 0;       // of the state, uncompressed
    std::uint32_t compressed = 0; // bytes of data that follow
};
inline constexpr std::size_t savestate_head_size = 16;

// True if the next command is a LOAD_SAVESTATE.
[[nodiscard]] bool starts_savestate(std::span<const std::uint8_t> bytes);

// Reads its head. Precondition: starts_savestate().
[[nodiscard]] std::variant<NeedMore, CommandFault, SavestateHead>
decode_savestate_head(std::span<const std::uint8_t> bytes);

// What the first 8 bytes of a command tell: who only watches a stream need not wait for the rest.
struct CommandHead
{
    std::uint32_t id = 0;
    std::uint64_t size = 0; // of what follows those 8 bytes, also of what its size field leaves out
    bool known = false;     // false: an UnknownCommand
};

using DecodedHead = std::variant<NeedMore, CommandFault, CommandHead>;

// Finds the faults that a head alone can show; decode_command() looks at the values too.
[[nodiscard]] DecodedHead decode_command_head(std::span<const std::uint8_t> bytes,
                                              const Dialect& dialect);

// The bytes of one direction, from where they arrive to where they are commands. Holds at most one
// command besides what it was given at once, and skips unknown ones without keeping them.
class CommandStream
{
public:
    // More bytes arrived.
    void append(std::span<const std::uint8_t> bytes);

    // The next command; its spans and `used` are valid until the next call of any function. It
    // stays the next one until it is taken.
    [[nodiscard]] DecodedCommand next(const Dialect& dialect) const;

    // Drops the first `used` bytes, and what an unknown command wants skipped.
    void take(std::size_t used, std::size_t skip = 0);

    // What was appended and not yet taken.
    [[nodiscard]] std::span<const std::uint8_t> unread() const;

    // What it consists of, for records (src/record/archive.hpp): what is taken is no part of it.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        const auto unread = self.unread();
        std::vector<std::uint8_t> bytes(unread.begin(), unread.end());
        archive(bytes, self.skip_);
        archive.check(bytes.empty() || self.skip_ == 0);
        if constexpr (!std::is_const_v<Self>) {
            self.bytes_ = std::move(bytes);
            self.begin_ = 0;
        }
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t begin_ = 0;
    std::size_t skip_ = 0;
};

} // namespace netplay_relay::wire
