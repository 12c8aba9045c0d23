// Members of rooms, and ports of their own.
#include "honest_shell.hpp"
#include "netplay_relay/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::fuzz {

using lobby::ConnectionId;

void HonestShell::come(ConnectionId id, wire::ManualCaller caller, std::vector<std::uint8_t> first,
                       std::shared_ptr<tests::NetplayMember> member)
{
    Peer& peer = peers_.at(id);
    ensure(peer.phase == Phase::greeting, "the fuzzer's fault: greeted twice");
    peer.phase = Phase::waiting;
    peer.names_no_session = true;
    peer.has_spoken = true;
    peer.early = std::move(first);
    peer.member = std::move(member);
    peer.settled_by = now_ + lobby_.policy().limits.join_wait; // if it is a guest
    // Which one it is may only be seen from outside while there is one.
    if (open_.size() == 1) peer.session = *open_.begin();
    if (const auto session = lobby_.look_at(lobby::SessionKey{peer.door.session}))
        peer.session = session->id;
    tell(lobby::Greeted{id, wire::ManualJoin{caller}, true});
}

void HonestShell::request_port(ConnectionId id)
{
    Peer& peer = peers_.at(id);
    ensure(peer.phase == Phase::greeting, "the fuzzer's fault: greeted twice");
    peer.asks_for_port = true;
    tell(lobby::Greeted{id, wire::LegacyPortRequest{}, false});
    ensure(peers_.at(id).phase == Phase::over, "somebody waits for a port");
}

void HonestShell::member_says(ConnectionId member, const std::vector<std::uint8_t>& bytes)
{
    ensure(peers_.at(member).phase == Phase::member, "the fuzzer's fault: no member");
    tell(lobby::MemberSaid{member, bytes});
}

// What members say to what they hear is on its way for a moment: each has its own turn.
void HonestShell::members_reply()
{
    while (!replies_.empty() && !is_telling_) {
        const auto [id, bytes] = std::move(replies_.front());
        replies_.pop_front();
        if (peers_.at(id).phase == Phase::member) tell(lobby::MemberSaid{id, bytes});
    }
}

void HonestShell::leave_rooms()
{
    while (lobby_.use().members > 0)
        for (const lobby::RoomSnapshot& room : lobby_.look_at_rooms())
            for (const lobby::MemberSnapshot& member : room.members)
                if (peers_.at(member.member.connection).phase == Phase::member)
                    leave(member.member.connection, lobby::Departure::left);
}

void HonestShell::carry_out(const lobby::EnterRoom& order)
{
    Peer& peer = peers_.at(order.connection);
    ensure(peer.phase == Phase::waiting && peer.names_no_session, "let in one that did not ask");
    peer.phase = Phase::member;
    peer.settled_by = lobby::Instant::max(); // the hall has deadlines of its own
    if (!peer.early.empty()) replies_.emplace_back(order.connection, std::exchange(peer.early, {}));
}

void HonestShell::carry_out(const lobby::Deliver& order)
{
    Peer& peer = peers_.at(order.parcel.to);
    if (peer.is_departing) return;
    ensure(peer.phase == Phase::member, "a parcel for one that is no member");
    ensure(!order.parcel.bytes.empty() || order.parcel.state != nullptr, "an empty parcel");
    if (std::exchange(next_send_fails_, false)) {
        end(order.parcel.to);
        peer.is_departing = true;
        return tell(lobby::Left{order.parcel.to, lobby::Departure::too_slow});
    }
    if (peer.member == nullptr) return;
    std::vector<std::uint8_t> bytes = order.parcel.bytes;
    if (order.parcel.state)
        bytes.insert(bytes.end(), order.parcel.state->begin(), order.parcel.state->end());
    std::vector<std::uint8_t> reply = peer.member->hears(bytes);
    if (!reply.empty()) replies_.emplace_back(order.parcel.to, std::move(reply));
}

void HonestShell::carry_out(const lobby::OpenPort& order)
{
    ensure(!ports_.contains(order.port), "a port opened twice");
    const bool is_legacy = order.door.room_port != 0;
    ensure(!is_legacy || order.door.room_port == order.port, "a door of another port");
    ensure((order.door.session != 0) + (order.door.room != 0) + is_legacy == 1,
           "a port that leads nowhere, or to two");
    const bool open = !std::exchange(next_port_fails_, false);
    if (open) ports_[order.port] = order.door;
    tell(lobby::PortAnswer{order.port, open});
}

void HonestShell::carry_out(const lobby::ClosePort& order)
{
    // One that could not be opened may be given back before the lobby hears of it.
    ports_.erase(order.port);
}

void HonestShell::asker_is_told(Peer& asker, std::span<const std::uint8_t> bytes)
{
    ensure(bytes.size() == 12 && bytes[2] == 0x46 && bytes[3] == 0x4A, "no answer to a request");
    asker.given_port = static_cast<std::uint16_t>(bytes[10] << 8 | bytes[11]);
    asker.asks_for_port = false;
    if (asker.given_port == 0) return;
    const auto known = ports_.find(asker.given_port);
    ensure(known != ports_.end() && known->second.room_port == asker.given_port,
           "a port was given that is not open");
}

void HonestShell::note(const lobby::RoomEvent& event)
{
    if (event.news.kind == room::RoomNewsKind::room_opened) ++rooms_;
    if (event.news.kind == room::RoomNewsKind::member_joined) ++members_;
}

void HonestShell::note(const lobby::MemberGone& news)
{
    ++ended_;
    note_goodbye(news.goodbye);
}

void HonestShell::note(const lobby::WithoutPort& news)
{
    ensure(!lobby_.policy().join_ports.empty(), "no port of no range");
    ensure((news.room != 0) != open_.contains(news.session), "neither a session nor a room");
}

void HonestShell::check_rooms() const
{
    for (const lobby::RoomSnapshot& room : lobby_.look_at_rooms()) {
        ensure(!room.members.empty(), "a room of nobody");
        for (const lobby::MemberSnapshot& member : room.members) {
            const Peer& peer = peers_.at(member.member.connection);
            ensure(peer.phase == Phase::member && peer.endpoint == member.peer, "no such member");
        }
    }
    for (const auto& [port, door] : ports_) {
        if (door.session != 0) {
            const auto session = lobby_.look_at(lobby::SessionKey{door.session});
            ensure(session && session->join_port == port, "a port leads to no session");
        } else if (door.room != 0) {
            const auto rooms = lobby_.look_at_rooms();
            const auto leads_to = [number = door.room, at = port](const lobby::RoomSnapshot& room) {
                return room.room.number == number && room.join_port == at;
            };
            ensure(std::ranges::any_of(rooms, leads_to), "a port leads to no room");
        }
    }
}

} // namespace netplay_relay::fuzz
