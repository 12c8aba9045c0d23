#include "prefix_memory.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::room {

void PrefixMemory::remember(const wire::Address& prefix, const std::string& nick,
                            const Standing& standing, Instant now)
{
    std::erase_if(left_, [&](const Left& left) { return left.until <= now; });
    const auto is_its = [&](const Left& left) { return left.prefix == prefix; };
    const bool has_all =
        std::ranges::count_if(left_, is_its) >= static_cast<std::ptrdiff_t>(standings_per_prefix);
    if (has_all)
        left_.erase(std::ranges::find_if(left_, is_its));
    else if (left_.size() >= standings_max)
        forget_one();
    left_.push_back({prefix, nick, now + standing_memory, standing});
}

void PrefixMemory::forget_one()
{
    const auto never_played = std::ranges::find_if(
        left_, [](const Left& left) { return !left.standing.played_from.has_value(); });
    left_.erase(never_played == left_.end() ? left_.begin() : never_played);
}

std::optional<Standing> PrefixMemory::recall(const wire::Address& prefix, const std::string& nick,
                                             Instant now)
{
    auto found = left_.end();
    for (auto left = left_.begin(); left != left_.end(); ++left) {
        if (left->prefix != prefix || left->until <= now) continue;
        if (found == left_.end() || left->nick == nick) found = left;
    }
    if (found == left_.end()) return std::nullopt;
    const Standing standing = found->standing;
    left_.erase(found);
    return standing;
}

bool PrefixMemory::sentence(const wire::Address& prefix, Instant now, bool in_full)
{
    std::erase_if(sentences_, [&](const Sentence& known) { return known.until <= now; });
    const wire::Address network = wire::client_network(prefix, sentenced_bits);
    const auto known = std::ranges::find(sentences_, network, &Sentence::network);
    const bool again = known != sentences_.end();
    if (again) sentences_.erase(known);
    if (sentences_.size() >= sentences_max) sentences_.erase(sentences_.begin());
    const Instant comes_from = again ? now + shut_out_for : now;
    const Instant plays_from = comes_from + watch_only;
    sentences_.push_back(
        {network, plays_from, comes_from, again || in_full ? now + sentence_memory : plays_from});
    return again;
}

bool PrefixMemory::may_play(const wire::Address& prefix, Instant now) const
{
    const Sentence* known = sentence_of(prefix);
    return known == nullptr || known->plays_from <= now;
}

bool PrefixMemory::may_come(const wire::Address& prefix, Instant now) const
{
    const Sentence* known = sentence_of(prefix);
    return known == nullptr || known->comes_from <= now;
}

const PrefixMemory::Sentence* PrefixMemory::sentence_of(const wire::Address& prefix) const
{
    const auto known = std::ranges::find(sentences_, wire::client_network(prefix, sentenced_bits),
                                         &Sentence::network);
    return known == sentences_.end() ? nullptr : &*known;
}

} // namespace netplay_relay::room
