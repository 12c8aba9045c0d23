"""What the addon says on the wire, and how it takes what it is told there."""

import pathlib
import struct
import sys
import tempfile

import fake_relay
from fake_relay import BINARY, CLOSE, RELIABLE, Gone, Listener, packet
from godot_runner import GodotTest, main
from waiting import keep_true, wait_until

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "outward"))
from web_stand_in import Authority  # noqa: E402  pylint: disable=wrong-import-position

LIMIT = 15
UNRELIABLE = 0
CODE = "BCDF-GHJK"


def announcement(word, peer):
    """Of SceneMultiplayer: a peer of the host's has come (1) or gone (2)."""
    return struct.pack("<BBi", 7, word, peer)


def bytes_packet(text):
    """As send_bytes makes it."""
    return b"\x03" + text.encode()


class WireTest(GodotTest):
    @classmethod
    def setUpClass(cls):
        """No relay."""

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.listener = Listener()
        self.addCleanup(self.listener.close)

    def start_game(self, do, **options):
        game = self.game("ann")
        game.ask(do, transport="relay", address=f"127.0.0.1:{self.listener.port}", at=CODE,
                 **options)
        return game

    def accept(self):
        connection = self.listener.accept()
        self.addCleanup(connection.close)
        return connection

    def host(self, peers=(), mesh=False, **others):
        game = self.start_game("host", options={"mesh": mesh})
        relay = self.accept()
        self.assertIn("host", relay.receive_text())
        relay.welcome(1, peers, mesh=mesh, **others)
        game.wait("opened")
        wait_until(lambda: len(game.ask("peers")) == len(peers), LIMIT, "peers")
        if len(peers) > 1:
            relay.messages(1)  # they are announced to each other
        return game, relay

    def client(self, **others):
        game = self.start_game("join")
        relay = self.accept()
        peer = relay.receive_text()["join"]["id"]
        relay.welcome(peer, [1], **others)
        game.wait("connected_to_server")
        return game, relay, peer

    def test_first_words(self):
        self.start_game("host", options={"mesh": True, "max_peers": 5, "code": "BCDF-XXXX",
                                         "shown": True, "game": "mine 2",
                                         "headers": ["X-Mine: yes"]})
        relay = self.accept()
        self.assertEqual(relay.fields["sec-websocket-protocol"], fake_relay.PROTOCOL)
        self.assertEqual(relay.fields["x-mine"], "yes")
        self.assertEqual(relay.target, "/?party=BCDFXXXX")
        self.assertEqual(relay.receive_text(), {"host": {
            "game": "mine 2", "mesh": True, "max": 5, "code": "BCDF-XXXX", "shown": True}})
        game = self.start_game("join", options={"game": "é" * 40})
        relay = self.accept()
        self.assertEqual(relay.target, "/?party=BCDFGHJK")
        self.assertEqual(relay.receive_text(), {"join": {
            "code": CODE, "game": "é" * 32, "id": game.ask("id")}})

    def test_the_address_has_the_code_once_it_is_known(self):
        """For what stands before several relays, and sees no message."""
        game = self.start_game("host", options={})
        relay = self.accept()
        self.assertEqual(relay.target, "/")
        relay.receive_text()
        relay.welcome(1, code="XZVB-GHJK")
        game.wait("opened")
        relay.close()
        relay = self.accept()
        self.assertEqual(relay.target, "/?party=XZVBGHJK")
        for at, (path, target) in {" bcdf ghjk\n": ("/relay", "/relay?party=BCDFGHJK"),
                                   "Bcdf-Ghjk": ("/?key=a", "/?key=a&party=BCDFGHJK"),
                                   "BCDF-GHJ": ("/a/", "/a/"), "&x=é BCDF": ("", "/")}.items():
            with self.subTest(at):
                game = self.game("bob")
                game.ask("join", transport="relay", at=at,
                         address=f"ws://127.0.0.1:{self.listener.port}{path}")
                self.assertEqual(self.accept().target, target)

    def test_equal_packets_become_one(self):
        game, relay = self.host(peers=[5, 6, 7])
        for target, hearers in ((0, [5, 6, 7]), (-6, [5, 7]), (7, [7])):
            game.ask("bytes", text="words", target=target)
            self.assertEqual([(sorted(one[0]), *one[1:]) for one in relay.messages(1)[0]],
                             [(hearers, RELIABLE, 0, bytes_packet("words"))])

    def test_one_message_a_frame_in_order(self):
        game, relay = self.host(peers=[5, 6])
        game.ask("bytes", text="number", count=100, targets=[5, 6, 5])
        # 5 and 6 together, then 5 again.
        expected = [(targets, RELIABLE, 0, bytes_packet(f"number {at}"))
                    for at in range(100) for targets in ((5, 6), (5,))]
        self.assertEqual(relay.messages(1), [expected])

    def test_reliable_and_unreliable_apart(self):
        game, relay = self.client()[:2]
        game.ask("put_mixed", count=10)
        first, second = relay.messages(2)
        self.assertEqual([(one[1], one[3]) for one in first],
                         [(RELIABLE, bytes_packet(f"reliable {at}")) for at in range(10)])
        self.assertEqual([(one[1], one[3]) for one in second],
                         [(UNRELIABLE, bytes_packet(f"unreliable {at}")) for at in range(10)])

    def test_what_is_told_of_what_is_taken(self):
        game, relay, _ = self.client()
        message = packet(1, bytes_packet("one")) + packet(1, bytes_packet("two"))
        relay.send(message)
        relay.say(absent=1)
        said = relay.until("got")
        while said["got"] < 2 or said["seen"] < len(message):
            said = relay.until("got")
        self.assertEqual(said, {"got": 2, "seen": len(message)})
        loose = packet(1, bytes_packet("x" * 9000), UNRELIABLE)
        relay.send(loose)
        self.assertEqual(relay.until("got"), {"got": 2, "seen": len(message) + len(loose)})
        game.wait("heard", 1, count=3)
        game.wait("absent", 1)
        self.assertEqual(len(game.heard()), 3)
        self.assertEqual(game.find("absent"), [["absent", 1]])

    def test_who_is_not_announced_waits(self):
        game, relay, peer = self.client()
        relay.send(packet(5, bytes_packet("early")) + packet(6, bytes_packet("unknown")))
        relay.send(packet(5, bytes_packet("loose"), UNRELIABLE))
        relay.send(packet(1, bytes_packet("of the host")))
        game.wait("heard", 1)
        self.assertEqual(len(game.heard()), 1)
        relay.send(packet(1, announcement(1, 5)) + packet(5, bytes_packet("late")))
        game.wait("heard", 5, count=3)
        self.assertEqual([event[2] for event in game.heard()],
                         ["of the host", "early", "loose", "late"])
        # And the way out: past the host, wrapped for those only whom nobody has announced.
        game.ask("bytes", text="straight", target=5)
        self.assertEqual(relay.messages(1), [[((5,), RELIABLE, 0, bytes_packet("straight"))]])
        relay.send(packet(1, announcement(2, 5)) + packet(5, bytes_packet("gone")))
        relay.send(packet(1, bytes_packet("end")))
        game.wait("heard", 1, "bytes", "end")
        self.assertEqual(len(game.heard()), 5)
        self.assertGreater(peer, 1)

    def test_last_words_before_the_end(self):
        game, relay, peer = self.client()
        relay.send(packet(1, bytes_packet("bye")))
        relay.say(close="kicked", text="Enough.")
        game.wait("server_disconnected")
        self.assertEqual(game.events[-4:], [
            ["heard", 1, "bytes", "bye"], ["refused", "kicked", "Enough."],
            ["peer_disconnected", 1], ["server_disconnected"]])
        while relay.receive()[0] != CLOSE:
            pass
        self.assertGreater(peer, 1)

    def test_leaving(self):
        game, relay, _ = self.client()
        game.ask("rpc", method="reliable", size=400_000, then="close", targets=[1])
        sizes = [len(one[3]) for message in relay.messages(1) for one in message]
        while max(sizes) < 400_000:
            sizes += [len(one[3]) for message in relay.messages(1) for one in message]
        while relay.receive()[0] != CLOSE:
            pass

    def test_coming_back(self):
        game, relay, _ = self.client()
        relay.send(packet(1, bytes_packet("one")))
        game.ask("bytes", text="A", target=1)
        relay.messages(1)
        relay.close()
        game.wait("absent")
        game.ask("bytes", text="B", target=1)
        for _ in range(3):  # attempts that fail
            self.accept().close()
        relay = self.accept()
        self.assertEqual(relay.receive_text(), {"return": "0123456789abcdef" * 2, "got": 1})
        relay.welcome(again=True, got=0)
        sent = [one[3] for message in relay.messages(2) for one in message]
        self.assertEqual(sent, [bytes_packet("A"), bytes_packet("B")])
        game.wait("returned")
        relay.say(got=2)
        relay.send(packet(1, bytes_packet("two")))
        game.wait("heard", 1, "bytes", "two")
        relay.close()
        relay = self.accept()
        self.assertEqual(relay.receive_text()["got"], 2)
        relay.welcome(again=True, got=2)
        game.ask("bytes", text="C", target=1)
        self.assertEqual(relay.messages(1)[0][0][3], bytes_packet("C"))
        self.assertEqual(game.ask("get", what="resumes"), 2)

    def test_a_place_that_is_gone(self):
        game, relay, _ = self.client(hold=1)
        relay.close()
        relay = self.accept()
        relay.receive_text()
        relay.say(close="unknown_token", text="No longer held.")
        self.assertEqual(game.wait("refused"), ["refused", "unknown_token", "No longer held."])
        game.wait("server_disconnected")
        game, relay, _ = self.client(hold=1)
        relay.close()
        self.listener.close()
        self.assertEqual(game.wait("refused", limit=LIMIT)[1], "unreachable")
        game.wait("server_disconnected")

    def test_old_states_are_dropped(self):
        """The relay takes nothing more, and acknowledges nothing."""
        game, relay = self.host(peers=[5])
        relay.say(got=0)
        game.ask("states", rate=60)
        wait_until(lambda: game.ask("get", what="dropped_packets") > 10, LIMIT, "drops")
        self.assertGreater(game.ask("get", what="dropped_bytes"), 100)

    def test_a_packet_that_is_too_large(self):
        """An error in Godot; what follows is sent."""
        game, relay, _ = self.client(packet=5000)
        game.ask("bytes", text="x" * 6000, target=1)
        game.ask("bytes", text="x" * 4000, target=1)
        self.assertEqual(relay.messages(1), [[((1,), RELIABLE, 0, bytes_packet("x" * 4000))]])

    def test_more_than_is_kept(self):
        game, relay, _ = self.client()
        relay.close()
        game.wait("absent")
        for _ in range(18):
            game.ask("rpc", method="reliable", size=1_000_000, targets=[1])
        self.assertEqual(game.wait("refused")[1], "peer_backlog")
        game.wait("server_disconnected")

    def test_nonsense(self):
        """None of it may end a game, or be heard."""
        game, relay, _ = self.client()
        relay.send(b"\x01\x00", BINARY)
        relay.send(struct.pack("<iBBI", 1, RELIABLE, 0, 1 << 31) + b"short")
        relay.send(packet(1, b""))
        relay.send(packet(0, b"nobody"))
        relay.send(b"[]", fake_relay.TEXT)
        relay.send(b"{", fake_relay.TEXT)
        relay.say(something="new")
        relay.send(packet(1, bytes_packet("still here")))
        game.wait("heard", 1, "bytes", "still here")
        self.assertEqual(len(game.heard()), 1)

    def test_no_hurry_to_hang_up(self):
        """A game that hung does not take the silence of that time for a lost network."""
        game, relay, _ = self.client()
        relay.say(got=0, rtt=1.5)
        game.ask("hang", ms=2500)
        keep_true(lambda: not game.find("absent"), 1, "connected")
        relay.send(packet(1, bytes_packet("here")))
        game.wait("heard")

    def test_tls(self):
        """An address with wss://: a certificate that is trusted, and one that is not."""
        with tempfile.TemporaryDirectory() as place:
            authority = Authority(pathlib.Path(place))
            listener = Listener(authority.sign("relay", "DNS:localhost,IP:127.0.0.1").context())
            self.addCleanup(listener.close)
            game = self.game("ann")
            address = f"wss://127.0.0.1:{listener.port}/relay"
            game.ask("join", transport="relay", address=address, at=CODE,
                     trusts=str(authority.file))
            relay = listener.accept()
            self.addCleanup(relay.close)
            relay.welcome(relay.receive_text()["join"]["id"], [1])
            game.wait("connected_to_server")
            relay.send(packet(1, bytes_packet("secret")))
            game.wait("heard", 1, "bytes", "secret")
            game.reset()
            game.ask("join", transport="relay", address=address, at=CODE)
            with self.assertRaises(OSError):
                listener.accept()
            self.assertEqual(game.wait("refused")[1], "unreachable")
            game.wait("connection_failed")

    def test_hanging_up(self):
        game, relay, _ = self.client()
        game.ask("reset")
        with self.assertRaises(Gone):
            while True:
                kind, data = relay.receive()
                if kind == CLOSE:
                    relay.send(data, CLOSE)
        self.assertEqual(game.ask("peers"), [])


if __name__ == "__main__":
    main()
