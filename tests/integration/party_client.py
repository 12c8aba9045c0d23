"""A game of Godot as the relay sees it: a WebSocket with netplay-relay.godot.1, from
docs/godot_protocol.md alone. Nothing is sent or read that the test does not ask for."""

import base64
import collections
import hashlib
import json
import os
import socket
import struct
import time

SUBPROTOCOL = "netplay-relay.godot.1"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMIT = 10
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
UNRELIABLE, ORDERED, RELIABLE = range(3)
UNNUMBERED = ("welcome", "got")

Packet = collections.namedtuple("Packet", "source mode channel payload")


class Ended(AssertionError):
    """The stream came to its end, and not what was waited for."""


class WebSocket:
    def __init__(self, relay, source=None, headers=(), subprotocol=SUBPROTOCOL, receive_buffer=0):
        self.socket = socket.socket(socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(LIMIT)
        self.socket.connect(relay.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept = b""
        self.ended = False
        key = base64.b64encode(os.urandom(16)).decode()
        head = ["GET /game HTTP/1.1", "Host: relay.test", "Upgrade: websocket",
                "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        if subprotocol:
            head.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.head = "\r\n".join([*head, *headers, "", ""]).encode()
        self.wanted = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest())

    def shake_hands(self):
        self.socket.sendall(self.head)
        answer = self.read_until(b"\r\n\r\n")
        if b" 101 " not in answer or self.wanted not in answer:
            raise AssertionError(f"no WebSocket: {answer!r}")
        return self

    def read_some(self):
        try:
            more = self.socket.recv(1 << 16)
        except ConnectionResetError:
            more = b""
        if not more:
            self.ended = True
            raise Ended("the end of the stream")
        self.kept += more

    def read_until(self, mark):
        while mark not in self.kept:
            self.read_some()
        at = self.kept.index(mark) + len(mark)
        taken, self.kept = self.kept[:at], self.kept[at:]
        return taken

    def read_exactly(self, count):
        while len(self.kept) < count:
            self.read_some()
        taken, self.kept = self.kept[:count], self.kept[count:]
        return taken

    def frame(self):
        first, size = self.read_exactly(2)
        if not first & 0x80 or first & 0x70 or size & 0x80:
            raise AssertionError(f"a frame that is none of ours: {first:#x} {size:#x}")
        if size >= 126:
            size = int.from_bytes(self.read_exactly(2 if size == 126 else 8), "big")
        return first & 15, self.read_exactly(size)

    @staticmethod
    def framed(kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0xFE]) + size.to_bytes(2, "big")
        else:
            head += bytes([0xFF]) + size.to_bytes(8, "big")
        pad = (mask * (size // 4 + 1))[:size]
        masked = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
        return head + mask + masked.to_bytes(size, "big")

    def send(self, kind, payload):
        self.socket.sendall(self.framed(kind, payload))

    def close(self):
        self.socket.close()


class Game(WebSocket):
    """Host, join or return; then say and put. What came is kept until it is asked for."""

    def __init__(self, relay, source=None, **options):
        super().__init__(relay, source, **options)
        self.relay = relay
        self.id = 0
        self.texts = []    # control messages, but got
        self.packets = []  # of others
        self.numbered = 0  # messages of the relay that are in
        self.sent = 0      # numbered ones of ours
        self.got = 0       # of those, that the relay has
        self.taken = 0     # bytes of binary messages
        self.answers_pings = True

    def say(self, **words):
        self.say_text(json.dumps(words))
        if not {"host", "join", "return", "got"} & set(words):
            self.sent += 1

    def say_text(self, text):
        self.send(TEXT, text.encode())

    def hello(self, **words):
        self.shake_hands()
        self.say(**words)
        return self

    def host(self, game="test 1", **more):
        return self.hello(host={"game": game, "max": 8, "mesh": False, **more}).welcomed()

    def name_party(self, code):
        """In the request, for what stands before several relays."""
        letters = "".join(filter(str.isalpha, code.upper()))
        self.head = self.head.replace(b"GET /game HTTP", f"GET /game?party={letters} HTTP".encode())

    def join(self, code, own_id, game="test 1"):
        self.name_party(code)
        return self.hello(join={"code": code, "game": game, "id": own_id}).welcomed()

    def welcomed(self):
        self.welcome = self.wait_for("welcome")
        self.id, self.token = self.welcome["id"], self.welcome["token"]
        self.code = self.welcome["code"]
        self.got = self.welcome["got"]
        return self

    def come_back(self, **options):
        """Another connection to the same place; what the relay has not got is to be sent again."""
        again = type(self)(self.relay, **options)
        again.texts, again.packets = self.texts, self.packets
        again.numbered, again.sent = self.numbered, self.sent
        again.name_party(self.code)
        again.hello(**{"return": self.token, "got": self.numbered})
        return again.welcomed()

    @staticmethod
    def packed(payload, target=0, mode=RELIABLE, channel=0, targets=()):
        first = len(targets) if targets else target
        flag = 0x80 if targets else 0
        return (struct.pack("<iBBI", first, mode | flag, channel, len(payload)) +
                b"".join(struct.pack("<i", one) for one in targets) + payload)

    def put(self, payload, target=0, mode=RELIABLE, channel=0, targets=()):
        self.send(BINARY, self.packed(payload, target, mode, channel, targets))
        if mode == RELIABLE:
            self.sent += 1

    def unpack(self, message):
        at, reliable = 0, False
        while at < len(message):
            source, mode, channel, size = struct.unpack_from("<iBBI", message, at)
            at += 10
            self.packets.append(Packet(source, mode, channel, message[at:at + size]))
            at += size
            reliable = mode == RELIABLE
        self.numbered += reliable
        self.taken += len(message)

    def step(self):
        """Takes one frame."""
        kind, payload = self.frame()
        if kind == PING:
            if self.answers_pings:
                self.send(PONG, payload)
        elif kind == BINARY:
            self.unpack(payload)
        elif kind == TEXT:
            words = json.loads(payload)
            if "got" in words and "welcome" not in words:
                self.got = words["got"]
            else:
                self.texts.append(words)
            if not any(word in words for word in UNNUMBERED):
                self.numbered += 1
        elif kind == CLOSE:
            self.texts.append({"closed": payload})

    def acknowledge(self):
        self.say(got=self.numbered, seen=self.taken)

    def hear_until(self, condition, what, limit=LIMIT):
        until = time.monotonic() + limit
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain for {what}")
            self.step()

    def wait_for(self, word, limit=LIMIT):
        """The value of the next control message that has this word."""
        def found():
            return [words for words in self.texts if word in words]
        self.hear_until(found, word, limit)
        words = found()[0]
        self.texts.remove(words)
        return words[word]

    def next_packet(self):
        self.hear_until(lambda: self.packets, "a packet")
        return self.packets.pop(0)

    def wait_for_acknowledgement(self):
        self.hear_until(lambda: self.got >= self.sent, "the relay to have all")

    def hang_up(self):
        """As a game that leaves: a close frame, and the relay's in answer."""
        self.send(CLOSE, struct.pack(">H", 1000))
        closed = {"closed": struct.pack(">H", 1000)}
        self.hear_until(lambda: closed in self.texts, "the close frame")

    def hear_end(self):
        """Nothing but the end is still to come."""
        try:
            while True:
                self.step()
        except Ended:
            return
