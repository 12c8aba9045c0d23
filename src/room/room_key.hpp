// By what a room is found.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace netplay_relay::room {

struct RoomKey
{
    std::uint16_t port = 0;
    std::string core{}; // lower case
    std::uint32_t content_crc = 0;
    std::string password_hash{};
    bool big_endian = false; // their states differ
    bool multitap = false;
    bool by_core = false;    // then content_crc says nothing
    std::uint64_t alone = 0; // number of a room that nobody else finds by its content
    // Number of the room that all who are in this one have fled from (flight_memory.hpp).
    std::uint64_t instead_of = 0;
    auto operator<=>(const RoomKey&) const = default;

    // The same in every process.
    [[nodiscard]] std::uint64_t hash() const;
    // Those who play it meet, whichever worker they come to.
    [[nodiscard]] bool is_for_all() const { return port == 0 && alone == 0; }
    // Whoever knows this room's content, core and password finds it.
    [[nodiscard]] bool can_be_found() const
    {
        return port == 0 && alone == 0 && instead_of == 0 && !by_core && content_crc != 0;
    }

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.port, self.core, self.content_crc, self.password_hash, self.big_endian,
                self.multitap, self.by_core, self.alone, self.instead_of);
    }
};

} // namespace netplay_relay::room
