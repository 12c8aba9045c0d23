"""What a link carries: every byte, in order, also when an end is slow, finishes or is reset."""

import select
import threading
import time

from runner import RelayTest, main, noise
from waiting import keep_true, wait_until

MEGABYTE = 1 << 20


def send_in_background(test, peer, data):
    """Errors show as missing bytes at the other end."""
    def run():
        try:
            peer.send(data, limit=60)
        except OSError:
            pass
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    test.addCleanup(thread.join, 5)
    return thread


class TransferTest(RelayTest):
    def test_megabytes_both_ways(self):
        host = self.host(self.start())
        guest, host_side = self.link(host)
        up, down = noise(8 * MEGABYTE, 1), noise(8 * MEGABYTE, 2)
        send_in_background(self, guest, up)
        send_in_background(self, host_side, down)
        received = {}
        reader = threading.Thread(
            target=lambda: received.update(down=guest.receive(len(down), limit=60)))
        reader.start()
        received["up"] = host_side.receive(len(up), limit=60)
        reader.join()
        self.assertTrue(received["up"] == up)
        self.assertTrue(received["down"] == down)

    def test_slow_reader_slows_nobody_else(self):
        relay = self.start()
        host = self.host(relay)
        slow_guest, slow_side = self.link(host, receive_buffer=4096)
        fast_guest, fast_side = self.link(host)
        data = noise(12 * MEGABYTE, 3)
        send_in_background(self, slow_side, data)
        wait_until(lambda: any(link["guest"]["kept_bytes"] for link in relay.links()), 20,
                   "the slow guest to be behind")
        longest = 0.0
        for _ in range(300):
            began = time.monotonic()
            self.assert_passes(fast_guest, fast_side, b"x" * 20)
            self.assert_passes(fast_side, fast_guest, b"y" * 20)
            longest = max(longest, time.monotonic() - began)
        self.assertLess(longest, 0.5)
        # The slow one is slow in one direction only.
        self.assert_passes(slow_guest, slow_side)
        self.assertTrue(slow_guest.receive(len(data), limit=60) == data)

    def test_both_ends_stop_reading_for_a_while(self):
        host = self.host(self.start())
        guest, host_side = self.link(host)
        up, down = noise(24 * MEGABYTE, 4), noise(24 * MEGABYTE, 5)
        sent_up, sent_down = guest.fill(up), host_side.fill(down)
        self.assertLess(sent_up, len(up))
        self.assertLess(sent_down, len(down))
        self.assertTrue(host_side.receive(sent_up, limit=30) == up[:sent_up])
        self.assertTrue(guest.receive(sent_down, limit=30) == down[:sent_down])
        self.assert_link_works(guest, host_side)

    def test_many_small_messages_keep_their_order(self):
        host = self.host(self.start())
        guest, host_side = self.link(host)
        messages = [number.to_bytes(20, "big") for number in range(3000)]
        for message in messages:
            guest.send(message)
            host_side.send(message)
        self.assertTrue(host_side.receive(60000) == b"".join(messages))
        self.assertTrue(guest.receive(60000) == b"".join(messages))


class HalfCloseTest(RelayTest):
    def check(self, way):
        relay = self.start()
        host = self.host(relay)
        ends = self.link(host)
        first, second = ends if way == "guest first" else reversed(ends)
        data = noise(5 * MEGABYTE, 6)
        sender = send_in_background(self, first, data)
        self.assertTrue(second.receive(len(data), limit=30) == data)
        sender.join()
        first.finish()
        self.assertEqual(second.receive_rest(), b"")
        keep_true(lambda: relay.use()["links"] == 1, 0.3, "half a link is left")
        self.assert_passes(second, first, data[:MEGABYTE // 8])
        second.finish()
        self.assertEqual(first.receive_rest(), b"")
        relay.wait_for_use(links=0)
        relay.wait_for_close("guest_left" if way == "guest first" else "host_dropped_guest")

    def test_guest_finishes_first(self):
        self.check("guest first")

    def test_host_finishes_first(self):
        self.check("host first")

    def test_end_comes_behind_what_is_kept_for_a_slow_reader(self):
        host = self.host(self.start())
        guest, host_side = self.link(host)
        data = noise(24 * MEGABYTE, 7)
        sent = guest.fill(data)
        guest.finish()
        self.assert_passes(host_side, guest)
        self.assertTrue(host_side.receive_rest(limit=30) == data[:sent])

    def test_half_a_link_ends_when_nothing_more_is_said(self):
        relay = self.start(half_closed_seconds=1)
        host = self.host(relay)
        guest, host_side = self.link(host)
        guest.finish()
        self.assertEqual(host_side.receive_rest(), b"")
        relay.wait_for_close("idle")
        self.assertEqual(guest.receive_rest(), b"")

    def test_half_a_link_lives_while_something_is_said(self):
        relay = self.start(half_closed_seconds=1)
        host = self.host(relay)
        guest, host_side = self.link(host)
        guest.finish()

        def goes_on():
            self.assert_passes(host_side, guest)
            return relay.use()["links"] == 1
        keep_true(goes_on, 2.5, "the other half goes on")


class ResetTest(RelayTest):
    def test_bytes_before_a_reset_arrive(self):
        for way in ("guest resets", "host resets"):
            with self.subTest(way=way):
                relay = self.start()
                ends = self.link(self.host(relay))
                first, second = ends if way == "guest resets" else reversed(ends)
                data = noise(200_000, 8)
                first.send(data)
                first.wait_until_acknowledged()
                first.reset()
                self.assertTrue(second.receive_rest() == data)
                relay.wait_for_use(links=0)
                relay.wait_for_close(
                    "guest_left" if way == "guest resets" else "host_dropped_guest")

    def test_bytes_before_a_reset_arrive_while_the_other_end_talks(self):
        """As when a player quits in the middle of a game: both send 60 times a second."""
        relay = self.start(new_connections_per_second_per_address=1000)
        host = self.host(relay)
        lost = 0
        for turn in range(100):
            guest, host_side = self.link(host)
            data = noise(500, turn)
            for _ in range(3):
                host_side.send(b"frame" * 4)
            guest.send(data)
            guest.wait_until_acknowledged()
            host_side.send(b"frame" * 4)
            guest.reset()
            host_side.send(b"frame" * 4)
            lost += host_side.receive_rest() != data
        self.assertEqual(lost, 0, "times out of 100 that a player's last bytes were lost")

    def test_bytes_before_a_reset_arrive_at_a_slow_reader(self):
        """The slow end even says something meanwhile, which cannot be delivered any more."""
        for talks in (False, True):
            with self.subTest(talks=talks):
                relay = self.start()
                guest, host_side = self.link(self.host(relay))
                sent = guest.fill(noise(24 * MEGABYTE, 9))
                wait_until(lambda r=relay: r.links()[0]["host"]["kept_bytes"] > 0, 5, "a stall")
                arrived = sent - guest.unacknowledged()
                guest.reset()
                relay.barrier()
                if talks:
                    host_side.send(b"are you still there?")
                    host_side.wait_until_acknowledged()
                    relay.barrier()
                got = host_side.receive_rest(limit=30)
                self.assertGreaterEqual(len(got), arrived, "all that had reached the relay")

    def test_a_reader_slower_than_the_close_gets_everything(self):
        """Reading only begins 3 s after the other end is gone."""
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        data = noise(24 * MEGABYTE, 10)
        sent = guest.fill(data)
        arrived = sent - guest.unacknowledged()
        guest.reset()
        keep_true(relay.is_running, 3, "the relay runs")  # longer than a closed connection lingers
        self.assertGreaterEqual(len(host_side.receive_rest(limit=30)), arrived)

    def test_reset_closes_both_ends_at_once(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        host_side.reset()
        began = time.monotonic()
        guest.wait_for_any_end()
        self.assertLess(time.monotonic() - began, 1)
        relay.wait_for_close("host_dropped_guest")
        self.link(host)

    def test_closing_with_unread_input_closes_the_other_end(self):
        """How the emulator quits: the kernel makes it a reset."""
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        host_side.send(b"never read")
        wait_until(guest.has_data, 5, "unread input")
        guest.close()
        host_side.wait_for_any_end(2)
        relay.wait_for_close("guest_left")


class LinkFateTest(RelayTest):
    def test_links_outlive_the_host_control_connection(self):
        relay = self.start(half_closed_seconds=1)
        host = self.host(relay)
        guest, host_side = self.link(host)
        host.reset()
        relay.wait_for_close("host_left")

        def plays():
            self.assert_link_works(guest, host_side)
            return relay.use()["links"] == 1
        keep_true(plays, 2.5, "the game goes on")
        # Silent now: it ends, as nobody can come back to it.
        self.assertEqual(guest.receive_rest(), b"")
        self.assertEqual(host_side.receive_rest(), b"")
        relay.wait_for_close("session_ended")
        self.assertEqual(relay.status()["sessions"], [])

    def test_one_guest_leaving_does_not_touch_the_others(self):
        relay = self.start()
        host = self.host(relay)
        links = [self.link(host) for _ in range(5)]
        links[2][0].reset()
        links[4][1].reset()
        relay.wait_for_use(links=3)
        for at in (0, 1, 3):
            self.assert_link_works(*links[at])
        self.assertFalse(select.select([host.socket], [], [], 0)[0])


if __name__ == "__main__":
    main()
