#include "voice_text.hpp"

#include "text/text.hpp"
#include "wire/netplay_command.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

constexpr std::array<PhraseRule, phrase_count> all_phrases{{
    {Phrase::message_of_the_day, "message_of_the_day", "", {"nick", "core", "crc"}},
    {Phrase::other_content,
     "other_content",
     "another copy of this game (or another), CRC {crc}, is played in a room here",
     {"nick", "core", "crc", "own_core", "own_crc", "players"}},
    {Phrase::other_core,
     "other_core",
     "this game is played in a room here with another core: {core}",
     {"nick", "core", "crc", "own_core", "own_crc", "players"}},
    {Phrase::all_wait_for,
     "all_wait_for",
     "all wait for {nick}",
     {"nick", "core", "crc", "seconds"}},
    {Phrase::all_wait_for_you,
     "all_wait_for_you",
     "all wait for you: your game or your line is too slow",
     {"nick", "core", "crc", "seconds"}},
    {Phrase::late_inputs, "late_inputs", "late inputs: {nick}", {"nick", "core", "crc", "repeats"}},
    {Phrase::your_late_inputs,
     "your_late_inputs",
     "your inputs come late: the others repeat frames for them",
     {"nick", "core", "crc", "repeats"}},
    {Phrase::game_differs,
     "game_differs",
     "your game differs from the others': you get theirs",
     {"nick", "core", "crc"}},
    {Phrase::draining, "draining", "this relay ends in {minutes} min", {"minutes", "seconds"}},
    {Phrase::slow_player,
     "slow_player",
     "you are sent away: the others waited too long for you",
     {"nick", "core", "crc", "reason"}},
    {Phrase::spoils_game,
     "spoils_game",
     "you are sent away: the others waited or repeated too much for you",
     {"nick", "core", "crc", "reason"}},
    {Phrase::made_room,
     "made_room",
     "you make room for a newcomer: many of your address are here",
     {"nick", "core", "crc", "reason"}},
    {Phrase::unusable_state,
     "unusable_state",
     "you are sent away: nobody could play on from your game's state",
     {"nick", "core", "crc", "reason"}},
    {Phrase::room_closed, "room_closed", "this room is closed", {"nick", "core", "crc", "reason"}},
    {Phrase::shutdown,
     "shutdown",
     "this relay ends: try again in a minute",
     {"nick", "core", "crc", "reason"}},
    {Phrase::ended_by_operator,
     "ended_by_operator",
     "the operator ends this room",
     {"nick", "core", "crc", "reason"}},
    {Phrase::sent_away,
     "sent_away",
     "the operator sends you away",
     {"nick", "core", "crc", "reason"}},
    {Phrase::banned_address,
     "banned_address",
     "the operator has banned your address",
     {"nick", "core", "crc", "reason"}},
    {Phrase::other_reason,
     "other_reason",
     "you are sent away: {reason}",
     {"nick", "core", "crc", "reason"}},
}};

constexpr bool is_in_order()
{
    for (std::size_t at = 0; at < all_phrases.size(); ++at)
        if (static_cast<std::size_t>(all_phrases[at].phrase) != at) return false;
    return true;
}
static_assert(is_in_order());

struct Placeholder
{
    std::string_view name;
    std::size_t end = 0; // behind its brace
};

// That which begins here; nothing if no brace ends it.
std::optional<Placeholder> placeholder_at(std::string_view text, std::size_t at)
{
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return std::nullopt;
    return Placeholder{text.substr(at + 1, end - at - 1), end + 1};
}

bool is_brace(std::string_view text, std::size_t at) { return text.substr(at, 2) == "{{"; }

std::string known_to(const PhraseRule& rule)
{
    std::string whole;
    for (const std::string_view name : rule.placeholders)
        if (!name.empty()) whole += (whole.empty() ? "{" : ", {") + std::string(name) + "}";
    return whole;
}

// Where a chat of at most so many bytes ends: at the last blank, or within a word that is longer.
std::size_t end_of_chat(std::string_view line, std::size_t most)
{
    if (line.size() <= most) return line.size();
    const std::size_t blank = line.substr(0, most + 1).rfind(' ');
    if (blank != std::string_view::npos && blank > 0) return blank;
    return std::max<std::size_t>(text::cut(line, most).size(), 1);
}

std::string_view without_blanks(std::string_view line)
{
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(first);
    return line.substr(0, line.find_last_not_of(' ') + 1);
}

bool is_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// As many as a core's name has; a sentence has more.
std::string_view first_words(std::string_view name)
{
    constexpr int words_most = 3;
    std::size_t end = 0;
    for (int words = 0; words < words_most && end < name.size(); ++words) {
        const std::size_t begin = std::min(name.find_first_not_of(' ', end), name.size());
        end = std::min(name.find(' ', begin), name.size());
    }
    return name.substr(0, end);
}

} // namespace

std::span<const PhraseRule, phrase_count> phrase_rules() { return all_phrases; }

VoiceSettings::VoiceSettings()
{
    for (std::size_t at = 0; at < all_phrases.size(); ++at)
        texts[at] = all_phrases[at].usual;
}

std::optional<std::string> problem_of(std::string_view text, const PhraseRule& rule)
{
    if (text.size() > voice_text_max)
        return "must be a text of at most " + std::to_string(voice_text_max) + " bytes";
    if (text::plain(text, true) != text)
        return "must be UTF-8 without control characters; \\n begins another line";
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
        if (is_brace(text, at)) {
            at += 2;
            continue;
        }
        const auto found = placeholder_at(text, at);
        if (!found) return "has a { without a }; a brace of its own is written {{";
        if (found->name.empty() ||
            std::ranges::find(rule.placeholders, found->name) == rule.placeholders.end())
            return "has no placeholder {" + text::in_ascii(text::cut(found->name, 40)) +
                   "}; known here are " + known_to(rule);
        at = found->end;
    }
    return std::nullopt;
}

std::string filled(std::string_view text, const Values& values)
{
    std::string whole;
    for (std::size_t at = 0; at < text.size();) {
        const auto found = text[at] == '{' ? placeholder_at(text, at) : std::nullopt;
        if (is_brace(text, at) || !found) {
            at += is_brace(text, at) ? 1U : 0U;
            whole += text[at++];
            continue;
        }
        const auto value = std::ranges::find(values, found->name,
                                             &std::pair<std::string_view, std::string>::first);
        if (value != values.end()) whole += text::plain(value->second);
        at = found->end;
    }
    return whole;
}

std::size_t chat_line_max(std::string_view speaker)
{
    constexpr std::size_t between = 2; // ": "
    return wire::chat_text_max - std::min(speaker.size(), wire::nick_field_size - 1) - between;
}

std::vector<std::string> chats_of(std::string_view text, std::string_view speaker)
{
    const std::size_t most = chat_line_max(speaker);
    const std::string whole = text::plain(text, true);
    std::vector<std::string> chats;
    for (std::string_view rest = whole; !rest.empty() && chats.size() < chats_per_text_max;) {
        const std::size_t line_end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = without_blanks(rest.substr(0, line_end));
        if (line.empty()) {
            rest.remove_prefix(std::min(line_end + 1, rest.size()));
            continue;
        }
        const std::size_t end = end_of_chat(line, most);
        chats.emplace_back(without_blanks(line.substr(0, end)));
        rest.remove_prefix(static_cast<std::size_t>(line.data() - rest.data()) + end);
    }
    return chats;
}

std::string plain_name(std::string_view name)
{
    constexpr std::string_view signs = " -_+.()'&";
    std::string plain(first_words(name));
    for (std::size_t at = 0; at < plain.size(); ++at) {
        char& letter = plain[at];
        const bool is_known = is_letter(letter) || is_digit(letter);
        if (!is_known && signs.find(letter) == std::string_view::npos) letter = '?';
        // Of a name such as "chat.example"; that of a version stays.
        const bool is_within = at > 0 && at + 1 < plain.size();
        if (letter == '.' && is_within && (is_letter(plain[at - 1]) || is_digit(plain[at - 1])) &&
            is_letter(plain[at + 1]))
            letter = '?';
    }
    return plain;
}

std::string words_of_draining(const VoiceSettings& voice, std::chrono::seconds in)
{
    if (!voice.enabled) return {};
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(in);
    return filled(voice.text(Phrase::draining), {{"minutes", std::to_string(minutes.count())},
                                                 {"seconds", std::to_string(in.count())}});
}

} // namespace netplay_relay::room
