"""A WebSocket server (RFC 6455) for one client, by hand: prints its port, then what it sees.

count SECONDS: reads nothing for so long, then says how many messages stood before the close frame.
goodbye COUNT: sends so many messages and, in the same write, a close frame."""

import base64
import hashlib
import socket
import struct
import sys
import time

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE = 1, 2, 8


def accept(server):
    client = server.accept()[0]
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(4096)
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    key = {name.lower(): value for name, value in fields.items()}[b"sec-websocket-key"]
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                   + base64.b64encode(hashlib.sha1(key + MAGIC).digest()) + b"\r\n\r\n")
    return client


def frame(kind, payload):
    return bytes([0x80 | kind, len(payload)]) + payload


def read(client, size):
    got = b""
    while len(got) < size:
        part = client.recv(size - len(got))
        if not part:
            raise EOFError
        got += part
    return got


def read_kind(client):
    """Of the next frame, whose payload is passed over."""
    kind, size = read(client, 2)
    is_masked, size = size & 0x80, size & 0x7f
    if size == 126:
        size = struct.unpack(">H", read(client, 2))[0]
    elif size == 127:
        size = struct.unpack(">Q", read(client, 8))[0]
    read(client, size + (4 if is_masked else 0))
    return kind & 15


def main():
    mode, number = sys.argv[1], int(sys.argv[2])
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    server.settimeout(60)
    client = accept(server)
    client.settimeout(60)
    if mode == "goodbye":
        client.sendall(frame(BINARY, b"x" * 100) * number + frame(CLOSE, struct.pack(">H", 1000)))
    else:
        time.sleep(number)
    messages = 0
    try:
        while (kind := read_kind(client)) != CLOSE:
            messages += kind in (TEXT, BINARY)
        print("close frame behind", messages)
        client.sendall(frame(CLOSE, struct.pack(">H", 1000)))
    except EOFError:
        print("end of stream behind", messages)


if __name__ == "__main__":
    main()
