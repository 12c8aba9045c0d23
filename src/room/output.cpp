#include "room/output.hpp"

namespace netplay_relay::room {

std::string_view word(RoomEventKind kind)
{
    switch (kind) {
    case RoomEventKind::room_opened: return "room_opened";
    case RoomEventKind::room_closed: return "room_closed";
    case RoomEventKind::member_joined: return "member_joined";
    case RoomEventKind::version_differs: return "version_differs";
    case RoomEventKind::content_differs: return "content_differs";
    case RoomEventKind::member_plays: return "member_plays";
    case RoomEventKind::member_watches: return "member_watches";
    case RoomEventKind::member_waits: return "member_waits";
    case RoomEventKind::member_returned: return "member_returned";
    case RoomEventKind::held_up: return "held_up";
    case RoomEventKind::state_shared: return "state_shared";
    case RoomEventKind::desync: return "desync";
    case RoomEventKind::witness_differs: return "witness_differs";
    case RoomEventKind::state_doubted: return "state_doubted";
    case RoomEventKind::states_differ: return "states_differ";
    case RoomEventKind::state_size_differs: return "state_size_differs";
    case RoomEventKind::warned: return "warned";
    case RoomEventKind::sent_to_watch: return "sent_to_watch";
    case RoomEventKind::shut_out: return "shut_out";
    }
    return "unknown";
}

std::string_view word(SaidKind kind)
{
    switch (kind) {
    case SaidKind::input: return "input";
    case SaidKind::play: return "play";
    case SaidKind::spectate: return "spectate";
    case SaidKind::crc: return "crc";
    case SaidKind::savestate: return "savestate";
    case SaidKind::savestate_request: return "savestate_request";
    case SaidKind::chat: return "chat";
    case SaidKind::ping: return "ping";
    case SaidKind::pause: return "pause";
    case SaidKind::other: return "other";
    }
    return "other";
}

} // namespace netplay_relay::room
