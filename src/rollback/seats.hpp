// Who controls which port, and since which frame: changes are told by frame number, and a rewind
// must see each frame as it was (protocol.md, "MODE").
#pragma once

#include "wire/netplay_command.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netplay_relay::rollback {

using wire::clients_max;
using wire::Frame;
using wire::ports_max;

struct Seats
{
    std::array<std::uint32_t, ports_max> clients{};    // bitmap of client numbers per port
    std::array<std::uint8_t, ports_max> share_modes{}; // how a shared port is merged
    bool flipped = false;                              // protocol 4: ports 0 and 1 are exchanged
    bool operator==(const Seats&) const = default;

    // Bitmap of all clients that control a port.
    [[nodiscard]] std::uint32_t players() const;
    // Bitmap of the ports that a client controls.
    [[nodiscard]] std::uint32_t ports_of(std::uint32_t client) const;

    void sit(std::uint32_t client, std::uint32_t ports);
    void leave(std::uint32_t client);
};

class SeatHistory
{
public:
    // Changes that are remembered at once: more within one ring of frames is no honest server.
    static constexpr std::size_t changes_max = 256;

    SeatHistory(const Seats& seats, Frame from);

    [[nodiscard]] const Seats& at(Frame frame) const;
    [[nodiscard]] const Seats& latest() const { return changes_.back().seats; }
    [[nodiscard]] bool full() const { return changes_.size() >= changes_max; }

    // `edit(Seats&)` holds from that frame on, also for changes already known behind it.
    template <class Edit>
    void change(Frame from, const Edit& edit)
    {
        for (std::size_t i = begin_at(from); i < changes_.size(); ++i)
            edit(changes_[i].seats);
    }

    // Frames before this one will not be asked for again.
    void forget_before(Frame frame);

private:
    struct Change
    {
        Frame from = 0;
        Seats seats;
    };

    // The index of the change that begins at exactly this frame, made if there is none.
    std::size_t begin_at(Frame from);

    std::vector<Change> changes_; // ascending; the first holds for everything before as well
};

} // namespace netplay_relay::rollback
