// Rooms that leave for another worker's lobby, those that come from one, and what a lobby
// remembers.
#include "moving_connection.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

// A room with its members, and the port that leads to it.
struct LobbyState::MovingRoom
{
    std::uint16_t join_port = 0;
    std::vector<MovingConnection> members; // sorted
    std::vector<std::uint8_t> room;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.join_port, self.members, self.room);
    }

    [[nodiscard]] bool makes_sense(std::span<const Mover> who) const
    {
        const auto is_member = [](const MovingConnection& one) {
            return one.connection.stage == Stage::member && one.connection.deadline == no_deadline;
        };
        const auto same = [](const MovingConnection& one, const MovingConnection& other) {
            return one.id == other.id;
        };
        return std::ranges::all_of(members, is_member) &&
               std::ranges::equal(members, who, {}, &MovingConnection::mover) &&
               std::ranges::adjacent_find(members, same) == members.end();
    }
};

std::vector<Mover> LobbyState::write_room(std::uint64_t number, Instant now,
                                          record::Writer& into) const
{
    MovingRoom moving;
    moving.join_port = port_of_room(number);
    for (const ConnectionId id : rooms_.members_of(number))
        moving.members.push_back({id, connections_.at(id)});
    std::ranges::sort(moving.members, {}, &MovingConnection::id);
    moving.room = rooms_.write(number, now);
    std::vector<Mover> movers;
    for (const MovingConnection& member : moving.members)
        movers.push_back(member.mover());
    if (!movers.empty()) into(moving);
    return movers;
}

std::vector<Mover> LobbyState::release_room(std::uint64_t number, Instant now, record::Writer& into,
                                            Output& out)
{
    std::vector<Mover> movers = write_room(number, now, into);
    begin(now, out);
    (void)rooms_.release(number, now);
    if (!movers.empty()) move_share({movers.size(), 0, 1, 0}, false);
    for (const Mover& mover : movers) {
        --member_count_;
        forget(mover.connection);
    }
    end_leases_of(SessionKey{}, number);
    out_ = nullptr;
    return movers;
}

std::optional<record::Fault> LobbyState::adopt_room(record::Reader& from,
                                                    std::span<const Mover> who, Instant now,
                                                    Duration later, Output& out)
{
    MovingRoom moving;
    from(moving);
    if (!from.is_complete() || !moving.makes_sense(who)) return record::Fault::nonsense;
    for (const MovingConnection& member : moving.members)
        if (connections_.contains(member.id)) return record::Fault::occupied;
    const auto adopted = rooms_.adopt(moving.room, now, later);
    if (const auto* fault = std::get_if<record::Fault>(&adopted)) return *fault;
    const std::uint64_t number = std::get<std::uint64_t>(adopted);
    std::vector<ConnectionId> members = rooms_.members_of(number);
    std::ranges::sort(members);
    if (!std::ranges::equal(members, moving.members, {}, {}, &MovingConnection::id)) {
        (void)rooms_.release(number, now);
        return record::Fault::nonsense;
    }
    begin(now, out);
    move_share({who.size(), 0, 1, 0}, true);
    for (const MovingConnection& member : moving.members) {
        take_over(member.id, member.connection);
        ++member_count_;
    }
    Lease wanted;
    wanted.room = number;
    const std::uint16_t port = moving.join_port;
    if (port != 0 && !lease_again(wanted, policy_.join_ports, port)) lease_for_room(number);
    out_ = nullptr;
    return std::nullopt;
}

std::uint16_t LobbyState::port_of_room(std::uint64_t number) const
{
    for (const auto& [port, lease] : leases_)
        if (lease.room == number) return port;
    return 0;
}

namespace {

// A port that an old lobby server was given: it leads to the room that is opened there.
struct LegacyLease
{
    std::uint16_t port = 0;
    wire::Address opener;
    Instant until{};

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.port, self.opener);
        archive.times(self.until);
    }
};

// What the lobby remembers, before what the room manager does.
struct LobbyMemory
{
    Totals totals;
    std::deque<wire::SessionId> expired; // oldest first
    std::vector<std::pair<wire::Address, Allowance>> arrivals;
    std::vector<LegacyLease> leases;
    std::uint64_t last_key = 0; // of sessions
    std::vector<Ban> bans;
    std::vector<Reservation> reservations;
    bool takes_new = true;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.totals, self.expired, self.arrivals, self.leases, self.last_key, self.bans,
                self.reservations, self.takes_new);
        archive.check(self.bans.size() <= bans_max && self.reservations.size() <= reservations_max);
    }
};

} // namespace

std::vector<std::uint8_t> LobbyState::write_memory() const
{
    LobbyMemory memory{totals_,
                       expired_order_,
                       addresses_.arrivals(),
                       {},
                       session_keys_.last(),
                       bans_.all(),
                       reservations(),
                       takes_new_};
    for (const auto& [port, lease] : leases_)
        if (is_legacy(lease)) memory.leases.push_back({port, *lease.opener, lease.until});
    record::Writer body;
    body(memory, rooms_.write_memory(), parties_.write_memory());
    return record::seal(record::Kind::memory, body.bytes());
}

std::vector<std::uint8_t> LobbyState::release_memory(Instant now, Output& out)
{
    std::vector<std::uint8_t> written = write_memory();
    begin(now, out);
    totals_ = {};
    expired_order_.clear();
    expired_.clear();
    std::vector<std::uint16_t> ports;
    for (const auto& [port, lease] : leases_)
        if (is_legacy(lease)) ports.push_back(port);
    for (const std::uint16_t port : ports)
        end_lease(port);
    (void)rooms_.release_memory();
    (void)parties_.release_memory();
    out_ = nullptr;
    return written;
}

std::optional<record::Fault> LobbyState::adopt_memory(std::span<const std::uint8_t> sealed,
                                                      Instant now, Duration later, Output& out)
{
    const auto opened = record::open(record::Kind::memory, sealed);
    if (const auto* fault = std::get_if<record::Fault>(&opened)) return *fault;
    record::Reader reader(std::get<std::span<const std::uint8_t>>(opened), later);
    LobbyMemory memory;
    std::vector<std::uint8_t> of_rooms;
    std::vector<std::uint8_t> of_parties;
    reader(memory, of_rooms, of_parties);
    if (!reader.is_complete() || memory.expired.size() > expired_sessions_remembered)
        return record::Fault::nonsense;
    if (const auto fault = parties_.adopt_memory(of_parties, later)) return fault;
    if (const auto fault = rooms_.adopt_memory(of_rooms, later)) return fault;
    begin(now, out);
    if (NumberSource::is_possible(memory.last_key)) session_keys_.note(memory.last_key);
    totals_.add(memory.totals);
    for (const wire::SessionId& id : memory.expired)
        remember_expired(id);
    for (const auto& [address, arrivals] : memory.arrivals)
        addresses_.learn(address, arrivals, now);
    for (const LegacyLease& lease : memory.leases) {
        Lease wanted;
        wanted.opener = lease.opener;
        wanted.until = std::min<Instant>(lease.until, now + policy_.legacy_ports.expiry);
        (void)lease_again(wanted, policy_.legacy_ports.range, lease.port);
    }
    adopt_orders(memory.bans, memory.reservations, memory.takes_new);
    out_ = nullptr;
    return std::nullopt;
}

} // namespace netplay_relay::lobby
