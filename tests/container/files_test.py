"""The files around the image: compose.yaml, and what Prometheus beside it is told. Needs no
container."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

# pylint: disable=wrong-import-position
import relay_process  # noqa: E402
from runner import RelayTest, main  # noqa: E402

DOCKER = HERE.parents[1] / "docker"
COMPOSE = DOCKER / "compose.yaml"
PROMETHEUS = DOCKER / "prometheus.yaml"
PUBLIC_NAME = "relay.test"
FILES_BESIDE = 320  # that a relay opens beside its connections
SYSTEM_PYTHON = "/usr/bin/python3"  # for which Debian's python3-yaml is
AS_JSON = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"


def read_yaml(path):
    """Skips the test where nobody can read YAML."""
    python = SYSTEM_PYTHON if os.path.exists(SYSTEM_PYTHON) else sys.executable
    done = subprocess.run([python, "-c", AS_JSON], input=path.read_text(encoding="utf-8"),
                          capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        raise unittest.SkipTest("python3-yaml is missing")
    if done.returncode != 0:
        raise AssertionError(f"{path}: {done.stderr}")
    return json.loads(done.stdout)


class PrometheusTest(unittest.TestCase):
    def test_who_asks_whom(self):
        (job,) = read_yaml(PROMETHEUS)["scrape_configs"]
        prometheus = read_yaml(COMPOSE)["services"]["prometheus"]
        self.assertEqual(prometheus["network_mode"], "service:relay")
        self.assertEqual(prometheus["profiles"], ["prometheus"])
        # Where a relay without other orders answers.
        text = (DOCKER.parent / "config" / "netplay-relay.json").read_text(encoding="utf-8")
        admin = re.search(r'"admin": \{[^}]*?"listen": \["([^"]+)"\]', text).group(1)
        self.assertEqual(job["static_configs"], [{"targets": [admin]}])
        mounted = {}
        for volume in prometheus["volumes"]:
            if volume.startswith("."):
                here, there, _ = volume.split(":")
                mounted[there] = DOCKER / here
                self.assertTrue(mounted[there].is_file(), volume)
        self.assertTrue(mounted["/etc/prometheus/prometheus.yml"].samefile(PROMETHEUS))
        for rules in read_yaml(PROMETHEUS)["rule_files"]:
            self.assertIn(f"/etc/prometheus/{rules}", mounted)

    def test_prometheus_takes_it(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is missing")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(PROMETHEUS, folder)
            shutil.copy(DOCKER.parent / "deploy" / "prometheus" / "netplay-relay.rules.yml", folder)
            checked = subprocess.run(
                ["promtool", "check", "config", os.path.join(folder, PROMETHEUS.name)],
                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


class ComposeTest(RelayTest):
    def relay_service(self):
        return read_yaml(COMPOSE)["services"]["relay"]

    def test_nothing_is_allowed_that_is_not_needed(self):
        for name, service in read_yaml(COMPOSE)["services"].items():
            with self.subTest(service=name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertTrue(service["mem_limit"] and service["pids_limit"])
                self.assertNotIn("privileged", service)

    def test_only_the_players_port_is_open_to_all(self):
        services = read_yaml(COMPOSE)["services"]
        self.assertEqual(services["relay"]["ports"], ["55435:55435/tcp"])
        self.assertNotIn("ports", services["prometheus"])
        self.assertIn("--web.listen-address=127.0.0.1:9090", services["prometheus"]["command"])

    def test_its_limits_suffice(self):
        limits = self.start().status()["limits"]
        service = self.relay_service()
        files = service["ulimits"]["nofile"]
        self.assertGreaterEqual(files, 4096 + FILES_BESIDE)
        memory = int(re.fullmatch(r"(\d+)m", service["mem_limit"]).group(1)) << 20
        needed = 4096 * limits["buffered_bytes_per_connection"] + (128 << 20)
        self.assertGreater(memory, needed + (64 << 20))

    def assert_good_environment(self, found, least):
        self.assertGreaterEqual(len(found), least)
        checked = relay_process.run_command("--check-config", env={**os.environ, **dict(found)})
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_its_environment_is_a_good_configuration(self):
        """What it suggests in comments, as well."""
        text = COMPOSE.read_text(encoding="utf-8")
        found = re.findall(r"^ +(?:# )?(NETPLAY_RELAY_\w+): (.+)$", text, re.MULTILINE)
        self.assert_good_environment(
            [(name, re.sub(r"\$\{PUBLIC_NAME:[^}]*\}", PUBLIC_NAME, value.strip('"')))
             for name, value in found], 3)

    def test_so_is_that_of_the_readme(self):
        text = (DOCKER / "README.md").read_text(encoding="utf-8")
        found = re.findall(r"^(NETPLAY_RELAY_\w+)=(.+)$", text, re.MULTILINE)
        self.assert_good_environment([(name, value.strip("'")) for name, value in found], 10)

    def test_compose_takes_it(self):
        if not shutil.which("docker-compose"):
            self.skipTest("docker-compose is missing")
        environment = {**os.environ, "PUBLIC_NAME": PUBLIC_NAME}
        for options in ((), ("--profile", "prometheus")):
            checked = self.compose(*options, "config", "--quiet", env=environment)
            self.assertEqual(checked.returncode, 0, checked.stderr)
        del environment["PUBLIC_NAME"]
        refused = self.compose("config", "--quiet", env=environment)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("the name or address that players type", refused.stderr)

    def compose(self, *arguments, **options):
        # There may be a .env beside it.
        with tempfile.NamedTemporaryFile() as empty:
            return subprocess.run(
                ["docker-compose", "--env-file", empty.name, "--file", str(COMPOSE), *arguments],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
                **options)


if __name__ == "__main__":
    main()
