#!/usr/bin/env python3
"""The life of the Debian package in a bare Debian with a real systemd: installed, used,
upgraded, removed, purged. Nothing of it was there before, and nothing is there afterwards."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import deb_package
import packaged
from packaged import ROOT, checked, options, run
from waiting import end_process, wait_until

sys.path.append(str(ROOT / "tests" / "system"))

import debian_machine  # noqa: E402

SERVICE = "netplay-relay.service"
SOCKET = "netplay-relay.socket"
CONFIGURATION = "/etc/netplay-relay/netplay-relay.json"
INSTALL_LIMIT = 120
SEEN_LIMIT = 20
# The package may say nothing of the kind while it is installed.
COMPLAINTS = re.compile(r"(?i)warning|error|fail|cannot")


class Packages:
    """Made once for all tests of this file."""
    root = None
    folder = None
    made = ()  # the build's version, a higher one, and one higher still with another configuration
    others = ()  # what they depend on and the bare system has not


def setUpModule():
    reason = deb_package.why_impossible() or debian_machine.why_impossible(options.cache)
    if reason:
        raise unittest.SkipTest(reason)
    directory = tempfile.TemporaryDirectory(prefix="netplay-relay-life-")
    unittest.addModuleCleanup(directory.cleanup)
    Packages.folder = folder = pathlib.Path(directory.name)
    try:
        Packages.root = debian_machine.prepare_root(options.cache)
    except debian_machine.Impossible as error:
        raise unittest.SkipTest(str(error)) from None
    (folder / "a").mkdir()
    first = deb_package.make(folder / "a")
    tree = folder / "tree"
    checked("dpkg-deb", "--raw-extract", first, tree)
    second = remade(tree, folder / "b", "99.1-1")
    with open(tree / CONFIGURATION.lstrip("/"), "a", encoding="utf-8") as configuration:
        configuration.write("// A new line.\n")
    Packages.made = (first, second, remade(tree, folder / "c", "99.1-2"))
    with debian_machine.Machine(Packages.root) as machine:
        Packages.others = download(missing_in(machine, first), folder / "others")


def remade(tree, folder, version):
    """The package of that version, uncompressed, which is faster."""
    control = tree / "DEBIAN" / "control"
    text = re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text(encoding="utf-8"))
    control.write_text(text, encoding="utf-8")
    folder.mkdir()
    made = folder / f"netplay-relay_{version}.deb"
    checked("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made)
    return made


class LifeTest(unittest.TestCase):
    def setUp(self):
        self.machine = debian_machine.Machine(Packages.root)
        self.machine.__enter__()
        self.addCleanup(self.machine.end)
        self.before = self.files()
        for package in (*Packages.made, *Packages.others):
            self.machine.copy_in(package, f"/root/{package.parent.name}/{package.name}")

    # What is done.

    def run_in(self, *command, **others):
        return self.machine.run(*command, check=True, **others).stdout

    def install(self, number):
        return self.apt("install", *self.names_in(number))

    def names_in(self, number):
        return [f"/root/{package.parent.name}/{package.name}"
                for package in (Packages.made[number], *Packages.others)]

    def apt(self, *arguments):
        """apt itself, without a network: what it is not given must be there."""
        done = self.machine.run(
            "apt-get", "--yes", "--quiet", "--no-install-recommends",
            "--option", "Dpkg::Options::=--force-confold", *arguments, limit=INSTALL_LIMIT)
        said = done.stdout + done.stderr
        if done.returncode:
            raise AssertionError(f"apt-get {' '.join(arguments)}:\n{said}")
        return said

    def change_configuration(self, **keys):
        self.machine.write(CONFIGURATION, json.dumps(keys), mode=0o640)
        self.run_in("chgrp", "netplay-relay", CONFIGURATION)  # who changes it in place keeps that

    # What is seen.

    def files(self):
        """Whatever there is, and directories of our name."""
        listed = self.run_in("find", "/etc", "/usr", "/var", "/opt", "-xdev", "!", "-type", "d",
                             "-printf", "%p\n")
        folders = self.run_in("find", "/etc", "/usr", "/var", "/opt", "-xdev",
                              "-name", "*netplay*")
        return set(listed.split("\n")) | set(folders.split("\n"))

    def show(self, name, unit=SERVICE):
        return self.run_in("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def enabled(self, unit=SERVICE):
        return self.machine.run("systemctl", "is-enabled", unit).stdout.strip()

    def status(self):
        return json.loads(self.run_in("netplay-relay", "status", "--json"))

    def assert_serves(self):
        self.assertEqual(self.show("ActiveState"), "active", self.journal())
        self.assertEqual(self.status()["state"], "running")
        self.assertIn("listening on", self.run_in("netplay-relay", "status"))

    def assert_configuration_is_guarded(self):
        self.assertEqual(self.run_in("stat", "--format=%a %U:%G", CONFIGURATION).strip(),
                         "640 root:netplay-relay")

    def journal(self):
        return self.machine.run("journalctl", "--unit", SERVICE, "--no-pager").stdout


class InstallationTest(LifeTest):
    def test_it_is_installed_and_serves(self):
        said = self.install(0)
        self.assertNotRegex(said.split("Setting up netplay-relay", 1)[1], COMPLAINTS)
        self.assert_serves()
        self.assertEqual((self.enabled(), self.enabled(SOCKET)), ("enabled", "disabled"))
        self.assertEqual(self.run_in("ps", "-o", "user:20=", "-p", self.show("MainPID")).strip(),
                         "netplay-relay")
        self.assert_configuration_is_guarded()
        self.assertEqual(self.run_in("netplay-relay", "--config", CONFIGURATION, "--check-config"),
                         f"the configuration is good\nread: {CONFIGURATION}\n")
        self.assertRegex(self.run_in("getent", "shadow", "netplay-relay"), r"^netplay-relay:!")
        # Documents are left out in this machine; all else is as the package has it.
        self.assertNotRegex(self.machine.run("dpkg", "--verify", "netplay-relay").stdout,
                            r"(?m)^(?!missing +/usr/share/(doc|man)/).")
        self.assertEqual(self.run_in("systemctl", "is-system-running").strip(), "running")

    def test_a_game_through_it(self):
        self.install(0)
        host = self.machine.inside(
            "timeout", "60", "netplay-peer", "host", "--relay", "127.0.0.1", "--until-empty",
            "--crc-interval", "30", "--rate", "200")
        log = Packages.folder / "host"
        with open(log, "wb") as output:
            process = subprocess.Popen(host, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process)
        found = wait_until(lambda: re.search(r"join: (\S+)\n", log.read_text(encoding="utf-8")),
                           SEEN_LIMIT, "the host's join text")
        joined = self.run_in("netplay-peer", "join", found.group(1), "--frames", "300", "--quiet",
                             "--rate", "200")
        self.assertRegex(joined, r"(?m)^exit code\s+0$")

    def test_where_no_systemd_runs(self):
        """As in a container or a chroot: nothing is started, all else is as it should be."""
        script = ("mount -t tmpfs none /run/systemd && apt-get --yes --quiet install"
                  f" {' '.join(self.names_in(0))}")
        done = self.machine.run("unshare", "--mount", "sh", "-ec", script, limit=INSTALL_LIMIT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.show("ActiveState"), "inactive")
        self.assert_configuration_is_guarded()
        self.run_in("systemctl daemon-reload && systemctl start netplay-relay")
        self.assert_serves()
        self.assertEqual(self.enabled(), "enabled")


class WithoutPackageTest(LifeTest):
    def test_an_installation_below_usr_local(self):
        tree = Packages.folder / "local"
        checked(options.cmake, "--install", options.build, "--prefix", "/usr/local",
                env={"DESTDIR": str(tree), "PATH": "/usr/bin:/bin"})
        self.machine.copy_in(tree / "usr" / "local", "/usr/local")
        self.run_in("systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload"
                    " && systemctl enable --now netplay-relay")
        self.assert_serves()
        self.assertEqual(self.run_in("stat", "--format=%a %U:%G", f"/usr/local{CONFIGURATION}"),
                         "640 root:netplay-relay\n")


class UpgradeTest(LifeTest):
    def test_a_changed_configuration_is_kept(self):
        self.install(0)
        self.change_configuration(public_name="relay.example", limits={"sessions": 7})
        changed = self.machine.read(CONFIGURATION)
        process = self.show("MainPID")
        for number, old in ((1, False), (2, True)):
            said = self.install(number)
            self.assertNotRegex(said.split("Setting up netplay-relay", 1)[1].replace(
                "Configuration file", ""), COMPLAINTS)
            self.assertEqual(self.machine.read(CONFIGURATION), changed)
            self.assert_configuration_is_guarded()
            self.assert_serves()
            self.assertEqual(self.status()["limits"]["sessions"], 7)
            # The new version runs.
            self.assertNotEqual(self.show("MainPID"), process)
            process = self.show("MainPID")
            # What the package would have had instead is beside it.
            beside = self.machine.run("test", "-e", f"{CONFIGURATION}.dpkg-dist")
            self.assertEqual(beside.returncode == 0, old)
        self.assertIn("99.1", self.run_in("dpkg-query", "--showformat=${Version}", "--show",
                                          "netplay-relay"))

    def test_a_configuration_that_the_new_version_does_not_take(self):
        self.install(0)
        process = self.show("MainPID")
        self.change_configuration(nonsense=True)
        said = self.install(1)
        self.assertIn("nonsense is no key here", said)
        self.assertIn("the old one runs on", said)
        self.assertEqual((self.show("ActiveState"), self.show("MainPID")), ("active", process))

    def test_what_was_disabled_stays_so(self):
        self.install(0)
        self.run_in("systemctl", "disable", "--now", SERVICE)
        self.install(1)
        self.assertEqual((self.enabled(), self.show("ActiveState")), ("disabled", "inactive"))

    def test_the_socket_instead(self):
        self.install(0)
        self.run_in(f"systemctl disable --now {SERVICE} && systemctl enable --now {SOCKET}")
        self.install(1)
        self.assertEqual((self.enabled(), self.enabled(SOCKET)), ("disabled", "enabled"))
        self.assertEqual(self.show("ActiveState", SOCKET), "active")
        self.apt("purge", "netplay-relay")
        self.assertEqual(self.left_over(), [])

    def test_a_game_goes_on(self):
        """Through a newer package, and back to the older one."""
        self.install(0)
        self.run_in("systemd-run", "--unit=host", "netplay-peer", "host", "--relay", "127.0.0.1")
        wait_until(lambda: self.status()["use"]["sessions"] == 1, SEEN_LIMIT, "a session")
        self.run_in("systemd-run", "--unit=guest", "netplay-peer", "join",
                    self.status()["sessions"][0]["join_text"])
        wait_until(lambda: self.status()["use"]["links"] == 1, SEEN_LIMIT, "a game")
        for count, number in ((1, 1), (2, 2)):
            process = self.show("MainPID")
            self.install(number)
            self.assertNotEqual(self.show("MainPID"), process)
            handovers = self.status()["handovers"]
            self.assertEqual((handovers["done"], handovers["connections"], handovers["lost"]),
                             (count, 3, 0))
            link, = self.status()["sessions"][0]["links"]
            frame = link["game"]["host"]["frame"]
            wait_until(lambda: self.status()["sessions"][0]["links"][0]["game"]["host"]["frame"] >
                       frame + 60, SEEN_LIMIT, "a second of the game")
        self.run_in("systemctl", "stop", "guest", "host")

    def test_a_relay_that_drains_is_not_cut_off(self):
        self.install(0)
        self.run_in("systemd-run", "--unit=host", "netplay-peer", "host", "--relay", "127.0.0.1")
        wait_until(lambda: self.status()["use"]["sessions"] == 1, SEEN_LIMIT, "a session")
        process = self.show("MainPID")
        self.run_in("systemctl", "kill", "--signal=SIGUSR1", SERVICE)
        wait_until(lambda: self.show("ActiveState") == "deactivating", SEEN_LIMIT, "draining")
        self.assertIn("the new version starts when the games have ended", self.install(1))
        self.assertEqual((self.show("ActiveState"), self.show("MainPID")),
                         ("deactivating", process))
        self.run_in("systemctl", "stop", "host")
        wait_until(lambda: self.show("ActiveState") == "active", SEEN_LIMIT, "the new version")
        self.assertNotEqual(self.show("MainPID"), process)
        self.assert_serves()

    def left_over(self):
        return sorted(left_over(self.before, self.files()))


class RemovalTest(LifeTest):
    def test_remove_and_purge(self):
        self.install(0)
        self.change_configuration(public_name="relay.example")
        self.install(2)
        said = self.apt("remove", "netplay-relay")
        self.assertNotRegex(said.split("Removing netplay-relay", 1)[1], COMPLAINTS)
        self.assertEqual(self.show("LoadState"), "not-found")
        self.assertEqual(self.machine.run("pgrep", "netplay-relay").returncode, 1)
        self.assertIn("relay.example", self.machine.read(CONFIGURATION))

        said = self.apt("purge", "netplay-relay")
        self.assertNotRegex(said.split("Purging", 1)[1], COMPLAINTS)
        self.assertEqual(sorted(left_over(self.before, self.files())), [])
        self.assertEqual(self.run_in("systemctl", "is-system-running").strip(), "running")
        # Debian's custom: a package's user stays.
        self.assertIn("/usr/sbin/nologin", self.run_in("getent", "passwd", "netplay-relay"))

    def test_a_removal_says_that_it_waits_for_games(self):
        self.install(0)
        self.change_configuration(drain_limit_seconds=1800)
        self.run_in("systemctl", "reload", SERVICE)
        self.run_in("systemd-run", "--unit=host", "netplay-peer", "host", "--relay", "127.0.0.1")
        wait_until(lambda: self.status()["use"]["sessions"] == 1, SEEN_LIMIT, "a session")
        self.run_in("systemctl", "kill", "--signal=SIGUSR1", SERVICE)
        wait_until(lambda: self.show("ActiveState") == "deactivating", SEEN_LIMIT, "draining")
        said = Packages.folder / "removal"
        with open(said, "wb") as output:
            removal = subprocess.Popen(
                self.machine.inside("apt-get", "--yes", "--quiet", "remove", "netplay-relay"),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, removal)
        wait_until(lambda: "To end them at once" in said.read_text(encoding="utf-8"), INSTALL_LIMIT,
                   "a word of what is waited for")
        self.assertRegex(said.read_text(encoding="utf-8"),
                         r"waits for the games: draining, 1 session, .*in (29|30) minutes at the "
                         r"latest.*\n.*: systemctl kill netplay-relay\n")
        self.assertIsNone(removal.poll())
        self.assertEqual(self.status()["use"]["sessions"], 1)
        self.run_in("systemctl", "kill", SERVICE)
        wait_until(lambda: removal.poll() is not None, INSTALL_LIMIT, "the end of the removal")
        self.assertEqual(removal.returncode, 0)
        self.assertEqual(self.show("LoadState"), "not-found")

    def test_back_after_a_removal(self):
        self.install(0)
        self.change_configuration(public_name="relay.example")
        self.apt("remove", "netplay-relay")
        self.install(1)
        self.assertIn("relay.example", self.machine.read(CONFIGURATION))
        self.assertEqual(self.enabled(), "enabled")
        self.assert_serves()


def left_over(before, after):
    """Files that were not there before, but for other packages' and what systems write down."""
    return {path for path in after - before if "netplay" in path or not re.match(
        r"/var/(lib/(dpkg|apt|systemd)|log|cache)/|/usr/|/etc/(passwd|group|g?shadow)-?$", path)}


def missing_in(machine, package):
    """Of what the package depends on."""
    listed = machine.run("dpkg-query", "--show", "--showformat=${Package} ${Provides}\n",
                         check=True).stdout
    present = set(re.findall(r"[a-z0-9][\w.+-]+", listed))
    missing = []
    for needed in deb_package.field(package, "Depends").split(", "):
        names = [re.match(r"[\w.+-]+", name).group() for name in needed.split(" | ")]
        if not present.intersection(names):
            missing.append(names[0])
    return missing


def download(names, folder):
    """With this machine's apt, as the other one has no network."""
    folder.mkdir()
    for name in names:
        done = run("apt-get", "--quiet", "download", name, cwd=folder)
        if done.returncode:
            raise unittest.SkipTest(f"the package {name} cannot be had here: {done.stderr.strip()}")
    return sorted(folder.glob("*.deb"))


if __name__ == "__main__":
    packaged.main("build", "cmake", "cpack", "cache")
