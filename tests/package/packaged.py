"""What the tests of this folder share: arguments, results, and the tree that is expected."""

import argparse
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXIT_SKIPPED = 77
COMMAND_LIMIT = 300

sys.path.append(str(ROOT / "docs" / "man"))
sys.path.append(str(ROOT / "tests" / "integration"))

DOCUMENTS = tuple(f"{name}.md" for name in (
    "README", "operate", "play", "rooms", "voice", "status", "metrics", "page", "public_page",
    "outward", "doctor", "control", "bans", "troubles", "peer", "performance",
    "parties", "proxies", "fleet", "scale", "godot", "godot_protocol"))
EXAMPLES = tuple(f"examples/{name}" for name in (
    "fail2ban/filter.d/netplay-relay.conf", "fail2ban/jail.d/netplay-relay.conf",
    "prometheus/prometheus.yml", "prometheus/netplay-relay.rules.yml",
    "prometheus/netplay-relay.rules_test.yml", "grafana/netplay-relay.json",
    "nginx/netplay-relay.conf", "haproxy/haproxy.cfg", "haproxy/netplay.cfg",
    "haproxy/fleet.cfg", "caddy/Caddyfile"))
PAGES = ("man8/netplay-relay.8", "man5/netplay-relay.json.5", "man1/netplay-peer.1")

options = argparse.Namespace()  # set by main


def run(*command, limit=COMMAND_LIMIT, **others):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=limit,
                          check=False, **others)


def checked(*command, **others):
    done = run(*command, **others)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n"
                             f"{done.stdout}\n{done.stderr}")
    return done.stdout


def manuals_are_built(build):
    return (build / "packaging" / "manuals" / "man" / "netplay-relay.8").exists()


def has_systemd(build):
    """Built to be a service of systemd."""
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    return "NETPLAY_RELAY_SYSTEMD:BOOL=ON" in cache


def files_below(tree):
    return {f"/{path.relative_to(tree)}" for path in tree.rglob("*") if not path.is_dir()}


class Result(unittest.TextTestResult):
    """Counts what passed: a class or file that is skipped as a whole has run nothing."""
    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)


def main(*names):
    """names: of the options, each a path."""
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("-k", dest="pattern", help="only tests whose name contains this")
    parser.parse_args(namespace=options)
    loader = unittest.TestLoader()
    if options.pattern:
        loader.testNamePatterns = [f"*{options.pattern}*"]
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(suite)
    if not result.wasSuccessful() or not (result.passed or result.skipped):
        sys.exit(1)
    sys.exit(0 if result.passed else EXIT_SKIPPED)
