// Looks at a savestate while it still arrives (protocol.md, "Savestates").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace netplay_relay::netplay {

// In what forms a state may come, and is wanted.
struct StateForms
{
    bool may_be_wrapped = false; // its source speaks protocol 7: a container holds the core's state
    bool bare_wanted = false; // also make a stream of the core's state alone, for older protocols
    bool only_size = false;   // look no further than to where it says how large the core's state is

    // What it consists of, for records (src/record/archive.hpp).
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.may_be_wrapped, self.bare_wanted, self.only_size);
    }
};

// How far a checker has come, and what it has found.
struct CheckerProgress
{
    std::size_t used = 0;    // bytes of the stream
    std::size_t yielded = 0; // bytes of the state
    bool over = false;
    bool good = false;         // if only the size was wanted: it is known
    std::size_t core_size = 0; // then

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.used, self.yielded, self.over, self.good, self.core_size);
    }
};

// Looks whether a zlib stream that is still arriving holds a state of exactly `size` bytes, a part
// at a time and without keeping what it inflates.
class StreamChecker
{
public:
    explicit StreamChecker(std::size_t size, StateForms forms = {});
    ~StreamChecker();
    StreamChecker(StreamChecker&&) = delete;

    // Goes on with the stream as far as it is known, `stream` being all of it from its beginning,
    // inflating at most `step` bytes and a little more, and a quarter of that where a bare stream
    // is made. True once there is nothing left to do: the stream is `complete` and checked, or
    // known to be bad.
    [[nodiscard]] bool check(std::span<const std::uint8_t> stream, bool complete, std::size_t step);

    // How much of the stream it needs no more, in bytes. The next call's `stream` begins behind
    // that.
    [[nodiscard]] std::size_t forget_used();

    // Whole, undamaged, of that size, and if it is a container, one with a core's state. Where only
    // the size is wanted: it is known.
    [[nodiscard]] bool is_good() const;
    [[nodiscard]] bool is_wrapped() const;       // it is such a container
    [[nodiscard]] std::size_t core_size() const; // of the core's state, in bytes
    [[nodiscard]] std::uint32_t crc() const;     // crc32() of the core's state
    [[nodiscard]] std::size_t
    bare_size() const; // of the bare stream as far as it is made, in bytes
    // The stream of the core's state alone, once: empty if it was not wanted or is not needed, the
    // state having come bare.
    [[nodiscard]] std::vector<std::uint8_t> take_bare();

    [[nodiscard]] CheckerProgress progress() const;

    // Goes to where another one was, with the same stream from its beginning, which takes as long
    // as it took that one. False if nobody can have come there. Precondition: it is new.
    [[nodiscard]] bool go_to(std::span<const std::uint8_t> stream, const CheckerProgress& progress);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace netplay_relay::netplay
