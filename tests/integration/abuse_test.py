"""bench/abuse.py itself: one attack for a few seconds, which honest players must not notice, and
how it judges."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import relay_process
from runner import main

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "abuse.py"
LIMIT = 90

sys.dont_write_bytecode = True
sys.path.insert(0, str(BENCH.parent))

from abuse import bars  # noqa: E402  (from the bench, whose path was just added)
from abuse import measuring  # noqa: E402
from abuse import password_guess  # noqa: E402

GOOD = {"p99": 1.9, "relay_lives": True, "lost": 0, "differ": 0, "worst_still": 0.4, "cpu": 0.1,
        "newcomers": 20, "newcomers_in": 20, "memory_mib": 500.0, "accused": 0,
        "frames_per_second": 60.0}


class AbuseTest(unittest.TestCase):
    def test_two_greedy_players_in_each_room(self):
        build = pathlib.Path(relay_process.binary).resolve().parents[1]
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "numbers.json"
            ended = subprocess.run(
                [sys.executable, str(BENCH), "--quick", "--build", str(build),
                 "--only", "all_ports", "--json", str(file)],
                capture_output=True, text=True, timeout=LIMIT, check=False)
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            numbers = json.loads(file.read_text(encoding="utf-8"))
        for name in ("none", "all_ports"):
            with self.subTest(attack=name):
                this = numbers[name]["this"]
                self.assertIn(name, ended.stdout)
                self.assertEqual((this["lost"], this["differ"], this["relay_lives"]),
                                 (0, 0, True))
                self.assertEqual(this["newcomers_in"], this["newcomers"])

    def test_bars(self):
        quiet = {**GOOD, "p99": 0.5}

        def missed(kind=None, quick=False, **changed):
            return bars.missed(kind, {**GOOD, **changed}, quiet, 512, quick)
        self.assertEqual(missed(), [])
        for name, worse in (("p99", {"p99": 2.1}), ("still", {"worst_still": 0.6}),
                            ("20 frames/s", {"frames_per_second": 20.0}),
                            ("honest accused 2 times", {"accused": 2}), ("lost", {"lost": 1}),
                            ("differ", {"differ": 1}),
                            ("newcomers", {"newcomers_in": 19}),
                            ("memory 513 M", {"memory_mib": 513.0}),
                            ("the relay ended", {"relay_lives": False})):
            with self.subTest(bar=name):
                self.assertEqual(missed(**worse), [name])
                timed = name in ("p99", "still", "20 frames/s")
                self.assertEqual(missed(quick=True, **worse), [] if timed else [name])
        for guesses, expected in ((30.0, []), (31.0, ["31 guesses/s"])):
            self.assertEqual(missed(password_guess.PasswordGuess, addresses=30,
                                    closes_per_second={"wrong_password": guesses},
                                    attack={"guesses_per_second": 0.0}), expected)

    def test_an_older_relay_runs_without_what_it_does_not_know(self):
        config, unknown = measuring.known_to(
            relay_process.binary, {"manual_ip": "room", "new": 1,
                                   "limits": {"sessions": 4, "new": 2}})
        self.assertEqual(sorted(unknown), ["limits.new", "new"])
        self.assertEqual(config, {"manual_ip": "room", "limits": {"sessions": 4}})


if __name__ == "__main__":
    main()
