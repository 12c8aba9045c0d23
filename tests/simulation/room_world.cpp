#include "room_world.hpp"

#include "netplay/savestate.hpp"

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
bool same_game(const RoomClient& one, const RoomClient& other)
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
    : plan_(std::move(plan)), rng_(plan_.seed), input_(plan_.seed), moves_(moves),
      move_rng_(~plan_.seed)
{
    for (auto& manager : managers_)
        manager = std::make_unique<room::RoomManager>(plan_.settings, salt);
    for (const RoomVisit& visit : plan_.visits)
        clients_.push_back(
            std::make_unique<RoomClient>(visit, clients_.size(), plan_, Rng(rng_.draw())));
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
        for (const auto& client : clients_)
            rooms_hear(*client);
        for (const auto& client : clients_)
            if (client->is_active() && client->due <= now_) step(*client);
        if (tick_due_ && *tick_due_ <= now_) tick_rooms();
        if (moves_ && move_rng_.one_in(moves_one_in)) move();
        if (survey_due_ <= now_) survey();
    }
    if (run_.complaints.empty()) check_end();
    if (run_.complaints.empty()) check_empty();
    return outcome();
}

Instant RoomWorld::next_moment() const
{
    Instant next = std::min(survey_due_, tick_due_.value_or(survey_due_));
    for (const auto& client : clients_) {
        if (client->is_active()) next = std::min(next, client->due);
        if (client->stage == VisitStage::absent || client->stage == VisitStage::gone) continue;
        if (client->stage == VisitStage::vanished) {
            next = std::min(next, client->noticed_at);
            continue;
        }
        if (const auto due = client->up.next_due()) next = std::min(next, *due);
    }
    return std::max(next, now_);
}

void RoomWorld::step(RoomClient& client)
{
    if (client.stage == VisitStage::absent) {
        const auto before = client.visit.instead_of;
        if (before && !clients_[*before]->was_given_garbage())
            client.stage = VisitStage::gone;
        else
            arrive(client);
    }
    if (client.stage != VisitStage::here) return;
    if (client.visit.play.leaves != Instant{0} && now_ >= client.visit.play.leaves)
        return leave(client);
    client.step(now_, is_calm(), input_);
    check(client);
}

void RoomWorld::settle()
{
    if (std::exchange(has_settled_, true) || plan_.settles == Instant{0}) return;
    for (const auto& client : clients_)
        if (const auto* session = client->peer.session())
            client->stood_before = session->counts().running_fast.duration;
}

// Strangers leave when all is to calm down.
void RoomWorld::calm_down()
{
    if (has_calmed_) return;
    has_calmed_ = true;
    const auto play = std::ranges::count_if(
        clients_, [](const auto& client) { return client->visit.is_honest() && client->plays(); });
    if (static_cast<std::size_t>(play) < plan_.must_play)
        complain("only " + std::to_string(play) + " honest ones play");
    for (const auto& client : clients_) {
        if (client->visit.is_honest() && client->stage != VisitStage::absent) continue;
        if (client->stage == VisitStage::here || client->stage == VisitStage::leaving)
            rooms_forget(*client);
        client->stage = VisitStage::gone;
    }
}

Truth RoomWorld::number_of(TruthKey truth)
{
    const auto next = static_cast<std::uint32_t>(truths_.size());
    return {truths_.try_emplace(truth, next).first->second, 0};
}

// What a member told holds as soon as the room manager has all of its inputs up to there; of one
// who left before, the room manager may have less than it pressed.
void RoomWorld::survey()
{
    survey_due_ = now_ + survey_interval;
    std::size_t members = 0;
    for (const room::RoomSnapshot& room : rooms().look()) {
        members += room.members.size();
        for (const room::MemberSnapshot& seen : room.members) {
            RoomClient& client = *clients_.at(seen.connection.value - 1);
            if (!client.visit.is_honest()) continue;
            frame_ = room.frame;
            if (!inside_.contains(seen.connection)) complain(client.name + " is kept");
            const Frame sure = room.frame - seen.frames_behind + seen.frames_ahead;
            std::erase_if(client.unsure, [&](const Told& told) {
                if (seen.playing && told.frame > sure) return false;
                agreement_.tell(client.name, number_of(scramble(told.truth ^ room.number)),
                                told.frame, told.hash);
                ++run_.frames;
                return true;
            });
        }
    }
    const room::RoomUse use = rooms().use();
    if (members != use.members || use.members + use.entering != inside_.size())
        complain("the room manager counts others than there are");
    const auto& first = agreement_.first_difference();
    if (first)
        complain("frame " + std::to_string(first->frame) + " differs for " + first->who + " and " +
                 first->whom);
}

void RoomWorld::check(RoomClient& client)
{
    if (!client.visit.is_honest()) return;
    if (!client.complaint.empty() && !client.may_be_lost(now_))
        complain(client.name + " " + client.complaint);
    const rollback::ClientSession* session = client.peer.session();
    if (session == nullptr) {
        const Instant patience = plan_.has_trouble() ? among_strangers : frontend_patience;
        if (now_ - client.visit.play.arrives > patience && !client.may_be_lost(now_))
            complain(client.name + " waits too long to come in");
    } else if (session->counts().crcs_failed > 0 && !plan_.has_strangers()) {
        complain(client.name + " found a CRC that differs, of frame " +
                 std::to_string(*session->counts().first_failed_crc));
    }
    if (client.stage == VisitStage::here && client.peer.end().over()) leave(client);
}

bool RoomWorld::awaits_state(const RoomClient& client) const
{
    for (const room::RoomSnapshot& room : rooms().look())
        for (const room::MemberSnapshot& member : room.members)
            if (member.connection == client.id) return !member.synced;
    return false;
}

// All had time to come together.
void RoomWorld::check_end()
{
    const RoomClient* first = nullptr;
    for (const auto& client : clients_) {
        if (client->stage != VisitStage::here || client->may_be_lost(now_)) continue;
        const rollback::ClientSession* session = client->peer.session();
        if (session == nullptr || now_ - *client->session_since < time_to_settle) continue;
        if (awaits_state(*client)) continue; // as one without a session
        // It waited until just now, and is alone instead.
        if (!client->was_given_a_state() &&
            now_ - client->visit.play.arrives < room::joining_limit + time_to_settle)
            continue;
        if (!client->last_told || client->last_told->frame + may_lag < frame_)
            complain(client->name + " is far behind: it is at " +
                     std::to_string(session->timeline().self()) +
                     " and knows the room manager at " + std::to_string(session->server_frame()));
        else if (first != nullptr && !same_game(*client, *first))
            complain(client->name + " and " + first->name + " do not play the same game");
        if (first == nullptr && client->last_told) first = client.get();
        if (client->asked_to_play && !session->playing() && !session->refused())
            complain(client->name + " got no answer to its PLAY");
    }
}

void RoomWorld::check_empty()
{
    if (rng_.one_in(4)) {
        rooms().close_all(room_time(), out_);
        rooms().check_consistency();
        for (const room::Closing& closing : out_.closings)
            inside_.erase(closing.member);
        out_.clear();
    }
    for (const auto& client : clients_) {
        rooms().leave(client->id, room_time(), out_);
        rooms().check_consistency();
        inside_.erase(client->id);
        for (const room::Closing& closing : out_.closings)
            inside_.erase(closing.member);
        out_.clear();
    }
    if (rooms().use() != room::RoomUse{}) complain("something is left of those who are gone");
    if (rooms().next_deadline())
        complain("the room manager waits for something though nobody is there");
    if (!rooms().look().empty()) complain("a room is left");
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
    for (const auto& client : clients_) {
        run.refusals += client->refusals;
        if (client->visit.is_honest() && client->stage == VisitStage::here)
            run.slowest = std::max(run.slowest, client->session_since.value_or(now_) -
                                                    client->visit.play.arrives);
        if (client->visit.has(Misbehaviour::lurks))
            run.idle_told = std::max(run.idle_told, client->messages);
        if (!client->visit.is_honest() || client->peer.session() == nullptr) continue;
        run.rollbacks += client->peer.session()->timeline().counts().rollbacks;
        const rollback::SessionCounts& counts = client->peer.session()->counts();
        run.stood = std::max(run.stood, counts.running_fast.duration - client->stood_before);
        run.loaded = std::max(run.loaded, counts.states_received);
    }
    return run;
}

} // namespace netplay_relay::simulation
