// Whom a room trusts less that has just sent somebody away for spoiling its game: whoever comes
// with ever new addresses is a newcomer each time. It has less patience with newcomers until they
// have played for a while, and seats them one by one.
//
// Rooms for friends do not: a stranger has no way in, and a friend who comes late is one.
#include "room_state.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// A newcomer is one for as long as this, and each further one takes one doubt away.
constexpr Duration proving_time = std::chrono::minutes(1);

} // namespace

// When its client prefix began to play here: those who lost their line and come again are no
// newcomers.
std::optional<Instant> RoomState::known_since(const Member& member) const
{
    std::optional<Instant> since = member.played_from;
    for (const auto& other : members_)
        if (other->played_from && !other->gone && other->prefix == member.prefix)
            since = since ? std::min(*since, *other->played_from) : *other->played_from;
    return since;
}

unsigned RoomState::doubts_about(const Member& player) const
{
    if (!is_for_everybody()) return 0;
    const unsigned sentences = std::min(wariness_.sentences(now_), doubts_max);
    const auto since = known_since(player);
    if (sentences == 0 || (since && *since < wariness_.since())) return 0;
    if (!player.playing) return sentences;
    const auto proven = static_cast<std::uint64_t>((now_ - player.playing_since) / proving_time);
    return proven >= sentences ? 0 : sentences - static_cast<unsigned>(proven);
}

// There is somebody whom a newcomer could spoil the game for.
bool RoomState::has_trusted_player() const
{
    return std::ranges::any_of(members_, [&](const auto& member) {
        return member->playing && !member->gone && doubts_about(*member) == 0;
    });
}

// Before then it may only watch. Who has played here is not concerned.
Instant RoomState::seat_from(const Member& member) const
{
    if (wariness_.sentences(now_) < 2 || !is_for_everybody()) return Instant::min();
    if (known_since(member) || comes_back(member) || !has_trusted_player()) return Instant::min();
    return std::min(std::max(wariness_.seats_from(now_), member.since + watch_first),
                    wariness_.ends());
}

// The first that waits for a seat because of that may have one by now.
void RoomState::open_seats()
{
    if (now_ < seats_open_at_) return;
    seats_open_at_ = Instant::max();
    places_changed_ = true;
}

// One that plays no more, and was not sent away for it, may have let the others wait as well: many
// could do that one after the other, each for a moment.
void RoomState::note_costs(Member& member)
{
    // What is excused is in no conduct.
    const Duration waited = std::max(Duration{}, member.conduct.waited(conduct_window, now_));
    const Duration cost = std::max(Duration{}, waited - member.charged);
    member.charged = waited;
    const auto since = known_since(member);
    if (!since || now_ - *since >= proving_time || !is_for_everybody()) return;
    wariness_.note_loss(cost, patience_with(doubts_about(member)).wait_in_moment, now_);
}

} // namespace netplay_relay::room
