"""Reads netplay messages as the document describes them: bytes in, the meaning of each field out.

Shares nothing with the relay, so that the two can be compared."""

import struct
import zlib


class Malformed(Exception):
    pass


class Fields:
    def __init__(self, data):
        self.data = data

    def take(self, count):
        if count > len(self.data):
            raise Malformed(f"{count} bytes wanted, {len(self.data)} left")
        front, self.data = self.data[:count], self.data[count:]
        return front

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def i32(self):
        return struct.unpack(">i", self.take(4))[0]

    def words(self, count):
        return ",".join(str(self.u32()) for _ in range(count))

    def shares(self):
        return ",".join(str(one) for one in self.take(16))

    def text(self, size=32):
        field = self.take(size)
        if b"\0" not in field:
            raise Malformed("a text without an end")
        return field.split(b"\0")[0].decode()

    def rest(self):
        return self.take(len(self.data))

    def end(self):
        if self.data:
            raise Malformed(f"{len(self.data)} bytes too many")


def bit(word, number):
    return word >> number & 1


def read_opening(data):
    fields = Fields(data)
    first = fields.take(4)
    if first in (b"FULL", b"DENY"):
        words = [fields.u32() for _ in range(5)]
        if words != [0, 0, 0, 6, 0]:
            raise Malformed(f"a refusal with {words}")
        meaning = {"opening": first.decode()}
    elif first == b"POKE":
        meaning = {"opening": "POKE"}
    elif first == b"RANP":
        names = ("platform", "compression", "word_12", "protocol", "implementation")
        meaning = {"opening": "RANP", **{name: fields.u32() for name in names}}
    else:
        names = ("platform", "compression", "word_12")
        meaning = {"opening": "4", "implementation": int.from_bytes(first, "big"),
                   **{name: fields.u32() for name in names}}
    fields.end()
    return meaning


def read_input(fields, protocol, **_):
    meaning = {"frame": fields.u32()}
    word = fields.u32()
    if protocol == 4:
        return {**meaning, "server": bit(word, 31), "player": word & 0x7FFFFFFF,
                "words": fields.words(3)}
    if word >> 16:
        raise Malformed("the upper half of a client number is not 0")
    return {**meaning, "client": word, "words": fields.words(len(fields.data) // 4)}


def read_info(fields, layout, **_):
    if not fields.data:
        return {}
    crc_first = layout == "crc_first"
    before = {"crc": fields.u32()} if crc_first else {}
    names = {"core": fields.text(), "version": fields.text()}
    return {**before, **names, **({} if crc_first else {"crc": fields.u32()})}


def read_sync(fields, protocol, **_):
    meaning = {"frame": fields.u32()}
    word = fields.u32()
    meaning["paused"] = bit(word, 31)
    if protocol == 4:
        meaning["players"] = word & 0x7FFFFFFF
        meaning["flip"] = fields.u32()
        meaning["devices"] = fields.words(16)
    else:
        meaning["client"] = word & 0x7FFFFFFF
        meaning["devices"] = fields.words(16)
        meaning["shares"] = fields.shares()
        meaning["clients"] = fields.words(16)
    return {**meaning, "nick": fields.text(), "sram": fields.rest().hex()}


def read_play(fields, protocol, **_):
    word = fields.u32()
    if protocol == 4:
        return {"slave": word & 1}
    return {"slave": bit(word, 31), "share": word >> 16 & 0xFF, "ports": word & 0xFFFF}


def read_mode(fields, protocol, **_):
    frame, word = fields.u32(), fields.u32()
    if protocol == 4:
        return {"frame": frame, "player": word & 0xFFFF, "you": bit(word, 16),
                "playing": bit(word, 17), "slave": bit(word, 18)}
    return {"frame": frame, "you": bit(word, 31), "playing": bit(word, 30),
            "slave": bit(word, 29), "client": word & 0xFFFF, "ports": fields.u32(),
            "shares": fields.shares(), "nick": fields.text()}


def read_core_state(state):
    """The MEM block of a protocol 7 container."""
    if state[:8] != b"NETPLAY\1":
        raise Malformed("no container")
    at, core_state = 8, None
    while True:
        tag, length = state[at:at + 4], int.from_bytes(state[at + 4:at + 8], "little")
        content = state[at + 8:at + 8 + length]
        if len(tag) != 4 or len(content) != length:
            raise Malformed("a container is cut")
        at += 8 + length + -length % 8
        if tag == b"MEM ":
            core_state = content
        if tag == b"END ":
            break
    if at != len(state) or core_state is None:
        raise Malformed("a container without a state, or with bytes behind it")
    return core_state


def read_savestate(fields, **_):
    meaning = {"frame": fields.u32(), "size": fields.u32()}
    try:
        state = zlib.decompress(fields.rest())
    except zlib.error:
        return meaning
    if len(state) != meaning["size"]:
        raise Malformed(f"{meaning['size']} bytes of state promised, {len(state)} there")
    if state.startswith(b"NETPLAY"):
        return {**meaning, "core_state_crc": zlib.crc32(read_core_state(state))}
    return {**meaning, "state_crc": zlib.crc32(state)}


def read_packet(fields, **_):
    return {"client": fields.u32(), "data": fields.rest().hex()}


def read_chat(fields, sender, **_):
    nick = {"nick": fields.text()} if sender == "server" else {}
    text = fields.rest()
    if not 1 <= len(text) <= 95 or b"\0" in text:
        raise Malformed("no chat text")
    return {**nick, "text": text.decode()}


def read_nothing(_, **__):
    return {}


def named(*names, read="u32"):
    return lambda fields, **_: {name: getattr(fields, read)() for name in names}


def fixed(*sizes):
    return lambda size, _: size in sizes


def by_protocol(size_4, later):
    return lambda size, protocol: size == (size_4 if protocol == 4 else later)


def at_least(size_4, later):
    return lambda size, protocol: size >= (size_4 if protocol == 4 else later)


def at_most(most):
    return lambda size, _: size <= most


def is_input_size(size, protocol):
    return size == 20 if protocol == 4 else 8 <= size <= 72 and size % 4 == 0


BOTH = ("client", "server")
C, S = ("client",), ("server",)
ALL, SINCE_5, SINCE_6, ONLY_4 = (4, 5, 6, 7), (5, 6, 7), (6, 7), (4,)

# id: name, who sends it, in which protocols, sizes of the payload, how it is read
COMMANDS = {
    0x0000: ("ACK", BOTH, ALL, fixed(0), read_nothing),
    0x0001: ("NAK", BOTH, ALL, fixed(0), read_nothing),
    0x0002: ("DISCONNECT", BOTH, ALL, fixed(0), read_nothing),
    0x0003: ("INPUT", BOTH, ALL, is_input_size, read_input),
    0x0004: ("NOINPUT", S, ALL, fixed(4), named("frame")),
    0x0020: ("NICK", BOTH, ALL, fixed(32), named("nick", read="text")),
    0x0021: ("PASSWORD", C, ALL, fixed(64), lambda fields, **_: {"hash": fields.rest().decode()}),
    0x0022: ("INFO", BOTH, ALL, fixed(0, 68), read_info),
    0x0023: ("SYNC", S, ALL, at_least(108, 184), read_sync),
    0x0024: ("SPECTATE", C, ALL, fixed(0), read_nothing),
    0x0025: ("PLAY", C, ALL, fixed(4), read_play),
    0x0026: ("MODE", S, ALL, by_protocol(8, 60), read_mode),
    0x0027: ("MODE_REFUSED", S, ALL, fixed(4), named("reason")),
    0x0040: ("CRC", S, ALL, fixed(8), named("frame", "crc")),
    0x0041: ("REQUEST_SAVESTATE", BOTH, ALL, fixed(0), read_nothing),
    0x0042: ("LOAD_SAVESTATE", BOTH, ALL, at_least(8, 8), read_savestate),
    0x0043: ("PAUSE", BOTH, ALL, fixed(32), named("nick", read="text")),
    0x0044: ("RESUME", BOTH, ALL, fixed(0), read_nothing),
    0x0045: ("STALL", S, ALL, fixed(4), named("frames")),
    0x0046: ("RESET", BOTH, ALL, fixed(4), named("frame")),
    0x0048: ("NETPACKET", BOTH, SINCE_5, at_most(0x10000), read_packet),
    0x0049: ("NETPACKET_BROADCAST", C, SINCE_5, at_most(0x10000), read_packet),
    0x0060: ("FLIP_PLAYERS", S, ONLY_4, fixed(4), named("frame")),
    0x1000: ("PLAYER_CHAT", BOTH, SINCE_6, at_most(127), read_chat),
    0x1100: ("PING_REQUEST", BOTH, SINCE_6, fixed(0), read_nothing),
    0x1101: ("PING_RESPONSE", BOTH, SINCE_6, fixed(0), read_nothing),
    0x2000: ("SETTING_ALLOW_PAUSING", S, SINCE_6, fixed(4), named("allowed")),
    0x2001: ("SETTING_INPUT_LATENCY_FRAMES", S, SINCE_6, fixed(8),
             named("minimum", "maximum", read="i32")),
}
# Their size field leaves the client id out.
UNCOUNTED = {0x0048: 4, 0x0049: 4}


def read_command(data, sender, protocol, layout):
    fields = Fields(data)
    number, size = fields.u32(), fields.u32()
    if number not in COMMANDS:
        raise Malformed(f"no command {number:#x}")
    name, senders, protocols, is_size, read = COMMANDS[number]
    if sender not in senders or protocol not in protocols:
        raise Malformed(f"{name} from a {sender} in protocol {protocol}")
    if not is_size(size, protocol):
        raise Malformed(f"{name} of {size} bytes")
    if len(fields.data) != size + UNCOUNTED.get(number, 0):
        raise Malformed(f"{name} tells {size} bytes and has {len(fields.data)}")
    meaning = read(fields, sender=sender, protocol=protocol, layout=layout)
    fields.end()
    return {"command": name, **meaning}
