// Who played here until a moment ago, so that whoever comes back finds its old place.
#pragma once

#include "base/ids.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::room {

// So long a player that is gone is known again.
inline constexpr std::chrono::seconds place_memory{60};
// Of one room; the oldest goes.
inline constexpr std::size_t places_remembered_max = 32;

struct Place
{
    std::uint32_t ports = 0;
    // Nobody else is given the ports before then.
    Instant kept_until = Instant::min();
    Instant forgotten_at = Instant::min();

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.ports, self.kept_until, self.forgotten_at);
        archive.check(self.kept_until != Instant::max() && self.forgotten_at != Instant::max());
    }
};

class PlaceMemory
{
public:
    // `nick` is the one that its frontend asked for.
    void remember(const wire::Address& prefix, const std::string& nick, const Place& place);

    // Its place if it is known, which is forgotten then.
    [[nodiscard]] std::optional<Place> recall(const wire::Address& prefix, const std::string& nick,
                                              Instant now);

    // The ports that nobody else is given now.
    [[nodiscard]] std::uint32_t kept_ports(Instant now) const;

    // All are remembered for so much longer.
    void forgive(Duration gap);

    [[nodiscard]] std::size_t size() const { return gone_.size(); }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.gone_);
        archive.check(self.gone_.size() <= places_remembered_max);
    }

private:
    struct Gone
    {
        wire::Address prefix;
        std::string nick;
        Place place;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.prefix, self.nick, self.place);
        }
    };

    std::vector<Gone> gone_; // oldest first
};

} // namespace netplay_relay::room
