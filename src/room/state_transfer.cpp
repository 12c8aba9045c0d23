// Savestates: asked from one member, given to the others.
//
// A member that serves a state jumps to its frame at once, and from then on takes only commands of
// that frame or a later one (protocol.md, trap T6). So from the moment it is asked until the clock
// is there nobody is told of a new player, and no other state is sent: see may_say_frames().
#include "room_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// Nobody who can play needs to be asked so often for a state that is not of the past.
constexpr unsigned late_states_max = 8;
// So many frames it is given to catch up each time: a newcomer waits.
constexpr Frame catch_up_max = 60;

} // namespace

bool RoomState::may_say_frames() const
{
    if (waiting_state_ || request_) return false;
    return std::ranges::none_of(members_, [&](const auto& member) {
        return member->is_established() && may_be_ahead(*member);
    });
}

// It may take no command of the clock's frame. Who has been asked for its state jumps any time.
bool RoomState::may_be_ahead(const Member& member) const
{
    return member.minimum_frame > frame_ || (member.asked_at && member.asked_as_player);
}

// Members of protocol 7 may wrap theirs, which the others cannot read. The second of the two that a
// user's load makes comes bare (seen with RetroArch 1.22.2).
netplay::StateForms RoomState::forms_from(const Member& source, bool compare) const
{
    netplay::StateForms forms;
    forms.may_be_wrapped = source.negotiated.protocol >= wrapped_since;
    forms.only_size = source.on_trial;
    forms.bare_wanted = !compare && std::ranges::any_of(members_, [](const auto& member) {
        return !member->gone && member->negotiated.protocol < wrapped_since;
    });
    return forms;
}

// The stream's next command is a savestate. False if more of it must come first.
bool RoomState::begin_intake(Member& member)
{
    const auto decoded = wire::decode_savestate_head(member.stream.unread());
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* head = std::get_if<wire::SavestateHead>(&decoded);
    const bool is_none = head == nullptr || head->compressed > compressed_max(head->size);
    if (is_none || head->frame >= frame_ + lead_max) {
        dismiss(member, is_none ? CloseReason::bad_command : CloseReason::ran_ahead);
        return false;
    }
    count_said(SaidKind::savestate);
    const auto answers_since = std::exchange(member.asked_at, std::nullopt);
    const bool compare = answers_since && member.asked_to_compare;
    const bool asked =
        !compare && (answers_since || (request_ && request_->source == member.number));
    const bool leads =
        !asked && !compare && clock_owner() == &member && head->frame == frame_ && may_say_frames();
    const bool fits = head->size <= settings_.savestate_bytes;
    const netplay::StateForms forms = forms_from(member, compare);
    // One that is wrapped takes more of the CPU where a bare one has to be made of it.
    const bool costs_more = forms.may_be_wrapped && forms.bare_wanted;
    const bool leads_others = leads && members_.size() > 1 && member.states.spend(now_) &&
                              (!costs_more || member.states.spend(now_));
    if (fits && (asked || compare || leads_others)) {
        member.stream.take(wire::savestate_head_size);
        member.intake.emplace(head->frame, head->size, head->compressed,
                              answers_since.value_or(now_), budget_, forms);
        if (compare) member.intake->only_look();
        member.intake_compare = compare;
        return true;
    }
    const Frame frame = head->frame;
    member.stream.take(wire::savestate_head_size, head->compressed);
    if (!member.misc_rate.spend(now_)) {
        dismiss(member, CloseReason::flood);
        return false;
    }
    if (request_ && request_->source == member.number) request_.reset();
    if (member.on_trial) finish_trial(member, head->size);
    if (compare || (leads && members_.size() == 1)) return !member.gone; // nobody has another state
    if (asked) {                                                         // it did as it was told
        member.minimum_frame = std::max(member.minimum_frame, frame);
        want_state();
        return true;
    }
    out_of_step(member, frame);
    return true;
}

// True if the state is there and was dealt with: what is behind it has its turn.
bool RoomState::fill_intake(Member& member)
{
    StateIntake& intake = *member.intake;
    if (const auto unread = member.stream.unread(); !intake.is_complete() && !unread.empty()) {
        member.stream.take(intake.take(unread));
    }
    const bool checked = intake.check_some();
    if (!intake.is_complete() || !checked) return false;
    finish_intake(member);
    return true;
}

void RoomState::finish_intake(Member& member)
{
    StateIntake intake = std::move(*member.intake);
    member.intake.reset();
    member.state_came_at = now_;
    take_state(member, intake);
}

void RoomState::take_state(Member& source, StateIntake& state)
{
    ++source.counts.states_served;
    source.minimum_frame = std::max(source.minimum_frame, state.frame());
    if (state.was_dropped()) {
        if (source.on_trial) return dismiss(source, CloseReason::no_savestate);
        if (source.intake_compare) return; // nothing depends on it
        if (request_ && request_->source == source.number) request_.reset();
        return want_state();
    }
    if (!state.is_good())
        return dismiss(source, CloseReason::bad_command); // no frontend sends that
    if (source.on_trial) return finish_trial(source, state.core_size());
    if (source.intake_compare) return tell_crc(source, state.frame(), state.crc());
    if (request_ && request_->source == source.number) request_.reset();
    if ((state_size_ && *state_size_ != state.core_size()) || state.frame() < frame_)
        return refuse_state(source, state);
    source.late_states = 0;
    state_size_ = state.core_size();
    waiting_state_ =
        WaitingState{state.frame(),      state.size(),      state.share(),     source.number,
                     state.is_wrapped(), state.core_size(), state.share_bare()};
    apply_waiting_state();
    serve_wishes();
}

// A player's predictions have become its truth, and it is given the others' when there is one.
// Whoever was late is asked again when it can be in time.
void RoomState::refuse_state(Member& source, const StateIntake& state)
{
    if (source.playing || source.asked_as_player) source.out_of_step = true;
    source.asked_as_player = source.playing;
    want_state();
    const bool can_be_in_time = clock_owner() == &source || player_count() == 0;
    if (state.frame() >= frame_ || !can_be_in_time || request_) return;
    if (++source.late_states > late_states_max) return dismiss(source, CloseReason::no_savestate);
    request_ = StateRequest{source.number, now_, std::nullopt, source.playing};
    request_->again_at = now_ + std::min(frame_ - state.frame(), catch_up_max) * idle_frame;
    request_->nudged = true;
}

// It was made for one frame and goes out when the clock is there.
void RoomState::apply_waiting_state()
{
    if (!waiting_state_ || waiting_state_->frame > frame_) return;
    const WaitingState state = std::move(*waiting_state_);
    waiting_state_.reset();
    if (state.frame < frame_) return want_state();
    apply_state(state);
}

// Everybody but its source gets it: what that one had predicted of late inputs is final now.
void RoomState::apply_state(const WaitingState& state)
{
    asked_ = 0;
    join_is_paid_ = false;
    for (std::size_t at = 0; at < members_.size(); ++at) { // some may be dismissed
        Member* const member = members_[at].get();
        if (member->gone || member->number == state.source) continue;
        if (member->awaits_state() && !can_be_taken_in(*member)) continue;
        if (!fits(*member, state)) {
            dismiss_for_size(*member, state.core_size);
            continue;
        }
        if (may_be_ahead(*member) || !can_read(*member, state)) { // it would refuse this one
            want_state();
            continue;
        }
        if (!member->synced) sync(*member);
        say_state(*member, state);
        note_given(*member, state);
        take_in(*member);
        member->owed_state = false;
        member->out_of_step = false;
        expect(*member, std::max(member->next, frame_));
    }
    if (Member* source = find_number(state.source)) {
        source->out_of_step = false;
        source->owed_state = false;
        expect(*source, std::max(source->next, frame_));
    }
    tell(RoomEventKind::state_shared, find_number(state.source));
}

void RoomState::want_state() { state_wanted_ = true; }

// The member has gone its own way, by loading a state or by a reset: it gets the others' state.
void RoomState::out_of_step(Member& member, Frame frame)
{
    if (frame >= frame_ + lead_max) return dismiss(member, CloseReason::ran_ahead);
    if (!member.is_established()) return; // it has nothing yet to be out of step with
    // Everybody loads a state for it, and until the clock is where it jumped nobody begins to play.
    if (!member.resync_rate.spend(now_)) return dismiss(member, CloseReason::flood);
    member.minimum_frame = std::max(member.minimum_frame, frame);
    member.out_of_step = true;
    want_state();
}

// Who went ahead by itself is waited for: until the clock is there nobody can be seated. An honest
// one is there within a second or two, or as soon as a slow player is gone.
void RoomState::watch_minimum_frames()
{
    const auto ahead = [&](const auto& member) {
        return member->is_established() && member->minimum_frame > frame_;
    };
    if (std::ranges::none_of(members_, ahead)) return minimum_frames_since_.reset();
    if (!minimum_frames_since_) minimum_frames_since_ = now_;
    if (now_ < ahead_until()) return;
    minimum_frames_since_.reset();
    for (std::size_t at = 0; at < members_.size(); ++at)
        if (ahead(members_[at])) dismiss(*members_[at], CloseReason::ran_ahead);
}

Instant RoomState::ahead_until() const
{
    return minimum_frames_since_ ? *minimum_frames_since_ + minimum_frame_patience : no_deadline;
}

bool RoomState::is_checking_state() const
{
    return std::ranges::any_of(members_, [](const auto& member) {
        return member->intake && member->intake->is_complete();
    });
}

// What of savestates is due.
void RoomState::check_states()
{
    for (std::size_t at = 0; at < members_.size(); ++at) {
        Member& member = *members_[at];
        if (now_ >= joining_until(member)) dismiss(member, CloseReason::no_savestate);
        if (now_ < intake_until(member)) continue;
        if (now_ - member.intake->began() >= state_transfer_limit)
            dismiss(member, CloseReason::slow_player);
        else
            take_commands(member);
    }
}

Instant RoomState::joining_until(const Member& member)
{
    return member.awaits_state() ? member.since + joining_limit : no_deadline;
}

// One that has come is looked at step by step.
Instant RoomState::intake_until(const Member& member) const
{
    if (!member.intake) return no_deadline;
    return member.intake->is_complete() ? now_ : member.intake->began() + state_transfer_limit;
}

Instant RoomState::state_deadline() const
{
    Instant next = std::min({ahead_until(), request_until(), next_asking().from});
    for (const auto& member : members_)
        next =
            std::min({next, joining_until(*member), answer_until(*member), intake_until(*member)});
    return next;
}

} // namespace netplay_relay::room
