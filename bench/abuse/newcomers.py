"""Those who come while a relay is attacked, each from an address that nobody has, in a process of
their own: whoever waits to be let in keeps no honest player waiting."""

import math
import struct
import time

from abuse import honest
from abuse import lan_flood
from abuse.attack import netplay_client, tunnel_client

LIMIT = 3.0       # seconds, in which everybody is to be in
# A room that many come to gives its state once in 5 s, to all who wait for it.
LIMITS = {"seat": 6.0, "garbage_room": 6.0, "friend": 6.0}
LIMIT_MOST = max(LIMITS.values())
AGAIN = 0.7       # until somebody who was turned away tries again
LAN_AGAIN = 1.0   # until a frontend that looks for games looks again
STAYS = 4.0       # seconds
TURN = 0.002


class Newcomer:
    """Comes once, in one of the ways below: generators that end when it is in."""

    def __init__(self, plan, kind, number):
        self.plan, self.relay, self.number = plan, plan.relay, number
        self.limit = LIMITS.get(kind, LIMIT)
        self.began, self.took = time.monotonic(), self.limit
        self.is_in = False
        self.ends = []    # of connections
        self.kept = None  # who stays, and plays
        self.next_frame, self.goes_at = self.began, math.inf
        self.steps = getattr(self, kind)()

    def address(self, last=1):
        return f"127.3.{self.number}.{last}"

    def step(self):
        """False when it is in, or has given up."""
        took = time.monotonic() - self.began
        try:
            next(self.steps)
            if took <= self.limit:
                return True
        except StopIteration:
            self.is_in = took <= self.limit
            self.took = min(took, self.limit)
        except (OSError, AssertionError, struct.error):
            pass
        for one in self.ends:
            if one is not self.kept:
                one.close()
        return False

    def stay(self, now):
        if self.kept and now > self.goes_at:
            self.kept.close()
            self.kept = None
        while self.kept and not self.kept.ended and now >= self.next_frame:
            self.next_frame += honest.FRAME
            self.kept.step(now)

    def received(self, peer, first, count):
        """So many bytes, of which the first are known: a refusal has others."""
        data = b""
        peer.socket.setblocking(False)
        while len(data) < count:
            try:
                piece = peer.socket.recv(count - len(data))
                assert piece, "it hung up"
                data += piece
            except BlockingIOError:
                yield
        assert data.startswith(first), data
        self.data = data

    def host(self):
        host = tunnel_client.Host(self.relay, self.address())
        self.ends.append(host)
        host.send(tunnel_client.RATS + tunnel_client.NO_ID)
        yield from self.received(host, tunnel_client.RATS, 16)
        guest = tunnel_client.Guest(self.relay, self.address(2)).join(self.data[4:])
        self.ends.append(guest)
        yield from self.received(host, tunnel_client.RATL, 16)
        host_side = host.accept(self.data[4:])
        self.ends.append(host_side)
        yield from self.received(host_side, tunnel_client.HEADER, len(tunnel_client.HEADER))

    def room(self):
        one = self.client(crc=0xF000 + self.number)
        yield from self.until(one, lambda: one.number)

    def client(self, **options):
        one = honest.Player(self.relay, self.plan, nick=f"new {self.number}",
                            source=self.address(), **{"password": self.plan.password, **options})
        self.ends.append(one)
        return one

    def until(self, one, condition):
        while not condition():
            one.pump()
            assert not one.ended, "it was sent away"
            yield

    def seated(self, one):
        yield from self.until(one, lambda: one.number)
        one.say(netplay_client.PLAY, bytes(4))
        yield from self.until(one, lambda: one.plays)

    def keep(self, one):
        self.kept, self.next_frame = one, time.monotonic()
        self.goes_at = self.next_frame + STAYS

    def seat(self):
        """Plays in one of the honest players' rooms, and goes before they are too many."""
        one = self.client(crc=1 + self.number % self.plan.rooms)
        yield from self.seated(one)
        self.keep(one)

    def garbage_room(self):
        """Plays where the stranger was first, and goes at once if it cannot load what it is given.
        It comes again until it is in, and stays."""
        while True:
            one = self.client(crc=honest.GARBAGE_ROOM)
            try:
                yield from self.seated(one)
                until = time.monotonic() + AGAIN
                yield from self.until(one, lambda: time.monotonic() > until or one.states)
            except AssertionError:
                pass
            if not one.ended and one.plays and all(
                    state == one.state for _, state in one.states):
                self.kept, self.next_frame = one, time.monotonic()
                return
            one.close()
            until = time.monotonic() + AGAIN
            while time.monotonic() < until:
                yield

    def friend(self):
        """Comes through the door to the room of its friends."""
        one = self.client(crc=honest.FRIENDS_ROOM, port=self.plan.door,
                          password=honest.FRIENDS_PASSWORD)
        yield from self.until(one, lambda: one.number)
        self.keep(one)  # who leaves at once with a state accuses whom it is of

    def guest(self):
        """Joins the session whose id the stranger knows too."""
        guest = tunnel_client.Guest(self.relay, self.address()).join(self.plan.session)
        self.ends.append(guest)
        yield from self.received(guest, tunnel_client.HEADER, len(tunnel_client.HEADER))

    def address_alone(self):
        """Was told our address and no more, and meets others in a room."""
        one = self.client(crc=0xE000)
        yield from self.until(one, lambda: one.number)

    def lan(self):
        """Looks for games in the LAN."""
        asker = lan_flood.socket_of(f"10.3.{self.number}.1")
        asked = 0.0
        while True:
            now = time.monotonic()
            if now - asked >= LAN_AGAIN:
                asker.sendto(lan_flood.QUESTION, self.plan.lan)
                asked = now
            try:
                assert asker.recv(4096)[:4] == b"RANS"
                return
            except BlockingIOError:
                yield


class Coming:
    """All of them, one after the other, evenly over the time that is measured."""

    def __init__(self, plan, begin):
        self.plan, self.begin = plan, begin
        self.inside, self.underway, self.done = [], [], []
        self.seen = 0

    def kind(self):
        usual = ("room", "host")[self.seen % 2]
        if not self.plan.kind:
            return usual
        return self.plan.kind if self.plan.only_kind or self.seen % 3 else usual

    def step(self, now):
        limit = LIMITS.get(self.plan.kind, LIMIT)
        every = max(self.plan.seconds - limit, 1) / self.plan.newcomers
        if self.seen < self.plan.newcomers and now >= self.begin + self.seen * every:
            kind = self.kind()
            self.seen += 1
            self.underway.append(Newcomer(self.plan, kind, self.seen))
        for one in list(self.underway):
            if not one.step():
                self.underway.remove(one)
                self.done.append(one)
        for one in self.done:
            one.stay(now)

    def result(self):
        everybody = self.done + self.underway
        return {"newcomers": self.plan.newcomers,
                "newcomers_in": sum(one.is_in for one in everybody),
                "newcomer_slowest": max((one.took for one in everybody), default=0.0)}


def come(plan, pipe):
    """The process: comes as soon as it is told to, and tells who was in."""
    pipe.recv()
    now = time.monotonic()
    coming = Coming(plan, now)
    end = now + plan.seconds
    while now < end or (coming.underway and now < end + LIMIT_MOST):
        coming.step(now)
        pipe.poll(TURN)
        now = time.monotonic()
    pipe.send(coming.result())
    pipe.poll(60)  # who stays is there until all are counted
