#!/usr/bin/env python3
"""Which package sources apt is found to have, in both formats of its files."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import debian_sources
from debian_sources import Source

MIRROR = "http://mirror.test/debian"
OTHER = "http://mirror.test/other"
ONE_LINE = f"""\
deb {MIRROR} trixie main contrib
# deb {OTHER} trixie main
deb-src {OTHER} trixie main
deb [arch=amd64 trusted=yes] {MIRROR}/ trixie-updates main
deb {OTHER} trixie contrib
"""
DEB822 = f"""\
Types: deb deb-src
URIs: {MIRROR}
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: {OTHER}
Suites: trixie
Components: main
Enabled: no
"""
EXPECTED = [Source(MIRROR, "trixie"), Source(MIRROR, "trixie-updates")]


@unittest.skipUnless(shutil.which("apt-get"), "no apt-get here")
class ConfiguredTest(unittest.TestCase):
    def configured(self, name, text):
        with tempfile.TemporaryDirectory() as place:
            pathlib.Path(place, name).write_text(text, encoding="utf-8")
            pathlib.Path(place, "lists").mkdir()
            return debian_sources.configured(
                "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={place}",
                "-o", f"Dir::State::Lists={place}/lists", "-o", "APT::Architecture=amd64")

    def test_lines(self):
        self.assertEqual(self.configured("a.list", ONE_LINE), EXPECTED)

    def test_paragraphs(self):
        self.assertEqual(self.configured("a.sources", DEB822), EXPECTED)

    def test_none(self):
        self.assertEqual(self.configured("a.list", "# nothing\n"), [])
        self.assertEqual(self.configured("a.disabled", ONE_LINE), [])

    def test_as_a_line(self):
        self.assertEqual(EXPECTED[1].line(), f"deb {MIRROR} trixie-updates main")


@unittest.skipUnless(shutil.which("dpkg-query"), "no dpkg here")
class ReleaseTest(unittest.TestCase):
    def test_the_one_that_runs(self):
        said = subprocess.run(["sh", "-c", '. /etc/os-release; echo "$ID $VERSION_CODENAME"'],
                              capture_output=True, text=True, check=True).stdout.split()
        if said[0] != "debian":
            self.assertIsNone(debian_sources.release())
            self.assertEqual(debian_sources.why_none(), "this is not a release of Debian")
        else:
            self.assertEqual(debian_sources.release(), said[1])


if __name__ == "__main__":
    sys.exit(unittest.main())
