"""The bar of the reference peer: four of them at 60 Hz through the real relay, 150 ms away from it
with 40 ms of jitter."""

import peer_runner
from peer_runner import PeerTest

SECONDS = 20
FRAMES = SECONDS * 60


class FourPeersTest(PeerTest):
    def test_no_desync_and_every_rollback_within_the_ring(self):
        relay = self.start()
        core = ("--core", "builtin:arena,players=4")
        host = self.host("--until-empty", "--ports", 4, "--crc-interval", 30, *core, relay=relay)
        clients = [self.join(host, "--frames", FRAMES, "--seed", seed, *core, "--link",
                             f"latency=150,jitter=40,seed={seed}") for seed in (1, 2, 3)]
        for client in clients:
            report = self.finish(client, limit=SECONDS * 3)
            self.assert_in_sync(report, FRAMES)
            self.assert_well_played(report)
            self.assertGreaterEqual(report["crcs"]["checked"], FRAMES // 30 - 5)
            self.assertGreaterEqual(report["pings"]["least_milliseconds"], 300)
            self.assertLess(report["pings"]["mean_milliseconds"], 600)
            # At full speed but for what it waited for in the beginning and once in a while.
            self.assertLess(report["seconds"], SECONDS * 1.4)
        report = self.finish(host)
        self.assert_in_sync(report, FRAMES)
        self.assert_well_played(report)
        self.assertEqual(report["clients_seen"], 3)

    def assert_well_played(self, report):
        rollbacks = report["rollbacks"]
        self.assertGreater(rollbacks["count"], FRAMES // 20)
        self.assertGreaterEqual(rollbacks["deepest"], 8)
        self.assertLess(rollbacks["deepest"], rollbacks["ring"])
        self.assertEqual(sum(rollbacks["depths"].values()), rollbacks["count"])
        self.assertEqual(max(map(int, rollbacks["depths"])), rollbacks["deepest"])
        self.assertLess(report["tick"]["p99_microseconds"], 16_667)


if __name__ == "__main__":
    peer_runner.main()
