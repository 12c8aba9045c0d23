// Whether those who are given a state stay with it. What a state is worth only a core can tell:
// a frontend whose core does not load it hangs up at once (protocol.md, "A state nobody can load").
#include "room_state.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Whoever leaves within this time was not content with it; a frontend that cannot load a state
// does not take longer, behind the time that the state needs to come.
constexpr Duration at_once = std::chrono::seconds(3);
// Who has played so many frames from there on has loaded it.
constexpr Frame frames_played = 30;

// By itself, or so it looks.
bool went(CloseReason end)
{
    return end == CloseReason::member_left || end == CloseReason::member_lost ||
           end == CloseReason::nak;
}

} // namespace

void RoomState::note_given(Member& member, const WaitingState& state)
{
    const Member* source = find_number(state.source);
    if (source == nullptr || source->prefix == member.prefix || member.given) return;
    member.given = Given{source->connection, source->prefix, now_, state.frame};
    given_due_ = std::min(given_due_, now_ + at_once);
}

// Who has gone with the state of another client prefix, whatever the reason: one in a while is
// nothing.
void RoomState::note_departure(const Member& member, CloseReason end)
{
    if (!member.given || !went(end) || now_ - member.given->at >= at_once) return;
    if (member.playing && member.next >= member.given->frame + frames_played) return;
    const wire::Address& prefix = member.given->prefix;
    // Whoever stayed with a state before does not go because of one.
    const bool stayed = std::ranges::any_of(members_, [&](const auto& other) {
        return other->prefix == member.prefix && other->stayed;
    });
    if (is_for_everybody() && identity_.port == 0 && !stayed)
        trust_->flights().note(identity_.number, member.prefix, now_);
    const std::size_t networks = trust_->note_loss(prefix, member.prefix, now_);
    const Member* source = find(member.given->source);
    if (networks == 0 || source == nullptr) return;
    RoomEvent told = event(RoomEventKind::state_doubted, source);
    told.leaver = member.nick;
    told.players = static_cast<std::uint32_t>(networks);
    out_->events.push_back(std::move(told));
    given_due_ = now_; // is it out?
}

// With whoever stays it is known that the state can be loaded. Whoever made all others leave is
// out; while somebody of another client prefix is there with its state, it is only asked last.
void RoomState::watch_those_given()
{
    if (now_ < given_due_) return;
    given_due_ = Instant::max();
    for (const auto& member : members_) {
        if (member->gone || !member->given) continue;
        const Instant known = member->given->at + at_once;
        if (now_ < known) {
            given_due_ = std::min(given_due_, known);
            continue;
        }
        trust_->forget_losses(member->given->prefix);
        trust_->flights().forget(identity_.number, member->prefix);
        member->stayed = true;
        member->given.reset();
    }
    for (std::size_t at = 0; at < members_.size(); ++at) {
        Member& source = *members_[at];
        const bool others_stay = std::ranges::any_of(members_, [&](const auto& member) {
            return member->is_established() && member->prefix != source.prefix;
        });
        if (!others_stay && !source.gone && trust_->is_spoiler(source.prefix, now_) &&
            source.counts.states_served > 0)
            dismiss(source, CloseReason::unusable_state);
    }
}

std::string RoomState::nick_of(ConnectionId id) const
{
    const auto found =
        std::ranges::find(members_, id, [](const auto& member) { return member->connection; });
    return found == members_.end() ? std::string() : (*found)->nick;
}

} // namespace netplay_relay::room
