// Whose savestates have shown to be of no use, in all rooms: whoever leaves and comes again is
// known by its address.
#pragma once

#include "base/ids.hpp"
#include "flight_memory.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

namespace netplay_relay::room {

// So long something is remembered behind the last time that it was seen.
inline constexpr std::chrono::minutes trust_memory{10};
// Of so many client prefixes; what would be one more is not noted.
inline constexpr std::size_t trust_max = 1024;
// Whose state differed from all players' so often is asked for none to compare any more. An honest
// spectator goes its own way once in a long game, if ever, and is given the players' state then.
inline constexpr unsigned lies_max = 3;

// Whose state made members of so many networks leave at once is out: with as few addresses of his
// own a stranger could not say it of another.
inline constexpr std::size_t losses_max = 3;

class StateTrust
{
public:
    // One who was given this one's state left at once. Returns how many networks have by now, 0 if
    // this one of them had already.
    std::size_t note_loss(const wire::Address& source, const wire::Address& leaver, Instant now);
    void forget_losses(const wire::Address& source); // somebody stayed with its state
    [[nodiscard]] std::size_t losses_of(const wire::Address& source, Instant now) const;
    [[nodiscard]] bool is_spoiler(const wire::Address& source, Instant now) const
    {
        return losses_of(source, now) >= losses_max;
    }

    // This spectator's state was compared, and differed from those of the players, who agreed.
    void note_lie(const wire::Address& prefix, Instant now);
    void hear_no_more_of(const wire::Address& prefix, Instant now);
    [[nodiscard]] unsigned lies_of(const wire::Address& prefix, Instant now) const;
    [[nodiscard]] bool may_witness(const wire::Address& prefix, Instant now) const;

    // Others are asked for theirs before it is.
    [[nodiscard]] bool is_doubted(const wire::Address& prefix, Instant now) const;

    [[nodiscard]] FlightMemory& flights() { return flights_; }
    [[nodiscard]] std::size_t size() const { return known_.size(); }

    // What is known elsewhere is known here as well. And what is known of these.
    void learn(const StateTrust& elsewhere);
    [[nodiscard]] StateTrust of(const std::vector<wire::Address>& prefixes, Instant now) const;

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.known_);
        archive.check(self.known_.size() <= trust_max);
    }

private:
    struct Record
    {
        unsigned lies = 0;
        std::vector<wire::Address> losses; // networks, at most losses_max
        Instant until{};

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.lies, self.losses);
            archive.times(self.until);
            archive.check(self.lies <= lies_max && self.losses.size() <= losses_max);
        }
    };
    [[nodiscard]] Record* note(const wire::Address& prefix, Instant now); // null: too many
    [[nodiscard]] const Record* find(const wire::Address& prefix, Instant now) const;

    std::map<wire::Address, Record> known_;
    FlightMemory flights_;
};

} // namespace netplay_relay::room
