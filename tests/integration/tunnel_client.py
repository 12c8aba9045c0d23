"""A host and a guest that speak the tunnel protocol, without any emulator."""

import fcntl
import ipaddress
import socket
import struct
import termios
import time

from waiting import wait_until

RATS, RATL, RATA, RATP = b"RATS", b"RATL", b"RATA", b"RATP"
NO_ID = bytes(12)
LIMIT = 10  # for an answer that comes at once

# What a frontend of 1.14 on 64-bit Linux sends first.
HEADER = bytes.fromhex("52414e50 00040008 00000001 00000006 00000005 00000469")



class Refusal(bytes):
    """As RetroArch reads it: the last word is a reason for peers of our own (protocol.md)."""

    def __eq__(self, other):
        return self[:20] == other[:20] and len(self) == len(other)

    __hash__ = bytes.__hash__


FULL = Refusal.fromhex("46554c4c 00000000 00000000 00000000 00000006 00000000")
DENY = Refusal.fromhex("44454e59 00000000 00000000 00000000 00000006 00000000")
OLD_VERSION = bytes.fromhex("52414e50 00000000 00000000 00000000 00000000 00000000")


def as_16_bytes(text):
    """An address the way the address reply carries it."""
    address = ipaddress.ip_address(text)
    if address.version == 4:
        return bytes(10) + b"\xff\xff" + address.packed
    return address.packed


class Peer:
    """One connection to the relay. Reads never wait longer than they are told."""

    def __init__(self, relay, source=None, receive_buffer=None):
        family = socket.AF_INET6 if ":" in relay.address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(LIMIT)
        self.socket.connect(relay.address)
        self.relay = relay

    def name(self):
        """As the relay's log writes it."""
        host, port = self.socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def send(self, data, limit=LIMIT):
        self.socket.settimeout(limit)
        self.socket.sendall(data)

    def send_bytewise(self, data):
        """One byte a segment; the relay is known to have read the first and the second half
        separately."""
        middle = len(data) // 2
        for at in range(len(data)):
            if at == middle:
                self.wait_until_acknowledged()
                self.relay.barrier()
            self.send(data[at:at + 1])

    def fill(self, data):
        """Sends what is taken within a moment; returns how much."""
        self.socket.settimeout(0.15)
        sent = 0
        try:
            while sent < len(data):
                sent += self.socket.send(data[sent:sent + 65536])
        except TimeoutError:
            pass
        return sent

    def receive(self, count, limit=LIMIT):
        """Exactly count bytes."""
        deadline = time.monotonic() + limit
        data = bytearray()
        while len(data) < count:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                piece = self.socket.recv(min(1 << 18, count - len(data)))
            except TimeoutError:
                raise AssertionError(
                    f"{len(data)} of {count} bytes came within {limit} s") from None
            if not piece:
                raise AssertionError(f"the end came after {len(data)} of {count} bytes")
            data += piece
        return bytes(data)

    def receive_rest(self, limit=LIMIT):
        """Everything up to the end of the stream; a reset is an error."""
        deadline = time.monotonic() + limit
        data = bytearray()
        while True:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                piece = self.socket.recv(1 << 18)
            except TimeoutError:
                raise AssertionError(f"no end within {limit} s after {len(data)} bytes") from None
            if not piece:
                return bytes(data)
            data += piece

    def wait_for_any_end(self, limit=LIMIT):
        """An end or a reset; what comes before is thrown away."""
        try:
            self.receive_rest(limit)
        except ConnectionError:
            pass

    def has_data(self):
        """True for an end, too."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except ConnectionError:
            pass
        return True

    def unacknowledged(self):
        answer = fcntl.ioctl(self.socket, termios.TIOCOUTQ, struct.pack("i", 0))
        return struct.unpack("i", answer)[0]

    def wait_until_acknowledged(self):
        wait_until(lambda: self.unacknowledged() == 0, LIMIT, "the relay's kernel to have it all")

    def finish(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


class Host(Peer):
    """A host's control connection."""

    def __init__(self, relay, source=None, **options):
        super().__init__(relay, source, **options)
        self.source = source
        self.session = None
        self.tickets = []  # announced, but not asked for by the test yet

    def open(self):
        self.send(RATS + NO_ID)
        reply = self.receive(16)
        assert reply[:4] == RATS and reply[4:] != NO_ID, reply
        self.session = reply[4:]
        return self

    def next_record(self, limit=LIMIT):
        """The magic and what belongs to it. Pings are answered."""
        magic = self.receive(4, limit)
        if magic == RATP:
            self.send(RATP)
            return magic, b""
        assert magic in (RATL, RATA), magic
        return magic, self.receive(12 if magic == RATL else 28, limit)

    def next_ticket(self, limit=LIMIT):
        while not self.tickets:
            magic, ticket = self.next_record(limit)
            assert magic != RATA, "an address nobody asked for"
            if magic == RATL:
                self.tickets.append(ticket)
        return self.tickets.pop(0)

    def ask(self, ticket):
        """The 16 address bytes of the answer. Guests announced meanwhile are kept in mind."""
        self.send(RATA + ticket)
        while True:
            magic, rest = self.next_record()
            if magic == RATL:
                self.tickets.append(rest)
            if magic == RATA:
                assert rest[:12] == ticket, rest
                return rest[12:]

    def accept(self, ticket, early=b"", **options):
        host_side = Peer(self.relay, self.source, **options)
        host_side.send(RATL + ticket + early)
        return host_side

    def admit(self, **options):
        """Does what a frontend does for the next guest; returns the host's end of the link."""
        ticket = self.next_ticket()
        self.ask(ticket)
        return self.accept(ticket, **options)


class Guest(Peer):
    def join(self, session, early=HEADER):
        self.send(RATS + session + early)
        return self
