// From a connection to a member.
#include "hall_state.hpp"

#include "netplay_relay/ensure.hpp"
#include "netplay_relay/room/multitap.hpp"

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

MemberEnd end_for(netplay::HandshakeEnd end)
{
    using netplay::HandshakeEnd;
    switch (end) {
    case HandshakeEnd::probe: return MemberEnd::probe;
    case HandshakeEnd::no_common_protocol:
    case HandshakeEnd::implementation: return MemberEnd::old_version;
    case HandshakeEnd::no_compression: return MemberEnd::no_compression;
    case HandshakeEnd::wrong_password: return MemberEnd::wrong_password;
    case HandshakeEnd::different_core: return MemberEnd::different_core;
    default: return MemberEnd::not_netplay;
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

Misfit HallState::misfit_of(const Visitor& visitor, const wire::Info& info,
                            std::uint32_t room_state_size)
{
    return {wire::household(visitor.admission.address), lower(info.core_name), info.core_version,
            info.content_crc, room_state_size};
}

void HallState::remember_misfit(Misfit misfit, Instant now)
{
    std::erase_if(misfits_, [&](const auto& entry) { return entry.second <= now; });
    if (misfits_.size() < misfits_max)
        misfits_.insert_or_assign(std::move(misfit), now + misfit_time);
}

bool HallState::is_misfit(const Visitor& visitor, const wire::Info& info, const Room& room,
                          Instant now) const
{
    if (!room.state_size()) return false;
    const auto found = misfits_.find(misfit_of(visitor, info, *room.state_size()));
    return found != misfits_.end() && found->second > now;
}

void HallState::enter(ConnectionId id, const Admission& admission, Instant now)
{
    netplay::ServerSettings server;
    server.self.nick = settings_.nick;
    server.self.implementation = wire::implementation_magic("1.22.2", highest_protocol);
    server.highest_protocol = highest_protocol;
    server.protocol_4 = true;
    server.echo_header = true;
    server.savestate_max = 0;
    server.salt = salt_;
    server.looks_later = true;
    server.any_password = admission.by_password;
    if (!admission.by_password) {
        server.password = settings_.password;
        server.spectate_password = settings_.spectate_password;
    }
    Visitor& visitor = visitors_[id];
    visitor.admission = admission;
    visitor.handshake.emplace(std::move(server));
    set_deadline(id, visitor, now + entrance_limit);
}

void HallState::shake_hands(ConnectionId id, Visitor& visitor, Instant now, Outcome& out)
{
    using netplay::HandshakeState;
    std::vector<std::uint8_t> answer;
    std::optional<MemberEnd> refusal;
    auto state = visitor.handshake->receive(visitor.stream, answer);
    // What a password is good for is told here, and at a door by password when the room is found.
    bool waits = false;
    if (state == HandshakeState::password_given ||
        (state == HandshakeState::introduced && visitor.admission.by_password)) {
        const Turn turn = turn_of(id, visitor, now);
        waits = turn == Turn::later;
        if (turn == Turn::too_often) refusal = MemberEnd::password_too_often;
    }
    if (!refusal && !waits && state == HandshakeState::password_given) {
        look_at_password(visitor, now, answer);
        state = visitor.handshake->receive(visitor.stream, answer);
    }
    if (!refusal && !waits && state == HandshakeState::introduced) {
        refusal = introduce(visitor, now, answer);
        if (!refusal) state = visitor.handshake->receive(visitor.stream, answer);
    }
    if (!answer.empty()) out.parcels.push_back({id, std::move(answer), nullptr});
    if (!refusal && state == HandshakeState::ended) refusal = end_for(visitor.handshake->end());
    if (refusal) return turn_away(id, *refusal, out);
    if (waits) return;
    if (state == HandshakeState::done) return let_in(id, visitor, now, out);
    // Somebody has to type it. Once it is there the rest must not take long.
    if (visitor.handshake->awaits_password() != visitor.password_time) {
        visitor.password_time = !visitor.password_time;
        set_deadline(
            id, visitor,
            now + (visitor.password_time ? Duration(password_limit) : Duration(entrance_limit)));
    }
}

// It has said what it plays, and is told that we play the same, in its own spelling: old frontends
// compare every letter.
std::optional<MemberEnd> HallState::introduce(Visitor& visitor, Instant now,
                                              std::vector<std::uint8_t>& out)
{
    wire::Info info = visitor.handshake->settled().info;
    if (OpenRoom* open = room_for(visitor, now)) {
        const wire::Info& known = open->room.identity().info;
        const bool same = netplay::is_same_core(known.core_name, info.core_name);
        if (!same) {
            visitor.handshake->load(known, out); // its frontend says what is wrong
            return MemberEnd::different_core;
        }
        if (info.core_version != known.core_version && is_misfit(visitor, info, open->room, now)) {
            visitor.handshake->load(named_with_version(known), out); // "a different core"
            return MemberEnd::state_size_differs;
        }
        info.core_version = known.core_version;
        info.content_crc = known.content_crc;
    } else {
        note_new_room(visitor, now);
    }
    visitor.handshake->load(std::move(info), out);
    return std::nullopt;
}

void HallState::let_in(ConnectionId id, Visitor& visitor, Instant now, Outcome& out)
{
    OpenRoom* room = room_for(visitor, now);
    const netplay::Settled settled = visitor.handshake->settled();
    const wire::Address household = wire::household(visitor.admission.address);
    const std::size_t before = out.closings.size();
    if (has_idled_enough(room, household)) return turn_away(id, MemberEnd::address_idle_full, out);
    if (room != nullptr) {
        room->room.replace_silent(household, settled.nick, now, out);
        if (room->room.refusal_of(settled) == MemberEnd::room_full)
            room->room.make_room_for(household, now, out);
        for (std::size_t at = before; at < out.closings.size(); ++at)
            visitors_.erase(out.closings[at].member);
        // On a port of its own the room may have been opened by another game meanwhile.
        const bool same =
            netplay::is_same_core(room->room.identity().info.core_name, settled.info.core_name);
        const auto refusal = same ? room->room.refusal_of(settled) : MemberEnd::different_core;
        if (refusal || room->room.is_shut_out(household, now)) {
            turn_away(id, refusal.value_or(MemberEnd::spoils_game), out);
            return settle(*room, now, out, before);
        }
        if (const auto crowding = room->room.crowding_by(household)) {
            turn_away(id, *crowding, out);
            return settle(*room, now, out, before);
        }
    } else if (visitor.admission.room != 0) {
        return turn_away(id, MemberEnd::room_closed, out);
    } else if (!takes_new_rooms_) {
        return turn_away(id, MemberEnd::no_new_rooms, out);
    } else {
        if (const auto refusal = refusal_of_opener(household)) return turn_away(id, *refusal, out);
        if (!settled.zlib) return turn_away(id, MemberEnd::no_compression, out);
        room = &open(visitor, now, out);
        if (const auto refusal = room->room.refusal_of(settled)) {
            turn_away(id, *refusal, out);
            return settle(*room, now, out, out.closings.size());
        }
    }
    set_deadline(id, visitor, Instant::max());
    visitor.handshake.reset();
    visitor.room = room->room.identity().number;
    visitor.core_version = settled.info.core_version;
    room->room.join(id, settled, std::exchange(visitor.stream, {}), now, out, household);
    settle(*room, now, out, before);
}

std::optional<MemberEnd> HallState::refusal_of_opener(const wire::Address& household) const
{
    if (rooms_.size() >= settings_.rooms) return MemberEnd::rooms_full;
    const auto rooms_of = [&](const wire::Network& network) {
        return static_cast<std::size_t>(std::ranges::count_if(
            rooms_, [&](const auto& entry) { return network.contains(entry.second.opener); }));
    };
    if (rooms_of({household, 128}) >= settings_.rooms_per_address)
        return MemberEnd::address_rooms_full;
    std::size_t around = 0;
    for (const wire::WiderNetwork& wider : wire::wider_networks(household)) {
        around = rooms_of(wider.network);
        if (around >= std::size_t{settings_.rooms_per_address} * wider.factor)
            return MemberEnd::address_rooms_full;
    }
    const std::size_t kept =
        wire::places_for_newcomers(settings_.rooms, settings_.rooms_per_address);
    if (around > 0 && rooms_.size() + kept >= settings_.rooms) return MemberEnd::rooms_full;
    return std::nullopt;
}

// It has members in many rooms without players, and comes into another one.
bool HallState::has_idled_enough(const OpenRoom* room, const wire::Address& household) const
{
    if (idle_members_ < idle_members_per_address) return false;
    if (room != nullptr && room->idle_members == 0) return false;
    const auto idle = std::ranges::count_if(visitors_, [&](const auto& entry) {
        const Visitor& other = entry.second;
        return other.room != 0 && rooms_.at(other.room).idle_members > 0 &&
               wire::household(other.admission.address) == household;
    });
    return static_cast<std::size_t>(idle) >= idle_members_per_address;
}

RoomKey HallState::key_of(const Visitor& visitor) const
{
    if (visitor.admission.port != 0) return {.port = visitor.admission.port};
    const netplay::Settled& settled = visitor.handshake->settled();
    RoomKey key;
    key.core = lower(settled.info.core_name);
    key.password_hash = settled.password_hash;
    key.big_endian = wire::is_big_endian(settled.platform);
    key.multitap = has_multitap(visitor);
    key.by_core = visitor.admission.by_core;
    if (!key.by_core) key.content_crc = settled.info.content_crc;
    // Without a CRC two games are one to us: only a password tells that friends mean each other.
    if (settled.info.content_crc == 0 && !visitor.admission.by_password) key.alone = not_a_room;
    return key;
}

// Where that makes no difference there are not two kinds of rooms.
bool HallState::has_multitap(const Visitor& visitor) const
{
    const std::string& core = visitor.handshake->settled().info.core_name;
    return (visitor.admission.multitap || settings_.multitap) &&
           ports_for(settings_, core, true).devices != ports_for(settings_, core, false).devices;
}

// Each of those that it has fled from leads to the next one.
RoomKey HallState::key_for(const Visitor& visitor, Instant now) const
{
    RoomKey key = key_of(visitor);
    const wire::Address household = wire::household(visitor.admission.address);
    for (auto found = by_key_.find(key); found != by_key_.end(); found = by_key_.find(key)) {
        if (!trust_->flights().avoids(found->second, household, now)) break;
        key.instead_of = found->second;
    }
    return key;
}

OpenRoom* HallState::room_for(const Visitor& visitor, Instant now)
{
    if (visitor.admission.room != 0) {
        const auto known = rooms_.find(visitor.admission.room);
        return known == rooms_.end() ? nullptr : &known->second;
    }
    const auto found = by_key_.find(key_for(visitor, now));
    return found == by_key_.end() ? nullptr : &rooms_.at(found->second);
}

OpenRoom& HallState::open(const Visitor& visitor, Instant now, Outcome& out)
{
    const wire::Address household = wire::household(visitor.admission.address);
    RoomIdentity identity;
    do
        identity.number = numbers_.next();
    while (rooms_.contains(identity.number)); // it came from elsewhere
    identity.port = visitor.admission.port;
    identity.by_password = visitor.admission.by_password;
    identity.info = visitor.handshake->settled().info;
    identity.by_core = visitor.admission.by_core;
    identity.multitap = has_multitap(visitor);
    RoomNews news;
    news.kind = RoomNewsKind::room_opened;
    news.room = identity.number;
    news.core = identity.info.core_name;
    news.content_crc = identity.info.content_crc;
    out.news.push_back(std::move(news));
    RoomKey key = key_for(visitor, now);
    // Whoever made others leave with its state does not receive them again for a while.
    const bool is_public = key.port == 0 && key.password_hash.empty();
    if (key.alone != 0 || (is_public && trust_->is_spoiler(household, now)))
        key.alone = identity.number;
    by_key_.emplace(key, identity.number);
    const std::uint64_t number = identity.number;
    const auto [place, is_new] = rooms_.try_emplace(number, key, household, std::move(identity),
                                                    settings_, now, share_of(household), trust_);
    ensure(is_new, "a room's number was used before");
    return place->second;
}

void HallState::turn_away(ConnectionId id, MemberEnd end, Outcome& out)
{
    const auto found = visitors_.find(id);
    set_deadline(id, found->second, Instant::max());
    stop_waiting(found->second);
    visitors_.erase(found);
    out.closings.push_back({id, end});
}

} // namespace netplay_relay::room
