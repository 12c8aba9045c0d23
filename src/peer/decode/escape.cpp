#include "peer/decode/escape.hpp"

#include <algorithm>

namespace netplay_relay::peer {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& text, std::uint8_t byte)
{
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
}

std::string escaped_also(std::string_view text, std::string_view also)
{
    std::string result;
    for (const char letter : text) {
        const auto byte = static_cast<std::uint8_t>(letter);
        if (byte >= 0x20 && byte < 0x7f && also.find(letter) == std::string_view::npos) {
            result += letter;
            continue;
        }
        result += "\\x";
        append_hex(result, byte);
    }
    return result;
}

} // namespace

std::string in_quotes(std::string_view text) { return '"' + escaped_also(text, "\"\\") + '"'; }

std::string escaped(std::string_view text) { return escaped_also(text, ""); }

std::string as_word(std::string_view text) { return escaped_also(text, " \"\\<>()"); }

std::string as_hex(std::span<const std::uint8_t> bytes, std::size_t bytes_max)
{
    std::string text;
    const std::size_t shown = std::min(bytes.size(), bytes_max);
    for (std::size_t at = 0; at < shown; ++at) {
        if (at != 0 && at % 4 == 0) text += ' ';
        append_hex(text, bytes[at]);
    }
    if (shown < bytes.size()) text += "...";
    return text;
}

std::string as_hex(std::uint32_t word)
{
    std::string text;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        append_hex(text, static_cast<std::uint8_t>(word >> shift));
    return text;
}

} // namespace netplay_relay::peer
