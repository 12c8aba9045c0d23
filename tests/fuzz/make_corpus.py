#!/usr/bin/env python3
"""Writes the binary seeds of the fuzz targets; run it after changing how they read.

The texts of fuzz_config are written by hand.
"""

from pathlib import Path

import handshake_corpus
import inspect_corpus
import netplay_corpus
import record_corpus
import room_corpus
import session_corpus
import worker_corpus

CORPUS = Path(__file__).resolve().parent / "corpus"

ID = bytes.fromhex("48e5cea132b8b5e67346383e")
ZERO = bytes(12)
HEADER = bytes.fromhex("52414e500004000800000001000000060000000500000469")
OLD_HEADER = bytes.fromhex("52414e500004000400000001000000000000000500000529")


def pieces(*lengths):
    """How fuzz_greeting is to cut the bytes that follow; 0 is all that is left."""
    return bytes([len(lengths), *lengths])


GREETINGS = {
    "new_session": pieces() + b"RATS" + ZERO,
    "new_session_byte_by_byte": pieces(1) + b"RATS" + ZERO,
    "join_with_header": pieces() + b"RATS" + ID + HEADER,
    "join_with_header_in_pieces": pieces(3, 14, 1) + b"RATS" + ID + HEADER,
    "accept_ticket": pieces(4, 12) + b"RATL" + ID,
    "header_without_session": pieces(23, 1) + HEADER,
    "header_of_1_9": pieces(7) + OLD_HEADER,
    "header_of_protocol_4": pieces() + bytes.fromhex("00000241000400080000000100000000"),
    "poke": pieces(1) + b"POKE",
    "legacy_port": pieces() + bytes.fromhex("0000464900000000"),
    "http": pieces(2) + b"GET / HTTP/1.1\r\n\r\n",
    "http_2": pieces() + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": pieces(3) + bytes.fromhex("16030100c8010000c40303"),
    "ssh": pieces() + b"SSH-2.0-x\r\n",
    "stranger": pieces(1) + b"\xff\xfe\xfd\xfc\xfb",
    "queries_and_pongs": pieces(5, 1, 30) + (b"RATP" + b"RATA" + ID) * 3 + b"RATA",
    "query_then_nonsense": pieces(2) + b"RATA" + ZERO + b"RATX" + b"RATP",
    "lost_guest": pieces(2) + HEADER,
    "header_behind_pong": pieces(3) + b"RATP" + HEADER,
}

# Policies: which of the values in fuzz_lobby.cpp each limit gets, then two access lists, the rules
# for those who name no session, and the number of reserved ids.
DEFAULTS = bytes(17)


def policy(**changes):
    order = ["connections", "sessions", "links", "waiting", "address_connections",
             "address_sessions", "address_waiting", "arrivals", "greeting", "join_wait", "idle",
             "half_closed", "ping", "host_access", "join_access", "rooms", "reserved"]
    return b"".join(bytes(changes.get(name, [0])) for name in order)


def arrive(address=0):
    return bytes([0, address])


def host(at=0, more=False):
    return bytes([3, at, 1 if more else 0])


def join(at=0, session=0, more=True):
    return bytes([3, at, 2 if more else 3, session])


def accept(at=0, ticket=0):
    return bytes([3, at, 5, ticket])


def refuse(is_host, at=0, refusal=0):
    return bytes([7, 1 if is_host else 0, at, refusal])


def query(at=0, ticket=0):
    return bytes([8, at, 1, ticket])


def pong(at=0):
    return bytes([8, at, 0])


def several(at, *messages):
    body = b"".join(bytes([0]) if ticket is None else bytes([1, ticket]) for ticket in messages)
    return bytes([10, at, len(messages) - 1]) + body


def speak_like_guest(at=0):
    return bytes([11, at])


def speak_waiting(at=0):
    return bytes([12, at])


def linked(at, what):
    return bytes([13, at, {"speak": 0, "byte": 1, "finish": 2}[what]])


def leave(phase, at=0, how=2):
    return bytes([15, {"greeting": 0, "control": 1, "waiting": 2, "linked": 3,
                       "member": 4}[phase], at, how])


def wait(step):
    """A step of fuzz_lobby.cpp's table; even ones with a tick behind them."""
    return bytes([16, step])


TO_DEADLINE = bytes([16, 13])
SESSION = arrive() + host() + TO_DEADLINE
LATE = {"greeted": [0, 0], "refused": [1], "said": [2, 1, 0], "guest": [3], "spoke": [4],
        "progressed": [5], "half_closed": [6], "accept": [7, 0], "left": [8, 2],
        "member_said": [9], "port_answer": [10, 1]}


AUTOMATIC, ROOM, TUNNEL, JOIN_PORTS, LEGACY_PORTS = 1, 2, 3, 4, 8


def come(at=0, chess=False, password=True, protocol=6):
    return bytes([24, at, 2, 1 if chess else 0, 1 if password else 0, protocol - 5])


def probe(at=0):
    return bytes([24, at, 0])


def member(at, what):
    return bytes([26, at, {"play": 1, "spectate": 3, "state": 4, "ask": 5, "input": 6}[what]])


def request_port(at=0):
    return bytes([28, at])


def late(what, at=0):
    return bytes([19, at, *LATE[what]])


ONE_GAME = (DEFAULTS + SESSION + arrive(1) + join() + query() + arrive() + accept()
            + linked(0, "byte"))

MEMBER = arrive() + come()

HISTORIES = {
    "room": policy(rooms=[ROOM]) + MEMBER + member(0, "play") + member(0, "input") * 3
            + arrive(1) + come(protocol=5) + member(0, "input") * 9 + member(0, "state")
            + member(1, "ask") + member(1, "play") + wait(6) + member(1, "input") * 2
            + member(0, "spectate") + leave("member") + wait(9),
    "rooms_full": policy(rooms=[ROOM + 16]) + MEMBER + arrive(1) + come(chess=True)
                  + leave("member") + arrive(1) + come(chess=True),
    "room_by_password": policy(rooms=[ROOM + 64]) + MEMBER + arrive(1) + come(password=False),
    "automatic": policy(rooms=[AUTOMATIC]) + SESSION + arrive(1) + come() + arrive() + accept()
                 + leave("control") + arrive(1) + come() + SESSION + arrive(1) + come(),
    "single_session": policy(rooms=[TUNNEL]) + MEMBER + SESSION + arrive(1) + come() + arrive()
                      + accept() + SESSION + arrive(1) + come(),
    "manual_ip_off": DEFAULTS + MEMBER + arrive() + come(protocol=5) + arrive() + probe(),
    "probes": policy(rooms=[ROOM]) + arrive() + probe() + SESSION + arrive() + probe(),
    "join_ports": policy(rooms=[ROOM + JOIN_PORTS]) + SESSION + MEMBER + bytes([0, 1, 0, 0])
                  + come() + bytes([0, 1, 0, 1]) + come() + bytes([29]) + SESSION
                  + leave("control") + leave("member"),
    "legacy_ports": policy(rooms=[ROOM + LEGACY_PORTS]) + arrive() + request_port() + arrive(3)
                    + bytes([29]) + request_port() + bytes([0, 1, 0, 0]) + come() + wait(9)
                    + wait(9) + leave("member") + wait(9) + wait(9),
    "shutdown_with_a_room": policy(rooms=[ROOM + JOIN_PORTS]) + MEMBER + SESSION
                            + bytes([23, 0xff]),
    "one_game": ONE_GAME + leave("linked") + leave("control"),
    "one_game_host_leaves_first": ONE_GAME + leave("control") + wait(6) + leave("linked"),
    "half_closed_both_ways": ONE_GAME + linked(0, "finish") + wait(6) + linked(1, "finish")
                             + leave("linked"),
    "idle_link": ONE_GAME + TO_DEADLINE * 8,
    "silent_link": DEFAULTS + SESSION + arrive(1) + join(more=False) + arrive() + accept()
                   + TO_DEADLINE * 6,
    "lost_guest_at_once": DEFAULTS + arrive() + host(more=True),
    "lost_guest_in_the_watch": DEFAULTS + arrive() + host() + speak_like_guest(),
    "lost_guest_too_late": DEFAULTS + SESSION + speak_like_guest(),
    "host_says_nonsense": DEFAULTS + SESSION + arrive(1) + join() + refuse(True),
    "host_without_answer": DEFAULTS + SESSION + arrive(1) + join() + TO_DEADLINE * 5,
    "guest_leaves_before_the_accept": DEFAULTS + SESSION + arrive(1) + join() + leave("waiting")
                                      + query() + arrive() + accept() + query(),
    "ticket_used_twice": ONE_GAME + arrive() + accept(),
    "unknown_ticket_and_session": DEFAULTS + arrive() + accept(0, 200) + arrive() + join(0, 200),
    "expired_session": DEFAULTS + SESSION + leave("control") + arrive(1) + join(),
    "nine_guests_for_eight_slots": DEFAULTS + SESSION
                                   + b"".join(arrive(1) + join() for _ in range(9))
                                   + arrive() + accept() + leave("waiting", 3) + wait(9),
    "gone_guest_frees_a_slot": DEFAULTS + SESSION
                               + b"".join(arrive(1) + join() for _ in range(9))
                               + leave("waiting") + arrive() + accept(0, 7) + wait(0),
    "silent_guests_take_seven_slots": DEFAULTS + SESSION
                                      + b"".join(arrive(1) + join(more=False) for _ in range(9))
                                      + speak_waiting(8) + arrive() + accept(),
    "silent_guest_displaced": policy(waiting=[1], address_waiting=[1]) + SESSION + arrive(1)
                              + join(more=False) + arrive(3) + join() + arrive(3) + join(),
    "silent_link_displaced": policy(links=[1]) + SESSION + arrive(1) + join(more=False) + arrive()
                             + accept() + wait(6) + arrive(3) + join() + arrive() + accept(),
    "session_full_on_accept": policy(links=[1]) + SESSION + arrive(1) + join() + arrive(3) + join()
                              + arrive() + accept(0, 0) + arrive() + accept(0, 1),
    "too_slow_host": DEFAULTS + SESSION + arrive(1) + bytes([21]) + join() + arrive(1) + join(),
    "link_breaks_while_made": DEFAULTS + SESSION + arrive(1) + join() + bytes([22]) + arrive()
                              + accept(),
    "pings": policy(ping=[2]) + SESSION + TO_DEADLINE * 3 + pong() + TO_DEADLINE * 3,
    "several_messages_in_one_read": DEFAULTS + SESSION + several(0, None, 0, 255, 200),
    "messages_behind_the_end": DEFAULTS + arrive() + host() + several(0, None, 0, 255, 200),
    "everything_late": DEFAULTS + arrive() + leave("greeting")
                       + b"".join(late(what) for what in LATE),
    "tiny_limits": policy(connections=[1], sessions=[1], links=[1], waiting=[1],
                          address_connections=[2], address_sessions=[1], address_waiting=[1])
                   + SESSION + arrive() + host() + TO_DEADLINE + arrive(1) + arrive(1) + join(),
    "too_fast": policy(arrivals=[1]) + arrive(4) * 2 + arrive(5) * 2 + wait(6) + arrive(4),
    "access_lists": policy(host_access=[1, 0], join_access=[2, 1]) + SESSION + arrive(4) + host()
                    + arrive(1) + join() + arrive(4) + join(),
    "reserved": policy(reserved=[3, 4, 0, 4]) + SESSION * 4 + leave("control", 1) + SESSION
                + arrive(4) + join(),
    "reload_between": ONE_GAME + bytes([20])
                      + policy(connections=[3], links=[1], idle=[1], reserved=[1, 4])
                      + TO_DEADLINE * 4,
    "late_timer": DEFAULTS + SESSION + arrive(1) + join() + wait(11) + arrive() + accept(),
    "shutdown_in_the_middle": ONE_GAME + arrive() + arrive(1) + join() + bytes([23, 0xff]),
}


def ask(source, datagram, wait=0):
    """One datagram: which of fuzz_discovery.cpp's sources and waits, the length, the bytes."""
    return bytes([source, wait, len(datagram)]) + datagram


def advertise(*texts):
    """How many games there are, and what each is called."""
    return bytes([len(texts)]) + b"".join(bytes([len(text)]) + text for text in texts)


OLD_QUERY = b"RANQ" + bytes([0, 0, 0, 5])

DISCOVERIES = {
    "one_question": advertise(b"alice") + ask(0, b"RANQ"),
    "two_games_in_turn": advertise(b"alice", b"bob") + ask(0, b"RANQ", 4) * 4,
    "too_fast": advertise(b"alice") + ask(0, b"RANQ", 2) * 6,
    "nothing_to_list": advertise() + ask(0, b"RANQ") * 2,
    "not_private": advertise(b"alice") + b"".join(ask(source, b"RANQ") for source in range(12)),
    "malformed": advertise(b"alice") + ask(0, b"") + ask(0, b"RAN") + ask(0, b"RANS"),
    "old_form": advertise(b"alice") + ask(0, OLD_QUERY + bytes(200)) + ask(0, OLD_QUERY),
    "names_to_be_cut": advertise(b"a" * 30 + "é".encode(), b"\x80" * 60, b"a\0b")
                       + ask(0, b"RANQ", 4) * 3,
    "many_sources": advertise(b"alice") + b"".join(ask(16 + one, b"RANQ") for one in range(60)),
}


def main():
    for target, seeds in (("fuzz_greeting", GREETINGS), ("fuzz_lobby", HISTORIES),
                          ("fuzz_discovery", DISCOVERIES),
                          ("fuzz_handshake", handshake_corpus.SEEDS),
                          ("fuzz_inspect", inspect_corpus.SEEDS),
                          ("fuzz_netplay", netplay_corpus.SEEDS),
                          ("fuzz_record", record_corpus.SEEDS),
                          ("fuzz_room", room_corpus.SEEDS),
                          ("fuzz_session", session_corpus.SEEDS),
                          ("fuzz_worker", worker_corpus.SEEDS)):
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)
        for stale in folder.iterdir():
            if stale.name not in seeds and stale.suffix == "":
                print(f"not one of mine: {stale}")


if __name__ == "__main__":
    main()
