"""Runs one file of tests against netplay-peer, in the manner of tests/integration, whose modules
it uses."""

import argparse
import json
import os
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "integration"))

# pylint: disable=wrong-import-position
import runner  # noqa: E402
import peer_process  # noqa: E402
from peer_process import OK, PeerProcess, run_peer  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = TESTS.parent / "docs" / "peer-report.schema.json"

cores = {}  # name -> path of a libretro core, set by main


def schema():
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


class PeerTest(runner.RelayTest):
    """Whatever is started here ends with the test, and every report is held against the schema."""

    def launch(self, *arguments):
        peer = PeerProcess(*arguments)
        self.addCleanup(peer.end)
        return peer

    def host(self, *arguments, relay=None):
        """A host with a CRC for every frame, on a port of the system's choice or at a relay."""
        where = ("--relay", "%s|%d" % relay.address) if relay else \
            ("--listen", "127.0.0.1", "--port", "0")
        interval = () if "--crc-interval" in arguments else ("--crc-interval", "1")
        return self.launch("host", *where, "--json", *interval, *arguments)

    def join(self, host, *arguments):
        target = host if isinstance(host, str) else host.target()
        return self.launch("join", target, "--json", *arguments)

    def finish(self, peer, code=OK, limit=peer_process.RUN_LIMIT):
        """Its report, when it has ended with this exit code."""
        self.assertEqual(peer.wait(limit), code, peer.account())
        report = peer.report()
        self.assertEqual(report["exit_code"], code)
        if jsonschema:
            jsonschema.Draft202012Validator(schema()).validate(report)
        return report

    def play(self, host_options=(), client_options=(), frames=200):
        """A whole game of a host and one client; both reports, both of a game in sync."""
        host = self.host("--until-empty", *host_options)
        client = self.join(host, "--frames", frames, *client_options)
        return self.finish(host), self.finish(client)

    def assert_in_sync(self, report, frames=1):
        self.assertEqual((report["outcome"], report["sync"]), ("finished", "agreed"), report)
        self.assertGreaterEqual(report["frames"], frames)
        self.assertEqual(report["crcs"]["failed"], 0)
        if report["role"] == "client":
            self.assertGreater(report["crcs"]["checked"], 0)

    def directory(self):
        kept = tempfile.TemporaryDirectory(prefix="netplay-peer-test-")
        self.addCleanup(kept.cleanup)
        return pathlib.Path(kept.name)

    def assert_refuses(self, *arguments, code=peer_process.BAD_ARGUMENTS, says=r"\S"):
        """It ends at once, with one sentence on standard error and nothing on the other."""
        ended = run_peer(*arguments, limit=10)
        self.assertEqual(ended.returncode, code, (arguments, ended.stdout, ended.stderr))
        self.assertEqual(ended.stdout, "")
        self.assertRegex(ended.stderr, says)
        sentence = ended.stderr.splitlines()[0]
        self.assertLess(len(sentence), 300, sentence)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True, help="the program under test")
    parser.add_argument("--core", action="append", default=[], metavar="NAME=PATH")
    options, rest = parser.parse_known_args()
    peer_process.binary = os.path.abspath(options.peer)
    cores.update(core.split("=", 1) for core in options.core)
    sys.argv[1:] = rest
    runner.main()
