// What a room remembers of those who were in it, so that nobody begins anew by leaving and coming
// again. It belongs to the client prefix, not to the connection.
#pragma once

#include "standing.hpp"
#include "wire/address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::room {

// For so long a standing is remembered: by then every allowance is whole again.
inline constexpr std::chrono::minutes standing_memory{10};
// In one room, and of them of one client prefix. The oldest goes, of those who never played first.
inline constexpr std::size_t standings_max = 32;
inline constexpr std::size_t standings_per_prefix = 16;

// Who spoils the game may only watch for a while, and the second time not come at all.
inline constexpr std::chrono::minutes watch_only{5};
inline constexpr std::chrono::minutes shut_out_for{10};
inline constexpr std::chrono::minutes sentence_memory{30};
// A sentence holds for the network of so many bits: of networks of 64 one line has many.
inline constexpr int sentenced_bits = 56;
inline constexpr std::size_t sentences_max = 64; // in one room; the oldest goes

class PrefixMemory
{
public:
    // `nick` is the one that its frontend asked for.
    void remember(const wire::Address& prefix, const std::string& nick, const Standing& standing,
                  Instant now);
    // That of this nick, or else of any other of the client prefix, which is forgotten then.
    [[nodiscard]] std::optional<Standing> recall(const wire::Address& prefix,
                                                 const std::string& nick, Instant now);

    // One of it has spoilt the game. True if it was not the first time. What would have been
    // nothing with another (not `in_full`) is no first time.
    bool sentence(const wire::Address& prefix, Instant now, bool in_full = true);
    [[nodiscard]] bool may_play(const wire::Address& prefix, Instant now) const;
    [[nodiscard]] bool may_come(const wire::Address& prefix, Instant now) const;

    [[nodiscard]] std::size_t size() const { return left_.size(); }

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.left_, self.sentences_);
        archive.check(self.left_.size() <= standings_max);
        archive.check(self.sentences_.size() <= sentences_max);
    }

private:
    struct Left
    {
        wire::Address prefix;
        std::string nick;
        Instant until{};
        Standing standing;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.prefix, self.nick, self.standing);
            archive.times(self.until);
        }
    };
    struct Sentence
    {
        wire::Address network;
        Instant plays_from{};
        Instant comes_from{};
        Instant until{};

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.network);
            archive.times(self.plays_from, self.comes_from, self.until);
        }
    };

    void forget_one();
    [[nodiscard]] const Sentence* sentence_of(const wire::Address& prefix) const;

    std::vector<Left> left_;          // oldest first
    std::vector<Sentence> sentences_; // oldest first
};

} // namespace netplay_relay::room
