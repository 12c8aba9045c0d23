"""The relay's end of the wire by hand, for one game: what the addon says is seen message by
message, and it is told what no relay would say."""

import base64
import hashlib
import json
import socket
import struct

PROTOCOL = "netplay-relay.godot.1"
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE = 1, 2, 8
LIMIT = 10
HEAD = struct.Struct("<iBBI")
LISTED = 0x80
RELIABLE = 2


class Gone(Exception):
    """The game has hung up."""


def packet(source, payload, mode=RELIABLE, channel=0):
    return HEAD.pack(source, mode, channel, len(payload)) + payload


def packets(message):
    """(targets, mode, channel, payload) of each packet that the addon has put into a message."""
    found = []
    at = 0
    while at < len(message):
        target, mode, channel, size = HEAD.unpack_from(message, at)
        at += HEAD.size
        targets = (target,)
        if mode & LISTED:
            targets = struct.unpack_from(f"<{target}i", message, at)
            at += 4 * target
        found.append((targets, mode & ~LISTED, channel, message[at:at + size]))
        at += size
    assert at == len(message), "bytes behind the last packet"
    return found


class Listener:
    """With a context it speaks TLS."""

    def __init__(self, context=None):
        self.context = context
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(LIMIT)
        self.port = self.server.getsockname()[1]

    def accept(self):
        accepted = self.server.accept()[0]
        accepted.settimeout(LIMIT)
        if self.context:
            accepted = self.context.wrap_socket(accepted, server_side=True)
        return Connection(accepted)

    def close(self):
        self.server.close()


class Connection:
    """A game that has come: the head is read and answered."""

    def __init__(self, accepted):
        self.socket = accepted
        self.socket.settimeout(LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        while b"\r\n\r\n" not in self.unread:
            self.read_more()
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.target = lines[0].split()[1]
        self.fields = {name.lower(): value for name, _, value in
                       (line.partition(": ") for line in lines[1:])}
        key = self.fields["sec-websocket-key"] + GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.socket.sendall((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                             f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n").encode())

    def read_more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Gone
        self.unread += data

    def take(self, count):
        while len(self.unread) < count:
            self.read_more()
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def receive(self):
        """The kind and the payload of the next frame: the addon sends no fragments."""
        first, size = self.take(2)
        size &= 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", self.take(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.take(8))
        mask = self.take(4) * (size // 4 + 1)
        data = int.from_bytes(self.take(size), "big") ^ int.from_bytes(mask[:size], "big")
        return first & 0x0F, data.to_bytes(size, "big")

    def receive_text(self):
        kind, data = self.receive()
        assert kind == TEXT, (kind, data[:40])
        return json.loads(data)

    def messages(self, count):
        """The packets of so many binary messages, without those that only ask for an answer."""
        found = []
        while len(found) < count:
            kind, data = self.receive()
            if kind == BINARY and (inside := [one for one in packets(data) if one[0]]):
                found.append(inside)
        return found

    def until(self, wanted):
        """The first text that has this key."""
        while True:
            kind, data = self.receive()
            if kind == TEXT and wanted in (said := json.loads(data)):
                return said

    def send(self, data, kind=BINARY):
        size = len(data)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([size])
        elif size < 1 << 16:
            head += bytes([126]) + struct.pack(">H", size)
        else:
            head += bytes([127]) + struct.pack(">Q", size)
        self.socket.sendall(head + data)

    def say(self, **message):
        self.send(json.dumps(message).encode(), TEXT)

    def welcome(self, peer=1, peers=(), **others):
        self.say(welcome={"id": peer, "code": "BCDF-GHJK", "token": "0123456789abcdef" * 2,
                          "mesh": False, "peers": list(peers), "packet": 1572864, "hold": 10,
                          "again": False, "got": 0, **others})

    def close(self):
        self.socket.close()
