// What a worker has moved in all, of those who are gone as well.
#pragma once

#include <cstddef>
#include <cstdint>

namespace netplay_relay::worker {

struct Moved
{
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0; // pieces in which they came, or went: mostly a message each

    void add(std::uint64_t more)
    {
        bytes += more;
        messages += more != 0 ? 1 : 0;
    }

    void add(const Moved& other)
    {
        bytes += other.bytes;
        messages += other.messages;
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes, self.messages);
    }
};

struct Traffic
{
    Moved to_host; // of links
    Moved to_guest;
    Moved from_members; // of rooms
    Moved to_members;
    Moved from_peers; // of parties
    Moved to_peers;

    // Those of another worker.
    void add(const Traffic& other)
    {
        to_host.add(other.to_host);
        to_guest.add(other.to_guest);
        from_members.add(other.from_members);
        to_members.add(other.to_members);
        from_peers.add(other.from_peers);
        to_peers.add(other.to_peers);
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.to_host, self.to_guest, self.from_members, self.to_members, self.from_peers,
                self.to_peers);
    }
};

} // namespace netplay_relay::worker
