#include "wire/close_reason.hpp"

namespace netplay_relay::wire {

namespace {

struct Entry
{
    CloseReason reason;
    std::string_view word;
};

// In the order of the enum; checked below.
constexpr std::array<Entry, close_reason_count> entries{{
    {CloseReason::connections_full, "connections_full"},
    {CloseReason::address_connections_full, "address_connections_full"},
    {CloseReason::arriving_too_fast, "arriving_too_fast"},
    {CloseReason::greeting_timeout, "greeting_timeout"},
    {CloseReason::left_early, "left_early"},
    {CloseReason::unknown_greeting, "unknown_greeting"},
    {CloseReason::http_greeting, "http_greeting"},
    {CloseReason::tls_greeting, "tls_greeting"},
    {CloseReason::ssh_greeting, "ssh_greeting"},
    {CloseReason::proxy_greeting, "proxy_greeting"},
    {CloseReason::no_proxy_header, "no_proxy_header"},
    {CloseReason::bad_proxy_header, "bad_proxy_header"},
    {CloseReason::lost_guest, "lost_guest"},
    {CloseReason::probe, "probe"},
    {CloseReason::old_version, "old_version"},
    {CloseReason::manual_ip_off, "manual_ip_off"},
    {CloseReason::no_single_session, "no_single_session"},
    {CloseReason::legacy_port_given, "legacy_port_given"},
    {CloseReason::legacy_ports_off, "legacy_ports_off"},
    {CloseReason::legacy_ports_full, "legacy_ports_full"},
    {CloseReason::address_legacy_ports_full, "address_legacy_ports_full"},
    {CloseReason::host_denied, "host_denied"},
    {CloseReason::sessions_full, "sessions_full"},
    {CloseReason::address_sessions_full, "address_sessions_full"},
    {CloseReason::unknown_ticket, "unknown_ticket"},
    {CloseReason::guest_gone, "guest_gone"},
    {CloseReason::join_denied, "join_denied"},
    {CloseReason::unknown_session, "unknown_session"},
    {CloseReason::expired_session, "expired_session"},
    {CloseReason::node_down, "node_down"},
    {CloseReason::session_full, "session_full"},
    {CloseReason::address_links_full, "address_links_full"},
    {CloseReason::waiting_full, "waiting_full"},
    {CloseReason::address_waiting_full, "address_waiting_full"},
    {CloseReason::displaced, "displaced"},
    {CloseReason::host_did_not_answer, "host_did_not_answer"},
    {CloseReason::left_while_waiting, "left_while_waiting"},
    {CloseReason::host_left, "host_left"},
    {CloseReason::host_lost, "host_lost"},
    {CloseReason::unknown_message, "unknown_message"},
    {CloseReason::query_flood, "query_flood"},
    {CloseReason::too_slow, "too_slow"},
    {CloseReason::guest_left, "guest_left"},
    {CloseReason::guest_lost, "guest_lost"},
    {CloseReason::host_dropped_guest, "host_dropped_guest"},
    {CloseReason::host_link_lost, "host_link_lost"},
    {CloseReason::silent_guest, "silent_guest"},
    {CloseReason::idle, "idle"},
    {CloseReason::session_ended, "session_ended"},
    {CloseReason::entrance_timeout, "entrance_timeout"},
    {CloseReason::not_netplay, "not_netplay"},
    {CloseReason::no_common_protocol, "no_common_protocol"},
    {CloseReason::no_compression, "no_compression"},
    {CloseReason::byte_order, "byte_order"},
    {CloseReason::wrong_password, "wrong_password"},
    {CloseReason::password_too_often, "password_too_often"},
    {CloseReason::different_core, "different_core"},
    {CloseReason::rooms_full, "rooms_full"},
    {CloseReason::address_rooms_full, "address_rooms_full"},
    {CloseReason::room_full, "room_full"},
    {CloseReason::address_idle_full, "address_idle_full"},
    {CloseReason::address_room_full, "address_room_full"},
    {CloseReason::protocol_4_seats, "protocol_4_seats"},
    {CloseReason::no_new_rooms, "no_new_rooms"},
    {CloseReason::no_savestate, "no_savestate"},
    {CloseReason::state_size_differs, "state_size_differs"},
    {CloseReason::member_left, "member_left"},
    {CloseReason::member_lost, "member_lost"},
    {CloseReason::member_backlog, "member_backlog"},
    {CloseReason::bad_command, "bad_command"},
    {CloseReason::input_size, "input_size"},
    {CloseReason::input_out_of_order, "input_out_of_order"},
    {CloseReason::ran_ahead, "ran_ahead"},
    {CloseReason::slow_player, "slow_player"},
    {CloseReason::spoils_game, "spoils_game"},
    {CloseReason::nak, "nak"},
    {CloseReason::flood, "flood"},
    {CloseReason::unusable_state, "unusable_state"},
    {CloseReason::made_room, "made_room"},
    {CloseReason::replaced, "replaced"},
    {CloseReason::room_closed, "room_closed"},
    {CloseReason::no_websocket, "no_websocket"},
    {CloseReason::bad_request, "bad_request"},
    {CloseReason::parties_off, "parties_off"},
    {CloseReason::origin_denied, "origin_denied"},
    {CloseReason::unknown_code, "unknown_code"},
    {CloseReason::code_guessing, "code_guessing"},
    {CloseReason::code_denied, "code_denied"},
    {CloseReason::different_game, "different_game"},
    {CloseReason::id_taken, "id_taken"},
    {CloseReason::unknown_token, "unknown_token"},
    {CloseReason::party_refuses, "party_refuses"},
    {CloseReason::party_full, "party_full"},
    {CloseReason::address_party_full, "address_party_full"},
    {CloseReason::parties_full, "parties_full"},
    {CloseReason::address_parties_full, "address_parties_full"},
    {CloseReason::peer_left, "peer_left"},
    {CloseReason::peer_absent, "peer_absent"},
    {CloseReason::peer_lost, "peer_lost"},
    {CloseReason::peer_silent, "peer_silent"},
    {CloseReason::peer_backlog, "peer_backlog"},
    {CloseReason::returned, "returned"},
    {CloseReason::kicked, "kicked"},
    {CloseReason::host_gone, "host_gone"},
    {CloseReason::bad_frame, "bad_frame"},
    {CloseReason::bad_control, "bad_control"},
    {CloseReason::bad_packet, "bad_packet"},
    {CloseReason::packet_too_large, "packet_too_large"},
    {CloseReason::peer_flood, "peer_flood"},
    {CloseReason::memory_short, "memory_short"},
    {CloseReason::handover_failed, "handover_failed"},
    {CloseReason::draining, "draining"},
    {CloseReason::ended_by_operator, "ended_by_operator"},
    {CloseReason::sent_away, "sent_away"},
    {CloseReason::banned_address, "banned_address"},
    {CloseReason::closed_to_new, "closed_to_new"},
    {CloseReason::shutdown, "shutdown"},
    {CloseReason::left, "left"},
    {CloseReason::lost, "lost"},
    {CloseReason::host_full, "host_full"},
    {CloseReason::banned, "banned"},
    {CloseReason::implementation, "implementation"},
    {CloseReason::password_needed, "password_needed"},
    {CloseReason::malformed, "malformed"},
    {CloseReason::unexpected_command, "unexpected_command"},
    {CloseReason::none, "none"},
    {CloseReason::silent, "silent"},
    {CloseReason::unknown_player, "unknown_player"},
    {CloseReason::mode_out_of_order, "mode_out_of_order"},
    {CloseReason::mode_unprompted, "mode_unprompted"},
    {CloseReason::state_out_of_order, "state_out_of_order"},
    {CloseReason::state_size, "state_size"},
    {CloseReason::state_damaged, "state_damaged"},
    {CloseReason::not_allowed, "not_allowed"},
    {CloseReason::too_many_changes, "too_many_changes"},
    {CloseReason::unknown_command, "unknown_command"},
    {CloseReason::unexpected, "unexpected"},
    {CloseReason::core_failed, "core_failed"},
}};

constexpr bool in_order()
{
    for (std::size_t at = 0; at < entries.size(); ++at)
        if (static_cast<std::size_t>(entries[at].reason) != at) return false;
    return true;
}
static_assert(in_order());

} // namespace

std::string_view word(CloseReason reason) { return entries[static_cast<std::size_t>(reason)].word; }

bool is_refusal(CloseReason reason)
{
    switch (reason) {
    // By itself, or it got what it wanted.
    case CloseReason::left_early:
    case CloseReason::probe:
    case CloseReason::legacy_port_given:
    case CloseReason::host_did_not_answer:
    case CloseReason::left_while_waiting: return false;
    case CloseReason::draining: return true;
    default: break;
    }
    return reason < CloseReason::host_left ||
           (reason >= CloseReason::entrance_timeout && reason <= CloseReason::state_size_differs) ||
           (reason >= CloseReason::no_websocket && reason <= CloseReason::address_parties_full);
}

} // namespace netplay_relay::wire
