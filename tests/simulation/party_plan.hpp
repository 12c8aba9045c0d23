// What a seed decides about parties: who comes when, who means harm, and what the operator does.
#pragma once

#include "network.hpp"
#include "rng.hpp"

#include "lobby/limits.hpp"

#include <string>
#include <vector>

namespace netplay_relay::simulation {

inline constexpr std::int32_t host_of_party = 1; // the peer id of a host

// What a stranger does that nobody should. Those up to `deaf` come into a party first.
enum class PartyDeed : std::uint8_t
{
    none,
    garbage,     // no frames
    unmasked,    // a frame as only servers send it
    bad_control, // a text that is none of ours
    kicks,       // as only a host may
    bad_packet,
    mixed_packets, // reliable and unreliable ones in one message
    packet_too_large,
    endless_frame, // its head tells of more than anybody may send
    got_too_much,
    got_backwards,
    seen_too_much,
    seen_backwards,
    floods, // with more messages than it may
    deaf,   // reads nothing
    // The others never come in.
    half_head,
    no_websocket,
    silent,      // upgraded, and no word more
    wrong_token, // of a place that nobody has
    guesses,     // codes, one behind the other
    wrong_game,
    wrong_first, // packets before it is in
};
inline constexpr std::size_t party_deeds = static_cast<std::size_t>(PartyDeed::wrong_first);

struct PartyVisit
{
    wire::Address address;
    PartyDeed deed = PartyDeed::none;
    std::size_t table = 0; // friends who mean one party; its host has the code
    bool hosts = false;
    bool mesh = false;
    std::uint32_t max = 0;
    bool mistypes = false;   // the code
    bool comes_late = false; // with the code of a party that has ended, if there is one
    std::int32_t id = 0;
    lobby::Duration arrives{};
    lobby::Duration stays{}; // 0: to the end
    bool says_goodbye = true;

    lobby::Duration frame{std::chrono::milliseconds{50}};
    unsigned talks_one_in = 2; // frames; also those below, where 0 is never
    std::size_t payload_max = 200;
    unsigned bulk_one_in = 0;
    std::size_t bulk_max = 0;
    unsigned freezes_one_in = 0; // nothing of it runs
    lobby::Duration freeze_max{};
    unsigned hangs_one_in = 0; // the game takes nothing, while its network is served
    lobby::Duration hang_max{};
    unsigned cuts_one_in = 0;
    unsigned cut_again_one_in = 0; // of connections that are just made
    bool roams = false;            // comes back from another address
    unsigned kicks_one_in = 0;
    unsigned refuses_one_in = 0;
    std::size_t read_max = 0; // bytes a frame, 0: all

    [[nodiscard]] bool is_honest() const { return deed == PartyDeed::none; }
    [[nodiscard]] bool is_sick() const
    {
        return freezes_one_in + hangs_one_in + cuts_one_in + cut_again_one_in > 0 || read_max > 0;
    }
};

struct PartyPlan
{
    std::uint64_t seed = 0;
    NetworkTraits traits;
    lobby::Policy policy;
    std::vector<lobby::Policy> reloads; // at some time each
    std::vector<PartyVisit> visits;
    // Nobody may be refused, or put out but by its host: nobody is sick, and strangers may try.
    bool is_peaceful = false;
    bool has_operator = false;
    bool may_drain = false;
    unsigned moves = 0;     // between workers, or to another program
    unsigned retroarch = 0; // guests of a tunnel session beside them
};

// `with_moves`: what is there moves now and then.
[[nodiscard]] PartyPlan any_parties(std::uint64_t seed, bool with_moves);

} // namespace netplay_relay::simulation
