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
// Until then it is heard who else objects: an honest line has its hiccups.
constexpr Duration verdict_time = std::chrono::seconds(3);
// RetroArch 1.21 and later asks for one a frame or two behind each MODE, wherever it lags.
constexpr Duration mode_request_time = std::chrono::seconds(5);

// What is said of it waits for the state that heals it.
constexpr Duration told_within = std::chrono::seconds(15);

// So many of the last comparisons may differ, and so many in a row before the first that agrees.
constexpr unsigned history_length = 8;
constexpr int differing_max = 3;
constexpr int in_a_row_max = 3;

} // namespace

void RoomState::compare_states()
{
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
    if (Member* witness = next_witness()) ask(*witness, true);
}

// Whoever was found to differ comes last, and after a few times not at all; of the others the one
// that was asked longest ago.
Member* RoomState::next_witness()
{
    Member* best = nullptr;
    const auto order = [&](const Member& member) {
        return std::pair(trust_->lies_of(member.prefix, now_), member.witness_at);
    };
    for (const auto& member : members_) {
        if (!member->is_established() || member->playing || member->out_of_step ||
            member->asked_at || member->intake || !trust_->may_witness(member->prefix, now_))
            continue;
        if (best == nullptr || order(*member) < order(*best)) best = member.get();
    }
    return best;
}

void RoomState::tell_crc(Member& source, Frame frame, std::uint32_t crc)
{
    finish_comparison();
    source.witness_at = now_;
    watch_.open = true;
    watch_.judged = false;
    watch_.blamed = false;
    watch_.witness = source.connection;
    watch_.witness_prefix = source.prefix;
    watch_.witness_nick = source.nick;
    watch_.players = 0;
    watch_.objecting = 0;
    watch_.mute = 0;
    watch_.judged_at = now_ + verdict_time;
    const auto bytes = encoded(wire::Crc{frame, crc});
    each_established([&](Member& member) {
        if (&member == &source) return;
        say_bytes(member, bytes);
        member.crc_told = frame;
        member.crc_told_at = now_;
        if (member.playing) ++(member.is_mute ? watch_.mute : watch_.players);
    });
}

// The states of some cores differ from process to process, whatever is played: after a state that
// all have loaded they would be told to differ again, and for ever.
void RoomState::finish_comparison()
{
    judge_comparison();
    if (!std::exchange(watch_.open, false)) return;
    const bool differs = std::exchange(watch_.differs, false);
    each_established([&](Member& member) {
        if (std::exchange(member.crc_told, 0) != 0 && !member.owed_state) member.crc_agreed = true;
    });
    if (watch_.blamed) return; // that says nothing of the players' states
    watch_.agreed |= !differs;
    if (watch_.rounds == 0)
        watch_.only_witness = watch_.witness_prefix;
    else if (watch_.only_witness != watch_.witness_prefix)
        watch_.only_witness.reset();
    constexpr std::uint32_t mask = (1U << history_length) - 1;
    watch_.history = (watch_.history << 1 | (differs ? 1U : 0U)) & mask;
    watch_.rounds = std::min(watch_.rounds + 1, in_a_row_max + 1);
    const int differing = std::popcount(watch_.history);
    const bool never_agreed = watch_.rounds == in_a_row_max && differing == in_a_row_max;
    if (!never_agreed && differing <= differing_max) return;
    if (never_agreed && watch_.only_witness && !watch_.given_up) return give_up_witness();
    watch_.ended = true;
    tell(RoomEventKind::states_differ, nullptr);
}

// Nothing agreed with what this one says: it may be the core, or it may be this one.
void RoomState::give_up_witness()
{
    watch_.given_up = watch_.witness_prefix;
    watch_.rounds = 0;
    watch_.history = 0;
    trust_->hear_no_more_of(watch_.witness_prefix, now_);
    out_->events.push_back(event_of_witness(RoomEventKind::states_differ));
}

// Whoever has loaded a state compares no frame before it any more, and its silence would say
// nothing. So a state that only an objection asks for waits for the judgement.
bool RoomState::hears_objections() const { return watch_.heals && watch_.open && !watch_.judged; }

// Whoever differs from most players is the one who is out of step.
void RoomState::judge_comparison()
{
    if (!watch_.open) return;
    watch_.judged = true;
    watch_.heals = false;
    const bool most_object = 2 * watch_.objecting > watch_.players;
    // If only one could say anything of it, it is the one's word against the other's.
    const bool unsure = watch_.players < 2 && watch_.mute > 0;
    const bool has_lied = trust_->lies_of(watch_.witness_prefix, now_) > 0;
    if (most_object && (!unsure || has_lied) && watch_.agreed && !watch_.blamed) blame_witness();
    const bool tells = !watch_.blamed && !(unsure && watch_.somebody_lied) && !watch_.ended;
    each_established([&](Member& member) {
        if (!std::exchange(member.objects, false) || !tells) return;
        // It is told as a desync only if its states could be compared before: else who knows what
        // differs.
        if (!member.crc_agreed) return;
        ++member.counts.desyncs;
        tell(RoomEventKind::desync, &member);
        hold(member, words_for(Phrase::game_differs, member.nick), told_within);
    });
}

void RoomState::blame_witness()
{
    watch_.blamed = true;
    watch_.somebody_lied = true;
    trust_->note_lie(watch_.witness_prefix, now_);
    if (Member* witness = find(watch_.witness)) {
        ++witness->counts.witness_differs;
        witness->out_of_step = true;
        want_state();
    }
    out_->events.push_back(event_of_witness(RoomEventKind::witness_differs));
}

RoomEvent RoomState::event_of_witness(RoomEventKind kind) const
{
    RoomEvent told = event(kind, nullptr);
    told.member = watch_.witness;
    told.nick = watch_.witness_nick;
    return told;
}

// True if a client only asks because of a MODE, as newer ones do to agree on achievements. The
// state that a change of players needs has been shared before it.
bool RoomState::is_only_for_mode(const Member& member) const
{
    return member.mode_told_at && now_ - *member.mode_told_at < mode_request_time;
}

void RoomState::note_objection(Member& member)
{
    if (member.crc_told == 0 || now_ - member.crc_told_at >= objection_time) return;
    member.crc_told = 0;
    member.objects = true;
    watch_.differs = true;
    watch_.objecting += member.playing ? 1 : 0;
    if (watch_.judged || watch_.objecting >= watch_.players) judge_comparison();
}

} // namespace netplay_relay::room
