// Sessions and connections that leave for another worker, and those that come from one.
#include "base/ensure.hpp"
#include "record/archive.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace netplay_relay::worker {

struct Worker::MovingConnection
{
    Connections::node_type connection = Connections::apart();
    lobby::ConnectionId partner;
    bool queued = false; // it has more to read than will be reported

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.connection.value(), self.partner, self.queued); // see Worker::write
    }

    [[nodiscard]] lobby::Mover mover() const;
    [[nodiscard]] bool makes_sense() const;
};

lobby::Mover Worker::MovingConnection::mover() const
{
    return {connection.value().id, connection.value().stage(), partner};
}

bool Worker::MovingConnection::makes_sense() const
{
    const Connection& known = connection.value();
    return known.stage() != Stage::closed &&
           known.is_linked() == (partner != lobby::ConnectionId{}) &&
           (known.send_queue() == nullptr ||
            (lobby::is_heard(known.stage()) && known.send_queue()->count_again())) &&
           (known.stage() == Stage::lingering) == known.lingers() &&
           (known.first->early.empty() || !known.is_linked()) &&
           known.first->partial.makes_sense() && known.outbox.makes_sense() &&
           (known.inspector == nullptr || known.is_guest()) &&
           (known.inspector == nullptr || known.inspector->makes_sense());
}

// Whoever comes or goes has the time that a standstill of ours gives back, and no more.
void Worker::catch_up()
{
    ensure(!telling_ && !in_batch_, "something moved while another was dealt with");
    notice_standstill();
    if (!events_.empty()) deal_with_events();
    output_.clear();
}

// What the lobby wants behind a move, and what follows from that.
void Worker::carry_out_moved()
{
    telling_ = true;
    if (!output_.commands.empty() || !output_.events.empty())
        observer_.handled(lobby::Tick{}, output_);
    carry_out_output();
    deal_with_events();
}

Moving Worker::write(record::Kind kind, const std::vector<lobby::Mover>& movers,
                     std::span<const std::uint8_t> of_lobby) const
{
    Moving moving;
    record::Writer writer;
    writer(static_cast<std::uint32_t>(movers.size())); // as a sequence of MovingConnection
    for (const lobby::Mover& mover : movers) {
        const Connection* connection = find(mover.connection);
        ensure(connection != nullptr, "the lobby knows one that is gone");
        const Connection* partner = connection->partner;
        writer(*connection, partner == nullptr ? lobby::ConnectionId{} : partner->id,
               connection->queued);
        moving.handles.emplace_back(connection->id, connection->handle);
    }
    std::vector<std::uint8_t> body = writer.take();
    body.insert(body.end(), of_lobby.begin(), of_lobby.end());
    moving.record = record::seal(kind, body);
    return moving;
}

void Worker::write_all(const std::function<void(const Moving&)>& take)
{
    catch_up();
    std::unordered_set<lobby::ConnectionId> written;
    const auto write_one = [&](record::Kind kind, const std::vector<lobby::Mover>& movers,
                               const record::Writer& of_lobby, std::optional<std::uint64_t> named) {
        for (const lobby::Mover& mover : movers)
            written.insert(mover.connection);
        Moving moving = write(kind, movers, of_lobby.bytes());
        moving.named = named;
        take(moving);
    };
    for (const lobby::SessionKey session : lobby_.session_keys()) {
        record::Writer of_lobby;
        const std::vector<lobby::Mover> movers = lobby_.write(session, of_lobby);
        if (!movers.empty())
            write_one(record::Kind::session, movers, of_lobby, lobby_.named(session));
    }
    for (const std::uint64_t room : lobby_.rooms()) {
        record::Writer of_lobby;
        const std::vector<lobby::Mover> movers = lobby_.write_room(room, io_.now(), of_lobby);
        if (!movers.empty())
            write_one(record::Kind::room, movers, of_lobby, lobby_.named_room(room));
    }
    for (const std::uint64_t party : lobby_.parties()) {
        record::Writer of_lobby;
        std::vector<lobby::Mover> movers; // may be none: all are absent
        if (!lobby_.write_party(party, of_lobby, movers)) continue;
        write_one(record::Kind::party, movers, of_lobby, lobby_.named_party(party));
    }
    for (const Connection& one : connections_) {
        record::Writer of_lobby;
        if (written.contains(one.id)) continue;
        if (one.stage() == Stage::lingering || lobby_.write(one.id, of_lobby))
            take(write(record::Kind::connection, {{one.id, {}, {}}}, of_lobby.bytes()));
    }
}

std::vector<std::uint8_t> Worker::write_memory()
{
    catch_up();
    return lobby_.write_memory();
}

void Worker::abandon()
{
    for (const Connection& connection : connections_)
        io_.forget(connection.handle);
    connections_.clear();
}

std::optional<Moving> Worker::release(lobby::SessionKey session)
{
    catch_up();
    record::Writer of_lobby;
    const auto movers = lobby_.release(session, io_.now(), of_lobby, output_);
    if (movers.empty()) return std::nullopt;
    return finish_release(record::Kind::session, movers, of_lobby.bytes());
}

std::optional<Moving> Worker::release_room(std::uint64_t room)
{
    catch_up();
    record::Writer of_lobby;
    const auto movers = lobby_.release_room(room, io_.now(), of_lobby, output_);
    if (movers.empty()) return std::nullopt;
    return finish_release(record::Kind::room, movers, of_lobby.bytes());
}

std::optional<Moving> Worker::release_party(std::uint64_t party)
{
    catch_up();
    record::Writer of_lobby;
    std::vector<lobby::Mover> movers;
    if (!lobby_.release_party(party, io_.now(), of_lobby, movers, output_)) return std::nullopt;
    return finish_release(record::Kind::party, movers, of_lobby.bytes());
}

std::optional<Moving> Worker::give(lobby::Game game, std::size_t most)
{
    catch_up();
    if (!lobby_.may_move(game)) return std::nullopt;
    std::size_t bytes = 0;
    for (const lobby::ConnectionId id : lobby_.connections_of(game)) {
        const Connection* connection = find(id);
        if (connection == nullptr || connection->is_leaving) return std::nullopt;
        bytes += connection->outbox.size() + connection->first->early.size();
        if (connection->send_queue() != nullptr) bytes += connection->send_queue()->size();
    }
    record::Writer of_lobby;
    std::vector<lobby::Mover> movers;
    switch (game.kind) {
    case lobby::GameKind::session:
        (void)lobby_.write(lobby::SessionKey{game.number}, of_lobby);
        break;
    case lobby::GameKind::room: (void)lobby_.write_room(game.number, io_.now(), of_lobby); break;
    case lobby::GameKind::party: (void)lobby_.write_party(game.number, of_lobby, movers); break;
    }
    if (bytes + of_lobby.bytes().size() > most) return std::nullopt;
    switch (game.kind) {
    case lobby::GameKind::session: return release(lobby::SessionKey{game.number});
    case lobby::GameKind::room: return release_room(game.number);
    case lobby::GameKind::party: return release_party(game.number);
    }
    return std::nullopt;
}

std::optional<Moving> Worker::release(lobby::ConnectionId id)
{
    catch_up();
    const Connection* connection = find(id);
    if (connection == nullptr) return std::nullopt;
    record::Writer of_lobby;
    // The lobby has forgotten those that linger.
    if (connection->stage() != Stage::lingering &&
        !lobby_.release(id, io_.now(), of_lobby, output_))
        return std::nullopt;
    return finish_release(record::Kind::connection, {{id, {}, {}}}, of_lobby.bytes());
}

Moving Worker::finish_release(record::Kind kind, const std::vector<lobby::Mover>& movers,
                              std::span<const std::uint8_t> of_lobby)
{
    Moving moving = write(kind, movers, of_lobby);
    for (const auto& [id, handle] : moving.handles) {
        const Connection& connection = *find(id);
        slow_.release(id, connection.waits->look_at);
        lingering_.release(id, connection.waits->lingers_until);
        std::erase(unfinished_, id);
        if (connection.watched) io_.forget(handle);
    }
    for (const auto& [id, handle] : moving.handles)
        (void)connections_.extract(connections_.find(id));
    carry_out_moved();
    if (connections_.empty()) observer_.emptied();
    return moving;
}

void Worker::pass_on_leaving()
{
    for (const lobby::PassOn& one : std::exchange(leaving_, {})) {
        auto moving = release(one.connection);
        if (!moving) continue;
        moving->peer = one.peer;
        if (one.node)
            io_.hop(*one.node, std::move(*moving));
        else
            io_.pass_on(one.worker, std::move(*moving));
    }
}

// One that has come from another worker with its greeting.
void Worker::greet_again(lobby::ConnectionId id)
{
    Connection* connection = find(id);
    if (connection == nullptr || connection->stage() != Stage::greeting) return;
    if (connection->first->early.empty()) return;
    const std::vector<std::uint8_t> said = take_early(*connection);
    (void)take_greeting(*connection, said);
}

std::optional<record::Fault> Worker::adopt(const Moving& moving, lobby::Duration later)
{
    catch_up();
    const record::Kind kind = record::kind_of(moving.record).value_or(record::Kind::connection);
    const auto opened = record::open(kind, moving.record);
    if (const auto* fault = std::get_if<record::Fault>(&opened)) return *fault;
    record::Reader reader(std::get<std::span<const std::uint8_t>>(opened), later);
    std::vector<MovingConnection> coming;
    reader(coming);
    if (const auto fault = fault_of(coming, kind, moving)) return fault;
    if (reader.failed()) return record::Fault::nonsense;

    std::vector<lobby::Mover> movers;
    for (const MovingConnection& one : coming)
        movers.push_back(one.mover());
    std::ranges::sort(movers);
    if (kind == record::Kind::connection && coming[0].connection.value().lingers()) {
        if (!reader.is_complete()) return record::Fault::nonsense;
    } else if (const auto fault = adopt_in_lobby(kind, reader, movers, later)) {
        return fault;
    }
    take_in(coming, moving);
    return std::nullopt;
}

std::optional<record::Fault> Worker::adopt_in_lobby(record::Kind kind, record::Reader& from,
                                                    std::span<const lobby::Mover> movers,
                                                    lobby::Duration later)
{
    const lobby::Instant now = io_.now();
    switch (kind) {
    case record::Kind::session: return lobby_.adopt_session(from, movers, now, output_);
    case record::Kind::room: return lobby_.adopt_room(from, movers, now, later, output_);
    case record::Kind::party: return lobby_.adopt_party(from, movers, now, later, output_);
    case record::Kind::connection:
        return lobby_.adopt_connection(from, movers[0], now, later, output_);
    default: return record::Fault::other_kind;
    }
}

// Before the lobby has seen its part.
std::optional<record::Fault> Worker::fault_of(const std::vector<MovingConnection>& coming,
                                              record::Kind kind, const Moving& moving) const
{
    const bool may_be_nobody = kind == record::Kind::party;
    if ((coming.empty() && !may_be_nobody) || coming.size() != moving.handles.size())
        return record::Fault::nonsense;
    if (kind == record::Kind::connection && coming.size() != 1) return record::Fault::nonsense;
    for (const MovingConnection& one : coming) {
        const lobby::ConnectionId id = one.connection.value().id;
        if (find(id) != nullptr) return record::Fault::occupied;
        const auto handle =
            std::ranges::count(moving.handles, id, &std::pair<lobby::ConnectionId, Handle>::first);
        if (handle != 1 || !one.makes_sense()) return record::Fault::nonsense;
        if (kind != record::Kind::connection && one.connection.value().lingers())
            return record::Fault::nonsense;
    }
    return std::nullopt;
}

void Worker::take_in(std::vector<MovingConnection>& coming, const Moving& moving)
{
    const bool was_empty = connections_.empty();
    const lobby::Instant at = io_.now();
    std::vector<lobby::ConnectionId> ids;
    for (MovingConnection& one : coming) {
        Connection& connection = one.connection.value();
        connection.handle = std::ranges::find(moving.handles, connection.id,
                                              &std::pair<lobby::ConnectionId, Handle>::first)
                                ->second;
        ids.push_back(connection.id);
        connections_.insert(std::move(one.connection));
    }
    if (was_empty && !connections_.empty()) beat();
    for (const MovingConnection& one : coming) {
        Connection& connection = *find(ids[static_cast<std::size_t>(&one - coming.data())]);
        connection.partner = find(one.partner);
        // No moment that cannot be: it would hold up those behind it.
        if (SendQueue* send_queue = connection.send_queue())
            send_queue->states_since = std::min(send_queue->states_since, at);
        connection.last_byte = std::min(connection.last_byte, at);
        if (connection.is_slow())
            connection.waits.change().look_at =
                std::min<lobby::Instant>(connection.waits->look_at, at + member_look);
        if (connection.lingers())
            connection.waits.change().lingers_until =
                std::min<lobby::Instant>(connection.waits->lingers_until, at + linger_time);
        slow_.adopt(connection.id, connection.waits->look_at);
        lingering_.adopt(connection.id, connection.waits->lingers_until);
        if (one.queued || io_.may_hold_back(connection.handle)) go_on_later(connection);
    }
    count_states(ids);
    carry_out_moved();
    for (const lobby::ConnectionId id : ids)
        watch(id);
    for (const lobby::ConnectionId id : ids)
        greet_again(id);
    if (may_be_short()) watch_memory();
}

// What came with the queues of members: one that several share counts once.
void Worker::count_states(const std::vector<lobby::ConnectionId>& ids)
{
    std::map<room::SharedState, room::SharedState> counted;
    for (const lobby::ConnectionId id : ids) {
        Connection& connection = *find(id);
        if (connection.send_queue() == nullptr || connection.stage() != Stage::member) continue;
        connection.send_queue()->change_states([&](room::SharedState state) {
            room::SharedState& known = counted[state];
            if (known == nullptr) known = lobby_.count_state(id, state);
            return known;
        });
    }
}

std::vector<std::uint8_t> Worker::release_memory()
{
    catch_up();
    std::vector<std::uint8_t> memory = lobby_.release_memory(io_.now(), output_);
    carry_out_moved();
    return memory;
}

std::optional<record::Fault> Worker::adopt_memory(std::span<const std::uint8_t> memory,
                                                  lobby::Duration later)
{
    catch_up();
    const auto fault = lobby_.adopt_memory(memory, io_.now(), later, output_);
    carry_out_moved();
    return fault;
}

} // namespace netplay_relay::worker
