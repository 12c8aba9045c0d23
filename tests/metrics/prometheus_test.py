"""Debian's Prometheus scrapes the real relay, with the rules of deploy/prometheus."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request

from scraped import ROOT, heads_of, scrape

# pylint: disable=wrong-import-position
from relay_process import run_command  # noqa: E402
from runner import RelayTest, main  # noqa: E402
from waiting import die_with_parent, end_process, wait_until  # noqa: E402

RULES = ROOT / "deploy" / "prometheus" / "netplay-relay.rules.yml"
LIMIT = 40  # for it to start, and to scrape
CONFIGURATION = """
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: netplay-relay
    static_configs: [{{ targets: ["{target}"] }}]
"""


class Prometheus:
    """Keeps what it writes in a folder of its own, and disturbs no other one."""

    def __init__(self, targets):
        # pylint: disable=consider-using-with
        self.folder = tempfile.TemporaryDirectory(prefix="netplay-relay-prometheus-")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        path = f"{self.folder.name}/prometheus.yml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(rules=RULES, target=targets))
        # It takes a port and no socket; nobody else is likely to be given this one meanwhile.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        self.log = open(f"{self.folder.name}/log", "w+b")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={self.folder.name}/data",
             f"--web.listen-address={self.address}"],
            cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            preexec_fn=die_with_parent)

    def end(self):
        end_process(self.process)
        self.log.close()
        self.folder.cleanup()

    def ask(self, what, **query):
        url = f"http://{self.address}/api/v1/{what}?{urllib.parse.urlencode(query)}"
        try:
            with self.opener.open(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise AssertionError(self.log.read().decode()) from None
            return None  # it starts

    def values(self, expression):
        """Of an instant query: [({label: value}, number)]."""
        data = self.ask("query", query=expression)
        return [(one["metric"], float(one["value"][1])) for one in data["result"]] if data else []

    def one(self, expression):
        values = self.values(expression)
        return values[0][1] if len(values) == 1 else None


@unittest.skipUnless(shutil.which("prometheus"), "prometheus is missing")
class PrometheusTest(RelayTest):
    def watched(self, relay):
        prometheus = Prometheus("%s:%d" % relay.admin_address)
        self.addCleanup(prometheus.end)
        wait_until(lambda: prometheus.one("up") == 1, LIMIT, "a scrape that went well")
        return prometheus

    def test_it_is_up_and_has_all(self):
        relay = self.start()
        host = self.host(relay)
        link = self.link(host)
        prometheus = self.watched(relay)
        target, = prometheus.ask("targets")["activeTargets"]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))
        wait_until(lambda: prometheus.one('netplay_relay_use{of="links"}') == 1, LIMIT, "the link")
        for name, said in heads_of(scrape(relay)[1]).items():
            part = "_count" if said["TYPE"] == "histogram" else ""
            self.assertTrue(prometheus.values(name + part), name)
        # What it takes a metric for, and what is said of it.
        known = prometheus.ask("metadata")
        self.assertEqual(known["netplay_relay_round_trip_seconds"][0]["type"], "histogram")
        self.assertEqual(known["netplay_relay_use"][0]["help"], "What there is now.")
        # The rules are there, and all is well.
        group, = prometheus.ask("rules")["groups"]
        self.assertEqual({rule["health"] for rule in group["rules"]} - {"unknown"}, {"ok"})
        self.assertEqual(prometheus.values('ALERTS{alertstate="firing"}'), [])
        self.assert_link_works(*link)

    def test_a_restart_with_live_games_resets_nothing(self):
        relay = self.start()
        link = self.link(self.host(relay))
        self.assert_link_works(*link)
        prometheus = self.watched(relay)
        total = 'netplay_relay_link_bytes_total{to="host"}'
        wait_until(lambda: prometheus.one(total), LIMIT, "bytes")
        for _ in range(2):
            result = run_command("upgrade", "http://%s:%d" % relay.admin_address)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_link_works(*link)
        wait_until(lambda: prometheus.one(
            'netplay_relay_live_restarts_total{result="done"}') == 2, LIMIT, "both restarts")
        resets = '{__name__=~"netplay_relay_.*(_total|_count|_sum|_bucket)"}[10m]'
        self.assertEqual([one for one in prometheus.values(f"resets({resets}) > 0")], [])


if __name__ == "__main__":
    main()
