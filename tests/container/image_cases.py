"""What is in the image and what it says of itself."""

import json
import pathlib
import re
import subprocess
import unittest

from container_relay import IMAGE, UID
from podman import BASE

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SIZE_LIMIT = 60_000_000  # over the base
LABEL = "org.opencontainers.image."
SECRET = re.compile(r"passw|secret|token|credential|api_?key|private", re.IGNORECASE)

engine = None  # set by container_test.py


def run_shell(script, image=IMAGE):
    """As root in a container of the image; its output."""
    return engine.command("run", "--rm", "--network=none", "--user=0", "--entrypoint=/bin/sh",
                          image, "-c", script).stdout


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = engine.inspect(IMAGE)
        cls.config = cls.image["Config"]

    def test_size(self):
        added = self.image["Size"] - engine.inspect(BASE)["Size"]
        print(f"    {added / 1e6:.1f} MB over its base")
        self.assertGreater(added, 0)
        self.assertLess(added, SIZE_LIMIT)

    def test_labels(self):
        labels = {key.removeprefix(LABEL): value for key, value in self.config["Labels"].items()
                  if key.startswith(LABEL)}
        self.assertEqual(labels["title"], "netplay-relay")
        self.assertEqual(labels["licenses"], "MIT")
        self.assertTrue(labels["description"])
        said = engine.command("run", "--rm", "--network=none", IMAGE, "--version").stdout
        self.assertEqual(said.split(), ["netplay-relay", labels["version"]])

    def test_how_it_runs(self):
        self.assertEqual(self.config["User"], f"{UID}:{UID}")
        self.assertEqual(self.config["Entrypoint"], ["/usr/bin/netplay-relay"])
        self.assertFalse(self.config.get("Cmd"))
        self.assertEqual(self.config["StopSignal"], "SIGTERM")
        self.assertEqual(list(self.config["ExposedPorts"]), ["55435/tcp"])
        self.assertEqual(self.image["Healthcheck"]["Test"],
                         ["CMD", "/usr/bin/netplay-relay", "status", "--quiet"])

    def test_no_secrets_in_its_history(self):
        history = json.loads(engine.command("history", "--no-trunc", "--format=json", IMAGE).stdout)
        steps = "\n".join(step.get("CreatedBy") or step.get("created_by") or "" for step in history)
        self.assertIn("netplay-relay", steps)
        self.assertIsNone(SECRET.search(steps), steps)
        self.assertIsNone(SECRET.search("\n".join(self.config["Env"])))

    def test_nothing_is_left_of_its_making(self):
        script = "find /var/lib/apt/lists /var/cache /var/log /root /tmp -type f"
        more = set(run_shell(script).split()) - set(run_shell(script, BASE).split())
        self.assertEqual(more, set())
        left = run_shell("ls -d /src /image; command -v g++ cmake ninja; "
                         "find / -xdev -name '*.hpp'; true")
        self.assertEqual(left, "")

    def test_its_files_belong_to_root_and_nobody_else_may_write(self):
        where = "/usr/bin/netplay-relay /etc/netplay-relay /usr/share/doc/netplay-relay"
        listed = run_shell(f"find {where} -printf '%U:%G %m %p\\n'")
        self.assertEqual(sorted(listed.splitlines()), [
            "0:0 644 /etc/netplay-relay/netplay-relay.json",
            "0:0 644 /usr/share/doc/netplay-relay/copyright",
            "0:0 755 /etc/netplay-relay",
            "0:0 755 /usr/bin/netplay-relay",
            "0:0 755 /usr/share/doc/netplay-relay"])
        self.assertEqual(run_shell(f"find / -xdev -user {UID} -o -xdev -group {UID}"), "")

    def test_the_program_is_stripped(self):
        root = pathlib.Path(engine.command("image", "mount", IMAGE).stdout.strip())
        try:
            sections = subprocess.run(["readelf", "--section-headers", "--wide",
                                       str(root / "usr/bin/netplay-relay")],
                                      capture_output=True, text=True, check=True).stdout
        finally:
            engine.command("image", "umount", IMAGE)
        self.assertIn(" .text ", sections)
        self.assertNotRegex(sections, r" \.(symtab|debug_info) ")

    def test_its_configuration_is_that_of_the_source(self):
        text = run_shell("cat /etc/netplay-relay/netplay-relay.json")
        self.assertEqual(text, (SOURCE / "config/netplay-relay.json").read_text(encoding="utf-8"))
        self.assertIn("NETPLAY_RELAY_CONFIG=/etc/netplay-relay/netplay-relay.json",
                      self.config["Env"])


class ContextTest(unittest.TestCase):
    def test_only_what_it_is_built_from_is_sent(self):
        """By an image of its own, of nothing but the build context."""
        recipe, log = engine.path("Dockerfile"), engine.path("context.log")
        pathlib.Path(recipe).write_text("FROM scratch\nCOPY . /\n", encoding="utf-8")
        engine.build("context", "--file", recipe, "--ignorefile", SOURCE / ".dockerignore", SOURCE,
                     log=log)
        root = pathlib.Path(engine.command("image", "mount", "context").stdout.strip())
        listed = (SOURCE / ".dockerignore").read_text(encoding="utf-8").splitlines()
        try:
            self.assertEqual({path.name for path in root.iterdir()},
                             {line[1:] for line in listed if line.startswith("!")})
            self.assertFalse(list(root.rglob("__pycache__")))
        finally:
            engine.command("image", "umount", "context")
