#include "netplay_relay/room/outcome.hpp"

#include <utility>

namespace netplay_relay::room {

namespace {

// Of a call: INPUTs of eight players, and the NOINPUT.
constexpr std::size_t buffer_size = 256;
constexpr std::size_t spare_size_max = 4096;
constexpr std::size_t spare_max = 64;

} // namespace

std::vector<std::uint8_t> SpareBuffers::take()
{
    std::vector<std::uint8_t> buffer;
    if (buffers_.empty()) {
        buffer.reserve(buffer_size);
        return buffer;
    }
    buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void SpareBuffers::give(std::vector<std::uint8_t> used)
{
    const bool is_of_use = used.capacity() >= buffer_size && used.capacity() <= spare_size_max;
    if (!is_of_use || buffers_.size() >= spare_max) return;
    used.clear();
    buffers_.push_back(std::move(used));
}

std::string_view word(RoomNewsKind kind)
{
    switch (kind) {
    case RoomNewsKind::room_opened: return "room_opened";
    case RoomNewsKind::room_closed: return "room_closed";
    case RoomNewsKind::member_joined: return "member_joined";
    case RoomNewsKind::version_differs: return "version_differs";
    case RoomNewsKind::content_differs: return "content_differs";
    case RoomNewsKind::member_plays: return "member_plays";
    case RoomNewsKind::member_watches: return "member_watches";
    case RoomNewsKind::member_waits: return "member_waits";
    case RoomNewsKind::member_returned: return "member_returned";
    case RoomNewsKind::held_up: return "held_up";
    case RoomNewsKind::state_shared: return "state_shared";
    case RoomNewsKind::desync: return "desync";
    case RoomNewsKind::witness_differs: return "witness_differs";
    case RoomNewsKind::state_doubted: return "state_doubted";
    case RoomNewsKind::states_differ: return "states_differ";
    case RoomNewsKind::state_size_differs: return "state_size_differs";
    case RoomNewsKind::warned: return "warned";
    case RoomNewsKind::sent_to_watch: return "sent_to_watch";
    case RoomNewsKind::shut_out: return "shut_out";
    }
    return "unknown";
}

} // namespace netplay_relay::room
