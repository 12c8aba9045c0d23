#include "outward/sentence.hpp"

#include "text/text.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <utility>

namespace netplay_relay::outward {

namespace {

constexpr std::size_t quoted_bytes_max = 64;

// What services take for markup, mentions or links, and a character that looks like it.
struct LookAlike
{
    char letter;
    std::string_view instead;
};
constexpr std::array look_alikes{
    LookAlike{'@', "\uFF20"}, LookAlike{'<', "\uFF1C"}, LookAlike{'>', "\uFF1E"},
    LookAlike{'&', "\uFF06"}, LookAlike{'#', "\uFF03"}, LookAlike{'`', "\u02CB"},
};
constexpr std::string_view dot = "\u2024"; // of a name such as "chat.example"
constexpr std::string_view colon = "\uA789";

std::string counted(double amount, const char* noun)
{
    const auto count = static_cast<long long>(std::llround(amount));
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string time_text(double seconds)
{
    constexpr double minute = 60;
    constexpr double hour = 3600;
    if (seconds < 2 * minute) return counted(seconds, "second");
    if (seconds < 2 * hour) return counted(seconds / minute, "minute");
    return counted(seconds / hour, "hour");
}

// With one place behind the point, as the log has it.
std::string seconds_text(double seconds)
{
    const auto tenths = static_cast<long long>(std::llround(seconds * 10));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Piece quoted(std::string text) { return {std::move(text), true}; }
Piece from_outside(const std::string& text) { return quoted(harmless(text)); }

// Our own words and numbers, made of what can mean nothing to anybody.
std::string plain_word(const std::string& text)
{
    std::string word;
    for (const char letter : text)
        word += std::isalnum(static_cast<unsigned char>(letter)) != 0 ? letter : ' ';
    return word;
}

// A join text or an address: to be copied, so it stays as it is but for what it cannot have.
Piece to_copy(const std::string& text)
{
    std::string kept;
    for (const char letter : text)
        if (letter > ' ' && letter < '\x7f' && letter != '`' && letter != '<' && letter != '&' &&
            letter != '>' && letter != '@')
            kept += letter;
    return quoted(kept);
}

Sentence join_words(const std::string& join_text)
{
    if (join_text.empty()) return {{"."}};
    return {{". Join text: "}, to_copy(join_text)};
}

void append(Sentence& sentence, Sentence more)
{
    for (Piece& piece : more)
        sentence.push_back(std::move(piece));
}

std::string content_words(const Event& event)
{
    const std::string content = plain_word(event.text("content"));
    return content.empty() || content == "00000000" ? "" : " (content " + content + ")";
}

Sentence session_game(const Event& event)
{
    Sentence sentence;
    const auto nicks = event.fields.find("nicks");
    constexpr std::size_t most = 8;
    if (nicks != event.fields.end() && nicks->is_array())
        for (std::size_t at = 0; at < nicks->size() && at < most; ++at) {
            if (!(*nicks)[at].is_string()) continue;
            const bool is_last = at + 1 == nicks->size();
            if (!sentence.empty()) sentence.push_back({is_last ? " and " : ", "});
            sentence.push_back(from_outside((*nicks)[at].get<std::string>()));
        }
    const bool is_one = sentence.size() == 1;
    if (sentence.empty()) sentence.push_back({"Somebody"});
    sentence.push_back({is_one || !sentence.front().quoted ? " plays " : " play "});
    sentence.push_back(from_outside(event.text("core")));
    sentence.push_back({content_words(event)});
    append(sentence, join_words(event.text("join_text")));
    return sentence;
}

Sentence of_session(const Event& event)
{
    const std::string& kind = event.kind;
    const std::string age = time_text(event.amount("age_seconds"));
    const std::string reason = plain_word(event.text("reason"));
    Sentence sentence;
    if (kind == "session_opened") {
        sentence = {{"A game is open"}};
        append(sentence, join_words(event.text("join_text")));
        return sentence;
    }
    if (kind == "session_game") return session_game(event);
    if (kind == "session_closed") sentence = {{"A game has ended after " + age}};
    if (kind == "link_opened") sentence = {{"A guest has come into a game"}};
    if (kind == "link_closed") sentence = {{"A guest has left a game after " + age}};
    if (sentence.empty()) return sentence;
    sentence.push_back({reason.empty() ? ": " : ", " + reason + ": "});
    sentence.push_back(to_copy(event.text("session")));
    return sentence;
}

Sentence of_room(const Event& event, const std::string& reach)
{
    const Piece core = from_outside(event.text("core"));
    const Piece nick = from_outside(event.text("nick"));
    const std::string& kind = event.kind;
    const std::string seconds = seconds_text(event.amount("seconds"));
    if (kind == "room_opened") {
        Sentence sentence{{"A room is open: "}, core, {content_words(event)}};
        if (reach.empty()) return sentence;
        append(sentence, {{". Who has the same game comes by: "}, to_copy(reach)});
        return sentence;
    }
    if (kind == "room_closed") {
        const double age = event.fields.contains("age_seconds") ? event.amount("age_seconds")
                                                                : event.amount("seconds");
        return {{"The room of "}, core, {" is closed after " + time_text(age) + "."}};
    }
    const auto about = [&](const std::string& words) {
        return Sentence{nick, {" " + words + ", in the room of "}, core, {"."}};
    };
    if (kind == "member_joined") return about("has come");
    if (kind == "member_plays") return about("plays");
    if (kind == "member_watches") return about("watches");
    if (kind == "member_waits") return about("waits for a place");
    if (kind == "member_returned") return about("is back");
    if (kind == "held_up")
        return about("kept " + counted(event.amount("players"), "player") + " waiting " + seconds);
    if (kind == "desync") return about("had another state of the game, and gets the others'");
    if (kind == "witness_differs") return about("has another state than the players");
    if (kind == "states_differ") return about("cannot be compared: states of this game differ");
    if (kind == "state_doubted") return about("gave a state that others left at once with");
    if (kind == "state_size_differs") return about("has savestates of another size");
    if (kind == "version_differs") return about("has another version of the core");
    if (kind == "content_differs") return about("has another content");
    if (kind == "state_shared") return about("gave its savestate to the others");
    if (kind == "warned") return about("keeps the others waiting");
    if (kind == "sent_to_watch") return about("kept the others waiting, and may only watch now");
    if (kind == "shut_out") return about("kept the others waiting again, and is not let in");
    return {};
}

Sentence of_party(const Event& event)
{
    const Piece game = from_outside(event.text("game"));
    const std::string& kind = event.kind;
    const std::string reason = plain_word(event.text("reason"));
    if (kind == "party_opened")
        return {{"A game is open: "}, game, {". Code: "}, to_copy(event.text("code"))};
    if (kind == "party_closed")
        return {{"The game "},
                game,
                {" has ended after " + time_text(event.amount("seconds")) +
                 (reason.empty() ? ": " : ", " + reason + ": ")},
                to_copy(event.text("code"))};
    if (kind == "peer_joined") return {{"Somebody has come into the game "}, game, {"."}};
    if (kind == "peer_left")
        return {
            {"Somebody is out of the game "}, game, {reason.empty() ? "." : ": " + reason + "."}};
    if (kind == "peer_absent")
        return {{"Somebody has lost the connection to the game "}, game, {"."}};
    if (kind == "peer_returned") return {{"Somebody is back in the game "}, game, {"."}};
    return {};
}

Sentence of_relay(const Event& event)
{
    const std::string& kind = event.kind;
    const auto ends = event.fields.find("ends_in_seconds");
    if (kind == "draining")
        return {{ends != event.fields.end() && ends->is_number()
                     ? "The relay takes no new games; it ends in " +
                           time_text(event.amount("ends_in_seconds")) + "."
                     : "The relay takes no new games, and ends with the last one."}};
    if (kind == "undrained") return {{"The relay takes new games again."}};
    if (kind == "stopping") return {{"The relay ends."}};
    if (kind == "upgraded") return {{"The relay was upgraded; the games went on."}};
    if (kind == "reloaded") return {{"The relay has read its configuration again."}};
    if (kind == "memory_short") return {{"The relay is short of memory."}};
    if (kind == "stood_still")
        return {{"The relay stood still for " + seconds_text(event.amount("seconds")) + "."}};
    if (kind == "limit_reached")
        return {{"The relay has reached a limit: "}, from_outside(event.text("limit")), {"."}};
    if (kind == "member_gone")
        return {{"Somebody has left a room: " + plain_word(event.text("reason")) + "."}};
    if (kind == "peer_gone")
        return {{"Somebody has left a game: " + plain_word(event.text("reason")) + "."}};
    if (kind == "control") return {{"The operator: "}, from_outside(event.text("action")), {"."}};
    if (kind == "refused") return {{"Some who came were refused."}};
    if (kind == "without_join_port") return {{"A game has no port of its own: none was free."}};
    if (kind == "test") return {{"A test of this webhook: it works."}};
    return {{"Something happened: "}, from_outside(kind), {"."}};
}

std::string escaped(const std::string& text)
{
    std::string html;
    for (const char letter : text)
        switch (letter) {
        case '&': html += "&amp;"; break;
        case '<': html += "&lt;"; break;
        case '>': html += "&gt;"; break;
        case '"': html += "&quot;"; break;
        default: html += letter;
        }
    return html;
}

} // namespace

std::string harmless(std::string_view text)
{
    const std::string shown = text::plain(text::cut(text, quoted_bytes_max));
    std::string kept;
    for (std::size_t at = 0; at < shown.size(); ++at) {
        const char letter = shown[at];
        const std::string_view behind = std::string_view(shown).substr(at + 1);
        std::string_view instead;
        for (const LookAlike& one : look_alikes)
            if (one.letter == letter) instead = one.instead;
        if (letter == '.' && !behind.empty() && behind.front() != ' ') instead = dot;
        if (letter == ':' && !behind.empty() && behind.front() != ' ') instead = colon;
        if (instead.empty())
            kept += letter;
        else
            kept += instead;
    }
    return kept.find_first_not_of(' ') == std::string::npos ? "?" : kept;
}

Sentence sentence_of(const Event& event, const std::string& reach)
{
    Sentence sentence = of_session(event);
    if (sentence.empty()) sentence = of_room(event, reach);
    if (sentence.empty()) sentence = of_party(event);
    if (sentence.empty()) sentence = of_relay(event);
    return sentence;
}

std::string in_markdown(const Sentence& sentence)
{
    std::string text;
    for (const Piece& piece : sentence)
        text += piece.quoted ? "`" + piece.text + "`" : piece.text;
    return text;
}

std::string in_plain(const Sentence& sentence)
{
    std::string text;
    for (const Piece& piece : sentence)
        text += piece.quoted ? "\u201C" + piece.text + "\u201D" : piece.text;
    return text;
}

std::string in_html(const Sentence& sentence)
{
    std::string text;
    for (const Piece& piece : sentence)
        text += piece.quoted ? "<code>" + escaped(piece.text) + "</code>" : escaped(piece.text);
    return text;
}

} // namespace netplay_relay::outward
