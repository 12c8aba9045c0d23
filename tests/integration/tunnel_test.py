"""The tunnel protocol through the real process: sessions, guests, addresses, pings, early bytes."""

import base64
import time

from runner import RelayTest, main, noise
from tunnel_client import (HEADER, NO_ID, RATA, RATL, RATP, RATS, Guest, Host, as_16_bytes)
from waiting import keep_true, wait_until


class SessionTest(RelayTest):
    def test_new_session_is_answered_and_shown(self):
        relay = self.start()
        host = self.host(relay)
        session, = relay.status()["sessions"]
        text = base64.b64encode(host.session).decode()
        self.assertEqual(session["id"], text)
        self.assertEqual(session["join_text"], f"relay.test|{relay.address[1]}|{text}")
        self.assertEqual(session["host"]["address"], host.name())
        line = relay.wait_for_log(r"session_opened [^\n]*")
        self.assertIn(f"session={text} ", line)
        self.assertIn(f"join_text=relay.test|{relay.address[1]}|{text}", line)
        other = self.host(relay)
        self.assertNotEqual(other.session, host.session)

    def test_ping_is_sent_and_its_answer_timed(self):
        relay = self.start(host_ping_seconds=1)
        host = self.host(relay)
        self.assertEqual(host.receive(4), RATP)
        wait_until(lambda: relay.status()["sessions"][0]["host"]["unanswered_seconds"] > 0.1, 5,
                   "the time without an answer in /status")
        host.send(RATP)
        answered = wait_until(lambda: relay.status()["sessions"][0]["host"], 5, "an answer")
        self.assertIsNone(answered["unanswered_seconds"])
        self.assertGreaterEqual(answered["ping_ms"], 100)
        self.assertEqual(host.receive(4), RATP, "the next ping follows")

    def test_pong_nobody_asked_for_is_harmless(self):
        relay = self.start(host_ping_seconds=0)
        host = self.host(relay)
        host.send(RATP * 3)
        self.assertEqual(host.ask(NO_ID), as_16_bytes("127.0.0.1"))
        self.link(host)

    def test_paused_host_survives(self):
        relay = self.start(host_ping_seconds=1, join_wait_seconds=30)
        host = self.host(relay)
        guest = self.guest(host)

        def open_still():
            self.assertEqual(relay.use()["sessions"], 1)
            return relay.status()["sessions"][0]["host"]["unanswered_seconds"] or 0
        wait_until(lambda: open_still() > 2.5, 10, "a ping without answer for 2.5 s")
        ticket = host.next_ticket()
        # One ping is open at a time: a host that was paused for long is not flooded.
        self.assertEqual(host.receive(4), RATP)
        self.assertFalse(host.has_data())
        host_side = self.kept(host.accept(ticket))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)


class AddressTest(RelayTest):
    def test_waiting_linked_departed_unknown_and_zero(self):
        relay = self.start()
        host = self.host(relay, "127.0.0.9")
        linked = self.guest(host, "127.0.0.2")
        linked_ticket = host.next_ticket()
        self.assertEqual(host.ask(linked_ticket), as_16_bytes("127.0.0.2"))
        host_side = self.kept(host.accept(linked_ticket))
        self.assertEqual(host_side.receive(24), HEADER)
        self.guest(host, "127.0.0.3")
        waiting_ticket = host.next_ticket()
        departed = self.guest(host, "127.0.0.4")
        departed_ticket = host.next_ticket()
        departed.close()
        relay.wait_for_close("left_while_waiting")
        unknown_ticket = bytes(range(1, 13))
        expected = [(linked_ticket, "127.0.0.2"), (waiting_ticket, "127.0.0.3"),
                    (departed_ticket, "127.0.0.4"), (unknown_ticket, "::"), (NO_ID, "127.0.0.9")]
        for ticket, address in expected:
            self.assertEqual(host.ask(ticket), as_16_bytes(address))
        # All at once: each is answered exactly once, in order, with the id it asked for.
        host.send(b"".join(RATA + ticket for ticket, _ in expected) + RATA + NO_ID)
        answers = b"".join(RATA + ticket + as_16_bytes(address) for ticket, address in expected)
        last = RATA + NO_ID + as_16_bytes("127.0.0.9")
        self.assertEqual(host.receive(len(answers) + len(last)), answers + last)
        relay.barrier()
        self.assertFalse(host.has_data())
        self.assert_link_works(linked, host_side)

    def test_ticket_of_another_session_tells_nothing(self):
        relay = self.start()
        host, other = self.host(relay), self.host(relay)
        self.guest(host, "127.0.0.2")
        ticket = host.next_ticket()
        self.assertEqual(other.ask(ticket), as_16_bytes("::"))
        self.assertEqual(host.ask(ticket), as_16_bytes("127.0.0.2"))


class FragmentationTest(RelayTest):
    def test_byte_by_byte(self):
        relay = self.start()
        host = self.kept(Host(relay))
        host.send_bytewise(RATS + NO_ID)
        host.session = host.receive(16)[4:]
        guest = self.peer(relay)
        guest.send_bytewise(RATS + host.session + HEADER)
        ticket = host.next_ticket()
        host.send_bytewise(RATP + RATA + ticket + RATP)
        self.assertEqual(host.receive(32), RATA + ticket + as_16_bytes("127.0.0.1"))
        host_side = self.peer(relay)
        host_side.send_bytewise(RATL + ticket + b"early host bytes")
        self.assertEqual(host_side.receive(24), HEADER)
        self.assertEqual(guest.receive(16), b"early host bytes")
        guest.send_bytewise(b"one by one")
        self.assertEqual(host_side.receive(10), b"one by one")
        self.assert_link_works(guest, host_side)

    def test_every_split_of_a_greeting(self):
        relay = self.start(waiting_joins_per_address=64, waiting_joins_per_session=64,
                           links_per_address=31, new_connections_per_second_per_address=1000)
        host = self.host(relay)
        for at in range(1, 24):
            guest = self.peer(relay)
            whole = RATS + host.session + HEADER
            guest.send(whole[:at])
            guest.wait_until_acknowledged()
            relay.barrier()
            guest.send(whole[at:])
            host_side = self.kept(host.admit())
            self.assertEqual(host_side.receive(24), HEADER, f"split at {at}")

    def test_all_in_one_segment(self):
        relay = self.start()
        host = self.host(relay)
        guests = [self.guest(host, early=HEADER + bytes([at])) for at in range(3)]
        tickets = [host.next_ticket() for _ in guests]
        host.send(RATP + b"".join(RATA + ticket for ticket in tickets) + RATP)
        replies = host.receive(3 * 32)
        here = as_16_bytes("127.0.0.1")
        self.assertEqual(replies, b"".join(RATA + ticket + here for ticket in tickets))
        # Workers tell the host of its guests in any order.
        said = [self.kept(host.accept(ticket, early=b"hello at once")).receive(25)
                for ticket in tickets]
        self.assertEqual(sorted(said), [HEADER + bytes([at]) for at in range(3)])
        for guest in guests:
            self.assertEqual(guest.receive(13), b"hello at once")


class EarlyBytesTest(RelayTest):
    def linked_with(self, early, later=b"", host_early=b""):
        """What the host's end receives of a guest that said `early` before it was linked."""
        relay = self.start()
        host = self.host(relay)
        guest = self.kept(Guest(relay))
        guest.send(RATS + host.session)
        guest.fill(early)
        ticket = host.next_ticket()
        wait_until(lambda: relay.use()["waiting_joins"] == 1, 5, "the guest to wait")
        host_side = self.kept(host.accept(ticket))
        host_side.fill(host_early)
        got = host_side.receive(len(early))
        self.assertTrue(got == early, "the early bytes come first, whole and in order")
        self.assertTrue(guest.receive(len(host_early)) == host_early)
        self.assert_passes(guest, host_side, later or b"later")
        self.assert_passes(host_side, guest)

    def test_header(self):
        self.linked_with(HEADER)

    def test_nothing(self):
        self.linked_with(b"")

    def test_300_kilobytes(self):
        self.linked_with(noise(300_000, 1))

    def test_exactly_what_is_kept(self):
        self.linked_with(noise(32768, 2))

    def test_host_speaks_behind_its_accept(self):
        self.linked_with(HEADER, host_early=HEADER)
        self.linked_with(noise(100_000, 3), host_early=noise(300_000, 4))

    def test_early_bytes_in_one_segment_with_the_accept(self):
        relay = self.start()
        host = self.host(relay)
        guest = self.guest(host, early=b"")
        early = noise(50_000, 5)
        host_side = self.kept(host.accept(host.next_ticket(), early=early))
        self.assertTrue(guest.receive(len(early)) == early)
        self.assert_link_works(guest, host_side)

    def test_limit_raised_while_a_guest_waits(self):
        """What did not fit while the smaller limit held still has to come."""
        relay = self.start(buffered_bytes_per_connection=4096)
        host = self.host(relay)
        early = noise(60_000, 6)
        guest = self.guest(host, early=early)
        ticket = host.next_ticket()
        guest.wait_until_acknowledged()
        relay.barrier()
        self.assertIn("reloaded", relay.change(limits={"buffered_bytes_per_connection": 32768}))
        host_side = self.kept(host.accept(ticket))
        self.assertTrue(host_side.receive(len(early), limit=5) == early)


class WaitingTest(RelayTest):
    def check_departure(self, leave):
        relay = self.start()
        host = self.host(relay)
        guest = self.guest(host, "127.0.0.5")
        ticket = host.next_ticket()
        relay.wait_for_use(waiting_joins=1)
        leave(guest)
        relay.wait_for_close("left_while_waiting")
        relay.wait_for_use(waiting_joins=0)
        self.assertEqual(host.ask(ticket), as_16_bytes("127.0.0.5"))
        host_side = self.kept(host.accept(ticket))
        self.assertEqual(host_side.receive_rest(), b"")
        relay.wait_for_close("guest_gone")
        self.link(host)

    def test_guest_that_closes_is_noticed(self):
        self.check_departure(lambda guest: guest.close())

    def test_guest_that_resets_is_noticed(self):
        self.check_departure(lambda guest: guest.reset())

    def test_guest_with_much_to_say_that_resets_is_noticed(self):
        """It has said more than is kept, so it is not read any more; yet it is gone."""
        relay = self.start(join_wait_seconds=30)
        host = self.host(relay)
        guest = self.guest(host, early=noise(300_000, 7))
        host.next_ticket()
        relay.barrier()
        guest.reset()
        relay.wait_for_use(waiting_joins=0, limit=4)
        relay.wait_for_close("left_while_waiting")

    def test_waiting_ends_near_its_limit(self):
        relay = self.start(join_wait_seconds=2)
        host = self.host(relay)
        began = time.monotonic()
        guest = self.guest(host)
        self.assertEqual(guest.receive_rest(), b"")
        self.assertTrue(1.9 < time.monotonic() - began < 4)
        relay.wait_for_close("host_did_not_answer")
        host_side = self.kept(host.accept(host.next_ticket()))
        self.assertEqual(host_side.receive_rest(), b"")
        relay.wait_for_close("guest_gone")

    def test_host_control_gone(self):
        for leave in (Host.close, Host.reset, Host.finish):
            with self.subTest(leave=leave.__name__):
                relay = self.start()
                host = self.host(relay)
                linked, host_side = self.link(host)
                waiting = self.guest(host)
                host.next_ticket()
                leave(host)
                self.assertEqual(waiting.receive_rest(), b"")
                relay.wait_for_close("host_left")
                relay.wait_for_close("session_ended")
                keep_true(lambda r=relay: r.use()["links"] == 1, 0.5, "the link stays")
                self.assertEqual(relay.status()["sessions"][0]["state"], "ending")
                self.assert_link_works(linked, host_side)
                late = self.guest(host)
                self.assertEqual(late.receive_rest(), b"")
                relay.wait_for_close("expired_session")


if __name__ == "__main__":
    main()
