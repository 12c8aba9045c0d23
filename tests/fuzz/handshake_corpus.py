"""The seeds of fuzz_handshake: who is fed, the settings, how the bytes are cut, the bytes."""

import hashlib

CLIENT_HEADER = bytes.fromhex("52414e500004000800000001000000060000000500000469")
HOST_HEADER = bytes.fromhex("52414e500004000800000001000000000000000600000469")
SALTED_HEADER = bytes.fromhex("52414e500004000800000001a5a5a5a50000000600000469")
OLD_HEADER = bytes.fromhex("52414e500004000800000001000000000000000500000259")
HEADER_4 = bytes.fromhex("00000241000400080000000100000000")


def setup(kind, protocol=6, highest=6, protocol_4=0, passwords=0, lengths=()):
    kinds = {"client": 0, "server": 1, "script": 2}
    return bytes([kinds[kind], protocol - 4, highest - 5, protocol_4, passwords, len(lengths),
                  *lengths])


def command(number, payload=b""):
    return number.to_bytes(4, "big") + len(payload).to_bytes(4, "big") + payload


def nick(text):
    return command(0x20, text.ljust(32, b"\0"))


def info(core, name_first=False):
    crc = (7).to_bytes(4, "big")
    names = core.ljust(32, b"\0") + b"1".ljust(32, b"\0")
    return command(0x22, names + crc if name_first else crc + names)


def sync(sram=b""):
    return command(0x23, (262).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes(144)
                   + b"bob".ljust(32, b"\0") + sram)


def sync_4(sram=b""):
    return command(0x23, bytes(76) + b"bob".ljust(32, b"\0") + sram)


EMPTY_INFO = command(0x22)
HASH = hashlib.sha256(b"A5A5A5A5play").hexdigest().encode()


def damage(way, place, mask):
    return bytes([way | (place >> 8) << 1, place & 255, mask])


SEEDS = {
    "client_whole": setup("client") + HOST_HEADER + nick(b"al") + info(b"core") + sync(b"ram")
                    + command(0x2000, bytes(4)),
    "client_bytewise": setup("client", lengths=(1,)) + HOST_HEADER + nick(b"al") + info(b"Core")
                       + sync(),
    "client_hub": setup("client", lengths=(9, 31)) + HOST_HEADER + nick(b"hub") + EMPTY_INFO
                  + info(b"Core") + sync(),
    "client_empty_infos": setup("client") + HOST_HEADER + nick(b"hub") + EMPTY_INFO * 9,
    "client_protocol_4": setup("client", protocol=4, lengths=(5,)) + HEADER_4 + nick(b"al")
                         + info(b"Core", True) + sync_4(b"ram"),
    "client_old_host": setup("client", protocol=5) + OLD_HEADER + nick(b"al") + info(b"Core", True)
                       + sync(),
    "client_layout_by_name": setup("client", protocol=5) + OLD_HEADER + nick(b"al") + info(b"Core")
                             + sync(),
    "client_password": setup("client", passwords=4) + SALTED_HEADER + nick(b"al") + info(b"Core")
                       + sync(),
    "client_password_needed": setup("client") + SALTED_HEADER + nick(b"al"),
    "client_full": setup("client", lengths=(3,)) + b"FULL" + bytes(20),
    "client_denied": setup("client") + b"DENY" + bytes(20),
    "client_refused": setup("client") + b"RANP" + bytes(20),
    "client_other_core": setup("client") + HOST_HEADER + nick(b"al") + info(b"Other"),
    "client_large_ram": setup("client") + HOST_HEADER + nick(b"al") + info(b"Core")
                        + sync(bytes(513)),
    "client_http": setup("client") + b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "server_whole": setup("server") + CLIENT_HEADER + nick(b"bob") + info(b"Core")
                    + command(0x25, bytes(4)),
    "server_bytewise": setup("server", lengths=(1,)) + CLIENT_HEADER + nick(b"bob") + info(b"core"),
    "server_password_first": setup("server", passwords=1) + CLIENT_HEADER + command(0x21, HASH)
                             + nick(b"bob") + info(b"Core"),
    "server_empty_infos": setup("server") + CLIENT_HEADER + nick(b"bob") + EMPTY_INFO * 9,
    "server_protocol_4": setup("server", protocol_4=1) + HEADER_4 + nick(b"bob")
                         + info(b"Core", True),
    "server_old_client": setup("server") + OLD_HEADER + nick(b"bob") + info(b"Core", True),
    "server_layout_by_name": setup("server") + OLD_HEADER + nick(b"bob") + info(b"Core"),
    "server_probe": setup("server") + b"POKE",
    "server_savestate": setup("server") + CLIENT_HEADER + nick(b"bob") + command(0x42, bytes(20)),
    "script_4": setup("script", protocol=4, protocol_4=1, lengths=(1, 30)),
    "script_5": setup("script", protocol=5, highest=7, lengths=(7,)),
    "script_6": setup("script", lengths=(1,)),
    "script_7": setup("script", protocol=7, highest=7, lengths=(64,)),
    "script_password": setup("script", passwords=1 | 4, lengths=(11,)),
    "script_spectator": setup("script", passwords=3 | 8, lengths=(11,)),
    "script_wrong_password": setup("script", passwords=2 | 4),
    "script_damaged_salt": setup("script", lengths=(3,)) + damage(1, 15, 1),
    "script_damaged_protocol": setup("script", protocol=7, highest=7) + damage(1, 19, 2),
    "script_damaged_core": setup("script", lengths=(40,)) + damage(1, 77, 1),
    "script_damaged_size": setup("script") + damage(0, 31, 1) + damage(1, 150, 0x80),
}
