"""The demo is played, from the command line and by its fields; the addon is one that Godot takes as
such: imports, and has a reference that tells of everything."""

import re
import shutil
import subprocess
import xml.etree.ElementTree

import godot_root
import godot_runner
from godot_runner import GodotTest, main
from waiting import die_with_parent, end_process, wait_until

LIMIT = 30
VERSION_KEYS = ("name", "description", "author", "version", "script")


class Program:
    """A game in a process of its own, and what it prints."""

    def __init__(self, test, name, *words, project=None):
        self.path = godot_runner.project.folder / f"{name}.log"
        self.name = name
        with open(self.path, "wb") as log:
            self.process = (project or godot_runner.project).run(*words, log=log)
        test.addCleanup(end_process, self.process)

    def printed(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def wait(self, pattern):
        def found():
            match = re.search(rf"(?m)^{pattern}$", self.printed())
            if not match and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended: {self.printed()}")
            return match
        try:
            return wait_until(found, LIMIT, f"{pattern} of {self.name}")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.printed()}") from None


class DemoTest(GodotTest):
    def demo(self, name, *words):
        return Program(self, name, "--", *words)

    def test_from_the_command_line(self):
        host = self.demo("host", "--host", self.address(), "--wander", "--say", "I am here")
        code = host.wait(r"code (\w{4}-\w{4})").group(1)
        host.wait("1: I am here")
        ann = self.demo("ann", "--join", self.address(), code, "--wander", "--say", "so am I")
        ann.wait("1: I am here")  # said before she came
        ann.wait("1 is here")
        ann.wait("1 moves")
        number = re.search(r"(?m)^(\d+): so am I$", host.wait(r"\d+: so am I").group()).group(1)
        host.wait(f"{number} is here")
        host.wait(f"{number} moves")
        bob = self.demo("bob", "--join", self.address(), code.lower(), "--wander")
        bob.wait(f"{number}: so am I")
        for who in ("1", number):
            bob.wait(f"{who} is here")
            bob.wait(f"{who} moves")
        end_process(ann.process)  # without a word: its place is held for a while
        host.wait(f"waiting for the network of {number}")
        end_process(host.process)
        bob.wait("waiting for the network of 1")

    def test_mesh(self):
        host = self.demo("host", "--host", self.address(), "--mesh")
        code = host.wait(r"code (\S+)").group(1)
        ann = self.demo("ann", "--join", self.address(), code, "--say", "hello")
        host.wait(r"\d+: hello")
        ann.wait(r"\d+: hello")

    def test_by_the_fields(self):
        scene = "res://agent/fields.tscn"
        host = Program(self, "host", scene, "--", "--press-host", self.address())
        code = host.wait(r"code (\S+)").group(1)
        ann = Program(self, "ann", scene, "--", "--press-join", self.address(), code)
        ann.wait("1 is here")
        host.wait(r"\d{2,} is here")
        bob = Program(self, "bob", scene, "--", "--press-join", self.address(), "BBBB-BBBB")
        bob.wait("over")

    def test_begins_without_words(self):
        done = Program(self, "idle", "--quit-after", "5")
        wait_until(lambda: done.process.poll() is not None, LIMIT, "the end")
        self.assertEqual(done.process.returncode, 0)
        self.assertNotIn("ERROR", done.printed())

    def test_import_says_nothing_bad(self):
        log = godot_runner.project.import_log
        self.assertNotRegex(log, r"(?m)^(SCRIPT )?ERROR.*(netplay|demo|agent)")
        self.assertNotRegex(log, r"Parse Error")

    def test_without_an_import(self):
        """Preloaded, in a project with nothing but the addon."""
        path = godot_runner.project.folder / "alone"
        shutil.copytree(godot_runner.project.path / "addons", path / "addons")
        shutil.copy(godot_runner.HERE / "project" / "alone.gd", path)
        (path / "project.godot").write_text("config_version=5\n", encoding="utf-8")
        with open(path / "log", "wb") as log:
            process = subprocess.Popen(
                [*godot_runner.project.godot.words, "--path", str(path), "--script",
                 "res://alone.gd", "--", self.address()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, preexec_fn=die_with_parent,
                env=godot_root.environment(godot_runner.project.home))
        self.addCleanup(end_process, process)
        wait_until(lambda: "code " in (path / "log").read_text("utf-8"), LIMIT,
                   "a code")

    def test_the_reference_tells_of_everything(self):
        place = godot_runner.project.folder / "reference"
        place.mkdir()
        done = subprocess.run(
            [*godot_runner.project.godot.words, "--path", str(godot_runner.project.path),
             "--doctool", str(place), "--gdscript-docs", "res://addons/netplay_relay"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False,
            env=godot_root.environment(godot_runner.project.home), preexec_fn=die_with_parent)
        self.assertEqual(done.returncode, 0, done.stderr)
        root = xml.etree.ElementTree.parse(place / "NetplayRelayPeer.xml").getroot()
        found = set()
        for kind in ("method", "member", "signal", "constant"):
            for entry in root.iter(kind):
                name = entry.get("name")
                if name.startswith("_"):
                    continue
                found.add(name)
                told = entry.findtext("description") or entry.text or ""
                self.assertTrue(told.strip(), f"nothing is told of {kind} {name}")
        self.assertLessEqual({
            "host", "join", "code", "mesh", "short_cut", "round_trip_ms", "dropped_packets",
            "dropped_bytes", "resumes", "opened", "refused", "absent", "returned"}, found)

    def test_the_plugin(self):
        folder = godot_runner.project.path / "addons" / "netplay_relay"
        said = dict(re.findall(r'(?m)^(\w+)="(.+)"$', (folder / "plugin.cfg").read_text("utf-8")))
        self.assertEqual(sorted(said), sorted(VERSION_KEYS))
        for name in (said["script"], "LICENSE", "README.md", "icon.svg"):
            self.assertTrue((folder / name).exists(), name)


if __name__ == "__main__":
    main()
