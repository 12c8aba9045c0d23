#include "party/code.hpp"

namespace netplay_relay::party {

std::string to_text(const Code& code)
{
    std::string text(code.letters.begin(), code.letters.end());
    text.insert(code_size / 2, "-");
    return text;
}

std::optional<Code> parse_code(std::string_view text)
{
    Code code;
    std::size_t size = 0;
    for (char letter : text) {
        if (letter == '-' || letter == ' ') continue;
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
        if (letter < 'A' || letter > 'Z' || size == code_size) return std::nullopt;
        code.letters[size++] = letter;
    }
    if (size != code_size) return std::nullopt;
    return code;
}

std::uint8_t number_of(const Code& code)
{
    std::uint32_t hash = 0x811c9dc5U; // FNV-1a
    for (const char letter : code.letters) {
        hash ^= static_cast<std::uint8_t>(letter);
        hash *= 0x01000193U;
    }
    hash ^= hash >> 16U;
    return static_cast<std::uint8_t>(hash ^ hash >> 8U);
}

std::uint8_t node_of(const Code& code)
{
    for (const std::string_view letters : {code_letters, std::string_view("AEIOUY")})
        if (const auto at = letters.find(code.letters.front()); at != std::string_view::npos)
            return static_cast<std::uint8_t>(at);
    return 0; // of no code
}

Code code_from(std::span<const std::uint8_t, code_size> random, std::optional<std::uint8_t> node)
{
    Code code;
    for (std::size_t at = 0; at < code_size; ++at)
        code.letters[at] = code_letters[random[at] % code_letters.size()];
    if (node) code.letters.front() = code_letters[*node % code_letters.size()];
    return code;
}

} // namespace netplay_relay::party
