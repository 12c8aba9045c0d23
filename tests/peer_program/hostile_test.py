"""Hostile input to netplay-peer as a process: it neither crashes nor grows, and the others play
on."""

import random
import signal
import socket
import struct

import peer_runner
from peer_process import LOST, REFUSED
from peer_runner import PeerTest
from relay_process import is_instrumented
from waiting import wait_until

LIMIT = 15
RANP = 0x52414E50
CLIENT_HEADER = struct.pack(">6I", RANP, 0x00040008, 1, 6, 5, 0x469)
SERVER_HEADER = struct.pack(">6I", RANP, 0x00040008, 1, 0, 6, 0x469)
NICK = struct.pack(">II", 0x20, 32) + b"mallory".ljust(32, b"\0")
GROWTH_MAX = 60 << 20


def command(number, payload=b"", size=None):
    return struct.pack(">II", number, len(payload) if size is None else size) + payload


CLAIMS = [command(number, bytes(40), size)
          for number in (0x03, 0x20, 0x22, 0x23, 0x24, 0x26, 0x42, 0x43, 0x45, 0x48, 0x0999)
          for size in (0xFFFFFFFF, 0x7FFFFFFF, 0x10000000)]


class HostileClientsTest(PeerTest):
    def setUp(self):
        self.victim = self.host("--until-empty", "--ports", 3)
        self.player = self.join(self.victim, "--frames", 150)
        self.victim.wait_for("joined")
        self.peak = self.victim.peak_bytes()

    def connect(self):
        made = socket.create_connection(self.victim.address(), LIMIT)
        self.addCleanup(made.close)
        return made

    def assert_undisturbed(self):
        self.assertTrue(self.victim.is_running(), self.victim.account())
        if not is_instrumented():
            self.assertLess(self.victim.peak_bytes() - self.peak, GROWTH_MAX)
        self.assert_in_sync(self.finish(self.player), 150)
        self.assert_in_sync(self.finish(self.victim), 120)

    def send(self, connection, data):
        try:
            connection.sendall(data)
        except OSError:
            pass  # it has had enough of us

    def test_noise(self):
        rng = random.Random(1)
        for _ in range(60):
            with socket.create_connection(self.victim.address(), LIMIT) as connection:
                begin = rng.choice((b"", CLIENT_HEADER, CLIENT_HEADER + NICK, b"RATS", b"POKE"))
                self.send(connection, begin + rng.randbytes(rng.choice((1, 30, 1000, 100000))))
        self.assert_undisturbed()

    def test_halves_and_resets(self):
        whole = CLIENT_HEADER + NICK
        for length in range(0, len(whole), 3):
            connection = self.connect()
            self.send(connection, whole[:length])
            if length % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
        self.assert_undisturbed()

    def test_two_hundred_at_once(self):
        connections = [self.connect() for _ in range(200)]
        for number, connection in enumerate(connections):
            self.send(connection, CLIENT_HEADER[:number % 25])
        in_use = self.victim.open_files()
        for connection in connections:
            connection.close()
        wait_until(lambda: self.victim.open_files() < max(in_use - 50, 20), LIMIT, "their end")
        self.assert_in_sync(self.finish(self.join(self.victim, "--frames", 20)), 20)
        self.assert_undisturbed()

    def test_huge_claims(self):
        for claim in CLAIMS:
            for begin in (CLIENT_HEADER, CLIENT_HEADER + NICK):
                connection = self.connect()
                self.send(connection, begin + claim + bytes(2000))
        self.assert_undisturbed()

    def test_a_player_who_stops(self):
        """Stopped in the middle of a game it stalls the others for five seconds at most."""
        frozen = self.join(self.victim, "--frames", 6000)
        frozen.wait_for("playing")
        frozen.interrupt(signal.SIGSTOP)
        self.assert_in_sync(self.finish(self.player), 150)
        self.victim.wait_for("dropped")
        frozen.interrupt(signal.SIGCONT)
        self.finish(frozen, LOST)


class FakeHost:
    """Says what it is told to whoever connects, and reads nothing."""

    def __init__(self, test, data):
        self.server = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self.server.close)
        self.server.settimeout(LIMIT)
        self.data = data
        self.accepted = None

    def target(self):
        return "127.0.0.1|%d" % self.server.getsockname()[1]

    def serve(self, test):
        self.accepted, _ = self.server.accept()
        test.addCleanup(self.accepted.close)
        try:
            self.accepted.sendall(self.data)
        except OSError:
            pass


class HostileHostsTest(PeerTest):
    def meet(self, data, hang_up=True):
        host = FakeHost(self, data)
        client = self.join(host.target(), "--frames", 100)
        host.serve(self)
        if hang_up:
            host.accepted.shutdown(socket.SHUT_WR)
        return client

    def assert_survives(self, client):
        peak = 0
        while client.is_running():
            try:
                peak = max(peak, client.peak_bytes())
            except (OSError, AttributeError):
                break
        report = self.finish(client, client.wait(30))
        self.assertIn(report["exit_code"], (REFUSED, LOST), client.account())
        self.assertTrue(report["reason"])
        if not is_instrumented():
            self.assertLess(peak, 20 << 20 | GROWTH_MAX)

    def test_huge_claims(self):
        for claim in CLAIMS:
            for begin in (b"", SERVER_HEADER, SERVER_HEADER + NICK,
                          SERVER_HEADER + NICK + command(0x22)):
                self.assert_survives(self.meet(begin + claim))

    def test_noise(self):
        rng = random.Random(2)
        for _ in range(30):
            begin = rng.choice((b"", SERVER_HEADER, SERVER_HEADER + NICK))
            self.assert_survives(self.meet(begin + rng.randbytes(rng.choice((5, 500, 50000)))))

    def test_a_nick_in_no_encoding(self):
        """What a stranger is called must not spoil the report."""
        nick = struct.pack(">II", 0x20, 32) + b"\xff\xfe\x80mallory\"\\\n".ljust(32, b"\0")
        self.assert_survives(self.meet(SERVER_HEADER + nick + command(0x22)))

    def test_a_flood_of_what_is_never_a_game(self):
        client = self.meet(SERVER_HEADER + NICK + command(0x22) + command(0x42, b"x") * 300_000)
        self.assert_survives(client)

    def test_a_mute_host(self):
        """It waits, but can be told to end."""
        client = self.meet(b"", hang_up=False)
        wait_until(lambda: client.waits() > 5, LIMIT, "the client to wait")
        client.interrupt()
        self.assertIn(client.wait(10), (REFUSED, LOST))


if __name__ == "__main__":
    peer_runner.main()
