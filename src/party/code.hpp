// What a friend types to come to a party (godot_protocol.md).
#pragma once

#include "base/nodes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::party {

// No vowels, which make words of codes; none that looks or sounds like a digit.
inline constexpr std::string_view code_letters = "BCDFGHJKLMNPQRSTVWXZ";
inline constexpr std::size_t code_size = 8;
static_assert(code_letters.size() == nodes_max);

struct Code
{
    std::array<char, code_size> letters{};

    auto operator<=>(const Code&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.letters);
    }
};

// As it is shown: "BCDF-GHJK".
[[nodiscard]] std::string to_text(const Code& code);

// As it is typed: case, hyphens and blanks do not matter. Nothing if it cannot be a code. A code
// that an operator has reserved may have any letters of A to Z.
[[nodiscard]] std::optional<Code> parse_code(std::string_view text);

// By which the workers of a process find the one that has its party: the same in every process.
[[nodiscard]] std::uint8_t number_of(const Code& code);

// The node of a fleet that has its party: the place of the first letter among code_letters. The
// other letters of A to Z, with which only codes begin that an operator has reserved, stand for the
// nodes from 0 on: A, E, I, O, U, Y.
[[nodiscard]] std::uint8_t node_of(const Code& code);

// Of eight random bytes; of this node of a fleet if there is one.
[[nodiscard]] Code code_from(std::span<const std::uint8_t, code_size> random,
                             std::optional<std::uint8_t> node = std::nullopt);

} // namespace netplay_relay::party
