"""A WebSocket client by hand, which can do what no browser does."""

import base64
import os
import socket
import struct

from tunnel_client import LIMIT

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(payload=b"", kind=BINARY, fin=True, mask=b"\1\2\3\4", size=None):
    """As a client sends it; size: what it says its size is."""
    size = len(payload) if size is None else size
    head = bytes([kind | (0x80 if fin else 0)])
    marked = 0x80 if mask else 0
    if size < 126:
        head += bytes([marked | size])
    elif size < 1 << 16:
        head += bytes([marked | 126]) + struct.pack(">H", size)
    else:
        head += bytes([marked | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class WebSocket:
    def __init__(self, address, source=None):
        self.socket = socket.create_connection(address, timeout=LIMIT,
                                               source_address=(source, 0) if source else None)
        self.unread = b""

    def open(self, path="/line"):
        """The status of the answer."""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: anybody.invalid\r\n"
                             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.unread:
            piece = self.socket.recv(4096)
            if not piece:
                return None
            self.unread += piece
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        return int(head.split()[1])

    def send(self, data):
        self.socket.sendall(data)

    def take(self, count):
        while len(self.unread) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.unread += piece
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def receive(self, limit=LIMIT):
        """The kind and payload of the next frame. EOFError at the end."""
        self.socket.settimeout(limit)
        first, size = self.take(2)
        if size == 126:
            (size,) = struct.unpack(">H", self.take(2))
        return first & 0x0F, self.take(size)

    def ends(self, limit=LIMIT):
        """What it was told before the end: kinds and payloads."""
        told = []
        try:
            while True:
                told.append(self.receive(limit))
        except (EOFError, ConnectionError):
            return told

    def close(self):
        self.socket.close()
