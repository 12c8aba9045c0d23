"""The seeds of fuzz_websocket: heads of requests, and frames."""

HEAD, OF_CLIENT, OF_SERVER = range(3)

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = "Sec-WebSocket-Version: 13"
PROTOCOL = "Sec-WebSocket-Protocol: netplay-relay.godot.1"
UPGRADE = ("Host: a", "Upgrade: websocket", "Connection: Upgrade")


def head(*lines, first="GET / HTTP/1.1", behind=b""):
    return bytes([HEAD]) + "".join(f"{line}\r\n" for line in (first, *lines, "")).encode() + behind


def frame(opcode, payload=b"", *, final=True, mask=b"\x37\xfa\x21\x3d"):
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if mask else payload
    return (bytes([opcode | (0x80 if final else 0), length[0] | (0x80 if mask else 0)])
            + length[1:] + mask + masked)


def of_client(*frames, piece=3):
    return bytes([OF_CLIENT, piece - 1]) + b"".join(frames)


def of_server(*frames, piece=3):
    return bytes([OF_SERVER, piece - 1]) + b"".join(frames)


TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

SEEDS = {
    "head": head(*UPGRADE, KEY, VERSION, PROTOCOL),
    "head_and_frame": head(*UPGRADE, KEY, VERSION, PROTOCOL, behind=frame(TEXT, b"hello")),
    "head_forwarded": head(*UPGRADE, KEY, VERSION, PROTOCOL, "X-Forwarded-For: ::1, 10.0.0.1",
                           "X-Forwarded-For: x,,"),
    "head_list": head(*UPGRADE, KEY, VERSION, PROTOCOL + "0, netplay-relay.godot.1"),
    "head_plain": head("Host: a"),
    "head_old": head(*UPGRADE, KEY, "Sec-WebSocket-Version: 8", PROTOCOL),
    "head_no_key": head(*UPGRADE, "Sec-WebSocket-Key: x", VERSION, PROTOCOL),
    "head_body": head(*UPGRADE, KEY, VERSION, PROTOCOL, "Content-Length: 3", behind=b"abc"),
    "head_chunked": head("Transfer-Encoding: chunked", behind=b"3\r\nabc\r\n0\r\n\r\n"),
    "head_post": head(first="POST / HTTP/1.1"),
    "head_folded": head("A: b", " c", *UPGRADE),
    "head_nonsense": bytes([HEAD]) + b"\0\1\2\r\n\r\n",
    "frames": of_client(frame(TEXT, "J\u00f6rg".encode()), frame(BINARY, bytes(24)), frame(PING)),
    "fragments": of_client(frame(TEXT, b"J\xc3", final=False), frame(PING, b"x"),
                           frame(0, b"\xb6r", final=False), frame(0, b"g")),
    "long": of_client(frame(BINARY, bytes(200)), frame(BINARY, bytes(range(250)), final=False),
                      frame(0, bytes(50)), piece=20),
    "too_long": of_client(frame(BINARY, bytes(200), final=False), frame(0, bytes(101))),
    "close": of_client(frame(BINARY, b"x"), frame(CLOSE, b"\x03\xe8bye")),
    "bad_close": of_client(frame(CLOSE, b"\x03\xed")),
    "bad_text": of_client(frame(TEXT, b"\xed\xa0\x80")),
    "not_masked": of_client(frame(TEXT, b"x", mask=b"")),
    "long_size": of_client(b"\x82\xfe\x00\x01\x00\x00\x00\x00x"),
    "size_of_64_bits": of_client(b"\x82\xff\x00\x00\x00\x00\x00\x00\x00\x05\0\0\0\0hello"),
    "of_server": of_server(frame(TEXT, b"{}", mask=b""), frame(PONG, b"x", mask=b""),
                           frame(BINARY, bytes(130), final=False, mask=b""),
                           frame(0, b"x", mask=b"")),
    "of_server_masked": of_server(frame(TEXT, b"{}")),
}
