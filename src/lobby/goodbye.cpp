#include "netplay_relay/lobby/goodbye.hpp"

#include "netplay_relay/ensure.hpp"

namespace netplay_relay::lobby {

namespace {

using wire::Farewell;

struct Entry
{
    Goodbye goodbye;
    std::string_view word;
    Farewell farewell = Farewell::none;
};

// In the order of the enum; checked below.
constexpr std::array<Entry, goodbye_count> entries{{
    {Goodbye::connections_full, "connections_full", Farewell::full},
    {Goodbye::address_connections_full, "address_connections_full", Farewell::full},
    {Goodbye::arriving_too_fast, "arriving_too_fast", Farewell::full},
    {Goodbye::greeting_timeout, "greeting_timeout"},
    {Goodbye::left_early, "left_early"},
    {Goodbye::unknown_greeting, "unknown_greeting"},
    {Goodbye::http_greeting, "http_greeting"},
    {Goodbye::tls_greeting, "tls_greeting"},
    {Goodbye::ssh_greeting, "ssh_greeting"},
    {Goodbye::proxy_greeting, "proxy_greeting"},
    {Goodbye::lost_guest, "lost_guest"},
    {Goodbye::probe, "probe"},
    {Goodbye::old_version, "old_version", Farewell::old_version},
    {Goodbye::manual_ip_off, "manual_ip_off", Farewell::denied},
    {Goodbye::no_single_session, "no_single_session"},
    {Goodbye::legacy_port_given, "legacy_port_given"},
    {Goodbye::legacy_ports_off, "legacy_ports_off"},
    {Goodbye::legacy_ports_full, "legacy_ports_full"},
    {Goodbye::address_legacy_ports_full, "address_legacy_ports_full"},
    {Goodbye::host_denied, "host_denied", Farewell::denied},
    {Goodbye::sessions_full, "sessions_full", Farewell::full},
    {Goodbye::address_sessions_full, "address_sessions_full", Farewell::full},
    {Goodbye::unknown_ticket, "unknown_ticket"},
    {Goodbye::guest_gone, "guest_gone"},
    {Goodbye::join_denied, "join_denied", Farewell::denied},
    {Goodbye::unknown_session, "unknown_session"},
    {Goodbye::expired_session, "expired_session"},
    {Goodbye::session_full, "session_full", Farewell::full},
    {Goodbye::address_links_full, "address_links_full", Farewell::full},
    {Goodbye::waiting_full, "waiting_full", Farewell::full},
    {Goodbye::address_waiting_full, "address_waiting_full", Farewell::full},
    {Goodbye::displaced, "displaced", Farewell::full},
    {Goodbye::host_did_not_answer, "host_did_not_answer"},
    {Goodbye::left_while_waiting, "left_while_waiting"},
    {Goodbye::host_left, "host_left"},
    {Goodbye::host_lost, "host_lost"},
    {Goodbye::unknown_message, "unknown_message"},
    {Goodbye::query_flood, "query_flood"},
    {Goodbye::too_slow, "too_slow"},
    {Goodbye::guest_left, "guest_left"},
    {Goodbye::guest_lost, "guest_lost"},
    {Goodbye::host_dropped_guest, "host_dropped_guest"},
    {Goodbye::host_link_lost, "host_link_lost"},
    {Goodbye::silent_guest, "silent_guest"},
    {Goodbye::idle, "idle"},
    {Goodbye::session_ended, "session_ended"},
    {Goodbye::entrance_timeout, "entrance_timeout"},
    {Goodbye::not_netplay, "not_netplay"},
    {Goodbye::no_common_protocol, "no_common_protocol"},
    {Goodbye::no_compression, "no_compression"},
    {Goodbye::byte_order, "byte_order"},
    {Goodbye::wrong_password, "wrong_password"},
    {Goodbye::password_too_often, "password_too_often", Farewell::denied},
    {Goodbye::different_core, "different_core"},
    {Goodbye::rooms_full, "rooms_full"},
    {Goodbye::address_rooms_full, "address_rooms_full"},
    {Goodbye::room_full, "room_full"},
    {Goodbye::address_idle_full, "address_idle_full"},
    {Goodbye::address_room_full, "address_room_full"},
    {Goodbye::protocol_4_seats, "protocol_4_seats"},
    {Goodbye::no_new_rooms, "no_new_rooms"},
    {Goodbye::no_savestate, "no_savestate"},
    {Goodbye::state_size_differs, "state_size_differs"},
    {Goodbye::member_left, "member_left"},
    {Goodbye::member_lost, "member_lost"},
    {Goodbye::member_backlog, "member_backlog"},
    {Goodbye::bad_command, "bad_command"},
    {Goodbye::input_size, "input_size"},
    {Goodbye::input_out_of_order, "input_out_of_order"},
    {Goodbye::ran_ahead, "ran_ahead"},
    {Goodbye::slow_player, "slow_player"},
    {Goodbye::spoils_game, "spoils_game"},
    {Goodbye::nak, "nak"},
    {Goodbye::flood, "flood"},
    {Goodbye::unusable_state, "unusable_state"},
    {Goodbye::made_room, "made_room"},
    {Goodbye::replaced, "replaced"},
    {Goodbye::room_closed, "room_closed"},
    {Goodbye::memory_short, "memory_short"},
    {Goodbye::draining, "draining", Farewell::full},
    {Goodbye::shutdown, "shutdown"},
}};

constexpr bool in_order()
{
    for (std::size_t at = 0; at < entries.size(); ++at)
        if (static_cast<std::size_t>(entries[at].goodbye) != at) return false;
    return true;
}
static_assert(in_order());

} // namespace

std::string_view word(Goodbye goodbye) { return entries[static_cast<std::size_t>(goodbye)].word; }

Farewell farewell_for(Goodbye goodbye)
{
    return entries[static_cast<std::size_t>(goodbye)].farewell;
}

wire::ToldReason told_reason_for(Goodbye goodbye) { return wire::told_reason(word(goodbye)); }

Goodbye goodbye_for(wire::Refusal refusal)
{
    switch (refusal) {
    case wire::Refusal::unknown_greeting: return Goodbye::unknown_greeting;
    case wire::Refusal::http_greeting: return Goodbye::http_greeting;
    case wire::Refusal::tls_greeting: return Goodbye::tls_greeting;
    case wire::Refusal::ssh_greeting: return Goodbye::ssh_greeting;
    case wire::Refusal::proxy_greeting: return Goodbye::proxy_greeting;
    case wire::Refusal::unknown_message: return Goodbye::unknown_message;
    }
    ensure(false, "a refusal without a goodbye");
    return Goodbye::unknown_greeting;
}

Goodbye goodbye_for(room::MemberEnd end)
{
    using room::MemberEnd;
    switch (end) {
    case MemberEnd::left: return Goodbye::member_left;
    case MemberEnd::lost: return Goodbye::member_lost;
    case MemberEnd::backlog: return Goodbye::member_backlog;
    case MemberEnd::memory_short: return Goodbye::memory_short;
    case MemberEnd::entrance_timeout: return Goodbye::entrance_timeout;
    case MemberEnd::not_netplay: return Goodbye::not_netplay;
    case MemberEnd::probe: return Goodbye::probe;
    case MemberEnd::old_version: return Goodbye::no_common_protocol;
    case MemberEnd::no_compression: return Goodbye::no_compression;
    case MemberEnd::byte_order: return Goodbye::byte_order;
    case MemberEnd::wrong_password: return Goodbye::wrong_password;
    case MemberEnd::password_too_often: return Goodbye::password_too_often;
    case MemberEnd::different_core: return Goodbye::different_core;
    case MemberEnd::rooms_full: return Goodbye::rooms_full;
    case MemberEnd::address_rooms_full: return Goodbye::address_rooms_full;
    case MemberEnd::room_full: return Goodbye::room_full;
    case MemberEnd::address_idle_full: return Goodbye::address_idle_full;
    case MemberEnd::address_room_full: return Goodbye::address_room_full;
    case MemberEnd::protocol_4: return Goodbye::protocol_4_seats;
    case MemberEnd::no_new_rooms: return Goodbye::no_new_rooms;
    case MemberEnd::bad_command: return Goodbye::bad_command;
    case MemberEnd::input_size: return Goodbye::input_size;
    case MemberEnd::input_out_of_order: return Goodbye::input_out_of_order;
    case MemberEnd::ran_ahead: return Goodbye::ran_ahead;
    case MemberEnd::slow_player: return Goodbye::slow_player;
    case MemberEnd::spoils_game: return Goodbye::spoils_game;
    case MemberEnd::nak: return Goodbye::nak;
    case MemberEnd::flood: return Goodbye::flood;
    case MemberEnd::no_savestate: return Goodbye::no_savestate;
    case MemberEnd::state_size_differs: return Goodbye::state_size_differs;
    case MemberEnd::unusable_state: return Goodbye::unusable_state;
    case MemberEnd::made_room: return Goodbye::made_room;
    case MemberEnd::replaced: return Goodbye::replaced;
    case MemberEnd::room_closed: return Goodbye::room_closed;
    }
    ensure(false, "a member's end without a goodbye");
    return Goodbye::member_left;
}

} // namespace netplay_relay::lobby
