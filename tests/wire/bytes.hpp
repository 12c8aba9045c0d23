// Bytes as a test writes them, and the one check that every wire example has to pass.
#pragma once

#include "support/catch.hpp"
#include "wire/decode.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::wire {

using ByteVector = std::vector<std::uint8_t>;

// "52415453 00": hexadecimal, spaces ignored.
inline ByteVector from_hex(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    ByteVector bytes;
    bool is_high = true;
    for (const char letter : text) {
        if (letter == ' ') continue;
        const auto value = digits.find(letter);
        if (value == std::string_view::npos) throw std::string("no hexadecimal digit");
        if (is_high)
            bytes.push_back(static_cast<std::uint8_t>(value << 4));
        else
            bytes.back() = static_cast<std::uint8_t>(bytes.back() | value);
        is_high = !is_high;
    }
    return bytes;
}

inline ByteVector from_text(std::string_view text) { return {text.begin(), text.end()}; }

inline ByteVector joined(ByteVector first, const ByteVector& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

template <class Id>
Id id_from_hex(std::string_view text)
{
    const ByteVector bytes = from_hex(text);
    Id id;
    REQUIRE(bytes.size() == id.bytes.size());
    std::ranges::copy(bytes, id.bytes.begin());
    return id;
}

// Decodes an example whole, byte by byte, and with all kinds of trailing bytes. `decode` must want
// more until it has seen `decided_after` bytes, and then answer `expected` whatever follows.
template <class Decode, class Answer>
void check_example(Decode decode, const ByteVector& bytes, std::size_t decided_after,
                   const Answer& expected)
{
    using Result = decltype(decode(std::span<const std::uint8_t>()));
    REQUIRE(decided_after <= bytes.size());
    CHECK((decode(bytes) == Result(expected)));
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        INFO("the first " << size << " bytes");
        const Result result = decode(std::span(bytes).first(size));
        CHECK((size < decided_after ? result == Result(NeedMore{}) : result == Result(expected)));
    }
    const std::array<ByteVector, 4> trailers{ByteVector{0}, ByteVector(40, 0xff), from_text("RATP"),
                                             from_hex("52415453 000000000000000000000000")};
    for (const ByteVector& trailer : trailers) {
        INFO("with " << trailer.size() << " trailing bytes");
        CHECK((decode(joined(bytes, trailer)) == Result(expected)));
    }
}

} // namespace netplay_relay::wire
