// Another policy: who has to go for it, and what stays as it is.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

namespace {

// Of what is there, what the new value would not let in.
template <class All, class Count>
std::size_t more_than(const All& all, std::uint32_t limit, const Count& count)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const auto& one) { return count(one) > limit; }));
}

std::size_t beyond(std::size_t count, std::uint32_t limit)
{
    return count > limit ? count - limit : 0;
}

bool is_promised(const std::vector<ReservedSession>& all, const Session& session)
{
    return std::ranges::any_of(all, [&](const ReservedSession& reserved) {
        return reserved.id == session.id && reserved.is_for(session.host_peer.address);
    });
}

} // namespace

void LobbyState::on(const Reload& event)
{
    const Policy before = std::exchange(policy_, *event.policy);
    rooms_.adopt(policy_.rooms);
    parties_.adopt(policy_.parties);
    addresses_.adopt(address_limits());
    Reloaded report;
    end_unwanted(
        [this](const wire::Address& address, bool hosts) -> std::optional<CloseReason> {
            if (hosts && !policy_.host.permits(address)) return CloseReason::host_denied;
            if (!hosts && !policy_.join.permits(address)) return CloseReason::join_denied;
            return std::nullopt;
        },
        report);
    for (auto& [key, session] : sessions_)
        if (!session.host_gone) arm_host(session.host, connections_.at(session.host), session);
    compare_limits(before, report);
    compare_addresses(before.limits, report);
    compare_rooms(before, report);
    compare_parties(before, report);
    compare_promises(before, report);
    if (report != Reloaded{}) tell(std::move(report));
}

void LobbyState::end_unwanted(const Verdict& verdict, Reloaded& report)
{
    end_unwanted_sessions(verdict, report);
    end_unwanted_links(verdict, report);
    end_unwanted_joins(verdict, report);
    end_unwanted_members(verdict, report);
    end_unwanted_peers(verdict, report);
}

void LobbyState::end_unwanted_sessions(const Verdict& verdict, Reloaded& report)
{
    for (const SessionKey key : session_keys()) {
        Session& session = sessions_.at(key);
        if (session.host_gone) continue;
        const auto reason = verdict(session.host_peer.address, true);
        if (!reason) continue;
        ++report.sessions;
        end_session(session, *reason, true);
    }
}

// Those of a session that has ended are among them.
void LobbyState::end_unwanted_links(const Verdict& verdict, Reloaded& report)
{
    std::vector<std::pair<ConnectionId, CloseReason>> unwanted;
    for (const auto& [key, session] : sessions_) {
        for (const ConnectionId guest_id : session.links) {
            const Connection& guest = connections_.at(guest_id);
            auto reason = verdict(connections_.at(guest.partner).peer.address, true);
            if (!reason) reason = verdict(guest.peer.address, false);
            if (reason) unwanted.emplace_back(guest_id, *reason);
        }
    }
    report.links = unwanted.size();
    for (const auto& [guest, reason] : unwanted) {
        command(CloseLink{guest, reason});
        close_link(guest, reason);
    }
}

void LobbyState::end_unwanted_joins(const Verdict& verdict, Reloaded& report)
{
    std::vector<std::pair<ConnectionId, CloseReason>> unwanted;
    for (const auto& [key, session] : sessions_)
        for (const Ticket& ticket : session.tickets) {
            if (ticket.guest_gone) continue;
            if (const auto reason = verdict(ticket.address, false))
                unwanted.emplace_back(ticket.guest, *reason);
        }
    report.waiting_joins = unwanted.size();
    for (const auto& [guest, reason] : unwanted)
        turn_waiting_away(guest, reason);
}

void LobbyState::end_unwanted_members(const Verdict& verdict, Reloaded& report)
{
    std::vector<std::pair<ConnectionId, CloseReason>> unwanted;
    for (const auto& [id, connection] : connections_) {
        if (connection.stage != Stage::member) continue;
        if (const auto reason = verdict(connection.peer.address, false))
            unwanted.emplace_back(id, *reason);
    }
    std::ranges::sort(unwanted);
    for (const auto& [id, reason] : unwanted) {
        if (find(id) == nullptr) continue; // the room has closed it, without the one before
        ++report.members;
        send_member_away(id, reason);
    }
}

// Some of them are told why, and are gone a moment later.
void LobbyState::end_unwanted_peers(const Verdict& verdict, Reloaded& report)
{
    report.peers = parties_.end_unwanted(verdict, now_, party_output_);
    carry_over_parties();
}

void LobbyState::send_member_away(ConnectionId id, CloseReason reason)
{
    rooms_.send_away(id, reason, now_, room_output_);
    carry_over();
}

void LobbyState::compare_limits(const Policy& before, Reloaded& report) const
{
    const Limits& limits = policy_.limits;
    const Limits& old = before.limits;
    if (limits.connections < old.connections)
        report.kept.push_back(
            {"limits.connections", beyond(connections_.size(), limits.connections)});
    if (limits.sessions < old.sessions)
        report.kept.push_back({"limits.sessions", beyond(open_sessions_.size(), limits.sessions)});
    if (limits.links_per_session < old.links_per_session)
        report.kept.push_back({"limits.links_per_session",
                               more_than(sessions_, limits.links_per_session,
                                         [](const auto& one) { return one.second.links.size(); })});
    if (limits.links_per_address < old.links_per_address)
        report.kept.push_back({"limits.links_per_address", crowded_sessions()});
    const auto waiting = [](const auto& one) {
        return std::ranges::count(one.second.tickets, false, &Ticket::guest_gone);
    };
    if (limits.waiting_joins_per_session < old.waiting_joins_per_session)
        report.kept.push_back({"limits.waiting_joins_per_session",
                               more_than(sessions_, limits.waiting_joins_per_session, waiting)});
    for (const bool legacy : {false, true}) {
        const PortRange& range = legacy ? policy_.legacy_ports.range : policy_.join_ports;
        if (range == (legacy ? before.legacy_ports.range : before.join_ports)) continue;
        const auto stays = std::ranges::count_if(leases_, [&](const auto& lease) {
            return lease.second.opener.has_value() == legacy && !range.contains(lease.first);
        });
        report.kept.push_back(
            {legacy ? "legacy_ports.range" : "join_ports", static_cast<std::size_t>(stays)});
    }
}

// Sessions in which one address has more links than it may.
std::size_t LobbyState::crowded_sessions() const
{
    const auto is_crowded = [&](const auto& entry) {
        std::unordered_map<AddressKey, std::uint32_t, AddressKeyHash> links;
        return std::ranges::any_of(entry.second.links, [&](ConnectionId guest) {
            const AddressKey key = AddressKey::of(connections_.at(guest).peer.address);
            return ++links[key] > policy_.limits.links_per_address;
        });
    };
    return static_cast<std::size_t>(std::ranges::count_if(sessions_, is_crowded));
}

void LobbyState::compare_addresses(const Limits& old, Reloaded& report) const
{
    const Limits& limits = policy_.limits;
    struct PerAddress
    {
        std::string_view key;
        std::uint32_t before;
        std::uint32_t now;
        std::uint32_t AddressUse::*use;
    };
    for (const PerAddress& one :
         {PerAddress{"limits.connections_per_address", old.connections_per_address,
                     limits.connections_per_address, &AddressUse::connections},
          PerAddress{"limits.sessions_per_address", old.sessions_per_address,
                     limits.sessions_per_address, &AddressUse::sessions},
          PerAddress{"limits.waiting_joins_per_address", old.waiting_joins_per_address,
                     limits.waiting_joins_per_address, &AddressUse::waiting_joins}}) {
        if (one.now >= one.before) continue;
        report.kept.push_back(
            {one.key, more_than(addresses_.uses(), one.now,
                                [&](const auto& entry) { return entry.second.*one.use; })});
    }
}

// Rooms that are open keep what was fixed when they were.
void LobbyState::compare_rooms(const Policy& before, Reloaded& report) const
{
    const room::RoomSettings& rooms = policy_.rooms;
    const room::RoomSettings& old = before.rooms;
    const std::vector<RoomSnapshot> open = look_at_rooms();
    const auto keep = [&](std::string_view key, std::size_t count) {
        report.kept.push_back({key, count});
    };
    const auto members_where = [&](const auto& counts) {
        std::size_t members = 0;
        for (const RoomSnapshot& room : open)
            if (counts(room)) members += room.members.size();
        return members;
    };
    const auto any = [](const RoomSnapshot&) { return true; };
    if (policy_.manual_ip != before.manual_ip && policy_.manual_ip != ManualIp::room &&
        policy_.manual_ip != ManualIp::automatic)
        keep("manual_ip", members_where(any));
    if (rooms.password != old.password)
        keep("rooms.password",
             members_where([](const RoomSnapshot& one) { return !one.room.by_password; }));
    if (rooms.spectate_password != old.spectate_password)
        keep("rooms.spectate_password",
             members_where([](const RoomSnapshot& one) { return !one.room.by_password; }));
    if (rooms.rooms < old.rooms) keep("rooms.rooms", beyond(open.size(), rooms.rooms));
    const auto size = [](const RoomSnapshot& one) { return one.members.size(); };
    if (rooms.members < old.members) keep("rooms.members", more_than(open, rooms.members, size));
    if (rooms.players < old.players)
        keep("rooms.players", more_than(open, rooms.players,
                                        [](const RoomSnapshot& one) { return one.room.places; }));
    if (rooms.devices != old.devices) keep("rooms.devices", open.size());
    if (rooms.multitap != old.multitap) keep("rooms.multitap", open.size());
}

// Parties that are open keep what was fixed when they were.
void LobbyState::compare_parties(const Policy& before, Reloaded& report) const
{
    const party::PartySettings& parties = policy_.parties;
    const party::PartySettings& old = before.parties;
    if (parties == old) return;
    const std::vector<PartySnapshot> open = look_at_parties();
    const auto peers = [](const PartySnapshot& one) { return one.peers.size(); };
    if (parties.parties < old.parties)
        report.kept.push_back({"parties.parties", beyond(open.size(), parties.parties)});
    if (parties.peers < old.peers)
        report.kept.push_back({"parties.peers", more_than(open, parties.peers, peers)});
    const auto is_kept = [&](const party::ReservedCode& one) {
        return std::ranges::find(parties.reserved, one) != parties.reserved.end();
    };
    if (std::ranges::all_of(old.reserved, is_kept)) return;
    const auto lost = std::ranges::count_if(open, [&](const PartySnapshot& one) {
        const auto is_of = [&](const party::ReservedCode& code) {
            return code.code == one.party.code;
        };
        return std::ranges::any_of(old.reserved, is_of) &&
               std::ranges::none_of(parties.reserved, is_of);
    });
    report.kept.push_back({"parties.reserved_codes", static_cast<std::size_t>(lost)});
}

void LobbyState::compare_promises(const Policy& before, Reloaded& report) const
{
    const auto is_kept = [&](const ReservedSession& one) {
        return std::ranges::find(policy_.reserved, one) != policy_.reserved.end();
    };
    if (std::ranges::all_of(before.reserved, is_kept)) return;
    const auto lost = std::ranges::count_if(sessions_, [&](const auto& entry) {
        const Session& session = entry.second;
        return session.reserved && !session.host_gone && is_promised(before.reserved, session) &&
               !is_promised(policy_.reserved, session);
    });
    report.kept.push_back({"reserved_sessions", static_cast<std::size_t>(lost)});
}

} // namespace netplay_relay::lobby
