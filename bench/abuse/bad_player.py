import time

from abuse.attack import Attack, netplay_client

BETWEEN_BURSTS = 4.85
SLOW_RATE = 1 / 21
LATE = 54
MAY_NOT_PLAY = 1


class BadPlayers(Attack):
    """In all honest rooms; whoever is sent away comes again, from the next address. Who has to wait
    for a seat does."""

    seconds_least = 180
    is_learnt = True
    setup = 6
    tells_repeats = True

    def run(self):
        places = [None] * self.facts.rooms
        while not self.stop.is_set():
            for at, one in enumerate(places):
                if one is None or one.ended or MAY_NOT_PLAY in one.refused:
                    self.told["seats_lost"] = self.told.get("seats_lost", -len(places)) + 1
                    if one and not one.ended:
                        one.close()
                    places[at] = self.member(self.source(), nick="bad", crc=at + 1)
                    if places[at]:
                        places[at].began = places[at].since = None
                        places[at].due = time.monotonic()
            members = [one for one in places if one]
            self.pump(list(members), 0.005)
            for one in members:
                if one.number and one.since is None:
                    one.since = time.monotonic()
                    one.say(netplay_client.PLAY, bytes(4))
                elif one.plays:
                    self.spoil(one, time.monotonic())

    def spoil(self, one, now):
        raise NotImplementedError


class Bursts(BadPlayers):
    name = "bad_bursts"
    what = "plays in the honest players' rooms in bursts every 4.85 s"

    def spoil(self, one, now):
        if one.began and now < one.began + BETWEEN_BURSTS:
            return
        one.began = now
        while one.frame < one.over:
            one.send_input(0)


class Slow(BadPlayers):
    name = "bad_slow"
    what = "plays in the honest players' rooms with 21 inputs a second"

    def spoil(self, one, now):
        if one.began is None:
            one.began, one.due = now, now
        if now >= one.due:
            one.due += SLOW_RATE
            one.send_input(0)


class Late(BadPlayers):
    name = "bad_late"
    what = "plays in the honest players' rooms 54 frames late, another button in each frame"

    def spoil(self, one, now):
        while one.frame + LATE < one.over:
            one.send_input(1 << one.frame % 7)
