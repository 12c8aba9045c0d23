#!/usr/bin/env python3
"""Writes the binary seeds of the fuzz targets; run it after changing how they read.

The texts of fuzz_config are written by hand.
"""

from pathlib import Path

import handshake_corpus
import netplay_corpus
import session_corpus

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

# Policies: which of the values in fuzz_lobby.cpp each limit gets, then two access lists and the
# number of reserved ids.
DEFAULTS = bytes(16)


def policy(**changes):
    order = ["connections", "sessions", "links", "waiting", "address_connections",
             "address_sessions", "address_waiting", "arrivals", "greeting", "join_wait", "idle",
             "half_closed", "ping", "host_access", "join_access", "reserved"]
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
    return bytes([15, {"greeting": 0, "control": 1, "waiting": 2, "linked": 3}[phase], at, how])


def wait(step):
    """A step of fuzz_lobby.cpp's table; even ones with a tick behind them."""
    return bytes([16, step])


TO_DEADLINE = bytes([16, 13])
SESSION = arrive() + host() + TO_DEADLINE
LATE = {"greeted": [0, 0], "refused": [1], "said": [2, 1, 0], "guest": [3], "spoke": [4],
        "progressed": [5], "half_closed": [6], "accept": [7, 0], "left": [8, 2]}


def late(what, at=0):
    return bytes([19, at, *LATE[what]])


ONE_GAME = (DEFAULTS + SESSION + arrive(1) + join() + query() + arrive() + accept()
            + linked(0, "byte"))

HISTORIES = {
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


def main():
    for target, seeds in (("fuzz_greeting", GREETINGS), ("fuzz_lobby", HISTORIES),
                          ("fuzz_handshake", handshake_corpus.SEEDS),
                          ("fuzz_netplay", netplay_corpus.SEEDS),
                          ("fuzz_session", session_corpus.SEEDS)):
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)
        for stale in folder.iterdir():
            if stale.name not in seeds and stale.suffix == "":
                print(f"not one of mine: {stale}")


if __name__ == "__main__":
    main()
