"""Runs one file of tests with real Godot and the relay. Options, beside those of the integration
tests: --godot-root DIRECTORY, a root with /usr/bin/godot; without it the cached one is taken."""

import argparse
import atexit
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / folder) for folder in ("integration", "system", "public")]

import godot_root
import relay_process
import runner
from godot_game import FAULTS, Game, Project
from runner import RelayTest

SKIPPED = 77
TRANSPORTS = ("enet", "websocket", "star", "mesh")
project = None  # set by main


class GodotTest(RelayTest):
    """Games are made once and reset before each use: starting one takes a while."""

    games = {}
    relay = None

    @classmethod
    def setUpClass(cls):
        cls.relay = relay_process.Relay(None, [])
        cls.relay.start()

    @classmethod
    def tearDownClass(cls):
        cls.relay.end()

    def tearDown(self):
        for game in self.games.values():
            faults = [line for line in game.log().splitlines()
                      if any(word in line for word in FAULTS)]
            self.assertEqual(faults, [], f"{game.name}:\n{game.log()}")

    def game(self, name):
        game = self.games.get(name)
        if game is None or not game.is_running():
            game = self.games[name] = Game(project, name)
            atexit.register(game.end)
        game.reset()
        return game

    def address(self):
        return f"127.0.0.1:{self.relay.address[1]}"


def main():
    global project
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--godot-root", type=pathlib.Path)
    options, sys.argv[1:] = parser.parse_known_args()
    try:
        root = options.godot_root or godot_root.root_in(godot_root.CACHE)
        godot = godot_root.Godot(root)
        print(f"Godot {godot.version()} of {root}", flush=True)
    except godot_root.Impossible as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    project = Project(godot)
    atexit.register(project.remove)
    runner.main()
