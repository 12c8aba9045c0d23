"""The relay itself stands still, as in a machine that is suspended or out of memory: nobody is sent
away for what it did not hear meanwhile."""

import signal

from netplay_player import two_players
from runner import RelayTest, main
from waiting import keep_true

STOPPED = 5.5   # seconds: longer than any player may keep the others waiting


class StandstillTest(RelayTest):
    def test_nobody_goes_for_what_the_relay_did_not_hear(self):
        relay = self.start({"manual_ip": "room"})
        host = self.host(relay)
        guest, host_side = self.link(host)
        ann, bob = two_players(self, relay)
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
        self.assertEqual(relay.closed("slow_player"), 0)
        self.assertEqual(relay.closed("greeting_timeout"), 0)
        (room,) = relay.status()["rooms"]
        for member in room["members"]:
            self.assertLess(member["waited_seconds"], 1, member)
        self.assert_link_works(guest, host_side)
        self.assertFalse(silent.has_data())


if __name__ == "__main__":
    main()
