"""--record and replay: a run again, exactly; and files that are not what --record wrote."""

import json
import random
import struct

import peer_runner
from peer_process import DESYNC, FAILED, LOST, OK, REFUSED, run_peer
from peer_runner import PeerTest

FAST = ("--rate", 240)
MAGIC = b"NPRUN\0\1\n"
TICK = 4
REPLAYED = ("role", "outcome", "reason", "sync", "frames", "first_frame", "rollbacks", "inputs",
            "crcs", "savestates", "final_frame", "final_hash", "pings", "stalls")


def settings_of(recording):
    size, = struct.unpack_from("<I", recording, len(MAGIC))
    return json.loads(recording[len(MAGIC) + 4:][:size])


def with_settings(recording, **changes):
    """The same recording with other settings at its head."""
    size, = struct.unpack_from("<I", recording, len(MAGIC))
    text = json.dumps({**settings_of(recording), **changes}).encode()
    return MAGIC + struct.pack("<I", len(text)) + text + recording[len(MAGIC) + 4 + size:]


def events_begin(recording):
    return len(MAGIC) + 4 + struct.unpack_from("<I", recording, len(MAGIC))[0]


class ReplayTest(PeerTest):
    def replay(self, path, code=OK):
        ended = run_peer("replay", path, "--json")
        self.assertEqual(ended.returncode, code, (ended.stdout, ended.stderr))
        return json.loads(ended.stdout)

    def assert_reproduced(self, path, report):
        again = self.replay(path)
        self.assertIs(again["reproduced"], True)
        for name in REPLAYED:
            self.assertEqual(again["result"][name], report[name], name)


class ReproducedTest(ReplayTest):
    def setUp(self):
        self.folder = self.directory()

    def record(self, name):
        return ("--record", self.folder / name)

    def test_host_and_client_with_rollbacks(self):
        line = ("--link", "latency=30,jitter=20,seed=4")
        host, client = self.play(self.record("host"), (*self.record("client"), *line), 120)
        self.assertGreater(host["rollbacks"]["count"] + client["rollbacks"]["count"], 10)
        self.assert_reproduced(self.folder / "host", host)
        self.assert_reproduced(self.folder / "client", client)

    def test_every_protocol(self):
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                common = ("--protocol", protocol, *FAST)
                host, client = self.play((*common, *self.record("host")),
                                         (*common, *self.record("client")), 80)
                self.assert_reproduced(self.folder / "host", host)
                self.assert_reproduced(self.folder / "client", client)

    def test_several_clients_a_password_and_disconnects(self):
        host = self.host("--until-empty", "--connections", 5, "--password", "sesam",
                         "--spectate-password", "watch", *self.record("host"))
        secret = ("--password", "sesam")
        stays = self.join(host, "--frames", 120, *secret, *self.record("stays"))
        host.wait_for("joined")
        self.finish(self.join(host, "--frames", 30, "--password", "no"), REFUSED)
        goes = self.join(host, "--frames", 30, *secret, *self.record("goes"))
        watches = self.join(host, "--frames", 30, "--password", "watch", *self.record("watches"))
        killed = self.join(host, "--frames", 3000, "--password", "watch")
        self.assert_reproduced(self.folder / "goes", self.finish(goes))
        self.assert_reproduced(self.folder / "watches", self.finish(watches))
        killed.process.kill()
        self.assert_reproduced(self.folder / "stays", self.finish(stays))
        self.assert_reproduced(self.folder / "host", self.finish(host, host.wait()))
        again = run_peer("replay", self.folder / "host")
        self.assertRegex(again.stdout, r"^\d+ frames, final state [0-9a-f]{8}: reproduced exactly")

    def test_a_desync(self):
        client_core = ("--core", "builtin:arena,desync=40")
        host = self.host("--until-empty", *self.record("host"))
        client = self.join(host, "--frames", 80, *client_core, *self.record("client"))
        self.assert_reproduced(self.folder / "client", self.finish(client, DESYNC))
        self.assert_reproduced(self.folder / "host", self.finish(host, DESYNC))

    def test_a_lost_game(self):
        host = self.host()
        client = self.join(host, "--frames", 3000, *self.record("client"))
        host.wait_for("joined")
        host.process.kill()
        self.assert_reproduced(self.folder / "client", self.finish(client, LOST))

    def test_input_from_a_file_and_a_libretro_core(self):
        script = self.folder / "input"
        script.write_text("0 0 1\n30 0 2\n", encoding="utf-8")
        core = ("--core", peer_runner.cores["tiny"], "--content", __file__, *FAST)
        _, client = self.play(core, (*core, *self.record("client"), "--input", script), 80)
        self.assert_reproduced(self.folder / "client", client)

    def test_through_the_relay(self):
        host = self.host("--until-empty", *self.record("host"), relay=self.start())
        client = self.join(host, "--frames", 60, *self.record("client"))
        self.assert_reproduced(self.folder / "client", self.finish(client))
        self.assert_reproduced(self.folder / "host", self.finish(host))

    def test_no_report_without_a_recording(self):
        """Whoever asks for a recording where there can be none is told before the game."""
        report = self.finish(self.host("--record", "/nowhere/at/all"), FAILED)
        self.assertRegex(report["reason"], "/nowhere/at/all")


class ChangedTest(ReplayTest):
    """One recording, changed in many ways."""

    @classmethod
    def setUpClass(cls):
        cls.recordings = None

    def setUp(self):
        self.path = self.directory() / "changed"
        if self.recordings is None:
            folder = self.directory()
            self.play(("--record", folder / "host", *FAST),
                      ("--record", folder / "client", *FAST), 60)
            type(self).recordings = [(folder / name).read_bytes() for name in ("host", "client")]

    def run_changed(self, recording, limit=20):
        self.path.write_bytes(recording)
        return run_peer("replay", self.path, limit=limit)

    def assert_not_reproduced(self, recording):
        ended = self.run_changed(recording)
        self.assertEqual(ended.returncode, DESYNC, (ended.stdout, ended.stderr))
        self.assertIn("NOT what was recorded", ended.stdout)
        self.assertRegex(ended.stderr, r"(?m)^\w+: recorded .*, now ")
        self.assertIs(self.replay(self.path, DESYNC)["reproduced"], False)

    def test_another_seed_is_another_run(self):
        for recording in self.recordings:
            self.assertEqual(self.run_changed(with_settings(recording)).returncode, OK)
            seed = settings_of(recording)["seed"]
            self.assert_not_reproduced(with_settings(recording, seed=seed + 1))
            self.assert_not_reproduced(with_settings(recording, core="builtin:arena,players=3"))

    def test_a_missing_tick_is_another_run(self):
        tick = struct.Struct("<BqQI")
        for recording in self.recordings:
            at = events_begin(recording)
            ticks = 0
            while True:
                kind, _, _, size = tick.unpack_from(recording, at)
                ticks += kind == TICK
                if ticks == 20:
                    break
                at += tick.size + size
            self.assert_not_reproduced(recording[:at] + recording[at + tick.size:])

    def test_cut_anywhere(self):
        rng = random.Random(1)
        for recording in self.recordings:
            for length in [0, 1, 7, 8, 11, 12, 40, events_begin(recording), len(recording) - 1,
                           *(rng.randrange(len(recording)) for _ in range(20))]:
                ended = self.run_changed(recording[:length])
                self.assertEqual(ended.returncode, FAILED, (length, ended.stdout, ended.stderr))
                self.assertRegex(ended.stderr, r"recording|netplay-peer")
                self.assertEqual(ended.stdout, "")

    def test_settings_no_run_can_have(self):
        for change in ({"role": 7}, {"ports": 1000}, {"ports": -1}, {"protocol": 99},
                       {"protocol": 0}, {"watch_every": 0}, {"connections": 0},
                       {"connections": 4000}, {"latency_most": 200}, {"device": "mouse"},
                       {"latency_least": 9, "latency_most": 2, "latency_given": True},
                       {"savestate_max": 0}, {"core": "builtin:arena,players=99"},
                       {"core": "/nowhere"}, {"input_file": "/nowhere"}, {"nick": "x" * 1000},
                       {"password": "x" * 1000}, {"seed": "x"}, {"core": 3}):
            for recording in self.recordings:
                with self.subTest(change=change):
                    ended = self.run_changed(with_settings(recording, **change))
                    self.assertIn(ended.returncode, (OK, FAILED, DESYNC), ended.stderr)
                    self.assertTrue(ended.returncode == OK or ended.stderr)

    def test_random_damage(self):
        """Whatever is in the file: an exit code of ours and, if it is not reproduced, a word."""
        for seed in range(240):
            rng = random.Random(seed)
            damaged = bytearray(self.recordings[seed % 2])
            begin = 0 if seed % 3 == 0 else events_begin(damaged)
            end = min(len(damaged), begin + 600) if seed % 4 == 0 else len(damaged)
            for _ in range(rng.choice((1, 1, 3, 20))):
                at = rng.randrange(begin, end)
                change = rng.choice(("flip", "set", "cut", "double"))
                size = rng.choice((1, 4, 21, 100))
                if change == "flip":
                    damaged[at % len(damaged)] ^= 1 << rng.randrange(8)
                elif change == "set":
                    damaged[at:at + size] = rng.randbytes(size)
                elif change == "cut":
                    del damaged[at:at + size]
                else:
                    damaged[at:at] = damaged[at:at + size]
                end = min(end, len(damaged))
            ended = self.run_changed(bytes(damaged))
            said = (seed, ended.returncode, ended.stdout, ended.stderr)
            self.assertIn(ended.returncode, (OK, FAILED, DESYNC), said)
            self.assertTrue(ended.returncode == OK or ended.stderr, said)

    def test_no_recordings(self):
        for text in (b"", b"hello", b"\x7fELF" + bytes(100), MAGIC[:6] + b"\x09\n" + bytes(40)):
            self.path.write_bytes(text)
            self.assert_refuses("replay", self.path, code=FAILED, says="no recording")
        self.assert_refuses("replay", self.path.parent / "none", code=FAILED, says="cannot read")


if __name__ == "__main__":
    peer_runner.main()
