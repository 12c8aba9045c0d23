"""Several workers in one process: who plays notices nothing of it, and one status tells of all."""

import os
import threading
import time

from netplay_client import PLAY, Client, play_thirty_frames, together
from party_client import Game
from relay_process import is_instrumented, run_command
from runner import RelayTest, main
from system_calls_test import MESSAGES, INPUT, Counted

GAMES = 12
PIECE = 32 * 1024


class WorkersTest(RelayTest):
    def games(self, relay, count=GAMES):
        """Hosts, guests and links come to whichever worker is quickest."""
        return [self.link(self.host(relay)) for _ in range(count)]

    def room(self, relay):
        members = []
        for nick in ("ann", "bob"):
            members.append(self.kept(Client(relay, nick=nick)))
            together(members, lambda: members[-1].number or members[-1].ended, "to be let in")
        for member in members:
            member.say(PLAY, bytes(4))
        together(members, lambda: all(each.plays for each in members), "two seats")
        return members

    def assert_plays(self, games, members):
        for game in games:
            self.assert_link_works(*game)
        play_thirty_frames(members)

    def assert_adds_up(self, relay, workers):
        status = relay.status()
        self.assertEqual(len(status["workers"]), workers)
        for key in ("connections", "sessions", "links", "rooms", "members"):
            self.assertEqual(sum(worker[key] for worker in status["workers"]), status["use"][key])
        self.assertEqual(len(status["sessions"]), status["use"]["sessions"])
        self.assertEqual(sum(len(one["links"]) for one in status["sessions"]),
                         status["use"]["links"])
        return status

    def test_the_status_is_of_all(self):
        relay = self.start({"workers": 3})
        games = self.games(relay)
        self.assert_plays(games, self.room(relay))
        status = self.assert_adds_up(relay, 3)
        self.assertEqual(status["use"]["links"], GAMES)
        self.assertEqual(status["totals"]["links"], GAMES)
        ids = [link["id"] for one in status["sessions"] for link in one["links"]]
        self.assertEqual(len(set(ids)), GAMES)
        url = "http://%s:%d" % relay.admin_address
        shown = run_command("status", url)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertEqual(relay.stop(), 0)
        self.assertIn(f"stopped sessions={GAMES} links={GAMES}", relay.log_text())

    def test_another_count_at_each_upgrade(self):
        relay = self.start({"workers": 2, "manual_ip": "room"})
        games, members = self.games(relay), self.room(relay)
        relay.wait_for_use(links=GAMES, members=2)
        totals = relay.status()["totals"]
        for times, workers in enumerate((3, 1, 4, 2), 1):
            relay.config["workers"] = workers
            relay.write_config()
            result = run_command("upgrade", "http://%s:%d" % relay.admin_address)
            self.assertEqual(result.returncode, 0, result.stderr + relay.log_text())
            self.assertEqual(relay.status()["handovers"]["done"], times)
            self.assertEqual(relay.status()["handovers"]["lost"], 0)
            self.assert_plays(games, members)
            status = self.assert_adds_up(relay, workers)
            self.assertEqual(status["totals"]["links"], totals["links"])
            cat = self.kept(Client(relay, nick=f"cat{times}"))
            together([*members, cat], lambda: cat.number or cat.ended, "a third one to be let in")
            self.assertEqual(relay.use()["rooms"], 1, "whoever comes finds the room")
            cat.socket.close()
            relay.wait_for_use(members=2)
        self.assertEqual(relay.stop(), 0)

    def keeping(self, relay, source, bytes_kept):
        """A party whose guest acknowledges nothing of so much: its host and its guest."""
        host = self.kept(Game(relay)).host()
        guest = self.kept(Game(relay, source=source)).join(host.code, 2)
        for _ in range(bytes_kept // PIECE):
            host.put(bytes(PIECE), 2)
        host.wait_for_acknowledgement()
        return host, guest

    def test_one_worker_may_have_the_memory_of_all(self):
        """And who has most of it goes, at whichever worker, when that is not enough."""
        relay = self.start({"workers": 4, "parties": {"kept_mebibytes_in_all": 1}})
        _, large = self.keeping(relay, "127.0.0.2", 24 * PIECE)
        small = [self.keeping(relay, f"127.0.0.{3 + at}", 2 * PIECE)[1] for at in range(3)]
        self.assertEqual(relay.closed("memory_short"), 0)
        host, _ = self.keeping(relay, "127.0.0.9", 2 * PIECE)
        host.put(bytes(PIECE), 2)
        large.hear_until(lambda: any(text.get("close") == "memory_short" for text in large.texts),
                         "to have to go")
        relay.wait_for_close("memory_short")
        self.assertEqual(len(small), relay.use()["peers"] - 6)

    def test_it_needs_a_restart_and_auto_is_a_count(self):
        relay = self.start({"workers": "auto"})
        self.assertEqual(len(relay.status()["workers"]),
                         min(64, len(os.sched_getaffinity(relay.process.pid))))
        relay.change(workers=7)
        relay.wait_for_log('reload_incomplete keys="workers"')

    def test_faults(self):
        for workers in (0, 65, "all", -1, 1.5):
            with self.subTest(workers=workers):
                result = run_command("--check-config",
                                     env={**os.environ, "NETPLAY_RELAY_WORKERS": str(workers)})
                self.assertEqual(result.returncode, 2, result.stdout)
                self.assertIn("NETPLAY_RELAY_WORKERS", result.stdout + result.stderr)

    def test_no_thread_waits_for_another_while_games_run(self):
        """What passes takes no lock that anybody holds: the kernel is not asked to wait for one."""
        relay = self.start({"workers": 2})
        games = self.games(relay, 8)
        self.assert_adds_up(relay, 2)
        counted = Counted(self, relay.process)
        began = time.monotonic()
        with counted:
            players = [threading.Thread(target=self.play, args=game) for game in games]
            for player in players:
                player.start()
            for player in players:
                player.join()
        if is_instrumented():
            return
        self.assertGreaterEqual(counted.calls.get("recvfrom", 0), len(games) * MESSAGES)
        # Once a second it is looked at how busy each is.
        seconds = time.monotonic() - began
        self.assertLessEqual(counted.calls.get("futex", 0), 8 * (1 + seconds), counted.calls)

    def play(self, guest, host_side):
        for _ in range(MESSAGES):
            self.assert_passes(guest, host_side, INPUT)


if __name__ == "__main__":
    main()
