"""One view of all nodes of a fleet: any of them tells what all of them are doing."""

import json
import pathlib
import re
import signal
import threading
import urllib.error

from fleet_nodes import FleetTest
from party_client import Game
from relay_process import run_command
from runner import main
from waiting import wait_until

try:
    import jsonschema
except ImportError:
    jsonschema = None

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


class FleetViewTest(FleetTest):
    def check(self, view):
        """As docs/openapi.json and docs/status.schema.json have it."""
        if jsonschema is None:
            return
        document = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
        status = json.loads((DOCS / "status.schema.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator
        validator(document["components"]["schemas"]["fleet"]).validate(view)
        for node in view["nodes"]:
            if node["status"]:
                validator(status).validate(node["status"])

    def whole(self, relay):
        """With all nodes up: one that has much else to do may take longer than it is given."""
        def seen():
            view = self.fleet(relay)
            return view if view["totals"]["up"] == view["totals"]["nodes"] else None
        return wait_until(seen, 20, f"all nodes to answer {relay.log_text()}")

    def command(self, relay, *options):
        host, port = relay.admin_address
        return run_command("status", "--fleet", *options, "--url", f"{host}:{port}")

    def test_any_node_tells_of_all(self):
        relays = self.start_fleet()
        host = self.host(relays[0])
        self.link(host)
        session_id = relays[0].status()["sessions"][0]["id"]
        party = self.kept(Game(relays[1])).host()
        self.member(relays[2], nick="ann", source="127.0.0.9")
        owner = next(at for at, relay in enumerate(relays) if relay.use()["rooms"])
        for own, relay in enumerate(relays):
            view = self.whole(relay)
            self.check(view)
            self.assertEqual([node["node"] for node in view["nodes"]], [0, 1, 2])
            self.assertEqual([node["own"] for node in view["nodes"]],
                             [node == own for node in range(3)])
            self.assertEqual([node["state"] for node in view["nodes"]], ["up"] * 3)
            (session,) = view["nodes"][0]["status"]["sessions"]
            self.assertEqual(session["id"], session_id)
            (peers,) = view["nodes"][1]["status"]["parties"]
            self.assertEqual(peers["code"], party.code)
            (room,) = view["nodes"][owner]["status"]["rooms"]
            self.assertEqual(room["members"][0]["nick"], "ann")
            totals = view["totals"]
            self.assertEqual((totals["nodes"], totals["up"], totals["down"]), (3, 3, 0))
            self.assertEqual((totals["sessions"], totals["links"], totals["rooms"],
                              totals["parties"], totals["people"]), (1, 1, 1, 1, 4))
            known = relay.status()["fleet"]
            self.assertEqual((known["node"], known["nodes"], known["up"], known["problem"]),
                             (own, 3, 3, None))
            self.assertEqual(self.metric(relay, 'netplay_relay_fleet_nodes{state="up"}'), 3)
        table = self.command(relays[2])
        self.assertEqual(table.returncode, 0, table.stderr)
        self.assertIn("3 nodes: 3 up, 0 draining, 0 down; 4 people in 1 session", table.stdout)
        for line in (r" 2\* .* up ", rf" 0 +session +{re.escape(session_id)} ",
                     rf" 1 +party +{party.code} ", rf" {owner} +room +\d+ "):
            self.assertRegex(table.stdout, line)
        as_json = json.loads(self.command(relays[2], "--json").stdout)
        self.assertEqual(as_json["totals"]["people"], 4)

    def test_nodes_that_drain_or_are_gone(self):
        relays = self.start_fleet()
        self.host(relays[1])
        relays[1].send_signal(signal.SIGUSR1)
        relays[1].wait_for_log(r" draining ")
        wait_until(lambda: self.fleet(relays[0])["nodes"][1]["state"] == "draining", 10,
                   "the drain to be seen")
        relays[2].process.kill()
        relays[0].wait_for_log(r" node_down node=2")
        wait_until(lambda: self.fleet(relays[0])["nodes"][2]["state"] == "down", 10,
                   "the node to be seen as down")
        view = self.fleet(relays[0])
        self.check(view)
        gone = view["nodes"][2]
        self.assertIsNone(gone["status"])
        self.assertTrue(gone["problem"])
        self.assertEqual((view["totals"]["up"], view["totals"]["draining"],
                          view["totals"]["down"]), (1, 1, 1))
        self.assertEqual(view["totals"]["sessions"], 1)
        self.assertEqual(relays[0].status()["fleet"]["up"], 2)
        self.assertEqual(self.metric(relays[0], 'netplay_relay_fleet_nodes{state="down"}'), 1)
        table = self.command(relays[0])
        self.assertIn("1 up, 1 draining, 1 down", table.stdout)
        self.assertIn(gone["problem"], table.stdout)

    def test_a_node_that_hangs_is_given_up(self):
        relays = self.start_fleet(2)
        relays[1].send_signal(signal.SIGSTOP)
        self.addCleanup(relays[1].send_signal, signal.SIGCONT)
        node = self.fleet(relays[0])["nodes"][1]
        self.assertEqual(node["state"], "down")
        self.assertTrue(node["problem"])

    def test_many_who_ask_at_once(self):
        relays = self.start_fleet(2)
        views = []
        def ask():
            views.append(self.whole(relays[0]))
        askers = [threading.Thread(target=ask) for _ in range(12)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        self.assertEqual([view["totals"]["up"] for view in views], [2] * 12)

    def test_without_a_fleet(self):
        relay = self.start({"fleet": {"node": 3}})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.fleet(relay)
        self.assertEqual(refused.exception.code, 404)
        self.assertIsNone(relay.status()["fleet"])
        told = self.command(relay)
        self.assertEqual(told.returncode, 1)
        self.assertIn("no node of a fleet", told.stderr)
        self.assertIn("no node of a fleet", self.command(relay, "--watch").stderr)


if __name__ == "__main__":
    main()
