// A room manager with members that a test makes speak: who says what, and what each is told.
#pragma once

#include "client.hpp"
#include "netplay/savestate.hpp"
#include "room/room_manager.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace netplay_relay::room {

using namespace std::chrono_literals;

inline const wire::Info test_game{0xb12a9944, "TestCore", "v1"};

// How one comes.
struct Visit
{
    std::uint32_t protocol = 6;
    std::uint32_t implementation = 0x469;
    std::uint32_t platform = wire::platform_linux_64;
    wire::Info game = test_game;
    std::string nick; // empty: its name
    std::string password;
    Admission admission{};
};

[[nodiscard]] inline Visit speaking(std::uint32_t protocol)
{
    Visit visit;
    visit.protocol = protocol;
    return visit;
}

[[nodiscard]] wire::Address address_of(const char* text);
[[nodiscard]] inline Visit from(const std::string& address)
{
    Visit visit;
    visit.admission.address = address_of(address.c_str());
    return visit;
}

class Script
{
public:
    explicit Script(RoomSettings settings = {});

    // Comes and shakes hands; if others have to give a state first, it waits.
    Client& comes(const std::string& name, const Visit& visit = {});
    // The same, and whoever is asked gives its state.
    Client& joins(const std::string& name, const Visit& visit = {});
    Client& plays(const std::string& name, const wire::Play& play = {});
    Client& joins_and_plays(const std::string& name, const Visit& visit = {});

    // Bytes of one that is no client of ours, from its first on.
    void arrives(const std::string& name, const Admission& admission = {});
    void says(const std::string& name, const ByteVector& bytes);
    [[nodiscard]] ByteVector answer(const std::string& name); // to it, since asked last

    void says(const std::string& name, const wire::Command& command);
    void sends(const std::string& name, unsigned frames = 1); // its inputs
    void rounds(const Words& names, unsigned frames = 1);     // one of each, in turn
    void watches(const std::string& name);
    void serves(const std::string& name); // the state of where it is
    void serves(const std::string& name, Frame frame, const ByteVector& stream,
                std::uint32_t size = state_size);
    void leaves(const std::string& name, CloseReason how = CloseReason::member_left);
    void passes(Duration duration);

    // All that is in the room manager goes to another one, whose clock is so much ahead, and comes
    // back. With NETPLAY_TEST_MOVES in the environment that happens behind whatever is said.
    void moves(Duration ahead = 7min);

    [[nodiscard]] Client& operator[](const std::string& name) { return clients_.at(name); }
    [[nodiscard]] Words told(const std::string& name) { return clients_.at(name).told(); }
    [[nodiscard]] Words heard(const std::string& name) { return clients_.at(name).heard(); }
    [[nodiscard]] std::optional<CloseReason> end_of(const std::string& name) const;
    [[nodiscard]] bool is_in(const std::string& name) const; // in a room
    [[nodiscard]] Words events();                            // since asked last
    [[nodiscard]] RoomSnapshot look() const;                 // at the only room
    [[nodiscard]] MemberSnapshot look(const std::string& name) const;
    [[nodiscard]] Frame frame() const { return look().frame; }
    [[nodiscard]] ConnectionId id_of(const std::string& name) const { return ids_.at(name); }
    [[nodiscard]] std::vector<SharedState>& states() { return states_; } // of all messages
    [[nodiscard]] const std::vector<RoomEvent>& all_events() const { return all_events_; }
    void forget_what_was_told();
    // Whatever came out of the room manager, in order and with all bytes, and when it wanted to be
    // called.
    [[nodiscard]] const Words& transcript() const { return transcript_; }

    // What `act` makes the room manager do is carried out.
    template <class Act>
    void carry_out(const Act& act)
    {
        Output out;
        act(out);
        deliver(std::move(out));
    }

    Instant now{std::chrono::hours{1}};
    RoomManager manager;

private:
    void deliver(Output out);
    void note(const Output& out);
    [[nodiscard]] std::string name_of(ConnectionId id) const;

    RoomSettings settings_;
    Words transcript_;
    std::map<std::string, ConnectionId> ids_;
    std::map<std::string, Client> clients_;
    std::map<std::string, ByteVector> answers_;
    std::map<std::string, CloseReason> ends_;
    std::vector<SharedState> states_;
    std::vector<RoomEvent> all_events_;
    std::size_t events_asked_ = 0;
    std::uint64_t last_id_ = 0;
};

// "STATE 7": what a client notes of a command that names a frame.
[[nodiscard]] inline std::string at(const char* what, Frame frame)
{
    return what + std::to_string(frame);
}

// They play for so long, and ann, who owns the clock, gives her state whenever she is asked.
void goes_on(Script& script, const Words& players, Duration duration);

// A state of the right size for that frame, and its stream.
[[nodiscard]] ByteVector state_of(Frame frame, std::size_t size = state_size);
[[nodiscard]] ByteVector stream_of(Frame frame, std::size_t size = state_size);

} // namespace netplay_relay::room
