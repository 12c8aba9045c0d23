// The shell around the room manager: what it tells the room manager, and how it carries out what
// the room manager wants.
#include "room_world.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// Bytes that wait for a reader: a shell lets go of it then.
constexpr std::size_t backlog_max = 512U << 10U;
constexpr std::size_t stranger_backlog_max = 32U << 10U;
constexpr unsigned ticks_at_once_max = 1000;

} // namespace

void RoomWorld::arrive(RoomClient& client)
{
    room::Admission admission;
    admission.address = wire::Address{};
    admission.address.bytes[15] =
        client.visit.prefix != 0 ? client.visit.prefix : static_cast<std::uint8_t>(client.id.value);
    admission.address.bytes[0] = 0x20; // IPv6: a client prefix is a network of 64 bits
    admission.address.bytes[5] = client.visit.network;
    admission.address.bytes[7] = admission.address.bytes[15];
    if (plan_.lives_apart) admission.address.bytes[3] = admission.address.bytes[15];
    admission.port = plan_.port;
    admission.by_password = plan_.by_password;
    client.stage = VisitStage::here;
    client.frame_begin = now_;
    inside_.insert(client.id);
    rooms().enter(client.id, admission, room_time(), out_);
    client.peer.connected();
    carry_out();
}

void RoomWorld::leave(RoomClient& client)
{
    client.speak(now_);
    client.peer.leave();
    client.stage = VisitStage::leaving;
    if (client.visit.play.leaves_cleanly && !client.visit.vanishes) return;
    std::vector<std::uint8_t> bytes;
    client.up.take_due(Instant::max(), bytes);
    if (!bytes.empty()) bytes.resize(client.rng.below(bytes.size()));
    rooms().receive(client.id, bytes, room_time(), out_);
    carry_out();
    if (!client.visit.vanishes || client.stage != VisitStage::leaving) return rooms_forget(client);
    client.stage = VisitStage::vanished;
    client.noticed_at = now_ + client.visit.noticed;
}

void RoomWorld::rooms_forget(RoomClient& client)
{
    if (client.stage == VisitStage::gone) return;
    const bool lost = client.stage == VisitStage::vanished;
    client.stage = VisitStage::gone;
    inside_.erase(client.id);
    rooms().leave(client.id, room_time(), out_,
                  lost ? wire::CloseReason::member_lost : wire::CloseReason::member_left);
    carry_out();
}

void RoomWorld::rooms_hear(RoomClient& client)
{
    if (client.stage == VisitStage::absent || client.stage == VisitStage::gone) return;
    if (client.stage == VisitStage::vanished) {
        if (now_ >= client.noticed_at) rooms_forget(client);
        return;
    }
    std::vector<std::uint8_t> bytes;
    client.up.take_due(now_, bytes);
    std::span<const std::uint8_t> rest = bytes;
    while (!rest.empty() && client.stage != VisitStage::gone) {
        const std::size_t size =
            client.rng.one_in(4) ? client.rng.between(1, rest.size()) : rest.size();
        rooms().receive(client.id, rest.first(size), room_time(), out_);
        carry_out();
        rest = rest.subspan(size);
    }
    if (client.up.pending() > 0) return;
    if (client.stage == VisitStage::leaving) rooms_forget(client);
    if (client.stage == VisitStage::closed) client.stage = VisitStage::gone;
}

void RoomWorld::tick_rooms()
{
    tick_due_.reset();
    planned_for_.reset();
    if (++ticks_at_once_ > ticks_at_once_max)
        complain("the room manager wants to be called all the time");
    rooms().tick(room_time(), out_);
    carry_out();
}

void RoomWorld::carry_out()
{
    rooms().check_consistency();
    for (const room::OutboundMessage& message : out_.messages) {
        run_.trace = scramble(run_.trace ^ message.to.value ^
                              std::uint64_t{netplay::crc32(message.bytes)} << 8U);
        RoomClient& client = *clients_.at(message.to.value - 1);
        if (!inside_.contains(message.to)) complain(client.name + " is told something though out");
        client.told(message, now_);
    }
    for (const room::Closing& closing : out_.closings)
        close(closing);
    for (const room::RoomEvent& event : out_.events)
        note(event);
    out_.clear();
    for (const auto& client : clients_) {
        if (client->stage != VisitStage::here && client->stage != VisitStage::leaving) continue;
        const bool honest = client->visit.is_honest();
        if (client->down.pending() <= (honest ? backlog_max : stranger_backlog_max)) continue;
        if (honest && client->stage == VisitStage::here && !client->may_be_lost(now_))
            complain(client->name + " is told more than it can take");
        ++run_.ends[static_cast<std::size_t>(wire::CloseReason::member_backlog)];
        return rooms_forget(*client);
    }
    const auto deadline = rooms().next_deadline();
    std::optional<Instant> when;
    if (deadline) when = now_ + (*deadline - room_time());
    if (when == planned_for_) return;
    planned_for_ = when;
    tick_due_.reset();
    if (!when) return;
    tick_due_ = std::max(*when, now_) + rng_.between(Instant{0}, plan_.tick_late);
}

void RoomWorld::close(const room::Closing& closing)
{
    run_.trace = scramble(run_.trace ^ closing.member.value << 16U ^
                          static_cast<std::uint64_t>(closing.end));
    ++run_.ends[static_cast<std::size_t>(closing.end)];
    RoomClient& client = *clients_.at(closing.member.value - 1);
    if (inside_.erase(closing.member) == 0) complain(client.name + " is closed twice");
    if (client.visit.is_honest() && !may_close(client, closing.end))
        complain(client.name + " was sent away, with end " +
                 std::to_string(static_cast<int>(closing.end)));
    client.stage = VisitStage::closed;
}

// Whoever leaves may be found slow before that is known.
bool RoomWorld::may_close(const RoomClient& client, wire::CloseReason end) const
{
    if (client.may_be_lost(now_) || client.stage == VisitStage::vanished) return true;
    // Strangers that give no state, one after the other, may use up all of a newcomer's time: then
    // its frontend gives up as well.
    const Instant waited = now_ - client.visit.play.arrives;
    if (end == wire::CloseReason::no_savestate && plan_.has_trouble() &&
        waited >= room::joining_limit)
        return true;
    // Whether a core's states have the size that its player says is known to nobody else.
    if (end == wire::CloseReason::no_savestate)
        return std::ranges::any_of(clients_, [](const auto& other) {
            return other->visit.has(Misbehaviour::loads) && other->stage == VisitStage::here;
        });
    // Strangers may sit as a newcomer of protocol 4 cannot be told.
    return end == wire::CloseReason::protocol_4_seats && client.visit.play.protocol == 4;
}

void RoomWorld::note(const room::RoomEvent& event)
{
    run_.trace =
        scramble(run_.trace ^ static_cast<std::uint64_t>(event.kind) << 24U ^ event.member.value);
    if (event.kind == room::RoomEventKind::state_shared) ++run_.states_shared;
    if (event.kind == room::RoomEventKind::desync) ++run_.desyncs;
    if (event.kind == room::RoomEventKind::witness_differs) ++run_.lies;
    if (event.kind == room::RoomEventKind::desync && plan_.players_agree)
        complain(event.nick + " is said to differ");
    if (event.kind == room::RoomEventKind::member_waits) ++run_.waits;
    if (event.kind == room::RoomEventKind::member_returned) ++run_.returns;
}

} // namespace netplay_relay::simulation
