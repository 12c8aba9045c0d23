// Places in the game: who is given one, who waits for one, and who finds its old one again.
//
// A place is one or more of the core's ports. A wish to play that only other members stand in the
// way of is kept, though its frontend is told that it was refused: when a place is free the MODE
// comes unasked, which frontends take as an answer (protocol.md, "Places").
#include "room_state.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace netplay_relay::room {

namespace {

// A newcomer that has waited for so long comes before those who want another seat.
constexpr Duration newcomer_first = std::chrono::seconds(1);

// A player that sends nothing for so long while the others wait for it has lost its connection, if
// its nick comes again from the same address. Watchers send a ping every 3 s, since protocol 6.
constexpr Duration player_silence = std::chrono::seconds(2);
constexpr Duration watcher_silence = std::chrono::seconds(7);
constexpr std::uint32_t pings_since = 6;

wire::ModeRefused refusal(wire::ModeRefusal reason) { return {static_cast<std::uint32_t>(reason)}; }

// Its line broke, or so it looks: nobody has decided that it plays no more.
bool was_lost(CloseReason end)
{
    return end == CloseReason::member_lost || end == CloseReason::member_backlog ||
           end == CloseReason::slow_player || end == CloseReason::replaced;
}

} // namespace

// Its wish is served as soon as a MODE may be said: members that serve a state take none.
void RoomState::on(Member& member, const wire::Play& play)
{
    if (!member.negotiated.may_play) return say(member, refusal(wire::ModeRefusal::not_privileged));
    if ((member.playing && !member.leaving) || !member.synced) return;
    if (!prefixes_.may_play(member.prefix, now_))
        return say(member, refusal(wire::ModeRefusal::not_privileged));
    if (!member.mode_changes.spend(now_)) return say(member, refusal(wire::ModeRefusal::too_fast));
    if (!member.wants_to_play) member.wished = ++wishes_;
    member.wants_to_play = play;
    if (std::exchange(member.waits_for_place, false) && could_ever_play(play)) {
        // It is told again, and keeps its place in the line.
        const auto choice = choose_place(member, play);
        if (const auto* refused = std::get_if<wire::ModeRefusal>(&choice)) {
            member.waits_for_place = true;
            return say(member, refusal(*refused));
        }
    }
    serve_wishes();
}

// Those who have been here before come first, then addresses of which nobody plays, and the others
// as they have asked.
std::vector<Member*> RoomState::wishers() const
{
    std::vector<Member*> all;
    for (const auto& member : members_)
        if (member->wants_to_play && member->is_established() && !member->playing)
            all.push_back(member.get());
    std::ranges::sort(all, {}, [&](const Member* member) {
        const bool has_one = is_for_everybody() && plays_here(member->prefix);
        return std::tuple(!comes_back(*member), has_one, member->wished);
    });
    return all;
}

void RoomState::serve_wishes()
{
    const std::uint32_t kept = kept_ports();
    if (std::exchange(kept_seen_, kept) != kept) places_changed_ = true;
    const auto wants = [&](const auto& member) {
        return member->wants_to_play && (places_changed_ || !member->waits_for_place);
    };
    if (std::ranges::none_of(members_, wants)) return;
    if (!may_say_frames()) return;
    // A newcomer's state has to wait while somebody leaves his seat. That must not go on for ever.
    // Whoever is still on trial may never end it, and waits for no seat.
    const auto kept_waiting = [&](const auto& member) {
        return can_be_taken_in(*member) && now_ - member->since >= newcomer_first;
    };
    if (std::ranges::any_of(members_, kept_waiting)) return;
    const bool changed = std::exchange(places_changed_, false);
    for (Member* member : wishers()) {
        if (!member->asked_at) {
            if (changed || !member->waits_for_place) seat(*member);
            continue;
        }
        // As a player it would answer with predictions. If it is first in line the others wait for
        // it, but not for ever: nobody has to answer a comparison.
        places_changed_ |= changed;
        if (member->waits_for_place && now_ - *member->asked_at < settings_.slow_player) break;
    }
}

// It plays from now on, or is told why not.
void RoomState::seat(Member& member)
{
    const wire::Play play = *member.wants_to_play;
    const auto choice = choose_place(member, play);
    if (const auto* refused = std::get_if<wire::ModeRefusal>(&choice)) {
        const bool waits = could_ever_play(play);
        if (!waits) member.wants_to_play.reset();
        const Instant from = seat_from(member);
        if (waits && now_ < from) seats_open_at_ = std::min(seats_open_at_, from);
        if (!std::exchange(member.waits_for_place, waits)) {
            say(member, refusal(*refused));
            if (waits) tell_wait(member, from);
        }
        return;
    }
    if (seat_from(member) != Instant::min()) {
        wariness_.note_seat(now_);
        places_changed_ = true; // others of its client prefix are no newcomers any more
    }
    member.wants_to_play.reset();
    member.waits_for_place = false;
    member.old_place.reset();
    begin_to_play(member, std::get<std::uint32_t>(choice), play.share_mode);
}

// And why, if it is not that all places are taken.
void RoomState::tell_wait(const Member& member, Instant from)
{
    RoomEvent told = event(RoomEventKind::member_waits, &member);
    if (now_ < from) {
        told.duration = from - now_;
        told.players = wariness_.sentences(now_);
    }
    out_->events.push_back(std::move(told));
}

// The ports that are played: those beyond have a device, and a pad that no game looks at.
netplay::PortTable RoomState::places_table() const
{
    netplay::PortTable table = port_table();
    for (std::size_t port = players_max_; port < wire::ports_max; ++port)
        table.devices[port] = 0;
    return table;
}

std::variant<std::uint32_t, wire::ModeRefusal> RoomState::choose_place(const Member& member,
                                                                       const wire::Play& play) const
{
    if (std::popcount(play.ports) > ports_per_member_max) return wire::ModeRefusal::not_available;
    if (now_ < seat_from(member))
        return play.ports == 0 ? wire::ModeRefusal::no_free_slot : wire::ModeRefusal::not_available;
    netplay::PortTable table = places_table();
    if (comes_back(member) && (play.ports == 0 || play.ports == member.old_place->ports)) {
        wire::Play again = play;
        again.ports = static_cast<std::uint16_t>(member.old_place->ports);
        const auto old = netplay::choose_ports(table, again, has_protocol_4());
        if (std::holds_alternative<std::uint32_t>(old)) return old;
    }
    const std::uint32_t kept = kept_ports(&member);
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((kept >> port & 1U) != 0) table.seated[port] |= 1U; // number 0 is ours: never a player
    const auto choice = netplay::choose_ports(table, play, has_protocol_4());
    if (std::holds_alternative<std::uint32_t>(choice) &&
        takes_of_reserve(
            member, table,
            {play.slave, play.share_mode, static_cast<std::uint16_t>(std::get<0>(choice))}))
        return play.ports == 0 ? wire::ModeRefusal::no_free_slot : wire::ModeRefusal::not_available;
    return choice;
}

// Where one address may have all members the operator knows better.
bool RoomState::is_for_everybody() const
{
    return !identity_.by_password && !settings_.wants_password() &&
           settings_.members_per_address < members_max();
}

bool RoomState::plays_here(const wire::Address& prefix) const
{
    const wire::Address customer = wire::customer(prefix);
    return std::ranges::any_of(members_, [&](const auto& member) {
        return member->playing && !member->gone && wire::customer(member->prefix) == customer;
    });
}

// The last places are one each for addresses of which nobody plays.
bool RoomState::takes_of_reserve(const Member& member, const netplay::PortTable& table,
                                 const wire::Play& play) const
{
    if (!is_for_everybody()) return false;
    std::uint32_t places = 0;
    std::uint32_t free = 0;
    std::uint32_t taken = 0; // by this wish
    for (std::size_t port = 0; port < wire::ports_max; ++port) {
        if (table.devices[port] == 0) continue;
        ++places;
        if (table.seated[port] != 0) continue; // also one that it will share
        ++free;
        taken += play.ports >> port & 1U;
    }
    const std::uint32_t beyond = plays_here(member.prefix) ? 0 : 1;
    return taken > beyond && free < taken + reserve_of(places);
}

// True if nothing but other members stands in the way.
bool RoomState::could_ever_play(const wire::Play& play) const
{
    if (std::popcount(play.ports) > ports_per_member_max) return false;
    netplay::PortTable table = places_table();
    table.seated = {};
    return std::holds_alternative<std::uint32_t>(
        netplay::choose_ports(table, play, has_protocol_4()));
}

void RoomState::remember_place(const Member& member, CloseReason end)
{
    if (member.leaving) return; // it has chosen to watch
    if (!was_lost(end) && end != CloseReason::member_left && end != CloseReason::nak) return;
    Place place{member.ports, Instant::min(), now_ + place_memory};
    // Nobody keeps a place from others for longer than it could have by playing on.
    if (was_lost(end))
        place.kept_until = now_ + std::min<Duration>(now_ - member.playing_since, place_memory);
    places_.remember(member.prefix, member.negotiated.nick, place);
}

void RoomState::recall_place(Member& member)
{
    member.old_place = places_.recall(member.prefix, member.negotiated.nick, now_);
    if (member.old_place) tell(RoomEventKind::member_returned, &member);
}

bool RoomState::comes_back(const Member& member) const
{
    return member.old_place && now_ < member.old_place->forgotten_at;
}

// Those that nobody else is given.
std::uint32_t RoomState::kept_ports(const Member* but_for) const
{
    std::uint32_t ports = places_.kept_ports(now_);
    for (const auto& member : members_)
        if (member.get() != but_for && !member->gone && member->old_place &&
            now_ < member->old_place->kept_until)
            ports |= member->old_place->ports;
    return ports;
}

void RoomState::note_silence(ConnectionId id)
{
    if (Member* member = find(id)) member->acknowledges = false;
}

// One of the same address and nick comes: if the connection we know is dead, this is its player.
void RoomState::replace_silent(const wire::Address& prefix, const std::string& nick)
{
    for (std::size_t at = 0; at < members_.size(); ++at) {
        Member& member = *members_[at];
        if (member.gone || member.prefix != prefix || member.negotiated.nick != nick) continue;
        const Duration silence = now_ - member.heard_at;
        const bool is_missed = member.playing && (members_.size() == 1 || is_behind(member));
        const bool pings = member.synced && member.negotiated.protocol >= pings_since;
        if (!member.acknowledges || (is_missed && silence >= player_silence) ||
            (pings && silence >= watcher_silence))
            return dismiss(member, CloseReason::replaced);
    }
}

// Nobody waits for what could be had.
const char* RoomState::contradiction_of_places() const
{
    for (const auto& member : members_) {
        if (!member->waits_for_place) continue;
        if (!member->wants_to_play || member->playing) return "one waits for what it does not want";
        if (places_changed_ || kept_ports() != kept_seen_ ||
            seats_open_at_ != Instant::max()) // it is looked at then
            continue;
        if (!std::holds_alternative<wire::ModeRefusal>(
                choose_place(*member, *member->wants_to_play)))
            return "one waits though there is a place";
    }
    for (const auto& member : members_)
        if ((member->ports & ~((1U << players_max_) - 1)) != 0) return "a pad no game looks at";
    return nullptr;
}

} // namespace netplay_relay::room
