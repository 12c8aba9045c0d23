// Texts from outside, so that they may be shown anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::text {

[[nodiscard]] bool is_utf8(std::string_view text);

// The result is valid UTF-8; whatever is not, and every character that controls a terminal or the
// direction of writing, is a '?'. A text of `lines` keeps its ends of lines.
[[nodiscard]] std::string plain(std::string_view text, bool lines = false);

// The same text between the quotes of a log line: what may be shown stays as it is, and the rest is
// told by its number, \u202e, or byte by byte where it is no UTF-8, \xff. So are " and \.
[[nodiscard]] std::string quotable(std::string_view text);

// All but printable ASCII as \xNN, and those of `also`: beyond ASCII there are more characters that
// a terminal obeys than anyone keeps a list of.
[[nodiscard]] std::string in_ascii(std::string_view text, std::string_view also = {});

// In lower case, with zeros in front.
[[nodiscard]] std::string in_hex(std::uint32_t value, std::size_t digits);

// At most so many bytes from the front, without half a character at the end.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes);

// The whole text in pieces of at most so many bytes, between words where that is possible.
[[nodiscard]] std::vector<std::string_view> pieces_of(std::string_view text, std::size_t bytes);

// How many columns of a terminal a text of valid UTF-8 takes: combining marks none, the letters of
// East Asia and most pictures two.
[[nodiscard]] std::size_t columns_of(std::string_view text);

} // namespace netplay_relay::text
