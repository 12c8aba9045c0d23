#!/usr/bin/env python3
"""The Debian package: what is in it, and that lintian accepts it."""

import gzip
import pathlib
import re
import shutil
import stat
import tempfile
import unittest

import deb_package
import packaged
from packaged import PAGES, ROOT, checked, files_below, options, run

FILES = {
    "/etc/netplay-relay/netplay-relay.json",
    "/usr/bin/netplay-relay", "/usr/bin/netplay-peer",
    "/usr/lib/systemd/system/netplay-relay.service",
    "/usr/lib/systemd/system/netplay-relay.socket",
    "/usr/lib/sysusers.d/netplay-relay.conf", "/usr/lib/tmpfiles.d/netplay-relay.conf",
    *(f"/usr/share/man/{page}.gz" for page in PAGES),
    *(f"/usr/share/doc/netplay-relay/{name}" for name in (
        *packaged.DOCUMENTS, "changelog.gz", "changelog.Debian.gz", "copyright",
        "openapi.json", "status.schema.json", "peer-report.schema.json", *packaged.EXAMPLES)),
    *(f"/usr/share/bash-completion/completions/{name}" for name in (
        "netplay-relay", "netplay-peer")),
    *(f"/usr/share/zsh/vendor-completions/_{name}" for name in ("netplay-relay", "netplay-peer")),
    *(f"/usr/share/fish/vendor_completions.d/{name}.fish" for name in (
        "netplay-relay", "netplay-peer")),
    "/usr/share/lintian/overrides/netplay-relay",
}


class DebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if reason := deb_package.why_impossible():
            raise unittest.SkipTest(reason)
        cls.directory = tempfile.TemporaryDirectory(prefix="netplay-relay-deb-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.folder = pathlib.Path(cls.directory.name)
        cls.package = deb_package.make(cls.folder)
        cls.tree = cls.folder / "tree"
        checked("dpkg-deb", "--raw-extract", cls.package, cls.tree)

    def text(self, path):
        data = (self.tree / path.lstrip("/")).read_bytes()
        return (gzip.decompress(data) if path.endswith(".gz") else data).decode()

    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("no lintian here")
        done = run("lintian", "--allow-root", "--fail-on", "error,warning", self.package)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_each_override_is_explained_and_used(self):
        overrides = self.text("/usr/share/lintian/overrides/netplay-relay")
        self.assertRegex(overrides, r"\A((#.*\n)+netplay-relay: .*\n)+\Z")
        if not shutil.which("lintian"):
            self.skipTest("no lintian here")
        shown = checked("lintian", "--allow-root", "--display-info", self.package)
        self.assertNotIn("unused-override", shown)

    def test_the_files(self):
        found = {path for path in files_below(self.tree) if not path.startswith("/DEBIAN/")}
        self.assertEqual(sorted(found), sorted(FILES))
        listed = checked("dpkg-deb", "--contents", self.package)
        self.assertTrue(all(line.split()[1] == "root/root" for line in listed.splitlines()), listed)
        mode = (self.tree / "etc" / "netplay-relay" / "netplay-relay.json").stat().st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o640)

    def test_the_programs_are_stripped(self):
        for name in ("netplay-relay", "netplay-peer"):
            kind = checked("file", "--brief", self.tree / "usr" / "bin" / name)
            self.assertIn(", stripped", kind)

    def test_the_fields(self):
        self.assertEqual(deb_package.field(self.package, "Package"), "netplay-relay")
        self.assertEqual(deb_package.field(self.package, "Architecture"),
                         deb_package.architecture())
        depends = deb_package.field(self.package, "Depends")
        for library in ("libc6", "libstdc++6", "libsystemd0", "libspdlog"):
            self.assertRegex(depends, rf"\b{re.escape(library)}")

    def test_the_configuration_is_the_administrators(self):
        self.assertEqual(self.text("/DEBIAN/conffiles"), "/etc/netplay-relay/netplay-relay.json\n")

    def test_the_copyright_is_the_licence(self):
        said = " ".join(re.sub(r"(?m)^ \.$", "", self.text(
            "/usr/share/doc/netplay-relay/copyright")).split())
        licence = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n\n")
        self.assertEqual(licence[0], "MIT License")
        for paragraph in licence[2:]:
            self.assertIn(" ".join(paragraph.split()), said)
        self.assertIn(licence[1].replace("Copyright (c) ", "Copyright: "), said)

    def test_the_changelog(self):
        version = deb_package.field(self.package, "Version")
        changelog = self.text("/usr/share/doc/netplay-relay/changelog.Debian.gz")
        self.assertTrue(changelog.startswith(f"netplay-relay ({version}) "), changelog)
        self.assertEqual(self.text("/usr/share/doc/netplay-relay/changelog.gz"),
                         (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))

    def test_the_scripts_are_plain_shell(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck here")
        for script in ("postinst", "prerm", "postrm"):
            checked("shellcheck", self.tree / "DEBIAN" / script)


if __name__ == "__main__":
    packaged.main("build", "cpack")
