// The shell around the hall: what it tells the hall, and how it carries out what the hall wants.
#include "room_world.hpp"

#include "netplay_relay/netplay/savestate.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// Bytes that wait for a reader: a shell lets go of it then.
constexpr std::size_t backlog_max = 512U << 10U;
constexpr std::size_t stranger_backlog_max = 32U << 10U;
constexpr unsigned ticks_at_once_max = 1000;

} // namespace

void RoomWorld::arrive(RoomVisitor& visitor)
{
    room::Admission admission;
    admission.address = wire::Address{};
    admission.address.bytes[15] = visitor.visit.household != 0
                                      ? visitor.visit.household
                                      : static_cast<std::uint8_t>(visitor.id.value);
    admission.address.bytes[0] = 0x20; // IPv6: a household is a network of 64 bits
    admission.address.bytes[5] = visitor.visit.network;
    admission.address.bytes[7] = admission.address.bytes[15];
    if (plan_.lives_apart) admission.address.bytes[3] = admission.address.bytes[15];
    admission.port = plan_.port;
    admission.by_password = plan_.by_password;
    visitor.stage = VisitStage::here;
    visitor.frame_begin = now_;
    inside_.insert(visitor.id);
    hall().enter(visitor.id, admission, hall_time(), out_);
    visitor.peer.connected();
    carry_out();
}

void RoomWorld::leave(RoomVisitor& visitor)
{
    visitor.speak(now_);
    visitor.peer.leave();
    visitor.stage = VisitStage::leaving;
    if (visitor.visit.play.leaves_cleanly && !visitor.visit.vanishes) return;
    std::vector<std::uint8_t> bytes;
    visitor.up.take_due(Instant::max(), bytes);
    if (!bytes.empty()) bytes.resize(visitor.dice.below(bytes.size()));
    hall().receive(visitor.id, bytes, hall_time(), out_);
    carry_out();
    if (!visitor.visit.vanishes || visitor.stage != VisitStage::leaving)
        return hall_forgets(visitor);
    visitor.stage = VisitStage::vanished;
    visitor.noticed_at = now_ + visitor.visit.noticed;
}

void RoomWorld::hall_forgets(RoomVisitor& visitor)
{
    if (visitor.stage == VisitStage::gone) return;
    const bool lost = visitor.stage == VisitStage::vanished;
    visitor.stage = VisitStage::gone;
    inside_.erase(visitor.id);
    hall().leave(visitor.id, hall_time(), out_,
                 lost ? room::MemberEnd::lost : room::MemberEnd::left);
    carry_out();
}

void RoomWorld::hall_hears(RoomVisitor& visitor)
{
    if (visitor.stage == VisitStage::absent || visitor.stage == VisitStage::gone) return;
    if (visitor.stage == VisitStage::vanished) {
        if (now_ >= visitor.noticed_at) hall_forgets(visitor);
        return;
    }
    std::vector<std::uint8_t> bytes;
    visitor.up.take_due(now_, bytes);
    std::span<const std::uint8_t> rest = bytes;
    while (!rest.empty() && visitor.stage != VisitStage::gone) {
        const std::size_t size =
            visitor.dice.one_in(4) ? visitor.dice.between(1, rest.size()) : rest.size();
        hall().receive(visitor.id, rest.first(size), hall_time(), out_);
        carry_out();
        rest = rest.subspan(size);
    }
    if (visitor.up.pending() > 0) return;
    if (visitor.stage == VisitStage::leaving) hall_forgets(visitor);
    if (visitor.stage == VisitStage::closed) visitor.stage = VisitStage::gone;
}

void RoomWorld::tick_hall()
{
    tick_due_.reset();
    planned_for_.reset();
    if (++ticks_at_once_ > ticks_at_once_max) complain("the hall wants to be called all the time");
    hall().tick(hall_time(), out_);
    carry_out();
}

void RoomWorld::carry_out()
{
    hall().check_consistency();
    for (const room::Parcel& parcel : out_.parcels) {
        run_.trace = scramble(run_.trace ^ parcel.to.value ^
                              std::uint64_t{netplay::crc32(parcel.bytes)} << 8U);
        RoomVisitor& visitor = *visitors_.at(parcel.to.value - 1);
        if (!inside_.contains(parcel.to)) complain(visitor.name + " is told something though out");
        visitor.told(parcel, now_);
    }
    for (const room::Closing& closing : out_.closings)
        close(closing);
    for (const room::RoomNews& news : out_.news)
        note(news);
    out_.clear();
    for (const auto& visitor : visitors_) {
        if (visitor->stage != VisitStage::here && visitor->stage != VisitStage::leaving) continue;
        const bool honest = visitor->visit.is_honest();
        if (visitor->down.pending() <= (honest ? backlog_max : stranger_backlog_max)) continue;
        if (honest && visitor->stage == VisitStage::here && !visitor->may_be_lost(now_))
            complain(visitor->name + " is told more than it can take");
        ++run_.ends[static_cast<std::size_t>(room::MemberEnd::backlog)];
        return hall_forgets(*visitor);
    }
    const auto deadline = hall().next_deadline();
    std::optional<Instant> when;
    if (deadline) when = now_ + (*deadline - hall_time());
    if (when == planned_for_) return;
    planned_for_ = when;
    tick_due_.reset();
    if (!when) return;
    tick_due_ = std::max(*when, now_) + dice_.between(Instant{0}, plan_.tick_late);
}

void RoomWorld::close(const room::Closing& closing)
{
    run_.trace = scramble(run_.trace ^ closing.member.value << 16U ^
                          static_cast<std::uint64_t>(closing.end));
    ++run_.ends[static_cast<std::size_t>(closing.end)];
    RoomVisitor& visitor = *visitors_.at(closing.member.value - 1);
    if (inside_.erase(closing.member) == 0) complain(visitor.name + " is closed twice");
    if (visitor.visit.is_honest() && !may_close(visitor, closing.end))
        complain(visitor.name + " was sent away, with end " +
                 std::to_string(static_cast<int>(closing.end)));
    visitor.stage = VisitStage::closed;
}

// Whoever leaves may be found slow before that is known.
bool RoomWorld::may_close(const RoomVisitor& visitor, room::MemberEnd end) const
{
    if (visitor.may_be_lost(now_) || visitor.stage == VisitStage::vanished) return true;
    // Strangers that give no state, one after the other, may use up all of a newcomer's time: then
    // its frontend gives up as well.
    const Instant waited = now_ - visitor.visit.play.arrives;
    if (end == room::MemberEnd::no_savestate && plan_.has_trouble() &&
        waited >= room::joining_limit)
        return true;
    // Whether a core's states have the size that its player says is known to nobody else.
    if (end == room::MemberEnd::no_savestate)
        return std::ranges::any_of(visitors_, [](const auto& other) {
            return other->visit.has(Vice::loads) && other->stage == VisitStage::here;
        });
    // Strangers may sit as a newcomer of protocol 4 cannot be told.
    return end == room::MemberEnd::protocol_4 && visitor.visit.play.protocol == 4;
}

void RoomWorld::note(const room::RoomNews& news)
{
    run_.trace =
        scramble(run_.trace ^ static_cast<std::uint64_t>(news.kind) << 24U ^ news.member.value);
    if (news.kind == room::RoomNewsKind::state_shared) ++run_.states_shared;
    if (news.kind == room::RoomNewsKind::desync) ++run_.desyncs;
    if (news.kind == room::RoomNewsKind::witness_differs) ++run_.lies;
    if (news.kind == room::RoomNewsKind::desync && plan_.players_agree)
        complain(news.nick + " is said to differ");
    if (news.kind == room::RoomNewsKind::member_waits) ++run_.waits;
    if (news.kind == room::RoomNewsKind::member_returned) ++run_.returns;
}

} // namespace netplay_relay::simulation
