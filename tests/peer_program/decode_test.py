"""netplay-peer decode, on what its own peers said to each other."""

import re

import peer_runner
from peer_process import OK, run_peer
from peer_runner import PeerTest
from recording_proxy import RecordingProxy, capture

FAST = ("--rate", 240)


class DecodeTest(PeerTest):
    def recorded(self, host_options=(), client_options=(), frames=60):
        """A game through a proxy that keeps what they say."""
        host = self.host("--until-empty", *FAST, "--nick", "alice", *host_options)
        proxy = RecordingProxy(host.address())
        client = self.join(proxy.target(), "--frames", frames, *FAST, "--nick", "bob",
                           *client_options)
        self.finish(client)
        self.finish(host)
        proxy.finish()
        return proxy

    def decode(self, data, *options, code=OK):
        path = self.directory() / "capture"
        path.write_bytes(data)
        ended = run_peer("decode", path, *options)
        self.assertEqual(ended.returncode, code, (ended.stdout[-500:], ended.stderr))
        return ended.stdout

    def assert_has(self, text, *patterns):
        for pattern in patterns:
            self.assertRegex(text, re.compile(pattern, re.MULTILINE))

    def test_one_direction_at_a_time(self):
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                proxy = self.recorded(("--protocol", protocol), ("--protocol", protocol))
                up, down = proxy.finish()
                said = self.decode(up, "--side", "client", "--protocol", protocol)
                self.assert_has(said, "header of the client: protocol", 'NICK "bob"',
                                r'INFO core "netplay-relay arena"', r"\bPLAY\b",
                                r"INPUT frame \d+ player \d+.* words [0-9a-f]{8}")
                said = self.decode(down, "--side", "server")
                self.assert_has(said, rf"header of the server: protocol {protocol}",
                                'NICK "alice"', r"SYNC frame \d+", r"MODE frame \d+ YOU PLAYING",
                                r"CRC frame \d+ crc [0-9a-f]{8}", r"INPUT frame \d+",
                                r"LOAD_SAVESTATE frame \d+ state \d+ bytes")
                self.assertNotIn("damaged", said)

    def test_every_input_is_there_in_order(self):
        up, _ = self.recorded().finish()
        frames = [int(frame) for frame in
                  re.findall(r"INPUT frame (\d+) ", self.decode(up, "--side", "client"))]
        self.assertGreaterEqual(len(frames), 30)
        self.assertEqual(frames, list(range(frames[0], frames[0] + len(frames))))

    def test_input_from_a_file_is_what_is_sent(self):
        script = self.directory() / "input"
        script.write_text("0 0 1\n300 0 8100 # more\n\n# nothing else\n", encoding="utf-8")
        host = self.host("--until-empty", "--nick", "alice")
        proxy = RecordingProxy(host.address())
        self.finish(self.join(proxy.target(), "--frames", 350, "--input", script))
        self.finish(host)
        up, _ = proxy.finish()
        words = {int(frame): int(word, 16) for frame, word in re.findall(
            r"INPUT frame (\d+) player \d+ words ([0-9a-f]{8})",
            self.decode(up, "--side", "client", "--protocol", 6))}
        self.assertEqual({words[frame] for frame in words if frame < 300}, {1})
        self.assertEqual({words[frame] for frame in words if frame >= 300}, {0x8100})

    def test_buttons_of_the_seed(self):
        up, _ = self.recorded(client_options=("--buttons", "30"), frames=120).finish()
        words = re.findall(r"INPUT frame \d+ player \d+ words ([0-9a-f]{8})",
                           self.decode(up, "--side", "client"))
        pressed = {int(word, 16) for word in words}
        self.assertGreater(len(pressed), 1)
        self.assertEqual({word & ~0x30 for word in pressed}, {0})

    def test_a_capture_of_both(self):
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                proxy = self.recorded(("--protocol", protocol, "--password", "sesam"),
                                      ("--protocol", protocol, "--password", "sesam"))
                said = self.decode(capture(proxy.pieces))
                self.assert_has(said, "header of the client", "header of the server",
                                "password wanted, salt [0-9a-f]{8}", "PASSWORD hash",
                                r"\bbob->alice\b", r"\balice->bob\b", r"INPUT frame \d+",
                                r"CRC frame \d+")
                self.assertNotIn("sesam", said)

    def test_a_capture_of_a_tunnel(self):
        host = self.host("--until-empty", *FAST, relay=self.start())
        where = host.target().split("|")
        proxy = RecordingProxy(("127.0.0.1", int(where[1])))
        self.finish(self.join(f"{proxy.target()}|{where[2]}", "--frames", 30, *FAST))
        self.finish(host)
        proxy.finish()
        self.assert_has(self.decode(capture(proxy.pieces)), "RATS", "header of the client",
                        r"INPUT frame \d+")

    def test_cut_anywhere(self):
        """Whatever is missing at the end: what was there is told, and nothing crashes."""
        proxy = self.recorded()
        whole = capture(proxy.pieces)
        up, down = proxy.finish()
        for data, options in ((whole, ()), (up, ("--side", "client", "--protocol", 6)),
                              (down, ("--side", "server"))):
            for part in range(1, 16):
                path = self.directory() / "capture"
                path.write_bytes(data[:len(data) * part // 16])
                ended = run_peer("decode", path, *options)
                self.assertIn(ended.returncode, (0, 1, 2), ended.stderr)
                self.assertIn("header of the", ended.stdout)


if __name__ == "__main__":
    peer_runner.main()
