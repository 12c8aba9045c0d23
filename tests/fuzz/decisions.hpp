// Reads a fuzzer's bytes as a list of decisions. When they are used up every further answer is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace netplay_relay::fuzz {

class Decisions
{
public:
    explicit Decisions(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    std::uint8_t byte()
    {
        if (bytes_.empty()) return 0;
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }

    // 0 to `count` - 1; `count` is at least 1 and at most 256.
    std::size_t below(std::size_t count) { return byte() % count; }

    bool yes() { return (byte() & 1) != 0; }

    std::span<const std::uint8_t> rest()
    {
        const auto all = bytes_;
        bytes_ = {};
        return all;
    }

private:
    std::span<const std::uint8_t> bytes_;
};

} // namespace netplay_relay::fuzz
