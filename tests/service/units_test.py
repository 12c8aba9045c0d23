"""The units, without running them: systemd finds no fault in them, and they allow little."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import units
from support import main
import relay_process

EXPOSURE_MAX = 1.5
SERVICE, SOCKET = "netplay-relay.service", "netplay-relay.socket"


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


class UnitsTest(unittest.TestCase):
    """They name the program under test, as one that is missing would be a fault."""

    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze here")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-units-"))
        self.addCleanup(shutil.rmtree, self.directory)
        program = pathlib.Path(relay_process.binary).resolve()
        (self.directory / SOCKET).write_text(units.text_of(SOCKET))
        self.service = self.directory / SERVICE
        self.service.write_text(units.text_of(f"{SERVICE}.in", program.parent))

    def verify(self, *names):
        return analyze("verify", "--man=no", "--recursive-errors=yes",
                       *(self.directory / name for name in names))

    def test_no_fault(self):
        done = self.verify(SERVICE, SOCKET)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_a_fault_would_be_found(self):
        good = self.service.read_text()
        for line, faulty, complaint in (
                ("ProtectClock=yes", "ProtectClocks=yes", "ProtectClocks"),
                ("WatchdogSec=30s", "WatchdogSec=soon", "soon"),
                ("SystemCallFilter=@system-service", "SystemCallFilter=@no-group", "@no-group")):
            with self.subTest(faulty):
                self.assertEqual(good.count(line + "\n"), 1)
                self.service.write_text(good.replace(line + "\n", faulty + "\n"))
                self.assertIn(complaint, self.verify(SERVICE).stderr)

    def test_exposure(self):
        done = analyze("security", "--offline=yes", f"--threshold={EXPOSURE_MAX * 10:.0f}",
                       "--no-pager", self.service)
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        self.assertTrue(found, done.stdout + done.stderr)
        print(f"exposure {found.group(1)}", end=" ")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertLessEqual(float(found.group(1)), EXPOSURE_MAX)


class CommentsTest(unittest.TestCase):
    def test_each_line_of_hardening_has_its_reason(self):
        text = units.text_of(f"{SERVICE}.in")
        hardening = text.split("# Hardening", 1)[1].split("[Install]", 1)[0]
        lines = hardening.splitlines()[1:]
        settings = [at for at, line in enumerate(lines) if line and not line.startswith("#")]
        self.assertGreater(len(settings), 25)
        for at in settings:
            self.assertTrue(lines[at - 1].startswith("# "), f"no comment on {lines[at]}")

    def test_nothing_is_left_to_put_in(self):
        for name in units.INSTALLED:
            self.assertNotRegex(units.text_of(name), "@[A-Z_]+@")
            for line in units.text_of(name).splitlines():
                self.assertLessEqual(len(line), 120)


if __name__ == "__main__":
    main()
