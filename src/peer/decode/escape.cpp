#include "peer/decode/escape.hpp"

#include "text/text.hpp"

#include <algorithm>

namespace netplay_relay::peer {

std::string in_quotes(std::string_view text) { return '"' + text::in_ascii(text, "\"\\") + '"'; }

std::string escaped(std::string_view text) { return text::in_ascii(text); }

std::string as_word(std::string_view text) { return text::in_ascii(text, " \"\\<>()"); }

std::string as_hex(std::span<const std::uint8_t> bytes, std::size_t bytes_max)
{
    std::string text;
    const std::size_t shown = std::min(bytes.size(), bytes_max);
    for (std::size_t at = 0; at < shown; ++at) {
        if (at != 0 && at % 4 == 0) text += ' ';
        text += text::in_hex(bytes[at], 2);
    }
    if (shown < bytes.size()) text += "...";
    return text;
}

std::string as_hex(std::uint32_t word) { return text::in_hex(word, 8); }

} // namespace netplay_relay::peer
