// Sessions and lone connections that leave for another worker's lobby, and those that come from
// one.
#include "moving_connection.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

Mover MovingConnection::mover() const
{
    return {id, connection.stage,
            is_linked(connection.stage) ? connection.partner : ConnectionId{}};
}

// A session with everybody who belongs to it: its host, those who wait, and both ends of its links.
struct LobbyState::MovingSession
{
    Session session;
    std::vector<MovingConnection> connections;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.session, self.connections);
    }

    [[nodiscard]] const Connection* find(ConnectionId id) const
    {
        const auto found = std::ranges::find(connections, id, &MovingConnection::id);
        return found == connections.end() ? nullptr : &found->connection;
    }

    // Nobody else belongs to it, and everybody as the rest of the lobby expects it.
    [[nodiscard]] bool makes_sense() const;

    [[nodiscard]] std::vector<Mover> movers() const; // sorted

private:
    [[nodiscard]] bool is_ticket_in_order(const Ticket& ticket) const;
    [[nodiscard]] bool is_link_in_order(ConnectionId guest_id) const;
};

bool LobbyState::MovingSession::is_ticket_in_order(const Ticket& ticket) const
{
    if (ticket.id.is_zero() || std::ranges::count(session.tickets, ticket.id, &Ticket::id) != 1)
        return false;
    if (ticket.guest_gone) return ticket.is_announced;
    const Connection* guest = find(ticket.guest);
    return guest != nullptr && guest->stage == Stage::waiting && guest->ticket == ticket.id &&
           guest->deadline != no_deadline && guest->peer.address == ticket.address;
}

bool LobbyState::MovingSession::is_link_in_order(ConnectionId guest_id) const
{
    const Connection* guest = find(guest_id);
    if (guest == nullptr || std::ranges::count(session.links, guest_id) != 1) return false;
    const Connection* host_side = find(guest->partner);
    return guest->stage == Stage::guest && guest->deadline != no_deadline && host_side != nullptr &&
           host_side->stage == Stage::host_side && host_side->partner == guest_id &&
           host_side->deadline == no_deadline;
}

bool LobbyState::MovingSession::makes_sense() const
{
    std::vector<ConnectionId> ids;
    for (const MovingConnection& moving : connections) {
        ids.push_back(moving.id);
        if (moving.connection.session != session.key) return false;
    }
    std::ranges::sort(ids);
    if (std::ranges::adjacent_find(ids) != ids.end()) return false;
    const auto waiting =
        static_cast<std::size_t>(std::ranges::count(session.tickets, false, &Ticket::guest_gone));
    const std::size_t hosts = session.host_gone ? 0 : 1;
    if (ids.size() != hosts + waiting + 2 * session.links.size()) return false;
    if (session.id.is_zero() || !NumberSource::is_possible(session.key.value)) return false;
    if (session.host_gone && (session.links.empty() || !session.tickets.empty())) return false;
    const Connection* host = find(session.host);
    if (!session.host_gone &&
        (host == nullptr || host->stage != Stage::host || host->peer != session.host_peer))
        return false;
    const auto announced = std::ranges::count(session.tickets, true, &Ticket::is_announced);
    return static_cast<std::size_t>(announced) <= host_pending_slots &&
           std::ranges::all_of(session.tickets,
                               [this](const Ticket& one) { return is_ticket_in_order(one); }) &&
           std::ranges::all_of(session.links,
                               [this](ConnectionId guest) { return is_link_in_order(guest); });
}

std::vector<Mover> LobbyState::MovingSession::movers() const
{
    std::vector<Mover> all;
    for (const MovingConnection& moving : connections)
        all.push_back(moving.mover());
    std::ranges::sort(all);
    return all;
}

std::vector<ConnectionId> LobbyState::members_of(const Session& session) const
{
    std::vector<ConnectionId> all;
    if (!session.host_gone) all.push_back(session.host);
    for (const Ticket& ticket : session.tickets)
        if (!ticket.guest_gone) all.push_back(ticket.guest);
    for (const ConnectionId guest : session.links) {
        all.push_back(guest);
        all.push_back(connections_.at(guest).partner);
    }
    return all;
}

std::vector<Mover> LobbyState::write(SessionKey key, record::Writer& into) const
{
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return {};
    MovingSession moving{found->second, {}};
    for (const ConnectionId id : members_of(found->second))
        moving.connections.push_back({id, connections_.at(id)});
    into(moving);
    return moving.movers();
}

std::vector<Mover> LobbyState::release(SessionKey key, Instant now, record::Writer& into,
                                       Output& out)
{
    std::vector<Mover> movers = write(key, into);
    if (movers.empty()) return movers;
    begin(now, out);
    const Session& session = sessions_.at(key);
    for (const Mover& mover : movers) {
        if (mover.stage == Stage::waiting) {
            addresses_.remove_waiting(connections_.at(mover.connection).peer.address);
            --waiting_count_;
        }
        forget(mover.connection);
    }
    link_count_ -= session.links.size();
    for (const Ticket& ticket : session.tickets)
        tickets_.erase(ticket.id);
    if (!session.host_gone) {
        addresses_.remove(session.host_peer.address, &NetworkUse::sessions);
        open_sessions_.erase(session.id);
    }
    end_leases_of(key, 0);
    move_share({movers.size(), session.host_gone ? 0U : 1U, 0, 0}, false);
    sessions_.erase(key);
    out_ = nullptr;
    return movers;
}

std::optional<record::Fault> LobbyState::adopt_session(record::Reader& from,
                                                       std::span<const Mover> who, Instant now,
                                                       Output& out)
{
    MovingSession moving;
    from(moving);
    if (!from.is_complete() || !moving.makes_sense() || !std::ranges::equal(moving.movers(), who))
        return record::Fault::nonsense;
    Session& session = moving.session;
    const bool is_there =
        sessions_.contains(session.key) ||
        (!session.host_gone && open_sessions_.contains(session.id)) ||
        std::ranges::any_of(session.tickets,
                            [&](const Ticket& one) { return tickets_.contains(one.id); }) ||
        std::ranges::any_of(moving.connections, [&](const MovingConnection& one) {
            return connections_.contains(one.id);
        });
    if (is_there) return record::Fault::occupied;

    begin(now, out);
    move_share({who.size(), session.host_gone ? 0U : 1U, 0, 0}, true);
    for (const MovingConnection& member : moving.connections) {
        take_over(member.id, member.connection);
        if (member.connection.stage != Stage::waiting) continue;
        addresses_.add_waiting(member.connection.peer.address);
        ++waiting_count_;
    }
    session_keys_.note(session.key.value);
    link_count_ += session.links.size();
    for (const Ticket& ticket : session.tickets)
        tickets_.emplace(ticket.id, session.key);
    if (!session.host_gone) {
        addresses_.add(session.host_peer.address, &NetworkUse::sessions);
        open_sessions_.emplace(session.id, session.key);
        away_.forget(lobby::name_of(session.id));
    }
    const std::uint16_t port = std::exchange(session.join_port, std::uint16_t{0});
    const Session& taken = sessions_.emplace(session.key, std::move(session)).first->second;
    Lease wanted;
    wanted.session = taken.key;
    if (port != 0 && !lease_again(wanted, policy_.join_ports, port)) lease_for(taken);
    out_ = nullptr;
    return std::nullopt;
}

bool LobbyState::write(ConnectionId id, record::Writer& into) const
{
    const auto found = connections_.find(id);
    if (found == connections_.end()) return false;
    const Connection& connection = found->second;
    std::vector<std::uint8_t> client; // of the room manager, or the party manager
    if (is_heard(connection.stage)) {
        client = connection.stage == Stage::member ? rooms_.write_pending(id)
                                                   : parties_.write_pending(id);
        if (client.empty()) return false; // it is in a room, or a party
    } else if (!is_early(connection.stage) && connection.stage != Stage::asking) {
        return false;
    }
    into(MovingConnection{id, connection}, client);
    return true;
}

bool LobbyState::release(ConnectionId id, Instant now, record::Writer& into, Output& out)
{
    if (!write(id, into)) return false;
    begin(now, out);
    const Stage stage = connections_.at(id).stage;
    if (stage == Stage::member) {
        (void)rooms_.release_pending(id);
        --member_count_;
    } else if (stage == Stage::party_peer) {
        (void)parties_.release_pending(id);
        --peer_count_;
    }
    move_share({1, 0, 0, 0}, false);
    forget(id);
    out_ = nullptr;
    return true;
}

namespace {

// Into the room manager, or the party manager: whom the record names, and nobody else.
template <class Manager>
std::optional<record::Fault> adopt_pending(Manager& manager, std::span<const std::uint8_t> client,
                                           ConnectionId id, Duration later)
{
    const auto adopted = manager.adopt_pending(client, later);
    if (const auto* fault = std::get_if<record::Fault>(&adopted)) return *fault;
    const ConnectionId known = std::get<ConnectionId>(adopted);
    if (known == id) return std::nullopt;
    (void)manager.release_pending(known);
    return record::Fault::nonsense;
}

} // namespace

std::optional<record::Fault> LobbyState::adopt_connection(record::Reader& from, const Mover& who,
                                                          Instant now, Duration later, Output& out)
{
    MovingConnection moving;
    std::vector<std::uint8_t> client;
    from(moving, client);
    Connection& connection = moving.connection;
    const bool is_pending = is_heard(connection.stage);
    const bool is_lone =
        is_early(connection.stage) || connection.stage == Stage::asking || is_pending;
    if (!from.is_complete() || !is_lone || is_pending == client.empty() ||
        is_pending != (connection.deadline == no_deadline) || moving.mover() != who)
        return record::Fault::nonsense;
    if (connections_.contains(moving.id)) return record::Fault::occupied;
    const auto fault = connection.stage == Stage::member
                           ? adopt_pending(rooms_, client, moving.id, later)
                       : is_pending ? adopt_pending(parties_, client, moving.id, later)
                                    : std::nullopt;
    if (fault) return fault;
    begin(now, out);
    const std::optional<CloseReason> refusal = end_hop(connection);
    move_share({1, 0, 0, 0}, true);
    take_over(moving.id, connection);
    ++(connection.stage == Stage::member ? member_count_
       : is_pending                      ? peer_count_
                                         : greeting_count_);
    if (refusal) {
        end_connection(moving.id, *refusal);
    } else if (connection.stage == Stage::member) {
        rooms_.go_on(moving.id, now_, room_output_);
        carry_over();
    } else if (is_pending) {
        parties_.go_on(moving.id, now_, party_output_);
        carry_over_parties();
    }
    out_ = nullptr;
    return std::nullopt;
}

void LobbyState::take_over(ConnectionId id, const Connection& connection)
{
    Connection& taken = connections_.emplace(id, connection).first->second;
    deadlines_.adopt(id, taken.deadline);
    addresses_.add(connection.peer.address, &NetworkUse::connections);
    // A ban was not carried out to its end where it comes from, or is ours alone.
    if (bans_.covers(connection.peer.address)) banned_.push_back(id);
}

void LobbyState::begin(Instant now, Output& out)
{
    ensure(now >= now_, "time went back");
    now_ = now;
    out_ = &out;
}

} // namespace netplay_relay::lobby
