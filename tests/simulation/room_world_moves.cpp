// From one room manager to another: everything, as bytes, at any moment.
#include "room_world.hpp"

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// What each room manager's clock shows when the world begins.
constexpr std::array<Duration, 3> clocks{1h, 1h + 500s, 1h - 1000s};

} // namespace

netplay_relay::Instant RoomWorld::room_time() const
{
    return netplay_relay::Instant{clocks.at(home_) + now_};
}

void RoomWorld::move()
{
    room::RoomManager& from = rooms();
    const auto next = static_cast<std::size_t>((home_ + 1 + move_rng_.below(2)) % managers_.size());
    room::RoomManager& to = *managers_.at(next);
    const Duration later = clocks.at(next) - clocks.at(home_);
    const room::RoomUse use = from.use();
    if (to.adopt_memory(from.release_memory(), later))
        complain("what a room manager remembers is lost");
    move_rooms(to, later);
    move_pending(to, later);
    if (from.use() != room::RoomUse{} || from.next_deadline())
        complain("something is left in a room manager though all have moved");
    if (to.use() != use) complain("others have come than have gone");
    from.check_consistency();
    to.check_consistency();
    home_ = next;
}

// By age, which decides between rooms that are due at the same time.
void RoomWorld::move_rooms(room::RoomManager& to, Duration later)
{
    room::RoomManager& from = rooms();
    for (const std::uint64_t number : from.rooms()) {
        const auto adopted =
            to.adopt(from.release(number, room_time()), room_time() + later, later);
        const auto* known = std::get_if<std::uint64_t>(&adopted);
        if (known == nullptr)
            return complain("a room is " + std::string(word(std::get<record::Fault>(adopted))));
        if (*known != number) complain("a room has become another one");
        ++run_.moved;
    }
}

void RoomWorld::move_pending(room::RoomManager& to, Duration later)
{
    room::RoomManager& from = rooms();
    for (const ConnectionId id : from.pending()) {
        const auto adopted = to.adopt_pending(from.release_pending(id), later);
        const auto* known = std::get_if<ConnectionId>(&adopted);
        if (known == nullptr)
            return complain("a pending client is " +
                            std::string(word(std::get<record::Fault>(adopted))));
        if (*known != id) complain("a pending client has become another one");
        ++run_.moved_early;
    }
}

} // namespace netplay_relay::simulation
