// A host that asks while another session holds what it could have: if that one's connection is
// dead, it will be noticed half a minute later, and by then the frontend has given up (it waits 5 s
// for its session). So the old one is sent a ping at once. Whether its frontend answers says
// nothing, it may be paused; its machine acknowledges what it was sent as long as it is there.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::lobby {

namespace {

constexpr std::chrono::milliseconds doubt_look{100};
// One that has acknowledged lately is not asked again so soon, however often somebody asks for it.
constexpr std::chrono::seconds trust{2};
// The kernel's clock is coarse: an acknowledgement from just before the ping is none of it.
constexpr std::chrono::milliseconds coarseness{20};

} // namespace

// Those of this node, in the order in which they are given: the listener's own, then those of its
// networks, by the configuration and by the operator's later word.
std::vector<wire::SessionId> LobbyState::all_promised_to(const Connection& host) const
{
    std::vector<wire::SessionId> all;
    if (host.profile->reserved) all.push_back(*host.profile->reserved);
    for (const ReservedSession& reserved : policy_.reserved)
        if (reserved.is_for(host.peer.address)) all.push_back(reserved.id);
    for (const auto& [id, reservation] : promises_) {
        const bool is_known = std::ranges::find(all, id) != all.end();
        if (!is_known && reservation.is_for(host.peer.address)) all.push_back(id);
    }
    std::erase_if(all, [this](const wire::SessionId& id) {
        return policy_.node && wire::node_of(id) != *policy_.node;
    });
    return all;
}

// Of these, those that are given here.
std::vector<wire::SessionId> LobbyState::promised_to(const Connection& host) const
{
    std::vector<wire::SessionId> mine = all_promised_to(host);
    std::erase_if(mine, [this](const wire::SessionId& id) { return !is_mine(id); });
    return mine;
}

// Open sessions without which this host would be given another id, or one at all: those of its own
// address, and if every promised id is taken, whoever has them.
std::vector<SessionKey> LobbyState::sessions_in_the_way(const Connection& host) const
{
    const AddressKey address = AddressKey::of(host.peer.address);
    const auto is_same = [&](const Session& session) {
        return AddressKey::of(session.host_peer.address) == address;
    };
    const std::vector<wire::SessionId> promised = promised_to(host);
    const bool none_free = std::ranges::all_of(
        promised, [&](const wire::SessionId& id) { return open_sessions_.contains(id); });
    std::vector<SessionKey> all;
    for (const wire::SessionId& id : promised) {
        const auto open = open_sessions_.find(id);
        if (open == open_sessions_.end()) break; // this one it gets
        if (none_free || is_same(sessions_.at(open->second))) all.push_back(open->second);
    }
    const auto use = addresses_.uses().find(address);
    if (use == addresses_.uses().end()) return all;
    const bool is_full = use->second.sessions >= policy_.limits.sessions_per_address;
    const bool is_refused =
        are_sessions_for_newcomers() && addresses_.use_around(host.peer.address).sessions > 0;
    if (!is_full && !is_refused) return all;
    for (const auto& [key, session] : sessions_)
        if (!session.host_gone && is_same(session) && std::ranges::find(all, key) == all.end())
            all.push_back(key);
    return all;
}

bool LobbyState::may_be_refused_for_the_dead(const Connection& host, CloseReason refusal) const
{
    return (refusal == CloseReason::address_sessions_full ||
            refusal == CloseReason::sessions_full) &&
           !sessions_in_the_way(host).empty();
}

// True if the host has to wait a moment until it is known who of the others is still there.
bool LobbyState::waits_for_doubts(ConnectionId id, Connection& host)
{
    Asking& asking = host.asking.change();
    const bool is_first = !asking.doubts_since;
    if (is_first) asking.doubts_since = now_;
    if (now_ + doubt_look > asking.since + lost_guest_watch + doubt_wait_max) return false;
    bool waits = false;
    for (const SessionKey key : sessions_in_the_way(host)) {
        Session& session = sessions_.at(key);
        if (is_first) doubt(session);
        // Whoever opened a session since then has come by itself a moment ago.
        if (!session.doubt->since || session.since > *asking.doubts_since) continue;
        command(CheckAcknowledged{session.host});
        waits = true;
    }
    if (waits) set_deadline(id, host, now_ + doubt_look);
    return waits;
}

void LobbyState::doubt(Session& session)
{
    // Who asked before may have hung up without waiting for an answer.
    const Doubt& known = *session.doubt;
    const bool is_asked = known.since && now_ < *known.since + doubt_wait_max;
    if (is_asked || (known.trusted_at && now_ < *known.trusted_at + trust)) return;
    session.doubt.change().since = now_;
    if (!session.ping_open) session.pinged = now_;
    session.ping_open = true;
    command(Send{session.host, wire::encode_ping()});
}

void LobbyState::on(const Acknowledgement& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    if (connection->stage == Stage::member) {
        if (event.state == Acknowledging::silent) rooms_.note_silence(event.connection);
        return;
    }
    if (connection->stage != Stage::host) return;
    Session& session = session_of(*connection);
    if (!session.doubt->since) return;
    Doubt& doubt = session.doubt.change();
    // Something newer may always be on its way, if its guests see to it.
    const bool was_heard = event.silence < now_ - *doubt.since - coarseness;
    if (event.state == Acknowledging::all || was_heard) {
        doubt.since.reset();
        doubt.trusted_at = now_;
    } else if (now_ >= *doubt.since + doubt_limit) {
        end_session(session, CloseReason::host_lost, true);
    }
}

// Those of its address whose connection may be dead: their nicks are its own then, and their seats.
void LobbyState::check_members_of(const wire::Address& address, ConnectionId but)
{
    if (addresses_.at(address).connections < 2) return; // nobody but the newcomer
    const AddressKey key = AddressKey::of(address);
    std::vector<ConnectionId> members;
    for (const auto& [id, connection] : connections_)
        if (connection.stage == Stage::member && id != but &&
            AddressKey::of(connection.peer.address) == key)
            members.push_back(id);
    std::ranges::sort(members);
    if (members.size() > members_checked) members.resize(members_checked);
    for (const ConnectionId member : members)
        command(CheckAcknowledged{member});
}

} // namespace netplay_relay::lobby
