"""Real peers that were given the relay's address and nothing else."""

import json
import signal

import peer_runner
from peer_runner import PeerTest
from netplay_client import free_ports
from waiting import wait_until

FRAMES = 600


def target_of(relay, port=None):
    return f"{relay.address[0]}|{port or relay.address[1]}"


class RoomsTest(PeerTest):
    def come(self, relay, *arguments, port=None):
        return self.join(target_of(relay, port), "--unverified-ok", *arguments)

    def watched(self, *arguments):
        """Arguments of a peer that writes some of its memory, and what reads that."""
        path = self.directory() / "memory"
        options = ("--watch-memory", "0:64", "--watch-every", 30, "--watch-file", path, *arguments)

        def read():
            lines = path.read_text(encoding="utf-8").splitlines()
            return {line["frame"]: line for line in map(json.loads, lines)}
        return options, read

    def assert_played_the_same(self, reads):
        """On every frame that two of them have written; there must be enough of those."""
        seen = [read() for read in reads]
        for at, one in enumerate(seen):
            for other in seen[at + 1:]:
                both = one.keys() & other.keys()
                self.assertGreater(len(both), 5)
                for frame in both:
                    self.assertEqual(one[frame], other[frame])

    def test_through_upgrades_of_the_relay(self):
        relay = self.start({"manual_ip": "room"})
        reads = []
        peers = []
        for seed in (1, 2):
            options, read = self.watched("--seed", seed, "--nick", f"peer{seed}",
                                         "--frames", FRAMES)
            reads.append(read)
            peers.append(self.come(relay, *options))
        relay.wait_for_use(members=2)
        for count in range(1, 6):
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_log("taken_over .* rooms=1 connections=2 lost=0 ", count=count)
        for peer in peers:
            self.finish(peer)
        self.assert_played_the_same(reads)

    def test_three_peers_play_the_same_game(self):
        relay = self.start({"manual_ip": "room"})
        reads = []
        peers = []
        for seed in (1, 2, 3):
            options, read = self.watched("--seed", seed, "--nick", f"peer{seed}",
                                         "--frames", FRAMES)
            reads.append(read)
            peers.append(self.come(relay, "--core", "builtin:arena,players=4", *options))
            relay.wait_for_use(members=seed)
        for peer in peers:
            report = self.finish(peer)
            self.assertEqual(report["outcome"], "finished")
            self.assertEqual(report["crcs"]["failed"], 0)
            self.assertGreaterEqual(report["frames"], FRAMES)
        self.assert_played_the_same(reads)
        relay.wait_for_use(members=0, rooms=0, connections=0)
        self.assertEqual(relay.closed("member_left"), 3)
        self.assertEqual(relay.status()["totals"]["close_reasons"]["bad_command"], 0)

    def test_what_the_relay_says_is_shown(self):
        voice = {"message_of_the_day": "be kind"}
        relay = self.start({"manual_ip": "room", "rooms": {"voice": voice}})
        peer = self.come(relay, "--frames", 200)
        self.finish(peer)
        self.assertIn("\nnetplay-relay says: be kind\n", "\n" + peer.said())

    def test_protocols_meet(self):
        relay = self.start({"manual_ip": "room"})
        peers = []
        for number, protocol in enumerate((7, 6, 5), 1):
            peers.append(self.come(relay, "--protocol", protocol, "--frames", 200,
                                   "--core", "builtin:arena,players=4"))
            relay.wait_for_use(members=number)
        for peer in peers:
            self.assertEqual(self.finish(peer)["crcs"]["failed"], 0)

    def test_auto_with_one_session(self):
        relay = self.start({"manual_ip": "auto"})
        host = self.host("--until-empty", relay=relay)
        by_id = self.join(host.target(), "--frames", 400)
        wait_until(lambda: any(link["bytes_to_guest"] for link in relay.links()), 10,
                   "the host to answer a guest")
        client = self.join(target_of(relay), "--frames", 200)
        self.assert_in_sync(self.finish(client), 200)
        self.assert_in_sync(self.finish(by_id), 400)
        self.assert_in_sync(self.finish(host))
        self.assertEqual(relay.status()["totals"]["links"], 2)
        self.assertEqual(relay.closed("member_left"), 0)

    def test_auto_without_a_session(self):
        relay = self.start()
        peer = self.come(relay, "--frames", 200)
        self.finish(peer)
        self.assertEqual(relay.closed("member_left"), 1)

    def test_off(self):
        relay = self.start({"manual_ip": "off"})
        peer = self.come(relay, "--frames", 10)
        report = self.finish(peer, code=peer_runner.peer_process.REFUSED)
        self.assertEqual(report["outcome"], "refused")
        relay.wait_for_close("manual_ip_off")

    def test_join_port_of_a_session(self):
        first, last = free_ports(3)
        relay = self.start({"manual_ip": "off", "join_ports": f"{first}-{last}"})
        host = self.host("--until-empty", relay=relay)
        host.target()
        port = wait_until(lambda: relay.status()["sessions"][0].get("join_port"), 10, "a port")
        self.assertTrue(first <= port <= last)
        client = self.join(target_of(relay, port), "--frames", 200)
        self.assert_in_sync(self.finish(client), 200)
        self.finish(host)

    def test_sigterm_ends_members(self):
        relay = self.start({"manual_ip": "room"})
        peers = [self.come(relay, "--core", "builtin:arena,players=4") for _ in range(2)]
        relay.wait_for_use(members=2)
        wait_until(lambda: all(member["state"] == "playing" for room in relay.status()["rooms"]
                               for member in room["members"]), 10, "both to play")
        self.assertEqual(relay.stop(signal.SIGTERM), 0)
        self.assertEqual(relay.log_text().count("reason=shutdown"), 2)
        for peer in peers:
            self.finish(peer, code=peer_runner.peer_process.LOST)


if __name__ == "__main__":
    peer_runner.main()
