"""The files around the image: compose.yaml, and what makes metrics of a relay's status. Needs no
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
from netplay_client import Client, together  # noqa: E402
from runner import RelayTest, main  # noqa: E402

DOCKER = HERE.parents[1] / "docker"
COMPOSE = DOCKER / "compose.yaml"
EXPORTER = DOCKER / "prometheus" / "exporter.yaml"
PROMETHEUS = DOCKER / "prometheus" / "prometheus.yaml"
MODULE = "netplay_relay"
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


def found_by(path, document):
    """What a path of the exporter leads to, of the only forms that we use: '{ .a.b }', '{ @ }'."""
    match = re.fullmatch(r"\{ (@|(?:\.\w+)+) \}", path)
    assert match, f"a path of another form: {path}"
    for key in match.group(1).strip("@").split(".")[1:]:
        document = document[key]
    return document


def samples_of(metric, status):
    """(name, labels, value) of each sample, as the exporter makes them."""
    found = found_by(metric["path"], status)
    labels = {key: found_by(text, found) if text.startswith("{") else text
              for key, text in metric.get("labels", {}).items()}
    if metric.get("type", "value") == "value":
        yield metric["name"], labels, found
        return
    for key, value in metric["values"].items():
        yield (f"{metric['name']}_{key}", labels,
               found_by(value, found) if isinstance(value, str) else value)


class PrometheusTest(RelayTest):
    def samples(self, relay):
        metrics = read_yaml(EXPORTER)["modules"][MODULE]["metrics"]
        status = relay.status()
        found = {}
        for metric in metrics:
            self.assertIn(metric["valuetype"], ("gauge", "counter"))
            self.assertTrue(metric["help"])
            for name, labels, value in samples_of(metric, status):
                self.assertRegex(name, r"^netplay_relay_[a-z_]+$")
                self.assertEqual(name.endswith("_total"), metric["valuetype"] == "counter", name)
                self.assertIn(type(value), (int, float), name)
                key = (name, *sorted(labels.items()))
                self.assertNotIn(key, found)
                found[key] = value
        return status, found

    def test_numbers_of_a_relay_at_work(self):
        relay = self.start({"manual_ip": "room"})
        host = self.host(relay)
        self.link(host)
        for end in self.link(host):
            end.close()
        relay.wait_for_close("guest_left")
        ann = self.kept(Client(relay))
        together([ann], lambda: ann.number, "ann to be let in")
        relay.wait_for_use(sessions=1, links=1, members=1)
        status, found = self.samples(relay)
        for name, value in (("sessions", 1), ("links", 1), ("rooms", 1), ("members", 1),
                            ("connections", 4), ("sessions_total", 1), ("links_total", 2),
                            ("members_total", 1), ("connections_total", 6),
                            ("limit_connections", status["limits"]["connections"])):
            self.assertEqual(found[f"netplay_relay_{name}",], value, name)
        self.assertEqual(found["netplay_relay_closes_total", ("reason", "guest_left")], 1)
        self.assertEqual(found["netplay_relay_info", ("state", "running"),
                               ("version", status["version"])], 1)
        self.assertGreater(found["netplay_relay_ended_links_bytes_total",], 0)

    def test_nothing_is_left_out(self):
        """Whoever adds a reason or a counter adds it to exporter.yaml, too."""
        status, found = self.samples(self.start())
        names = {key[0].removeprefix("netplay_relay_") for key in found}
        reasons = {dict(key[1:])["reason"] for key in found
                   if key[0] == "netplay_relay_closes_total"}
        self.assertEqual(reasons, set(status["totals"]["close_reasons"]))
        self.assertLessEqual(set(status["use"]), names)
        totals = set(status["totals"]) - {"close_reasons", "bytes_of_ended_links"}
        self.assertLessEqual({f"{name}_total" for name in totals}, names)

    def test_who_asks_whom(self):
        (job,) = read_yaml(PROMETHEUS)["scrape_configs"]
        self.assertEqual(job["metrics_path"], "/probe")
        self.assertEqual(job["params"]["module"], [MODULE])
        self.assertEqual(list(read_yaml(EXPORTER)["modules"]), [MODULE])
        services = read_yaml(COMPOSE)["services"]
        self.assertEqual(services["exporter"]["network_mode"], "service:relay")
        self.assertEqual(job["static_configs"], [{"targets": ["relay:7979"]}])
        # Where a relay without other orders answers.
        text = (DOCKER.parent / "config" / "netplay-relay.json").read_text(encoding="utf-8")
        admin = re.search(r'"admin": \{[^}]*"listen": \["([^"]+)"\]', text).group(1)
        self.assertEqual(job["params"]["target"], [f"http://{admin}/status"])
        for service in ("exporter", "prometheus"):
            self.assertEqual(services[service]["profiles"], ["prometheus"])
            for volume in services[service]["volumes"]:
                if volume.startswith("."):
                    self.assertTrue((DOCKER / volume.split(":")[0]).is_file(), volume)


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
        for name in ("exporter", "prometheus"):
            for port in services[name].get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), port)

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
