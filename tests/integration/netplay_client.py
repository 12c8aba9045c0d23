"""A netplay client of protocol 6 without any emulator: shakes hands by itself, and remembers what a
room tells it."""

import hashlib
import socket
import struct
import zlib

from tunnel_client import HEADER, LIMIT, Peer
from waiting import wait_until

INPUT, NOINPUT = 0x0003, 0x0004
NICK, PASSWORD, INFO, SYNC, SPECTATE, PLAY, MODE = 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26
MODE_REFUSED = 0x27
CRC, REQUEST_SAVESTATE, LOAD_SAVESTATE, RESET = 0x40, 0x41, 0x42, 0x46
PING_REQUEST, PING_RESPONSE = 0x1100, 0x1101
YOU, PLAYING = 1 << 31, 1 << 30


def command(number, payload=b""):
    return struct.pack(">II", number, len(payload)) + payload


def padded(text, size=32):
    return text.encode().ljust(size, b"\0")


class Elsewhere:
    """The relay, reached at another of its ports."""

    def __init__(self, relay, port):
        self.address = (relay.address[0], port)


class Client(Peer):
    def __init__(self, relay, nick="ann", core="Arena", crc=0x1234, port=None,
                 password="", source=None):
        super().__init__(Elsewhere(relay, port) if port else relay, source)
        self.nick, self.core, self.crc, self.password = nick, core, crc, password
        self.unread = bytearray()
        self.unsent = bytearray(HEADER)
        self.header = None   # that answered
        self.ended = False   # by the relay
        self.number = None   # of this client, once it is in a room
        self.frame = 0       # the next one of its own
        self.over = 0        # frames before it are over
        self.plays = False
        self.ports = 0       # bitmap of its own
        self.refused = []    # reasons why it may not play
        self.devices = ()    # in the ports
        self.asked = False   # for its savestate
        self.pongs = 0       # answers to its pings
        self.inputs = {}     # (player, frame): words
        self.states = []     # as given: (frame, state)
        self.state = bytes(range(256)) * 4
        self.state_level = -1  # how hard it is compressed

    def say(self, number, payload=b""):
        self.unsent += command(number, payload)

    def pump(self):
        """Hears what is there, answers, and sends what is taken."""
        self.socket.setblocking(False)
        try:
            while not self.ended:
                piece = self.socket.recv(1 << 16)
                self.ended = not piece
                self.unread += piece
        except BlockingIOError:
            pass
        except ConnectionError:
            self.ended = True
        if self.header is None and len(self.unread) >= 24:
            self.header = bytes(self.unread[:24])
            del self.unread[:24]
            self.say(NICK, padded(self.nick))
            (salt,) = struct.unpack_from(">I", self.header, 12)
            if salt:
                proof = hashlib.sha256(f"{salt:08X}{self.password}".encode()).hexdigest()
                self.say(PASSWORD, proof.encode())
        while self.header is not None and len(self.unread) >= 8:
            number, size = struct.unpack_from(">II", self.unread)
            if len(self.unread) < 8 + size:
                break
            payload = bytes(self.unread[8:8 + size])
            del self.unread[:8 + size]
            self.take_in(number, payload)
        if self.asked:  # a state is of the frame that comes when all that is there was heard
            self.asked = False
            frame = self.frame if self.plays else self.over
            self.say(LOAD_SAVESTATE,
                     struct.pack(">II", frame, len(self.state)) +
                     zlib.compress(self.state, self.state_level))
        try:
            while self.unsent and not self.ended:
                del self.unsent[:self.socket.send(self.unsent)]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.ended = True

    def take_in(self, number, payload):
        if number == INFO:  # empty, or what we have said
            self.say(INFO, struct.pack(">I", self.crc) + padded(self.core) + padded("v1"))
        elif number == SYNC:
            self.frame, self.number = struct.unpack_from(">II", payload)
            self.over = self.frame
            self.devices = struct.unpack_from(">16I", payload, 8)
            self.nick = payload[152:184].rstrip(b"\0").decode()
        elif number == MODE_REFUSED:
            self.refused += struct.unpack(">I", payload)
        elif number == NOINPUT:
            self.over = struct.unpack(">I", payload)[0] + 1
        elif number == INPUT:
            frame, player = struct.unpack_from(">II", payload)
            self.inputs[player, frame] = payload[8:]
        elif number == MODE:
            frame, flags = struct.unpack_from(">II", payload)
            if flags & YOU:
                self.plays, self.frame = bool(flags & PLAYING), frame
                (self.ports,) = struct.unpack_from(">I", payload, 8)
        elif number == PING_RESPONSE:
            self.pongs += 1
        elif number == REQUEST_SAVESTATE:
            self.asked = True
        elif number == CRC:  # that of its own state, if both play the same game
            if struct.unpack_from(">I", payload, 4)[0] != zlib.crc32(self.state):
                self.say(REQUEST_SAVESTATE)
        elif number == LOAD_SAVESTATE:
            frame, size = struct.unpack_from(">II", payload)
            state = zlib.decompress(payload[8:])
            assert len(state) == size, "a state of another size than announced"
            self.states.append((frame, state))

    def send_input(self, word=0):
        self.say(INPUT, struct.pack(">III", self.frame, self.number, word))
        self.frame += 1


def together(clients, condition, what, limit=LIMIT):
    """All of them hear and answer until the condition holds."""
    def look():
        for client in clients:
            client.pump()
        return condition()
    return wait_until(look, limit, what)


def play_thirty_frames(members):
    """Each hears what the others press, frame by frame."""
    said = []
    for frame in range(30):
        for each in members:
            said.append((each.number, each.frame))
            each.send_input(frame)
    together(members, lambda: all(
        heard in each.inputs for each in members for heard in said if heard[0] != each.number),
        "thirty frames")


def free_ports(count):
    """The first and last of a range on which nobody listens, as far as one can know."""
    for _ in range(100):
        kept = [socket.socket() for _ in range(count)]
        try:
            kept[0].bind(("127.0.0.1", 0))
            first = kept[0].getsockname()[1]
            for step, one in enumerate(kept[1:], 1):
                one.bind(("127.0.0.1", first + step))
            return first, first + count - 1
        except (OSError, OverflowError):
            continue
        finally:
            for one in kept:
                one.close()
    raise AssertionError("no free ports")
