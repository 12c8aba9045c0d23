"""Networks that fail: every connection is cut many times, and frozen, and games that hang."""

import random

from cutter import Cutter
from godot_runner import GodotTest, main, relay_process
from waiting import keep_true, wait_until

LIMIT = 60
CALLS = 1000
UPGRADES = 5
LARGE = 1_000_000
CUTS = 25  # of each connection
FRAMES = 600
RATE = 60
OLD_MAX = 60
OLD_SECONDS = 0.2
NAMES = ("host", "ann", "bob")


class ResumeTest(GodotTest):
    """Each game has a network of its own."""

    def meet(self, mesh=False, names=NAMES):
        networks, games, ids = {}, {}, {}
        code = None
        for name in names:
            network = networks[name] = Cutter(self.relay.address)
            self.addCleanup(network.end)
            game = games[name] = self.game(name)
            if name == "host":
                game.ask("host", transport="relay", address=network.address,
                         options={"mesh": mesh})
                code = game.wait("opened")[1]
            else:
                game.ask("join", transport="relay", address=network.address, at=code)
                game.wait("connected_to_server")
            ids[name] = game.ask("id")
        for name, game in games.items():
            others = sorted(ids[other] for other in names if other != name)
            wait_until(lambda game=game, others=others: sorted(game.ask("peers")) == others,
                       LIMIT, f"{name} to know the others")
        return networks, games, ids

    def count_over_cuts(self, mesh):
        networks, games, ids = self.meet(mesh)
        numbers = random.Random(15)
        for game in games.values():
            game.ask("count", count=CALLS, frames=FRAMES)

        def cut_one():
            name = numbers.choice(NAMES)
            network = networks[name]
            if network.cuts < CUTS:
                before = games[name].ask("get", what="resumes")
                if network.cut():
                    # Now and then again, before it is back.
                    if numbers.random() < 0.8:
                        wait_until(lambda: games[name].ask("get", what="resumes") > before, LIMIT,
                                   f"{name} to be back")

        def is_done():
            return all(network.cuts >= CUTS for network in networks.values())
        wait_until(is_done, LIMIT, "all cuts", meanwhile=cut_one)
        self.wait_for_counted(games, ids)
        for name, game in games.items():
            self.assertEqual(game.find("peer_disconnected"), [], name)
            self.assertEqual(game.find("server_disconnected"), [], name)
            self.assertGreaterEqual(len(game.find("absent", ids[name])), 1)
            self.assertEqual(len(game.find("absent", ids[name])),
                             len(game.find("returned", ids[name])))
            print(f"    {name}: {networks[name].cuts} cuts, {game.ask('get', what='resumes')} "
                  f"resumes, {game.ask('get', what='dropped_packets')} packets dropped", flush=True)

    def wait_for_counted(self, games, ids, calls=CALLS):
        for name, game in games.items():
            expected = {str(ids[other]): {"next": calls, "wrong": 0}
                        for other in NAMES if other != name}
            try:
                wait_until(lambda game=game, expected=expected: game.ask("counted") == expected,
                           LIMIT, "calls")
            except AssertionError:
                self.assertEqual(game.ask("counted"), expected, name)

    def test_counted_calls_in_a_star(self):
        self.count_over_cuts(mesh=False)

    def test_counted_calls_in_a_mesh(self):
        self.count_over_cuts(mesh=True)

    def test_a_restart_of_the_relay_below_live_games(self):
        networks, games, ids = self.meet()
        for game in games.values():
            game.ask("count", count=CALLS, frames=FRAMES // 2)
        for at in range(UPGRADES):
            # In the middle of it, not before.
            wait_until(lambda at=at: games["ann"].ask("counted").get("1", {}).get("next", 0)
                       > at * CALLS // 20, LIMIT, "calls")
            self.upgrade()
        self.wait_for_counted(games, ids)
        for name, game in games.items():
            self.assertEqual(game.ask("get", what="resumes"), 0, name)
            self.assertEqual(game.find("absent"), [], name)
            self.assertEqual(networks[name].cuts, 0)

    def upgrade(self):
        said = relay_process.run_command(
            "upgrade", f"http://127.0.0.1:{self.relay.admin_address[1]}")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_restarts_with_a_large_call_on_its_way(self):
        """Two in a row, each way: a part of it is in, the rest is not."""
        networks, games, ids = self.meet()
        calls = 0
        for source, target, frozen in (("host", "ann", "ann"), ("ann", "host", "ann"),
                                       ("ann", "bob", "bob"), ("bob", "host", "bob")):
            with self.subTest(source=source, target=target):
                before = {name: game.ask("get", what="resumes") for name, game in games.items()}
                for game in games.values():
                    game.ask("count", count=RATE, frames=RATE, since=calls)
                network = networks[frozen]
                network.freeze_after(LARGE // 3)
                games[source].ask("rpc", method="reliable", size=LARGE, targets=[ids[target]])
                wait_until(lambda network=network: network.frozen, LIMIT, "a part to be in")
                self.upgrade()
                self.upgrade()
                self.assertEqual(games[target].heard(), [])
                network.freeze(False)
                games[target].wait("heard")
                calls += RATE
                self.wait_for_counted(games, ids, calls)
                self.assertEqual(games[target].heard(),
                                 [(ids[source], "reliable", f"{LARGE} bytes")])
                games[target].events.clear()
                for name, game in games.items():
                    self.assertEqual(game.ask("get", what="resumes"), before[name], name)
                    self.assertEqual(game.find("absent"), [], name)

    def test_who_does_not_come_back(self):
        """Killed, without a word: first a client, then the host."""
        relay = self.start({"parties": {"hold_seconds": 1}})
        games = {name: self.game(name) for name in NAMES}
        address = f"127.0.0.1:{relay.address[1]}"
        games["host"].ask("host", transport="relay", address=address)
        code = games["host"].wait("opened")[1]
        for name in NAMES[1:]:
            games[name].ask("join", transport="relay", address=address, at=code)
            games[name].wait("connected_to_server")
        ann = games["ann"].ask("id")
        games["ann"].kill()
        games["host"].wait("absent", ann)
        games["host"].wait("peer_disconnected", ann)
        games["bob"].wait("peer_disconnected", ann)
        games["host"].kill()
        games["bob"].wait("absent", 1)
        self.assertEqual(games["bob"].wait("refused")[1], "host_gone")
        games["bob"].wait("server_disconnected")

    def states_flow(self, game):
        game.ask("ages")
        wait_until(lambda: len(game.ask("ages")) > 0, LIMIT, f"states at {game.name}")

    def old_states(self, hearer, since):
        """How many came that were old, by the clock that both games share. since: what was heard
        up to then does not count."""
        heard = []

        def fresh():
            heard.extend(hearer.ask("ages"))
            return heard and heard[-1] - heard[-2] < OLD_SECONDS / 2
        wait_until(fresh, LIMIT, "fresh states")
        keep_true(lambda: heard.extend(hearer.ask("ages")) or True, 0.5, "heard")
        pairs = list(zip(heard[::2], heard[1::2]))
        return sum(1 for sent, came in pairs if came > since and came - sent > OLD_SECONDS)

    def check_old(self, what, old):
        print(f"    {what}: {old} old states", flush=True)
        self.assertLessEqual(old, OLD_MAX, what)

    def test_a_game_that_hangs(self):
        _, games, _ = self.meet(names=("host", "ann"))
        games["host"].ask("states", rate=RATE)
        self.states_flow(games["ann"])
        games["ann"].ask("hang", ms=3000)
        self.check_old("ann hung for 3 s", self.old_states(games["ann"], 0))

    def test_a_network_that_freezes(self):
        networks, games, _ = self.meet(names=("host", "ann"))
        for source, hearer in (("host", "ann"), ("ann", "host")):
            games[source].ask("states", rate=RATE)
            self.states_flow(games[hearer])
            networks["ann"].freeze(True)
            keep_true(lambda: True, 3, "frozen")
            games[hearer].ask("ages")
            networks["ann"].freeze(False)
            self.check_old(f"{source} to {hearer}, frozen for 3 s",
                           self.old_states(games[hearer], 0))
            games[source].ask("stop_states")
        for game in games.values():
            self.assertEqual(game.find("peer_disconnected"), [])


if __name__ == "__main__":
    main()
