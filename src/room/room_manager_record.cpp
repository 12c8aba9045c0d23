// Rooms, and those in the handshake, on their way to another room manager. See RoomManager.
#include "room_manager_state.hpp"

#include "base/ensure.hpp"
#include "record/archive.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

namespace {

using Bytes = std::vector<std::uint8_t>;
using record::Fault;
using record::Kind;

// What a record of a room has before its members and the room itself.
struct RoomHead
{
    RoomKey key;
    wire::Address opener;
    Instant opened{};
    Instant due = Instant::max();
    RoomIdentity identity;
    StateTrust trust;
    std::map<Misfit, Instant> misfits;
    FlightMemory flights; // from it

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.key, self.opener, self.due, self.identity, self.trust, self.misfits,
                self.flights);
        archive.times(self.opened);
    }
};

// A member's handshake is over, and what it says is the room's to keep.
bool is_member(const PendingClient& client)
{
    return !client.handshake && !client.waits_since && client.deadline == Instant::max() &&
           client.stream.unread().empty();
}

// It waits with a password that is not looked at yet, or for bytes; never for nothing.
bool is_shaking_hands(const PendingClient& client)
{
    using netplay::HandshakeState;
    if (!client.handshake || client.deadline == Instant::max() || client.deadline == Instant::min())
        return false;
    const HandshakeState state = client.handshake->state();
    if (state == HandshakeState::going) return !client.waits_since;
    const bool may_wait = state == HandshakeState::password_given || client.admission.by_password;
    const bool is_on_its_way = client.was_passed_on || client.has_hopped;
    if ((state == HandshakeState::introduced || state == HandshakeState::done) && is_on_its_way)
        return !client.waits_since;
    return may_wait && client.waits_since;
}

bool are_those(const std::vector<std::pair<ConnectionId, PendingClient>>& pending,
               std::vector<ConnectionId> members)
{
    const auto of_client = [](const auto& entry) { return entry.first; };
    const auto are_all = [](const auto& entry) { return is_member(entry.second); };
    std::ranges::sort(members);
    return std::ranges::all_of(pending, are_all) &&
           std::ranges::equal(pending, members, {}, of_client);
}

} // namespace

std::vector<std::uint64_t> RoomManagerState::rooms() const
{
    std::vector<std::uint64_t> all;
    for (const auto& [number, open] : rooms_)
        all.push_back(number);
    return all;
}

std::optional<std::uint64_t> RoomManagerState::named(std::uint64_t room) const
{
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return std::nullopt;
    const RoomKey& key = found->second.key;
    return key.is_for_all() ? std::optional(key.hash()) : std::nullopt;
}

std::vector<ConnectionId> RoomManagerState::members_of(std::uint64_t number) const
{
    const auto found = rooms_.find(number);
    return found == rooms_.end() ? std::vector<ConnectionId>{} : found->second.room.members();
}

std::vector<ConnectionId> RoomManagerState::pending() const
{
    std::vector<ConnectionId> all;
    for (const auto& [when, id] : entering_)
        all.push_back(id);
    return all;
}

std::map<Misfit, Instant> RoomManagerState::misfits_of(const Room& room) const
{
    std::map<Misfit, Instant> some;
    const wire::Info& info = room.identity().info;
    for (const auto& entry : misfits_)
        if (netplay::is_same_core(entry.first.core, info.core_name) &&
            entry.first.room_state_size == room.state_size())
            some.insert(entry);
    return some;
}

void RoomManagerState::learn(const std::map<Misfit, Instant>& misfits)
{
    for (const auto& [misfit, until] : misfits) {
        if (misfits_.size() >= misfits_max && !misfits_.contains(misfit)) continue;
        Instant& own = misfits_.try_emplace(misfit, until).first->second;
        own = std::max(own, until);
    }
}

Bytes RoomManagerState::write(std::uint64_t number, Instant now) const
{
    const auto found = rooms_.find(number);
    if (found == rooms_.end()) return {};
    const OpenRoom& open = found->second;
    const RoomHead head{open.key,
                        open.opener,
                        open.opened,
                        open.due,
                        open.room.identity(),
                        trust_->of(open.room.prefixes(), now),
                        misfits_of(open.room),
                        trust_->flights().of(number)};
    std::vector<ConnectionId> members = open.room.members();
    std::ranges::sort(members);
    record::Writer writer;
    writer(head, static_cast<std::uint32_t>(members.size())); // as a sequence of pairs
    for (const ConnectionId id : members)
        writer(id, clients_.at(id));
    open.room.write(writer);
    return record::seal(Kind::room, writer.bytes());
}

Bytes RoomManagerState::release(std::uint64_t number, Instant now)
{
    Bytes written = write(number, now);
    if (written.empty()) return written;
    OpenRoom& open = rooms_.at(number);
    for (const ConnectionId id : open.room.members())
        clients_.erase(id);
    count_idle(open, 0);
    forget(number);
    return written;
}

std::variant<std::uint64_t, Fault> RoomManagerState::adopt(std::span<const std::uint8_t> sealed,
                                                           Instant now, Duration later)
{
    const auto opened = record::open(Kind::room, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    RoomHead head;
    std::vector<std::pair<ConnectionId, PendingClient>> members; // sorted
    reader(head, members);
    if (reader.failed()) return Fault::nonsense;
    for (const auto& entry : members)
        if (clients_.contains(entry.first)) return Fault::occupied;
    const std::uint64_t number = head.identity.number;
    if (!NumberSource::is_possible(number)) return Fault::nonsense;
    if (rooms_.contains(number)) return Fault::occupied;
    const RoomKey known_by = head.key;
    if (head.key.alone != 0 || by_key_.contains(head.key)) head.key.alone = number;
    OpenRoom& open = rooms_
                         .try_emplace(number, head.key, head.opener, head.identity, settings_, now,
                                      share_of(head.opener), trust_)
                         .first->second;
    if (!open.room.read(reader, now) || !reader.is_complete() ||
        !are_those(members, open.room.members())) {
        rooms_.erase(number);
        return Fault::nonsense;
    }
    // Also if there is another one here, which newcomers find from now on.
    if (known_by.is_for_all()) forget_away(known_by);
    numbers_.note(number);
    open.opened = head.opened;
    open.counted = {among_.counts, wire::Counted::room, open.opener};
    open.due = head.due;
    trust_->learn(head.trust);
    trust_->flights().learn(head.flights, number);
    learn(head.misfits);
    move_in(open, std::move(members));
    return number;
}

// It is looked at when it would have been, or at the latest when it wants to be.
void RoomManagerState::move_in(OpenRoom& open,
                               std::vector<std::pair<ConnectionId, PendingClient>> members)
{
    const std::uint64_t number = open.room.identity().number;
    by_key_.emplace(open.key, number);
    list(open);
    for (auto& [id, member] : members) {
        member.room = number;
        clients_.emplace(id, std::move(member));
    }
    count_idle(open, open.room.idle_members());
    open.due = std::min(open.due, open.room.next_deadline().value_or(no_deadline));
    due_.adopt(number, open.due);
}

Bytes RoomManagerState::write_pending(ConnectionId id) const
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.room != 0) return {};
    record::Writer writer;
    writer(id, found->second);
    return record::seal(Kind::pending_client, writer.bytes());
}

Bytes RoomManagerState::release_pending(ConnectionId id)
{
    Bytes written = write_pending(id);
    if (written.empty()) return written;
    const auto found = clients_.find(id);
    set_deadline(id, found->second, Instant::max());
    stop_waiting(found->second);
    clients_.erase(found);
    return written;
}

std::variant<ConnectionId, Fault>
RoomManagerState::adopt_pending(std::span<const std::uint8_t> sealed, Duration later)
{
    const auto opened = record::open(Kind::pending_client, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    ConnectionId id;
    PendingClient client;
    reader(id, client);
    if (!reader.is_complete() || !is_shaking_hands(client)) return Fault::nonsense;
    if (clients_.contains(id)) return Fault::occupied;
    if (client.waits_since)
        waiting_.emplace(client.admission.by_password,
                         wire::client_prefix(client.admission.address));
    entering_.adopt(id, clients_.emplace(id, std::move(client)).first->second.deadline);
    return id;
}

SharedState RoomManagerState::count_state(ConnectionId member, SharedState state)
{
    const auto client = clients_.find(member);
    if (state == nullptr || client == clients_.end() || client->second.room == 0) return state;
    const auto budget = share_of(rooms_.at(client->second.room).opener);
    budget->add(state->size());
    const auto done = [budget, state](const Bytes* gone) { budget->remove(gone->size()); };
    return {state.get(), done};
}

Bytes RoomManagerState::write_memory() const
{
    record::Writer writer;
    writer(salt_, numbers_.last(), password_guesses_, room_guesses_, *trust_, misfits_);
    return record::seal(Kind::memory, writer.bytes());
}

Bytes RoomManagerState::release_memory()
{
    Bytes written = write_memory();
    password_guesses_ = GuessMemory(free_guesses);
    room_guesses_ = GuessMemory(free_rooms);
    const FlightMemory flights = trust_->flights(); // they go with their rooms
    *trust_ = {};                                   // rooms look at it
    trust_->flights() = flights;
    misfits_.clear();
    return written;
}

std::optional<Fault> RoomManagerState::adopt_memory(std::span<const std::uint8_t> sealed,
                                                    Duration later)
{
    const auto opened = record::open(Kind::memory, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    record::Reader reader(std::get<0>(opened), later);
    GuessMemory passwords(free_guesses);
    GuessMemory rooms(free_rooms);
    StateTrust trust;
    std::map<Misfit, Instant> misfits;
    std::uint32_t salt = 0;
    std::uint64_t last_number = 0;
    reader(salt, last_number, passwords, rooms, trust, misfits);
    if (!reader.is_complete() || salt == 0) return Fault::nonsense;
    if (rooms_.empty() && clients_.empty()) salt_ = salt;
    if (NumberSource::is_possible(last_number)) numbers_.note(last_number);
    password_guesses_.learn(passwords);
    room_guesses_.learn(rooms);
    trust_->learn(trust);
    learn(misfits);
    return std::nullopt;
}

} // namespace netplay_relay::room
