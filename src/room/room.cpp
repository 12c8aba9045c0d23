#include "room/room.hpp"

#include "base/ensure.hpp"
#include "room/multitap.hpp"
#include "room_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

Room::Room(RoomIdentity identity, const RoomSettings& settings, Instant now,
           std::shared_ptr<StateBudget> budget, std::shared_ptr<StateTrust> trust)
    : state_(std::make_unique<RoomState>(std::move(identity), settings, now, std::move(budget),
                                         std::move(trust)))
{
}

Room::~Room() = default;

std::optional<CloseReason> Room::refusal_of(const netplay::Negotiated& newcomer) const
{
    return state_->refusal_of(newcomer);
}

bool Room::is_shut_out(const wire::Address& prefix, Instant now) const
{
    return state_->is_shut_out(prefix, now);
}

void Room::join(ConnectionId member, const netplay::Negotiated& newcomer,
                wire::CommandStream stream, Instant now, Output& out, const wire::Address& prefix)
{
    state_->begin(now, out);
    state_->join(member, newcomer, std::move(stream), prefix);
    state_->finish();
}

void Room::replace_silent(const wire::Address& prefix, const std::string& nick, Instant now,
                          Output& out)
{
    state_->begin(now, out);
    state_->replace_silent(prefix, nick);
    state_->finish();
}

void Room::make_room_for(const wire::Address& prefix, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->make_room_for(prefix);
    state_->finish();
}

std::optional<CloseReason> Room::crowding_by(const wire::Address& prefix) const
{
    return state_->crowding_by(prefix);
}

void Room::note_silence(ConnectionId member) { state_->note_silence(member); }

void Room::receive(ConnectionId member, std::span<const std::uint8_t> bytes, Instant now,
                   Output& out)
{
    state_->begin(now, out);
    state_->receive(member, bytes);
    state_->finish();
}

void Room::leave(ConnectionId member, Instant now, Output& out, CloseReason how)
{
    state_->begin(now, out);
    state_->leave(member, how);
    state_->finish();
}

void Room::forgive(Duration gap, Instant now) { state_->forgive(gap, now); }

void Room::tick(Instant now, Output& out)
{
    state_->begin(now, out);
    state_->tick();
    state_->finish();
}

void Room::send_away(ConnectionId member, CloseReason end, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->send_away(member, end);
    state_->finish();
}

void Room::close(CloseReason end, Instant now, Output& out)
{
    state_->begin(now, out);
    state_->close(end);
    state_->finish();
}

bool Room::may_be_told_of_another(Instant now) const { return state_->may_be_told_of_another(now); }

void Room::tell_of_another(Phrase phrase, const wire::Info& other, std::size_t members, Instant now,
                           Output& out)
{
    state_->begin(now, out);
    state_->tell_of_another(phrase, other, members);
    state_->finish();
}

bool Room::say(const std::string& text, Instant now, Output& out)
{
    state_->begin(now, out);
    const bool told = state_->say_to_all(text);
    state_->finish();
    return told;
}

std::optional<Instant> Room::next_deadline() const { return state_->next_deadline(); }
bool Room::is_checking_state() const { return state_->is_checking_state(); }
const RoomIdentity& Room::identity() const { return state_->identity_; }
std::optional<std::uint32_t> Room::state_size() const { return state_->state_size(); }
std::size_t Room::size() const { return state_->size(); }
std::size_t Room::idle_members() const { return state_->idle_members(); }
void Room::batch_idle_frames(Duration batch) { state_->batch_idle_frames(batch); }
RoomSnapshot Room::look() const { return state_->look(); }
void Room::check_consistency() const { state_->check_consistency(); }
void Room::write(record::Writer& record) const { state_->write(record); }
bool Room::read(record::Reader& record, Instant now) { return state_->read(record, now); }
std::vector<ConnectionId> Room::members() const { return state_->members(); }
std::string Room::nick_of(ConnectionId member) const { return state_->nick_of(member); }
std::vector<wire::Address> Room::prefixes() const { return state_->prefixes(); }

RoomState::RoomState(RoomIdentity identity, const RoomSettings& settings, Instant now,
                     std::shared_ptr<StateBudget> budget, std::shared_ptr<StateTrust> trust)
    : identity_(std::move(identity)), settings_(settings), devices_(joypads()), since_(now),
      next_idle_frame_(now), clock_moved_at_(now), pace_(clock_rate, clock_burst),
      budget_(std::move(budget)), trust_(std::move(trust)), watched_at_(now), now_(now)
{
    const CorePorts ports = ports_for(settings, identity_.info.core_name, identity_.multitap);
    devices_ = ports.devices;
    players_max_ = ports.players;
    if (budget_ == nullptr)
        budget_ = std::make_shared<StateBudget>(settings.savestate_bytes_in_all);
    if (trust_ == nullptr) trust_ = std::make_shared<StateTrust>();
}

void RoomState::begin(Instant now, Output& out)
{
    ensure(now >= now_, "time went back in a room");
    now_ = now;
    out_ = &out;
}

// What all that happened in this call leads to, once for the whole call.
void RoomState::finish()
{
    open_seats();
    run_clock();
    remove_slow();
    watch_pace();
    weigh();
    judge();
    remove_those_who_hold_up();
    watch_those_given();
    watch_requests();
    watch_minimum_frames();
    run_clock();
    ask_for_state();
    say_what_was_held();
    while (!listed_.empty()) {
        Member* member = listed_.back();
        listed_.pop_back();
        member->listed = false;
        hand_over(*member);
    }
    forget_gone();
    out_ = nullptr;
}

std::optional<CloseReason> RoomState::refusal_of(const netplay::Negotiated& newcomer) const
{
    if (members_.size() >= members_max()) return CloseReason::room_full;
    if (!newcomer.zlib) return CloseReason::no_compression;
    if (!members_.empty() &&
        wire::is_big_endian(platform_) != wire::is_big_endian(newcomer.platform))
        return CloseReason::byte_order;
    if (newcomer.protocol > 4) return std::nullopt;
    // A member of protocol 4 is told of players by the one port of each.
    for (std::size_t port = 0; port < wire::ports_max; ++port) {
        if (share_modes_[port] != 0 || wire::device_words(devices_[port]) > 3)
            return CloseReason::protocol_4_seats;
    }
    for (const auto& member : members_)
        if ((member->ports & (member->ports - 1)) != 0) return CloseReason::protocol_4_seats;
    return std::nullopt;
}

void RoomState::join(ConnectionId id, const netplay::Negotiated& newcomer,
                     wire::CommandStream stream, const wire::Address& prefix)
{
    ensure(!refusal_of(newcomer), "a newcomer that had to be refused");
    if (members_.empty()) platform_ = newcomer.platform;
    if (members_.size() == 1) members_.front()->last_input = now_; // nobody waited until now
    std::vector<std::string> nicks{settings_.nick};
    for (const auto& member : members_)
        nicks.push_back(member->nick);
    auto owned = std::make_unique<Member>();
    Member& member = *owned;
    member.connection = id;
    member.number = free_number();
    member.nick = netplay::unique_nick(newcomer.nick, nicks);
    member.negotiated = newcomer;
    member.stream = std::move(stream);
    member.prefix = prefix;
    if (const auto known = prefixes_.recall(prefix, newcomer.nick, now_))
        static_cast<Standing&>(member) = *known;
    places_changed_ = true; // others of its client prefix may be no newcomers any more
    member.since = now_;
    member.heard_at = now_;
    members_.push_back(std::move(owned));
    welcome(member);
    tell(RoomEventKind::member_joined, &member);
    recall_place(member);
    if (newcomer.info.core_version != identity_.info.core_version)
        tell(RoomEventKind::version_differs, &member);
    if (newcomer.info.content_crc != identity_.info.content_crc) {
        out_->events.push_back(event(RoomEventKind::content_differs, &member));
        out_->events.back().content_crc = newcomer.info.content_crc;
    }
    if (nobody_established())
        sync(member);
    else if (!is_core_known(member))
        begin_trial(member);
    take_commands(member);
}

// Lets it begin at the next frame. Whoever comes later than the first gets a state right behind.
void RoomState::sync(Member& member)
{
    if (nobody_established()) resume_idle_clock();
    member.synced = true;
    member.next = frame_;
    member.minimum_frame = frame_;
    say_sync(member);
}

void RoomState::receive(ConnectionId id, std::span<const std::uint8_t> bytes)
{
    Member* member = find(id);
    if (member == nullptr) return;
    member->heard_at = now_;
    member->acknowledges = true;
    member->stream.append(bytes);
    take_commands(*member);
}

void RoomState::leave(ConnectionId id, CloseReason how)
{
    if (Member* member = find(id)) part(*member, how);
}

void RoomState::send_away(ConnectionId id, CloseReason end)
{
    if (Member* member = find(id)) dismiss(*member, end);
}

void RoomState::close(CloseReason end)
{
    for (const auto& member : members_) {
        if (member->gone) continue;
        say_farewell(*member, end);
        hand_over(*member);
        out_->closings.push_back({member->connection, end, {identity_.number, member->nick}});
    }
    for (const auto& member : members_)
        member->gone = true;
    somebody_gone_ = true;
    players_ = {};
    for (Member* member : std::exchange(listed_, {}))
        member->listed = false;
    request_.reset();
    waiting_state_.reset();
    standstill_.reset();
    held_up_by_ = 0;
}

void RoomState::dismiss(Member& member, CloseReason end)
{
    if (member.gone) return;
    say_farewell(member, end);
    if (member.listed) hand_over(member); // what it is still sent comes before its closing
    out_->closings.push_back({member.connection, end, {identity_.number, member.nick}});
    part(member, end);
}

void RoomState::part(Member& member, CloseReason end)
{
    if (member.gone) return;
    weigh(); // it may have kept the others waiting until now
    member.gone = true;
    somebody_gone_ = true;
    players_ = look_at_players();
    note_departure(member, end);
    places_changed_ = true; // also by who bound the others to its protocol
    if (member.playing) {
        remember_place(member, end);
        stop_playing(member);
    }
    prefixes_.remember(member.prefix, member.negotiated.nick, member, now_);
    member.intake.reset();
    asked_ = 0; // who could not give a state then may be able to now
    if (held_up_by_ == member.number) end_hold_up();
    if (waiting_state_ && waiting_state_->source == member.number) {
        waiting_state_.reset();
        want_state();
    }
    if (request_ && request_->source == member.number) {
        request_.reset();
        want_state();
    }
    // Whoever waited for a state of the others begins anew if none of them is left.
    if (!nobody_established()) return;
    state_size_.reset(); // what those before said of it may not be true
    for (const auto& waiting : members_) {
        if (waiting->gone) continue;
        platform_ = waiting->negotiated.platform;
        if (!waiting->synced) sync(*waiting);
        waiting->fresh = false;
        waiting->on_trial = false;
        waiting->out_of_step = false;
        return;
    }
}

void RoomState::forget_gone()
{
    if (!std::exchange(somebody_gone_, false)) return;
    std::erase_if(members_, [](const auto& member) { return member->gone; });
    look_again();
    if (!members_.empty()) return;
    request_.reset();
    waiting_state_.reset();
}

void RoomState::look_again()
{
    players_ = look_at_players();
    somebody_weighed_ = std::ranges::any_of(
        members_, [](const auto& member) { return member->weighed.has_value(); });
    words_wait_ = std::ranges::any_of(members_, [](const auto& member) {
        return !member->greeted || !member->held_words.empty();
    });
}

Member* RoomState::find(ConnectionId id)
{
    for (const auto& member : members_)
        if (member->connection == id && !member->gone) return member.get();
    return nullptr;
}

Member* RoomState::find_number(std::uint32_t number)
{
    for (const auto& member : members_)
        if (member->number == number && !member->gone) return member.get();
    return nullptr;
}

std::uint32_t RoomState::free_number() const
{
    std::uint32_t taken = 1; // 0 is ours
    for (const auto& member : members_)
        taken |= 1U << member->number;
    std::uint32_t number = 1;
    while ((taken >> number & 1U) != 0)
        ++number;
    return number;
}

bool RoomState::has_protocol_4() const
{
    return std::ranges::any_of(members_, [](const auto& member) {
        return !member->gone && member->negotiated.protocol == 4;
    });
}

bool RoomState::nobody_established() const
{
    return std::ranges::none_of(members_,
                                [](const auto& member) { return member->is_established(); });
}

} // namespace netplay_relay::room
