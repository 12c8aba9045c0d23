// A room as a record, and back: what it consists of, and whether what has come from a record can be
// a room. Members of a record index and count in it: nothing of it may be believed.
#include "base/ensure.hpp"
#include "record/archive.hpp"
#include "room_state.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

namespace netplay_relay::room {

namespace {

constexpr int rounds_max = 8;            // of the desync watch, which stops counting before
constexpr Frame frame_max = 0xF000'0000; // in some two years of play

} // namespace

template <class Self, class Archive>
void StateRequest::fields(Self& self, Archive& archive)
{
    archive(self.source, self.of_player, self.nudged);
    archive.times(self.asked_at, self.again_at);
}

template <class Self, class Archive>
void WaitingState::fields(Self& self, Archive& archive)
{
    archive(self.frame, self.size, self.data, self.source, self.wrapped, self.core_size, self.bare);
    archive.check(self.data != nullptr);
}

template <class Self, class Archive>
void WatchRecord::fields(Self& self, Archive& archive)
{
    archive(self.open, self.differs, self.history, self.rounds, self.ended, self.agreed,
            self.witness, self.witness_prefix, self.witness_nick, self.players, self.objecting,
            self.mute, self.somebody_lied, self.judged, self.heals, self.blamed, self.only_witness,
            self.given_up);
    archive.times(self.judged_at);
    archive.check(self.rounds >= 0 && self.rounds <= rounds_max);
}

template <class Self, class Archive>
void Standstill::fields(Self& self, Archive& archive)
{
    archive.times(self.since, self.seen_at);
    archive(self.least);
}

// Its identity and settings are the adopting room manager's, and so is what it shares with other
// rooms.
template <class Self, class Archive>
void RoomState::fields(Self& self, Archive& archive)
{
    archive(self.devices_, self.share_modes_, self.members_, self.frame_, self.plays_,
            self.players_max_, self.wishes_, self.places_, self.kept_seen_, self.places_changed_,
            self.idle_batch_, self.idle_begins_, self.pace_, self.request_, self.waiting_state_,
            self.state_wanted_, self.watch_, self.joins_, self.join_is_paid_, self.asked_,
            self.state_size_, self.platform_, self.held_up_by_, self.held_up_players_,
            self.standstill_, self.prefixes_, self.wariness_, self.words_);
    archive.times(self.since_, self.next_idle_frame_, self.clock_moved_at_,
                  self.minimum_frames_since_, self.watched_at_, self.held_up_since_,
                  self.judged_at_, self.told_of_another_at_, self.now_);
    archive(self.resynced_at_, self.given_due_, self.seats_open_at_); // if ever
    archive.check(self.resynced_at_ != Instant::max() && self.given_due_ != Instant::min() &&
                  self.seats_open_at_ != Instant::min());
}

void RoomState::write(record::Writer& to) const
{
    ensure(out_ == nullptr, "a room goes into a record within a call");
    fields(*this, to);
}

bool RoomState::read(record::Reader& from, Instant now)
{
    from.share_by([this](std::vector<std::uint8_t> bytes) -> SharedState {
        budget_->add(bytes.size());
        return counted(std::move(bytes), budget_);
    });
    fields(*this, from);
    from.share_by(nullptr);
    now_ = std::min(now_, now); // clocks of two machines never agree quite
    if (from.failed() || !is_possible()) return false;
    look_again();
    for (const auto& member : members_)
        if (member->intake && !member->intake->rebuild(settings_.savestate_bytes, budget_))
            return false;
    return contradiction() == nullptr;
}

// So that the room's functions can be asked whether it contradicts itself, and can go on with it.
bool RoomState::is_possible() const
{
    if (members_.empty() || members_.size() >= wire::clients_max) return false;
    if (players_max_ > wire::ports_max || frame_ > frame_max) return false;
    if (idle_batch_ < Duration(idle_batch_least) || idle_batch_ > Duration(idle_batch_most))
        return false;
    if (request_ && request_->source >= wire::clients_max) return false;
    std::set<ConnectionId> known;
    for (const auto& member : members_) {
        if (member == nullptr || !known.insert(member->connection).second) return false;
        if (!is_possible(*member)) return false;
    }
    if (!has_protocol_4()) return true;
    // It is told of each player by one port and three words.
    const auto has_one_port = [](const auto& member) { return std::popcount(member->ports) <= 1; };
    return std::ranges::all_of(members_, has_one_port) &&
           std::ranges::all_of(
               devices_, [](std::uint32_t device) { return wire::device_words(device) <= 3; });
}

bool RoomState::is_possible(const Member& member) const
{
    const std::size_t words = words_of(member.ports);
    const std::uint32_t protocol = member.negotiated.protocol;
    return member.number > 0 && member.number < wire::clients_max && protocol >= 4 &&
           protocol <= 7 && member.nick.size() < wire::nick_field_size &&
           member.ports >> wire::ports_max == 0 && words <= wire::input_words_max &&
           std::ranges::all_of(member.held,
                               [&](const auto& input) { return input.size() == words; }) &&
           (!member.intake || member.intake->is_kept() != member.intake_compare);
}

std::size_t RoomState::words_of(std::uint32_t ports) const
{
    std::size_t words = 0;
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((ports >> port & 1U) != 0) words += wire::device_words(devices_[port]);
    return words;
}

const char* RoomState::contradiction() const
{
    std::uint32_t numbers = 0;
    std::array<unsigned, wire::ports_max> seated{};
    for (const auto& member : members_) {
        if (member->gone) return "one that is gone is still listed";
        if (member->number == 0 || member->number >= wire::clients_max)
            return "a number out of range";
        if ((numbers >> member->number & 1U) != 0) return "two members of one number";
        numbers |= 1U << member->number;
        if (member->playing != (member->ports != 0)) return "a player without a port";
        if (member->playing && !member->is_established()) return "one that waits plays";
        if (member->fresh && !member->synced) return "one on trial that has begun nowhere";
        if (member->on_trial && !member->fresh) return "on trial, but taken in";
        if (member->leaving && (!member->playing || member->next <= frame_))
            return "one did not leave";
        if (!member->outgoing.empty() || member->listed) return "something was not handed over";
        if (member->held.size() > lead_max) return "too many inputs are held";
        if (!member->held.empty() && member->next - member->held.size() != frame_)
            return "held inputs have a gap";
        if (member->playing && member->next > frame_ && member->held.empty())
            return "an input was lost";
        for (std::size_t port = 0; port < wire::ports_max; ++port)
            seated[port] += member->ports >> port & 1U;
    }
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if (seated[port] > 1 && share_modes_[port] == 0) return "a port is shared unasked";
    if (players_ != look_at_players()) return "what is kept of the players is not so";
    if (!members_.empty() && nobody_established()) return "all wait for a state of nobody";
    if (request_ && (numbers >> request_->source & 1U) == 0) return "a request to one that is gone";
    return contradiction_of_places();
}

void RoomState::check_consistency() const
{
    const char* found = contradiction();
    ensure(found == nullptr, found == nullptr ? "" : found);
}

std::vector<ConnectionId> RoomState::members() const
{
    std::vector<ConnectionId> all;
    for (const auto& member : members_)
        all.push_back(member->connection);
    return all;
}

std::vector<wire::Address> RoomState::prefixes() const
{
    std::vector<wire::Address> all{watch_.witness_prefix};
    for (const auto& one : {watch_.only_witness, watch_.given_up})
        if (one) all.push_back(*one);
    for (const auto& member : members_) {
        all.push_back(member->prefix);
        if (member->given) all.push_back(member->given->prefix);
    }
    return all;
}

} // namespace netplay_relay::room
