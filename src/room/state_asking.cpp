// Who is asked for a savestate, when, and for how long the answer is waited for.
#include "room_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

Asking RoomState::next_asking() const
{
    if (request_ || waiting_state_ || members_.empty()) return {};
    bool joins = false;
    for (const auto& member : members_) {
        if (member->is_changing() || (member->intake && !member->intake_compare)) return {};
        joins |= can_be_taken_in(*member);
    }
    const bool nobody_to_ask = awaits_answers() && next_source() == nullptr;
    if (joins) {
        if (nobody_to_ask) return {};
        return {AskFor::newcomer, join_is_paid_ ? now_ : joins_.next(now_)};
    }
    if (state_wanted_) {
        // What only an objection asks for waits for the judgement, which has a deadline of its own.
        if (nobody_to_ask || hears_objections()) return {};
        return {AskFor::agreement, resynced_at_ + resync_interval};
    }
    if (settings_.desync_watch <= std::chrono::seconds(0) || watch_.ended || player_count() == 0)
        return {};
    return {AskFor::comparison, watched_at_ + settings_.desync_watch};
}

void RoomState::ask_for_state()
{
    const Asking asking = next_asking();
    if (now_ < asking.from) return;
    switch (asking.what) {
    case AskFor::nothing: return;
    case AskFor::comparison: return compare_states();
    case AskFor::newcomer:
        // Whoever comes makes all others load a state: that must not be anybody's toy.
        if (!join_is_paid_ && !joins_.spend(now_)) return;
        join_is_paid_ = true;
        break;
    case AskFor::agreement:
        if (members_.size() > 1) break;
        state_wanted_ = false;
        return;
    }
    if (Member* source = next_source())
        ask(*source, false);
    else
        no_state_to_be_had();
}

// The owner of the clock first: its state is of the frame the clock comes to next.
Member* RoomState::next_source() { return const_cast<Member*>(std::as_const(*this).next_source()); }

const Member* RoomState::next_source() const
{
    const Member* best = nullptr;
    const bool only_players = player_count() > 0;
    // Those who have not answered yet, and those out of step with the others, come last.
    const auto rank = [&](const Member& member) {
        if (member.asked_at && !member.asked_to_compare) return 3;
        if (trust_->is_doubted(member.prefix, now_)) return 2;
        return clock_owner() == &member ? 0 : member.out_of_step ? 2 : 1;
    };
    for (const auto& member : members_) {
        if (!member->is_established() || (asked_ >> member->number & 1U) != 0) continue;
        if (member->playing != only_players) continue;
        if (best == nullptr || rank(*member) < rank(*best)) best = member.get();
    }
    return best;
}

void RoomState::ask(Member& source, bool to_compare)
{
    if (!source.asked_at) { // else one answer is on its way already
        source.asked_as_player = source.playing;
        say(source, wire::RequestSavestate{});
    }
    if (!source.asked_at || source.asked_to_compare) source.asked_at = now_;
    source.asked_to_compare = to_compare;
    if (to_compare) return;
    request_ = StateRequest{source.number, now_, std::nullopt, source.asked_as_player};
    asked_ |= 1U << source.number;
    state_wanted_ = false;
    resynced_at_ = now_;
    if (clock_owner() == nullptr) run_clock();
}

// Whoever is asked must answer: until then a newcomer waits, and nobody can be told that a player
// joins. One that itself waits for a slower player cannot.
void RoomState::watch_requests()
{
    for (std::size_t at = 0; at < members_.size(); ++at) {
        Member& member = *members_[at];
        if (member.gone || !member.asked_at || member.asked_to_compare) continue;
        if (waits_for_others(member)) {
            member.asked_at = now_;
            if (request_ && request_->source == member.number) request_->asked_at = now_;
        } else if (now_ >= answer_until(member)) {
            dismiss(member, CloseReason::slow_player);
        }
    }
    if (now_ < request_until()) return;
    if (request_->again_at) return ask(*find_number(request_->source), false);
    request_.reset();
    want_state();
}

Instant RoomState::answer_until(const Member& member) const
{
    const bool awaited = member.asked_at && !member.asked_to_compare;
    return awaited ? *member.asked_at + settings_.slow_player : no_deadline;
}

// Until it is asked once more, or somebody else is.
Instant RoomState::request_until() const
{
    if (!request_) return no_deadline;
    if (request_->again_at) return *request_->again_at;
    const bool gives = std::ranges::any_of(members_, [&](const auto& member) {
        return member->number == request_->source && member->intake && !member->intake_compare;
    });
    return gives ? no_deadline : request_->asked_at + state_patience;
}

// Somebody still has to answer, or to go.
bool RoomState::awaits_answers() const
{
    return std::ranges::any_of(members_, [](const auto& member) {
        return member->asked_at && !member->asked_to_compare && !member->gone;
    });
}

void RoomState::no_state_to_be_had()
{
    if (awaits_answers()) return;
    asked_ = 0;
    state_wanted_ = std::ranges::any_of(
        members_, [](const auto& member) { return member->out_of_step && !member->gone; });
    for (std::size_t at = 0; at < members_.size(); ++at)
        if (members_[at]->awaits_state()) dismiss(*members_[at], CloseReason::no_savestate);
}

} // namespace netplay_relay::room
