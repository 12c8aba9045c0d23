#include "guess_memory.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

constexpr std::chrono::seconds look_interval{10};

// IPv4 addresses side by side belong to different people.
std::size_t levels_of(const wire::Address& prefix)
{
    return prefix.is_ipv4() ? 1 : guess_levels.size();
}

Duration delay_behind(unsigned guesses, unsigned free, Duration longest)
{
    if (guesses < free) return Duration{0};
    constexpr unsigned doublings_max = 10;
    const Duration delay =
        std::chrono::seconds(std::int64_t{1} << std::min(guesses - free, doublings_max));
    return std::min(delay, longest);
}

} // namespace

Instant GuessMemory::next_turn(const wire::Address& prefix, Instant now,
                               const std::string& nick) const
{
    // A friend must not be kept out for as long as somebody guesses behind the same address.
    const Known* comrade = find_known(prefix, nick, now);
    if (comrade != nullptr && comrade->wrong < free_) return Instant::min();
    const bool known = is_known(prefix, now);
    const std::size_t levels = known ? 1 : levels_of(prefix);
    Instant turn = Instant::min();
    for (std::size_t level = 0; level < levels; ++level)
        if (const Guesser* guesser =
                find({level, wire::client_network(prefix, guess_levels[level].ipv6_bits)}, now);
            guesser != nullptr && guesser->guesses >= free_ * guess_levels[level].free_factor)
            turn = std::max(turn, guesser->turn);
    const bool waits = turn != Instant::min() ||
                       (guessers_.size() >= guessers_max && find({0, prefix}, now) == nullptr);
    if (known || !waits) return turn;
    return std::max(turn, shared_turn_ - shared_saved);
}

void GuessMemory::note_wrong(const wire::Address& prefix, Instant now, std::uint64_t guess,
                             const std::string& nick)
{
    forget_old(now);
    if (const auto its = known_.find({prefix, nick}); its != known_.end()) ++its->second.wrong;
    const Guesser* known = find({0, prefix}, now);
    if (guess != 0 && known != nullptr && std::ranges::count(known->tried, guess) != 0) return;
    bool waits = false;
    for (std::size_t level = 0; level < levels_of(prefix); ++level) {
        Guesser* guesser =
            note({level, wire::client_network(prefix, guess_levels[level].ipv6_bits)}, now);
        waits = waits || guesser == nullptr;
        if (guesser == nullptr) continue;
        if (level == 0 && guess != 0) {
            if (guesser->tried.size() >= guesses_told_apart)
                guesser->tried.erase(guesser->tried.begin());
            guesser->tried.push_back(guess);
        }
        const unsigned free = free_ * guess_levels[level].free_factor;
        ++guesser->guesses;
        guesser->turn = now + delay_behind(guesser->guesses, free, guess_levels[level].longest);
        waits = waits || guesser->turn > now;
    }
    if (!waits) return;
    shared_turn_ = std::min(std::max(shared_turn_, now) + shared_interval,
                            now + shared_saved + guess_levels[0].longest);
}

void GuessMemory::note_right(const wire::Address& prefix, Instant now, const std::string& nick)
{
    guessers_.erase({0, prefix});
    std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
    const auto last = [](const auto& entry) { return entry.second.until; };
    if (known_.size() >= known_max && !known_.contains({prefix, nick}))
        known_.erase(std::ranges::min_element(known_, {}, last));
    known_[{prefix, nick}] = {now + right_memory, 0};
}

void GuessMemory::learn(const GuessMemory& elsewhere)
{
    for (const auto& [key, guesser] : elsewhere.guessers_) {
        if (guessers_.size() >= guessers_max && !guessers_.contains(key)) continue;
        Guesser& own = guessers_[key];
        if (guesser.guesses >= own.guesses) own.tried = guesser.tried;
        own.guesses = std::max(own.guesses, guesser.guesses);
        own.turn = std::max(own.turn, guesser.turn);
        own.until = std::max(own.until, guesser.until);
    }
    for (const auto& [who, known] : elsewhere.known_) {
        if (known_.size() >= known_max && !known_.contains(who)) continue;
        Known& own = known_[who];
        own.until = std::max(own.until, known.until);
        own.wrong = std::max(own.wrong, known.wrong);
    }
    shared_turn_ = std::max(shared_turn_, elsewhere.shared_turn_);
    next_look_ = std::max(next_look_, elsewhere.next_look_);
}

const GuessMemory::Guesser* GuessMemory::find(const Key& key, Instant now) const
{
    const auto found = guessers_.find(key);
    return found == guessers_.end() || found->second.until <= now ? nullptr : &found->second;
}

GuessMemory::Guesser* GuessMemory::note(const Key& key, Instant now)
{
    if (guessers_.size() >= guessers_max && !guessers_.contains(key)) return nullptr;
    Guesser& guesser = guessers_[key];
    if (guesser.until <= now) guesser = {};
    guesser.until = now + guess_memory;
    return &guesser;
}

bool GuessMemory::is_known(const wire::Address& prefix, Instant now) const
{
    for (auto its = known_.lower_bound({prefix, {}});
         its != known_.end() && its->first.first == prefix; ++its)
        if (its->second.until > now) return true;
    return false;
}

const GuessMemory::Known* GuessMemory::find_known(const wire::Address& prefix,
                                                  const std::string& nick, Instant now) const
{
    const auto found = known_.find({prefix, nick});
    return nick.empty() || found == known_.end() || found->second.until <= now ? nullptr
                                                                               : &found->second;
}

// Not with each guess: there may be many of both.
void GuessMemory::forget_old(Instant now)
{
    if (now < next_look_) return;
    next_look_ = now + look_interval;
    std::erase_if(guessers_, [&](const auto& entry) { return entry.second.until <= now; });
}

} // namespace netplay_relay::room
