#include "inspect/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace netplay_relay::inspect {

namespace {

// What one character of UTF-8 is, by its first byte: how long, and the least that needs so many
// bytes.
struct Form
{
    std::uint8_t mask;
    std::uint8_t lead;
    std::size_t size;
    std::uint32_t least;
};
constexpr std::array forms{Form{0x80, 0x00, 1, 0}, Form{0xE0, 0xC0, 2, 0x80},
                           Form{0xF0, 0xE0, 3, 0x800}, Form{0xF8, 0xF0, 4, 0x10000}};

// The size of the character at the front, 0 if there is none; `code` is its number.
std::size_t read_character(std::span<const std::uint8_t> bytes, std::uint32_t& code)
{
    const auto form = std::ranges::find_if(
        forms, [&](const Form& each) { return (bytes[0] & each.mask) == each.lead; });
    if (form == forms.end() || form->size > bytes.size()) return 0;
    code = bytes[0] & static_cast<std::uint8_t>(~form->mask);
    for (const std::uint8_t byte : bytes.subspan(1, form->size - 1)) {
        if ((byte & 0xC0) != 0x80) return 0;
        code = code << 6 | (byte & 0x3FU);
    }
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < form->least || code > 0x10FFFF || is_surrogate ? 0 : form->size;
}

bool may_be_shown(std::uint32_t code)
{
    const auto is_within = [&](std::uint32_t first, std::uint32_t last) {
        return code >= first && code <= last;
    };
    // Controls; marks, separators and overrides of direction; the byte order mark; tags.
    return !(code < 0x20 || is_within(0x7F, 0x9F) || code == 0x61C || is_within(0x200B, 0x200F) ||
             is_within(0x2028, 0x202E) || is_within(0x2060, 0x206F) || code == 0xFEFF ||
             is_within(0xE0000, 0xE007F));
}

std::string in_hex(std::uint32_t value, std::size_t digits)
{
    std::string text(digits, '0');
    for (std::size_t at = digits; at > 0; --at, value >>= 4)
        text[at - 1] = "0123456789abcdef"[value & 0xF];
    return text;
}

} // namespace

std::string plain_text(std::span<const std::uint8_t> field)
{
    if (field.empty()) return {};
    const auto sent = field.first(field.size() - 1);
    auto left = sent.first(static_cast<std::size_t>(std::ranges::find(sent, 0) - sent.begin()));
    std::string text;
    while (!left.empty()) {
        std::uint32_t code = 0;
        const std::size_t size = read_character(left, code);
        if (size > 0 && may_be_shown(code))
            text.append(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size));
        else
            text += '?';
        left = left.subspan(std::max<std::size_t>(size, 1));
    }
    return text;
}

std::string quotable(std::string_view text)
{
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    std::span<const std::uint8_t> left(bytes);
    std::string quoted;
    while (!left.empty()) {
        std::uint32_t code = 0;
        const std::size_t size = read_character(left, code);
        const bool is_mark = code == '"' || code == '\\';
        if (size > 0 && may_be_shown(code) && !is_mark)
            quoted.append(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size));
        else if (size > 0 && code > 0xFFFF)
            quoted += "\\U" + in_hex(code, 8);
        else if (size > 0 && code > 0x7F)
            quoted += "\\u" + in_hex(code, 4);
        else
            quoted += "\\x" + in_hex(left.front(), 2);
        left = left.subspan(std::max<std::size_t>(size, 1));
    }
    return quoted;
}

} // namespace netplay_relay::inspect
