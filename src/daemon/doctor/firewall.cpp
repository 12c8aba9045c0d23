#include "daemon/doctor/firewall.hpp"

namespace netplay_relay::daemon::doctor {

namespace {

// All that may become of the packet, as bits.
using Outcomes = unsigned;
constexpr Outcomes accepted = 1;
constexpr Outcomes dropped = 2;
constexpr Outcomes unclear = 4;
constexpr Outcomes goes_on = 8; // behind the rule; of a chain: behind what has called it

constexpr int depth_max = 16; // what nft allows

Outcomes through(const Chains& chains, const std::string& name, int depth);

Outcomes of_rule(const Chains& chains, const Rule& rule, int depth)
{
    switch (rule.verdict) {
    case Verdict::none: return goes_on;
    case Verdict::accept: return accepted;
    case Verdict::drop: return dropped;
    case Verdict::elsewhere: return unclear;
    case Verdict::give_back: return 0;
    case Verdict::jump:
    case Verdict::go_to: return through(chains, rule.chain, depth + 1);
    }
    return unclear;
}

Outcomes through(const Chains& chains, const std::string& name, int depth)
{
    const auto chain = chains.find(name);
    if (chain == chains.end() || depth > depth_max) return unclear;
    Outcomes all = 0;
    for (const Rule& rule : chain->second.rules) {
        if (rule.match == Match::no) continue;
        const Outcomes some = of_rule(chains, rule, depth);
        const bool gives_back = rule.verdict == Verdict::give_back ||
                                (rule.verdict == Verdict::go_to && (some & goes_on) != 0);
        all |= (some & ~goes_on) | (gives_back ? goes_on : 0);
        const bool may_go_on = (some & goes_on) != 0 && rule.verdict != Verdict::go_to;
        if (rule.match == Match::yes && !may_go_on) return all;
    }
    return all | goes_on;
}

} // namespace

Passing passing(const Chains& chains)
{
    Passing result{Passage::open, {}};
    bool unclear_anywhere = false;
    for (const auto& [name, chain] : chains) {
        if (!chain.is_base) continue;
        Outcomes all = through(chains, name, 0);
        if ((all & goes_on) != 0) all = (all & ~goes_on) | (chain.drops ? dropped : accepted);
        unclear_anywhere |= (all & unclear) != 0;
        if (all == dropped)
            result = {Passage::blocked, name};
        else if (all != accepted && result.passage == Passage::open)
            result.passage = Passage::unknown;
    }
    return unclear_anywhere ? Passing{} : result;
}

} // namespace netplay_relay::daemon::doctor
