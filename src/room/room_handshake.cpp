// From a connection to a member.
#include "room_manager_state.hpp"

#include "base/ensure.hpp"
#include "room/multitap.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace netplay_relay::room {

namespace {

constexpr std::uint32_t highest_protocol = 7;
constexpr std::size_t name_max = 31; // in INFO, without the NUL
constexpr std::uint64_t not_a_room = std::numeric_limits<std::uint64_t>::max();

std::string lower(std::string text)
{
    for (char& letter : text)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

// A room looks at less of a handshake than netplay-peer does.
CloseReason reason_of_room(CloseReason end)
{
    switch (end) {
    case CloseReason::probe:
    case CloseReason::no_common_protocol:
    case CloseReason::no_compression:
    case CloseReason::wrong_password:
    case CloseReason::different_core: return end;
    case CloseReason::implementation: return CloseReason::no_common_protocol;
    default: return CloseReason::not_netplay;
    }
}

// The only words a frontend has for this are that the core is another one.
wire::Info named_with_version(wire::Info info)
{
    const std::string name = (info.core_name + " " + info.core_version).substr(0, name_max);
    info.core_name = netplay::is_same_core(name, info.core_name) ? "another version" : name;
    return info;
}

constexpr std::chrono::minutes misfit_time{10};

} // namespace

Misfit RoomManagerState::misfit_of(const PendingClient& client, const wire::Info& info,
                                   std::uint32_t room_state_size)
{
    return {wire::client_prefix(client.admission.address), lower(info.core_name), info.core_version,
            info.content_crc, room_state_size};
}

void RoomManagerState::remember_misfit(Misfit misfit, Instant now)
{
    std::erase_if(misfits_, [&](const auto& entry) { return entry.second <= now; });
    if (misfits_.size() < misfits_max)
        misfits_.insert_or_assign(std::move(misfit), now + misfit_time);
}

bool RoomManagerState::is_misfit(const PendingClient& client, const wire::Info& info,
                                 const Room& room, Instant now) const
{
    if (!room.state_size()) return false;
    const auto found = misfits_.find(misfit_of(client, info, *room.state_size()));
    return found != misfits_.end() && found->second > now;
}

void RoomManagerState::enter(ConnectionId id, const Admission& admission, Instant now)
{
    netplay::ServerSettings server;
    server.self.nick = settings_.nick;
    server.self.implementation = wire::implementation_magic("1.22.2", highest_protocol);
    server.highest_protocol = highest_protocol;
    server.protocol_4 = true;
    server.echo_header = true;
    server.savestate_max = 0;
    server.salt = settings_.fleet_salt != 0 ? settings_.fleet_salt : salt_;
    server.looks_later = true;
    server.any_password = admission.by_password;
    if (!admission.by_password) {
        server.password = settings_.password;
        server.spectate_password = settings_.spectate_password;
    }
    PendingClient& client = clients_[id];
    client.admission = admission;
    client.handshake.emplace(std::move(server));
    set_deadline(id, client, now + handshake_limit);
}

void RoomManagerState::shake_hands(ConnectionId id, PendingClient& client, Instant now, Output& out)
{
    using netplay::HandshakeState;
    std::vector<std::uint8_t> answer;
    std::optional<CloseReason> refusal;
    auto state = client.handshake->receive(client.stream, answer);
    // What a password is good for is told here, and at a listener by password when the room is
    // found.
    bool waits = false;
    if (state == HandshakeState::password_given ||
        (state == HandshakeState::introduced && client.admission.by_password)) {
        const Turn turn = turn_of(id, client, now);
        waits = turn == Turn::later;
        if (turn == Turn::too_often) refusal = CloseReason::password_too_often;
    }
    if (!refusal && !waits && state == HandshakeState::password_given) {
        look_at_password(client, now, answer);
        state = client.handshake->receive(client.stream, answer);
    }
    if (!refusal && !waits && state == HandshakeState::introduced) {
        if (is_for_another(id, client, out)) {
            if (!answer.empty()) out.messages.push_back({id, std::move(answer), nullptr});
            return;
        }
        refusal = introduce(client, now, answer);
        if (!refusal) state = client.handshake->receive(client.stream, answer);
    }
    if (!answer.empty()) out.messages.push_back({id, std::move(answer), nullptr});
    if (!refusal && state == HandshakeState::ended)
        refusal = reason_of_room(client.handshake->end());
    if (refusal) return turn_away(id, *refusal, out);
    if (waits) return;
    if (state == HandshakeState::done) return admit(id, client, now, out);
    // Somebody has to type it. Once it is there the rest must not take long.
    if (client.handshake->awaits_password() != client.password_time) {
        client.password_time = !client.password_time;
        set_deadline(
            id, client,
            now + (client.password_time ? Duration(password_limit) : Duration(handshake_limit)));
    }
}

void RoomManagerState::go_on(ConnectionId id, Instant now, Output& out)
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.room != 0) return;
    if (!found->second.was_passed_on && !found->second.has_hopped) return;
    shake_hands(id, found->second, now, out);
}

// Who plays the same comes to the same node, and to the same worker there; but on a port, or where
// there is a room for each, it stays. True if it is on its way.
bool RoomManagerState::is_for_another(ConnectionId id, PendingClient& client, Output& out) const
{
    if (fleet_ != nullptr && !client.has_hopped && client.admission.port == 0 &&
        client.admission.room == 0) {
        const RoomKey key = key_of(client);
        client.has_hopped = true; // or stays
        const fleet::Node node = fleet_->owner_of(key.hash());
        if (key.is_for_all() && node != fleet_->own) {
            out.elsewhere.push_back({id, 0, node});
            return true;
        }
    }
    return pass_on(id, client, out);
}

// Of those that are found by what is played in them.
std::vector<std::uint64_t> RoomManagerState::hashes() const
{
    std::vector<std::uint64_t> all;
    for (const auto& [key, number] : by_key_)
        if (key.is_for_all() && key.instead_of == 0) all.push_back(key.hash());
    return all;
}

// It has said what it plays, and is told that we play the same, in its own spelling: old frontends
// compare every letter.
std::optional<CloseReason> RoomManagerState::introduce(PendingClient& client, Instant now,
                                                       std::vector<std::uint8_t>& out)
{
    wire::Info info = client.handshake->negotiated().info;
    if (OpenRoom* open = room_for(client, now)) {
        const wire::Info& known = open->room.identity().info;
        const bool same = netplay::is_same_core(known.core_name, info.core_name);
        if (!same) {
            client.handshake->load(known, out); // its frontend says what is wrong
            return CloseReason::different_core;
        }
        if (info.core_version != known.core_version && is_misfit(client, info, open->room, now)) {
            client.handshake->load(named_with_version(known), out); // "a different core"
            return CloseReason::state_size_differs;
        }
        info.core_version = known.core_version;
        info.content_crc = known.content_crc;
    } else {
        note_new_room(client, now);
    }
    client.handshake->load(std::move(info), out);
    return std::nullopt;
}

void RoomManagerState::admit(ConnectionId id, PendingClient& client, Instant now, Output& out)
{
    OpenRoom* room = room_for(client, now);
    // The one that it was told of may have gone to another worker since.
    if (room == nullptr && pass_on(id, client, out)) return;
    const netplay::Negotiated negotiated = client.handshake->negotiated();
    const wire::Address prefix = wire::client_prefix(client.admission.address);
    const std::size_t before = out.closings.size();
    if (has_idled_enough(room, prefix)) return turn_away(id, CloseReason::address_idle_full, out);
    if (room != nullptr) {
        room->room.replace_silent(prefix, negotiated.nick, now, out);
        if (room->room.refusal_of(negotiated) == CloseReason::room_full)
            room->room.make_room_for(prefix, now, out);
        for (std::size_t at = before; at < out.closings.size(); ++at)
            clients_.erase(out.closings[at].member);
        // On a port of its own the room may have been opened by another game meanwhile.
        const bool same =
            netplay::is_same_core(room->room.identity().info.core_name, negotiated.info.core_name);
        const auto refusal = same ? room->room.refusal_of(negotiated) : CloseReason::different_core;
        if (refusal || room->room.is_shut_out(prefix, now)) {
            turn_away(id, refusal.value_or(CloseReason::spoils_game), out);
            return settle(*room, now, out, before);
        }
        if (const auto crowding = room->room.crowding_by(prefix)) {
            turn_away(id, *crowding, out);
            return settle(*room, now, out, before);
        }
    } else if (client.admission.room != 0) {
        return turn_away(id, CloseReason::room_closed, out);
    } else if (refusal_of_new_) {
        return turn_away(id, *refusal_of_new_, out);
    } else {
        if (const auto refusal = refusal_of_opener(prefix)) return turn_away(id, *refusal, out);
        if (!negotiated.zlib) return turn_away(id, CloseReason::no_compression, out);
        room = &open(client, now, out);
        if (const auto refusal = room->room.refusal_of(negotiated)) {
            turn_away(id, *refusal, out);
            return settle(*room, now, out, out.closings.size());
        }
    }
    set_deadline(id, client, Instant::max());
    client.handshake.reset();
    client.room = room->room.identity().number;
    client.core_version = negotiated.info.core_version;
    room->room.join(id, negotiated, std::exchange(client.stream, {}), now, out, prefix);
    tell_of_others(*room, now, out);
    settle(*room, now, out, before);
}

std::optional<CloseReason> RoomManagerState::refusal_of_opener(const wire::Address& prefix) const
{
    if (rooms_.size() >= rooms_max()) return CloseReason::rooms_full;
    const auto rooms_of = [&](const wire::Network& network) {
        if (among_.counts != nullptr) return among_.counts->around(wire::Counted::room, network);
        return static_cast<std::size_t>(std::ranges::count_if(
            rooms_, [&](const auto& entry) { return network.contains(entry.second.opener); }));
    };
    if (rooms_of({prefix, 128}) >= settings_.rooms_per_address)
        return CloseReason::address_rooms_full;
    std::size_t around = 0;
    for (const wire::WiderNetwork& wider : wire::wider_networks(prefix)) {
        around = rooms_of(wider.network);
        if (around >= std::size_t{settings_.rooms_per_address} * wider.factor)
            return CloseReason::address_rooms_full;
    }
    const std::size_t kept = wire::places_for_newcomers(rooms_max(), settings_.rooms_per_address);
    if (around > 0 && rooms_.size() + kept >= rooms_max()) return CloseReason::rooms_full;
    return std::nullopt;
}

// It has members in many rooms without players, and comes into another one.
bool RoomManagerState::has_idled_enough(const OpenRoom* room, const wire::Address& prefix) const
{
    if (idle_members_ < idle_members_per_address) return false;
    if (room != nullptr && room->idle_members == 0) return false;
    const auto idle = std::ranges::count_if(clients_, [&](const auto& entry) {
        const PendingClient& other = entry.second;
        return other.room != 0 && rooms_.at(other.room).idle_members > 0 &&
               wire::client_prefix(other.admission.address) == prefix;
    });
    return static_cast<std::size_t>(idle) >= idle_members_per_address;
}

RoomKey RoomManagerState::key_of(const PendingClient& client) const
{
    if (client.admission.port != 0) return {.port = client.admission.port};
    const netplay::Negotiated& negotiated = client.handshake->negotiated();
    RoomKey key;
    key.core = lower(negotiated.info.core_name);
    key.password_hash = negotiated.password_hash;
    key.big_endian = wire::is_big_endian(negotiated.platform);
    key.multitap = has_multitap(client);
    key.by_core = client.admission.by_core;
    if (!key.by_core) key.content_crc = negotiated.info.content_crc;
    // Without a CRC two games are one to us: only a password tells that friends mean each other.
    if (negotiated.info.content_crc == 0 && !client.admission.by_password) key.alone = not_a_room;
    return key;
}

// Where that makes no difference there are not two kinds of rooms.
bool RoomManagerState::has_multitap(const PendingClient& client) const
{
    const std::string& core = client.handshake->negotiated().info.core_name;
    return (client.admission.multitap || settings_.multitap) &&
           ports_for(settings_, core, true).devices != ports_for(settings_, core, false).devices;
}

// Each of those that it has fled from leads to the next one.
RoomKey RoomManagerState::key_for(const PendingClient& client, Instant now) const
{
    RoomKey key = key_of(client);
    const wire::Address prefix = wire::client_prefix(client.admission.address);
    for (auto found = by_key_.find(key); found != by_key_.end(); found = by_key_.find(key)) {
        if (!trust_->flights().avoids(found->second, prefix, now)) break;
        key.instead_of = found->second;
    }
    return key;
}

OpenRoom* RoomManagerState::room_for(const PendingClient& client, Instant now)
{
    if (client.admission.room != 0) {
        const auto known = rooms_.find(client.admission.room);
        return known == rooms_.end() ? nullptr : &known->second;
    }
    const auto found = by_key_.find(key_for(client, now));
    return found == by_key_.end() ? nullptr : &rooms_.at(found->second);
}

OpenRoom& RoomManagerState::open(const PendingClient& client, Instant now, Output& out)
{
    const wire::Address prefix = wire::client_prefix(client.admission.address);
    RoomIdentity identity;
    do
        identity.number = numbers_.next();
    while (rooms_.contains(identity.number)); // it came from elsewhere
    identity.port = client.admission.port;
    identity.by_password = client.admission.by_password;
    identity.info = client.handshake->negotiated().info;
    identity.by_core = client.admission.by_core;
    identity.multitap = has_multitap(client);
    RoomEvent event;
    event.kind = RoomEventKind::room_opened;
    event.room = identity.number;
    event.core = identity.info.core_name;
    event.content_crc = identity.info.content_crc;
    out.events.push_back(std::move(event));
    RoomKey key = key_for(client, now);
    // Whoever made others leave with its state does not receive them again for a while.
    const bool is_public = key.port == 0 && key.password_hash.empty();
    if (key.alone != 0 || (is_public && trust_->is_spoiler(prefix, now)))
        key.alone = identity.number;
    by_key_.emplace(key, identity.number);
    const std::uint64_t number = identity.number;
    const auto [place, is_new] = rooms_.try_emplace(number, key, prefix, std::move(identity),
                                                    settings_, now, share_of(prefix), trust_);
    ensure(is_new, "a room's number was used before");
    place->second.counted = {among_.counts, wire::Counted::room, prefix};
    return place->second;
}

MemberName RoomManagerState::name_of(ConnectionId id) const
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.room == 0) return {};
    const std::uint64_t number = found->second.room;
    return {number, rooms_.at(number).room.nick_of(id)};
}

void RoomManagerState::turn_away(ConnectionId id, CloseReason end, Output& out)
{
    const auto found = clients_.find(id);
    set_deadline(id, found->second, Instant::max());
    stop_waiting(found->second);
    clients_.erase(found);
    out.closings.push_back({id, end, {}});
}

} // namespace netplay_relay::room
