"""bench/abuse.py itself: one attack for a few seconds, which honest players must not notice."""

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


if __name__ == "__main__":
    main()
