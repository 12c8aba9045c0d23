"""What all attacks have in common: where they come from, what they prove, and when they end."""

import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "integration"))

import netplay_client  # noqa: E402  (from the tests, whose path was just added)
import tunnel_client  # noqa: E402

IPV6_FREEBIND = 78  # bind to any address of a network that is routed here
TURN = 0.01
FRAME = 1 / 60
LEAD_MAX = 30  # frames, that whoever plays is ahead of the room


class Attack:
    """One kind of attack. `run` goes on until `stop` is set; whatever is refused it takes."""

    name = ""
    what = ""               # what the stranger does, in a few words
    config = {}             # of the relay, beside the bench's; None: as it is by default
    honest = {}             # what is different about the honest players (honest.Plan)
    newcomer_kind = ""          # who comes beside hosts and new rooms (newcomers.py)
    newcomers_lost = 0      # that cannot be helped
    excused = ()            # bars that say nothing here
    setup = 10              # seconds until it has what it wants, at the most
    seconds_least = 0       # that it has to be watched
    is_learnt = False       # who spoils is judged and known: only its last minute is to be good
    addresses_least = 0
    addresses_most = 1 << 16
    needs_namespace = False
    binary_prefix = ()      # before the relay's command line
    is_flood = False        # takes all the CPU it gets
    tells_repeats = False   # frames that honest players repeated
    shows = ()              # of what the relay has in use, behind the line

    def __init__(self, facts, sources, stop, tell):
        self.facts = facts      # where the relay is (measuring.Facts)
        self.sources = sources  # addresses to come from
        self.stop = stop
        self.tell = tell
        self.address = facts.address  # as the clients of the tests want it
        self.kept = []
        self.count = 0
        self.deeds = 0          # of what it does without end
        self.told = {}          # for the line of the table
        self.poll = select.epoll()

    def run(self):
        raise NotImplementedError

    def is_set_up(self):
        """To be called when it has what it wants; what goes on without end need not."""
        self.tell("ready")

    @classmethod
    def faults(cls, numbers):
        """Bars of its own that were missed, as texts."""
        return []

    def source(self):
        """The next address, in turn."""
        self.count += 1
        return self.sources[self.count % len(self.sources)]

    def connect(self, source=None, port=None):
        """A connected socket, or None if it was not let in."""
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        try:
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            one.bind((source or self.source(), 0))
            one.settimeout(2)
            one.connect((self.address[0], port or self.address[1]))
            self.deeds += 1
            return one
        except OSError:
            one.close()
            return None

    def attempt(self, act, *arguments, **options):
        """The result, or None if the relay hung up on it."""
        try:
            return act(*arguments, **options)
        except (OSError, AssertionError, struct.error):
            return None

    def session(self, source):
        """An open session, or None."""
        return self.attempt(lambda: tunnel_client.Host(self, source).open())

    def member(self, source, kind=netplay_client.Client, **options):
        """A client that shakes hands while it is pumped, or None."""
        one = self.attempt(kind, self, source=source, **options)
        if one:
            self.poll.register(one.socket.fileno(), select.EPOLLIN)
        return one

    def pump(self, clients, seconds=0.0):
        """All hear and answer for so long; those that are out are dropped."""
        end = time.monotonic() + seconds
        while not self.stop.is_set():
            heard = {number for number, _ in self.poll.poll(TURN if seconds else 0)}
            for client in clients:
                if not client.unsent and client.socket.fileno() not in heard:
                    continue
                if self.attempt(client.pump) is None and client.ended:
                    client.close()
            clients[:] = [client for client in clients if not client.ended]
            if time.monotonic() >= end:
                return
            if not clients:
                self.stop.wait(TURN)

    def in_honest_rooms(self, source=None, **options):
        """A member in each of the honest players' rooms, where it may."""
        members = []
        for crc in range(1, self.facts.rooms + 1):
            one = self.member(source or self.source(), crc=crc, **options)
            if one:
                members.append(one)
        return members

    def play(self, members):
        """Whoever has a seat plays as frontends do, 60 frames a second."""
        now = time.monotonic()
        for one in members:
            if not one.plays:
                continue
            one.due = max(getattr(one, "due", now), now - 1)
            words = bytes(4 * max(1, one.ports.bit_count()))
            while one.frame < one.over or (one.due <= now and one.frame < one.over + LEAD_MAX):
                one.due = max(one.due, now) if one.frame < one.over else one.due + FRAME
                one.say(netplay_client.INPUT, struct.pack(">II", one.frame, one.number) + words)
                one.frame += 1

    def hold(self):
        """Keeps all that it has until the end."""
        self.is_set_up()
        self.stop.wait()

    def barrier(self):
        pass  # the clients of the tests may ask for it
