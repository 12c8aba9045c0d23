"""Honest people beside an attack, in a process of their own: games through tunnels, and rooms.
Everybody has an address of its own."""

import dataclasses
import struct
import time
import zlib

from abuse.attack import netplay_client, tunnel_client

FRAME = 1 / 60
MESSAGE = 36             # bytes of a message: an INPUT and what goes with it
STOPS = 0.1              # so long without anything new is standing still, in seconds
LEAD_MAX = 60            # frames that a frontend goes on without the others
HEADER = tunnel_client.HEADER
GARBAGE_ROOM = 0xD000    # where a stranger was first
FRIENDS_ROOM, FRIENDS_PASSWORD = 0xFEED, "4711"


@dataclasses.dataclass
class Plan:
    """What the honest do, as far as it differs between attacks."""
    relay: object = None
    games: int = 20
    rooms: int = 10
    newcomers: int = 20
    seconds: float = 20
    kind: str = ""              # of newcomers, beside hosts and new rooms
    only_kind: bool = False
    password: str = ""          # of all rooms
    state_bytes: int = 0        # of a player's savestate; 0: a little one
    bytes_per_second: int = 0   # that a player's line takes; 0: all
    door: int = 0               # a port with rooms by password, with friends behind it
    lan: tuple = ()             # where frontends look for games
    session: bytes = b""        # of the first game


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
    host_side = host.admit()
    host_side.receive(len(HEADER))
    return host, guest, host_side


class Game:
    """Two players of a tunnel link, 60 messages a second each way, checked to the byte. Whoever
    else comes is let in, as frontends do, and gets the host's header for its own."""

    differs = False

    def __init__(self, relay, number):
        self.host, guest, host_side = linked(relay, number)
        self.ends = (guest, host_side)
        for end in (*self.ends, self.host):
            end.socket.setblocking(False)
        self.lost = False
        self.told = b""    # by the relay, on the control connection
        self.others = []   # host sides of further guests, and what they have said
        self.sent, self.unread, self.expected = [0, 0], [b"", b""], [0, 0]
        self.begin(time.monotonic())

    def begin(self, now):
        self.stops = [Stops(now), Stops(now)]

    def forgive(self, gap):
        for one in self.stops:
            one.last += gap

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
        try:
            self.host_on()
        except BlockingIOError:
            pass
        except OSError:
            self.lost = True
        self.answer_others()

    def host_on(self):
        """Answers pings and lets guests in."""
        piece = self.host.socket.recv(4096)
        self.lost |= not piece
        self.told += piece
        while len(self.told) >= 4:
            magic = self.told[:4]
            size = {tunnel_client.RATL: 16, tunnel_client.RATA: 32}.get(magic, 4)
            if len(self.told) < size:
                return
            record, self.told = self.told[:size], self.told[size:]
            if magic == tunnel_client.RATP:
                self.host.socket.send(tunnel_client.RATP)
            elif magic == tunnel_client.RATL:
                try:
                    host_side = self.host.accept(record[4:])
                    host_side.socket.setblocking(False)
                    self.others.append([host_side, b""])
                except OSError:
                    pass

    def answer_others(self):
        for other in list(self.others):
            host_side, said = other
            try:
                piece = host_side.socket.recv(4096)
                if not piece:
                    raise ConnectionResetError
                other[1] = (said + piece)[:len(HEADER)]
                if len(said) < len(HEADER) <= len(other[1]):
                    host_side.socket.send(HEADER)
            except BlockingIOError:
                pass
            except OSError:
                host_side.close()
                self.others.remove(other)

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

    def __init__(self, relay, plan, **options):
        super().__init__(relay, **options)
        self.others = {}  # by number: the next frame of each other player
        self.words = {}   # and what it held last
        self.fooled = False
        self.line = plan.bytes_per_second / 60
        if plan.state_bytes:
            self.state = random_bytes(plan.state_bytes)
        self.begin(time.monotonic())

    def begin(self, now):
        self.stops = Stops(now)
        self.began_at = self.frame
        self.repeats = 0        # frames, because of what others said late
        self.served = 0         # bytes of its savestate
        self.repeats_from = None

    def say(self, number, payload=b""):
        super().say(number, payload)
        if number == netplay_client.LOAD_SAVESTATE:
            self.served += len(payload)

    def pump(self):
        if not self.line or self.header is None:
            return super().pump()
        waiting = self.unsent  # only so much of it fits through the line in this turn
        self.unsent = bytearray()
        super().pump()
        waiting += self.unsent
        piece, self.unsent = waiting[:int(self.line)], waiting[int(self.line):]
        try:
            sent = self.socket.send(piece) if piece else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.ended = True
            return None
        self.unsent = piece[sent:] + self.unsent
        return None

    def take_in(self, number, payload):
        try:
            super().take_in(number, payload)
        except (AssertionError, zlib.error):
            self.fooled = True  # a state that is none
            return
        if number == netplay_client.INPUT:
            frame, player = struct.unpack_from(">II", payload)
            self.others[player] = frame + 1
            if frame < self.frame and self.words.get(player) != payload[8:]:
                self.repeats_from = min(frame, self.repeats_from or frame)
            self.words[player] = payload[8:]
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
        if self.repeats_from is not None:
            self.repeats += self.frame - self.repeats_from
            self.repeats_from = None
        slowest = min([self.over, *self.others.values()])
        for turn in range(3):  # behind the room's clock frontends go faster
            if not self.plays or self.frame >= slowest + LEAD_MAX:
                break
            if turn and self.frame >= self.over:
                break
            self.send_input(self.word(self.frame, self.number))
            self.stops.went_on(now)

    def differs(self, other):
        """True if an input of the other is not what it was, or a state not everybody's."""
        self.fooled |= any(state != self.state for _, state in self.states)
        self.states.clear()
        return self.fooled or any(
            words != struct.pack(">I", self.word(frame, player))
            for (player, frame), words in self.inputs.items() if player == other.number)


def random_bytes(count):
    """Always the same: all players of a game have one state."""
    return b"".join(zlib.crc32(struct.pack(">I", at)).to_bytes(4, "big")
                    for at in range(count // 4))


class Room:
    """Two players who have a room of their own; anybody may come in."""

    def __init__(self, plan, number):
        self.players = []
        for at, nick in enumerate(("ann", "bob")):
            one = Player(plan.relay, plan, nick=nick, crc=number, password=plan.password,
                         source=f"127.2.{number}.{at + 1}")
            self.players.append(one)
            netplay_client.together(self.players, lambda one=one: one.number, "a room")
            one.say(netplay_client.PLAY, bytes(4))
            netplay_client.together(self.players, lambda one=one: one.plays, "a seat")
        self.differs = False
        self.begin(time.monotonic())

    def begin(self, now):
        for one in self.players:
            one.begin(now)

    def forgive(self, gap):
        for one in self.players:
            one.stops.last += gap

    def step(self, now):
        ann, bob = self.players
        ann.step(now)
        bob.step(now)
        for one, other in ((ann, bob), (bob, ann)):
            if len(one.inputs) > 600 or one.states:
                self.differs |= one.differs(other)
                one.inputs.clear()

    @property
    def lost(self):
        return any(one.ended for one in self.players)

    def standstill(self, now):
        for one in self.players:
            one.stops.went_on(now)
        return max(one.stops.seconds for one in self.players)


class Friends:
    """Sit in a room of their own behind a door, and watch."""

    differs = False

    def __init__(self, plan):
        self.one = netplay_client.Client(
            plan.relay, nick="friend", crc=FRIENDS_ROOM, port=plan.door,
            password=FRIENDS_PASSWORD, source="127.4.0.1")
        netplay_client.together([self.one], lambda: self.one.number, "the friends' room")

    def begin(self, now):
        pass

    def forgive(self, gap):
        pass

    def step(self, now):
        self.one.pump()

    @property
    def lost(self):
        return self.one.ended

    def standstill(self, now):
        return 0.0


class Minutes:
    """Standstill and speed of each whole minute, of the worst of all."""

    def __init__(self, everybody, now):
        self.everybody, self.players, self.told = everybody, players_of(everybody), []
        self.begin(now)

    def begin(self, now):
        self.began = now
        self.still = [one.standstill(now) for one in self.everybody]
        self.frames = [player.frame for player in self.players]

    def look(self, now, slack=0.0):
        if now < self.began + 60 - slack:
            return
        still, frames, took = self.still, self.frames, now - self.began
        self.begin(now)
        self.told.append({
            "still": max((now - then for now, then in zip(self.still, still)), default=0.0),
            "frames_per_second": min((now - then for now, then in zip(self.frames, frames)),
                                     default=60 * took) / took})


def players_of(everybody):
    return [player for one in everybody for player in getattr(one, "players", ())]


def play(plan, pipe):
    """The process: sets up and says so, plays until it is told to measure, and tells the result."""
    everybody = [Game(plan.relay, number + 1) for number in range(plan.games)]
    if everybody:
        plan.session = everybody[0].host.session
    everybody += [Room(plan, number + 1) for number in range(plan.rooms)]
    if plan.door:
        everybody.append(Friends(plan))
    pipe.send(plan.session)
    next_frame = last_turn = time.monotonic()
    end = minutes = None
    own = 0.0  # seconds in which this process itself stood still
    while end is None or time.monotonic() < end:
        now = time.monotonic()
        if now - last_turn > STOPS / 2:
            own += now - last_turn
            for one in everybody:
                one.forgive(now - last_turn)
        last_turn = now
        if pipe.poll(0.0005) and end is None:
            pipe.recv()
            end, own = now + plan.seconds, 0.0
            for one in everybody:
                one.begin(now)
            minutes = Minutes(everybody, now)
        if minutes:
            minutes.look(now)
        if now >= next_frame:
            next_frame = max(next_frame + FRAME, now - 5 * FRAME)
            for one in everybody:
                one.step(now)
    minutes.look(time.monotonic(), slack=1)
    pipe.send({**summary(everybody, plan.seconds), "own_gaps": own, "minutes": minutes.told})
    pipe.poll(60)  # all are there until they are counted


def summary(everybody, seconds):
    now = time.monotonic()
    still = [one.standstill(now) * 60 / seconds for one in everybody]
    players = players_of(everybody)
    return {
        "lost": sum(one.lost for one in everybody),
        "differ": sum(one.differs for one in everybody),
        "still": sum(seconds_a_minute > 0.5 for seconds_a_minute in still),
        "worst_still": max(still, default=0.0),
        "frames_per_second": min((one.frame - one.began_at for one in players),
                                 default=60 * seconds) / seconds,
        "repeats_per_second": max((one.repeats for one in players), default=0) / seconds,
        "served_bytes": max((one.served for one in players), default=0),
    }
