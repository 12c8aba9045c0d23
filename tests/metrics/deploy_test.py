"""What stands in deploy/: alerts and dashboard ask for metrics that there are, and promtool takes
them."""

import json
import re
import shutil
import sys
import tempfile
import unittest

from scraped import PARTS, ROOT, heads_of, run_promtool, samples_of, scrape

# pylint: disable=wrong-import-position
from runner import RelayTest, main  # noqa: E402

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = PROMETHEUS / "netplay-relay.rules.yml"
RULES_TEST = PROMETHEUS / "netplay-relay.rules_test.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "netplay-relay.json"
METRIC = re.compile(r"\b(?:netplay_relay|process)_[a-z_]+\b")
MATCHER = re.compile(r"\b((?:netplay_relay|process)_[a-z_]+)\{([^}]*)\}")
PROMETHEUS_OWN = {"instance", "job"}  # labels that it gives


def expressions_of_rules():
    """The text behind each `expr:`, those of several lines as well."""
    text = RULES.read_text(encoding="utf-8")
    return [" ".join(found.split()) for found in
            re.findall(r"^        expr: (?:\|\n)?((?:.+\n)(?: {10}.+\n)*)", text, re.MULTILINE)]


def panels_of(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions_of_dashboard(dashboard):
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for note in dashboard["annotations"]["list"]:
        yield note["name"], note["expr"]


def as_prometheus_gets_it(expression):
    return expression.replace("$__rate_interval", "1m").replace("$instance", ".*")


class DeployTest(RelayTest):
    @classmethod
    def setUpClass(cls):
        cls.dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))

    def promtool(self, *arguments):
        if not shutil.which("promtool"):
            self.skipTest("promtool is missing")
        done = run_promtool(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assert_known(self, expressions):
        """Every metric, with each label and each value that is asked for, is told by a relay that
        has just begun."""
        _, text = scrape(self.start())
        known = {}
        for name, *labels in samples_of(text):
            known.setdefault(name, []).append(dict(labels))
        for where, expression in expressions:
            for name in METRIC.findall(expression):
                self.assertIn(name, known, where)
            for name, matchers in MATCHER.findall(expression):
                self.assert_matches(where, known[name], matchers)
        return {name for name in heads_of(text)}

    def assert_matches(self, where, samples, matchers):
        for label, how, wanted in re.findall(r'(\w+)(=~|=|!~|!=)"([^"]*)"', matchers):
            if label in PROMETHEUS_OWN:
                continue
            there = {sample.get(label) for sample in samples}
            for value in wanted.split("|") if "~" in how else [wanted]:
                self.assertIn(value, there, f"{where}: {label}")

    def test_rules(self):
        count = len(expressions_of_rules())
        self.assertGreater(count, 20)
        self.assertIn(f"{count} rules found", self.promtool("check", "rules", RULES))
        self.assert_known([("rules", one) for one in expressions_of_rules()])

    def test_every_alert_says_what_to_do(self):
        text = RULES.read_text(encoding="utf-8")
        alerts = re.split(r"^ {6}- alert: ", text, flags=re.MULTILINE)[1:]
        tested = RULES_TEST.read_text(encoding="utf-8")
        for alert in alerts:
            name = alert.splitlines()[0]
            with self.subTest(alert=name):
                self.assertRegex(alert, r"labels: \{ severity: (critical|warning|info) \}")
                self.assertRegex(alert, r'\n {10}summary: ".*\$labels\.instance.*\."\n')
                self.assertRegex(alert, r'\n {10}runbook: "[A-Z].*\."\n')
                self.assertIn(f'alertname="{name}", alertstate="firing"', tested)
        guide = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
        self.assertIn(f"{len(alerts)} alerts", guide)

    def test_alerts_come_when_they_should(self):
        self.promtool("test", "rules", RULES_TEST)

    def test_example(self):
        self.promtool("check", "config", PROMETHEUS / "prometheus.yml")

    def test_dashboard_asks_for_what_there_is(self):
        names = self.assert_known(expressions_of_dashboard(self.dashboard))
        variable = self.dashboard["templating"]["list"][1]["query"]["query"]
        self.assertIn(METRIC.search(variable).group(), names)

    def test_dashboard_is_understood(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as rules:
            rules.write("groups:\n  - name: dashboard\n    rules:\n")
            for at, (_, expression) in enumerate(expressions_of_dashboard(self.dashboard)):
                text = json.dumps(as_prometheus_gets_it(expression))
                rules.write(f"      - {{ record: 'dashboard:{at}', expr: {text} }}\n")
            rules.flush()
            self.promtool("check", "rules", rules.name)

    def test_dashboard_is_one_of_grafana(self):
        dashboard = self.dashboard
        self.assertGreaterEqual(dashboard["schemaVersion"], 36)  # Grafana 9 and newer
        self.assertNotIn("id", dashboard)  # of a database that it came from
        numbers = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(set(numbers)), len(numbers))
        taken = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
        for panel in panels_of(dashboard):
            self.assertEqual(panel["datasource"]["uid"], "${source}")
            letters = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(set(letters)), len(letters), panel["title"])

    def test_every_metric_of_trouble_has_an_alert(self):
        asked = {name for one in expressions_of_rules() for name in METRIC.findall(one)}
        for name in ("standstills", "memory_short", "unwatched", "without_join_port",
                     "log_lines_lost", "events_lost", "live_restarts", "refusals", "ends"):
            self.assertIn(f"netplay_relay_{name}_total", asked)
        self.assertTrue(any(name.endswith(PARTS) for name in asked))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
