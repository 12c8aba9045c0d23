#include "netplay_relay/room/outcome.hpp"

namespace netplay_relay::room {

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
