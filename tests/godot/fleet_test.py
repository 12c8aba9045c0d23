"""Real Godot and three relays behind HAProxy: a game is found by its code, and its peers come back
to it, by whatever door, as the addon names the code in its requests."""

import pathlib
import sys

from cutter import Cutter
from godot_runner import GodotTest, main
from waiting import wait_until

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "proxies"))
from fleet import FleetHAProxy, node_config  # noqa: E402  pylint: disable=wrong-import-position

NODES = 3
LIMIT = 60
CALLS = 200
FRAMES = 120
CUTS = 4  # of each connection
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class FleetTest(GodotTest):
    @classmethod
    def setUpClass(cls):
        """No relay alone."""

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        if not FleetHAProxy.is_here():
            self.skipTest("haproxy is missing")
        self.relays = [self.start(node_config(node)) for node in range(NODES)]
        self.doors = [FleetHAProxy(self.relays) for _ in range(2)]
        for door in self.doors:
            self.addCleanup(door.end)

    def network(self, door):
        network = Cutter(door.address)
        self.addCleanup(network.end)
        return network

    def meet(self, name, mesh):
        """The host by one door and its guest by the other, each with a network of its own."""
        networks = [self.network(door) for door in self.doors]
        host, guest = self.game(name), self.game("ann")
        host.ask("host", transport="relay", address=networks[0].address, options={"mesh": mesh})
        code = host.wait("opened")[1]
        guest.ask("join", transport="relay", address=networks[1].address, at=code)
        guest.wait("connected_to_server")
        wait_until(lambda: len(host.ask("peers")) == 1, LIMIT, "the host to know its guest")
        return networks, (host, guest), code

    def test_parties_of_all_nodes(self):
        seen = set()
        for turn in range(NODES):
            networks, games, code = self.meet(f"host{turn}", mesh=turn == 1)
            seen.add(LETTERS.index(code[0]))
            ids = [game.ask("id") for game in games]
            for game in games:
                game.ask("count", count=CALLS, frames=FRAMES)
            for network, game in zip(networks, games):
                for _ in range(CUTS):
                    before = game.ask("get", what="resumes")
                    network.cut()
                    wait_until(lambda game=game, before=before:
                               game.ask("get", what="resumes") > before, LIMIT, "it to be back")
            for game, other in zip(games, reversed(ids)):
                expected = {str(other): {"next": CALLS, "wrong": 0}}
                wait_until(lambda game=game, expected=expected: game.ask("counted") == expected,
                           LIMIT, "all calls, each once")
                self.assertEqual(game.find("peer_disconnected"), [])
        self.assertEqual(seen, set(range(NODES)))
        for relay in self.relays:
            reasons = relay.status()["totals"]["close_reasons"]
            self.assertEqual((reasons["unknown_code"], reasons["unknown_token"]), (0, 0))


if __name__ == "__main__":
    main()
