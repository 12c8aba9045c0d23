// Those who typed our address and no session id.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <utility>

namespace netplay_relay::lobby {

void LobbyState::greet(ConnectionId id, Connection& connection, const wire::ManualJoin& message,
                       bool)
{
    const ListenerProfile& profile = *connection.profile;
    const ManualIp manual_ip = profile.manual_ip.value_or(policy_.manual_ip);
    const bool own_port = profile.room_port != 0 || profile.room != 0 || profile.session != 0;
    if (manual_ip == ManualIp::off && !own_port) {
        switch (message.caller) {
        case wire::ManualCaller::probe: return turn_away(id, CloseReason::probe);
        case wire::ManualCaller::old_client: return turn_away(id, CloseReason::old_version);
        case wire::ManualCaller::client: return turn_away(id, CloseReason::manual_ip_off);
        }
    }
    if (!policy_.join.permits(connection.peer.address))
        return turn_away(id, CloseReason::join_denied);
    // Whoever asks whether we are a netplay server is answered by ourselves.
    const bool is_probe = message.caller == wire::ManualCaller::probe;
    if (const auto session = session_for_manual(connection, manual_ip); session && !is_probe)
        return greet(id, connection, wire::JoinSession{*session}, true);
    if (!is_probe && (profile.session != 0 || (manual_ip == ManualIp::tunnel && !own_port)))
        return turn_away(id, CloseReason::no_single_session);
    // Said here its frontend shows it; said when it is known which room it wants, it would not.
    if (const auto refusal = refusal_of_new(); refusal && !is_probe &&
                                               rooms_.use().rooms + elsewhere_.rooms == 0 &&
                                               (own_port || !others_have_rooms()))
        return turn_away(id, *refusal);
    const room::Admission admission = admission_of(connection);
    if (!is_probe && rooms_.has_guessed_too_often(admission, now_))
        return turn_away(id, CloseReason::password_too_often);
    enter_room(id, connection, admission);
}

std::optional<wire::SessionId> LobbyState::session_for_manual(const Connection& connection,
                                                              ManualIp manual_ip) const
{
    const ListenerProfile& profile = *connection.profile;
    if (profile.session != 0) {
        const auto found = sessions_.find(SessionKey{profile.session});
        if (found == sessions_.end() || found->second.host_gone) return std::nullopt;
        return found->second.id;
    }
    // Where hosts have an id of their own, it is theirs who come to them.
    if (profile.reserved) {
        const auto open = open_sessions_.find(*profile.reserved);
        if (open != open_sessions_.end() && is_meant(sessions_.at(open->second), manual_ip))
            return profile.reserved;
    }
    if (profile.room != 0 || profile.room_port != 0 || profile.by_password || profile.multitap)
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
    if (open_sessions_.size() != 1 || elsewhere_.sessions > 0) return std::nullopt;
    const std::size_t rooms = rooms_.use().rooms + elsewhere_.rooms;
    if (manual_ip == ManualIp::automatic && rooms > 0) return std::nullopt;
    const auto& [id, key] = *open_sessions_.begin();
    return is_meant(sessions_.at(key), manual_ip) ? std::optional(id) : std::nullopt;
}

room::Admission LobbyState::admission_of(const Connection& connection)
{
    room::Admission admission;
    admission.address = connection.peer.address;
    admission.room = connection.profile->room;
    admission.port = connection.profile->room_port;
    admission.by_password = connection.profile->by_password;
    admission.by_core = connection.profile->by_core;
    admission.multitap = connection.profile->multitap;
    return admission;
}

void LobbyState::enter_room(ConnectionId id, Connection& connection,
                            const room::Admission& admission)
{
    change_stage(id, connection, Stage::member);
    set_deadline(id, connection, no_deadline); // the room manager has its own
    connection.since = now_;
    ++member_count_;
    check_members_of(connection.peer.address, id);
    rooms_.enter(id, admission, now_, room_output_);
    carry_over();
}

void LobbyState::on(const SaidBytes& event)
{
    const Connection* known = find(event.connection);
    if (known == nullptr) return;
    if (known->stage == Stage::party_peer) {
        parties_.receive(event.connection, event.bytes, now_, party_output_);
        return carry_over_parties();
    }
    ensure(known->stage == Stage::member, "only members speak netplay to us");
    rooms_.receive(event.connection, event.bytes, now_, room_output_);
    carry_over();
}

// A turn of the room manager can be a step of looking at a savestate: only ticks have one, or
// everybody's input would wait for such a step of its own.
void LobbyState::on(const Tick&)
{
    end_some_banned();
    if (const auto due = rooms_.next_deadline(); due && *due <= now_) {
        rooms_.tick(now_, room_output_);
        carry_over();
    }
    if (const auto due = parties_.next_deadline(); due && *due <= now_) {
        parties_.tick(now_, party_output_);
        carry_over_parties();
    }
}

void LobbyState::member_left(ConnectionId id, CloseReason how)
{
    const wire::CloseReason end = how == CloseReason::lost       ? wire::CloseReason::member_lost
                                  : how == CloseReason::too_slow ? wire::CloseReason::member_backlog
                                  : how == CloseReason::memory_short
                                      ? wire::CloseReason::memory_short
                                      : wire::CloseReason::member_left;
    const wire::Endpoint peer = connections_.at(id).peer;
    member_is_gone(id, end, rooms_.name_of(id));
    rooms_.leave(id, now_, room_output_, end);
    carry_over({{id, peer}});
}

void LobbyState::member_is_gone(ConnectionId id, CloseReason reason, room::MemberName name)
{
    const Connection& member = connections_.at(id);
    count(reason);
    tell(MemberGone{member.peer, reason, now_ - member.since, std::move(name)});
    --member_count_;
    forget(id);
}

// `parted`: those that are out already, and may still be told of.
void LobbyState::carry_over(std::vector<std::pair<ConnectionId, wire::Endpoint>> parted)
{
    // Commands may not be carried out in between, so that nothing comes back in here.
    room::Output output = std::exchange(room_output_, {});
    std::vector<ConnectionId> lost; // passed on too often
    for (room::OutboundMessage& message : output.messages)
        command(Deliver{std::move(message)});
    for (room::Closing& closing : output.closings) {
        const CloseReason reason = shutting_down_ ? CloseReason::shutdown : closing.end;
        parted.emplace_back(closing.member, connections_.at(closing.member).peer);
        member_is_gone(closing.member, reason, std::move(closing.name));
        command(Close{closing.member, reason, true});
    }
    for (room::RoomEvent& event : output.events) {
        const std::uint64_t room = event.room;
        const room::RoomEventKind kind = event.kind;
        totals_.rooms += kind == room::RoomEventKind::room_opened ? 1 : 0;
        totals_.members += kind == room::RoomEventKind::member_joined ? 1 : 0;
        std::optional<wire::Endpoint> peer;
        if (const Connection* member = find(event.member)) peer = member->peer;
        for (const auto& [member, known] : parted)
            if (member == event.member) peer = known;
        tell(RoomEvent{std::move(event), peer});
        if (kind == room::RoomEventKind::room_opened)
            lease_for_room(room);
        else if (kind == room::RoomEventKind::room_closed)
            end_leases_of(SessionKey{}, room);
    }
    for (const room::Elsewhere& one : output.elsewhere)
        if (Connection* connection = find(one.connection))
            if (!(one.node ? hop(one.connection, *connection, *one.node)
                           : pass_on(one.connection, *connection, one.worker)))
                lost.push_back(one.connection);
    for (std::size_t at = 0; at < output.said.size(); ++at)
        totals_.said[at] += output.said[at];
    for (room::Guess& guess : rooms_.take_guesses())
        command(TellWorkers{{std::move(guess)}});
    for (room::ListedRoom& one : rooms_.take_new_rooms())
        command(TellWorkers{{std::move(one)}});
    for (room::Ended& one : output.ended)
        tell_ended(GameKind::room, std::move(one.name), one.home);
    output.clear();
    room_output_ = std::move(output); // keeps its memory
    for (const ConnectionId id : lost)
        send_member_away(id, CloseReason::entrance_timeout);
}

RoomSnapshot LobbyState::snapshot_of(room::RoomSnapshot seen) const
{
    RoomSnapshot snapshot;
    snapshot.room = std::move(seen);
    for (room::MemberSnapshot& member : std::exchange(snapshot.room.members, {})) {
        const wire::Endpoint peer = connections_.at(member.connection).peer;
        snapshot.members.push_back({std::move(member), peer});
    }
    snapshot.join_port = snapshot.room.port;
    for (const auto& [port, lease] : leases_)
        if (lease.room != 0 && lease.room == snapshot.room.number) snapshot.join_port = port;
    return snapshot;
}

std::vector<RoomSnapshot> LobbyState::look_at_rooms() const
{
    std::vector<RoomSnapshot> all;
    for (room::RoomSnapshot& seen : rooms_.look())
        all.push_back(snapshot_of(std::move(seen)));
    return all;
}

std::optional<RoomSnapshot> LobbyState::look_at_room(std::uint64_t number) const
{
    std::optional<room::RoomSnapshot> seen = rooms_.look(number);
    if (!seen) return std::nullopt;
    return snapshot_of(std::move(*seen));
}

} // namespace netplay_relay::lobby
