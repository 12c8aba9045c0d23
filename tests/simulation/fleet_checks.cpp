// What must hold in a fleet, whatever happens to its nodes.
#include "fleet.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// A room that has been there for so long is known to all.
constexpr std::chrono::seconds room_told{4};

} // namespace

void Fleet::sees(const Relay& at, const lobby::Event&, const lobby::Output& output)
{
    const std::size_t place = place_of(at);
    for (const lobby::LogEvent& event : output.events) {
        if (const auto* opened = std::get_if<lobby::SessionOpened>(&event)) {
            if (wire::node_of(opened->id) != machines_[place].number)
                oracle_.complains("an id of another node");
            if (machines_[place].drains) oracle_.complains("a node that drains opens a session");
        } else if (const auto* in_party = std::get_if<lobby::PartyEvent>(&event)) {
            if (in_party->event.kind != party::PartyEventKind::party_opened) continue;
            if (party::node_of(in_party->event.code) != machines_[place].number)
                oracle_.complains("a code of another node");
            if (machines_[place].drains) oracle_.complains("a node that drains opens a party");
        } else if (const auto* away = std::get_if<lobby::TurnedAway>(&event)) {
            check_away(place, *away);
            if (away->reason == wire::CloseReason::draining) check_drained(place, away->peer);
        } else if (const auto* gone = std::get_if<lobby::MemberGone>(&event)) {
            if (gone->reason == wire::CloseReason::draining) check_drained(place, gone->peer);
        } else if (const auto* in_room = std::get_if<lobby::RoomEvent>(&event)) {
            const bool opens = in_room->event.kind == room::RoomEventKind::room_opened;
            rooms_changed_ |= opens || in_room->event.kind == room::RoomEventKind::room_closed;
            if (in_room->event.kind == room::RoomEventKind::member_joined)
                newcomers_.emplace_back(place, line_of(in_room->event.member));
            if (opens && machines_[place].drains)
                oracle_.complains("a node that drains opens a room");
        }
    }
}

// Who names a session that is there comes to it, from whatever node.
void Fleet::check_away(std::size_t at, const lobby::TurnedAway& away)
{
    if (away.reason != wire::CloseReason::unknown_session &&
        away.reason != wire::CloseReason::node_down &&
        away.reason != wire::CloseReason::expired_session)
        return;
    const auto line = lines_.find(away.peer);
    if (line == lines_.end()) return;
    const wire::SessionId named = oracle_.session_of(id_of(line->second));
    if (named.is_zero() || !oracle_.open_sessions().contains(named)) return;
    const auto owner = place_of(static_cast<fleet::Node>(wire::node_of(named)));
    if (owner == at) return oracle_.complains("a session is not found at its own node");
    if (is_agreed() && !returned_.contains(line->second))
        oracle_.complains("a session is not found from another node");
}

// While others open rooms, nobody who comes for one is refused by a node that drains.
void Fleet::check_drained(std::size_t at, const wire::Endpoint& peer)
{
    const auto line = lines_.find(peer);
    if (line == lines_.end() || !oracle_.is_for_room(id_of(line->second))) return;
    const bool is_open = std::ranges::any_of(
        machines_, [](const Machine& one) { return one.relay != nullptr && !one.drains; });
    const bool is_told = schedule_.now() - machines_[at].drains_since >= room_told;
    if (is_whole() && is_told && is_open && !returned_.contains(line->second))
        oracle_.complains("who comes for a room is refused as a node drains");
}

std::set<std::uint64_t> Fleet::rooms_of(const Machine& machine) const
{
    std::set<std::uint64_t> rooms;
    if (machine.relay == nullptr) return rooms;
    for (const lobby::Lobby* lobby : machine.relay->lobbies())
        for (const std::uint64_t room : lobby->room_hashes())
            rooms.insert(room);
    return rooms;
}

// While nothing is half done.
void Fleet::look()
{
    const Census all = census();
    std::set<lobby::ConnectionId> ids;
    for (const Seen& seen : all)
        if (!ids.insert(seen.id).second || transits_.contains(line_of(seen.id)))
            oracle_.complains("a connection is at two places");
    oracle_.counts(all, books(), schedule_.now());
    if (std::exchange(rooms_changed_, false)) check_rooms();
    newcomers_.clear();
}

// Who plays the same meets, when all agree where.
void Fleet::check_rooms()
{
    for (std::size_t at = 0; at < machines_.size(); ++at) {
        const std::set<std::uint64_t> rooms = rooms_of(machines_[at]);
        const bool is_returned = std::ranges::any_of(newcomers_, [&](const auto& one) {
            return one.first == at && returned_.contains(one.second);
        });
        for (const std::uint64_t room : rooms) {
            if (machines_[at].known_rooms.contains(room)) continue;
            // Nobody knows of another one that is there since just now.
            const bool is_told = schedule_.now() - room_changes_[room] >= room_told;
            room_changes_[room] = schedule_.now();
            for (std::size_t other = 0; other < machines_.size(); ++other) {
                if (other == at || !machines_[other].known_rooms.contains(room)) continue;
                ++counts_.met;
                if (is_whole() && is_told && !is_returned)
                    oracle_.complains("a second room of the same game");
            }
        }
        for (const std::uint64_t room : machines_[at].known_rooms)
            if (!rooms.contains(room)) room_changes_[room] = schedule_.now();
        machines_[at].known_rooms = rooms;
    }
}

// The next one comes to a room that is there, and to the same from everywhere.
void Fleet::check_owners()
{
    if (!is_agreed()) return;
    for (const auto& [room, changed] : room_changes_) {
        if (schedule_.now() - changed < room_told) continue;
        std::set<fleet::Node> holders;
        std::set<fleet::Node> owners;
        for (const Machine& machine : machines_) {
            if (machine.relay == nullptr) continue;
            owners.insert(machine.view.owner_of(room));
            if (machine.known_rooms.contains(room)) holders.insert(machine.number);
        }
        if (holders.empty()) continue;
        ++counts_.rooms_compared;
        if (owners.size() != 1) oracle_.complains("nodes look for a room at several");
        if (!holders.contains(*owners.begin()))
            oracle_.complains("a room is looked for where it is not");
    }
}

void Fleet::check_owners_later()
{
    schedule_.after(1s, [this] {
        if (is_over_) return;
        check_owners();
        check_owners_later();
    });
}

} // namespace netplay_relay::simulation
