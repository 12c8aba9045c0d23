#!/usr/bin/env python3
"""The recipes for Arch and Void, as far as Debian can tell: they are sourced as their own tools do,
and their functions run with stand-ins for what those tools bring along."""

import os
import pathlib
import re
import shlex
import shutil
import tempfile
import unittest

import packaged
from packaged import ROOT, checked

PKGBUILD = ROOT / "packaging" / "arch" / "PKGBUILD"
TEMPLATE = ROOT / "packaging" / "void" / "srcpkgs" / "netplay-relay" / "template"
SERVICE = TEMPLATE.parent / "files" / "netplay-relay"
CONFIGURATION = "etc/netplay-relay/netplay-relay.json"


def build_script():
    return (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def version():
    return re.search(r"project\(netplay_relay VERSION (\S+)", build_script()).group(1)


class RecipeTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-recipe-")
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)

    def stand_in(self, name):
        """A program of that name that only writes down how it was called."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $* DESTDIR=${{DESTDIR:-}}" >> '
                           f'{shlex.quote(str(self.folder / "calls"))}\n', encoding="utf-8")
        program.chmod(0o755)

    def bash(self, recipe, script, **variables):
        """Sources the recipe, then does what the script says."""
        path = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        return checked("bash", "--norc", "-euc", f"source {shlex.quote(str(recipe))}; {script}",
                       cwd=self.folder, env={"PATH": path, **variables})

    def calls(self):
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()

    def fields(self, recipe, names):
        shown = self.bash(recipe, "".join(f'printf "%s\\0" "${{{name}[*]}}"; ' for name in names))
        values = dict(zip(names, shown.split("\0")))
        for name, value in values.items():
            self.assertTrue(value.strip(), name)
        return values

    def assert_options_exist(self, arguments):
        options = re.findall(r"-D(NETPLAY_RELAY_\w+)=", arguments)
        self.assertTrue(options)
        for option in options:
            self.assertIn(f"option({option} ", build_script())

    def shellcheck(self, *files, leave_out=()):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck here")
        excluded = [f"--exclude={','.join(leave_out)}"] if leave_out else []
        checked("shellcheck", *excluded, *files)


class ArchTest(RecipeTest):
    def test_the_fields(self):
        fields = self.fields(PKGBUILD, (
            "pkgname", "pkgver", "pkgrel", "pkgdesc", "arch", "url", "license", "depends",
            "makedepends", "backup", "source", "sha256sums"))
        self.assertEqual(fields["pkgname"], "netplay-relay")
        self.assertEqual(fields["pkgver"], version())
        self.assertEqual(fields["backup"], CONFIGURATION)
        self.assertEqual(fields["license"], "MIT")
        self.assertLessEqual(len(fields["pkgdesc"]), 80)
        # The name that both functions expect the archive to unpack to.
        self.assertIn(f"v{version()}.tar.gz", fields["source"])

    def test_the_functions(self):
        self.stand_in("cmake")
        unpacked = self.folder / f"netplay-relay-{version()}"
        unpacked.mkdir()
        shutil.copy(ROOT / "LICENSE", unpacked)
        self.bash(PKGBUILD, "build; package", pkgdir=str(self.folder / "tree"))
        configure, build, install = self.calls()
        self.assertIn(f"cmake -S {unpacked.name} -B build ", configure)
        self.assertIn(" -DCMAKE_INSTALL_PREFIX=/usr ", configure)
        self.assert_options_exist(configure)
        self.assertTrue(build.startswith("cmake --build build "), build)
        self.assertEqual(install, f"cmake --install build DESTDIR={self.folder}/tree")
        self.assertTrue((self.folder / "tree/usr/share/licenses/netplay-relay/LICENSE").exists())

    def test_shellcheck(self):
        self.shellcheck("--shell=bash", PKGBUILD, leave_out=("SC2034", "SC2154"))


class VoidTest(RecipeTest):
    def test_the_fields(self):
        fields = self.fields(TEMPLATE, (
            "pkgname", "version", "revision", "build_style", "configure_args", "hostmakedepends",
            "makedepends", "short_desc", "maintainer", "license", "homepage", "changelog",
            "distfiles", "checksum", "conf_files", "system_accounts", "make_dirs"))
        self.assertEqual(fields["pkgname"], "netplay-relay")
        self.assertEqual(fields["version"], version())
        self.assertEqual(fields["build_style"], "cmake")
        self.assertIn("-DNETPLAY_RELAY_SYSTEMD=OFF", fields["configure_args"])
        self.assertRegex(fields["checksum"], r"^[0-9a-f]{64}$")
        self.assertEqual(fields["conf_files"], f"/{CONFIGURATION}")
        # xlint's rules for the description.
        self.assertLessEqual(len(fields["short_desc"]), 72)
        self.assertNotRegex(fields["short_desc"], r"^(?i:an? |the )|\.$")
        self.assertEqual(TEMPLATE.read_text(encoding="utf-8").splitlines()[0],
                         "# Template file for 'netplay-relay'")

    def test_the_options(self):
        self.assert_options_exist(self.bash(TEMPLATE, 'echo $configure_args'))

    def test_after_the_installation(self):
        configuration = self.folder / "tree" / CONFIGURATION
        configuration.parent.mkdir(parents=True)
        configuration.touch(mode=0o640)
        for name in ("vlicense", "vsv"):
            self.stand_in(name)
        self.bash(TEMPLATE, "post_install", DESTDIR=str(self.folder / "tree"))
        self.assertEqual([call.split(" DESTDIR")[0] for call in self.calls()],
                         ["vlicense LICENSE", "vsv netplay-relay"])
        self.assertEqual(configuration.stat().st_mode & 0o777, 0o644)

    def test_the_service(self):
        account = self.bash(TEMPLATE, "echo $system_accounts").strip()
        self.stand_in("chpst")
        self.stand_in("vlogger")
        self.stand_in("sv")
        path = {"PATH": f"{self.folder / 'programs'}:/usr/bin:/bin"}
        (self.folder / "conf").write_text("OPTS='--log-level debug'\n", encoding="utf-8")
        checked(SERVICE / "run", cwd=self.folder, env=path)
        checked(SERVICE / "log" / "run", cwd=self.folder, env=path)
        checked(SERVICE / "finish", "0", "0", cwd=self.folder, env=path)
        checked(SERVICE / "finish", "2", "0", cwd=self.folder, env=path)
        self.assertEqual([call.split(" DESTDIR")[0] for call in self.calls()], [
            f"chpst -u {account} -o 8192 netplay-relay --config /{CONFIGURATION} --log-level debug",
            "vlogger -t netplay-relay -p daemon",
            f"sv down {self.folder}"])

    def test_shellcheck(self):
        self.shellcheck("--shell=bash", TEMPLATE, leave_out=("SC2034", "SC2086"))
        self.shellcheck(SERVICE / "run", SERVICE / "finish", SERVICE / "log" / "run",
                        leave_out=("SC1091", "SC2086"))


if __name__ == "__main__":
    packaged.main()
