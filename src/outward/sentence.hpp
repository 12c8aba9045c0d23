// What happened, in words for people, for whatever service shows them.
#pragma once

#include "outward/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::outward {

// A part of a sentence. What is quoted came from outside, or is to be copied.
struct Piece
{
    std::string text;
    bool quoted = false;
    bool operator==(const Piece&) const = default;
};
using Sentence = std::vector<Piece>;

// `reach`: what players type to come into a room; may be empty.
[[nodiscard]] Sentence sentence_of(const Event& event, const std::string& reach);

// A text from outside as it may stand in a chat: it pings nobody, and is no link, no markup and no
// picture, wherever it is shown. At most 64 bytes, and never empty.
[[nodiscard]] std::string harmless(std::string_view text);

// Quoted parts as code between backticks, which Discord and those like Slack show as it is.
[[nodiscard]] std::string in_markdown(const Sentence& sentence);
// Quoted parts in quotation marks.
[[nodiscard]] std::string in_plain(const Sentence& sentence);
// Quoted parts as <code>.
[[nodiscard]] std::string in_html(const Sentence& sentence);

} // namespace netplay_relay::outward
