#!/usr/bin/env python3
"""Writes the binary seeds of the fuzz targets; run it after changing how they read.

The texts of fuzz_config are written by hand.
"""

from pathlib import Path

import fleet_corpus
import handshake_corpus
import inspect_corpus
import netplay_corpus
import party_corpus
import record_corpus
import room_corpus
import session_corpus
import websocket_corpus
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
    "proxy_line": pieces(9) + b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 55435\r\nRATS" + ZERO,
    "proxy_line_of_ipv6": pieces() + b"PROXY TCP6 2001:db8::7 2001:db8::1 5000 55435\r\nPOKE",
    "proxy_line_of_nobody": pieces() + b"PROXY UNKNOWN whatever\r\n" + HEADER,
    "proxy_binary": pieces(15, 1) + bytes.fromhex(
        "0d0a0d0a000d0a515549540a 21110013 cb007107 c0000201 1388 d88b 04000400000000") + b"POKE",
    "proxy_binary_of_ipv6": pieces(40) + bytes.fromhex(
        "0d0a0d0a000d0a515549540a 21210024 20010db8000000000000000000000007"
        "20010db8000000000000000000000001 1388 d88b") + b"RATS" + ID,
    "proxy_check": pieces(1) + bytes.fromhex("0d0a0d0a000d0a515549540a 20000000"),
    "stranger": pieces(1) + b"\xff\xfe\xfd\xfc\xfb",
    "queries_and_pongs": pieces(5, 1, 30) + (b"RATP" + b"RATA" + ID) * 3 + b"RATA",
    "query_then_nonsense": pieces(2) + b"RATA" + ZERO + b"RATX" + b"RATP",
    "lost_guest": pieces(2) + HEADER,
    "header_behind_pong": pieces(3) + b"RATP" + HEADER,
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
    for target, seeds in (("fuzz_greeting", GREETINGS), ("fuzz_discovery", DISCOVERIES),
                          ("fuzz_fleet", fleet_corpus.SEEDS),
                          ("fuzz_handshake", handshake_corpus.SEEDS),
                          ("fuzz_inspect", inspect_corpus.SEEDS),
                          ("fuzz_netplay", netplay_corpus.SEEDS),
                          ("fuzz_party", party_corpus.SEEDS),
                          ("fuzz_record", record_corpus.SEEDS),
                          ("fuzz_room", room_corpus.SEEDS),
                          ("fuzz_session", session_corpus.SEEDS),
                          ("fuzz_websocket", websocket_corpus.SEEDS),
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
