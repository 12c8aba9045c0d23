// Whether all have the same game: a spectator's state is compared with the others' (protocol.md,
// "Watching for desyncs").
#include "room_state.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace netplay_relay::room {

namespace {

// A client asks for a state when the one it was told the CRC of is not its own.
constexpr Duration objection_time = std::chrono::seconds(10);
// RetroArch 1.21 and later asks for one a frame or two behind each MODE, wherever it lags.
constexpr Duration mode_request_time = std::chrono::seconds(5);

// So many of the last comparisons may differ, and so many in a row before the first that agrees.
constexpr unsigned history_length = 8;
constexpr int differing_max = 3;
constexpr int in_a_row_max = 3;

} // namespace

void RoomState::watch_for_desyncs()
{
    if (settings_.desync_watch <= std::chrono::seconds(0) || watch_.ended ||
        now_ < watched_at_ + settings_.desync_watch || player_count() == 0)
        return;
    watched_at_ = now_;
    finish_comparison();
    if (watch_.ended) return;
    // An objection could not be told from what a MODE brings.
    if (std::ranges::any_of(members_,
                            [&](const auto& member) { return is_only_for_mode(*member); }))
        return;
    // Whoever waits for a state that it was not given would not object.
    if (std::ranges::any_of(members_, [](const auto& member) {
            return member->is_established() && member->owed_state;
        }))
        return want_state();
    const auto found = std::ranges::find_if(members_, [](const auto& member) {
        return member->is_established() && !member->playing && !member->out_of_step &&
               !member->asked_at && !member->intake;
    });
    if (found != members_.end()) ask(**found, true);
}

void RoomState::tell_crc(const Member& source, Frame frame, std::uint32_t crc)
{
    finish_comparison();
    watch_.open = true;
    each_established([&](Member& member) {
        if (&member == &source) return;
        say(member, wire::Crc{frame, crc});
        member.crc_told = frame;
        member.crc_told_at = now_;
    });
}

// The states of some cores differ from process to process, whatever is played: after a state that
// all have loaded they would be told to differ again, and for ever.
void RoomState::finish_comparison()
{
    if (!std::exchange(watch_.open, false)) return;
    const bool differs = std::exchange(watch_.differs, false);
    each_established([&](Member& member) {
        if (std::exchange(member.crc_told, 0) != 0 && !member.owed_state) member.crc_agreed = true;
    });
    constexpr std::uint32_t mask = (1U << history_length) - 1;
    watch_.history = (watch_.history << 1 | (differs ? 1U : 0U)) & mask;
    watch_.rounds = std::min(watch_.rounds + 1, in_a_row_max + 1);
    const int differing = std::popcount(watch_.history);
    const bool never_agreed = watch_.rounds == in_a_row_max && differing == in_a_row_max;
    if (!never_agreed && differing <= differing_max) return;
    watch_.ended = true;
    tell(RoomNewsKind::states_differ, nullptr);
}

// True if a client only asks because of a MODE, as newer ones do to agree on achievements. The
// state that a change of players needs has been shared before it.
bool RoomState::is_only_for_mode(const Member& member) const
{
    return member.mode_told_at && now_ - *member.mode_told_at < mode_request_time;
}

// It is told as a desync only if its states could be compared before: else who knows what differs.
void RoomState::note_objection(Member& member)
{
    if (member.crc_told == 0 || now_ - member.crc_told_at >= objection_time) return;
    member.crc_told = 0;
    watch_.differs = true;
    if (!member.crc_agreed || watch_.ended) return;
    ++member.counts.desyncs;
    tell(RoomNewsKind::desync, &member);
}

} // namespace netplay_relay::room
