// Frames: what is sent when, and what becomes of it.

#include "rooms.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bench {

namespace {

constexpr std::uint64_t frame_ns = ns_per_second / frames_per_second;
// Of a savestate, in one go: inputs that are due or have come do not wait long for it.
constexpr std::size_t send_step = 64 * 1024;
constexpr std::size_t command_max = 1024;
// A newcomer stays so long after it has got its state.
constexpr std::uint64_t join_stay = ns_per_second / 10;

std::size_t send_some(const Member& member, std::span<const unsigned char> bytes)
{
    const auto now = bytes.first(std::min(bytes.size(), send_step));
    const ssize_t size = send(member.socket.fd(), now.data(), now.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) fail("send");
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

} // namespace

void Rooms::record(bool on)
{
    recording_ = on;
    const std::uint64_t now = now_ns();
    if (on) {
        window_began_ = now;
        for (Room& room : rooms_)
            room.first_frame = owner(room).closed;
        joins_left_ = plan_.special.joins;
        if (joins_left_ > 0) next_join_ = now + to_ns(join_interval_seconds / 2);
        return;
    }
    window_ended_ = now;
    least_clock_.fill(1e9);
    const double seconds = static_cast<double>(now - window_began_) / ns_per_second;
    for (const Room& room : rooms_) {
        for (const std::size_t index : room.members) {
            const double frames = members_[index]->closed - room.first_frame;
            double& least = least_clock_[static_cast<std::size_t>(room.group)];
            least = std::min(least, frames / (seconds * frames_per_second));
        }
    }
}

void Rooms::play(std::uint64_t seconds_ns)
{
    const std::uint64_t end = now_ns() + seconds_ns;
    if (due_ == 0) frame_started_ = due_ = now_ns();
    for (std::uint64_t now = now_ns(); now < end; now = now_ns()) {
        send_due(now);
        send_more();
        if (now >= next_join_) begin_join(now);
        if (now >= join_leaves_) end_join();
        const bool busy = plan_.plan.spin || !sending_.empty();
        for (const epoll_event& event :
             busy ? poller_.wait(0) : poller_.wait_until(std::min(due_, end)))
            handle(event);
    }
}

// Ends with a whole frame, so that every INPUT can arrive.
void Rooms::stop()
{
    const std::uint64_t deadline = now_ns() + 3 * ns_per_second;
    stopping_ = true;
    const auto is_there = [&] {
        return slot_ == 0 &&
               std::ranges::all_of(lanes_,
                                   [](const auto& lane) { return lane->ends.all_arrived(); }) &&
               std::ranges::all_of(rooms_, [&](const Room& room) {
                   return std::ranges::all_of(room.members, [&](std::size_t index) {
                       const Member& member = *members_[index];
                       const auto all = [&](std::size_t other) {
                           return other == index || !members_[other]->plays ||
                                  member.expected[members_[other]->number] == members_[other]->next;
                       };
                       return member.closed == owner(room).next &&
                              std::ranges::all_of(room.members, all);
                   });
               });
    };
    while (!is_there()) {
        const std::uint64_t now = now_ns();
        if (now > deadline) throw IntegrityFailure("an INPUT or NOINPUT never arrived");
        send_due(now);
        send_more();
        for (const epoll_event& event : poller_.wait(0))
            handle(event);
    }
}

// At most one INPUT between two looks at what has arrived, so that reading never waits long.
void Rooms::send_due(std::uint64_t now)
{
    if (now < due_ || (stopping_ && slot_ == 0)) return;
    if (recording_) delays_.push_back(now - due_);
    const Tag tag(order_[slot_]);
    if (tag.lane == 0)
        send_input(*members_[tag.index]);
    else
        lanes_[tag.lane - 1]->ends.send_next(tag.index);
    if (++slot_ == order_.size()) {
        slot_ = 0;
        frame_started_ += frame_ns;
    }
    due_ = frame_started_ + frame_ns * slot_ / order_.size();
}

void Rooms::send_input(Member& member)
{
    const Frame frame = member.next++;
    const Member& leader = owner(rooms_[member.room]);
    Sent& sent = member.sent(frame);
    sent.frame = frame;
    sent.kind = member.leads            ? Kind::owner
                : member.closed > frame ? Kind::late
                : leader.next <= frame  ? Kind::held
                                        : Kind::crossing;
    put_word(&member.input[8], frame);
    put_word(&member.input[16], Member::input_word(member.room, member.number, frame));
    sent.at = now_ns();
    sent.phase = phase(sent.at);
    ++sent_;
    send_bytes(member, member.input);
}

void Rooms::send_bytes(Member& member, std::span<const unsigned char> bytes)
{
    if (member.outgoing.empty() && member.state_rest.empty()) {
        bytes = bytes.subspan(send_some(member, bytes));
        if (bytes.empty()) return;
        sending_.push_back(&member);
    }
    member.outgoing.insert(member.outgoing.end(), bytes.begin(), bytes.end());
}

// From where it is, without a copy: that would hold up the inputs of all others by milliseconds.
void Rooms::send_state(Member& member, Frame frame)
{
    if (!member.outgoing.empty() || !member.state_rest.empty())
        throw std::runtime_error("a savestate is asked for while another is sent");
    const auto bytes = state_of(rooms_[member.room]).for_frame(frame);
    const std::size_t size = send_some(member, bytes);
    if (size < savestate_head) throw std::runtime_error("no room for the head of a savestate");
    member.state_rest = bytes.subspan(size);
    if (!member.state_rest.empty()) sending_.push_back(&member);
}

bool Rooms::send_rest(Member& member)
{
    if (!member.state_rest.empty()) {
        member.state_rest = member.state_rest.subspan(send_some(member, member.state_rest));
        return member.state_rest.empty() && member.outgoing.empty();
    }
    const auto rest = std::span(member.outgoing).subspan(member.outgoing_at);
    member.outgoing_at += send_some(member, rest);
    if (member.outgoing_at < member.outgoing.size()) return false;
    member.outgoing.clear();
    member.outgoing_at = 0;
    return true;
}

void Rooms::send_more()
{
    std::erase_if(sending_, [](Member* member) { return send_rest(*member); });
}

void Rooms::handle(const epoll_event& event)
{
    const Tag tag(event.data.u64);
    if (tag.lane != 0) {
        Lane& lane = *lanes_[tag.lane - 1];
        return lane.ends.receive(tag.index, [&](std::uint64_t stamp) {
            if (recording_ && stamp >= window_began_) lane.latencies.push_back(now_ns() - stamp);
        });
    }
    Member& member = *members_[tag.index];
    if (!member.socket.is_open()) return; // reported before it left
    const ssize_t got = recv(member.socket.fd(), scratch_.data(), scratch_.size(), 0);
    const std::uint64_t now = now_ns();
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) fail("receive");
    if (got == 0) throw std::runtime_error("the relay sent a member away");
    const auto bytes = std::span(scratch_).first(static_cast<std::size_t>(got));
    if (!member.handshake) return take(member, bytes, now);
    shake_hands(member, bytes);
    if (member.handshake) return;
    const auto unread = member.early.unread();
    const std::vector<unsigned char> rest(unread.begin(), unread.end());
    member.early = {};
    take(member, rest, now);
}

void Rooms::take(Member& member, std::span<const unsigned char> bytes, std::uint64_t now)
{
    std::vector<unsigned char> whole;
    if (!member.partial.empty()) {
        whole.swap(member.partial);
        const std::size_t kept = whole.size(); // GCC 14 takes an insertion here for an overflow
        whole.resize(kept + bytes.size());
        std::ranges::copy(bytes, whole.begin() + static_cast<std::ptrdiff_t>(kept));
        bytes = whole;
    }
    while (!bytes.empty()) {
        const std::size_t used =
            member.state_left > 0 ? take_state(member, bytes, now) : take_one(member, bytes, now);
        if (used == 0) return member.partial.assign(bytes.begin(), bytes.end());
        bytes = bytes.subspan(used);
    }
}

// Returns how much it used: 0 if more of the command must come.
std::size_t Rooms::take_one(Member& member, std::span<const unsigned char> bytes, std::uint64_t now)
{
    if (bytes.size() < command_head) return 0;
    const std::uint32_t id = word_at(&bytes[0]);
    const std::size_t size = word_at(&bytes[4]);
    if (id == command_load_savestate) {
        if (bytes.size() < savestate_head) return 0;
        take_state_head(member, bytes.first(savestate_head));
        return savestate_head;
    }
    if (size > command_max) throw IntegrityFailure("a command of an impossible size");
    if (bytes.size() < command_head + size) return 0;
    on_command(member, id, bytes.subspan(command_head, size), now);
    return command_head + size;
}

void Rooms::take_state_head(Member& member, std::span<const unsigned char> head)
{
    const Frame frame = word_at(&head[8]);
    if (frame != member.closed) throw IntegrityFailure("a savestate of another frame");
    member.state_left = word_at(&head[4]) - 8;
    member.state_at = 0;
    if (member.state_left != state_of(rooms_[member.room]).data().size())
        throw IntegrityFailure("a savestate of another size");
    for (Frame& expected : member.expected)
        expected = std::max(expected, frame);
}

std::size_t Rooms::take_state(Member& member, std::span<const unsigned char> bytes,
                              std::uint64_t now)
{
    const std::size_t size = std::min(member.state_left, bytes.size());
    const auto expected = state_of(rooms_[member.room]).data().subspan(member.state_at, size);
    if (std::memcmp(expected.data(), bytes.data(), size) != 0)
        throw IntegrityFailure("a savestate arrived changed");
    member.state_at += size;
    member.state_left -= size;
    if (member.state_left == 0) state_has_come(member, now);
    return size;
}

void Rooms::state_has_come(Member& member, std::uint64_t now)
{
    if (!transferring_ || rooms_[member.room].group != Group::special) return;
    if (--states_awaited_ > 0) return;
    transferring_ = false;
    transfers_ms_.push_back(static_cast<double>(now - transfer_began_) / 1e6);
    join_leaves_ = now + join_stay;
}

void Rooms::on_command(Member& member, std::uint32_t id, std::span<const unsigned char> payload,
                       std::uint64_t now)
{
    if (id == command_input && payload.size() == 12)
        on_input(member, payload, now);
    else if (id == command_no_input && payload.size() == 4)
        on_no_input(member, word_at(payload.data()), now);
    else if (id == command_mode && payload.size() == 60)
        on_mode(member, payload);
    else if (id == command_mode_refused)
        throw std::runtime_error("a player was refused");
    else if (id == command_request_savestate)
        answer_request(rooms_[member.room]);
}

void Rooms::on_input(Member& member, std::span<const unsigned char> payload, std::uint64_t now)
{
    const Frame frame = word_at(&payload[0]);
    const std::uint32_t number = word_at(&payload[4]);
    const Room& room = rooms_[member.room];
    if (frame < member.floor) return;
    if (number >= member.expected.size() || number == member.number ||
        frame != member.expected[number]++)
        throw IntegrityFailure("an INPUT arrived out of order");
    Member& sender = *members_[room.by_number[number]];
    if (word_at(&payload[8]) != Member::input_word(sender.room, number, frame))
        throw IntegrityFailure("an INPUT arrived changed");
    ++received_;
    const Sent& sent = sender.sent(frame);
    if (sent.frame != frame) throw IntegrityFailure("an INPUT that nobody sent");
    if (sent.phase == Phase::unrecorded) return;
    std::uint64_t from = sent.at;
    // What the clock held counts from when it could go.
    if (sent.kind == Kind::held) from = std::max(from, owner(room).sent(frame).at);
    samples(room.group, std::max(sent.phase, phase(now)), sent.kind).push_back(now - from);
}

void Rooms::on_no_input(Member& member, Frame frame, std::uint64_t now)
{
    if (frame != member.closed++) throw IntegrityFailure("a NOINPUT arrived out of order");
    const Room& room = rooms_[member.room];
    const Sent& sent = owner(room).sent(frame);
    if (sent.frame == frame && sent.phase != Phase::unrecorded)
        no_inputs_[static_cast<std::size_t>(room.group)].push_back(now - sent.at);
}

Phase Rooms::phase(std::uint64_t now) const
{
    if (!recording_) return Phase::unrecorded;
    if (transferring_) return Phase::transfer;
    return transfer_began_ != 0 && now < transfer_began_ + ns_per_second ? Phase::near
                                                                         : Phase::quiet;
}

Rooms::Samples& Rooms::samples(Group group, Phase phase, Kind kind)
{
    const auto phases = static_cast<std::size_t>(Phase::count);
    const auto kinds = static_cast<std::size_t>(Kind::count);
    return samples_[(static_cast<std::size_t>(group) * phases + static_cast<std::size_t>(phase)) *
                        kinds +
                    static_cast<std::size_t>(kind)];
}

} // namespace bench
