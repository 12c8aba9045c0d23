"""Those who come to a room to spoil it. Each test would fail with a room that believes what it is
told."""

import time

from netplay_client import PLAY, together
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


class UnusableStateTest(SpoilerTest):
    def test_who_is_first_and_serves_what_nobody_can_load(self):
        relay = self.start({"manual_ip": "room"})
        eve = self.member(relay, nick="eve", source="127.0.0.9")
        self.seat(eve)
        for number in range(3):
            victim = self.client(relay, nick=f"victim {number}", source=f"127.0.1.{number + 1}")
            self.play_until([eve], [victim], lambda one=victim: one.states, "its state")
            victim.close()  # a core that cannot load it
            relay.wait_for_use(members=1 if number < 2 else 0)
        relay.wait_for_log(r"state_doubted room=1 [^\n]*nick=\"eve\" peer=127.0.0.9:\d+ "
                           r"problem=\"victim 2 left at once with the state of eve, as 3 networks")
        relay.wait_for_log(r"member_gone peer=127.0.0.9:\d+ reason=unusable_state")
        # It is first again, and harms nobody: others have a room without it.
        again = self.member(relay, nick="eve", source="127.0.0.9")
        ann = self.member(relay, nick="ann")
        self.seat(ann)
        bob = self.member(relay, [ann], nick="bob", source="127.0.0.8")
        relay.wait_for_use(rooms=2, members=3)
        self.assertFalse(again.asked or bob.ended)

    def test_two_who_are_content_with_each_others_garbage(self):
        relay = self.start({"manual_ip": "room"})
        eve = self.member(relay, nick="eve", source="127.0.0.9")
        self.seat(eve)
        mal = self.member(relay, [eve], nick="mal", source="127.0.0.10")
        self.seat(mal, [eve])
        for source in ("127.0.1.1", "127.0.1.1", "127.0.1.2", "127.0.1.3"):
            victim = self.client(relay, nick="victim", source=source)
            self.play_until([eve, mal], [victim], lambda one=victim: one.states, "a state")
            victim.close()
            relay.wait_for_use(members=2)
        # Whoever has left meets the others of them, and nobody who is content.
        ann = self.member(relay, nick="ann", source="127.0.1.1")
        self.seat(ann)
        self.member(relay, [ann], nick="bob", source="127.0.1.3")
        relay.wait_for_use(rooms=2, members=4)


class CrowdTest(SpoilerTest):
    def test_two_addresses_leave_places_and_members_to_others(self):
        relay = self.start({"manual_ip": "room"})
        crowd = []
        for number in range(2):
            one = self.member(relay, crowd, nick=f"greedy {number}", source=f"127.0.2.{number}")
            one.say(PLAY, (0xFFFF).to_bytes(4, "big"))
            together([*crowd, one], lambda one=one: one.refused, "a refusal")
            self.assertEqual((one.refused, one.plays), ([4], False))
            crowd.append(one)
        for number in range(2, 6):  # more would only take longer
            crowd.append(self.member(relay, crowd, nick=f"{number}", source="127.0.2.0"))
        ann = self.member(relay, crowd, nick="ann", source="127.0.0.8")
        self.seat(ann, crowd)
        self.assertEqual(ann.ports, 1)

    def test_who_watches_in_a_crowd_makes_room(self):
        relay = self.start({"manual_ip": "room", "rooms": {"members": 6, "members_per_address": 5}})
        crowd = []
        for number in range(5):
            crowd.append(self.member(relay, crowd, nick=f"{number}", source="127.0.2.1"))
        self.ended(relay, nick="one more", source="127.0.2.1")
        relay.wait_for_close("address_room_full")
        crowd.append(self.member(relay, crowd, nick="ann", source="127.0.0.8"))
        bob = self.member(relay, crowd, nick="bob", source="127.0.0.7")
        self.assertFalse(bob.ended)
        relay.wait_for_log(r"member_gone peer=127.0.2.1:\d+ reason=made_room")


if __name__ == "__main__":
    main()
