"""The built-in link model: what it does to a game is seen in the report, and the game stays in
sync."""

import peer_runner
from peer_process import LOST
from peer_runner import PeerTest


class LinkTest(PeerTest):
    def begin(self, host_line=(), client_line=(), frames=210):
        """A game that is long enough for one ping, which goes out after three seconds."""
        host = self.host("--until-empty", *host_line)
        return host, self.join(host, "--frames", frames, *client_line)

    def pinged(self, game):
        client = self.finish(game[1])
        self.assert_in_sync(client, 200)
        self.assertGreaterEqual(client["pings"]["count"], 1)
        host = self.finish(game[0])
        self.assert_in_sync(host, 200)
        return host, client

    def test_ping_is_the_latency_both_ways(self):
        games = [self.begin(), self.begin(client_line=("--link", "latency=60"))]
        near_host, near = self.pinged(games[0])
        self.assertLess(near["pings"]["least_milliseconds"], 60)
        far_host, far = self.pinged(games[1])
        self.assertGreaterEqual(far["pings"]["least_milliseconds"], 120)
        self.assertLess(far["pings"]["least_milliseconds"], 200)
        # A client is behind its host: it is the host who has to guess.
        self.assertGreater(far_host["rollbacks"]["frames_replayed"],
                           near_host["rollbacks"]["frames_replayed"])
        self.assertGreaterEqual(far_host["rollbacks"]["deepest"], 5)

    def test_one_way_only(self):
        for game in [self.begin(client_line=(option, "latency=80,jitter=10,seed=3"))
                     for option in ("--link-in", "--link-out")]:
            _, client = self.pinged(game)
            self.assertGreaterEqual(client["pings"]["least_milliseconds"], 80)
            self.assertLess(client["pings"]["least_milliseconds"], 150)

    def test_stalls(self):
        """Some 0.4 s without a byte about each second, at either end."""
        line = ("--link", "latency=20,stall=1000/400,seed=5")
        host, _ = self.pinged(self.begin(line, line))
        self.assertGreaterEqual(host["rollbacks"]["deepest"], 10)

    def test_a_narrow_line(self):
        core = ("--core", "builtin:arena,state=200000")
        host, client = self.play(core, (*core, "--link-in", "bandwidth=5000"), 60)
        self.assert_in_sync(client, 60)
        self.assertGreaterEqual(client["seconds"], client["bytes"]["in"] / 5000 * 0.7)
        self.assert_in_sync(host, 60)

    def test_a_line_without_hope(self):
        """A stall longer than a host's patience: a reason instead of waiting for ever."""
        host = self.host()
        client = self.join(host, "--frames", 6000, "--link-out", "stall=1000/60000")
        report = self.finish(client, LOST, 40)
        self.assertTrue(report["reason"])
        self.assertTrue(host.is_running())


if __name__ == "__main__":
    peer_runner.main()
