"""GET /events: all that the log tells, for whoever comes, comes again, or does not read."""

import base64
import json
import signal
import socket

from runner import RelayTest, main
from waiting import wait_until


MANY = {"limits": {"new_connections_per_second_per_address": 100000, "sessions": 1000,
                   "sessions_per_address": 1000, "connections_per_address": 4000}}


class Stream:
    """Reads server-sent events from one connection."""

    def __init__(self, test, relay, query="", last=None):
        self.socket = socket.create_connection(relay.admin_address, timeout=20)
        test.addCleanup(self.socket.close)
        self.id = None
        header = f"Last-Event-ID: {last}\r\n" if last is not None else ""
        self.socket.sendall(f"GET /events{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n"
                            .encode())
        self.file = self.socket.makefile("rb")
        self.head = []
        while (line := self.file.readline().strip()):
            self.head.append(line.decode())

    def close(self):
        self.file.close()
        self.socket.close()

    def next(self):
        """The next event: its kind, its number (None if it has none), its data."""
        fields = {}
        while line := self.file.readline():
            line = line.decode().rstrip("\n")
            if line.startswith(":") or line.startswith("retry:"):
                continue
            if not line:
                if "data" in fields:
                    self.id = fields.get("id", self.id)
                    number = int(fields["id"].split("-")[1]) if "id" in fields else None
                    return fields["event"], number, json.loads(fields["data"])
                continue
            name, _, value = line.partition(": ")
            fields[name] = value
        raise EOFError("the stream has ended")

    def until(self, kind):
        while True:
            event = self.next()
            if event[0] == kind:
                return event


class EventsTest(RelayTest):
    def test_a_session_from_its_begin_to_its_end(self):
        relay = self.start()
        stream = Stream(self, relay)
        self.assertIn("200", stream.head[0])
        self.assertIn("Content-Type: text/event-stream", stream.head)
        host = self.host(relay)
        kind, number, opened = stream.next()
        self.assertEqual((kind, number, opened["event"]), ("session_opened", 1, "session_opened"))
        self.assertIn(opened["session"], opened["join_text"])
        guest, host_side = self.link(host)
        _, _, linked = stream.until("link_opened")
        self.assertEqual(linked["session"], opened["session"])
        guest.close()
        host_side.close()
        _, _, closed = stream.until("link_closed")
        self.assertEqual(closed["link"], linked["link"])
        host.close()
        _, _, ended = stream.until("session_closed")
        self.assertEqual((ended["session"], ended["reason"]), (opened["session"], "host_left"))
        self.assertGreaterEqual(ended["age_seconds"], 0)

    def test_who_comes_again_misses_nothing(self):
        relay = self.start()
        stream = Stream(self, relay)
        self.host(relay)
        _, number, _ = stream.next()
        stream.socket.close()
        second = self.host(relay)
        again = Stream(self, relay, last=stream.id)
        kind, next_number, event = again.next()
        self.assertEqual((kind, next_number), ("session_opened", number + 1))
        self.assertTrue(event["join_text"].endswith(event["session"]))
        second.close()
        again.until("session_closed")
        nothing_old = Stream(self, relay)
        self.host(relay)
        self.assertGreater(nothing_old.next()[1], next_number)
        by_query = Stream(self, relay, f"?last_event_id={stream.id}")
        self.assertEqual(by_query.next()[1], number + 1)
        all_of_them = Stream(self, relay, "?last_event_id=0")
        self.assertEqual(all_of_them.next()[:2], ("session_opened", 1))
        epoch = stream.id.split("-")[0]
        for last in ("-1", "x", "99999999999999999999999", "9999", epoch, f"{epoch}-", "-",
                     f"{epoch}-x", f"{epoch}-99999999999999999999999"):
            odd = Stream(self, relay, last=last)
            self.assertIn("200", odd.head[0])
            self.assertEqual(odd.next(), ("missed", None, {"events": None}), last)
            self.assertEqual(odd.next()[:2], ("session_opened", 1))

    def test_who_comes_again_after_a_stop_gets_all_of_the_new_life(self):
        relay = self.start()
        stream = Stream(self, relay)
        for _ in range(3):
            self.host(relay)
            stream.until("session_opened")
        self.assertEqual(relay.stop(), 0)
        relay.start()
        hosts = [self.host(relay) for _ in range(4)]
        again = Stream(self, relay, last=stream.id)
        self.assertEqual(again.next(), ("missed", None, {"events": None}))
        self.assertEqual([again.next()[2]["session"] for _ in hosts],
                         [base64.b64encode(host.session).decode() for host in hosts])
        self.assertNotEqual(again.id.split("-")[0], stream.id.split("-")[0])

    def test_ids_go_on_over_an_upgrade(self):
        relay = self.start()
        stream = Stream(self, relay)
        self.host(relay)
        _, number, _ = stream.next()
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_upgrade()
        again = Stream(self, relay, last=stream.id)
        kind, next_number, _ = again.next()
        self.assertEqual((kind, next_number), ("upgraded", number + 1))
        self.assertEqual(again.id.split("-")[0], stream.id.split("-")[0])

    def test_refusals_come_in_sum(self):
        relay = self.start()
        stream = Stream(self, relay)
        for _ in range(20):
            client = socket.create_connection(relay.address, timeout=10)
            client.sendall(b"SSH-2.0-x\r\n")
            self.addCleanup(client.close)
        told, events = 0, 0
        while told < 20:
            _, _, refused = stream.until("refused")
            told += refused["reasons"]["ssh_greeting"]
            events += 1
        self.assertEqual(told, 20)
        self.assertLess(events, 10)

    def test_the_status_comes_along(self):
        relay = self.start()
        stream = Stream(self, relay, "?status=1")
        _, number, first = stream.until("status")
        self.assertIsNone(number)
        self.assertEqual(first["program"], "netplay-relay")
        self.host(relay)
        while len(stream.until("status")[2]["sessions"]) == 0:
            pass

    def test_a_stream_does_not_end_with_head_or_post(self):
        relay = self.start()
        for method in ("HEAD", "POST"):
            with socket.create_connection(relay.admin_address, timeout=10) as client:
                client.sendall(f"{method} /events HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 0\r\n\r\n".encode())
                self.assertIn(b" 405 ", client.recv(4096))

    def test_who_does_not_read_is_cut(self):
        relay = self.start(MANY)
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.settimeout(40)
        self.addCleanup(slow.close)
        slow.connect(relay.admin_address)
        slow.sendall(b"GET /events?status=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        ends = self.link(self.host(relay))
        for _ in range(300):  # a status is 200 kB now
            self.host(relay)
        wait_until(lambda: self.is_cut(slow, relay), 60, "the end of the slow one")
        self.assert_link_works(*ends)

    def is_cut(self, slow, relay):
        """True if the relay's end of the connection is gone: nothing is owed to it any more."""
        local = slow.getsockname()[1]
        with open("/proc/net/tcp", encoding="ascii") as table:
            for line in table:
                fields = line.split()
                if fields[2].endswith(f":{local:04X}") and fields[3] == "01":
                    return False
        return True

    def test_streams_have_a_limit(self):
        """For one more the oldest goes: a browser that is gone keeps nobody out."""
        relay = self.start(MANY)
        streams = [Stream(self, relay) for _ in range(17)]
        self.assertIn("200", streams[-1].head[0])
        with self.assertRaises((EOFError, ConnectionError)):
            streams[0].next()
        self.host(relay)
        for one in streams[1:]:
            self.assertEqual(one.next()[0], "session_opened")

    def test_who_has_gone_is_noticed_at_once(self):
        relay = self.start(MANY)
        before = relay.open_files()
        for _ in range(3):
            streams = [Stream(self, relay) for _ in range(16)]
            for one in streams:
                one.close()
        wait_until(lambda: relay.open_files() <= before, 5, "the end of streams that nobody reads")

    def test_a_slow_status_delays_no_other(self):
        relay = self.start()
        slow = Stream(self, relay, "?status=60")
        slow.until("status")
        quick = Stream(self, relay, "?status=1")
        quick.socket.settimeout(10)
        for _ in range(3):
            quick.until("status")


if __name__ == "__main__":
    main()
