"""Games of Godot, a session of RetroArch's and a room, all on the one port of the relay at the same
time. All programs are the real ones, and each plays as if it were alone."""

import pathlib
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "retroarch"))

# pylint: disable=wrong-import-position
from godot_runner import GodotTest, main  # noqa: E402  which knows where the others are
import coin_chase  # noqa: E402
import installations  # noqa: E402
import prerequisites  # noqa: E402
import relay_process  # noqa: E402
import retroarch_roots  # noqa: E402
from match import Setup  # noqa: E402
from room_match import RoomMatch, compare  # noqa: E402
from waiting import wait_until  # noqa: E402

LIMIT = 90
FRAMES = 600
CALLS = 1200
LARGE = 1_000_000
NAMES = ("host", "ann", "bob")


def retroarch_here():
    """The oldest that tests play with, which has the core for all; None if there is none."""
    oldest = retroarch_roots.RELEASES[0]
    if retroarch_roots.own_release() == oldest:
        return installations.Installation(oldest)
    root = retroarch_roots.root_in(retroarch_roots.CACHE, oldest)
    if not root.exists() or not prerequisites.in_private_mounts():
        return None
    return installations.Installation(oldest, root)


class TogetherTest(GodotTest):
    match = None

    @classmethod
    def setUpClass(cls):
        """The relay is the match's."""

    @classmethod
    def tearDownClass(cls):
        """See there."""

    def setUp(self):
        if reason := prerequisites.why_impossible(install=False):
            self.skipTest(reason)
        retroarch = retroarch_here()
        if retroarch is None:
            self.skipTest(f"no RetroArch of {retroarch_roots.RELEASES[0]}, whose core is needed")
        place = tempfile.TemporaryDirectory(prefix="together-test-")
        self.addCleanup(place.cleanup)
        retroarch.mount()
        place = pathlib.Path(place.name)
        setup = Setup(relay=pathlib.Path(relay_process.binary), peer=None,
                      rom=coin_chase.build(place),
                      core=installations.lend_core([retroarch], place),
                      cast=installations.Cast([retroarch]), minute=FRAMES)
        self.match = RoomMatch(setup, place)
        self.addCleanup(self.match.__exit__)

    def party(self):
        """Three games, and the id of each."""
        self.match.relay.wait_for_ports()
        games = {name: self.game(name) for name in NAMES}
        address = self.match.relay.address
        games["host"].ask("host", transport="relay", address=address)
        code = games["host"].wait("opened")[1]
        for name in NAMES[1:]:
            games[name].ask("join", transport="relay", address=address, at=code)
            games[name].wait("connected_to_server")
        ids = {name: game.ask("id") for name, game in games.items()}
        for name, game in games.items():
            others = sorted(ids[other] for other in NAMES if other != name)
            wait_until(lambda game=game, others=others: sorted(game.ask("peers")) == others,
                       LIMIT, f"{name} to know the others")
        return games, ids

    def test_each_plays_as_if_alone(self):
        self.play(upgrades=0)

    def test_while_the_relay_is_replaced(self):
        self.play(upgrades=2)

    def play(self, upgrades):
        match = self.match
        try:
            games, ids = self.party()
            alice, join_text = match.open_host("alice")
            bert = match.join("bert", join_text, alice)
            carol, dave = match.enter_all("carol", "dave")
            for game in games.values():
                game.ask("count", count=CALLS, frames=CALLS)
                game.ask("states", rate=60)
            for source in NAMES:
                games[source].ask("rpc", method="reliable", size=LARGE, targets=[0])
            for _ in range(upgrades):
                match.play_frames(100, LIMIT)
                match.relay.upgrade()
            match.play_together(FRAMES, LIMIT, alice, bert)
            match.play_together(FRAMES, LIMIT, carol, dave)
            self.check_party(games, ids)
            compare(alice, bert, at_least=FRAMES)
            compare(carol, dave, at_least=FRAMES)
            status = match.relay.status()
            self.assertEqual([len(status[kind]) for kind in ("sessions", "rooms", "parties")],
                             [1, 1, 1])
            self.assertEqual(len(match.relay.links()), 1)
            self.assertEqual([member["nick"] for member in status["rooms"][0]["members"]],
                             ["carol", "dave"])
            self.assertEqual(match.relay.events("desync"), [])
            for game in games.values():
                game.reset()
            match.finish()
        except Exception:
            match.show_logs()
            raise

    def check_party(self, games, ids):
        for name, game in games.items():
            others = [ids[other] for other in NAMES if other != name]
            expected = {str(other): {"next": CALLS, "wrong": 0} for other in others}
            self.match.wait_until(lambda game=game, expected=expected:
                                  game.ask("counted") == expected, LIMIT, f"calls at {name}")
            self.assertEqual(sorted(game.heard()),
                             sorted((other, "reliable", f"{LARGE} bytes") for other in others))
            self.assertGreater(len(game.ask("ages")), CALLS, name)
            self.assertEqual(game.ask("get", what="resumes"), 0, name)
            for word in ("absent", "peer_disconnected", "server_disconnected", "refused"):
                self.assertEqual(game.find(word), [], name)


if __name__ == "__main__":
    if not prerequisites.why_impossible(install=False):
        if remark := prerequisites.enter_private_network():
            print(f"remark: {remark}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    main()
