#include "room/room_manager.hpp"

#include "base/ensure.hpp"
#include "room_manager_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

// Some 0.3 ms each. The others wait for the next tick, which comes at once; those that have waited
// longest are first then.
constexpr std::size_t checks_at_once = 6;
// Of a room that has its turn: behind all others, and not in no list, which would make its entry
// anew a few times a second.
constexpr Instant undecided = no_deadline - Duration(1);

} // namespace

RoomManager::RoomManager(RoomSettings settings, std::uint32_t salt, AmongWorkers among)
    : state_(std::make_unique<RoomManagerState>(std::move(settings), salt, among))
{
}

RoomManager::~RoomManager() = default;

void RoomManager::adopt(RoomSettings settings) { state_->adopt(std::move(settings)); }

void RoomManager::enter(ConnectionId connection, const Admission& admission, Instant now, Output&)
{
    state_->enter(connection, admission, now);
}

void RoomManager::receive(ConnectionId connection, std::span<const std::uint8_t> bytes, Instant now,
                          Output& out)
{
    state_->receive(connection, bytes, now, out);
}

void RoomManager::leave(ConnectionId connection, Instant now, Output& out, CloseReason how)
{
    state_->leave(connection, now, out, how);
}

MemberName RoomManager::name_of(ConnectionId connection) const
{
    return state_->name_of(connection);
}

void RoomManager::note_silence(ConnectionId connection) { state_->note_silence(connection); }

void RoomManager::forgive(Duration gap, Instant now) { state_->forgive(gap, now); }
void RoomManager::tick(Instant now, Output& out) { state_->tick(now, out); }
std::optional<Instant> RoomManager::next_deadline() const
{
    return if_any(state_->next_deadline());
}
void RoomManager::close_all(Instant now, Output& out, CloseReason end)
{
    state_->close_all(now, out, end);
}
void RoomManager::close_port(std::uint16_t port, Instant now, Output& out)
{
    state_->close_port(port, now, out);
}
bool RoomManager::has_guessed_too_often(const Admission& admission, Instant now) const
{
    return state_->has_guessed_too_often(admission, now);
}
std::vector<std::uint8_t> RoomManager::write(std::uint64_t room, Instant now) const
{
    return state_->write(room, now);
}
std::vector<std::uint8_t> RoomManager::release(std::uint64_t room, Instant now)
{
    return state_->release(room, now);
}
std::variant<std::uint64_t, record::Fault> RoomManager::adopt(std::span<const std::uint8_t> room,
                                                              Instant now, Duration later)
{
    return state_->adopt(room, now, later);
}
std::vector<std::uint8_t> RoomManager::write_pending(ConnectionId connection) const
{
    return state_->write_pending(connection);
}
std::vector<std::uint8_t> RoomManager::release_pending(ConnectionId connection)
{
    return state_->release_pending(connection);
}
std::variant<ConnectionId, record::Fault>
RoomManager::adopt_pending(std::span<const std::uint8_t> client, Duration later)
{
    return state_->adopt_pending(client, later);
}
SharedState RoomManager::count_state(ConnectionId member, SharedState state)
{
    return state_->count_state(member, std::move(state));
}
std::vector<std::uint8_t> RoomManager::write_memory() const { return state_->write_memory(); }
std::vector<std::uint8_t> RoomManager::release_memory() { return state_->release_memory(); }
std::optional<record::Fault> RoomManager::adopt_memory(std::span<const std::uint8_t> memory,
                                                       Duration later)
{
    return state_->adopt_memory(memory, later);
}
std::vector<std::uint64_t> RoomManager::rooms() const { return state_->rooms(); }
std::uint64_t RoomManager::last_number() const { return state_->last_number(); }
void RoomManager::note_number(std::uint64_t given) { state_->note_number(given); }
std::vector<ConnectionId> RoomManager::members_of(std::uint64_t room) const
{
    return state_->members_of(room);
}
std::vector<ConnectionId> RoomManager::pending() const { return state_->pending(); }
bool RoomManager::is_short_of_state_memory() const { return state_->budget_->is_short(); }
std::size_t RoomManager::state_bytes() const { return state_->budget_->used.own(); }
RoomUse RoomManager::use() const { return state_->use(); }
std::vector<RoomSnapshot> RoomManager::look() const { return state_->look(); }
std::optional<RoomSnapshot> RoomManager::look(std::uint64_t room) const
{
    return state_->look(room);
}
void RoomManager::check_consistency() const { state_->check_consistency(); }

void RoomManagerState::adopt(RoomSettings settings)
{
    if (settings.password != settings_.password ||
        settings.spectate_password != settings_.spectate_password)
        password_guesses_.forget_who_was_right();
    settings_ = std::move(settings);
    budget_->limit(settings_.savestate_bytes_in_all, among_.count);
    for (const auto& [opener, share] : shares_)
        if (const auto known = share.lock()) known->limit(share_size(), among_.count);
}

// A quarter, and at least one whole state.
std::size_t RoomManagerState::share_size() const
{
    return std::max<std::size_t>(settings_.savestate_bytes_in_all / 4,
                                 settings_.savestate_bytes + settings_.savestate_bytes / 1000 +
                                     128);
}

std::shared_ptr<StateBudget> RoomManagerState::share_of(const wire::Address& opener)
{
    std::erase_if(shares_, [](const auto& entry) { return entry.second.expired(); });
    std::shared_ptr<StateBudget> share = shares_[opener].lock();
    if (share == nullptr) {
        share = std::make_shared<StateBudget>(
            share_size(), budget_, among_.states == nullptr ? nullptr : among_.states->of(opener),
            among_.count);
        shares_[opener] = share;
    }
    return share;
}

void RoomManagerState::receive(ConnectionId id, std::span<const std::uint8_t> bytes, Instant now,
                               Output& out)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    PendingClient& client = found->second;
    if (client.room == 0) {
        client.stream.append(bytes);
        return shake_hands(id, client, now, out);
    }
    OpenRoom& open = rooms_.at(client.room);
    const std::size_t before = out.closings.size();
    open.room.receive(id, bytes, now, out);
    settle(open, now, out, before);
}

// Forgets whom the room has closed, and the room if nobody is left in it.
void RoomManagerState::settle(OpenRoom& open, Instant now, Output& out, std::size_t closings_before)
{
    for (std::size_t at = closings_before; at < out.closings.size(); ++at) {
        const auto found = clients_.find(out.closings[at].member);
        if (found == clients_.end()) continue;
        const auto size = open.room.state_size();
        if (out.closings[at].end == CloseReason::state_size_differs && size) {
            wire::Info theirs = open.room.identity().info;
            theirs.core_version = found->second.core_version;
            remember_misfit(misfit_of(found->second, theirs, *size), now);
        }
        clients_.erase(found);
    }
    const std::uint64_t number = open.room.identity().number;
    count_idle(open, open.room.idle_members());
    if (open.room.size() == 0) {
        RoomEvent event;
        event.kind = RoomEventKind::room_closed;
        event.room = number;
        event.core = open.room.identity().info.core_name;
        event.content_crc = open.room.identity().info.content_crc;
        event.duration = now - open.opened;
        out.events.push_back(std::move(event));
        const RoomKey key = open.key;
        inherit(number);
        forget(number);
        return tell_ended(key, out);
    }
    list(open);
    const Instant next = open.room.next_deadline().value_or(no_deadline);
    due_.set(number, open.due, open.due == undecided ? next : std::min(open.due, next));
}

void RoomManagerState::forget(std::uint64_t number)
{
    OpenRoom& open = rooms_.at(number);
    due_.clear(number, open.due);
    by_key_.erase(open.key);
    rooms_.erase(number);
}

void RoomManagerState::count_idle(OpenRoom& open, std::size_t members)
{
    idle_members_ += members;
    idle_members_ -= std::exchange(open.idle_members, members);
}

Duration RoomManagerState::idle_batch() const
{
    const Duration batch = Duration(std::chrono::seconds(1)) * idle_members_ /
                           static_cast<Duration::rep>(idle_batches_per_second);
    return std::clamp<Duration>(batch, idle_batch_least, idle_batch_most);
}

void RoomManagerState::leave(ConnectionId id, Instant now, Output& out, CloseReason how)
{
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    const std::uint64_t number = found->second.room;
    set_deadline(id, found->second, Instant::max());
    stop_waiting(found->second);
    clients_.erase(found);
    if (number == 0) return;
    OpenRoom& open = rooms_.at(number);
    const std::size_t before = out.closings.size();
    open.room.leave(id, now, out, how);
    settle(open, now, out, before);
}

void RoomManagerState::note_silence(ConnectionId id)
{
    const auto found = clients_.find(id);
    if (found != clients_.end() && found->second.room != 0)
        rooms_.at(found->second.room).room.note_silence(id);
}

// A room that is looked at too early has nothing to do.
void RoomManagerState::forgive(Duration gap, Instant now)
{
    for (auto& [id, client] : clients_)
        if (client.deadline != Instant::max()) set_deadline(id, client, client.deadline + gap);
    for (auto& [number, open] : rooms_)
        open.room.forgive(gap, now);
}

void RoomManagerState::tick(Instant now, Output& out)
{
    while (const auto id = entering_.due(now)) {
        PendingClient& client = clients_.at(*id);
        if (client.waits_since)
            shake_hands(*id, client, now, out); // its turn has come
        else
            turn_away(*id, CloseReason::entrance_timeout, out);
    }
    // A room may want to be called again at once: not before the others had their turn.
    due_now_.clear();
    while (const auto number = due_.due(now)) {
        due_now_.push_back(*number);
        due_.set(*number, rooms_.at(*number).due, undecided);
    }
    std::size_t checks = 0;
    for (const std::uint64_t number : due_now_) {
        OpenRoom& open = rooms_.at(number);
        // A step of checking a state takes a while, and may be wanted in every room at once.
        if (open.room.is_checking_state() && ++checks > checks_at_once) {
            due_.set(number, open.due, now);
            continue;
        }
        const std::size_t before = out.closings.size();
        open.room.batch_idle_frames(idle_batch());
        open.room.tick(now, out);
        settle(open, now, out, before);
    }
}

void RoomManagerState::close_all(Instant now, Output& out, CloseReason end)
{
    while (const auto id = entering_.due(no_deadline))
        turn_away(*id, end, out);
    while (!rooms_.empty()) {
        OpenRoom& open = rooms_.begin()->second;
        const std::size_t before = out.closings.size();
        open.room.close(end, now, out);
        settle(open, now, out, before);
    }
}

void RoomManagerState::close_port(std::uint16_t port, Instant now, Output& out)
{
    if (port == 0) return; // those who came through other listeners
    for (bool again = true; again;) {
        again = false;
        for (const auto& [when, id] : entering_) {
            if (clients_.at(id).admission.port != port) continue;
            turn_away(id, CloseReason::room_closed, out);
            again = true;
            break;
        }
    }
    // It is one, if none was adopted.
    for (auto found = by_key_.lower_bound(RoomKey{.port = port});
         found != by_key_.end() && found->first.port == port;
         found = by_key_.lower_bound(RoomKey{.port = port})) {
        OpenRoom& open = rooms_.at(found->second);
        const std::size_t before = out.closings.size();
        open.room.close(CloseReason::room_closed, now, out);
        settle(open, now, out, before);
    }
}

Instant RoomManagerState::next_deadline() const { return std::min(entering_.next(), due_.next()); }

void RoomManagerState::set_deadline(ConnectionId id, PendingClient& client, Instant when)
{
    entering_.set(id, client.deadline, when);
}

RoomUse RoomManagerState::use() const
{
    return {rooms_.size(), clients_.size() - entering_.size(), entering_.size()};
}

std::vector<RoomSnapshot> RoomManagerState::look() const
{
    std::vector<RoomSnapshot> all;
    all.reserve(rooms_.size());
    for (const auto& [number, open] : rooms_)
        all.push_back(open.room.look());
    // Numbers of several workers are in no order of age.
    std::ranges::stable_sort(all, {}, &RoomSnapshot::since);
    return all;
}

std::optional<RoomSnapshot> RoomManagerState::look(std::uint64_t room) const
{
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return std::nullopt;
    return found->second.room.look();
}

void RoomManagerState::check_consistency() const
{
    std::size_t members = 0;
    std::size_t idle = 0;
    for (const auto& [number, open] : rooms_) {
        open.room.check_consistency();
        idle += open.idle_members;
        ensure(open.idle_members == open.room.idle_members(), "idle members of a room");
        members += open.room.size();
        ensure(open.room.size() > 0, "an empty room is kept");
        ensure(by_key_.at(open.key) == number, "a room nobody can find");
        ensure(open.due == no_deadline || due_.contains(number, open.due),
               "a room that nobody will look at");
    }
    ensure(idle == idle_members_, "idle members");
    ensure(by_key_.size() == rooms_.size(), "keys and rooms");
    std::size_t within = 0;
    std::size_t waiting = 0;
    for (const auto& [id, client] : clients_) {
        ensure((client.room == 0) == (client.deadline != Instant::max()),
               "somebody enters without a deadline");
        within += client.room != 0 ? 1 : 0;
        if (client.room != 0) ensure(rooms_.contains(client.room), "a member of no room");
        waiting += client.waits_since ? 1U : 0U;
    }
    ensure(waiting == waiting_.size(), "those who wait to have their passwords looked at");
    ensure(within == members, "members and pending clients");
}

} // namespace netplay_relay::room
