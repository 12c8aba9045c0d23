// Whether the packet filter of this machine lets a new connection in, as far as that is sure.
#pragma once

#include "daemon/doctor/facts.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon::doctor {

// The first one of a TCP connection, from somewhere else.
struct Packet
{
    bool is_ipv4 = true;
    std::uint16_t port = 0;
};

// Whether a rule is about it.
enum class Match : std::uint8_t
{
    no,
    maybe, // that depends on who comes, or is not understood here
    yes
};
[[nodiscard]] constexpr Match operator!(Match match)
{
    return match == Match::yes ? Match::no : match == Match::no ? Match::yes : Match::maybe;
}
[[nodiscard]] constexpr Match both(Match one, Match other) { return one < other ? one : other; }

enum class Verdict : std::uint8_t
{
    none, // the next rule, then
    accept,
    drop,
    give_back,
    jump,
    go_to,
    elsewhere, // it is redirected, or becomes of it what is not understood here
};

struct Rule
{
    Match match = Match::yes;
    Verdict verdict = Verdict::none;
    std::string chain{}; // to jump or to go to
};

struct Chain
{
    bool is_base = false; // the kernel itself calls it, for every packet that comes in
    bool drops = false;   // its policy, then
    std::vector<Rule> rules;
};

// By names that tell its table as well: "ip filter INPUT".
using Chains = std::map<std::string, Chain>;

// What `iptables-save` or `ip6tables-save` has printed, and adds it.
void read_iptables(std::string_view text, const Packet& packet, Chains& chains);

// What `nft -j list ruleset` has printed. Chains that iptables has made are left out if they were
// read from there. False if it makes no sense.
[[nodiscard]] bool read_nft(const std::string& json, const Packet& packet, bool has_iptables,
                            Chains& chains);

struct Passing
{
    Passage passage = Passage::unknown;
    std::string by{}; // the chain that blocks it
};
[[nodiscard]] Passing passing(const Chains& chains);

} // namespace netplay_relay::daemon::doctor
