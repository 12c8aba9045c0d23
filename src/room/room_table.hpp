// The rooms of all workers of a process that can be found by what is played in them: touched when
// a room is opened, when a member comes or goes, and at the end of a room.
#pragma once

#include "room/room_key.hpp"
#include "wire/netplay_command.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace netplay_relay::room {

enum class Alike : std::uint8_t
{
    core,    // another content
    content, // with another core
};

// What keeps those of two rooms from meeting, if it is one thing only: what they have in common.
// Nobody is told of rooms behind a password that it did not type.
[[nodiscard]] std::optional<Alike> alike(const RoomKey& one, const RoomKey& other);

struct ListedRoom
{
    RoomKey key;
    wire::Info info; // of its first member
    std::size_t members = 0;
};

// Of several the fullest is named, and the same content is worth more than the same core.
[[nodiscard]] inline std::pair<bool, std::size_t> rank_of(Alike how, std::size_t members)
{
    return {how == Alike::content, members};
}

// By one thread; whoever shares it among several locks it (net/locked_pools.hpp).
class RoomTable
{
public:
    virtual ~RoomTable() = default;

    // The room of this number, or what has become of it.
    virtual void list(std::uint64_t number, const ListedRoom& room);
    virtual void forget(std::uint64_t number);
    // The one that is to be named to who is alone in a room of this key, but for that one.
    [[nodiscard]] virtual std::optional<ListedRoom> most_alike(std::uint64_t number,
                                                               const RoomKey& key) const;
    [[nodiscard]] std::size_t size() const { return rooms_.size(); }

private:
    std::map<std::uint64_t, ListedRoom> rooms_;
};

// That a room is listed, as long as this lives. Without a table it is nowhere.
class Listing
{
public:
    Listing() = default;
    Listing(Listing&&) = delete;
    ~Listing();

    // It is so now; one that cannot be found is not listed.
    void update(RoomTable* table, std::uint64_t number, const RoomKey& key, const wire::Info& info,
                std::size_t members);

private:
    RoomTable* table_ = nullptr;
    std::uint64_t number_ = 0;
    std::size_t members_ = 0; // as listed
};

} // namespace netplay_relay::room
