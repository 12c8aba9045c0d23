"""A ban that is given at one node of a fleet, or lifted there, is so at all of them."""

import json
import signal

import relay_process
from control_client import Controller
from fleet_nodes import FleetTest
from runner import main
from tunnel_client import DENY, NO_ID, RATS
from waiting import wait_until

BAD = "127.0.0.66"
OTHER = "127.0.0.67"
SOON = 5  # seconds; it takes some milliseconds where nothing else is to do


class FleetBansTest(FleetTest):
    def prepare(self, count):
        """Nodes that are not started yet, each with a Unix socket and a file of bans."""
        relays = []
        for config in self.fleet_of(count):
            relay = relay_process.Relay(config)
            self.addCleanup(relay.end)
            relay.config["admin"]["socket"] = str(relay.directory / "control")
            relay.config["admin"]["bans_file"] = str(relay.directory / "bans.json")
            relay.write_config()
            relays.append(relay)
        return relays

    def control(self, relay):
        return Controller(relay, path=relay.directory / "control")

    def file_of(self, relay):
        file = relay.directory / "bans.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []

    def wait_for_file(self, relay, lifted_by_network):
        """Until its entries have these networks, and these lifted ones."""
        def entries():
            return {one.get("network"): one.get("lifted") for one in self.file_of(relay)}
        wait_until(lambda: entries() == lifted_by_network, SOON, f"{lifted_by_network} in a file")
        return self.file_of(relay)

    def wait_for_bans(self, relays, *networks):
        for relay in relays:
            wait_until(lambda: [one["network"] for one in self.bans(relay)] == list(networks),
                       SOON, f"the bans {networks}, now {self.bans(relay)}")

    def bans(self, relay):
        return self.control(relay).get("bans").json()["bans"]

    def assert_refused(self, relay, source=BAD):
        peer = self.peer(relay, source)
        self.assertEqual(peer.receive_rest(), DENY)

    def assert_taken(self, relay, source=BAD):
        peer = self.peer(relay, source)
        peer.send(RATS + NO_ID)
        self.assertTrue(peer.receive(16).startswith(RATS))

    def test_given_and_lifted_anywhere(self):
        relays = self.prepare(3)
        for relay in relays[:2]:
            relay.start()
        for relay in relays[:2]:
            relay.wait_for_log(r" node_up ")
        host = self.host(relays[1], BAD)
        self.control(relays[0]).done("ban", network=BAD, seconds=3600, reason="spoils games")
        self.wait_for_bans(relays[:2], BAD)
        relays[1].wait_for_close("banned_address")
        host.wait_for_any_end()
        self.assert_refused(relays[1])
        relays[1].wait_for_log(
            r' control action=ban by="uid \d+" node=0 network=127\.0\.0\.66 until=\S+ '
            r'reason="spoils games"')
        relays[1].wait_for_log(r" bans_learnt node=0 banned=1 lifted=0 gone=1")
        (there,) = self.bans(relays[1])
        (here,) = self.bans(relays[0])
        self.assertEqual((there["until"], there["reason"], there["by"]),
                         (here["until"], "spoils games", f"{here['by']} at node 0"))
        # One that starts later learns of it, and one that was lifted meanwhile.
        self.control(relays[1]).done("ban", network=OTHER)
        self.wait_for_bans(relays[:2], BAD, OTHER)
        relays[2].start()
        self.wait_for_bans(relays, BAD, OTHER)
        self.control(relays[2]).done("unban", network=BAD)
        self.wait_for_bans(relays, OTHER)
        relays[0].wait_for_log(r' control action=unban by="uid \d+" node=2 network=127\.0\.0\.66')
        self.assert_taken(relays[0])
        # What was lifted while a node was down is lifted there when it is back.
        self.assertEqual(relays[2].stop(), 0)
        self.wait_for_file(relays[2], {OTHER: None, None: BAD})
        self.control(relays[0]).done("unban", network=OTHER)
        self.control(relays[0]).done("ban", network=BAD)
        relays[2].start()
        self.wait_for_bans(relays, BAD)
        self.assertEqual({relay.status()["bans"] for relay in relays}, {1})

    def test_a_live_restart_forgets_nothing(self):
        relays = self.prepare(2)
        for relay in relays:
            relay.start()
        for relay in relays:
            relay.wait_for_log(r" node_up ")
        self.control(relays[0]).done("ban", network=BAD)
        self.control(relays[0]).done("ban", network=OTHER)
        self.wait_for_bans(relays, BAD, OTHER)
        self.control(relays[1]).done("unban", network=OTHER)
        self.wait_for_bans(relays, BAD)
        before = self.wait_for_file(relays[0], {BAD: None, None: OTHER})
        for relay in relays:
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_upgrade()
        wait_until(lambda: all(relay.status()["fleet"]["up"] == 2 for relay in relays), 10,
                   "the nodes to see each other")
        self.wait_for_bans(relays, BAD)
        wait_until(lambda: self.file_of(relays[0]) == before, SOON, "the file as it was")
        self.control(relays[1]).done("unban", network=BAD)
        self.wait_for_bans(relays)

    def test_bans_of_files_are_told(self):
        relays = self.prepare(2)
        old = [{"network": BAD, "until": None, "reason": "rude", "by": "uid 0",
                "since": "2026-11-29T21:39:32Z"},
               {"network": OTHER, "until": "2001-01-01T00:00:00Z", "reason": "", "by": "",
                "since": None}]
        (relays[1].directory / "bans.json").write_text(json.dumps(old), encoding="utf-8")
        for relay in relays:
            relay.start()
        self.wait_for_bans(relays, BAD)
        self.assert_refused(relays[0])
        self.assertEqual(self.bans(relays[0])[0]["by"], "uid 0 at node 1")

    def test_a_host_is_kicked_and_banned(self):
        relays = self.prepare(2)
        for relay in relays:
            relay.start()
        for relay in relays:
            relay.wait_for_log(r" node_up ")
        self.host(relays[0], BAD)
        who = relays[0].status()["sessions"][0]["host"]["id"]
        self.control(relays[0]).done("kick", id=who, ban_seconds=600)
        self.wait_for_bans(relays, BAD)
        self.assert_refused(relays[1])


if __name__ == "__main__":
    main()
