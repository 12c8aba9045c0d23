"""The seeds of fuzz_netplay: a dialect, how the bytes are cut, and a netplay stream."""

import zlib

CLIENT_HEADER = bytes.fromhex("52414e500004000800000001000000060000000500000469")
HOST_HEADER = bytes.fromhex("52414e500004000800000001000000000000000600000469")
HEADER_4 = bytes.fromhex("00000241000400080000000100000000")
FULL = b"FULL" + bytes(12) + bytes.fromhex("0000000600000000")


def dialect(protocol, sender, name_first=0, savestate_max=255, lengths=()):
    return bytes([protocol - 4, {"server": 0, "client": 1}[sender], name_first, savestate_max,
                  len(lengths), *lengths])


def words(*numbers):
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def command(number, payload=b""):
    return words(number, len(payload)) + payload


def text(content, size=32):
    return content.ljust(size, b"\0")


def packet(number, client, content):
    return words(number, len(content), client) + content


def block(tag, content):
    return tag + len(content).to_bytes(4, "little") + content + bytes(-len(content) % 8)


CONTAINER = (b"NETPLAY\1" + block(b"ACHV", bytes(8)) + block(b"MEM ", b"state")
             + block(b"END ", b""))
NICK = command(0x20, text(b"alice"))
INFO = command(0x22, words(7) + text(b"core") + text(b"1"))
OLD_INFO = command(0x22, text(b"core") + text(b"1") + words(7))
SYNC = command(0x23, words(262, 1) + words(1) * 16 + bytes(16) + words(1, *[0] * 15) + text(b"bob")
               + b"ram")
SYNC_4 = command(0x23, words(262, 0x80000001, 0) + words(5) * 16 + text(b"bob") + b"ram")
SETTINGS = command(0x2000, words(1)) + command(0x2001, words(0, 3))
MODE = command(0x26, words(264, 0xc0000001, 2) + bytes(16) + text(b"bob"))
INPUT = command(0x03, words(262, 1, 0x200))
NO_INPUT = command(0x04, words(262))
PINGS = command(0x1100) + command(0x1101)
UNKNOWN = command(0x1234, b"skip me") + command(0x62)


def savestate(state, frame=263, wrong=0):
    return command(0x42, words(frame, len(state) + wrong) + zlib.compress(state, 9))


RUNNING = (command(0x41) + command(0x43, text(b"bob")) + command(0x44) + command(0x46, words(264))
           + command(0x01))

SEEDS = {
    "server_6": dialect(6, "server") + HOST_HEADER + NICK + INFO + SYNC + SETTINGS + INPUT
                + savestate(b"state" * 9) + NO_INPUT + MODE,
    "server_6_in_pieces": dialect(6, "server", lengths=(1, 7, 30, 39)) + HOST_HEADER + NICK + INFO
                          + SYNC + SETTINGS + INPUT + MODE,
    "client_6": dialect(6, "client") + CLIENT_HEADER + NICK + command(0x21, b"0f" * 32) + INFO
                + command(0x25, words(0)) + INPUT + PINGS + command(0x24),
    "client_5_old_info": dialect(5, "client", 1, lengths=(3,)) + CLIENT_HEADER + NICK + OLD_INFO
                         + command(0x25, words(0x80010003)) + INPUT,
    "server_4": dialect(4, "server", 1, lengths=(5, 11)) + HEADER_4 + NICK + OLD_INFO + SYNC_4
                + command(0x03, words(262, 0x80000000, 1, 2, 3)) + NO_INPUT
                + command(0x26, words(264, 0x30001)) + command(0x60, words(264)),
    "client_4": dialect(4, "client", 1) + HEADER_4 + NICK + command(0x25) + command(0x25, words(1))
                + command(0x03, words(262, 1, 1, 2, 3)) + command(0x48, b"abcd"),
    "server_7_container": dialect(7, "server") + HOST_HEADER + savestate(CONTAINER) + NO_INPUT,
    "raw_container": dialect(7, "server") + command(0x42, words(1, len(CONTAINER)) + CONTAINER),
    "empty_info": dialect(6, "server") + HOST_HEADER + NICK + command(0x22) + INFO,
    "running_of_a_server": dialect(6, "server", lengths=(2,)) + RUNNING + command(0x45, words(9))
                           + command(0x40, words(600, 0xfb4acb39)) + command(0x27, words(2)),
    "running_of_a_client": dialect(5, "client", lengths=(9,)) + RUNNING + command(0x00)
                           + command(0x02),
    "chat_of_a_server": dialect(6, "server") + command(0x1000, text(b"bob") + b"hello"),
    "chat_of_a_client": dialect(6, "client") + command(0x1000, b"hello") + command(0x1000, b"\0"),
    "packets": dialect(6, "client", lengths=(13,)) + packet(0x48, 0, b"abc") + packet(0x49, 3, b"")
               + packet(0x48, 0xffff, b"d" * 50) + PINGS,
    "unknown": dialect(6, "server", lengths=(3,)) + UNKNOWN + UNKNOWN + NO_INPUT,
    "unknown_of_4_gib": dialect(6, "server") + words(0x1234, 0xffffffff) + bytes(20),
    "protocol_6_in_5": dialect(5, "server") + PINGS + SETTINGS + NO_INPUT,
    "text_without_end": dialect(6, "client") + command(0x20, b"a" * 32)
                        + command(0x20, b"a\0" + b"b" * 30),
    "damaged_state": dialect(6, "client") + savestate(b"state" * 9, wrong=1)
                     + command(0x42, words(1, 20) + b"\x78\xda\xff"),
    "too_large": dialect(6, "server", savestate_max=1) + words(0x42, 8 + 17),
    "wrong_size": dialect(6, "server") + NO_INPUT + words(0x04, 5),
    "wrong_side": dialect(6, "client") + INPUT + NO_INPUT,
    "wrong_value": dialect(6, "server") + command(0x2000, words(2)),
    "full": dialect(6, "server") + FULL,
    "denied_in_four_bytes": dialect(6, "server") + b"DENY",
    "probe": dialect(6, "client") + b"POKE",
}
