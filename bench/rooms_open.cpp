// Until all rooms are full; and who comes later.

#include "rooms.hpp"

#include <algorithm>
#include <random>

namespace bench {

namespace {

namespace netplay = netplay_relay::netplay;
namespace wire = netplay_relay::wire;

// One address may have 32 members in rooms in which nobody plays yet.
constexpr std::size_t opened_at_once = 16;
constexpr std::uint64_t opening_limit = 20 * ns_per_second;

} // namespace

Rooms::Rooms(const Target& target, const RoomsPlan& plan)
    : target_(target), plan_(plan), small_state_(4096, 1, plan.plan.seed),
      special_state_(plan.special.state_bytes, plan.special.state_random_share, plan.plan.seed)
{
    rooms_.resize(plan.plan.sessions + (plan.special.members > 0 ? 1 : 0));
    if (plan.special.members > 0) rooms_.back().group = Group::special;
    open();
    if (plan.beside) open_lanes();
    draw_slots();
}

// One slot per player, evenly over the frame; the seed says whose is which.
void Rooms::draw_slots()
{
    for (std::size_t at = 0; at < members_.size(); ++at)
        if (members_[at]->plays) order_.push_back(at);
    const auto inputs =
        static_cast<std::size_t>((plan_.plan.seconds + 1) * frames_per_second) * order_.size();
    for (const Kind kind : {Kind::owner, Kind::late, Kind::held})
        samples(Group::pairs, Phase::quiet, kind).reserve(inputs / 2);
    no_inputs_[0].reserve(inputs);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        lanes_[lane]->latencies.reserve(inputs);
        for (std::size_t end = 0; end < lanes_[lane]->ends.count(); ++end)
            order_.push_back(Tag::make(lane + 1, end));
    }
    delays_.reserve(inputs * (lanes_.size() + 1));
    std::mt19937_64 random(plan_.plan.seed);
    std::shuffle(order_.begin(), order_.end(), random);
}

void Rooms::open_lanes()
{
    Target ourselves;
    ourselves.speaks_tunnel = false;
    ourselves.listener = listen_on(0);
    ourselves.address = local_address(ourselves.listener);
    for (const Target* target : {&target_, static_cast<const Target*>(&ourselves)}) {
        lanes_.push_back(std::make_unique<Lane>(open_links(*target, plan_.plan.sessions, 1)));
        const Links& links = lanes_.back()->links;
        for (std::size_t i = 0; i < links.links.size(); ++i) {
            poller_.add(links.links[i].guest, EPOLLIN, Tag::make(lanes_.size(), 2 * i));
            poller_.add(links.links[i].host, EPOLLIN, Tag::make(lanes_.size(), 2 * i + 1));
        }
    }
}

// The first member of each room plays before the others come, so that the clock stands from then
// on: it follows a player who says nothing yet.
void Rooms::open()
{
    for (std::size_t first = 0; first < rooms_.size(); first += opened_at_once) {
        const std::size_t last = std::min(first + opened_at_once, rooms_.size());
        for (std::size_t room = first; room < last; ++room)
            (void)add_member(room);
        const bool all = last == rooms_.size();
        wait_until_ready(all ? 2 * plan_.plan.sessions + plan_.special.members : 2 * last);
    }
}

void Rooms::wait_until_ready(std::size_t wanted)
{
    const std::uint64_t deadline = now_ns() + opening_limit;
    while (ready_ < wanted) {
        if (now_ns() > deadline)
            throw std::runtime_error("only " + std::to_string(ready_) + " of " +
                                     std::to_string(wanted) + " members were let in");
        send_more();
        for (const epoll_event& event : poller_.wait(sending_.empty() ? 100 : 0))
            handle(event);
    }
}

std::size_t Rooms::add_member(std::size_t room)
{
    Room& in = rooms_[room];
    const std::size_t index = members_.size();
    const bool special = in.group == Group::special;
    members_.push_back(std::make_unique<Member>());
    Member& member = *members_.back();
    member.room = room;
    member.leads = in.members.empty();
    member.plays = in.members.size() < (special ? plan_.special.players : 2);
    if (member.plays) member.history = std::make_unique<History>();
    in.members.push_back(index);
    member.socket = connect_to(target_.address);
    set_blocking(member.socket, false);
    poller_.add(member.socket, EPOLLIN, index);
    member.handshake = handshake_for(room);
    std::vector<std::uint8_t> header;
    member.handshake->start(header);
    send_bytes(member, header);
    return index;
}

void Rooms::complete_room(std::size_t room)
{
    const bool special = rooms_[room].group == Group::special;
    const std::size_t size = special ? plan_.special.members : 2;
    while (rooms_[room].members.size() < size)
        (void)add_member(room);
}

void Rooms::shake_hands(Member& member, std::span<const unsigned char> bytes)
{
    member.early.append(bytes);
    std::vector<std::uint8_t> answer;
    const netplay::HandshakeState state = member.handshake->receive(member.early, answer);
    if (!answer.empty()) send_bytes(member, answer);
    if (state == netplay::HandshakeState::ended)
        throw std::runtime_error(std::string("a handshake failed: ") +
                                 std::string(word(member.handshake->end())));
    if (state == netplay::HandshakeState::done) on_sync(member);
    Room& room = rooms_[member.room];
    if (room.state_asked && all_introduced(room)) answer_request(room);
}

void Rooms::on_sync(Member& member)
{
    const auto& sync = std::get<wire::Sync>(member.handshake->sync());
    member.number = sync.client;
    member.closed = sync.frame;
    member.expected.fill(sync.frame);
    Room& room = rooms_[member.room];
    for (const std::size_t index : room.members)
        if (members_[index].get() == &member) room.by_number[member.number] = index;
    put_word(&member.input[0], command_input);
    put_word(&member.input[4], 12);
    put_word(&member.input[12], member.number);
    member.handshake.reset();
    if (member.plays) {
        std::array<unsigned char, 12> play{};
        put_word(&play[0], command_play);
        put_word(&play[4], 4);
        send_bytes(member, play);
    } else {
        member.ready = true;
        ++ready_;
    }
}

void Rooms::on_mode(Member& member, std::span<const unsigned char> payload)
{
    constexpr std::uint32_t you = 1U << 31U;
    constexpr std::uint32_t playing = 1U << 30U;
    const Frame frame = word_at(&payload[0]);
    const std::uint32_t what = word_at(&payload[4]);
    if ((what & playing) == 0) throw std::runtime_error("a player was made a spectator");
    member.expected[what & 31U] = frame;
    if ((what & you) == 0) return;
    member.next = frame;
    member.ready = true;
    ++ready_;
    if (member.leads) complete_room(member.room);
}

// Asked before the last of the room has come, a member waits for that one: then one state does.
void Rooms::answer_request(Room& room)
{
    room.state_asked = true;
    if (!all_introduced(room)) return;
    room.state_asked = false;
    Member& source = owner(room);
    if (room.group == Group::special && recording_) {
        transferring_ = true;
        transfer_began_ = now_ns();
        states_awaited_ = room.members.size() - 1;
    }
    // It has made what it predicted of the others' inputs final, and wants none of those any more.
    source.floor = source.next;
    for (Frame& expected : source.expected)
        expected = std::max(expected, source.floor);
    send_state(source, source.next);
}

bool Rooms::all_introduced(const Room& room) const
{
    return std::ranges::all_of(room.members, [&](std::size_t index) {
        const auto& handshake = members_[index]->handshake;
        return !handshake || !handshake->negotiated().info.core_name.empty();
    });
}

void Rooms::begin_join(std::uint64_t now)
{
    next_join_ = --joins_left_ > 0 ? now + to_ns(join_interval_seconds) : ~std::uint64_t{0};
    if (joiner_ != nullptr) throw std::runtime_error("a newcomer got no state in time");
    joiner_ = members_[add_member(rooms_.size() - 1)].get();
}

void Rooms::end_join()
{
    rooms_[joiner_->room].members.pop_back();
    joiner_->socket = Socket();
    joiner_ = nullptr;
    join_leaves_ = ~std::uint64_t{0};
}

StateCommand& Rooms::state_of(const Room& room)
{
    return room.group == Group::special ? special_state_ : small_state_;
}

} // namespace bench
