// What the relay says to members by itself: what they would ask the operator (docs/voice.md).
// Frontends show chat only to who plays, so what is worth it waits until then; and while a member
// awaits a state it is told nothing.
#include "room_state.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// Who is alone hears of others once in so long.
constexpr Duration other_rooms_interval = std::chrono::minutes(10);
// So long what is said to who is alone is of interest before it plays.
constexpr Duration alone_within = std::chrono::seconds(30);
// So long the operator's words wait for who awaits a state.
constexpr Duration operator_within = std::chrono::minutes(1);
// The same name is not said twice within this time.
constexpr Duration blame_interval = std::chrono::minutes(1);
constexpr std::size_t crc_digits = 8;

Phrase farewell_for(CloseReason end)
{
    const std::string_view reason = word(end);
    for (const PhraseRule& rule : phrase_rules().subspan(farewells_begin))
        if (rule.key == reason) return rule.phrase;
    return Phrase::other_reason;
}

} // namespace

bool RoomState::knows_chat(const Member& member)
{
    return member.negotiated.protocol >= extras_since && member.is_established();
}

// It begins with one, or has asked for one that is on its way.
bool RoomState::awaits_any_state(const Member& member) const
{
    const bool is_coming = state_wanted_ || request_ || waiting_state_;
    return member.awaits_state() || member.out_of_step || (member.is_mute && is_coming);
}

// Its frontend shows a chat now.
bool RoomState::hears(const Member& member) const
{
    return knows_chat(member) && member.playing && !awaits_any_state(member);
}

std::string RoomState::words_for(Phrase phrase, const std::string& nick, Values more) const
{
    const std::string& text = settings_.voice.text(phrase);
    if (!settings_.voice.enabled || text.empty()) return {};
    more.emplace_back("nick", nick);
    more.emplace_back("core", plain_name(identity_.info.core_name));
    more.emplace_back("crc", text::in_hex(identity_.info.content_crc, crc_digits));
    return filled(text, more);
}

// Who was here a moment ago knows the message of the day.
void RoomState::welcome(Member& member)
{
    const VoiceSettings& voice = settings_.voice;
    member.greeted |= !voice.enabled || voice.text(Phrase::message_of_the_day).empty() ||
                      member.negotiated.protocol < extras_since;
    words_wait_ |= !member.greeted;
}

void RoomState::hold(Member& member, std::string text, Duration most)
{
    if (text.empty() || member.held_words.size() >= held_words_max) return;
    if (member.negotiated.protocol < extras_since) return;
    text.resize(text::cut(text, held_text_max).size());
    member.held_words.push_back({std::move(text), now_ + most});
    words_wait_ = true;
}

void RoomState::say_what_was_held()
{
    if (!words_wait_) return;
    words_wait_ = false;
    for (const auto& member : members_) {
        if (member->gone) continue;
        std::erase_if(member->held_words, [&](const auto& held) { return held.until < now_; });
        if (hears(*member)) {
            if (!std::exchange(member->greeted, true))
                say_if_heard(*member, words_for(Phrase::message_of_the_day, member->nick));
            for (const HeldWords& held : std::exchange(member->held_words, {}))
                say_if_heard(*member, held.text);
        }
        words_wait_ |= !member->greeted || !member->held_words.empty();
    }
}

// To anybody who knows what a chat is, shown or not.
void RoomState::say_words(Member& member, const std::string& text)
{
    for (const std::string& line : chats_of(text, settings_.nick)) {
        wire::Chat chat;
        chat.nick = settings_.nick;
        chat.text = line;
        say(member, chat);
    }
}

void RoomState::say_if_heard(Member& member, const std::string& text)
{
    if (!text.empty() && hears(member) && member.words.spend(now_)) say_words(member, text);
}

// The others read its name, and it reads that it is meant.
void RoomState::say_of(Member& slow, Phrase to_others, Phrase to_itself, const Values& values)
{
    if (slow.blamed_at && now_ < *slow.blamed_at + blame_interval) return;
    const std::string others = words_for(to_others, slow.nick, values);
    const std::string itself = words_for(to_itself, slow.nick, values);
    if ((others.empty() && itself.empty()) || !words_.spend(now_)) return;
    slow.blamed_at = now_;
    each_player([&](Member& player) { say_if_heard(player, &player == &slow ? itself : others); });
}

bool RoomState::may_be_told_of_another(Instant now) const
{
    if (members_.size() != 1 || members_.front()->gone) return false;
    return !told_of_another_at_ || now >= *told_of_another_at_ + other_rooms_interval;
}

// The one who is alone here would play with those, had both the same.
void RoomState::tell_of_another(Phrase phrase, const wire::Info& other, std::size_t members)
{
    if (!may_be_told_of_another(now_)) return;
    Member& alone = *members_.front();
    // In front of what words_for() has: the first of a name counts.
    Values values{{"own_core", plain_name(identity_.info.core_name)},
                  {"own_crc", text::in_hex(identity_.info.content_crc, crc_digits)},
                  {"core", plain_name(other.core_name)},
                  {"crc", text::in_hex(other.content_crc, crc_digits)},
                  {"players", std::to_string(members)}};
    std::string text = words_for(phrase, alone.nick, std::move(values));
    if (text.empty()) return;
    told_of_another_at_ = now_;
    hold(alone, std::move(text), alone_within);
}

// What the operator says is not rationed.
bool RoomState::say_to_all(const std::string& text)
{
    bool told = false;
    if (chats_of(text, settings_.nick).empty()) return told;
    for (const auto& member : members_) {
        if (member->gone || member->negotiated.protocol < extras_since) continue;
        told = true;
        if (awaits_any_state(*member))
            hold(*member, text, operator_within);
        else
            say_words(*member, text);
    }
    return told;
}

// The last it reads. To who awaits a state the frontend itself says what happened.
void RoomState::say_farewell(Member& member, CloseReason end)
{
    if (!knows_chat(member) || awaits_any_state(member)) return;
    // Nobody is there, or it goes by itself.
    if (end == CloseReason::replaced || end == CloseReason::nak) return;
    say_words(member,
              words_for(farewell_for(end), member.nick, {{"reason", std::string(word(end))}}));
}

} // namespace netplay_relay::room
