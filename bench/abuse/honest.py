"""Honest people beside an attack, in a process of their own: games through tunnels, rooms, and
newcomers. Everybody has an address of its own."""

import struct
import time
import zlib

from abuse.attack import netplay_client, tunnel_client

FRAME = 1 / 60
MESSAGE = 36             # bytes of a message: an INPUT and what goes with it
STOPS = 0.1              # so long without anything new is standing still, in seconds
LEAD_MAX = 60            # frames that a frontend goes on without the others
NEWCOMER_LIMIT = 3.0


class Reached:
    """The relay, as the clients of the tests want it."""

    def __init__(self, address):
        self.address = address

    def barrier(self):
        pass


class Stops:
    """How long something stood still, in all."""

    def __init__(self, now):
        self.last, self.seconds = now, 0.0

    def went_on(self, now):
        if now - self.last > STOPS:
            self.seconds += now - self.last - STOPS
        self.last = now


def linked(relay, number):
    """A host's end of a link and its guest's."""
    host = tunnel_client.Host(relay, f"127.1.{number}.1").open()
    guest = tunnel_client.Guest(relay, f"127.1.{number}.2").join(host.session)
    leg = host.admit()
    leg.receive(len(tunnel_client.HEADER))
    return host, guest, leg


class Game:
    """Two players of a tunnel link, 60 messages a second each way, checked to the byte."""

    def __init__(self, relay, number):
        self.host, guest, leg = linked(relay, number)
        self.ends = (guest, leg)
        for end in self.ends:
            end.socket.setblocking(False)
        self.lost = False
        self.begin(time.monotonic())

    def begin(self, now):
        self.stops = [Stops(now), Stops(now)]
        if not hasattr(self, "sent"):
            self.sent, self.unread, self.expected = [0, 0], [b"", b""], [0, 0]

    def message(self, number):
        return struct.pack(">I", number) * (MESSAGE // 4)

    def step(self, now):
        for at, end in enumerate(self.ends):
            try:
                end.socket.send(self.message(self.sent[at]))
                self.sent[at] += 1
            except BlockingIOError:
                pass
            except OSError:
                self.lost = True
            self.hear(at, now)
        try:  # pings
            if self.host.has_data():
                self.host.socket.send(tunnel_client.RATP * (len(self.host.socket.recv(64)) // 4))
        except OSError:
            self.lost = True

    def hear(self, at, now):
        try:
            piece = self.ends[at].socket.recv(1 << 16)
            self.lost |= not piece
        except BlockingIOError:
            return
        except OSError:
            self.lost = True
            return
        self.stops[at].went_on(now)
        data = self.unread[at] + piece
        while len(data) >= MESSAGE:
            if data[:MESSAGE] != self.message(self.expected[at]):
                self.lost = True
            self.expected[at] += 1
            data = data[MESSAGE:]
        self.unread[at] = data

    def standstill(self, now):
        for one in self.stops:
            one.went_on(now)
        return max(one.seconds for one in self.stops)


class Player(netplay_client.Client):
    """Holds something else in each frame, and waits for all others as frontends do."""

    def __init__(self, relay, **options):
        super().__init__(relay, **options)
        self.others = {}  # by number: the next frame of each other player

    def begin(self, now):
        self.stops = Stops(now)

    def take_in(self, number, payload):
        super().take_in(number, payload)
        if number == netplay_client.INPUT:
            frame, player = struct.unpack_from(">II", payload)
            self.others[player] = frame + 1
        elif number == netplay_client.MODE:
            frame, flags = struct.unpack_from(">II", payload)
            self.others.pop(flags & 0xFFFF, None)
            if flags & netplay_client.PLAYING and not flags & netplay_client.YOU:
                self.others[flags & 0xFFFF] = frame
        elif number == netplay_client.LOAD_SAVESTATE:  # nothing before it is waited for
            (frame,) = struct.unpack_from(">I", payload)
            self.others = {player: max(next_one, frame)
                           for player, next_one in self.others.items()}

    def word(self, frame, number):
        return zlib.crc32(struct.pack(">II", frame, number))

    def step(self, now):
        self.pump()
        slowest = min([self.over, *self.others.values()])
        if self.plays and self.frame < slowest + LEAD_MAX:
            self.send_input(self.word(self.frame, self.number))
            self.stops.went_on(now)

    def differs(self, other):
        """True if an input of the other is not what it was."""
        return any(words != struct.pack(">I", self.word(frame, player))
                   for (player, frame), words in self.inputs.items() if player == other.number)


class Room:
    def __init__(self, relay, number):
        self.players = []
        for at, nick in enumerate(("ann", "bob")):
            one = Player(relay, nick=nick, crc=number, source=f"127.2.{number}.{at + 1}")
            self.players.append(one)
            netplay_client.together(self.players, lambda one=one: one.number, "a room")
            one.say(netplay_client.PLAY, bytes(4))
            netplay_client.together(self.players, lambda one=one: one.plays, "a seat")
        self.differs = False
        self.begin(time.monotonic())

    def begin(self, now):
        for one in self.players:
            one.begin(now)

    def step(self, now):
        ann, bob = self.players
        ann.step(now)
        bob.step(now)
        for one, other in ((ann, bob), (bob, ann)):
            if len(one.inputs) > 600:
                self.differs |= one.differs(other)
                one.inputs.clear()

    @property
    def lost(self):
        return any(one.ended for one in self.players)

    def standstill(self, now):
        for one in self.players:
            one.stops.went_on(now)
        return max(one.stops.seconds for one in self.players)


class Newcomer:
    """Hosts with a guest, or is in a new room, from addresses that nobody has."""

    def __init__(self, relay, number):
        self.began, self.is_in = time.monotonic(), False
        self.steps = self.as_host(relay, number) if number % 2 else self.in_room(relay, number)

    def step(self):
        """False when it is in, or has given up."""
        try:
            next(self.steps)
        except StopIteration:
            self.is_in = time.monotonic() - self.began <= NEWCOMER_LIMIT
            return False
        except (OSError, AssertionError, struct.error):
            return False
        return time.monotonic() - self.began <= NEWCOMER_LIMIT

    def received(self, peer, count):
        data = b""
        peer.socket.setblocking(False)
        while len(data) < count:
            try:
                piece = peer.socket.recv(count - len(data))
                assert piece, "it hung up"
                data += piece
            except BlockingIOError:
                yield
        self.data = data

    def as_host(self, relay, number):
        host = tunnel_client.Host(relay, f"127.3.{number}.1")
        host.send(tunnel_client.RATS + tunnel_client.NO_ID)
        yield from self.received(host, 16)
        guest = tunnel_client.Guest(relay, f"127.3.{number}.2").join(self.data[4:])
        yield from self.received(host, 16)
        leg = host.accept(self.data[4:])
        yield from self.received(leg, len(tunnel_client.HEADER))
        guest.close()

    def in_room(self, relay, number):
        one = netplay_client.Client(relay, crc=0xF000 + number, source=f"127.3.{number}.1")
        while not one.number:
            one.pump()
            assert not one.ended, "it was turned away"
            yield
        one.close()


def play(address, games, rooms, newcomers, seconds, pipe):
    """The process: sets up and says so, plays until it is told to measure, and tells the result."""
    relay = Reached(address)
    everybody = [Game(relay, number + 1) for number in range(games)]
    everybody += [Room(relay, number + 1) for number in range(rooms)]
    pipe.send("ready")
    next_frame = time.monotonic()
    begin = end = None
    coming, came, seen = [], [], 0
    while end is None or time.monotonic() < end:
        now = time.monotonic()
        if pipe.poll(0.0005) and end is None:
            pipe.recv()
            begin, end = now, now + seconds
            for one in everybody:
                one.begin(now)
        if now >= next_frame:
            next_frame = max(next_frame + FRAME, now - 5 * FRAME)
            for one in everybody:
                one.step(now)
        if end and seen < newcomers and now >= begin + seen * max(seconds - 3, 1) / newcomers:
            coming.append(Newcomer(relay, seen + 1))
            seen += 1
        for one in list(coming):
            if not one.step():
                coming.remove(one)
                came.append(one.is_in)
    now = time.monotonic()
    still = [one.standstill(now) * 60 / seconds for one in everybody]
    pipe.send({
        "lost": sum(one.lost for one in everybody),
        "differ": sum(getattr(one, "differs", False) for one in everybody),
        "still": sum(seconds_a_minute > 0.5 for seconds_a_minute in still),
        "worst_still": max(still, default=0.0),
        "newcomers_in": sum(came), "newcomers": newcomers,
    })
