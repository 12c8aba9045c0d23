#!/usr/bin/env python3
"""What scripts/ installs and makes packages with, for this machine's release and others."""

import re
import shutil
import unittest

import packaged
from packaged import ROOT, checked, run

SCRIPTS = ROOT / "scripts"


def listed(release, architecture):
    said = checked(SCRIPTS / "install-packages.sh", "list", release, architecture)
    return said.strip().split(",")


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which("dpkg-architecture"):
            self.skipTest("no dpkg-dev here")
        self.own = checked("dpkg", "--print-architecture").strip()
        self.other = "armhf" if self.own == "arm64" else "arm64"

    def test_another_architecture_has_a_cross_compiler_and_its_libraries(self):
        for release, boost in (("bookworm", "libboost1.81-dev"), ("trixie", "libboost-dev")):
            packages = listed(release, self.other)
            self.assertIn(f"{boost}:{self.other}", packages)
            self.assertIn(f"libspdlog-dev:{self.other}", packages)
            self.assertIn(f"crossbuild-essential-{self.other}", packages)
            self.assertIn("cmake", packages)

    def test_another_release_has_its_own_libraries(self):
        packages = listed("trixie", self.own)
        self.assertIn("libboost-dev", packages)
        self.assertFalse([name for name in packages if ":" in name or "cross" in name])

    def test_an_unknown_option_is_answered_with_those_that_there_are(self):
        done = run(SCRIPTS / "package.sh", "--architecture", "arm64")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, re.escape("package.sh [--arch "))

    def test_an_architecture_that_does_not_exist_is_named(self):
        done = run(SCRIPTS / "package-elsewhere.sh", "amr64", "bookworm")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Debian has no architecture 'amr64'", done.stderr)

    def test_they_are_plain_shell(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck here")
        checked("shellcheck", *SCRIPTS.glob("*.sh"))


if __name__ == "__main__":
    packaged.main()
