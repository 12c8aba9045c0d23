"""A TCP proxy that keeps the bytes of both directions, and captures made of them."""

import socket
import struct
import threading

LIMIT = 60


class RecordingProxy:
    """One connection through it. Ends when both directions have; up is what the client said."""

    def __init__(self, server):
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT)
        self.directions = {"up": bytearray(), "down": bytearray()}
        self.pieces = []  # (direction, bytes) in the order of their coming
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def target(self):
        return "127.0.0.1|%d" % self.listener.getsockname()[1]

    def run(self):
        with self.listener:
            client, _ = self.listener.accept()
        with client, socket.create_connection(self.server, LIMIT) as server:
            client.settimeout(LIMIT)
            back = threading.Thread(target=self.pump, args=("down", server, client), daemon=True)
            back.start()
            self.pump("up", client, server)
            back.join(LIMIT)

    def pump(self, direction, source, target):
        try:
            while data := source.recv(65536):
                self.directions[direction] += data
                self.pieces.append((direction, data))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()

    def finish(self):
        self.thread.join(LIMIT)
        assert not self.thread.is_alive()
        return bytes(self.directions["up"]), bytes(self.directions["down"])


def packet(direction, sequence, acknowledged, flags, data):
    """An Ethernet frame with IPv4 and TCP; the checksums are nobody's concern."""
    ends = [(bytes((10, 0, 0, 1)), 40000), (bytes((10, 0, 0, 2)), 55435)]
    (source, from_port), (target, to_port) = ends if direction == "up" else reversed(ends)
    tcp = struct.pack(">HHIIBBHHH", from_port, to_port, sequence, acknowledged, 5 << 4, flags,
                      65535, 0, 0) + data
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, source, target)
    return bytes(12) + b"\x08\x00" + head + tcp


def capture(pieces):
    """A pcap of one connection that said these pieces, with its beginning and end."""
    syn, ack, fin = 2, 16, 1
    packets = [packet("up", 99, 0, syn, b""), packet("down", 499, 100, syn | ack, b"")]
    at = {"up": 100, "down": 500}
    other = {"up": "down", "down": "up"}
    for direction, data in pieces:
        for begin in range(0, len(data), 1400):
            part = data[begin:begin + 1400]
            packets.append(packet(direction, at[direction], at[other[direction]], ack, part))
            at[direction] += len(part)
    for direction in at:
        packets.append(packet(direction, at[direction], at[other[direction]], fin | ack, b""))
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, data in enumerate(packets):
        file += struct.pack("<IIII", 1_700_000_000, number, len(data), len(data)) + data
    return file
