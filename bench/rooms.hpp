// Many rooms at 60 Hz, played in one thread; measured is when what arrives.
#pragma once

#include "message.hpp"
#include "modes.hpp"
#include "room_member.hpp"

namespace bench {

// A room besides those of two.
struct SpecialRoom
{
    std::size_t members = 0; // 0: there is none
    std::size_t players = 0;
    std::size_t state_bytes = 4096;
    double state_random_share = 1;
    std::size_t joins = 0; // so many come, one by one, and leave again
};

struct RoomsPlan
{
    Plan plan; // sessions: rooms of two
    SpecialRoom special;
    // As many tunnel links through the relay and connections to ourselves as there are rooms of
    // two, at the same time.
    bool beside = false;
};

// Links of two players each, who send a message a frame as those in rooms do.
struct Lane
{
    Links links;
    Ends ends;
    std::vector<std::uint64_t> latencies;

    explicit Lane(Links opened) : links(std::move(opened)), ends(links) {}
};

constexpr double join_interval_seconds = 1.2;

enum class Group : std::uint8_t
{
    pairs,
    special,
    count,
};

// The tag of what is polled, and of who sends: a member, or an end of a lane.
struct Tag
{
    std::size_t lane = 0; // 0: a member; else the number of the lane, from 1
    std::size_t index = 0;

    explicit Tag(std::uint64_t tag) : lane(tag >> 32U), index(tag & 0xFFFFFFFFU) {}
    static std::uint64_t make(std::size_t lane, std::size_t index)
    {
        return std::uint64_t{lane} << 32U | index;
    }
};

struct Room
{
    std::vector<std::size_t> members; // the first owns the clock
    std::array<std::size_t, netplay_relay::wire::clients_max> by_number{};
    Group group = Group::pairs;
    bool complete = false; // all that are to come have been seen
    bool state_asked = false;
    Frame first_frame = 0; // of the window
};

class Rooms
{
public:
    // Returns when all rooms have their members, all these are what they want to be, and no clock
    // runs.
    Rooms(const Target& target, const RoomsPlan& plan);

    void play(std::uint64_t seconds_ns);
    void record(bool on); // also begins to count frames, and the joins
    void stop();          // after the measuring: what was sent must arrive

    std::uint64_t received() const { return received_; } // INPUTs, by others than their senders
    nlohmann::json report() const;

private:
    using Samples = std::vector<std::uint64_t>;

    // rooms_open.cpp: until all play
    void open();
    void wait_until_ready(std::size_t wanted); // so many members are what they want to be
    std::size_t add_member(std::size_t room);
    void complete_room(std::size_t room);
    void shake_hands(Member& member, std::span<const unsigned char> bytes);
    void on_sync(Member& member);
    void on_mode(Member& member, std::span<const unsigned char> payload);
    void answer_request(Room& room);
    bool all_introduced(const Room& room) const;
    void open_lanes();
    void draw_slots();
    void begin_join(std::uint64_t now);
    void end_join();

    // rooms_play.cpp: frames
    void handle(const epoll_event& event);
    void send_due(std::uint64_t now);
    void send_input(Member& member);
    void send_bytes(Member& member, std::span<const unsigned char> bytes);
    void send_state(Member& member, Frame frame);
    void send_more();
    static bool send_rest(Member& member); // true if nothing is left
    void take(Member& member, std::span<const unsigned char> bytes, std::uint64_t now);
    std::size_t take_one(Member& member, std::span<const unsigned char> bytes, std::uint64_t now);
    void take_state_head(Member& member, std::span<const unsigned char> head);
    std::size_t take_state(Member& member, std::span<const unsigned char> bytes, std::uint64_t now);
    void state_has_come(Member& member, std::uint64_t now);
    void on_command(Member& member, std::uint32_t id, std::span<const unsigned char> payload,
                    std::uint64_t now);
    void on_input(Member& member, std::span<const unsigned char> payload, std::uint64_t now);
    void on_no_input(Member& member, Frame frame, std::uint64_t now);
    Phase phase(std::uint64_t now) const;
    Member& owner(const Room& room) { return *members_[room.members.front()]; }
    StateCommand& state_of(const Room& room);
    Samples& samples(Group group, Phase phase, Kind kind);

    // rooms_report.cpp
    Samples collect(Group group, std::initializer_list<Phase> phases,
                    std::initializer_list<Kind> kinds) const;
    nlohmann::json latencies(Group group, std::initializer_list<Phase> phases) const;

    const Target& target_;
    RoomsPlan plan_;
    StateCommand small_state_;
    StateCommand special_state_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<Room> rooms_;
    std::size_t ready_ = 0; // members that are what they want to be
    Poller poller_;
    std::vector<unsigned char> scratch_ = std::vector<unsigned char>(64 * 1024);

    std::vector<std::unique_ptr<Lane>> lanes_; // tunnel, direct; or none
    std::vector<std::uint64_t> order_;         // tags of those who send, by slot of the frame
    std::size_t slot_ = 0;
    std::uint64_t frame_started_ = 0;
    std::uint64_t due_ = 0;
    bool stopping_ = false; // at the end of the frame
    bool recording_ = false;
    std::uint64_t window_began_ = 0;
    std::uint64_t window_ended_ = 0;

    std::vector<Member*> sending_; // those with something outgoing
    std::size_t joins_left_ = 0;
    std::uint64_t next_join_ = ~std::uint64_t{0};
    std::uint64_t join_leaves_ = ~std::uint64_t{0};
    Member* joiner_ = nullptr;
    std::size_t states_awaited_ = 0; // members that have not got all of it
    std::uint64_t transfer_began_ = 0;
    bool transferring_ = false;

    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::array<Samples, static_cast<std::size_t>(Group::count) *
                            static_cast<std::size_t>(Phase::count) *
                            static_cast<std::size_t>(Kind::count)>
        samples_;
    std::array<Samples, static_cast<std::size_t>(Group::count)> no_inputs_;
    Samples delays_; // of our own: how late each INPUT was sent
    std::vector<double> transfers_ms_;
    std::array<double, static_cast<std::size_t>(Group::count)> least_clock_{};
};

} // namespace bench
