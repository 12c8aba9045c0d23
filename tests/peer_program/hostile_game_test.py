"""Hostile input from the middle of a game: real games, played back with damage."""

import random
import socket
import struct

import peer_runner
from peer_process import DESYNC, LOST, OK, REFUSED
from peer_runner import PeerTest
from recording_proxy import RecordingProxy
from relay_process import is_instrumented
from waiting import wait_until

LIMIT = 15
FAST = ("--rate", 240)
GROWTH_MAX = 80 << 20
HOARD_MAX = 20 << 20
REQUEST_SAVESTATE = 0x41


def commands(stream, header=24):
    """The offsets at which the commands of a stream begin."""
    offsets, at = [], header
    while at + 8 <= len(stream):
        offsets.append(at)
        at += 8 + struct.unpack_from(">I", stream, at + 4)[0]
    return offsets


def damaged(stream, rng, spare):
    """The stream with one thing wrong, behind its first commands."""
    offsets = commands(stream)[spare:]
    at = rng.choice(offsets[:len(offsets) // 2 + 1])
    kind = rng.choice(("bit", "size", "number", "double", "leave out", "noise", "frame"))
    data = bytearray(stream)
    if kind == "bit":
        data[at + rng.randrange(12)] ^= 1 << rng.randrange(8)
    elif kind == "size":
        struct.pack_into(">I", data, at + 4, rng.choice((0, 1, 0xFFFFFFFF, 0x10000000, 4000)))
    elif kind == "number":
        struct.pack_into(">I", data, at, rng.randrange(0x70))
    elif kind == "double":
        data[at:at] = data[at:at + 28]
    elif kind == "leave out":
        del data[at:at + 8 + struct.unpack_from(">I", data, at + 4)[0]]
    elif kind == "noise":
        data[at:] = rng.randbytes(3000)
    else:
        struct.pack_into(">I", data, at + 8, rng.choice((0, 0xFFFFFFFF, 0xEFFFFFFF, 100_000)))
    return bytes(data)


class PlayedBackTest(PeerTest):
    @classmethod
    def setUpClass(cls):
        cls.up = cls.down = cls.watched = None

    def setUp(self):
        if self.up is None:
            for name, options in (("played", ()), ("watched", ("--spectate",))):
                host = self.host("--until-empty", *FAST)
                proxy = RecordingProxy(host.address())
                client = self.join(proxy.target(), "--frames", 60, *FAST, *options)
                self.finish(client)
                self.finish(host)
                up, down = proxy.finish()
                if name == "played":
                    type(self).up, type(self).down = up, down
                else:
                    type(self).watched = up

    def clients_meet(self, streams):
        """A client for each, whose host says these bytes, lets it play and hangs up; the
        reports."""
        meetings = []
        for stream in streams:
            server = socket.create_server(("127.0.0.1", 0))
            self.addCleanup(server.close)
            server.settimeout(LIMIT)
            client = self.join("127.0.0.1|%d" % server.getsockname()[1], "--frames", 5000, *FAST)
            connection, _ = server.accept()
            self.addCleanup(connection.close)
            self.send(connection, stream)
            meetings.append((client, connection))
        for client, connection in meetings:
            self.let_play(client)
            connection.close()
        return [self.judge(client) for client, _ in meetings]

    def send(self, connection, data):
        connection.settimeout(LIMIT)
        try:
            connection.sendall(data)
        except OSError:
            pass  # it has had enough of us

    def let_play(self, client):
        """Until it waits for frames that do not come."""
        def waits():
            try:
                return client.waits()
            except (OSError, AttributeError):
                return 1 << 60
        before = waits()
        wait_until(lambda: not client.is_running() or waits() > before + 100, LIMIT, "a pause")

    def judge(self, client):
        code = client.wait(30)
        self.assertIn(code, (DESYNC, REFUSED, LOST), client.account())
        report = self.finish(client, code)
        self.assertTrue(report["reason"])
        return report

    def test_a_host_with_one_thing_wrong(self):
        whole, = self.clients_meet([self.down])
        self.assertGreater(whole["frames"], 20)
        reasons = set()
        for begin in range(0, 50, 10):
            streams = [damaged(self.down, random.Random(seed), 3)
                       for seed in range(begin, begin + 10)]
            reasons |= {report["reason"] for report in self.clients_meet(streams)}
        self.assertGreater(len(reasons), 2, reasons)

    def test_clients_with_one_thing_wrong(self):
        host = self.host("--until-empty", "--ports", 4, "--connections", 31)
        player = self.join(host, "--frames", 150)
        host.wait_for("joined")
        peak = host.peak_bytes()
        for seed in range(60):
            stream = damaged(self.up, random.Random(seed), 2)
            with socket.create_connection(host.address(), LIMIT) as connection:
                self.send(connection, stream)
        self.assert_in_sync(self.finish(player), 150)
        if not is_instrumented() and host.is_running():
            self.assertLess(host.peak_bytes() - peak, GROWTH_MAX)
        # Those who came in may have asked for states: a host takes that for a desync.
        self.assertIn(host.wait(), (OK, DESYNC), host.account())

    def test_one_who_never_reads_the_states_it_asks_for(self):
        core = ("--core", "builtin:arena,state=400000")
        host = self.host("--until-empty", *core, "--crc-interval", 30)
        player = self.join(host, "--frames", 350, *core)
        player.wait_for("playing")
        begin = host.waits()
        wait_until(lambda: host.waits() > begin + 300, LIMIT, "the ring of states to fill")
        peak = host.peak_bytes()
        with socket.socket() as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            greedy.connect(host.address())
            self.send(greedy, self.watched)
            host.wait_for(r"(?s)joined.*joined")
            self.send(greedy, struct.pack(">II", REQUEST_SAVESTATE, 0) * 5000)
            highest = peak
            while player.is_running():
                highest = max(highest, host.peak_bytes())
            report = self.finish(player, player.wait())
        self.assertGreaterEqual(report["frames"], 350)
        self.assertEqual(report["crcs"]["failed"], 0)
        if not is_instrumented():
            self.assertLess(highest - peak, HOARD_MAX)
        host.wait()


if __name__ == "__main__":
    peer_runner.main()
