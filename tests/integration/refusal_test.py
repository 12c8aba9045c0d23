"""Each refusal: its exact bytes on the wire, its counter in /status, its word in the log."""

import contextlib
import time

from runner import RelayTest, main
from tunnel_client import (DENY, FULL, HEADER, NO_ID, OLD_VERSION, RATL, RATP, RATS, Host)
from waiting import wait_until

# A header of 1.9.14: word 3 is the salt, 0 from a client.
OLD_HEADER = bytes.fromhex("52414e50 00040008 00000001 00000000 00000005 00000529")
# Protocol 4 has no magic: the hash of its version comes first (1.7.0).
PROTOCOL_4_HEADER = bytes.fromhex("00000241 00040008 00000001 00000000")
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(190))


class GreetingTest(RelayTest):
    def check(self, greeting, word, reply=b"", piecewise=False):
        relay = self.start({"manual_ip": "off"})
        peer = self.peer(relay)
        if piecewise:
            peer.send_bytewise(greeting)
        else:
            peer.send(greeting)
        self.assertEqual(peer.receive_rest(), reply)
        relay.wait_for_close(word)
        line = relay.wait_for_log(rf"turned_away [^\n]*reason={word}[^\n]*")
        self.assertIn(f"peer={peer.name()} ", line)
        self.assertEqual(relay.use()["greeting"], 0)

    def test_unknown_session(self):
        self.check(RATS + b"unknownunkno" + HEADER, "unknown_session")

    def test_unknown_ticket(self):
        self.check(RATL + b"unknownunkno", "unknown_ticket")

    def test_zero_ticket(self):
        self.check(RATL + NO_ID, "unknown_ticket")

    def test_old_version(self):
        self.check(OLD_HEADER, "old_version", OLD_VERSION)

    def test_protocol_4(self):
        self.check(PROTOCOL_4_HEADER, "old_version", OLD_VERSION)

    def test_manual_ip_off(self):
        self.check(HEADER, "manual_ip_off", DENY)

    def test_manual_ip_off_piecewise(self):
        self.check(HEADER, "manual_ip_off", DENY, piecewise=True)

    def test_probe(self):
        self.check(b"POKE", "probe")

    def test_legacy_port_request(self):
        self.check(bytes.fromhex("0000464900000000"), "legacy_ports_off",
                   bytes.fromhex("0000464a 00000004 00000000"))

    def test_http(self):
        for method in ("POST", "HEAD", "OPTIONS", "PUT"):
            with self.subTest(method=method):
                self.check(f"{method} / HTTP/1.1\r\nHost: relay\r\n\r\n".encode(), "http_greeting")
        self.check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http_greeting")

    def test_tls(self):
        self.check(CLIENT_HELLO, "tls_greeting")

    def test_ssh(self):
        self.check(b"SSH-2.0-OpenSSH_9.2p1\r\n", "ssh_greeting")

    def test_proxy(self):
        """A proxy before the relay that says for whom it speaks, in the old way and the new."""
        for header in (b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 55435\r\n", b"PROXY UNKNOWN\r\n",
                       bytes.fromhex("0d0a0d0a000d0a515549540a 2111000c"
                                     "cb007107 c0000201 c350 d88b"),
                       bytes.fromhex("0d0a0d0a000d0a515549540a 20000000")):
            with self.subTest(header):
                self.check(header + RATS + NO_ID, "proxy_greeting")
        self.check(b"\r\n\r\nhello\r\n", "unknown_greeting")

    def test_unknown_greeting(self):
        for greeting in (b"\0\0\0\0", b"RATX" + NO_ID, b"rats" + NO_ID, RATP, b"FULL",
                         b"\xff" * 4000):
            with self.subTest(greeting=greeting[:16]):
                self.check(greeting, "unknown_greeting")

    def test_lost_guest_in_one_segment(self):
        self.check(RATS + NO_ID + HEADER, "lost_guest")

    def test_lost_guest_with_only_a_piece_of_its_header(self):
        self.check(RATS + NO_ID + HEADER[:5], "lost_guest")

    def test_lost_guest_header_comes_at_once_behind(self):
        relay = self.start()
        peer = self.peer(relay)
        peer.send(RATS + NO_ID)
        peer.send(HEADER)
        peer.wait_for_any_end()
        relay.wait_for_close("lost_guest")
        self.assertEqual(relay.use()["sessions"], 0)

    def test_lost_guest_header_comes_late(self):
        relay = self.start()
        peer = self.host(relay)
        for byte in HEADER[:3]:
            peer.send(bytes([byte]))
        relay.barrier()
        peer.send(HEADER[3:])
        self.assertEqual(peer.receive_rest(), b"")
        relay.wait_for_close("lost_guest")
        self.assertEqual(relay.use()["sessions"], 0)

    def test_left_early(self):
        relay = self.start(config={"log": {"level": "debug"}})
        for count, said in enumerate((b"", b"RA", RATS + b"half", HEADER[:20]), 1):
            peer = self.peer(relay)
            peer.send(said)
            peer.wait_until_acknowledged()
            peer.close()
            relay.wait_for_close("left_early", count)
        self.peer(relay).reset()
        relay.wait_for_close("left_early", 5)

    def test_host_leaves_before_its_answer(self):
        relay = self.start()
        peer = self.peer(relay)
        peer.send(RATS + NO_ID)
        peer.close()
        relay.wait_for_close("left_early")
        self.assertEqual(relay.status()["totals"]["sessions"], 0)

    def test_greeting_timeout(self):
        relay = self.start(greeting_seconds=1)
        began = time.monotonic()
        silent, slow = self.peer(relay), self.peer(relay)
        slow.send(RATS + b"half")
        self.assertEqual(silent.receive_rest(), b"")
        self.assertEqual(slow.receive_rest(), b"")
        self.assertTrue(0.9 < time.monotonic() - began < 3)
        relay.wait_for_close("greeting_timeout", 2)


class HostTest(RelayTest):
    def refused(self, relay, source=None):
        host = self.kept(Host(relay, source))
        host.send(RATS + NO_ID)
        return host.receive_rest()

    def test_sessions_full(self):
        relay = self.start(sessions=2)
        hosts = [self.host(relay), self.host(relay)]
        self.assertEqual(self.refused(relay), FULL)
        relay.wait_for_close("sessions_full")
        hosts[0].close()
        relay.wait_for_use(sessions=1)
        self.host(relay)

    def test_address_sessions_full(self):
        relay = self.start(sessions_per_address=2)
        hosts = [self.host(relay, "127.0.0.2"), self.host(relay, "127.0.0.2")]
        self.assertEqual(self.refused(relay, "127.0.0.2"), FULL)
        relay.wait_for_close("address_sessions_full")
        self.host(relay, "127.0.0.3")
        hosts[0].close()
        relay.wait_for_use(sessions=2)
        self.host(relay, "127.0.0.2")

    def test_host_denied(self):
        relay = self.start({"access": {"host": {"deny": ["127.0.0.2"]}}})
        self.assertEqual(self.refused(relay, "127.0.0.2"), DENY)
        relay.wait_for_close("host_denied")
        self.guest(self.host(relay, "127.0.0.3"), "127.0.0.2")
        relay.wait_for_use(waiting_joins=1)

    def test_only_allowed_hosts(self):
        relay = self.start({"access": {"host": {"allow": ["127.0.1.0/24"]}}})
        self.assertEqual(self.refused(relay, "127.0.2.1"), DENY)
        relay.wait_for_close("host_denied")
        self.host(relay, "127.0.1.200")

    def test_unknown_message(self):
        relay = self.start()
        for count, said in enumerate((b"WHAT", RATL + NO_ID, RATS + NO_ID, b"\0" * 300), 1):
            host = self.host(relay)
            guest, _ = self.link(host)
            waiting = self.guest(host)
            host.next_ticket()
            host.send(said)
            self.assertEqual(host.receive_rest(), b"")
            self.assertEqual(waiting.receive_rest(), b"")
            relay.wait_for_close("unknown_message", count)
            guest.reset()

    def test_unknown_message_behind_a_good_one(self):
        relay = self.start()
        host = self.host(relay)
        host.send(RATP + b"WHAT")
        self.assertEqual(host.receive_rest(), b"")
        relay.wait_for_close("unknown_message")

    def test_host_that_takes_no_answers(self):
        """Its control connection may keep us from nobody else, and may not cost memory."""
        relay = self.start(buffered_bytes_per_connection=4096)
        host = self.host(relay)
        with contextlib.suppress(ConnectionError):
            host.send((b"RATA" + b"askask-askas") * 2_000_000)
        relay.wait_for_close("query_flood")
        self.assert_grew_less(relay, 0, 40 << 20)


class GuestTest(RelayTest):
    def test_expired_session(self):
        relay = self.start()
        host = self.host(relay)
        host.close()
        relay.wait_for_close("host_left")
        self.assertEqual(self.guest(host).receive_rest(), b"")
        relay.wait_for_close("expired_session")

    def test_join_denied(self):
        relay = self.start({"access": {"join": {"deny": ["127.0.0.0/30"]}}})
        host = self.host(relay, "127.0.0.2")
        self.assertEqual(self.guest(host, "127.0.0.3").receive_rest(), DENY)
        relay.wait_for_close("join_denied")
        self.link(host, "127.0.0.4")

    def test_session_full(self):
        relay = self.start(links_per_session=2)
        host = self.host(relay)
        links = [self.link(host), self.link(host)]
        self.assertEqual(self.guest(host).receive_rest(), FULL)
        relay.wait_for_close("session_full")
        links[0][0].reset()
        relay.wait_for_use(links=1)
        self.link(host)

    def test_last_seat_goes_to_one_of_two_that_wait(self):
        relay = self.start(links_per_session=1)
        host = self.host(relay)
        first, second = self.guest(host), self.guest(host)
        tickets = [host.next_ticket(), host.next_ticket()]
        host_side = self.kept(host.accept(tickets[0]))
        self.assertEqual(host_side.receive(24), HEADER)
        late = self.kept(host.accept(tickets[1]))
        self.assertEqual(second.receive_rest(), FULL)
        self.assertEqual(late.receive_rest(), FULL)
        relay.wait_for_close("session_full", 2)
        self.assert_link_works(first, host_side)

    def test_waiting_full(self):
        relay = self.start(waiting_joins_per_session=2)
        host = self.host(relay)
        for source in ("127.0.0.2", "127.0.0.3"):
            self.guest(host, source)
            host.next_ticket()
        self.assertEqual(self.guest(host, "127.0.0.4").receive_rest(), FULL)
        relay.wait_for_close("waiting_full")

    def test_address_waiting_full(self):
        relay = self.start(waiting_joins_per_address=2)
        host = self.host(relay)
        for _ in range(2):
            self.guest(host, "127.0.0.2")
            host.next_ticket()
        self.assertEqual(self.guest(host, "127.0.0.2").receive_rest(), FULL)
        relay.wait_for_close("address_waiting_full")
        self.link(host, "127.0.0.3")

    def test_displaced(self):
        relay = self.start(waiting_joins_per_session=2)
        host = self.host(relay)
        silent = [self.guest(host, early=b"") for _ in range(2)]
        for _ in silent:
            host.next_ticket()
        self.guest(host)
        self.assertEqual(silent[0].receive_rest(), FULL)
        relay.wait_for_close("displaced")
        relay.wait_for_use(waiting_joins=2)

    def test_host_did_not_answer(self):
        relay = self.start(join_wait_seconds=1)
        self.assertEqual(self.guest(self.host(relay)).receive_rest(), b"")
        relay.wait_for_close("host_did_not_answer")

    def test_ticket_is_good_for_one_link(self):
        relay = self.start()
        host = self.host(relay)
        guest = self.guest(host)
        ticket = host.next_ticket()
        host_side = self.kept(host.accept(ticket))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assertEqual(self.kept(host.accept(ticket)).receive_rest(), b"")
        relay.wait_for_close("unknown_ticket")
        self.assert_link_works(guest, host_side)


class LinkTest(RelayTest):
    def test_silent_guest(self):
        relay = self.start(greeting_seconds=1)
        host = self.host(relay)
        guest = self.guest(host, early=b"")
        host_side = self.kept(host.admit())
        self.assert_passes(host_side, guest)
        self.assertEqual(host_side.receive_rest(), b"")
        self.assertEqual(guest.receive_rest(), b"")
        relay.wait_for_close("silent_guest")

    def test_idle(self):
        relay = self.start(link_idle_seconds=1)
        guest, host_side = self.link(self.host(relay))
        began = time.monotonic()
        self.assertEqual(host_side.receive_rest(), b"")
        self.assertEqual(guest.receive_rest(), b"")
        self.assertTrue(0.9 < time.monotonic() - began < 4)
        relay.wait_for_close("idle")
        self.assertEqual(relay.use()["sessions"], 1)

    def test_shutdown(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        waiting = self.guest(host)
        host.next_ticket()
        idle = self.peer(relay)
        relay.wait_for_use(greeting=1)
        relay.send_signal(15)
        for peer in (host, guest, host_side, waiting, idle):
            self.assertEqual(peer.receive_rest(), b"")
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)
        words = [line for line in relay.log_text().splitlines() if "reason=shutdown" in line]
        self.assertEqual(len(words), 4, "the session, the link, the waiting and the idle one")


class DoorTest(RelayTest):
    def test_connections_full(self):
        relay = self.start(connections=8, sessions=8)
        kept = [self.peer(relay) for _ in range(8)]
        relay.wait_for_use(connections=8)
        self.assertEqual(self.peer(relay).receive_rest(), FULL)
        relay.wait_for_close("connections_full")
        kept[0].close()
        relay.wait_for_use(connections=7)
        self.host(relay)

    def test_address_connections_full(self):
        relay = self.start(connections_per_address=3)
        kept = [self.peer(relay, "127.0.0.2") for _ in range(3)]
        relay.wait_for_use(connections=3)
        self.assertEqual(self.peer(relay, "127.0.0.2").receive_rest(), FULL)
        relay.wait_for_close("address_connections_full")
        self.host(relay, "127.0.0.3")
        kept[0].close()
        relay.wait_for_use(connections=3)
        self.host(relay, "127.0.0.2")

    def test_arriving_too_fast(self):
        relay = self.start(new_connections_per_second_per_address=2)
        kept = [self.peer(relay, "127.0.0.2") for _ in range(4)]
        self.assertEqual(self.peer(relay, "127.0.0.2").receive_rest(), FULL)
        relay.wait_for_close("arriving_too_fast")
        self.host(relay, "127.0.0.3")
        self.assertTrue(all(not peer.has_data() for peer in kept))

        def comes_in():
            peer = self.peer(relay, "127.0.0.2")
            peer.send(RATS + NO_ID)
            return peer.receive(4) == RATS
        wait_until(comes_in, 10, "the address to be let in again")

    def test_refused_client_reads_the_words_though_it_has_sent_its_own(self):
        """The reply must not be overtaken by a reset for what was never read."""
        relay = self.start(connections=8, sessions=8, connections_per_address=8)
        for _ in range(8):
            self.peer(relay)
        relay.wait_for_use(connections=8)
        for _ in range(20):
            peer = self.peer(relay)
            peer.send(RATS + b"some-session" + HEADER * 500)
            peer.wait_until_acknowledged()
            self.assertEqual(peer.receive_rest(), FULL)


if __name__ == "__main__":
    main()
