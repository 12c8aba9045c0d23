// What the nodes of a fleet tell each other of bans: of each network what was said of it last, that
// it is banned or that its ban was lifted. Two that know of the same words know the same, in
// whatever order they have heard them.
#pragma once

#include "lobby/orders.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::lobby {

// Of bans that are lifted no more are remembered; those that were lifted first go.
inline constexpr std::size_t lifted_bans_max = bans_max;
// The lifting of a ban for good is remembered for so long, that of another one until it would have
// ended.
inline constexpr std::chrono::hours lifted_for_good_kept{30 * 24};
// What was said further in the future than this is not taken from others before its time has come:
// it would outdo for as long whatever anybody says, and for ever what could not be later.
inline constexpr std::chrono::hours ban_ahead_max{24};

// Times are those of the clock on the wall, since 1970.
struct BanEntry
{
    wire::Network network;
    std::int64_t changed_ms = 0; // when that was said. It decides, not when it was heard
    bool lifted = false;
    std::optional<std::int64_t> until{}; // of the ban, also of one that was lifted, in seconds;
                                         // nothing: for good
    std::string reason{};
    std::string by{};                    // who has given or lifted it
    std::optional<std::int64_t> since{}; // in seconds
    std::uint8_t node = 0;               // at which that was said

    bool operator==(const BanEntry&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.network, self.changed_ms, self.lifted, self.until, self.reason, self.by,
                self.since, self.node);
        archive.check(self.makes_sense());
    }
    [[nodiscard]] bool makes_sense() const;
};

// True if `one` holds and not `other`, of the same network: what was said later; of what was said
// at the same time the ban, the longer one, and then one of the two.
[[nodiscard]] bool outdoes(const BanEntry& one, const BanEntry& other);

class BanBook
{
public:
    // What is said here and now: it outdoes all that is known of the network, also what was said by
    // a clock that is ahead.
    void say(BanEntry entry, std::int64_t now_ms);
    // One that was known before, with the time that it has. Neither takes what makes no sense.
    void know(BanEntry entry);

    struct Merged
    {
        std::vector<BanEntry> news;          // that hold from now on
        std::vector<wire::Network> left_out; // were banned, and there is no room any more
        std::size_t refused = 0;             // would outdo what is known, and are too far ahead
    };
    // What another node knows. What is over is passed over.
    Merged merge(const std::vector<BanEntry>& others, std::int64_t now_ms);
    void forget_past(std::int64_t now_ms);
    void clear() { entries_.clear(); }

    [[nodiscard]] const BanEntry* find(const wire::Network& network) const;
    [[nodiscard]] std::vector<BanEntry> all() const; // by network
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    // The same for all who know the same; 0 for those who know nothing.
    [[nodiscard]] std::uint64_t digest() const;

private:
    std::vector<wire::Network> make_room(bool lifted, std::size_t most);

    std::map<wire::Network, BanEntry> entries_;
};

} // namespace netplay_relay::lobby
