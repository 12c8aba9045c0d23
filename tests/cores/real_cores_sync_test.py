"""What netplay-peer sync-test says of real cores, with small games of our own.

The cores are Debian's. Two of them are in non-free, which machines do not have enabled: their
packages are fetched into the build directory and unpacked there."""

import argparse
import json
import pathlib
import subprocess
import sys
import unittest

import debian_cores

SKIPPED = 77
RUN_LIMIT = 500  # seconds
HERE = pathlib.Path(__file__).resolve().parent
# What netplay needs of the machine's speed is another matter, and so is how busy it is.
SPEED = {"fit_with_less", "too_slow"}

options = None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=pathlib.Path, required=True)
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    return parser.parse_known_args()


class RealCoreTest(unittest.TestCase):
    def core(self, name, package):
        fetched = options.directory / package
        core = debian_cores.find_core(name, fetched)
        if core is None and package in ("libretro-snes9x", "libretro-genesisplusgx"):
            failure = debian_cores.fetch_non_free(package, fetched)
            if failure:
                self.skip(failure)
            core = debian_cores.find_core(name, fetched)
        if core is None:
            self.skip(f"Debian's {package} is missing")
        return core

    def game(self, system):
        built = subprocess.run([HERE / "games" / "build.sh", system, options.directory],
                               capture_output=True, text=True, timeout=60, check=False)
        if built.returncode != 0:
            self.skip(f"no game for {system}: {(built.stderr.strip().splitlines() or ['?'])[-1]}")
        return built.stdout.strip()

    def skip(self, reason):
        print(f"skipped: {reason}", flush=True)
        self.skipTest(reason)

    def sync_test(self, core, game, *arguments):
        command = [options.peer, "sync-test", "--json", "--core", core, "--content", game,
                   "--frames", "120", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace",
                               timeout=RUN_LIMIT, check=False)
        self.assertIn(ended.returncode, (0, 3, 7), ended.stderr[-2000:])
        report = json.loads(ended.stdout)
        core = report["core"]
        print(f"{core['name']} {core['version']}, {pathlib.Path(game).name}: {report['verdict']}: "
              f"{report['reason']}", flush=True)
        self.assertEqual(report["joins"]["fault"], None)
        self.assertGreater(report["joins"]["count"], 1)
        self.assertEqual(report["joins"]["frames_that_differ"]["frames"],
                         report["frames_run"] - report["options"]["alone_frames"])
        return report

    def assert_same(self, report):
        """The game and its states are the same for all, whatever the speed."""
        self.assertIn(report["verdict"], {"fit", *SPEED})
        self.assertEqual(report["replays_that_differ"]["count"], 0)
        self.assertEqual(report["joins"]["frames_that_differ"]["count"], 0)
        self.assertEqual(report["causes"], [])

    def assert_same_game(self, report):
        """The game is the same for all, CRCs are not."""
        self.assertEqual(report["verdict"], "crcs_differ")
        self.assertEqual(report["replays_that_differ"]["games"], 0)
        self.assertEqual(report["joins"]["frames_that_differ"]["games"], 0)
        self.assertTrue(report["plays"])

    def test_nestopia(self):
        """Its turbo buttons keep their phase out of the states. States of 1.52 become smaller,
        those of 1.53 end with bytes that loading one does not set."""
        core = self.core("nestopia", "libretro-nestopia")
        game = self.game("nes")
        report = self.sync_test(core, game)
        self.assertEqual(report["verdict"], "game_differs")
        self.assertEqual({(each["pad"], each["button"]) for each in report["causes"]},
                         {(pad, button) for pad in (1, 2) for button in ("X", "Y")})
        report = self.sync_test(core, game, "--buttons", "fdfd")
        if report["core"]["version"].startswith("1.52"):
            self.assertEqual(report["verdict"], "size_changes")
            self.assertGreater(report["state_size"], report["state_size_told"])
        else:
            self.assert_same_game(report)
        self.assertEqual(report["replays_that_differ"]["games"], 0)

    def test_gambatte_with_a_mapper(self):
        core = self.core("gambatte", "libretro-gambatte")
        self.assert_same(self.sync_test(core, self.game("gbc")))

    def test_gambatte_without_a_mapper(self):
        """It saves variables of a mapper that it has not set."""
        core = self.core("gambatte", "libretro-gambatte")
        self.assert_same_game(self.sync_test(core, self.game("gb")))

    def test_mgba_with_a_game_boy_advance(self):
        core = self.core("mgba", "libretro-mgba")
        self.assert_same(self.sync_test(core, self.game("gba")))

    def test_mgba_with_a_game_boy(self):
        """Some frames differ in a few bytes that are no part of the game."""
        core = self.core("mgba", "libretro-mgba")
        report = self.sync_test(core, self.game("gbc"))
        self.assertIn(report["verdict"], {"fit", "crcs_differ", *SPEED})
        self.assertEqual(report["replays_that_differ"]["games"], 0)

    def test_snes9x(self):
        core = self.core("snes9x", "libretro-snes9x")
        self.assert_same(self.sync_test(core, self.game("snes")))

    def test_genesis_plus_gx(self):
        """Its states hold addresses of the process."""
        core = self.core("genesis_plus_gx", "libretro-genesisplusgx")
        report = self.sync_test(core, self.game("genesis"))
        self.assert_same_game(report)
        joined = report["joins"]["frames_that_differ"]
        self.assertEqual(joined["count"], joined["frames"])


if __name__ == "__main__":
    options, rest = parse_arguments()
    options.directory.mkdir(parents=True, exist_ok=True)
    program = unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if len(result.skipped) == result.testsRun else 0)
