// When whoever waits is to be looked at next: one deadline or none for each, soonest first.
#pragma once

#include "base/ids.hpp"
#include "base/sorted_blocks.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace netplay_relay {

// Stands for "none".
inline constexpr Instant no_deadline = Instant::max();

[[nodiscard]] inline std::optional<Instant> if_any(Instant deadline)
{
    return deadline == no_deadline ? std::nullopt : std::optional(deadline);
}

// The moment is the record's to keep, of whatever the key names: so it goes with it to another
// worker, and is found again here without a second index.
template <class Key>
class Deadlines
{
public:
    // Moves the deadline of `key` from `kept`, the moment that its record keeps, to `wanted`;
    // either may be no_deadline.
    void set(const Key& key, Instant& kept, Instant wanted)
    {
        if (kept == wanted) return;
        if (kept != no_deadline) entries_.erase({kept, key});
        if (wanted != no_deadline) entries_.insert({wanted, key});
        kept = wanted;
    }
    void clear(const Key& key, Instant& kept) { set(key, kept, no_deadline); }

    // The record goes elsewhere with its moment; and one comes with its own that was not here.
    void release(const Key& key, Instant kept) { entries_.erase({kept, key}); }
    void adopt(const Key& key, Instant kept)
    {
        if (kept != no_deadline) entries_.insert({kept, key});
    }

    // Whose deadline is due, if anybody's is; of several at one moment the least key. It stays so
    // until it is set again.
    [[nodiscard]] std::optional<Key> due(Instant now) const
    {
        if (entries_.empty() || entries_.front().first > now) return std::nullopt;
        return entries_.front().second;
    }

    // The soonest; no_deadline if there is none.
    [[nodiscard]] Instant next() const
    {
        return entries_.empty() ? no_deadline : entries_.front().first;
    }

    [[nodiscard]] bool empty() const { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool contains(const Key& key, Instant kept) const
    {
        return entries_.contains({kept, key});
    }

    // Pairs of moment and key, soonest first.
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }

private:
    SortedBlocks<std::pair<Instant, Key>> entries_;
};

} // namespace netplay_relay
