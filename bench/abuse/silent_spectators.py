import time

from abuse.attack import Attack

IN_A_ROOM = 30
SETTLED, DRAINED_EVERY = 5.0, 0.5  # seconds
SERVES = 20.0  # the first of a room, who gives its state to all others
ALL = 3840
SHARE = 0.05  # of a core, for all of them


class SilentSpectators(Attack):
    name = "silent_spectators"
    what = "sits silently in rooms without players, 128 from each address"
    shows = ("members", "rooms")
    setup = 60

    def run(self):
        self.seated, self.drained_at = [], 0.0
        members = []
        for number in range(min(ALL, 128 * len(self.sources))):
            if self.stop.is_set():
                return
            one = self.member(self.sources[number % len(self.sources)], nick="s",
                              crc=0xA000 + number // IN_A_ROOM)
            if one:
                one.settled = time.monotonic() + (
                    SETTLED if number % IN_A_ROOM else SERVES)
                members.append(one)
            self.pump(members, 0.02 if number % IN_A_ROOM == 0 else 0)
            members = self.seat(members)
        self.pump(members, 1)
        self.is_set_up()
        while not self.stop.is_set():
            self.pump(members, 0.1)
            members = self.seat(members)

    def seat(self, members):
        """Whose room is full is asked nothing more: it takes what comes and does not look at it."""
        now = time.monotonic()
        seated = {one for one in members if one.number and now > one.settled}
        for one in seated:
            self.poll.unregister(one.socket.fileno())
        self.seated += seated
        if now - self.drained_at > DRAINED_EVERY:
            self.drained_at = now
            self.seated = [one for one in self.seated if self.drain(one)]
        return [one for one in members if one not in seated]

    def drain(self, one):
        try:
            if one.socket.recv(1 << 18):
                return True
        except BlockingIOError:
            return True
        except OSError:
            pass
        one.close()
        return False

    @classmethod
    def faults(cls, numbers):
        more = numbers["cpu_more"]
        return [f"CPU +{more:.0%}"] if more > SHARE else []


class SilentCrowd(SilentSpectators):
    name = "silent_crowd"
    what = "the same with 3,840 in all, from as many networks as it takes"
    addresses_least = 960  # of each four at most: the last connections are for who has fewer

    @classmethod
    def faults(cls, numbers):
        found = super().faults(numbers)
        here = numbers["use"]["members"]
        return found if here > 0.9 * ALL or here == 0 else [*found, f"{here} of {ALL} got in"]
