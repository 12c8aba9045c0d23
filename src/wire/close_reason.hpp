// Why something ended: one word for it, in the log, the status, the metrics and the tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netplay_relay::wire {

enum class CloseReason : std::uint8_t
{
    // Refused on arrival, before a byte was read.
    connections_full,         // limits.connections
    address_connections_full, // limits.connections_per_address
    arriving_too_fast,        // limits.new_connections_per_second_per_address

    // Refused for the first bytes.
    greeting_timeout, // said nothing complete within limits.greeting_seconds
    left_early,       // hung up before it had said anything complete
    unknown_greeting, // first bytes of no protocol we know
    http_greeting,
    tls_greeting,
    ssh_greeting,
    proxy_greeting,   // a PROXY header, of one that is not trusted to send any
    no_proxy_header,  // a trusted proxy sends none
    bad_proxy_header, // or one that makes no sense
    lost_guest,       // asked for a new session and then spoke like a guest: a mistyped session id

    // A manual connection: a netplay client that named no session.
    probe,             // POKE: answered, if manual_ip is not off
    old_version,       // manual_ip is off and it is 1.9 or older, which knows no session ids
    manual_ip_off,     // manual_ip
    no_single_session, // manual_ip is "tunnel", and there are none or several

    // A port asked for by an old lobby server.
    legacy_port_given,
    legacy_ports_off,          // legacy_ports
    legacy_ports_full,         // none of the range is left, or can be opened
    address_legacy_ports_full, // legacy_ports.per_address

    // A host refused.
    host_denied,           // access.host
    sessions_full,         // limits.sessions
    address_sessions_full, // limits.sessions_per_address
    unknown_ticket,        // accepts a guest nobody announced, or one that is linked already
    guest_gone,            // accepts a guest that has left meanwhile

    // A guest refused, or gone before it was linked.
    join_denied, // access.join
    unknown_session,
    expired_session,      // the session has ended
    node_down,            // the node of the fleet that has the session or party cannot be reached
    session_full,         // limits.links_per_session
    address_links_full,   // limits.links_per_address, or the last are for other addresses
    waiting_full,         // limits.waiting_joins_per_session
    address_waiting_full, // limits.waiting_joins_per_address
    displaced,            // had said nothing and made room for a guest that had
    host_did_not_answer,  // limits.join_wait_seconds
    left_while_waiting,

    // The end of a session.
    host_left,
    host_lost,       // its TCP connection answered no more
    unknown_message, // its control connection said what we do not know
    query_flood,     // asked for more addresses than it has guests
    too_slow,        // its control connection took none of our answers

    // The end of a link.
    guest_left,
    guest_lost,         // its TCP connection answered no more
    host_dropped_guest, // the host closed this link
    host_link_lost,     // the host's end of this link answered no more
    silent_guest,       // linked, but never said a word
    idle,               // limits.link_idle_seconds
    session_ended,      // the session ended; also a guest that still waited for it

    // On the way into a room.
    entrance_timeout,
    not_netplay,        // its handshake was none
    no_common_protocol, // the header that answered it has said so already
    no_compression,     // offers no zlib
    byte_order,         // is of another byte order than the members of its room
    wrong_password,
    password_too_often, // has to wait: too many passwords of its address or network were wrong
    different_core,     // on a port of a room of another game
    rooms_full,         // rooms.rooms
    address_rooms_full, // rooms.rooms_per_address
    room_full,          // rooms.members
    address_idle_full,  // too many members of one address in rooms without players
    address_room_full,  // rooms.members_per_address, or the last are for other addresses
    protocol_4_seats,   // players sit as protocol 4 cannot be told
    no_new_rooms,       // would have opened one while we are draining
    no_savestate,       // nobody could give it the state to begin with
    state_size_differs, // its core's version has savestates of another size

    // The end of a member of a room.
    member_left,
    member_lost,    // its TCP connection answered no more
    member_backlog, // it did not take what we had to say
    bad_command,
    input_size,         // INPUT of another size than its ports have
    input_out_of_order, // INPUT for a frame that is not its next
    ran_ahead,          // spoke of a frame too far ahead
    slow_player,        // rooms.slow_player_seconds
    spoils_game,        // the others waited or repeated too much for it in the last minute
    nak,                // it refused what we sent
    flood,              // more commands than anybody sends
    unusable_state,     // whoever was given its state left at once
    made_room,          // watched, one of many of its address, as another address came
    replaced,           // it was silent, and its player has come again
    room_closed,

    // A WebSocket that comes to no party (godot_protocol.md).
    no_websocket,         // a web browser that wanted a page: it was told what this is
    bad_request,          // an HTTP request that is none, or a WebSocket of others
    parties_off,          // parties.parties is 0
    origin_denied,        // parties.origins
    unknown_code,         // there is no party of this code
    code_guessing,        // has to wait: too many codes of its address were none
    code_denied,          // a host wanted a code that is not reserved for it, or is taken
    different_game,       // the party of this code plays another
    id_taken,             // somebody there has this peer id
    unknown_token,        // wanted a place back that is no longer held
    party_refuses,        // the host lets nobody in
    party_full,           // what its host allows, or parties.peers
    address_party_full,   // parties.peers_per_address
    parties_full,         // parties.parties
    address_parties_full, // parties.parties_per_address

    // The end of a peer of a party.
    peer_left,
    peer_absent,      // its connection was lost, and its place is held
    peer_lost,        // and it did not come back within parties.hold_seconds
    peer_silent,      // its connection said nothing more: the same as if it was lost
    peer_backlog,     // parties.kept_bytes_per_peer: it did not take what we had to say
    returned,         // this connection; it came again by another
    kicked,           // by the host of its party, or wanted to come back too soon
    host_gone,        // the party's host left, or was lost
    bad_frame,        // what it sent is no WebSocket frame
    bad_control,      // a text that is none of our messages
    bad_packet,       // a binary message that is no packet
    packet_too_large, // parties.packet_bytes
    peer_flood,       // parties.messages_per_second, parties.bytes_per_second; filled a queue

    // Ours.
    memory_short,    // it held most of the memory for those who do not read, and that was used up
    handover_failed, // the program that took this one's place could not go on with it
    draining,        // a new session, room or port was wanted

    // The operator's.
    ended_by_operator, // this session, link or room
    sent_away,         // this one; it may come again
    banned_address,    // its address, or one of a network that it is part of
    closed_to_new,     // a new session, room or port was wanted, and the operator allows none
    shutdown,

    // How a connection ended, before the lobby makes one of those above of it.
    left, // closed or reset by the peer: RetroArch's normal end is a reset
    lost, // the kernel gave up: keepalive, user timeout, no route

    // The relay never gives those from here on: netplay-peer does, for a handshake,
    host_full,       // the host answered FULL
    banned,          // the host answered DENY
    implementation,  // protocol 4 only: the builds differ
    password_needed, // the host asks for a password and we were given none
    malformed,       // a command of a wrong size or content
    unexpected_command,

    // and for a session.
    none,               // nothing has ended
    silent,             // no progress within the patience
    unknown_player,     // INPUT of a number that does not play
    mode_out_of_order,  // MODE for a frame that is not the next
    mode_unprompted,    // MODE that makes no sense in the mode we are in
    state_out_of_order, // a savestate or a reset for a frame that is not the next
    state_size,         // a savestate of another size than our core's
    state_damaged,      // a savestate that cannot be unpacked, or that the core refuses
    not_allowed,        // what this role may not send: a state to a host, chat of a spectator
    too_many_changes,   // more changes of seats than an honest server makes
    unknown_command,    // fatal in protocols 4 and 5
    unexpected,         // a command of the handshake, or of the other role
    core_failed,        // our core could not be saved or loaded
};
constexpr CloseReason last_value(CloseReason) { return CloseReason::core_failed; }

// Those that the relay gives, and counts: the first ones.
inline constexpr std::size_t counted_close_reasons =
    static_cast<std::size_t>(CloseReason::shutdown) + 1;
inline constexpr std::size_t close_reason_count =
    static_cast<std::size_t>(CloseReason::core_failed) + 1;

// The one word for it, in lower_snake_case.
[[nodiscard]] std::string_view word(CloseReason reason);

// True if somebody wanted in and was turned away; else something ended.
[[nodiscard]] bool is_refusal(CloseReason reason);

// How often each of the counted ones was given.
using CloseCounts = std::array<std::uint64_t, counted_close_reasons>;

} // namespace netplay_relay::wire
