// What somebody may have meant who wrote a word that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::spelling {

// The one of `known` that `word` is most like; empty if none is like it. Capitals are not told from
// small letters, nor "-" from "_". Of two that are equally like it the first.
[[nodiscard]] std::string closest(std::string_view word, std::span<const std::string> known);

// "; did you mean X?" with the closest in quotes, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> known);

} // namespace netplay_relay::spelling
