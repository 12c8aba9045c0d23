// The room's clock, and those who keep it waiting.
#include "room_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// Who is owed no input now has this much of its patience used up at most.
constexpr Duration used_up_max = std::chrono::milliseconds(250);

// Frontends stop when others are so far behind; this near to that, somebody waits.
constexpr Frame stop_distance = 58;
// Players come and go about that limit by so many frames.
constexpr Frame worth_noticing = 4;
// A hold-up shorter than this is worth no line.
constexpr Duration worth_telling = std::chrono::seconds(1);

// Whoever makes fewer frames than these in a slow player's time is one: 20 a second.
constexpr Frame slow_frames = 100;
// The others went on for so long: that was the end of a standstill.
constexpr Duration short_break = std::chrono::seconds(1);

// A player that is ahead of the clock all the time is asked to wait a little, so that the others'
// inputs come less late for it (protocol.md, "STALL").
constexpr Frame stall_lead = 3;
constexpr Frame stall_interval = 120;

} // namespace

// Whenever somebody begins to play, or plays no more.
Players RoomState::look_at_players() const
{
    Players players;
    for (const auto& member : members_) {
        if (!member->playing || member->gone) continue;
        ++players.count;
        if (players.owner == nullptr || member->played_since < players.owner->played_since)
            players.owner = member.get();
        if (member->next < players.least) players.at_least = 0;
        players.least = std::min(players.least, member->next);
        players.most = std::max(players.most, member->next);
        players.at_least += member->next == players.least ? 1U : 0U;
    }
    return players;
}

void RoomState::expect(Member& member, Frame next)
{
    const Frame before = std::exchange(member.next, next);
    if (!member.playing || member.gone || next == before) return;
    players_.most = std::max(players_.most, next);
    if (before == players_.least && --players_.at_least == 0) players_ = look_at_players();
}

void RoomState::run_clock()
{
    for (;;) {
        const Member* owner = clock_owner();
        if (owner == nullptr) return run_idle_clock();
        if (!may_close(*owner)) return;
        (void)pace_.spend(now_);
        close_frame();
    }
}

// An honest owner of the clock waits for slow players by itself, and so do we.
bool RoomState::may_close(const Member& owner)
{
    if (owner.next <= frame_) return false;
    if (frame_ >= least_next() + lag_max) return false;
    return pace_.may_spend(now_);
}

void RoomState::close_frame()
{
    const Frame frame = frame_;
    each_player([&](Member& player) {
        if (player.held.empty()) return; // late: it will be passed on when it comes
        const wire::InputWords words = player.held.front();
        player.held.erase(player.held.begin());
        say_input(player, frame, words);
    });
    const auto no_input = encoded(wire::NoInput{frame});
    each_synced([&](Member& member) { say_bytes(member, no_input); });
    ++frame_;
    clock_moved_at_ = now_;
    let_leave();
    apply_waiting_state();
    serve_wishes();
}

Frame RoomState::least_next() const { return std::min(frame_ + lead_max, players_.least); }

bool RoomState::is_behind(const Member& player) const
{
    if (!player.playing || player.gone || player.next > frame_) return false;
    if (members_.size() == 1) return false; // it keeps nobody waiting
    const bool owns = clock_owner() == &player;
    if (player.next == frame_ && !owns) return false;
    // One that waits for another, slower one is not to blame.
    return player.next <= least_next() + stop_distance / 2;
}

// The slowest, if somebody waits for it now, and those about as slow. Who is a second away from it
// on a bad line is not: it knows of as many frames of the slowest as it may be ahead of them.
// Frontends that wait go on by two or three frames at a time, and are waiting still meanwhile.
bool RoomState::is_waited_for(const Member& player, Frame least, Frame most) const
{
    if (!player.playing || player.next > least + stop_distance / 2) return false;
    return most >= least + (player.weighed ? stop_distance - worth_noticing : stop_distance);
}

// Else it is nobody.
bool RoomState::may_be_waited_for() const
{
    return players_.count > 0 && players_.most >= least_next() + stop_distance;
}

// Somebody else is to blame if it does not go on.
bool RoomState::waits_for_others(const Member& member) const
{
    constexpr Duration still = std::chrono::milliseconds(500);
    if (player_count() == 0 || is_behind(member)) return false;
    const bool held_up =
        member.playing && member.next + worth_noticing >= least_next() + stop_distance;
    return held_up || now_ - clock_moved_at_ >= still;
}

// When it has been silent for too long. While a state of its comes in there can be no input: it is
// behind it in the stream.
Instant RoomState::patience_ends(const Member& player, Instant since) const
{
    constexpr Duration grace = std::chrono::seconds(1);
    const Duration usual = settings_.slow_player;
    const Instant latest = since + std::max<Duration>(usual, state_transfer_limit);
    if (player.intake) return latest;
    return std::max(since + usual, std::min(latest, player.state_came_at + grace));
}

void RoomState::remove_slow()
{
    std::vector<Member*> slow;
    each_player([&](Member& player) {
        if (!is_behind(player))
            player.last_input = std::max(player.last_input, now_ - used_up_max);
        else if (now_ >= patience_ends(player, player.last_input))
            slow.push_back(&player);
    });
    if (slow.empty()) return;
    for (Member* player : slow)
        dismiss(*player, CloseReason::slow_player);
    standstill_.reset(); // whoever is the slowest now has not begun it
    run_clock();
}

// Those who send some input now and then, but so little that the others nearly stand still.
void RoomState::remove_those_who_hold_up()
{
    if (slowest() == nullptr) standstill_.reset();
    if (!standstill_ || standstill_->seen_at != now_ ||
        now_ < patience_ends(*slowest(), standstill_->since))
        return;
    standstill_.reset();
    const Frame bound = least_next() + stop_distance / 2;
    std::vector<Member*> slow;
    each_player([&](Member& player) {
        if (player.next <= bound) slow.push_back(&player);
    });
    for (Member* player : slow)
        dismiss(*player, CloseReason::slow_player);
    run_clock();
}

const Member* RoomState::slowest() const
{
    for (const auto& member : members_)
        if (member->playing && !member->gone && member->next == players_.least) return member.get();
    return nullptr;
}

// Notes who keeps others waiting, and since when.
void RoomState::watch_pace()
{
    if (!may_be_waited_for() && held_up_by_ == 0 && !standstill_) return;
    const Member* last = slowest();
    std::uint32_t waiting = 0;
    if (last != nullptr)
        each_player([&](Member& player) {
            if (player.next >= last->next + stop_distance) ++waiting;
        });
    if (held_up_by_ != 0 && (waiting == 0 || last->number != held_up_by_)) end_hold_up();
    // Where the slowest goes on well enough nobody stands still, however far somebody runs ahead of
    // it; and a few frames now and then end no standstill.
    const bool goes_on = standstill_ && least_next() >= standstill_->least + slow_frames;
    if (goes_on || (standstill_ && waiting == 0 && now_ - standstill_->seen_at >= short_break))
        standstill_.reset();
    if (waiting == 0) return;
    if (!standstill_) standstill_ = Standstill{now_, now_, least_next()};
    standstill_->seen_at = now_;
    if (held_up_by_ == 0) {
        held_up_by_ = last->number;
        held_up_since_ = now_;
        held_up_players_ = 0;
    }
    held_up_players_ = std::max(held_up_players_, waiting);
}

void RoomState::end_hold_up()
{
    const std::uint32_t number = std::exchange(held_up_by_, 0);
    const auto found = std::ranges::find_if(
        members_, [&](const auto& member) { return member->number == number; });
    if (found == members_.end()) return;
    Member& member = **found;
    const Duration waited = now_ - held_up_since_;
    ++member.counts.waits;
    member.counts.waited += waited;
    if (waited < worth_telling) return;
    RoomEvent told = event(RoomEventKind::held_up, &member);
    told.players = held_up_players_;
    told.duration = waited;
    out_->events.push_back(std::move(told));
}

void RoomState::send_stall(Member& player, Frame frame)
{
    const Frame lead = frame - frame_;
    player.least_lead = std::min(player.least_lead, lead);
    if (frame < player.lead_from + stall_interval) return;
    if (player.least_lead > stall_lead)
        say(player, wire::Stall{std::min(player.least_lead, wire::stall_frames_max)});
    player.least_lead = lead;
    player.lead_from = frame;
}

void RoomState::tick()
{
    check_states();
    if (watch_.open && !watch_.judged && now_ >= watch_.judged_at) judge_comparison();
    run_clock();
}

std::optional<Instant> RoomState::next_deadline() const
{
    std::optional<Instant> next = if_any(state_deadline());
    const auto at = [&](Instant when) { next = next ? std::min(*next, when) : when; };
    if (watch_.open && !watch_.judged) at(watch_.judged_at);
    if (given_due_ != Instant::max()) at(given_due_);
    if (seats_open_at_ != Instant::max()) at(seats_open_at_);
    if (somebody_is_weighed()) at(judged_at_ + judging_interval());
    for (const auto& member : members_)
        if (is_behind(*member)) at(patience_ends(*member, member->last_input));
    if (standstill_ && slowest() != nullptr)
        at(std::max(patience_ends(*slowest(), standstill_->since),
                    standstill_->seen_at + short_break));
    const Member* owner = clock_owner();
    if (owner == nullptr && !nobody_established()) at(std::max(idle_due(), stands_until()));
    // The pace is what the clock may wait for by itself.
    if (owner != nullptr && owner->next > frame_ && frame_ < least_next() + lag_max)
        at(pace_.next(now_));
    return next;
}

} // namespace netplay_relay::room
