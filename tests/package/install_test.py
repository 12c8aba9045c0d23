#!/usr/bin/env python3
"""`cmake --install` puts exactly the expected files where they belong, whatever the prefix."""

import pathlib
import re
import stat
import tempfile
import unittest

import packaged
from packaged import (DOCUMENTS, EXAMPLES, PAGES, checked, files_below, has_systemd,
                      manuals_are_built, options)

PROGRAMS = ("netplay-relay", "netplay-peer")


def expected_files(prefix, sysconfdir, build):
    files = [f"{sysconfdir}/netplay-relay/netplay-relay.json"]
    files += [f"{prefix}/bin/{name}" for name in PROGRAMS]
    files += [f"{prefix}/share/doc/netplay-relay/{name}" for name in (
        *DOCUMENTS, "CHANGELOG.md", "LICENSE", "openapi.json", "status.schema.json",
        "peer-report.schema.json", *EXAMPLES)]
    if has_systemd(build):
        files += [f"{prefix}/lib/{name}" for name in (
            "systemd/system/netplay-relay.service", "systemd/system/netplay-relay.socket",
            "sysusers.d/netplay-relay.conf", "tmpfiles.d/netplay-relay.conf")]
    if manuals_are_built(build):
        files += [f"{prefix}/share/man/{page}" for page in PAGES]
        for name in PROGRAMS:
            files += [f"{prefix}/share/bash-completion/completions/{name}",
                      f"{prefix}/share/zsh/site-functions/_{name}",
                      f"{prefix}/share/fish/vendor_completions.d/{name}.fish"]
    return set(files)


class InstallTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-install-")
        self.addCleanup(directory.cleanup)
        self.tree = pathlib.Path(directory.name)

    def install(self, prefix):
        return checked(options.cmake, "--install", options.build, "--prefix", prefix,
                       env={"DESTDIR": str(self.tree), "PATH": "/usr/bin:/bin"})

    def text(self, path):
        return (self.tree / path.lstrip("/")).read_text(encoding="utf-8")

    def mode(self, path):
        return stat.S_IMODE((self.tree / path.lstrip("/")).stat().st_mode)

    def test_every_prefix(self):
        for prefix, sysconfdir in (("/usr", "/etc"), ("/usr/local", "/usr/local/etc"),
                                   ("/opt/relay", "/etc/opt/relay")):
            before = files_below(self.tree)
            self.install(prefix)
            expected = expected_files(prefix, sysconfdir, options.build)
            self.assertEqual(sorted(files_below(self.tree) - before), sorted(expected))
            configuration = f"{sysconfdir}/netplay-relay/netplay-relay.json"
            self.assertEqual(self.mode(configuration), 0o640)
            if has_systemd(options.build):
                self.assertIn('"socket": "/run/netplay-relay/control"', self.text(configuration))
            for name in PROGRAMS:
                self.assertEqual(self.mode(f"{prefix}/bin/{name}"), 0o755)
            if has_systemd(options.build):
                self.check_units(prefix, configuration)
            if manuals_are_built(options.build):
                for page in PAGES[:2]:
                    self.assertIn(sysconfdir, self.text(f"{prefix}/share/man/{page}"))

    def check_units(self, prefix, configuration):
        unit = self.text(f"{prefix}/lib/systemd/system/netplay-relay.service")
        start = re.search(r"(?m)^ExecStart=(\S+)(?:\s|\\\n)+--config (\S+)$", unit)
        self.assertEqual(start.groups(), (f"{prefix}/bin/netplay-relay", configuration))
        self.assertNotRegex(unit, r"@[A-Z_]+@")
        modes = self.text(f"{prefix}/lib/tmpfiles.d/netplay-relay.conf")
        self.assertIn(f" {configuration} ", modes)

    def test_the_documents(self):
        """They lead to nothing that is not installed, and show no command of the source tree."""
        self.install("/usr")
        folder = self.tree / "usr" / "share" / "doc" / "netplay-relay"
        found = 0
        for name in DOCUMENTS:
            text = (folder / name).read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
                if "://" in target:
                    continue
                found += 1
                leads_to = self.tree / target.lstrip("/") if target[0] == "/" else folder / target
                self.assertTrue(leads_to.exists(), f"{name}: {target}")
            self.assertNotIn("build/release/bin", text, name)
            self.assertNotIn("[configuration]", text, name)
        self.assertGreater(found, 20)
        said = (folder / "operate.md").read_text(encoding="utf-8")
        self.assertIn("\ncp /usr/share/doc/netplay-relay/examples/fail2ban/filter.d/", said)
        self.assertIn("(/etc/netplay-relay/netplay-relay.json)", said)

    def test_a_changed_configuration_is_kept(self):
        self.install("/usr")
        configuration = self.tree / "etc" / "netplay-relay" / "netplay-relay.json"
        configuration.write_text("{}", encoding="utf-8")
        self.assertIn("Kept: ", self.install("/usr"))
        self.assertEqual(configuration.read_text(encoding="utf-8"), "{}")


if __name__ == "__main__":
    packaged.main("build", "cmake")
