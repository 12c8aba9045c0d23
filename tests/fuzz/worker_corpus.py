"""The seeds of fuzz_worker: games, rooms and ports, what goes wrong in them, moves, and chance.

A line is named by its place among those that are open and have not ended.
"""

import random

ARRIVE, SPEAK, HEAR, WINDOW, END, BREAK, MOMENT, SECONDS, MOVE, OPERATE = (
    0, 3, 7, 9, 10, 11, 12, 13, 14, 15)
(HOST, JOIN, JOIN_AND_SPEAK, ACCEPT, QUERY, PONG, PROBE, PLAYER, LOST_GUEST, HEADER, LEGACY_PORT,
 MESSAGES, NOISE, PROXY_HEADER) = range(14)
EVERYTHING = 7
NO_WINDOW, SMALL_WINDOW, WIDE_WINDOW, SILENT = 0, 1, 3, 4
SHUT_DOWN, DRAIN, NO_PORTS = 0xff, 0xfe, 0xfd
AUTOMATIC, ROOM, TUNNEL, JOIN_PORTS, LEGACY_PORTS, ONE_ROOM, PASSWORD, PROXIES = (
    1, 2, 3, 4, 8, 16, 64, 128)


def policy(**changes):
    """Which of the values in some_policy.cpp each limit gets, then the access lists, the rules for
    those who name no session, and the reserved ids."""
    order = ["connections", "sessions", "links", "waiting", "address_connections",
             "address_sessions", "address_waiting", "arrivals", "greeting", "join_wait", "idle",
             "half_closed", "ping", "buffer", "host_access", "join_access", "rooms", "reserved"]
    return [byte for name in order for byte in changes.get(name, [0])]


def arrive(address=0, *through):
    return [ARRIVE, address, *through]


def say(line, *words):
    return [SPEAK, line, *words]


def host(line):
    return [*say(line, HOST), MOMENT, 1, HEAR]


def join(line, session=0):
    return [*say(line, JOIN_AND_SPEAK, session), HEAR]


def join_mute(line, session=0):
    return [*say(line, JOIN, session), HEAR]


def accept(line, ticket=0):
    return [*say(line, ACCEPT, ticket), HEAR]


def leave(line):
    return [END, line]


def enter(line, chess=False, password=True, protocol=6):
    return [*say(line, PLAYER, 0 if chess else 1, 1 if password else 0, protocol - 5),
            HEAR, HEAR, HEAR]


def noise(line, *noises):
    return say(line, NOISE, len(noises) - 1, *noises)


def play(line):
    return [*say(line, 1, 0), HEAR]


def move_input(line):
    return [*say(line, 1, 4), HEAR]


def chance(seed, size):
    rng = random.Random(seed)
    return [rng.randrange(256) for _ in range(size)]


ROOMS = policy(rooms=[ROOM])
SESSION = [*arrive(0), *host(0)]
GAME = [*SESSION, *arrive(1), *join(1), *say(0, QUERY, 0), *arrive(2), *accept(2)]
IN_ROOM = [*arrive(3), *enter(0), *play(0), *arrive(4), *enter(1), *play(1)]
# So many links in all that one address may have as many guests as it likes.
GUESTS_POLICY = policy(links=[2])
NINE_GUESTS = [step for line in range(1, 10) for step in [*arrive(1), *join(line)]]
NINE_MUTE = [step for line in range(1, 10) for step in [*arrive(1), *join_mute(line)]]

SEEDS = {
    "game": [*ROOMS, *GAME, *noise(1, *range(20)), HEAR, *leave(1), SECONDS, 3],
    "game_moves": [*ROOMS, *GAME, MOVE, EVERYTHING, *noise(2, *range(30)), HEAR, MOVE, 0, 0,
                   WINDOW, 1, NO_WINDOW, *noise(2, *range(39)), MOVE, EVERYTHING, WINDOW, 1,
                   WIDE_WINDOW, HEAR],
    "game_host_leaves_first": [*policy(), *GAME, *leave(0), MOMENT, 250, *noise(0, 1), *leave(0)],
    "half_closed_both_ways": [*policy(), *GAME, *leave(1), SECONDS, 2, *leave(1)],
    "idle_link": [*policy(idle=[2]), *GAME, SECONDS, 2, *noise(1, 1), SECONDS, 11],
    "silent_link": [*policy(), *SESSION, *arrive(1), *join_mute(1), *arrive(2), *accept(2),
                    SECONDS, 11],
    "lost_guest_at_once": [*policy(), *arrive(0), *say(0, LOST_GUEST)],
    "lost_guest_in_the_watch": [*policy(), *arrive(0), *say(0, HOST), *say(0, HEADER)],
    "lost_guest_too_late": [*policy(), *SESSION, *say(0, HEADER)],
    "host_says_nonsense": [*policy(), *SESSION, *arrive(1), *join(1), *noise(0, 1, 2, 3, 4)],
    "host_without_answer": [*policy(join_wait=[2]), *SESSION, *arrive(1), *join(1), SECONDS, 3],
    "guest_leaves_before_the_accept": [*policy(), *SESSION, *arrive(1), *join(1), *leave(1),
                                       *say(0, QUERY, 0), *arrive(2), *accept(1)],
    "ticket_used_twice": [*policy(), *GAME, *arrive(2), *accept(3)],
    "unknown_ticket_and_session": [*policy(), *arrive(0), *say(0, ACCEPT, 200), *arrive(1),
                                   *say(0, JOIN, 200)],
    "expired_session": [*policy(), *SESSION, *leave(0), *arrive(1), *join(0)],
    "nine_guests_for_eight_slots": [*GUESTS_POLICY, *SESSION, *NINE_GUESTS, *arrive(0),
                                    *accept(10), *leave(4), SECONDS, 9],
    "gone_guest_frees_a_slot": [*GUESTS_POLICY, *SESSION, *NINE_GUESTS, *leave(1), *arrive(0),
                                *accept(9, 7), HEAR],
    "silent_guests_take_seven_slots": [*GUESTS_POLICY, *SESSION, *NINE_MUTE, *noise(9, 1), HEAR,
                                       *arrive(0), *accept(10)],
    "silent_guest_displaced": [*policy(waiting=[1], address_waiting=[1]), *SESSION, *arrive(1),
                               *join_mute(1), *arrive(3), *join(2), *arrive(3), *join(2)],
    "silent_link_displaced": [*policy(links=[1]), *SESSION, *arrive(1), *join_mute(1), *arrive(0),
                              *accept(2), SECONDS, 3, *arrive(3), *join(3), *arrive(0),
                              *accept(2)],
    "session_full_on_accept": [*policy(links=[1]), *SESSION, *arrive(1), *join(1), *arrive(3),
                               *join(2), *arrive(0), *accept(3, 0), *arrive(0), *accept(4, 1)],
    "too_slow_host": [*policy(buffer=[1], links=[2]), *SESSION, WINDOW, 0, SMALL_WINDOW,
                      *NINE_GUESTS],
    "link_breaks_while_made": [*policy(), *SESSION, *arrive(1), *join(1), BREAK, 1, 2, *arrive(0),
                               *accept(1), MOMENT, 5],
    "proxied_game": [*policy(rooms=[PROXIES]), *arrive(0), *say(0, PROXY_HEADER, 0), *host(0),
                     *arrive(0), *say(1, PROXY_HEADER, 1), *join(1), *say(0, QUERY, 0), *arrive(0),
                     *say(2, PROXY_HEADER, 0), *accept(2), MOVE, EVERYTHING, *noise(1, 1, 2)],
    "health_checks": [*policy(rooms=[PROXIES]), *arrive(0), *leave(0), *arrive(0),
                      *say(0, PROXY_HEADER, 2), *leave(0), *arrive(0), *say(0, PROXY_HEADER, 3),
                      MOVE, EVERYTHING, *leave(0), *arrive(1), *leave(0)],
    "bad_and_half_headers": [*policy(rooms=[PROXIES]), *arrive(0), *say(0, PROXY_HEADER, 5),
                             *arrive(0), *say(0, PROXY_HEADER, 4), MOVE, EVERYTHING, *leave(0),
                             *arrive(0), *say(0, HOST), *arrive(1), *say(0, PROXY_HEADER, 0)],
    "proxied_limits": [*policy(rooms=[PROXIES], address_connections=[1]), *arrive(1), *arrive(0),
                       *say(1, PROXY_HEADER, 0), *arrive(0), *say(1, PROXY_HEADER, 1), SECONDS, 11],
    "pings": [*policy(ping=[2]), *SESSION, SECONDS, 3, *say(0, PONG), SECONDS, 3],
    "several_messages_in_one_read": [*policy(), *SESSION, *say(0, MESSAGES, 3, 0, 1, 0, 1, 255,
                                                               1, 200)],
    "messages_behind_the_end": [*policy(), *arrive(0), *say(0, HOST), *say(0, MESSAGES, 3, 0, 1, 0,
                                                                          1, 255, 1, 200)],
    "tiny_limits": [*policy(connections=[1], sessions=[1], links=[1], waiting=[1],
                            address_connections=[2], address_sessions=[1], address_waiting=[1]),
                    *SESSION, *arrive(0), *host(1), *arrive(1), *arrive(1), *join(1)],
    "too_fast": [*policy(arrivals=[1]), *arrive(4), *arrive(4), *arrive(5), *arrive(5), SECONDS, 2,
                 *arrive(4)],
    "access_lists": [*policy(host_access=[1, 0], join_access=[2, 1]), *SESSION, *arrive(4),
                     *host(1), *arrive(1), *join(1), *arrive(4), *join(1)],
    "reserved": [*policy(reserved=[3, 4, 0, 4]), *SESSION, *arrive(0), *host(1), *arrive(0),
                 *host(2), *arrive(0), *host(3), *leave(1), *arrive(0), *host(3), *arrive(4),
                 *join(4)],
    "dead_host_has_the_reserved_id": [*policy(reserved=[1, 0], address_sessions=[1]), *SESSION,
                                      WINDOW, 0, SILENT, *arrive(0), *host(1), SECONDS, 2],
    "reload_between": [*policy(), *GAME, OPERATE, 1,
                       *policy(connections=[3], links=[1], idle=[1], reserved=[1, 4]),
                       SECONDS, 11],
    "shutdown_in_the_middle": [*policy(), *GAME, *arrive(0), *arrive(1), *join(4),
                               OPERATE, SHUT_DOWN, *arrive(1)],
    "drained": [*policy(rooms=[ROOM + LEGACY_PORTS]), *GAME, OPERATE, DRAIN, *arrive(0), *host(3),
                *arrive(4), *enter(3), *arrive(5), *say(3, LEGACY_PORT)],
    "room": [*ROOMS, *IN_ROOM, *move_input(0), SECONDS, 2],
    "room_moves": [*ROOMS, *IN_ROOM, MOVE, EVERYTHING, HEAR, *move_input(0), MOVE, 1, 0, HEAR,
                   *say(1, 1, 2), HEAR, BREAK, 0, 0, MOVE, EVERYTHING],
    "rooms_full": [*policy(rooms=[ROOM + ONE_ROOM]), *arrive(0), *enter(0), *arrive(1),
                   *enter(1, chess=True), *leave(0), *arrive(1), *enter(0, chess=True)],
    "room_by_password": [*policy(rooms=[ROOM + PASSWORD]), *arrive(0), *enter(0), *arrive(1),
                         *enter(1, password=False)],
    "visitor_moves": [*policy(rooms=[ROOM + PASSWORD]), *arrive(0), *say(0, PLAYER, 1, 1, 1), HEAR,
                      MOVE, 2, 0, HEAR, MOVE, EVERYTHING, HEAR, HEAR],
    "automatic": [*policy(rooms=[AUTOMATIC]), *SESSION, *arrive(1), *enter(1), *arrive(0),
                  *accept(2), *leave(0), *arrive(1), *enter(2)],
    "single_session": [*policy(rooms=[TUNNEL]), *arrive(3), *enter(0), *SESSION, *arrive(1),
                       *enter(1), *arrive(0), *accept(2)],
    "manual_ip_off": [*policy(), *arrive(0), *enter(0), *arrive(0), *enter(0, protocol=5),
                      *arrive(0), *say(0, PROBE)],
    "probes": [*ROOMS, *arrive(0), *say(0, PROBE), *SESSION, *arrive(0), *say(1, PROBE)],
    "join_ports": [*policy(rooms=[ROOM + JOIN_PORTS]), *SESSION, *arrive(1, 1), *enter(1),
                   *arrive(3, 0, 0), *enter(2), *arrive(4, 0, 1), *enter(3), OPERATE, NO_PORTS,
                   *arrive(5, 1), *host(4), MOVE, EVERYTHING, *leave(0), *leave(0)],
    "legacy_ports": [*policy(rooms=[ROOM + LEGACY_PORTS]), *arrive(0), *say(0, LEGACY_PORT),
                     *arrive(3, 1), *say(0, LEGACY_PORT), *arrive(1, 0, 0), *enter(0), SECONDS, 11,
                     SECONDS, 11, MOVE, EVERYTHING, *leave(0), SECONDS, 11],
    "shutdown_with_a_room": [*policy(rooms=[ROOM + JOIN_PORTS]), *arrive(3), *enter(0),
                             *arrive(0, 1), *host(1), OPERATE, SHUT_DOWN],
    **{f"chance_{seed}": chance(seed, 60 + 40 * seed) for seed in range(8)},
}
SEEDS = {name: bytes(seed) for name, seed in SEEDS.items()}
