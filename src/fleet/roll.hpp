// Which nodes of a fleet are up, by what each has told last.
#pragma once

#include "base/ids.hpp"
#include "fleet/view.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace netplay_relay::fleet {

inline constexpr std::chrono::milliseconds beat_interval{1000};
// Without a beat for so long, a node is down.
inline constexpr std::chrono::milliseconds silence_limit{3000};
// Rooms are opened at a node that has come up when the others have had so long to tell which of
// them they have themselves.
inline constexpr std::chrono::milliseconds coming_time{2000};
inline constexpr std::size_t told_rooms_max = 4096;

// What a node tells of itself, again and again.
struct Beat
{
    bool takes_new = true;            // rooms
    bool is_new = false;              // it has begun less than coming_time ago
    std::uint64_t bans = 0;           // digest of what it knows of bans
    std::vector<std::uint64_t> rooms; // that it has and must tell of (View), by hash
    std::uint64_t instance = 0;       // which relay it is (Namesakes); 0: nobody knows
    std::uint32_t twice = 0;          // a bit for each number that it hears of several relays
    bool drains = false;              // it is going to end

    bool operator==(const Beat&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.takes_new, self.is_new, self.bans, self.rooms, self.instance, self.twice,
                self.drains);
        archive.check(self.rooms.size() <= told_rooms_max);
    }
};

class Roll
{
public:
    // `since`: when this node began; those that answer then were there before.
    Roll(Node own, Instant since) : own_(own), since_(since) {}
    // Of a process that goes on from one that has seen `before`: who was up then is until its
    // silence is noticed.
    Roll(const View& before, Instant now);

    void hear(Node from, Beat beat, Instant now);
    // Its connection has ended: it is down until it is heard again.
    void lose(Node node);

    // What this node is to tell of itself, if it has these rooms and has seen this view.
    [[nodiscard]] Beat beat_of(const View& seen, const std::vector<std::uint64_t>& rooms,
                               bool takes_new, Instant now) const;
    // `own`: what this node tells of itself.
    [[nodiscard]] View look(const Beat& own, Instant now) const;
    [[nodiscard]] bool is_up(Node node, Instant now) const;

private:
    struct Heard
    {
        Beat beat;
        Instant first{}; // since it is up
        Instant last{};
    };

    Node own_;
    Instant since_;
    std::array<std::optional<Heard>, nodes_max> heard_;
};

} // namespace netplay_relay::fleet
