"""The public page under strangers: what it does not tell, what it does not take, and a game that
goes on meanwhile."""

import os
import signal
import socket
import struct
import threading
import time

# pylint: disable=wrong-import-order
from public_relay import SHOWN, PublicRelays
from web_socket import BINARY, CLOSE, PING, PONG, TEXT, WebSocket, frame

from relay_process import run_command
from runner import RelayTest, main
from tunnel_client import LIMIT
from waiting import wait_until

TESTS_OF_ONE = 2
TESTS_IN_ALL = 12
CONNECTIONS_OF_ONE = 8
CONNECTIONS_IN_ALL = 64
AT_ONCE = 60  # requests of one address
ECHOES_AT_ONCE = 240
TEST_SECONDS = 20
GET = b"GET / HTTP/1.1\r\nHost: anybody.invalid\r\n\r\n"


class StrangersTest(PublicRelays, RelayTest):
    def socket(self, relay, source=None):
        web_socket = WebSocket(relay.public_address, source)
        self.addCleanup(web_socket.close)
        return web_socket

    def opened(self, relay, source=None):
        web_socket = self.socket(relay, source)
        self.assertEqual(web_socket.open(), 101)
        return web_socket

    def connect(self, relay, source=None):
        client = socket.create_connection(relay.public_address, timeout=LIMIT,
                                          source_address=(source, 0) if source else None)
        self.addCleanup(client.close)
        return client

    def said(self, relay, request, source=None):
        """All of the answer; nothing if it was hung up."""
        client = self.connect(relay, source)
        answer = b""
        try:
            client.sendall(request)
            while piece := client.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer


class SecretsTest(StrangersTest):
    def test_nothing_else_is_here(self):
        relay = self.start_public()
        for path in ("status", "events", "metrics", "control/kick", "control/bans", "healthz",
                     "page/page.js", "page/page.html", "page/../page/public.js", "games/"):
            status, text = self.fetch(relay, path)
            self.assertEqual(status, 404, path)
            self.assertEqual(text, '{"error":"there is nothing at this path"}\n')
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS"):
            answer = self.said(relay, method + b" /games HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 405 ", answer.split(b"\r\n")[0], method)
        for line in answer.split(b"\r\n"):
            self.assertNotIn(b"access-control", line.lower())

    def test_the_admin_port_does_not_have_it(self):
        relay = self.start_public()
        for path in ("games", "line"):
            relay.public_address, ours = relay.admin_address, relay.public_address
            self.assertEqual(self.fetch(relay, path)[0], 404)
            relay.public_address = ours

    def test_any_host(self):
        relay = self.start_public()
        answer = self.said(relay, GET)
        self.assertIn(b"200 OK", answer)
        self.assertNotIn(b"anybody", answer)

    def test_head(self):
        relay = self.start_public()
        for path in (b"/", b"/games", b"/page/public.js"):
            answer = self.said(relay, b"HEAD " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n"))

    def test_only_what_is_allowed_is_shown(self):
        relay = self.start_public()
        host = self.host(relay)
        hidden = self.host(relay)
        self.link(hidden, "127.0.0.7")
        self.link(host, "127.0.0.9")
        # A relay whose sessions nobody named shows none.
        for page, shown in (({"sessions": "none"}, 0), ({"sessions": "all"}, 2),
                            ({"sessions": [SHOWN]}, 1)):
            self.assertIn("reloaded", relay.change(public_page={"listen": ["127.0.0.1:0"], **page}))
            games = self.wait_for_games(relay, lambda seen, many=shown: len(seen) == many, page)
        _, text = self.fetch(relay, "games")
        self.assertEqual([game["session"] for game in games], [SHOWN])
        self.assertEqual((games[0]["people"], games[0]["port"]), (2, relay.address[1]))
        ids = {session["id"] for session in relay.status()["sessions"]}
        for session in ids - {SHOWN}:
            self.assertNotIn(session, text)
        self.assertNotIn("127.0.0", text)

    def test_nobodys_address(self):
        """In nothing that is answered, whatever is shown."""
        relay = self.start_public(sessions="all", nicks=True)
        host = self.host(relay, "127.0.0.5")
        guest, side = self.link(host, "127.0.0.6")
        ann = self.member(relay, nick="ann", source="127.0.0.8")
        self.wait_for_games(relay, lambda seen: len(seen) == 2, "both games")
        ports = {peer.socket.getsockname()[1] for peer in (host, guest, side, ann)}
        for path in ("", "games", "page/public.js", "nothing", "line"):
            _, text = self.fetch(relay, path)
            self.assertNotIn("127.0.0", text)
            for port in ports:
                self.assertNotIn(str(port), text)
        self.assertIn("ann", self.fetch(relay, "games")[1])

    def test_rooms(self):
        relay = self.start_public({"doors": [{"listen": ["127.0.0.1:0"], "rooms": "by_password"}]})
        (door,) = {one["port"] for one in relay.status()["listening"]} - {relay.address[1]}
        ann = self.member(relay, nick="ann")
        bob = self.member(relay, [ann], nick="bob")
        self.member(relay, [ann, bob], nick="eve", port=door, password="moon")
        relay.wait_for_use(rooms=2)
        (room,) = self.wait_for_games(relay, lambda seen: seen and seen[0]["players"] == 2, "two")
        self.assertEqual((room["kind"], room["core"], room["core_version"], room["content"]),
                         ("room", "Arena", "v1", "00001234"))
        self.assertEqual((room["people"], room["watchers"], room["free"], room["asks_password"]),
                         (2, 0, 14, False))
        self.assertEqual((room["port"], room["session"]), (relay.address[1], None))
        text = self.fetch(relay, "games")[1]
        for nick in ("ann", "bob", "eve"):
            self.assertNotIn(nick, text)
        relay.change(public_page={"listen": ["127.0.0.1:0"], "rooms": False})
        self.wait_for_games(relay, lambda seen: not seen, "no room")

    def test_the_list_is_made_once(self):
        relay = self.start_public()
        self.host(relay)
        first = self.wait_for_games(relay, bool, "the game")
        self.link(self.host(relay))
        began = time.monotonic()
        texts = {self.fetch(relay, "games")[1] for _ in range(20)}
        if time.monotonic() - began < 1.5:
            self.assertLessEqual(len(texts), 2)
        self.assertEqual(first[0]["key"], SHOWN)

    def test_it_stays_through_an_upgrade(self):
        relay = self.start_public(nicks=False)
        self.host(relay)
        self.assertEqual(run_command("upgrade", "http://%s:%d" % relay.admin_address).returncode, 0)
        self.wait_for_games(relay, lambda seen: len(seen) == 1, "the game, at the same port")
        self.assertEqual(relay.status()["public_listening"][0]["port"], relay.public_address[1])
        told = relay.change(public_page={"listen": []})
        self.assertIn("public_page.listen", relay.wait_for_log(r"reload_incomplete [^\n]*"), told)
        self.assertEqual(run_command("upgrade", "http://%s:%d" % relay.admin_address).returncode, 0)
        with self.assertRaises(ConnectionRefusedError):
            self.connect(relay)


class LineTest(StrangersTest):
    def test_it_sends_back_what_it_is_sent(self):
        relay = self.start_public()
        line = self.opened(relay)
        for kind, payload in ((TEXT, b"17"), (BINARY, bytes(64)), (BINARY, b""), (TEXT, b"x" * 64)):
            line.send(frame(payload, kind))
            self.assertEqual(line.receive(), (kind, payload))
        line.send(frame(b"1", TEXT, fin=False) + frame(b"2", 0, fin=True))
        self.assertEqual(line.receive(), (TEXT, b"12"))
        line.send(frame(b"here?", PING))
        self.assertEqual(line.receive(), (PONG, b"here?"))
        line.send(frame(struct.pack(">H", 1000), CLOSE))
        self.assertEqual(line.ends(), [(CLOSE, struct.pack(">H", 1000))])

    def test_without_an_upgrade(self):
        relay = self.start_public()
        self.assertEqual(self.fetch(relay, "line")[0], 426)
        for version in (b"12", b"x"):
            answer = self.said(relay, b"GET /line HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                                      b"Connection: upgrade\r\nSec-WebSocket-Key: x\r\n"
                                      b"Sec-WebSocket-Version: " + version + b"\r\n\r\n")
            self.assertIn(b"HTTP/1.1 4", answer[:12])

    def test_what_is_no_test_of_a_line(self):
        relay = self.start_public()
        for number, sent in enumerate((
                frame(bytes(65)), frame(b"", size=1 << 40), frame(b"x" * 70, TEXT),
                frame(b"\xff\xfe", TEXT), frame(b"unmasked", mask=b""), frame(b"odd", 3),
                frame(b"p" * 126, PING), frame(b"", PING, fin=False), b"\xff" * 500,
                b"GET / HTTP/1.1\r\n\r\n", frame(b"1", CLOSE),
                frame(bytes(40), fin=False) + frame(bytes(40), 0))):
            line = self.opened(relay, f"127.0.1.{number + 1}")
            line.send(sent)
            for kind, _ in line.ends():
                self.assertEqual(kind, CLOSE, sent)
        self.assertEqual(self.fetch(relay)[0], 200)

    def test_pings_without_end(self):
        relay = self.start_public()
        line = self.opened(relay)
        try:
            line.send(frame(b"", PING) * 5000)
        except ConnectionError:
            pass
        self.assertLess(len(line.ends()), 100)

    def test_many_messages_are_answered_at_their_pace(self):
        relay = self.start_public()
        line = self.opened(relay)
        began = time.monotonic()
        line.send(b"".join(frame(str(number).encode()) for number in range(400)))
        for number in range(400):
            self.assertEqual(line.receive()[1], str(number).encode())
            if number == ECHOES_AT_ONCE - 1:
                self.assertLess(time.monotonic() - began, 5)
        self.assertGreater(time.monotonic() - began, (400 - ECHOES_AT_ONCE) / 90 - 0.5)

    def test_so_many_of_one_address_and_in_all(self):
        relay = self.start_public()
        lines = []
        for source in range(2, 2 + TESTS_IN_ALL // TESTS_OF_ONE):
            for _ in range(TESTS_OF_ONE):
                lines.append(self.opened(relay, f"127.0.0.{source}"))
            self.assertEqual(self.socket(relay, f"127.0.0.{source}").open(), 503)
        self.assertEqual(self.socket(relay, "127.0.0.100").open(), 503)
        self.assertEqual(self.fetch(relay, "line")[0], 503)
        lines[0].send(frame(b"still here"))
        self.assertEqual(lines[0].receive(), (BINARY, b"still here"))
        lines.pop().close()
        wait_until(lambda: self.socket(relay, "127.0.0.100").open() == 101, LIMIT, "a place")

    def test_nobody_stays(self):
        relay = self.start_public()
        line = self.opened(relay)
        began = time.monotonic()
        line.ends(TEST_SECONDS + LIMIT)
        self.assertGreater(time.monotonic() - began, TEST_SECONDS / 2)

    def test_who_does_not_read(self):
        relay = self.start_public()
        line = self.opened(relay)
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.socket.settimeout(1)
        sent = 0
        try:
            while sent < 50_000_000:
                sent += line.socket.send(frame(bytes(64)) * 100)
        except (TimeoutError, ConnectionError):
            pass
        self.assertLess(sent, 8_000_000)
        self.assert_grew_less(relay, 0, 64 << 20)


class LimitsTest(StrangersTest):
    def test_connections_of_one_address(self):
        relay = self.start_public()
        idle = [self.connect(relay, "127.0.0.2") for _ in range(CONNECTIONS_OF_ONE + 3)]
        self.assertIn(b"200 OK", self.said(relay, GET, "127.0.0.2"))
        # The oldest of them had to go, and nobody else's.
        self.assertEqual(idle[0].recv(1), b"")
        other = self.connect(relay, "127.0.0.3")
        self.assertIn(b"200 OK", self.said(relay, GET, "127.0.0.2"))
        other.sendall(GET)
        self.assertIn(b"200 OK", other.recv(100))

    def test_connections_in_all(self):
        relay = self.start_public()
        ends = self.link(self.host(relay))
        before = relay.open_files()
        for source in range(2, 102):
            for _ in range(CONNECTIONS_OF_ONE):
                self.connect(relay, f"127.0.0.{source}").sendall(b"GET / HT")
            self.assert_link_works(*ends)
        self.assertIn(b"200 OK", self.said(relay, GET, "127.0.0.200"))
        relay.barrier()
        self.assertLess(relay.open_files() - before, CONNECTIONS_IN_ALL + 8)

    def test_requests_of_one_address(self):
        relay = self.start_public()
        answers = [self.said(relay, GET, "127.0.0.2") for _ in range(2 * AT_ONCE)]
        served = sum(1 for answer in answers if b"200 OK" in answer)
        self.assertGreaterEqual(served, AT_ONCE)
        self.assertIn(b"", answers)
        self.assertIn(b"200 OK", self.said(relay, GET, "127.0.0.3"))

    def test_all_come_by_a_proxy(self):
        relay = self.start_public(behind_proxy=True)
        for _ in range(2 * AT_ONCE):
            self.assertIn(b"200 OK", self.said(relay, GET))
        lines = [self.opened(relay) for _ in range(TESTS_IN_ALL)]
        self.assertEqual(self.socket(relay).open(), 503)
        self.assertEqual(len(lines), TESTS_IN_ALL)

    def test_slow_ones_are_cut(self):
        relay = self.start_public()
        client = self.connect(relay)
        client.sendall(b"GET / HT")
        client.settimeout(LIMIT)
        self.assertEqual(client.recv(100), b"")

    def test_garbage(self):
        relay = self.start_public()
        for sent in (b"\0" * 100, b"\x16\x03\x01" * 50, os.urandom(200) + b"\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
                     b"GET /games HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"ffffffffff\r\n"):
            answer = self.said(relay, sent)
            self.assertTrue(not answer or answer[9:10] == b"4", answer)
        self.assertEqual(self.fetch(relay)[0], 200)


class FloodTest(StrangersTest):
    def flood(self, relay, number, stop):
        source = f"127.0.2.{number + 1}"
        kinds = (GET, b"\0" * 200, b"GET /games HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /li", None)
        at = number
        while not stop.is_set():
            at += 1
            sent = kinds[at % len(kinds)]
            try:
                if sent is None:
                    line = WebSocket(relay.public_address, source)
                    if line.open() == 101:
                        line.send(frame(fin=False) + frame(kind=0, fin=False) * 2000)
                    line.close()
                    continue
                with socket.create_connection(relay.public_address, timeout=1,
                                              source_address=(source, 0)) as client:
                    client.sendall(sent)
                    if at % 2:
                        client.recv(1000)
            except OSError:
                pass

    def round_trips(self, ends, seconds):
        """Of a link's messages there and back, sorted."""
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            self.assert_link_works(*ends)
            times.append(time.monotonic() - began)
        return sorted(times)

    def test_a_game_goes_on(self):
        relay = self.start_public()
        ends = self.link(self.host(relay))
        quiet = self.round_trips(ends, 2)
        stop = threading.Event()
        threads = [threading.Thread(target=self.flood, args=(relay, number, stop), daemon=True)
                   for number in range(24)]
        for thread in threads:
            thread.start()
        try:
            times = self.round_trips(ends, 6)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        for name, all_times in (("alone", quiet), ("flooded", times)):
            shares = (all_times[int(share * (len(all_times) - 1))] for share in (0.5, 0.99, 1))
            print("    {}: median {:.2f} ms, p99 {:.2f} ms, worst {:.1f} ms".format(
                name, *(1000 * one for one in shares)), flush=True)
        self.assertLess(times[-1], 0.5, "the game felt it")
        wait_until(lambda: self.fetch(relay)[0] == 200, LIMIT, "an answer")
        self.assertEqual(relay.status()["use"]["links"], 1)
        self.assert_grew_less(relay, 0, 64 << 20)
        self.assertEqual(relay.stop(signal.SIGTERM), 0)


class OffTest(RelayTest):
    def test_it_is_off(self):
        relay = self.start()
        self.assertEqual(relay.status()["public_listening"], [])
        self.assertNotIn("public_page_listening", relay.log_text())


if __name__ == "__main__":
    main()
