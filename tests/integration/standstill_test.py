"""The relay itself stands still, as in a machine that is suspended or out of memory: nobody is sent
away for what it did not hear meanwhile."""

import signal
import time

from netplay_client import PLAY, Client, together
from runner import RelayTest, main
from tunnel_client import LIMIT
from waiting import keep_true, wait_until

STOPPED = 5.5   # seconds: longer than any player may keep the others waiting
AS_FAR = 60     # frames that a frontend plays without having heard of the others
FRAME = 1 / 60


class Player(Client):
    """Plays 60 frames a second, as long as it hears of the others."""
    began = None

    def play_on(self):
        self.pump()
        if self.began is None:
            self.began = time.monotonic() - self.frame * FRAME
        due = int((time.monotonic() - self.began) / FRAME)
        while self.frame < min(due, self.heard() + AS_FAR):
            self.send_input()
        if self.frame < due:  # it had to wait
            self.began = time.monotonic() - self.frame * FRAME

    def heard(self):
        return min([self.over, *(frame + 1 for frame in self.newest.values())])

    @property
    def newest(self):
        newest = {}
        for player, frame in self.inputs:
            newest[player] = max(newest.get(player, 0), frame)
        return newest


class StandstillTest(RelayTest):
    def players(self, relay):
        ann = self.kept(Player(relay, nick="ann"))
        together([ann], lambda: ann.number, "ann to be in")
        ann.say(PLAY, bytes(4))
        together([ann], lambda: ann.plays, "a seat for ann")
        bob = self.kept(Player(relay, nick="bob"))
        wait_until(lambda: ann.play_on() or bob.pump() or bob.number, LIMIT, "bob to be in")
        bob.say(PLAY, bytes(4))
        wait_until(lambda: ann.play_on() or bob.pump() or bob.plays, LIMIT, "a seat for bob")
        return ann, bob

    def test_nobody_goes_for_what_the_relay_did_not_hear(self):
        relay = self.start({"manual_ip": "room"})
        host = self.host(relay)
        guest, leg = self.link(host)
        ann, bob = self.players(relay)
        silent = self.peer(relay)  # has said nothing yet
        both = [ann, bob]

        def play():
            for player in both:
                player.play_on()
            return not (ann.ended or bob.ended)
        keep_true(play, 1, "both play")
        relay.send_signal(signal.SIGSTOP)
        try:
            keep_true(play, STOPPED, "both wait for the relay")
        finally:
            relay.send_signal(signal.SIGCONT)
        before = ann.frame
        keep_true(play, 3, "both play on")
        self.assertGreater(ann.frame, before + 60)
        relay.wait_for_log(r"stood_still seconds=[5-9]")
        self.assertEqual(relay.status()["totals"]["standstills"], 1)
        self.assertEqual(relay.goodbyes("slow_player"), 0)
        self.assertEqual(relay.goodbyes("greeting_timeout"), 0)
        (room,) = relay.status()["rooms"]
        for member in room["members"]:
            self.assertLess(member["waited_seconds"], 1, member)
        self.assert_link_works(guest, leg)
        self.assertFalse(silent.has_data())


if __name__ == "__main__":
    main()
