#include "room_world.hpp"

#include "netplay_relay/netplay/savestate.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr Instant calm_length = 6s; // at the end, for all to come together
constexpr Instant survey_interval = 100ms;
constexpr Instant frontend_patience = 11s; // of a newcomer: then it gives up by itself
// Several strangers, one after the other, may make it wait as long as each of them can.
constexpr Instant among_strangers = 20s;
constexpr Instant time_to_settle = 3s;
constexpr Frame may_lag = 200; // frames that somebody is behind when all is calm
constexpr std::uint32_t salt = 0x5a17;
constexpr std::uint64_t moves_one_in = 300; // moments, of which there are some hundred a second

// As far as both have told of the same frames.
bool same_game(const RoomVisitor& one, const RoomVisitor& other)
{
    const Frame from = std::max(one.last_told->frame, other.last_told->frame) - 100;
    for (std::size_t n = 0; n < one.latest.size(); ++n)
        if (one.latest[n].frame == other.latest[n].frame && one.latest[n].frame >= from &&
            one.latest[n].hash != other.latest[n].hash)
            return false;
    return true;
}

} // namespace

RoomWorld::RoomWorld(RoomPlan plan, bool moves)
    : plan_(std::move(plan)), dice_(plan_.seed), input_(plan_.seed), moves_(moves),
      move_dice_(~plan_.seed)
{
    for (auto& hall : halls_)
        hall = std::make_unique<room::Hall>(plan_.settings, salt);
    for (const RoomVisit& visit : plan_.visits)
        visitors_.push_back(
            std::make_unique<RoomVisitor>(visit, visitors_.size(), plan_, Dice(dice_.draw())));
}

RoomRun RoomWorld::run()
{
    while (run_.complaints.empty()) {
        const Instant next = next_moment();
        if (next != now_) ticks_at_once_ = 0;
        now_ = next;
        if (now_ >= plan_.length + calm_length) break;
        if (is_calm()) calm_down();
        if (now_ >= plan_.settles) settle();
        for (const auto& visitor : visitors_)
            hall_hears(*visitor);
        for (const auto& visitor : visitors_)
            if (visitor->is_active() && visitor->due <= now_) step(*visitor);
        if (tick_due_ && *tick_due_ <= now_) tick_hall();
        if (moves_ && move_dice_.one_in(moves_one_in)) move();
        if (survey_due_ <= now_) survey();
    }
    if (run_.complaints.empty()) check_end();
    if (run_.complaints.empty()) check_empty();
    return outcome();
}

Instant RoomWorld::next_moment() const
{
    Instant next = std::min(survey_due_, tick_due_.value_or(survey_due_));
    for (const auto& visitor : visitors_) {
        if (visitor->is_active()) next = std::min(next, visitor->due);
        if (visitor->stage == VisitStage::absent || visitor->stage == VisitStage::gone) continue;
        if (visitor->stage == VisitStage::vanished) {
            next = std::min(next, visitor->noticed_at);
            continue;
        }
        if (const auto due = visitor->up.next_due()) next = std::min(next, *due);
    }
    return std::max(next, now_);
}

void RoomWorld::step(RoomVisitor& visitor)
{
    if (visitor.stage == VisitStage::absent) {
        const auto before = visitor.visit.instead_of;
        if (before && !visitors_[*before]->was_given_garbage())
            visitor.stage = VisitStage::gone;
        else
            arrive(visitor);
    }
    if (visitor.stage != VisitStage::here) return;
    if (visitor.visit.play.leaves != Instant{0} && now_ >= visitor.visit.play.leaves)
        return leave(visitor);
    visitor.step(now_, is_calm(), input_);
    check(visitor);
}

void RoomWorld::settle()
{
    if (std::exchange(has_settled_, true) || plan_.settles == Instant{0}) return;
    for (const auto& visitor : visitors_)
        if (const auto* session = visitor->peer.session())
            visitor->stood_before = session->counts().running_fast.duration;
}

// Strangers leave when all is to calm down.
void RoomWorld::calm_down()
{
    if (has_calmed_) return;
    has_calmed_ = true;
    const auto play = std::ranges::count_if(visitors_, [](const auto& visitor) {
        return visitor->visit.is_honest() && visitor->plays();
    });
    if (static_cast<std::size_t>(play) < plan_.must_play)
        complain("only " + std::to_string(play) + " honest ones play");
    for (const auto& visitor : visitors_) {
        if (visitor->visit.is_honest() && visitor->stage != VisitStage::absent) continue;
        if (visitor->stage == VisitStage::here || visitor->stage == VisitStage::leaving)
            hall_forgets(*visitor);
        visitor->stage = VisitStage::gone;
    }
}

Truth RoomWorld::number_of(TruthKey truth)
{
    const auto next = static_cast<std::uint32_t>(truths_.size());
    return {truths_.try_emplace(truth, next).first->second, 0};
}

// What a member told holds as soon as the hall has all of its inputs up to there; of one who left
// before, the hall may have less than it pressed.
void RoomWorld::survey()
{
    survey_due_ = now_ + survey_interval;
    std::size_t members = 0;
    for (const room::RoomSnapshot& room : hall().look()) {
        members += room.members.size();
        for (const room::MemberSnapshot& seen : room.members) {
            RoomVisitor& visitor = *visitors_.at(seen.connection.value - 1);
            if (!visitor.visit.is_honest()) continue;
            frame_ = room.frame;
            if (!inside_.contains(seen.connection)) complain(visitor.name + " is kept");
            const Frame sure = room.frame - seen.frames_behind + seen.frames_ahead;
            std::erase_if(visitor.unsure, [&](const Told& told) {
                if (seen.playing && told.frame > sure) return false;
                agreement_.tell(visitor.name, number_of(scramble(told.truth ^ room.number)),
                                told.frame, told.hash);
                ++run_.frames;
                return true;
            });
        }
    }
    const room::HallUse use = hall().use();
    if (members != use.members || use.members + use.entering != inside_.size())
        complain("the hall counts others than there are");
    const auto& first = agreement_.first_difference();
    if (first)
        complain("frame " + std::to_string(first->frame) + " differs for " + first->who + " and " +
                 first->whom);
}

void RoomWorld::check(RoomVisitor& visitor)
{
    if (!visitor.visit.is_honest()) return;
    if (!visitor.complaint.empty() && !visitor.may_be_lost(now_))
        complain(visitor.name + " " + visitor.complaint);
    const rollback::ClientSession* session = visitor.peer.session();
    if (session == nullptr) {
        const Instant patience = plan_.has_trouble() ? among_strangers : frontend_patience;
        if (now_ - visitor.visit.play.arrives > patience && !visitor.may_be_lost(now_))
            complain(visitor.name + " waits too long to come in");
    } else if (session->counts().crcs_failed > 0 && !plan_.has_strangers()) {
        complain(visitor.name + " found a CRC that differs, of frame " +
                 std::to_string(*session->counts().first_failed_crc));
    }
    if (visitor.stage == VisitStage::here && visitor.peer.end().over()) leave(visitor);
}

bool RoomWorld::awaits_state(const RoomVisitor& visitor) const
{
    for (const room::RoomSnapshot& room : hall().look())
        for (const room::MemberSnapshot& member : room.members)
            if (member.connection == visitor.id) return !member.synced;
    return false;
}

// All had time to come together.
void RoomWorld::check_end()
{
    const RoomVisitor* first = nullptr;
    for (const auto& visitor : visitors_) {
        if (visitor->stage != VisitStage::here || visitor->may_be_lost(now_)) continue;
        const rollback::ClientSession* session = visitor->peer.session();
        if (session == nullptr || now_ - *visitor->session_since < time_to_settle) continue;
        if (awaits_state(*visitor)) continue; // as one without a session
        // It waited until just now, and is alone instead.
        if (!visitor->was_given_a_state() &&
            now_ - visitor->visit.play.arrives < room::joining_limit + time_to_settle)
            continue;
        if (!visitor->last_told || visitor->last_told->frame + may_lag < frame_)
            complain(visitor->name + " is far behind: it is at " +
                     std::to_string(session->timeline().self()) + " and knows the hall at " +
                     std::to_string(session->server_frame()));
        else if (first != nullptr && !same_game(*visitor, *first))
            complain(visitor->name + " and " + first->name + " do not play the same game");
        if (first == nullptr && visitor->last_told) first = visitor.get();
        if (visitor->asked_to_play && !session->playing() && !session->refused())
            complain(visitor->name + " got no answer to its PLAY");
    }
}

void RoomWorld::check_empty()
{
    if (dice_.one_in(4)) {
        hall().close_all(hall_time(), out_);
        hall().check_consistency();
        for (const room::Closing& closing : out_.closings)
            inside_.erase(closing.member);
        out_.clear();
    }
    for (const auto& visitor : visitors_) {
        hall().leave(visitor->id, hall_time(), out_);
        hall().check_consistency();
        inside_.erase(visitor->id);
        for (const room::Closing& closing : out_.closings)
            inside_.erase(closing.member);
        out_.clear();
    }
    if (hall().use() != room::HallUse{}) complain("something is left of those who are gone");
    if (hall().next_deadline()) complain("the hall waits for something though nobody is there");
    if (!hall().look().empty()) complain("a room is left");
}

void RoomWorld::complain(const std::string& text)
{
    run_.complaints.push_back(std::to_string(now_.count() / 1'000'000) + " ms, frame " +
                              std::to_string(frame_) + ": " + text);
}

RoomRun RoomWorld::outcome() const
{
    RoomRun run = run_;
    run.trace = scramble(run.trace ^ agreement_.trace());
    run.compared = agreement_.compared();
    for (const auto& visitor : visitors_) {
        run.refusals += visitor->refusals;
        if (visitor->visit.is_honest() && visitor->stage == VisitStage::here)
            run.slowest = std::max(run.slowest, visitor->session_since.value_or(now_) -
                                                    visitor->visit.play.arrives);
        if (visitor->visit.has(Vice::lurks))
            run.idle_told = std::max(run.idle_told, visitor->parcels);
        if (!visitor->visit.is_honest() || visitor->peer.session() == nullptr) continue;
        run.rollbacks += visitor->peer.session()->timeline().counts().rollbacks;
        const rollback::SessionCounts& counts = visitor->peer.session()->counts();
        run.stood = std::max(run.stood, counts.running_fast.duration - visitor->stood_before);
        run.loaded = std::max(run.loaded, counts.states_received);
    }
    return run;
}

} // namespace netplay_relay::simulation
