"""The seeds of fuzz_fleet: what a node says first on a link, its beats, and bans."""

import pathlib
import re
import struct

ENVELOPE = pathlib.Path(__file__).resolve().parents[2] / "src" / "record" / "envelope.hpp"
VERSION = int(re.search(r" version = (\d+);", ENVELOPE.read_text(encoding="utf-8")).group(1))
HOP, BEAT, ASK, RESUME = range(1, 5)
OWN, OTHER, INSTANCE = 3, 5, 7  # those of the node that is fuzzed


def head(purpose, sender=OTHER, to=OWN, connection=0, record=0, wanted=0, place=(0, 0, 0),
         instance=99, sent=5):
    return b"\0NPRF" + struct.pack("<HBBBQIBQQQQq", VERSION, purpose, sender, to, connection,
                                   record, wanted, *place, instance, sent)


def beat(rooms=(), takes_new=True, is_new=False, bans=0, instance=99, twice=0, drains=False):
    body = struct.pack(f"<BBQI{len(rooms)}QQIB", takes_new, is_new, bans, len(rooms), *rooms,
                       instance, twice, drains)
    return struct.pack("<I", len(body)) + body


SEEDS = {
    "hop": head(HOP, connection=77, record=1000, place=(99, 0, 0)),
    "watch": head(BEAT),
    "ask": head(ASK, wanted=2),
    "ask_who": head(ASK, wanted=3, instance=0),
    "resume": head(RESUME, place=(99, 1 << 40, 7)),
    "for_another": head(BEAT, to=4),
    "same_number": head(BEAT, sender=OWN, to=4),
    "itself": head(BEAT, sender=OWN, to=4, instance=INSTANCE),
    "beats": b"\xfd" + beat((1, 2, 3), bans=7) + beat(takes_new=False, twice=0b1010),
    "beat_in_pieces": b"\x01" + beat((5,), bans=9, drains=True),
    "bans": bytes.fromhex(
        "ff0300000000000000000000000000ffffcb00710780000000508fad29a20100000001ff"
        "c80c6b000000000400000072756465050000007569642030000100000000000000000000"
        "ffffcb00710780000000508fad29a20100000101ffc80c6b000000000400000072756465"
        "050000007569642030000100000000000000000000ffffcb007108800000000500000000"
        "000000000004000000727564650500000075696420300001"),
}
