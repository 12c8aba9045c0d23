// The phrases that the relay says to members by itself, and what the operator makes of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::room {

enum class Phrase : std::uint8_t
{
    message_of_the_day, // to whoever begins to play
    other_content,      // to who is alone: the same core is played with another CRC
    other_core,         // to who is alone: the same content is played with another core
    all_wait_for,       // to the others
    all_wait_for_you,   // and to the one
    late_inputs,
    your_late_inputs,
    game_differs, // to whose state is not that of the others
    draining,     // to all, before the relay ends
    // Before a connection is closed; the key is the close reason's word.
    slow_player,
    spoils_game,
    made_room,
    unusable_state,
    room_closed,
    shutdown,
    ended_by_operator,
    sent_away,
    banned_address,
    other_reason, // any other
};
inline constexpr std::size_t phrase_count = static_cast<std::size_t>(Phrase::other_reason) + 1;
inline constexpr std::size_t farewells_begin = static_cast<std::size_t>(Phrase::slow_player);

inline constexpr std::size_t placeholders_max = 6;

struct PhraseRule
{
    Phrase phrase{};
    std::string_view key;   // within rooms.voice, or rooms.voice.farewells
    std::string_view usual; // its text, if the operator has no other
    std::array<std::string_view, placeholders_max> placeholders{}; // that it may have
};

// All of them, in order.
[[nodiscard]] std::span<const PhraseRule, phrase_count> phrase_rules();

// Of one text in the configuration, in bytes: some four chats.
inline constexpr std::size_t voice_text_max = 320;

struct VoiceSettings
{
    VoiceSettings(); // the usual texts

    bool enabled = true;
    std::array<std::string, phrase_count> texts; // empty: never said

    [[nodiscard]] const std::string& text(Phrase phrase) const
    {
        return texts[static_cast<std::size_t>(phrase)];
    }

    bool operator==(const VoiceSettings&) const = default;
};

} // namespace netplay_relay::room
