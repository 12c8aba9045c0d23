"""Runs one file of tests against the relay program and ends with the line that counts them."""

import argparse
import os
import random
import socket
import sys
import time
import unittest

import relay_process
from tunnel_client import Guest, HEADER, Host, Peer

EXIT_SKIPPED = 77


class RelayTest(unittest.TestCase):
    """Whatever is started or connected here ends with the test."""

    def start(self, config=None, arguments=(), files=None, **limits):
        relay = relay_process.Relay(config, arguments, files, **limits)
        self.addCleanup(relay.end)
        return relay.start()

    def kept(self, peer):
        self.addCleanup(peer.close)
        return peer

    def peer(self, relay, source=None, **options):
        return self.kept(Peer(relay, source, **options))

    def host(self, relay, source=None):
        return self.kept(Host(relay, source)).open()

    def guest(self, host, source=None, early=HEADER, **options):
        return self.kept(Guest(host.relay, source, **options)).join(host.session, early)

    def link(self, host, source=None, **options):
        """An open link, its guest's header delivered: the guest's end and the host's."""
        guest = self.guest(host, source, **options)
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        return guest, host_side

    def assert_passes(self, source, target, data=b"a few bytes"):
        source.send(data)
        self.assertEqual(target.receive(len(data)), data)

    def assert_link_works(self, guest, host_side):
        self.assert_passes(guest, host_side)
        self.assert_passes(host_side, guest)


    def assert_grew_less(self, relay, before, limit):
        """Its memory at the most, compared with what it was before."""
        if not relay_process.is_instrumented():
            self.assertLess(relay.peak_resident_bytes() - before, limit, "bytes of memory")

    def assert_spent_less(self, relay, before, limit):
        """CPU seconds."""
        slack = 10 if relay_process.is_instrumented() else 1
        self.assertLess(relay.cpu_seconds() - before, limit * slack, "CPU seconds")


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def noise(size, seed):
    return random.Random(seed).randbytes(size)


class Result(unittest.TextTestResult):
    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        if self.showAll:
            self.stream.writeln(f"    {time.monotonic() - self.began:.2f} s")
        super().stopTest(test)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relay", required=True, help="the program under test")
    parser.add_argument("-k", dest="pattern", help="only tests whose name contains this")
    options = parser.parse_args()
    relay_process.binary = os.path.abspath(options.relay)
    loader = unittest.TestLoader()
    if options.pattern:
        loader.testNamePatterns = [f"*{options.pattern}*"]
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(suite)
    skipped = len(result.skipped)
    # A test of which several parts failed is one.
    failed = len({getattr(test, "test_case", test).id()
                  for test, _ in result.failures + result.errors})
    passed = max(0, result.testsRun - skipped - failed)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    if failed or not result.testsRun:
        sys.exit(1)
    sys.exit(0 if passed else EXIT_SKIPPED)
