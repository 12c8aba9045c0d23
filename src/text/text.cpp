#include "text/text.hpp"

#include <algorithm>
#include <array>
#include <utf8.h>

namespace netplay_relay::text {

namespace {

struct Block
{
    std::uint32_t first;
    std::uint32_t last;
};
// Controls; marks, separators and overrides of direction; the byte order mark; tags.
constexpr std::array hidden{Block{0, 0x1F},        Block{0x7F, 0x9F},      Block{0x61C, 0x61C},
                            Block{0x200B, 0x200F}, Block{0x2028, 0x202E},  Block{0x2060, 0x206F},
                            Block{0xFEFF, 0xFEFF}, Block{0xE0000, 0xE007F}};
constexpr std::array combining{Block{0x300, 0x36F}, Block{0x200B, 0x200F}, Block{0x20D0, 0x20FF},
                               Block{0xFE00, 0xFE0F}, Block{0xFE20, 0xFE2F}};
constexpr std::array wide{Block{0x1100, 0x115F},   Block{0x2E80, 0x303E},  Block{0x3041, 0xA4CF},
                          Block{0xAC00, 0xD7A3},   Block{0xF900, 0xFAFF},  Block{0xFE30, 0xFE6F},
                          Block{0xFF01, 0xFF60},   Block{0xFFE0, 0xFFE6},  Block{0x1F300, 0x1F64F},
                          Block{0x1F900, 0x1F9FF}, Block{0x20000, 0x3FFFD}};

template <class Blocks>
bool is_in(const Blocks& blocks, std::uint32_t code)
{
    return std::ranges::any_of(
        blocks, [&](const Block& block) { return code >= block.first && code <= block.last; });
}

// `character` is told the number and the bytes of each; `stray` each byte that belongs to none.
template <class Character, class Stray>
void each_character(std::string_view text, const Character& character, const Stray& stray)
{
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        const char* const valid = utf8::find_invalid(at, end);
        while (at != valid) {
            const char* const begin = at;
            const std::uint32_t code = utf8::unchecked::next(at);
            character(code, std::string_view(begin, static_cast<std::size_t>(at - begin)));
        }
        if (at != end) stray(static_cast<std::uint8_t>(*at++));
    }
}

} // namespace

bool is_utf8(std::string_view text)
{
    return utf8::find_invalid(text.begin(), text.end()) == text.end();
}

std::string plain(std::string_view text, bool lines)
{
    std::string shown;
    each_character(
        text,
        [&](std::uint32_t code, std::string_view bytes) {
            const bool may_be = !is_in(hidden, code) || (lines && code == '\n');
            shown += may_be ? bytes : "?";
        },
        [&](std::uint8_t) { shown += '?'; });
    return shown;
}

std::string quotable(std::string_view text)
{
    std::string quoted;
    each_character(
        text,
        [&](std::uint32_t code, std::string_view bytes) {
            if (!is_in(hidden, code) && code != '"' && code != '\\')
                quoted += bytes;
            else if (code > 0xFFFF)
                quoted += "\\U" + in_hex(code, 8);
            else if (code > 0x7F)
                quoted += "\\u" + in_hex(code, 4);
            else
                quoted += "\\x" + in_hex(code, 2);
        },
        [&](std::uint8_t byte) { quoted += "\\x" + in_hex(byte, 2); });
    return quoted;
}

std::string in_ascii(std::string_view text, std::string_view also)
{
    std::string shown;
    for (const char letter : text) {
        const bool is_printable = letter >= 0x20 && letter < 0x7F;
        if (is_printable && also.find(letter) == std::string_view::npos)
            shown += letter;
        else
            shown += "\\x" + in_hex(static_cast<std::uint8_t>(letter), 2);
    }
    return shown;
}

std::string in_hex(std::uint32_t value, std::size_t digits)
{
    std::string text(digits, '0');
    for (std::size_t at = digits; at > 0; --at, value >>= 4U)
        text[at - 1] = "0123456789abcdef"[value & 15U];
    return text;
}

std::string_view cut(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes) return text;
    const auto continues = [&](std::size_t at) {
        return (static_cast<std::uint8_t>(text[at]) & 0xC0U) == 0x80U;
    };
    std::size_t end = bytes;
    // A character has at most three bytes behind its first; where there are more it is no UTF-8.
    for (int back = 0; back < 3 && end > 0 && continues(end); ++back)
        --end;
    return text.substr(0, continues(end) ? bytes : end);
}

std::vector<std::string_view> pieces_of(std::string_view text, std::size_t bytes)
{
    std::vector<std::string_view> pieces;
    const auto skip_blanks = [&] {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    };
    for (skip_blanks(); !text.empty(); skip_blanks()) {
        std::string_view piece = cut(text, bytes);
        if (piece.empty()) piece = text.substr(0, bytes); // no valid UTF-8
        const std::size_t blank = text.substr(0, piece.size() + 1).rfind(' ');
        const bool is_last = piece.size() == text.size();
        if (!is_last && blank != std::string_view::npos && blank > 0)
            piece = piece.substr(0, blank);
        text.remove_prefix(piece.size());
        pieces.push_back(piece.substr(0, piece.find_last_not_of(' ') + 1));
    }
    return pieces;
}

std::size_t columns_of(std::string_view text)
{
    std::size_t columns = 0;
    each_character(
        text,
        [&](std::uint32_t code, std::string_view) {
            columns += is_in(combining, code) ? 0U : is_in(wide, code) ? 2U : 1U;
        },
        [&](std::uint8_t) { ++columns; });
    return columns;
}

} // namespace netplay_relay::text
