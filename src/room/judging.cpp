// Who spoils the game of the others by the way in which it plays: by letting them stand still, or
// by inputs so late that each of them repeats more frames than it has time for. It is told first,
// then it has to go and may only watch for a while, and the second time it may not come again.
//
// What an honest player may meet is less than that: a hiccup of 3 s once a minute, a load of 4 s,
// a machine that makes 50 of 60 frames; inputs 0.3 s late with a button pressed or released ten
// times a second (180 frames a second), or a stick that moves in half of all frames (540).
#include "room_state.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace netplay_relay::room {

namespace {

constexpr Duration minute = conduct_window;
constexpr Duration moment = std::chrono::seconds(16);
constexpr Duration usual_interval = std::chrono::milliseconds(500);
constexpr Duration wary_interval = std::chrono::milliseconds(100);

// That is worth a line, once a minute.
constexpr Duration poor_wait = std::chrono::seconds(5);
constexpr std::uint64_t poor_repeats = 54'000;           // 900 a second
constexpr std::uint64_t poor_repeats_in_moment = 16'000; // 1,000 a second
// In the moment and in the minute, more than a slow player may take at once.
constexpr Duration bad_wait_in_moment = std::chrono::seconds(3);
constexpr Duration bad_wait_in_minute = std::chrono::seconds(10);
constexpr std::uint64_t bad_repeats_in_moment = 32'000; // 2,000 a second
constexpr std::uint64_t bad_repeats_in_minute = 90'000; // 1,500 a second
// At the least, however often newcomers have spoilt the game. The others go on for a second without
// somebody: a hiccup of 2 s on a line of 0.3 s that loses packets lets them wait for 1.6 s.
constexpr Duration least_wait_in_moment = std::chrono::seconds(2);
constexpr Duration least_wait_in_minute = std::chrono::seconds(5);
constexpr std::uint64_t least_repeats_in_moment = poor_repeats_in_moment;
constexpr std::uint64_t least_repeats_in_minute = poor_repeats;

// Of what came in a burst, so much makes up for time lost before it.
constexpr Duration made_up_max = std::chrono::milliseconds(250);
// Each frame that came counts for as long as it lasts in the slowest game: 50 a second.
constexpr Duration longest_frame = std::chrono::milliseconds(20);
// Who stands still for so long asks why.
constexpr Duration worth_saying = std::chrono::seconds(2);
// So much of a minute is nobody's fault while all are given its state.
constexpr Duration excused_max = state_transfer_limit;

std::string seconds_in(Duration duration)
{
    return std::to_string(std::chrono::round<std::chrono::seconds>(duration).count());
}

} // namespace

// Several may be to blame at a time, each for all of it: together they could share it otherwise.
void RoomState::weigh()
{
    const Frame least = least_next();
    const Frame most = std::max(least, players_.most);
    if (!somebody_weighed_ && !may_be_waited_for()) return;
    somebody_weighed_ = false;
    for (const auto& member : members_) {
        if (member->gone) continue;
        if (member->weighed) weigh(*member, *member->weighed);
        if (is_waited_for(*member, least, most)) {
            member->weighed = Weighing{now_, member->next};
            somebody_weighed_ = true;
        } else {
            member->weighed.reset();
        }
    }
}

// Time that passes while somebody waits is lost but for the frames that came meanwhile: who is only
// overtaken by one that runs ahead keeps nobody waiting.
void RoomState::weigh(Member& slow, const Weighing& last)
{
    const Duration passed = now_ - last.since;
    const Frame made = slow.next > last.next ? slow.next - last.next : 0;
    const Duration credit = std::min<Duration>(made * longest_frame, made_up_max);
    const bool is_excused = slow.intake && slow.conduct.excused(minute, now_) < excused_max;
    if (is_excused)
        slow.conduct.excuse(passed, now_);
    else
        slow.conduct.keep_waiting(passed - credit, now_);
}

// The others have predicted that it goes on with what it had last.
void RoomState::note_late(Member& member, Frame frame, const wire::InputWords& words)
{
    if (words != member.last_words) member.repeats_from = std::min(member.repeats_from, frame);
}

// All that came together is repeated once.
void RoomState::note_repeats(Member& member)
{
    const Frame from = std::exchange(member.repeats_from, std::numeric_limits<Frame>::max());
    if (from < frame_ && members_.size() > 1) member.conduct.repeat(frame_ - from, now_);
}

void RoomState::judge()
{
    if (now_ < judged_at_ + judging_interval()) return;
    judged_at_ = now_;
    tell_hold_up();
    std::vector<Member*> bad;
    each_player([&](Member& player) {
        if (spoils(player, doubts_about(player)))
            bad.push_back(&player);
        else
            warn(player);
    });
    for (Member* player : bad)
        sentence(*player);
    if (!bad.empty()) run_clock();
}

Duration RoomState::judging_interval() const
{
    return wariness_.sentences(now_) == 0 ? usual_interval : wary_interval;
}

// While all stand still nobody says anything that would have it judged.
bool RoomState::somebody_is_weighed() const { return somebody_weighed_; }

// With each doubt half of what it was.
Patience RoomState::patience_with(unsigned doubts) const
{
    const auto part = [&](auto whole, auto least) {
        return std::min(whole, std::max(whole / (1U << doubts), least));
    };
    const Duration usual = settings_.slow_player;
    return {part(usual + bad_wait_in_moment, Duration(least_wait_in_moment)),
            part(usual + bad_wait_in_minute, Duration(least_wait_in_minute)),
            part(bad_repeats_in_moment, least_repeats_in_moment),
            part(bad_repeats_in_minute, least_repeats_in_minute)};
}

bool RoomState::spoils(const Member& player, unsigned doubts) const
{
    const Conduct& conduct = player.conduct;
    const Patience patience = patience_with(doubts);
    return conduct.waited(moment, now_) >= patience.wait_in_moment ||
           conduct.waited(minute, now_) >= patience.wait_in_minute ||
           conduct.repeated(moment, now_) >= patience.repeats_in_moment ||
           conduct.repeated(minute, now_) >= patience.repeats_in_minute;
}

void RoomState::warn(Member& player)
{
    const bool waits = player.conduct.waited(minute, now_) >= poor_wait;
    const bool repeats = player.conduct.repeated(minute, now_) >= poor_repeats ||
                         player.conduct.repeated(moment, now_) >= poor_repeats_in_moment;
    if (!waits && !repeats) return;
    if (player.warned_at && now_ < *player.warned_at + minute) return;
    player.warned_at = now_;
    tell_conduct(RoomEventKind::warned, player);
    if (waits)
        say_of(player, Phrase::all_wait_for, Phrase::all_wait_for_you,
               {{"seconds", seconds_in(player.conduct.waited(minute, now_))}});
    else
        say_of(player, Phrase::late_inputs, Phrase::your_late_inputs,
               {{"repeats", std::to_string(player.conduct.repeated(minute, now_))}});
}

// The others read while they stand still for whom.
void RoomState::tell_hold_up()
{
    if (held_up_by_ == 0 || now_ < held_up_since_ + worth_saying) return;
    Member* slow = find_number(held_up_by_);
    // What the relay itself asked for is nobody's fault.
    if (slow == nullptr || slow->intake || slow->asked_at || request_ || waiting_state_) return;
    if (is_waited_for(*slow, least_next(), players_.most))
        say_of(*slow, Phrase::all_wait_for, Phrase::all_wait_for_you,
               {{"seconds", seconds_in(now_ - held_up_since_)}});
}

void RoomState::sentence(Member& player)
{
    const bool again = prefixes_.sentence(player.prefix, now_, spoils(player, 0));
    wariness_.note_sentence(now_);
    tell_conduct(again ? RoomEventKind::shut_out : RoomEventKind::sent_to_watch, player);
    for (const auto& member : members_) { // neither may its next connection
        if (member->prefix != player.prefix) continue;
        member->played_from.reset();
        if (member->playing) continue;
        member->wants_to_play.reset();
        member->waits_for_place = false;
    }
    player.conduct = {};
    player.warned_at.reset();
    standstill_.reset(); // the next one has not begun it
    dismiss(player, CloseReason::spoils_game);
}

void RoomState::tell_conduct(RoomEventKind kind, const Member& player)
{
    RoomEvent told = event(kind, &player);
    told.duration = player.conduct.waited(minute, now_);
    told.repeats = player.conduct.repeated(minute, now_);
    out_->events.push_back(std::move(told));
}

} // namespace netplay_relay::room
