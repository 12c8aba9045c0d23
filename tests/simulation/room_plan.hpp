// What a seed decides about a room: who comes when, who of them is a stranger, and how it behaves.
#pragma once

#include "netplay_plan.hpp"

#include "room/settings.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::simulation {

// What a stranger does that nobody should. It has a few of these.
enum class Misbehaviour : std::uint8_t
{
    wild,      // commands of any kind, in any order
    floods,    // asks to play, to watch and for savestates all the time
    resets,    // now and then of the right frame
    loads,     // savestates nobody asked for, good and bad
    spoils,    // savestates it is asked for: damaged, of a wrong size, slow, or never
    lies,      // serves another game when it is asked for its state
    silent,    // says nothing any more after a while
    mute,      // sends no input any more after a while
    drips,     // after a while sends a few bytes a frame
    deaf,      // reads nothing any more after a while
    half,      // does not finish its handshake
    noise,     // is no netplay peer
    guesses,   // has a wrong password, another one each time
    elsewhere, // plays something else
    // Those from here on besiege rooms of their own, and are in no other.
    bursts,  // all its inputs of 4.85 s come at once
    slow,    // makes 20 frames a second
    late,    // its inputs come 45 frames late, and its buttons change all the time
    grabs,   // asks for all ports at once
    garbage, // gives states that no core takes
    returns, // leaves and comes again, and asks for states each time
    lurks,   // watches rooms in which nobody plays
};
inline constexpr std::uint64_t misbehaviours_of_any_room =
    static_cast<std::uint64_t>(Misbehaviour::bursts);

struct RoomVisit
{
    GuestPlay play;
    Instant sleeps{0}; // its machine stands still from then on, 0: never
    Instant sleep_length{0};
    std::string nick;                // empty: its name, which nobody else has
    std::uint8_t prefix = 0;         // 0: one of its own
    std::uint8_t network = 0;        // its IPv6 /48
    bool vanishes = false;           // leaves by a line that breaks: the room manager is not told
    Instant noticed{0};              // ... until so much later
    std::uint32_t misbehaviours = 0; // bitmap of Misbehaviour; 0: honest
    bool other_version = false;      // of the core: it shows its state before it is given one
    bool follows = true;             // a stranger that plays as it should besides
    Instant turns{0};                // the stranger is as everybody until then
    unsigned deeds_one_in = 0;
    // It comes if that visit ended with a state that its core does not take.
    std::optional<std::size_t> instead_of;

    [[nodiscard]] bool is_honest() const { return misbehaviours == 0; }
    [[nodiscard]] bool has(Misbehaviour misbehaviour) const
    {
        return (misbehaviours >> static_cast<unsigned>(misbehaviour) & 1U) != 0;
    }
};

// In any_room(): whoever plays is told so, and once.
inline constexpr std::string_view message_of_the_day = "today all is well";

struct RoomPlan
{
    std::uint64_t seed = 0;
    room::RoomSettings settings;
    std::uint16_t port = 0; // of the room, 0: found by content
    bool by_password = false;
    std::string password; // that honest people type, empty: none
    std::size_t state_size = 1024;
    Instant tick_late{0}; // a timer fires so late at most
    Instant length{0};    // then strangers leave and all calm down
    Instant settles{0};   // who stands still is counted from then on
    std::vector<RoomVisit> visits;
    bool players_agree = false; // strangers only watch: the watch must find nothing else
    bool lives_apart = false;   // each client prefix has a provider of its own, else all have one
    std::size_t must_play = 0;  // so many honest ones at least, when strangers leave

    // A stranger may lie about its state when others are compared with it.
    [[nodiscard]] bool has_strangers() const
    {
        return std::ranges::any_of(visits, [](const auto& visit) { return !visit.is_honest(); });
    }
    // Newcomers may have to wait for the state of one who is not there.
    [[nodiscard]] bool has_trouble() const
    {
        return has_strangers() ||
               std::ranges::any_of(visits, [](const auto& visit) { return visit.vanishes; });
    }
};

// A room of honest people and strangers, as wild as it can be.
[[nodiscard]] RoomPlan any_room(std::uint64_t seed);

// Two honest players or four, and some strangers who sit down and all turn to that misbehaviour
// together.
[[nodiscard]] RoomPlan besieged_room(std::uint64_t seed, Misbehaviour misbehaviour);

// Two honest players, and strangers with that misbehaviour, who come one after the other and each
// from another address; whoever may not play yet waits for it.
[[nodiscard]] RoomPlan harried_room(std::uint64_t seed, Misbehaviour misbehaviour);

// Friends with a password, and networks of strangers that look for it.
[[nodiscard]] RoomPlan guarded_room(std::uint64_t seed);
inline constexpr std::size_t guessing_prefixes = 6;

// As any_room() without strangers.
[[nodiscard]] RoomPlan peaceful_room(std::uint64_t seed);

} // namespace netplay_relay::simulation
