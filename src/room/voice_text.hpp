// Texts for members: placeholders filled in, and cut into chats as frontends show them.
#pragma once

#include "room/voice_settings.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netplay_relay::room {

// What stands for a placeholder. Of others: cleaned when it is filled in.
using Values = std::vector<std::pair<std::string_view, std::string>>;

// What is wrong with a template, in words; nothing if all is right. A placeholder is a word in
// braces, {nick}; {{ is a brace.
[[nodiscard]] std::optional<std::string> problem_of(std::string_view text, const PhraseRule& rule);

[[nodiscard]] std::string filled(std::string_view text, const Values& values);

// Frontends show "nick: text", of which 95 bytes at the most (protocol.md, "Chat"): so much of it
// is text.
[[nodiscard]] std::size_t chat_line_max(std::string_view nick);

// Each of these fits into a chat, and there are at most so many; a line of the text begins a new
// one. Valid UTF-8, without controls.
inline constexpr std::size_t chats_per_text_max = 4;
[[nodiscard]] std::vector<std::string> chats_of(std::string_view text, std::string_view nick);

// A name that others have chosen, for texts of ours: letters, digits and a few signs, so that
// nobody writes sentences with it.
[[nodiscard]] std::string plain_name(std::string_view name);

// That the relay ends in so long; empty if that is not to be said.
[[nodiscard]] std::string words_of_draining(const VoiceSettings& voice, std::chrono::seconds in);

} // namespace netplay_relay::room
