// Who is kept out of a party: too many of one address, those who were sent away a moment ago, and
// those who guess codes.
#include "party_manager_state.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

// By peers of this address.
bool PartyManagerState::is_crowded(const Party& party, const wire::Address& address) const
{
    const auto prefix = wire::client_prefix(address);
    const auto of_address = std::ranges::count_if(party.peers, [&](const auto& entry) {
        return wire::client_prefix(entry.second->address) == prefix;
    });
    return std::cmp_greater_equal(of_address, settings_.peers_per_address);
}

const Exclusion* PartyManagerState::exclusion_of(const Party& party,
                                                 const wire::Address& address) const
{
    const auto found =
        std::ranges::find(party.exclusions, wire::client_prefix(address), &Exclusion::prefix);
    return found == party.exclusions.end() || now_ >= found->until ? nullptr : &*found;
}

// It is not back again and again. One kick is forgiven, as it may have been for a mistyped
// password.
void PartyManagerState::exclude(Party& party, const wire::Address& address, CloseReason reason)
{
    std::vector<Exclusion>& all = party.exclusions;
    std::erase_if(all, [&](const Exclusion& one) { return now_ >= one.until + exclusion_memory; });
    Exclusion next{
        wire::client_prefix(address), reason, reason == CloseReason::kicked ? 1U : 2U, {}};
    const auto before = std::ranges::find(all, next.prefix, &Exclusion::prefix);
    if (before != all.end()) {
        next.times += before->times;
        all.erase(before);
    } else if (all.size() >= exclusions_max) {
        all.erase(all.begin());
    }
    Duration wait = next.times < 2 ? Duration{} : exclusion_first;
    for (std::uint32_t time = 2; time < next.times && wait < exclusion_longest; ++time)
        wait *= 2;
    next.until = now_ + std::min<Duration>(wait, exclusion_longest);
    all.push_back(next);
}

bool PartyManagerState::may_guess(const wire::Address& address)
{
    const auto found = guessers_.find(wire::client_prefix(address));
    return found == guessers_.end() || found->second.may_spend(now_);
}

// With more guessers than are remembered nobody else is kept out: there are more codes than they
// can try.
void PartyManagerState::note_wrong_code(const wire::Address& address)
{
    ++counts_.wrong_codes;
    note_guesser(address, now_);
    if (among_.count > 1) guessed_.push_back(address);
}

void PartyManagerState::note_guesser(const wire::Address& address, Instant now)
{
    const auto prefix = wire::client_prefix(address);
    // Who has guessed nothing for so long is like one who never did.
    if (guessers_.size() >= guessers_max && now >= guessers_looked_at_ + guess_interval) {
        guessers_looked_at_ = now;
        std::erase_if(guessers_, [&](const auto& entry) {
            return now - entry.second.counted_at() > free_guesses * guess_interval;
        });
    }
    if (guessers_.size() < guessers_max || guessers_.contains(prefix))
        (void)guesses_of(prefix).spend(now);
}

Allowance& PartyManagerState::guesses_of(const wire::Address& prefix)
{
    const double rate = 1.0 / static_cast<double>(guess_interval.count());
    return guessers_.try_emplace(prefix, Allowance(rate, free_guesses)).first->second;
}

} // namespace netplay_relay::party
