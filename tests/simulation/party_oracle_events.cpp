// What has happened in parties, and whether it may.
#include "party_oracle.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using party::PartyEventKind;
using wire::CloseReason;

template <std::size_t N>
bool is_one_of(const std::array<CloseReason, N>& reasons, CloseReason reason)
{
    return std::ranges::find(reasons, reason) != reasons.end();
}

// What a stranger's deed is worth.
CloseReason reward_of(PartyDeed deed)
{
    switch (deed) {
    case PartyDeed::garbage:
    case PartyDeed::unmasked: return CloseReason::bad_frame;
    case PartyDeed::endless_frame:
    case PartyDeed::packet_too_large: return CloseReason::packet_too_large;
    case PartyDeed::bad_packet:
    case PartyDeed::mixed_packets: return CloseReason::bad_packet;
    case PartyDeed::floods: return CloseReason::peer_flood;
    case PartyDeed::deaf: return CloseReason::peer_silent;
    case PartyDeed::half_head: return CloseReason::entrance_timeout;
    case PartyDeed::no_websocket: return CloseReason::no_websocket;
    case PartyDeed::silent: return CloseReason::entrance_timeout;
    case PartyDeed::wrong_token: return CloseReason::unknown_token;
    case PartyDeed::guesses: return CloseReason::unknown_code;
    case PartyDeed::wrong_game: return CloseReason::different_game;
    default: return CloseReason::bad_control;
    }
}

// The operator's, and ends of a connection that say nothing of anybody.
bool is_nobodys_fault(CloseReason reason)
{
    constexpr std::array reasons{
        CloseReason::peer_left,     CloseReason::peer_lost,      CloseReason::left_early,
        CloseReason::kicked,        CloseReason::host_gone,      CloseReason::unknown_code,
        CloseReason::peer_backlog,  CloseReason::memory_short,   CloseReason::ended_by_operator,
        CloseReason::sent_away,     CloseReason::banned_address, CloseReason::shutdown,
        CloseReason::peer_absent,   CloseReason::returned,       CloseReason::peer_silent,
        CloseReason::unknown_token, CloseReason::party_refuses};
    return is_one_of(reasons, reason);
}

// What honest ones may be refused for where all is not well.
bool is_limit(CloseReason reason)
{
    constexpr std::array reasons{
        CloseReason::party_full,        CloseReason::address_party_full,
        CloseReason::parties_full,      CloseReason::address_parties_full,
        CloseReason::code_guessing,     CloseReason::closed_to_new,
        CloseReason::draining,          CloseReason::host_denied,
        CloseReason::join_denied,       CloseReason::entrance_timeout,
        CloseReason::sent_away,         CloseReason::banned_address,
        CloseReason::ended_by_operator, CloseReason::address_connections_full};
    return is_one_of(reasons, reason);
}

} // namespace

PartyOracle::Table* PartyOracle::table_of(const Participant& who)
{
    const auto found = tables_.find(who.party);
    return found == tables_.end() ? nullptr : &found->second;
}

void PartyOracle::happens(const party::PartyEvent& event, lobby::Instant now)
{
    if (event.kind == PartyEventKind::peer_left) return leaves(event, now);
    if (event.kind == PartyEventKind::party_closed) {
        const Table& table = tables_.at(event.party);
        if (!table.closing) oracle_.complains("a party has ended, and its host has not left");
        return;
    }
    const auto line = lines_.find(event.connection);
    if (event.kind == PartyEventKind::peer_absent) return is_absent(event);
    if (line == lines_.end()) return oracle_.complains("a peer whom nobody knows");
    Participant& who = *line->second.who;
    if (event.kind == PartyEventKind::party_opened) return opens(event, who);
    if (event.kind == PartyEventKind::peer_joined) return joins(event, who);
    if (who.party != event.party || who.id != event.peer || who.leaving)
        return complains(who, "comes back to a place that it has not");
    ++statistics_.returned;
    who.connection = event.connection;
    forgets_waiting(who);
}

void PartyOracle::is_absent(const party::PartyEvent& event)
{
    Participant& who = *tables_.at(event.party).members.at(event.peer);
    if (who.leaving || who.connection == lobby::ConnectionId{}) complains(who, "is absent twice");
    who.connection = {};
    forgets_waiting(who);
}

// What waited for the old connection, or was on its way by it, comes no more.
void PartyOracle::forgets_waiting(Participant& who)
{
    statistics_.stale += who.waiting.size();
    who.waiting.clear();
}

void PartyOracle::opens(const party::PartyEvent& event, Participant& who)
{
    if (!who.visit.hosts || who.party != 0) complains(who, "opens a party, and does not host");
    Table& table = tables_[event.party];
    table.number = event.party;
    table.code = event.code;
    table.mesh = who.visit.mesh;
    if (node_ && party::node_of(event.code) != *node_) complains(who, "has another node's code");
    if (!open_.emplace(event.code, event.party).second)
        oracle_.complains("two parties have one code");
    table.members[event.peer] = &who;
    who.party = event.party;
    who.id = event.peer;
    who.connection = event.connection;
}

void PartyOracle::joins(const party::PartyEvent& event, Participant& who)
{
    Table& table = tables_.at(event.party);
    if (who.party != 0) complains(who, "joins twice");
    who.party = event.party;
    who.id = event.peer;
    who.connection = event.connection;
    if (who.code != table.code || table.closing) complains(who, "joins by a wrong code");
    if (table.refuses) complains(who, "joins a party that refuses");
    Participant*& member = table.members[event.peer];
    if (member != nullptr && !member->leaving) complains(who, "has another's id");
    member = &who;
}

void PartyOracle::leaves(const party::PartyEvent& event, lobby::Instant now)
{
    Table& table = tables_.at(event.party);
    const auto member = table.members.find(event.peer);
    if (member == table.members.end()) return oracle_.complains("one left who was not there");
    Participant& who = *member->second;
    if (who.leaving && *who.leaving != event.reason) complains(who, "leaves twice");
    if (!may_leave(table, who, event.reason))
        complains(who, "has to go for " + std::string(word(event.reason)));
    ++statistics_.left[static_cast<std::size_t>(event.reason)];
    statistics_.stale += who.waiting.size();
    who.leaving = event.reason;
    who.left_at = now;
    const bool ends = event.peer == host_of_party || event.reason == CloseReason::ended_by_operator;
    if (!ends || std::exchange(table.closing, true)) return;
    table.host_left = event.peer == host_of_party;
    open_.erase(table.code);
    closed_.push_back(table.code);
}

// With all its parties, of which nobody is told.
void PartyOracle::dies(std::uint8_t node, lobby::Instant now)
{
    for (auto& [number, table] : tables_) {
        if (table.closing || party::node_of(table.code) != node) continue;
        table.closing = true;
        open_.erase(table.code);
        closed_.push_back(table.code);
        for (const auto& [id, member] : table.members) {
            if (member->leaving) continue;
            statistics_.stale += member->waiting.size();
            member->leaving = CloseReason::host_gone;
            member->left_at = now;
            member->connection = {};
        }
    }
}

bool PartyOracle::may_leave(const Table& table, const Participant& who, CloseReason reason) const
{
    switch (reason) {
    case CloseReason::peer_left: return who.has_said_goodbye || !who.is_honest();
    case CloseReason::peer_lost: return who.connection == lobby::ConnectionId{};
    case CloseReason::kicked: return who.leaving == CloseReason::kicked;
    case CloseReason::host_gone: return table.host_left && who.id != host_of_party;
    case CloseReason::ended_by_operator: return ended_.contains(table.number);
    case CloseReason::sent_away: return sent_away_.contains({table.number, who.id});
    case CloseReason::banned_address: return has_banned_;
    case CloseReason::shutdown: return shuts_down_;
    case CloseReason::host_denied: return reloads_ && who.id == host_of_party;
    case CloseReason::join_denied: return reloads_ && who.id != host_of_party;
    // Honest ones have their fill for one that is slow, where little is kept.
    case CloseReason::peer_flood:
    case CloseReason::peer_backlog:
    case CloseReason::memory_short: return !is_peaceful_ || !who.is_honest();
    default: return !who.is_honest() && reason == reward_of(who.visit.deed);
    }
}

void PartyOracle::is_gone(const lobby::PeerGone& gone)
{
    ++statistics_.gone[static_cast<std::size_t>(gone.reason)];
    const auto id = endpoints_.find(gone.peer);
    if (id == endpoints_.end()) return;
    const Line& line = lines_.at(id->second);
    if (!may_be_gone(line, gone.reason))
        complains(*line.who, "is gone for " + std::string(word(gone.reason)));
    Participant& who = *line.who;
    if (who.connection == id->second) who.connection = {};
}

bool PartyOracle::may_be_gone(const Line& line, CloseReason reason) const
{
    const Participant& who = *line.who;
    if (reason == CloseReason::shutdown) return shuts_down_;
    if (line.told == reason || who.leaving == reason) return true;
    if (!who.is_honest()) return is_nobodys_fault(reason) || reason == reward_of(who.visit.deed);
    switch (reason) {
    case CloseReason::peer_absent:
    case CloseReason::left_early: return line.is_cut;
    // One that was cut may come to the party behind the next, if it was longer on its way there.
    case CloseReason::returned:
        return std::ranges::any_of(lines_, [&](const auto& entry) {
            return entry.second.who == &who && entry.second.is_cut;
        });
    case CloseReason::peer_silent: return line.is_cut || who.visit.freezes_one_in > 0;
    case CloseReason::peer_left: return line.is_cut || who.has_said_goodbye;
    case CloseReason::entrance_timeout: return line.is_cut || who.visit.is_sick();
    case CloseReason::sent_away:
    case CloseReason::banned_address: return !is_peaceful_; // before it was upgraded
    default: return false;
    }
}

// Of one who is not in yet, or wants to come back.
bool PartyOracle::may_be_refused(const Line& line, CloseReason reason) const
{
    const Participant& who = *line.who;
    if (reason == CloseReason::shutdown) return shuts_down_;
    // It has filled somebody's queue where little is kept.
    if (!who.is_honest() && reason == CloseReason::peer_flood) return true;
    if (!who.is_honest())
        return is_nobodys_fault(reason) || is_limit(reason) ||
               reason == CloseReason::peer_flood || // of another one of its address
               reason == reward_of(who.visit.deed);
    // It was cut, and comes behind the one that has taken its place and has had more.
    if (reason == CloseReason::bad_control && line.is_cut) return true;
    const bool is_unknown =
        reason == CloseReason::unknown_code || reason == CloseReason::unknown_token;
    if (is_unknown && astray_ && astray_(line.id)) return true;
    if (reason == CloseReason::unknown_code) return !who.code || !open_.contains(*who.code);
    if (reason == CloseReason::unknown_token) return who.leaving.has_value();
    if (is_peaceful_) return false;
    if (reason == CloseReason::closed_to_new) return !oracle_.takes_new();
    if (reason == CloseReason::banned_address) return has_banned_;
    const auto open = who.code ? open_.find(*who.code) : open_.end();
    if (reason == CloseReason::party_refuses)
        return open != open_.end() && tables_.at(open->second).refuses;
    if (reason == CloseReason::id_taken)
        return open != open_.end() && tables_.at(open->second).members.contains(who.visit.id);
    return is_limit(reason);
}

} // namespace netplay_relay::simulation
