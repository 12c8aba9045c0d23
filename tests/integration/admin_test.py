"""The admin port under rude clients: nothing is harmed, the game goes on, it answers afterwards."""

import json
import socket
import threading
import time

from runner import RelayTest, main
from waiting import wait_until

GOOD = b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"
OPEN_MOST = 32  # connections that are served at a time


class AdminTest(RelayTest):
    def setUp(self):
        self.relay = self.start()
        self.host_end = self.host(self.relay)
        self.ends = self.link(self.host_end)

    def tearDown(self):
        """Whatever was done: the link works, the port answers, nobody burns CPU."""
        self.assert_link_works(*self.ends)
        wait_until(self.answers, 10, "an answer of the admin port")
        self.assertEqual(self.relay.status()["use"]["links"], 1)
        self.assert_grew_less(self.relay, 0, 64 << 20)

    def answers(self):
        try:
            return self.relay.status()["program"] == "netplay-relay"
        except OSError:
            return False

    def connect(self):
        client = socket.create_connection(self.relay.admin_address, timeout=10)
        self.addCleanup(client.close)
        return client

    def ask(self, request, piecewise=False):
        """The status code and the body; None and nothing if it was just closed."""
        client = self.connect()
        try:
            if piecewise:
                for at in range(len(request)):
                    client.sendall(request[at:at + 1])
            else:
                client.sendall(request)
        except ConnectionError:
            pass  # refused before it was all said; the answer may be there
        answer = self.read(client)
        if not answer:
            return None, b""
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def read(self, client):
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer

    def test_good_requests(self):
        for request in (GOOD, b"GET /status HTTP/1.0\r\n\r\n",
                        b"GET /status?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            code, body = self.ask(request)
            self.assertEqual(code, 200, request)
            self.assertEqual(json.loads(body)["program"], "netplay-relay")

    def test_head(self):
        self.assertEqual(self.ask(b"HEAD /status HTTP/1.1\r\nHost: localhost\r\n\r\n"), (200, b""))

    def test_byte_by_byte(self):
        self.assertEqual(self.ask(GOOD, piecewise=True)[0], 200)

    def test_wrong_path(self):
        for path in (b"/other", b"/status/", b"*", b"/../etc/passwd", b"http://x/status"):
            code, body = self.ask(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(code, (400, 404), path)
            self.assertIn("error", json.loads(body))

    def test_foreign_host(self):
        """A page whose site calls itself 127.0.0.1 must not read who plays."""
        for host in (b"evil.example", b"evil.example:55480", b"127.0.0.1.evil.example", b""):
            code, body = self.ask(b"GET /status HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            self.assertEqual(code, 403, host)
            self.assertIn("Host", json.loads(body)["error"])
        two = b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        self.assertIn(self.ask(two)[0], (400, 403))
        port = str(self.relay.admin_address[1]).encode()
        for host in (b"localhost", b"localhost:" + port, b"127.0.0.1:" + port, b"[::1]:" + port):
            code, _ = self.ask(b"GET /status HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            self.assertEqual(code, 200, host)

    def test_health(self):
        self.assertEqual(self.ask(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[0], 200)
        code, body = self.ask(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual((code, json.loads(body)), (200, {"ready": True, "because": []}))

    def test_wrong_method(self):
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS", b"BREW"):
            request = method + b" /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            self.assertIn(self.ask(request)[0], (400, 405), method)

    def test_malformed(self):
        for request in (b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET /status HTTP/9.9\r\n\r\n",
                        b"\0" * 100 + b"\r\n\r\n", b"\xff\xfe\xfd\r\n\r\n", b"RATS" + bytes(12),
                        b"GET /status HTTP/1.1\r\nno colon\r\n\r\n",
                        b"GET /status HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                        b"GET /status HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            code, _ = self.ask(request)
            self.assertIn(code, (None, 400, 413), request)

    def test_huge_header(self):
        for request in (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
                        b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
                        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"):
            self.assertIn(self.ask(request)[0], (None, 400, 431))

    def test_huge_body(self):
        body = b"b" * 5_000_000
        request = b"POST /status HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        self.assertIn(self.ask(request)[0], (None, 413))
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertIn(self.ask(head + b"1000\r\n" + b"c" * 4096)[0], (None, 413))

    def test_pipelined(self):
        """One answer, then the end: nobody is served for ever on one connection."""
        for count in (2, 1000):
            client = self.connect()
            try:
                client.sendall(GOOD * count)
            except ConnectionError:
                pass
            self.assertLessEqual(self.read(client).count(b"HTTP/1.1 200"), 1)

    def test_left_in_the_middle(self):
        for at in range(0, len(GOOD), 4):
            client = self.connect()
            client.sendall(GOOD[:at])
            client.close()
        for _ in range(20):
            client = self.connect()
            client.sendall(GOOD)
            client.close()

    def test_slow_headers(self):
        """They may take the time of one request, and keep nobody else out."""
        began = time.monotonic()
        slow = [self.connect() for _ in range(2 * OPEN_MOST)]
        for client in slow:
            client.sendall(GOOD[:10])
        self.assert_link_works(*self.ends)
        self.assertEqual(self.ask(GOOD)[0], 200)
        self.assertLess(time.monotonic() - began, 3, "the slow ones kept the port")
        for client in slow:
            self.assertEqual(self.read(client), b"")
        self.assertLess(time.monotonic() - began, 15)

    def test_reader_that_does_not_read(self):
        for _ in range(5):
            self.connect().sendall(GOOD)
        self.assertTrue(self.answers())

    def test_a_hundred_at_once(self):
        longest = 0.0
        done = threading.Event()
        answers = []

        def crowd():
            clients = [self.connect() for _ in range(100)]
            for client in clients:
                try:
                    client.sendall(GOOD)
                except ConnectionError:
                    pass
            answers.extend(self.read(client) for client in clients)
            done.set()
        thread = threading.Thread(target=crowd, daemon=True)
        thread.start()
        while not done.is_set():
            began = time.monotonic()
            self.assert_link_works(*self.ends)
            longest = max(longest, time.monotonic() - began)
        thread.join()
        self.assertLess(longest, 0.5, "the game felt it")
        good = [answer for answer in answers if b" 200 OK" in answer[:20]]
        self.assertGreaterEqual(len(good), 1)
        for answer in good:
            self.assertEqual(json.loads(answer.partition(b"\r\n\r\n")[2])["program"],
                             "netplay-relay")

    def test_a_hundred_idle_ones(self):
        clients = [self.connect() for _ in range(100)]
        self.assert_link_works(*self.ends)
        self.assertLess(self.relay.open_files(), 60)
        for client in clients:
            client.close()


class NoAdminTest(RelayTest):
    def test_off(self):
        relay = self.start({"admin": {"listen": []}})
        self.host(relay)
        self.assertNotIn("admin_listening", relay.log_text())


if __name__ == "__main__":
    main()
