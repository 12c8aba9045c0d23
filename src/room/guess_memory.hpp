// Who tried passwords that were wrong, and when the next of them is looked at: later and later, so
// that nobody tries many. Of one secret: the operator's passwords, or those of listeners that find
// rooms by password.
#pragma once

#include "base/ids.hpp"
#include "wire/address.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::room {

// Wrong passwords of one client prefix that are only typing errors, and so many that open a room of
// its own at a listener where rooms are found by password: an honest player opens one, and a house
// full of them a few. None within guess_memory, and all are forgotten.
inline constexpr unsigned free_guesses = 3;
inline constexpr unsigned free_rooms = 8;
inline constexpr std::chrono::minutes guess_memory{10};

// Behind those the next one is looked at 1, 2, 4, 8 ... seconds after the last, this at the most.
// Whoever has one IPv6 network of 64 bits often has more: wider networks count as well, more
// generously, as others are in them too.
struct GuessLevel
{
    int ipv6_bits = 0; // of the network
    unsigned free_factor = 1;
    std::chrono::seconds longest{0};
};
inline constexpr std::array guess_levels{GuessLevel{64, 1, std::chrono::seconds{30}},
                                         GuessLevel{56, 3, std::chrono::seconds{15}},
                                         GuessLevel{48, 10, std::chrono::seconds{4}}};

// All client prefixes that have to wait, together: one guess each half second, and what is not used
// of it in a minute.
inline constexpr std::chrono::milliseconds shared_interval{500};
inline constexpr std::chrono::seconds shared_saved{60};

// A client prefix that has given the right password waits for nobody's guesses but its own, so
// long; and the one with that nick not for those of others in its client prefix.
inline constexpr std::chrono::hours right_memory{12};

inline constexpr std::size_t guessers_max = 16384; // one more waits as if it had guessed often
inline constexpr std::size_t known_max = 4096; // who has given the right password longest ago goes
inline constexpr std::size_t guesses_told_apart = 16; // of one client prefix

class GuessMemory
{
public:
    explicit GuessMemory(unsigned free) : free_(free) {}

    // The next password of this client prefix is looked at then; in the past or now: at once.
    // Without a nick: of one of it who has no name yet.
    [[nodiscard]] Instant next_turn(const wire::Address& prefix, Instant now,
                                    const std::string& nick = {}) const;
    [[nodiscard]] bool is_known(const wire::Address& prefix, Instant now) const;

    // One was wrong. `guess` tells it from others, and the same one again does not count; 0: it
    // always counts.
    void note_wrong(const wire::Address& prefix, Instant now, std::uint64_t guess = 0,
                    const std::string& nick = {});
    void note_right(const wire::Address& prefix, Instant now, const std::string& nick = {});
    void forget_who_was_right() { known_.clear(); } // it is another password now

    [[nodiscard]] std::size_t size() const { return guessers_.size(); }

    // Whoever has guessed or known elsewhere has so here. Of one who is known here already the
    // worse holds.
    void learn(const GuessMemory& elsewhere);

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.guessers_, self.known_);
        archive.times(self.shared_turn_, self.next_look_);
        archive.check(self.guessers_.size() <= guessers_max && self.known_.size() <= known_max);
    }

private:
    struct Guesser
    {
        unsigned guesses = 0;
        Instant turn{};
        Instant until{};
        std::vector<std::uint64_t> tried; // the latest, if they can be told apart

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.guesses);
            archive.times(self.turn, self.until);
            archive(self.tried);
            archive.check(self.tried.size() <= guesses_told_apart);
        }
    };
    struct Known
    {
        Instant until{};
        unsigned wrong = 0; // passwords since

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive.times(self.until);
            archive(self.wrong);
        }
    };
    struct Key
    {
        std::size_t level = 0;
        wire::Address network;
        auto operator<=>(const Key&) const = default;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.level, self.network);
            archive.check(self.level < guess_levels.size());
        }
    };

    [[nodiscard]] const Guesser* find(const Key& key, Instant now) const;
    [[nodiscard]] Guesser* note(const Key& key, Instant now); // null: too many
    [[nodiscard]] const Known* find_known(const wire::Address& prefix, const std::string& nick,
                                          Instant now) const;
    void forget_old(Instant now);

    unsigned free_;
    std::map<Key, Guesser> guessers_;
    std::map<std::pair<wire::Address, std::string>, Known> known_; // with their nicks
    Instant shared_turn_{};
    Instant next_look_{}; // for what is to be forgotten
};

} // namespace netplay_relay::room
