#include "wire/message.hpp"

namespace netplay_relay::wire {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string to_text(const SessionId& id)
{
    std::string text;
    text.reserve(id_text_size);
    for (std::size_t at = 0; at < id_size; at += 3) {
        const std::uint32_t group = static_cast<std::uint32_t>(id.bytes[at]) << 16 |
                                    static_cast<std::uint32_t>(id.bytes[at + 1]) << 8 |
                                    static_cast<std::uint32_t>(id.bytes[at + 2]);
        for (int shift = 18; shift >= 0; shift -= 6)
            text += alphabet[(group >> shift) & 63];
    }
    return text;
}

std::optional<SessionId> parse_session_id(std::string_view text)
{
    if (text.size() != id_text_size) return std::nullopt;
    SessionId id;
    std::size_t out = 0;
    for (std::size_t at = 0; at < id_text_size; at += 4) {
        std::uint32_t group = 0;
        for (const char letter : text.substr(at, 4)) {
            const auto value = alphabet.find(letter);
            if (value == std::string_view::npos) return std::nullopt;
            group = group << 6 | static_cast<std::uint32_t>(value);
        }
        id.bytes[out++] = static_cast<std::uint8_t>(group >> 16);
        id.bytes[out++] = static_cast<std::uint8_t>(group >> 8);
        id.bytes[out++] = static_cast<std::uint8_t>(group);
    }
    return id;
}

} // namespace netplay_relay::wire
