// Who has left which room at once with the state that it was given there. Two strangers who keep
// each other's garbage can be told from players by nobody but those who cannot load it: they are
// not led there again. That says nothing of anybody else, so that nobody can be framed by it.
#pragma once

#include "base/ids.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netplay_relay::room {

inline constexpr std::chrono::minutes flight_memory{10};
inline constexpr std::size_t flights_max = 1024; // the oldest goes
// So often, or once from a room that so many networks have left so.
inline constexpr unsigned flights_enough = 2;
inline constexpr std::size_t networks_enough = 3;

class FlightMemory
{
public:
    void note(std::uint64_t room, const wire::Address& prefix, Instant now);
    // It has stayed there with a state.
    void forget(std::uint64_t room, const wire::Address& prefix);
    [[nodiscard]] bool avoids(std::uint64_t room, const wire::Address& prefix, Instant now) const;
    [[nodiscard]] std::size_t size() const { return flights_.size(); }

    // Those from one room, and those from it that another room manager knew.
    [[nodiscard]] FlightMemory of(std::uint64_t room) const;
    void learn(const FlightMemory& elsewhere, std::uint64_t room);

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.flights_);
        archive.check(self.flights_.size() <= flights_max);
    }

private:
    struct Flight
    {
        std::uint64_t room = 0;
        wire::Address prefix;
        unsigned times = 0;
        Instant until{};

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.prefix, self.times);
            archive.times(self.until);
        }
    };

    std::vector<Flight> flights_; // oldest first
};

} // namespace netplay_relay::room
