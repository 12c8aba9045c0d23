"""Those who come to a room to spoil it. Each test would fail with a room that believes what it is
told."""

import time

from netplay_client import together
from rooms_test import RoomTest
from runner import main


class SpoilerTest(RoomTest):
    def play_until(self, players, others, condition, what, limit=30):
        """The players send an input every 50 ms, as long as the condition does not hold."""
        last = [0.0]

        def look():
            if time.monotonic() - last[0] > 0.05:
                last[0] = time.monotonic()
                for player in players:
                    player.send_input()
            return condition()
        together([*players, *others], look, what, limit)

    def members(self, relay):
        return {one["nick"]: one for room in relay.status()["rooms"] for one in room["members"]}


class WitnessTest(SpoilerTest):
    def test_a_witness_that_lies_is_the_one_who_differs(self):
        relay = self.start({"manual_ip": "room", "rooms": {"desync_watch_seconds": 1}})
        ann = self.member(relay)
        self.seat(ann)
        bob = self.member(relay, [ann], nick="bob")
        self.seat(bob, [ann])
        eve = self.member(relay, [ann, bob], nick="eve", source="127.0.0.9")

        # Judged when the next one is asked for: the first has agreed then.
        self.play_until([ann, bob], [eve], lambda: self.members(relay)["eve"]["states_served"] > 1,
                        "an honest comparison")
        lie = eve.state = bytes(reversed(eve.state))
        self.play_until([ann, bob], [eve], lambda: relay.log_text().count("witness_differs") == 3,
                        "three lies to be told", 40)
        self.assertNotIn(lie, [state for one in (ann, bob) for _, state in one.states])
        relay.wait_for_log(
            r"witness_differs room=1 [^\n]*nick=\"eve\" peer=127.0.0.9:\d+ problem=")
        self.assertNotIn(" desync ", relay.log_text())
        self.assertEqual({nick: (one["desyncs"], one["witness_differs"])
                          for nick, one in self.members(relay).items()},
                         {"ann": (0, 0), "bob": (0, 0), "eve": (0, 3)})


if __name__ == "__main__":
    main()
