"""Those who try passwords as fast as they can, from one address and from thirty, and those who know
theirs beside them."""

import time

from netplay_client import Client, together
from runner import RelayTest, main
from waiting import wait_until

ATTACK = 4  # seconds
FREE = 3    # guesses that cost nothing; the next ones come 1, 2 and 4 s later
IN_TIME = FREE + 2
FREE_ROOMS = 8
SOON = 3


class GuessingTest(RelayTest):
    tried = 0
    denied = 0  # in words, before anything was asked

    def guess(self, relay, guessers, port=None):
        """Each of the addresses has two connections, and tries another password with the next as
        soon as the relay has ended one."""
        for source, mine in guessers.items():
            for one in mine:
                one.pump()
                if one.number and not hasattr(one, "seen_alone"):
                    one.seen_alone = True  # an empty room: not the one it looks for
                    one.close()
                    one.ended = True
            for one in [one for one in mine if one.ended]:
                mine.remove(one)
                one.close()
                self.denied += (one.header or b"")[:4] == b"DENY"
            while len(mine) < 2:
                self.tried += 1
                mine.append(self.kept(Client(relay, nick="eve", source=source, port=port,
                                             password=f"guess {self.tried}")))

    def attack(self, relay, sources, port=None, length=ATTACK, friends=3, password="moon"):
        """For some seconds; friends come in meanwhile, one after the other."""
        guessers = {source: [] for source in sources}
        inside, waited = [], []
        began = time.monotonic()
        for number in range(friends):
            at = began + 0.3 + number * length / friends
            wait_until(lambda at=at: self.guess(relay, guessers, port) or
                       any(one.pump() for one in inside) or time.monotonic() > at, 10, "a moment")
            came = time.monotonic()
            friend = self.kept(Client(relay, nick=f"friend{number}", password=password, port=port,
                                      source=f"127.0.9.{number + 1}"))
            inside.append(friend)
            wait_until(lambda friend=friend: self.guess(relay, guessers, port) or
                       any(one.pump() for one in inside) or friend.number, 10, "a friend to be in")
            waited.append(time.monotonic() - came)
        wait_until(lambda: self.guess(relay, guessers, port) or any(one.pump() for one in inside) or
                   time.monotonic() > began + length, 10, "the end")
        took = time.monotonic() - began
        print(f"{self.tried} tries in {took:.1f} s, friends waited {max(waited):.2f} s", end=" ",
              flush=True)
        self.assertLess(max(waited), SOON)
        self.assertFalse(any(one.ended for one in inside))
        self.assertLess(took, 7, "the bounds below are for some seconds")

    def test_from_one_address(self):
        relay = self.start({"rooms": {"password": "moon"}})
        self.attack(relay, ["127.0.0.66"], length=5.5)
        self.assertGreaterEqual(relay.closed("wrong_password"), FREE + 1)
        self.assertLessEqual(relay.closed("wrong_password"), IN_TIME)
        self.assertGreater(relay.closed("password_too_often"), 20)
        relay.wait_for_log(r"turned_away peer=127\.0\.0\.66:\d+ reason=password_too_often\b")
        relay.wait_for_log(r"member_gone peer=127\.0\.0\.66:\d+ reason=password_too_often\b")
        self.assertGreater(self.denied, 0)

    def test_from_thirty_addresses(self):
        relay = self.start({"rooms": {"password": "moon"}})
        spent = relay.cpu_seconds()
        self.attack(relay, [f"127.0.0.{at + 60}" for at in range(30)])
        self.assertGreaterEqual(relay.closed("wrong_password"), 30 * FREE)
        self.assertLessEqual(relay.closed("wrong_password"), 30 * IN_TIME)
        self.assert_spent_less(relay, spent, 2)

    def test_the_right_one_has_to_wait_as_well(self):
        relay = self.start({"rooms": {"password": "moon"}})
        for number in range(FREE):
            one = self.kept(Client(relay, password=str(number)))
            together([one], lambda one=one: one.ended, "an end")
        began = time.monotonic()
        one = self.kept(Client(relay, password="moon"))
        together([one], lambda: one.number, "to be let in")
        self.assertGreater(time.monotonic() - began, 0.5)
        again = self.kept(Client(relay, nick="bob", password="sun"))
        together([one, again], lambda: again.ended, "an end")
        self.assertEqual(relay.closed("wrong_password"), FREE + 1)
        self.assertEqual(relay.closed("password_too_often"), 0)

    def test_rooms_by_password(self):
        """From thirty addresses, for the room in which friends play."""
        relay = self.start({"doors": [{"listen": ["127.0.0.1:0"], "rooms": "by_password"}],
                            "rooms": {"rooms": 4096}})
        (port,) = {one["port"] for one in relay.status()["listening"]} - {relay.address[1]}
        self.attack(relay, [f"127.0.{at + 60}.1" for at in range(30)], port)
        opened = relay.status()["totals"]["rooms"]
        self.assertGreater(opened, 30 * FREE_ROOMS)
        self.assertLessEqual(opened, 30 * (FREE_ROOMS + 2) + 1)
        self.assertGreater(relay.closed("password_too_often"), 100)
        relay.wait_for_log(r"member_gone peer=127\.0\.\d+\.1:\d+ reason=password_too_often\b")


if __name__ == "__main__":
    main()
