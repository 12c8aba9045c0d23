"""Games of Godot through the real relay: a party is hosted and joined, packets reach whom they are
for, limits hold, and nothing is lost or doubled by a lost network or a restart."""

import signal
import socket

from party_client import BINARY, CLOSE, ORDERED, RELIABLE, UNRELIABLE, Game, Packet, WebSocket
from relay_process import run_command
from runner import RelayTest, main, noise


class PartiesTest(RelayTest):
    def game(self, relay, **options):
        return self.kept(Game(relay, **options))

    def party(self, relay, ids=(2, 3), **options):
        """A host and others, who all know each other."""
        games = [self.game(relay).host(**options)]
        for each in ids:
            games.append(self.game(relay).join(games[0].code, each))
            self.assertEqual(games[0].wait_for("joined"), each)
        return games

    def refused(self, relay, reason, game=None, **hello):
        game = game or self.game(relay)
        game.hello(**hello)
        self.assertEqual(game.wait_for("close"), reason)
        game.close()
        relay.wait_for_use(peers=game.relay.use()["peers"])

    def upgrade(self, relay):
        result = run_command("upgrade", "http://%s:%d" % relay.admin_address)
        self.assertEqual(result.returncode, 0, result.stderr + relay.log_text())

    def answer(self, relay, head):
        """What a web browser gets for it, until the relay hangs up."""
        client = self.peer(relay)
        client.send(head.encode())
        answer = b""
        while more := client.socket.recv(65536):
            answer += more
        return answer.decode()

    def test_a_game_with_a_code(self):
        relay = self.start()
        host = self.game(relay).host(game="tanks 3", max=4)
        self.assertEqual(host.id, 1)
        self.assertRegex(host.code, "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$")
        self.assertEqual(host.welcome["peers"], [])
        typed = host.code.replace("-", " ").lower()
        guest = self.game(relay).join(typed, 77, game="tanks 3")
        self.assertEqual((guest.id, guest.code, guest.welcome["peers"]), (77, host.code, [1]))
        self.assertEqual(host.wait_for("joined"), 77)
        guest.put(b"hello", 1, RELIABLE, 3)
        self.assertEqual(host.next_packet(), Packet(77, RELIABLE, 3, b"hello"))
        guest.wait_for_acknowledgement()
        relay.wait_for_use(parties=1, peers=2, absent_peers=0)
        guest.hang_up()
        self.assertEqual(host.wait_for("left"), 77)
        relay.wait_for_close("peer_left")
        host.hang_up()
        relay.wait_for_use(parties=0, peers=0)
        totals = relay.status()["totals"]
        self.assertEqual((totals["parties"], totals["peers"]), (1, 2))

    def test_every_kind_of_target(self):
        relay = self.start()
        games = self.party(relay, (2, 3, 4), mesh=True)
        cases = [({"target": 0}, {1, 3, 4}), ({"target": 3}, {3}), ({"target": -4}, {1, 3}),
                 ({"targets": (1, 4)}, {1, 4}), ({"target": -9}, {1, 3, 4})]
        for mode in (RELIABLE, UNRELIABLE, ORDERED):
            for number, (whom, hear) in enumerate(cases):
                payload = f"{mode} {number}".encode()
                games[1].put(payload, mode=mode, channel=number, **whom)
                for game in games:
                    if game.id in hear:
                        self.assertEqual(game.next_packet(), Packet(2, mode, number, payload))
        games[1].put(b"last", 0)
        for game in (games[0], games[2], games[3]):
            self.assertEqual(game.next_packet().payload, b"last")
            self.assertEqual(game.packets, [])

    def test_large_packets_and_several_in_a_message(self):
        relay = self.start()
        host, guest, _ = self.party(relay)
        for size in (0, 1, 125, 126, 65535, 65536, 70000, 1 << 20, 1572864):
            data = noise(size, size)
            host.put(data, 2)
            self.assertEqual(guest.next_packet().payload, data)
            guest.acknowledge()
        message = b"".join(Game.packed(bytes([each]) * each, 1, RELIABLE, each)
                           for each in range(50))
        guest.send(BINARY, message)
        for each in range(50):
            self.assertEqual(host.next_packet(),
                             Packet(2, RELIABLE, each, bytes([each]) * each))

    def test_web_browsers_are_told_what_this_is(self):
        relay = self.start()
        answer = self.answer(relay, "GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n")
        self.assertIn(" 426 ", answer.splitlines()[0])
        self.assertIn("Upgrade: websocket", answer)
        relay.wait_for_close("no_websocket")
        head = WebSocket(relay, subprotocol="chat")
        self.assertIn(" 400 ", self.answer(relay, head.head.decode()).splitlines()[0])
        relay.wait_for_close("bad_request")
        self.assertEqual(self.answer(relay, "POST / HTTP/1.1\r\n\r\n"), "")
        relay.wait_for_close("http_greeting")
        relay.wait_for_use(connections=1) # who has said nothing

    def test_beside_retroarch(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        host, other, _ = self.party(relay)
        for _ in range(20):
            self.assert_link_works(guest, host_side)
            host.put(b"beside", 2)
            self.assertEqual(other.next_packet().payload, b"beside")

    def test_refusals_are_told(self):
        relay = self.start({"parties": {"parties": 2, "parties_per_address": 1, "peers": 3}})
        host, second, _ = self.party(relay, (2, 5))
        code = host.code
        for reason, hello in (
                ("unknown_code", {"join": {"code": "BBBB-BBBB", "game": "test 1", "id": 9}}),
                ("different_game", {"join": {"code": code, "game": "test 2", "id": 9}}),
                ("party_full", {"join": {"code": code, "game": "test 1", "id": 9}}),
                ("address_parties_full", {"host": {"game": "test 1"}}),
                ("bad_control", {"hello": 1}),
                ("unknown_token", {"return": "0" * 32, "got": 0})):
            with self.subTest(reason):
                self.refused(relay, reason, **hello)
        second.hang_up()
        host.wait_for("left")
        self.refused(relay, "id_taken", join={"code": code, "game": "test 1", "id": 5})
        host.say(refuse=True)
        host.wait_for_acknowledgement()
        self.refused(relay, "party_refuses", join={"code": code, "game": "test 1", "id": 9})

    def test_codes_are_not_guessed(self):
        relay = self.start()
        host = self.game(relay).host()
        reasons = set()
        for each in range(12):
            game = self.game(relay).hello(join={"code": f"BBBB-BBB{'BCDFGHJKLMNP'[each]}",
                                                "game": "test 1", "id": 9})
            reasons.add(game.wait_for("close"))
        self.assertEqual(reasons, {"unknown_code", "code_guessing"})
        # Another address is not to blame.
        self.game(relay, source="127.0.0.2").join(host.code, 9)

    def test_access_lists(self):
        relay = self.start({"access": {"host": {"deny": ["127.0.0.2"]},
                                       "join": {"deny": ["127.0.0.3"]}}})
        host = self.game(relay).host()
        self.refused(relay, "host_denied", self.game(relay, source="127.0.0.2"),
                     host={"game": "test 1"})
        joins = {"join": {"code": host.code, "game": "test 1", "id": 9}}
        self.refused(relay, "join_denied", self.game(relay, source="127.0.0.3"), **joins)
        self.game(relay, source="127.0.0.2").join(host.code, 9)

    def test_reserved_codes(self):
        reserved = [{"code": "GAME-CLUB", "networks": ["127.0.0.2"]}]
        relay = self.start({"parties": {"reserved_codes": reserved}})
        self.refused(relay, "code_denied", host={"game": "test 1", "code": "GAMECLUB"})
        host = self.game(relay, source="127.0.0.2").host(code="game club")
        self.assertEqual(host.code, "GAME-CLUB")
        self.game(relay).join("GAME-CLUB", 2)

    def test_pages_of_other_sites(self):
        relay = self.start({"parties": {"origins": ["https://example.org"]}})
        other = self.game(relay, headers=["Origin: https://other.test"])
        self.refused(relay, "origin_denied", other, host={"game": "test 1"})
        host = self.game(relay, headers=["Origin: https://example.org"]).host()
        self.game(relay).join(host.code, 2)

    def test_who_was_thrown_out_waits(self):
        relay = self.start()
        host, guest, _ = self.party(relay)
        for _ in range(2):
            host.say(kick=guest.id)
            self.assertEqual(guest.wait_for("close"), "kicked")
            guest.close()
            relay.wait_for_use(peers=2)
            if guest.id == 2:
                guest = self.game(relay).join(host.code, 4)
        joins = {"join": {"code": host.code, "game": "test 1", "id": 9}}
        self.refused(relay, "kicked", **joins)
        self.game(relay, source="127.0.0.2").join(host.code, 9)

    def test_a_peer_that_floods_or_lies_goes(self):
        relay = self.start({"parties": {"messages_per_second": 10, "packet_bytes": 2048}})
        host, *others = self.party(relay, range(2, 6))
        for _ in range(100):
            others[0].put(b"flood", 1, UNRELIABLE)
        others[1].put(bytes(2049), 1)
        others[2].send(BINARY, b"no packet")
        others[3].socket.sendall(b"\xf1\x80....")
        for game, reason in zip(others, ("peer_flood", "packet_too_large", "bad_packet",
                                         "bad_frame")):
            self.assertEqual(game.wait_for("close"), reason)
        left = {words["why"] for words in [self.left(host) for _ in others]}
        self.assertEqual(left, {"peer_flood", "packet_too_large", "bad_packet", "bad_frame"})

    def left(self, game):
        game.hear_until(lambda: any("left" in words for words in game.texts), "left")
        words = next(words for words in game.texts if "left" in words)
        game.texts.remove(words)
        return words

    def test_the_host_sends_away(self):
        relay = self.start()
        host, guest, other = self.party(relay)
        host.put(b"the last word", 2)
        host.say(kick=2, text="you have shot your own king")
        self.assertEqual(guest.next_packet().payload, b"the last word")
        guest.hear_until(lambda: guest.texts, "a text")
        self.assertEqual((guest.texts[0]["close"], guest.texts[0]["text"]),
                         ("kicked", "you have shot your own king"))
        guest.close()
        self.assertEqual(self.left(host), {"left": 2, "why": "kicked"})
        relay.wait_for_close("kicked")
        host.hang_up()
        self.assertEqual(other.wait_for("close"), "host_gone")
        other.hang_up()
        relay.wait_for_use(parties=0, peers=0, entering_peers=0)

    def cut(self, game):
        """A network that is lost: no close frame, and what is on the way is gone."""
        game.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        game.close()

    def test_a_lost_network_is_gone_on_from(self):
        relay = self.start()
        host, guest, _ = self.party(relay)
        for each in range(50):
            host.put(b"%d" % each, 2)
        for each in range(20):
            self.assertEqual(guest.next_packet().payload, b"%d" % each)
        self.cut(guest)
        self.assertEqual(host.wait_for("absent"), 2)
        relay.wait_for_use(peers=2, absent_peers=1)
        for each in range(50, 60):
            host.put(b"%d" % each, 2)
        again = self.kept(guest.come_back())
        self.assertTrue(again.welcome["again"])
        for each in range(20, 60):
            self.assertEqual(again.next_packet().payload, b"%d" % each)
        self.assertEqual(host.wait_for("returned"), 2)
        again.put(b"here", 1)
        self.assertEqual(host.next_packet().payload, b"here")
        relay.wait_for_use(peers=3, absent_peers=0)

    def test_a_place_is_held_for_a_while(self):
        relay = self.start({"parties": {"hold_seconds": 1}})
        host, guest, other = self.party(relay)
        self.assertEqual(host.welcome["hold"], 1)
        self.cut(guest)
        self.assertEqual(self.left(host), {"left": 2, "why": "peer_lost"})
        relay.wait_for_close("peer_absent")
        relay.wait_for_close("peer_lost")
        self.cut(host)
        self.assertEqual(other.wait_for("absent"), 1)
        self.assertEqual(other.wait_for("close"), "host_gone")

    def test_a_restart_in_the_midst_of_a_message(self):
        relay = self.start()
        host, guest, other = self.party(relay)
        self.cut(other)
        self.assertEqual(host.wait_for("absent"), 3)
        data = noise(300000, 3)
        message = Game.framed(BINARY, Game.packed(data, 2))
        waiting = self.game(relay)
        waiting.socket.sendall(waiting.head[:40])
        entering = self.game(relay).shake_hands()
        before = relay.status()["totals"]
        for count in range(1, 4):
            at = 100000 * count
            host.socket.sendall(message[at - 100000:at])
            for each in range(30):
                guest.put(b"%d %d" % (count, each), 1)
            self.upgrade(relay)
            self.assertEqual(relay.status()["handovers"]["done"], count)
        host.socket.sendall(message[300000:])
        self.assertEqual(guest.next_packet().payload, data)
        for count in range(1, 4):
            for each in range(30):
                self.assertEqual(host.next_packet().payload, b"%d %d" % (count, each))
        guest.wait_for_acknowledgement()
        self.assertEqual(relay.status()["totals"]["parties"], before["parties"])
        # Who was absent comes back to the new program; so do those who had only begun.
        again = self.kept(other.come_back())
        again.put(b"back", 1)
        self.assertEqual(host.next_packet().payload, b"back")
        waiting.socket.sendall(waiting.head[40:])
        waiting.head = b""
        waiting.join(host.code, 8)
        entering.say(join={"code": host.code, "game": "test 1", "id": 9})
        entering.welcomed()
        relay.wait_for_use(parties=1, peers=5, absent_peers=0, entering_peers=0)

    def test_all_absent_over_a_restart(self):
        relay = self.start()
        games = self.party(relay)
        for game in games:
            self.cut(game)
        relay.wait_for_use(peers=0, absent_peers=3)
        self.upgrade(relay)
        relay.wait_for_use(parties=1, absent_peers=3)
        host, guest, _ = [self.kept(game.come_back()) for game in games]
        host.put(b"all here", 2)
        self.assertEqual(guest.next_packet().payload, b"all here")

    def test_a_slow_reader_gets_all_in_order(self):
        relay = self.start()
        host = self.game(relay).host()
        guest = self.game(relay, receive_buffer=4096).join(host.code, 2)
        data = [noise(50000, each) for each in range(60)]
        for each in data:
            host.put(each, 2)
        host.wait_for_acknowledgement()
        self.upgrade(relay)
        for each in data:
            self.assertEqual(guest.next_packet().payload, each)
            guest.acknowledge()

    def test_draining_and_nothing_new(self):
        relay = self.start()
        host = self.game(relay).host()
        relay.send_signal(signal.SIGUSR1)
        relay.wait_for_log("draining")
        self.refused(relay, "draining", host={"game": "test 1"})
        guest = self.game(relay).join(host.code, 2)
        host.put(b"still here", 2)
        self.assertEqual(guest.next_packet().payload, b"still here")
        host.hang_up()
        guest.wait_for("close")
        guest.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_shutdown_says_so_before_the_end(self):
        relay = self.start()
        games = self.party(relay)
        relay.send_signal(signal.SIGTERM)
        for game in games:
            game.hear_until(lambda game=game: any("close" in words for words in game.texts),
                            "why it ends")
            self.assertFalse(game.ended)
            self.assertEqual(game.wait_for("close"), "shutdown")
            game.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_who_does_not_hang_up_is_hung_up_on(self):
        relay = self.start()
        host, guest, _ = self.party(relay)
        host.say(kick=2)
        self.assertEqual(guest.wait_for("close"), "kicked")
        guest.hear_end()
        relay.wait_for_close("kicked")

    def test_a_lost_host_of_tokens_returns_while_its_old_line_lives(self):
        relay = self.start()
        host, guest, _ = self.party(relay)
        again = self.kept(guest.come_back())
        again.put(b"twice", 1)
        self.assertEqual(host.next_packet().payload, b"twice")
        guest.hear_end()
        relay.wait_for_close("returned")

    def test_trusted_proxies(self):
        relay = self.start({"trusted_proxies": ["127.0.0.4"],
                            "access": {"host": {"deny": ["192.0.2.7"]}}})
        told = ["X-Forwarded-For: 198.51.100.9, 192.0.2.7"]
        self.refused(relay, "host_denied",
                     self.game(relay, source="127.0.0.4", headers=told), host={"game": "test 1"})
        # Who is no proxy may write what it likes.
        self.game(relay, headers=told).host()
        host = self.game(relay, source="127.0.0.4", headers=["X-Forwarded-For: 2001:db8::7"])
        host.host()
        relay.wait_for_log(r"party_opened [^\n]*2001:db8::7")

    def test_through_a_door(self):
        relay = self.start({"doors": [{"listen": ["127.0.0.1:0"], "manual_ip": "off"}]})
        host = self.game(relay).host()
        (port,) = {one["port"] for one in relay.status()["listening"]} - {relay.address[1]}
        relay.address = (relay.address[0], port)
        guest = self.game(relay).join(host.code, 2)
        host.put(b"both doors lead here", 2)
        self.assertEqual(guest.next_packet().payload, b"both doors lead here")

    def test_off(self):
        relay = self.start({"parties": {"parties": 0}})
        head = WebSocket(relay).head.decode()
        self.assertIn(" 503 ", self.answer(relay, head).splitlines()[0])
        relay.wait_for_close("parties_off")


if __name__ == "__main__":
    main()
