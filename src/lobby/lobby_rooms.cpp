// Those who typed our address and no session id.
#include "lobby_state.hpp"

#include "netplay_relay/ensure.hpp"

#include <utility>

namespace netplay_relay::lobby {

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::ManualJoin& message,
                       bool)
{
    const Door& door = *connection.door;
    const ManualIp manual_ip = door.manual_ip.value_or(policy_.manual_ip);
    const bool own_port = door.room_port != 0 || door.room != 0 || door.session != 0;
    if (manual_ip == ManualIp::off && !own_port) {
        switch (message.caller) {
        case wire::ManualCaller::probe: return turn_away(id, Goodbye::probe);
        case wire::ManualCaller::old_client: return turn_away(id, Goodbye::old_version);
        case wire::ManualCaller::client: return turn_away(id, Goodbye::manual_ip_off);
        }
    }
    if (!policy_.join.permits(connection.peer.address)) return turn_away(id, Goodbye::join_denied);
    // Whoever asks whether we are a netplay server is answered by ourselves.
    const bool is_probe = message.caller == wire::ManualCaller::probe;
    if (const auto session = session_for_manual(connection, manual_ip); session && !is_probe)
        return greet(id, connection, wire::JoinSession{*session}, true);
    if (!is_probe && (door.session != 0 || (manual_ip == ManualIp::tunnel && !own_port)))
        return turn_away(id, Goodbye::no_single_session);
    // Said here its frontend shows it; said when it is known which room it wants, it would not.
    if (!is_probe && draining_ && hall_.use().rooms == 0) return turn_away(id, Goodbye::draining);
    const room::Admission admission = admission_of(connection);
    if (!is_probe && hall_.has_guessed_too_often(admission, now_))
        return turn_away(id, Goodbye::password_too_often);
    enter_room(id, connection, admission);
}

std::optional<wire::SessionId> LobbyState::session_for_manual(const Connection& connection,
                                                              ManualIp manual_ip) const
{
    const Door& door = *connection.door;
    if (door.session != 0) {
        const auto found = sessions_.find(SessionKey{door.session});
        if (found == sessions_.end() || found->second.host_gone) return std::nullopt;
        return found->second.id;
    }
    // Where hosts have an id of their own, it is theirs who come to them.
    if (door.reserved) {
        const auto open = open_sessions_.find(*door.reserved);
        if (open != open_sessions_.end() && is_meant(sessions_.at(open->second), manual_ip))
            return door.reserved;
    }
    if (door.room != 0 || door.room_port != 0 || door.by_password || door.multitap)
        return std::nullopt;
    return only_session(manual_ip);
}

// Who typed no id may not be given to whoever asks for a session first: a stranger would get their
// games that way, and the hash of their password for a salt of his choice.
bool LobbyState::is_meant(const Session& session, ManualIp manual_ip) const
{
    if (manual_ip == ManualIp::tunnel) return true;
    return manual_ip == ManualIp::automatic && session.has_answered && !session.is_deaf &&
           !policy_.rooms.wants_password();
}

std::optional<wire::SessionId> LobbyState::only_session(ManualIp manual_ip) const
{
    if (open_sessions_.size() != 1) return std::nullopt;
    if (manual_ip == ManualIp::automatic && hall_.use().rooms > 0) return std::nullopt;
    const auto& [id, key] = *open_sessions_.begin();
    return is_meant(sessions_.at(key), manual_ip) ? std::optional(id) : std::nullopt;
}

room::Admission LobbyState::admission_of(const Connection& connection)
{
    room::Admission admission;
    admission.address = connection.peer.address;
    admission.room = connection.door->room;
    admission.port = connection.door->room_port;
    admission.by_password = connection.door->by_password;
    admission.by_core = connection.door->by_core;
    admission.multitap = connection.door->multitap;
    return admission;
}

void LobbyState::enter_room(ConnectionId id, Connection& connection,
                            const room::Admission& admission)
{
    change_stage(id, connection, Stage::member);
    set_deadline(id, connection, no_deadline); // the hall has its own
    connection.since = now_;
    ++member_count_;
    check_members_of(connection.peer.address, id);
    hall_.enter(id, admission, now_, outcome_);
    carry_over();
}

void LobbyState::on(const MemberSaid& event)
{
    const Connection* member = find(event.connection);
    if (member == nullptr) return;
    ensure(member->stage == Stage::member, "only members speak netplay to us");
    hall_.receive(event.connection, event.bytes, now_, outcome_);
    carry_over();
}

// A turn of the hall can be a step of looking at a savestate: only ticks have one, or everybody's
// input would wait for such a step of its own.
void LobbyState::on(const Tick&)
{
    if (const auto due = hall_.next_deadline(); !due || *due > now_) return;
    hall_.tick(now_, outcome_);
    carry_over();
}

void LobbyState::member_left(ConnectionId id, Departure how)
{
    const room::MemberEnd end = how == Departure::lost           ? room::MemberEnd::lost
                                : how == Departure::too_slow     ? room::MemberEnd::backlog
                                : how == Departure::memory_short ? room::MemberEnd::memory_short
                                                                 : room::MemberEnd::left;
    const wire::Endpoint peer = connections_.at(id).peer;
    member_is_gone(id, goodbye_for(end));
    hall_.leave(id, now_, outcome_, end);
    carry_over({{id, peer}});
}

void LobbyState::member_is_gone(ConnectionId id, Goodbye goodbye)
{
    const Connection& member = connections_.at(id);
    count(goodbye);
    tell(MemberGone{member.peer, goodbye, now_ - member.since});
    --member_count_;
    forget(id);
}

// `parted`: those that are out already, and may still be told of.
void LobbyState::carry_over(std::vector<std::pair<ConnectionId, wire::Endpoint>> parted)
{
    // Orders may not be carried out in between, so that nothing comes back in here.
    room::Outcome outcome = std::exchange(outcome_, {});
    for (room::Parcel& parcel : outcome.parcels)
        order(Deliver{std::move(parcel)});
    for (const room::Closing& closing : outcome.closings) {
        const Goodbye goodbye = shutting_down_ ? Goodbye::shutdown : goodbye_for(closing.end);
        parted.emplace_back(closing.member, connections_.at(closing.member).peer);
        member_is_gone(closing.member, goodbye);
        order(Close{closing.member, goodbye, true});
    }
    for (room::RoomNews& news : outcome.news) {
        const std::uint64_t room = news.room;
        const room::RoomNewsKind kind = news.kind;
        totals_.rooms += kind == room::RoomNewsKind::room_opened ? 1 : 0;
        totals_.members += kind == room::RoomNewsKind::member_joined ? 1 : 0;
        std::optional<wire::Endpoint> peer;
        if (const Connection* member = find(news.member)) peer = member->peer;
        for (const auto& [member, known] : parted)
            if (member == news.member) peer = known;
        tell(RoomEvent{std::move(news), peer});
        if (kind == room::RoomNewsKind::room_opened)
            lease_for_room(room);
        else if (kind == room::RoomNewsKind::room_closed)
            end_leases_of(SessionKey{}, room);
    }
    outcome.clear();
    outcome_ = std::move(outcome); // keeps its memory
}

std::vector<RoomSnapshot> LobbyState::look_at_rooms() const
{
    std::vector<RoomSnapshot> all;
    for (room::RoomSnapshot& seen : hall_.look()) {
        RoomSnapshot snapshot;
        snapshot.room = std::move(seen);
        for (room::MemberSnapshot& member : std::exchange(snapshot.room.members, {})) {
            const wire::Endpoint peer = connections_.at(member.connection).peer;
            snapshot.members.push_back({std::move(member), peer});
        }
        snapshot.join_port = snapshot.room.port;
        for (const auto& [port, lease] : leases_)
            if (lease.room != 0 && lease.room == snapshot.room.number) snapshot.join_port = port;
        all.push_back(std::move(snapshot));
    }
    return all;
}

} // namespace netplay_relay::lobby
