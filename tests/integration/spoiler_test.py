"""Those who spoil a room on purpose, without breaking a rule of netplay."""

import struct
import time

from netplay_client import PING_REQUEST, PLAY, RESET, Client, together
from netplay_player import Player, two_players
from runner import RelayTest, main
from waiting import wait_until

EVIL = "127.0.0.66"


class BadPlayerTest(RelayTest):
    def play(self, relay, deed, limit=25):
        """Ann plays on while eve does her deed, until eve is out; how long ann stood still."""
        ann, eve = two_players(self, relay, EVIL)
        began = time.monotonic()
        wait_until(lambda: ann.play_on() or deed(ann, eve) or eve.ended, limit,
                   "eve to be sent away")
        stood, length = ann.stood, time.monotonic() - began
        relay.wait_for_log(r" warned [^\n]*nick=\"eve\" peer=127\.0\.0\.66:")
        relay.wait_for_log(r" sent_to_watch [^\n]*nick=\"eve\" peer=127\.0\.0\.66:")
        relay.wait_for_close("spoils_game")
        print(f"judged after {length:.1f} s, {stood:.1f} s stood still", end=" ", flush=True)
        before, ann.stood = ann.frame, 0
        until = time.monotonic() + 2
        wait_until(lambda: ann.play_on() or time.monotonic() > until, 5, "ann to play on")
        self.assertFalse(ann.ended)
        self.assertGreater(ann.frame, before + 60)
        self.assertLess(ann.stood, 0.5)
        return ann

    @staticmethod
    def bursts(ann, eve):
        eve.pump()
        now = time.monotonic()
        if now - getattr(eve, "burst", 0) < 4.85:
            return
        eve.burst = now
        while eve.frame < ann.frame + 45:
            eve.send_input(eve.frame % 7)
        eve.pump()

    def wants_to_play(self, relay, ann, nick, source):
        """Whether it may, or has been refused."""
        one = self.kept(Client(relay, nick=nick, source=source))
        wait_until(lambda: ann.play_on() or one.pump() or one.number, 15, "a stranger to be in")
        one.say(PLAY, bytes(4))
        wait_until(lambda: ann.play_on() or one.pump() or one.plays or one.refused, 5, "an answer")
        return one

    def test_bursts(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.play(relay, self.bursts)
        again = self.kept(Client(relay, nick="eva", source=EVIL))
        wait_until(lambda: ann.play_on() or again.pump() or again.number, 15, "eve to watch")
        again.say(0x25, bytes(4))
        wait_until(lambda: ann.play_on() or again.pump() or again.refused, 5, "a refusal")
        self.assertEqual(again.refused, [1])
        # The next address is a newcomer: it may do half of that, and the one behind it nothing.
        mal = self.wants_to_play(relay, ann, "mal", "127.0.0.67")
        self.assertTrue(mal.plays)
        ann.stood = 0
        wait_until(lambda: ann.play_on() or self.bursts(ann, mal) or mal.ended, 20, "mal's end")
        self.assertLess(ann.stood, 4.8)
        moe = self.wants_to_play(relay, ann, "moe", "127.0.0.68")
        self.assertEqual(moe.refused, [2])
        relay.wait_for_log(r' member_waits [^\n]*nick="moe" peer=127\.0\.0\.68:\d+ '
                           r'problem="a newcomer, and 2 have spoilt this game lately')
        (room,) = relay.status()["rooms"]
        self.assertEqual({each["nick"]: each["in_line"] for each in room["members"]}["moe"], 1)

    def test_late_inputs(self):
        relay = self.start({"manual_ip": "room"})

        def late(ann, eve):
            eve.pump()
            while eve.frame + 54 < ann.frame:
                eve.send_input(eve.frame % 7)
            eve.pump()
            if not hasattr(eve, "shown") and eve.frame > 500:
                eve.shown = True
                (room,) = relay.status()["rooms"]
                repeats = {each["nick"]: each["repeats_last_minute"] for each in room["members"]}
                self.assertGreater(repeats["eve"], 10000)
                self.assertLess(repeats["ann"], 100)
        self.play(relay, late)


    def test_who_lets_the_others_wait_and_leaves_is_told_with_its_address(self):
        relay = self.start({"manual_ip": "room"})
        ann, eve = two_players(self, relay, EVIL)
        wait_until(lambda: ann.play_on() or ann.stood > 1.5, 10, "ann to stand still")
        eve.close()
        relay.wait_for_use(members=1)
        relay.wait_for_log(r" held_up room=1 [^\n]*nick=\"eve\" peer=127\.0\.0\.66:\d+ "
                           r"problem=\"eve kept 1 player waiting ")
        relay.wait_for_close("member_left")


class AllowanceTest(RelayTest):
    def come(self, relay, ann, source, nick="eve"):
        """One who watches, and was given a state."""
        one = self.kept(Client(relay, nick=nick, source=source))
        wait_until(lambda: ann.play_on() or one.pump() or one.states, 15, "a state")
        return one

    def stray(self, ann, who, times):
        """Resets by itself so often; each makes everybody load a state. False if it is out then."""
        for _ in range(times):
            who.say(RESET, struct.pack(">I", who.over))
        who.say(PING_REQUEST)
        wait_until(lambda: ann.play_on() or who.pump() or who.pongs or who.ended, 10, "an answer")
        who.pongs = 0
        return not who.ended

    def test_who_leaves_and_comes_again_has_what_was_left(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.kept(Player(relay, nick="ann"))
        together([ann], lambda: ann.number, "ann to be in")
        ann.say(PLAY, bytes(4))
        together([ann], lambda: ann.plays, "a seat for ann")
        eve = self.come(relay, ann, EVIL)
        self.assertTrue(self.stray(ann, eve, 6))
        eve.close()
        relay.wait_for_use(members=1)
        # It belongs to the client prefix, whatever it calls itself.
        again = self.come(relay, ann, EVIL, "eva")
        self.assertFalse(self.stray(ann, again, 2))
        relay.wait_for_log(r"member_gone peer=127\.0\.0\.66:\d+ reason=flood")
        other = self.come(relay, ann, "127.0.0.67")
        self.assertTrue(self.stray(ann, other, 6))


class IdleRoomTest(RelayTest):
    def test_silent_spectators_cost_little(self):
        """Sixty of them in ten rooms were 3,600 writes a second."""
        relay = self.start({"manual_ip": "room"})
        rooms = []
        for room in range(10):
            rooms.append([])
            for number in range(6):
                one = self.kept(Client(relay, nick=f"s{number}", crc=room + 1,
                                       source=f"127.0.7.{room // 5 + 1}"))
                rooms[-1].append(one)
                together(rooms[-1], lambda one=one: one.number, "a spectator to be in")
        everybody = [one for room in rooms for one in room]
        relay.wait_for_use(members=60, rooms=10)
        before = {one: one.over for one in everybody}
        spent, began = relay.cpu_seconds(), time.monotonic()
        heard = [0]

        def listen():
            for one in everybody:
                over = one.over
                one.pump()
                heard[0] += one.over != over
            return time.monotonic() > began + 3
        wait_until(listen, 10, "three seconds")
        took = time.monotonic() - began
        self.assertLess(heard[0], 60 * 11 * took)
        for one in everybody:
            self.assertGreater(one.over - before[one], 40 * took)
        self.assert_spent_less(relay, spent, 0.1 * took)

    def test_one_address_has_so_many(self):
        relay = self.start({"manual_ip": "room"})
        sitting = []
        for room in range(5):
            for number in range(7 if room < 4 else 4):
                one = self.kept(Client(relay, nick=f"s{number}", crc=room + 1, source=EVIL))
                sitting.append(one)
                together(sitting, lambda one=one: one.number, "a spectator to be in")
        more = self.kept(Client(relay, nick="more", crc=9, source=EVIL))
        together([*sitting, more], lambda: more.ended, "an end")
        relay.wait_for_close("address_idle_full")
        other = self.kept(Client(relay, nick="other", crc=9))
        together([*sitting, other], lambda: other.number, "another address to be let in")


if __name__ == "__main__":
    main()
