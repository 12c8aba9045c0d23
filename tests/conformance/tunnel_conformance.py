"""Checks the relay against the vectors of the tunnel protocol, as the document describes them.

Knows nothing of the relay but its command line: every byte that is sent or expected comes from
tunnel_vectors.txt."""

import argparse
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

VECTORS = pathlib.Path(__file__).resolve().parent / "tunnel_vectors.txt"
LIMIT = 10
SIZES = {"new_session": 16, "session_reply": 16, "join_session": 16, "netplay_header": 24,
         "guest_waits": 16, "address_query": 16, "address_reply_v4": 32, "accept_guest": 16,
         "ping": 4, "pong": 4, "full": 24, "denied": 24, "old_version": 24,
         "legacy_no_port": 12}

relay_binary = None


def read_vectors(text):
    """name: (direction, pieces); a piece is bytes, or the name of an id as text."""
    vectors = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, direction, *words = line.split()
        if direction not in ("to", "from") or not words or name in vectors:
            raise ValueError(f"line {number}: {line}")
        pieces = [word[1:-1] if word.startswith("<") else bytes.fromhex(word) for word in words]
        vectors[name] = (direction, pieces)
    return vectors


class VectorFileTest(unittest.TestCase):
    def test_sizes(self):
        vectors = read_vectors(VECTORS.read_text(encoding="utf-8"))
        for name, size in SIZES.items():
            pieces = vectors[name][1]
            self.assertEqual(sum(12 if isinstance(one, str) else len(one) for one in pieces), size)

    def test_bad_lines_are_noticed(self):
        for text in ("name", "name to", "name up 00", "name to 0g", "a to 00\na to 00"):
            with self.assertRaises(ValueError):
                read_vectors(text)


class ConformanceTest(unittest.TestCase):
    def setUp(self):
        self.vectors = read_vectors(VECTORS.read_text(encoding="utf-8"))
        self.ids = {}

    def start(self, listen="127.0.0.1", **config):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-")
        self.addCleanup(directory.cleanup)
        file = pathlib.Path(directory.name) / "relay.json"
        config = {"listen": [f"{listen}:0"], "admin": {"listen": []}, **config}
        file.write_text(json.dumps(config), encoding="utf-8")
        process = subprocess.Popen([relay_binary, "--config", str(file)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(self.end, process)
        said, deadline = b"", time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if not select.select([process.stdout], [], [], deadline - time.monotonic())[0]:
                break
            piece = os.read(process.stdout.fileno(), 65536)
            said += piece
            found = re.search(rb" listening address=\[?([0-9a-f.:]+?)\]?:(\d+)\n", said)
            if found:
                self.address = (found.group(1).decode(), int(found.group(2)))
                return
            if not piece:
                break
        raise AssertionError(f"the relay does not listen: {said}")

    def end(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(LIMIT)
        process.stdout.close()

    def connect(self):
        connection = socket.create_connection(self.address, timeout=LIMIT)
        self.addCleanup(connection.close)
        return connection

    def bytes_of(self, name, direction):
        known_direction, pieces = self.vectors[name]
        self.assertEqual(known_direction, direction)
        return b"".join(self.ids[piece] if isinstance(piece, str) else piece for piece in pieces)

    def send(self, connection, *names):
        connection.sendall(b"".join(self.bytes_of(name, "to") for name in names))

    def receive(self, connection, count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                break
            data += piece
        return data

    def expect(self, connection, name):
        """The ids in it that are not known yet are learned."""
        direction, pieces = self.vectors[name]
        self.assertEqual(direction, "from")
        for piece in pieces:
            if isinstance(piece, str) and piece not in self.ids:
                self.ids[piece] = self.receive(connection, 12)
                self.assertEqual(len(self.ids[piece]), 12, name)
                self.assertNotEqual(self.ids[piece], bytes(12), name)
            else:
                wanted = self.ids[piece] if isinstance(piece, str) else piece
                self.assertEqual(self.receive(connection, len(wanted)).hex(), wanted.hex(), name)

    def expect_end(self, connection):
        self.assertEqual(connection.recv(1), b"")

    def open_session(self):
        control = self.connect()
        self.send(control, "new_session")
        self.expect(control, "session_reply")
        return control

    def check_join(self, address_reply):
        control = self.open_session()
        guest = self.connect()
        self.send(guest, "join_session", "netplay_header")
        self.expect(control, "guest_waits")
        self.send(control, "address_query")
        self.expect(control, address_reply)
        link = self.connect()
        self.send(link, "accept_guest")
        header = self.bytes_of("netplay_header", "to")
        self.assertEqual(self.receive(link, len(header)), header)
        link.sendall(b"the pipe is transparent")
        self.assertEqual(self.receive(guest, 23), b"the pipe is transparent")

    def test_join(self):
        self.start()
        self.check_join("address_reply_v4")

    def test_join_over_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            self.skipTest(f"no IPv6 on this machine: {error}")
        self.start("[::1]")
        self.check_join("address_reply_v6")

    def test_address_queries_for_nobody(self):
        self.start()
        control = self.open_session()
        self.send(control, "address_query_zero", "address_query_odd")
        self.expect(control, "address_reply_zero")
        self.expect(control, "address_reply_odd")

    def test_ping(self):
        self.start(limits={"host_ping_seconds": 1})
        control = self.open_session()
        self.expect(control, "ping")
        self.send(control, "pong")
        self.expect(control, "ping")

    def test_full(self):
        self.start(limits={"sessions": 1})
        self.open_session()
        second = self.connect()
        self.send(second, "new_session")
        self.expect(second, "full")
        self.expect_end(second)

    def test_denied(self):
        self.start(access={"host": {"deny": ["127.0.0.1"]}})
        host = self.connect()
        self.send(host, "new_session")
        self.expect(host, "denied")
        self.expect_end(host)

    def test_old_version(self):
        self.start(manual_ip="off")
        for name in ("netplay_header_1_9", "netplay_header_1_7_0"):
            client = self.connect()
            self.send(client, name)
            self.expect(client, "old_version")
            self.expect_end(client)

    def test_a_client_that_names_no_session(self):
        self.start(manual_ip="off")
        client = self.connect()
        self.send(client, "netplay_header")
        self.expect(client, "denied_without_id")
        self.expect_end(client)

    def test_a_probe_is_closed_without_a_word(self):
        self.start(manual_ip="off")
        caller = self.connect()
        self.send(caller, "probe")
        self.expect_end(caller)

    def test_no_port_for_an_old_lobby_server(self):
        self.start()
        caller = self.connect()
        self.send(caller, "legacy_port_request")
        self.expect(caller, "legacy_no_port")
        self.expect_end(caller)


def main():
    global relay_binary
    parser = argparse.ArgumentParser()
    parser.add_argument("--relay", required=True, help="the program under test")
    relay_binary = os.path.abspath(parser.parse_args().relay)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not result.testsRun else 0)


if __name__ == "__main__":
    main()
