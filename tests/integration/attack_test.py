"""Rude clients. Each test would fail with a relay that just does what it is told."""

import resource
import time

from runner import RelayTest, main, noise
from tunnel_client import FULL, HEADER, LIMIT, NO_ID, RATS, Guest, Peer, as_16_bytes
from waiting import keep_true, wait_until

MEGABYTE = 1 << 20
HOST_SLOTS = 8  # guests that a host keeps in mind; it ignores the announcement of one more


class ResetTest(RelayTest):
    def test_a_reset_ends_the_session_whatever_was_said_before(self):
        """Hosts ask without end, take no answer, and reset."""
        relay = self.start()
        hosts = [self.host(relay, f"127.0.4.{at + 1}") for at in range(10)]
        relay.wait_for_use(sessions=10)
        for host in hosts:
            host.fill((b"RATA" + NO_ID) * 65536)
        began = time.monotonic()
        for host in hosts:
            host.reset()
        relay.wait_for_use(sessions=0)
        self.assertLess(time.monotonic() - began, LIMIT)


class SilentJoinTest(RelayTest):
    def silent_guests(self, host, count):
        """From as many addresses, so that no limit of one address helps."""
        return [self.guest(host, f"127.0.3.{at + 1}", early=b"") for at in range(count)]

    def announced(self, host, relay):
        """Tickets the host has been told of by now."""
        relay.barrier()
        tickets = []
        while host.tickets or host.has_data():
            tickets.append(host.next_ticket())
        return tickets

    def test_seven_silent_guests_leave_a_slot(self):
        relay = self.start()
        host = self.host(relay)
        self.silent_guests(host, 7)
        relay.wait_for_use(waiting_joins=7)
        self.assertEqual(len(self.announced(host, relay)), 7)
        guest = self.guest(host)
        host_side = self.kept(host.accept(host.next_ticket()))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)

    def test_any_number_of_silent_guests_leaves_a_slot(self):
        relay = self.start()
        host = self.host(relay)
        self.silent_guests(host, 40)
        relay.wait_for_use(waiting_joins=16)
        silent = self.announced(host, relay)
        self.assertLess(len(silent), HOST_SLOTS)
        guest = self.guest(host)
        ticket = host.next_ticket()
        self.assertNotIn(ticket, silent)
        host_side = self.kept(host.accept(ticket))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)

    def test_silent_guests_that_come_and_go(self):
        """Each leaves a slot taken at the host, which does not look at the moment."""
        relay = self.start()
        host = self.host(relay)
        for at in range(30):
            guest = self.guest(host, f"127.0.3.{at + 1}", early=b"")
            relay.wait_for_use(waiting_joins=1)
            guest.reset()
            relay.wait_for_use(waiting_joins=0)
        silent = self.announced(host, relay)
        self.assertLess(len(silent), HOST_SLOTS)
        guest = self.guest(host)
        host_side = self.kept(host.accept(host.next_ticket()))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)

    def test_host_links_all_the_silent_ones(self):
        patience = 5  # with the silent ones that are not displaced
        relay = self.start(links_per_session=7, greeting_seconds=patience)
        host = self.host(relay)
        silent = self.silent_guests(host, 7)
        for _ in silent:
            self.kept(host.admit())
        relay.wait_for_use(links=7)

        def gets_in():
            guest = self.guest(host, "127.0.0.2")
            wait_until(lambda: host.tickets or host.has_data() or guest.has_data(), 5, "an answer")
            return None if guest.has_data() else guest
        guest = wait_until(gets_in, 5, "a seat to become free")
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)
        for peer in silent:
            peer.wait_for_any_end(patience + LIMIT)

    def test_a_guest_that_spoke_is_never_displaced(self):
        relay = self.start(links_per_session=2, waiting_joins_per_session=2)
        host = self.host(relay)
        link, other = self.link(host), self.link(host)
        keep_true(lambda: relay.use()["links"] == 2, 2.2, "both play, past any grace")
        self.assertEqual(self.guest(host).receive_rest(), FULL)
        self.assert_link_works(*link)
        self.assert_link_works(*other)


class OneAddressTest(RelayTest):
    GREEDY = "127.0.0.66"

    def test_it_takes_all_and_others_still_play(self):
        # Nothing of what the greedy one has ends meanwhile, however slow this machine is.
        relay = self.start(connections=600, new_connections_per_second_per_address=500,
                           greeting_seconds=60, join_wait_seconds=60)
        victim = self.host(relay, "127.0.0.2")
        for _ in range(40):
            self.peer(relay, self.GREEDY).send(RATS + NO_ID)
        relay.wait_for_use(sessions=1 + 16)
        for _ in range(40):
            self.guest(victim, self.GREEDY)
        relay.wait_for_use(waiting_joins=8)
        for _ in range(200):
            self.peer(relay, self.GREEDY)
        wait_until(lambda: relay.closed("address_connections_full") > 50, 10, "its last limit")
        self.assertEqual(relay.use()["connections"], 1 + 128)
        # Whether its own sessions are still there was looked at first.
        wait_until(lambda: relay.closed("address_sessions_full") == 24, 10, "their refusal")
        self.assertEqual(relay.closed("address_waiting_full"), 32)

        host = self.host(relay, "127.0.0.3")
        self.assert_link_works(*self.link(host, "127.0.0.4"))
        guest = self.guest(victim, "127.0.0.5")
        for _ in range(8):  # those of the greedy one came first
            self.kept(victim.admit())
        ticket = victim.next_ticket()
        self.assertEqual(victim.ask(ticket), as_16_bytes("127.0.0.5"))
        host_side = self.kept(victim.accept(ticket))
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(guest, host_side)

    def test_it_hurries(self):
        relay = self.start()
        for _ in range(400):
            Peer(relay, self.GREEDY).close()
        wait_until(lambda: relay.closed("arriving_too_fast") > 0, 10, "it to be slowed down")
        host = self.host(relay, "127.0.0.3")
        self.assert_link_works(*self.link(host, "127.0.0.4"))


class PatienceTest(RelayTest):
    def test_link_on_which_one_end_only_listens(self):
        for speaker in ("guest", "host"):
            with self.subTest(speaker=speaker):
                relay = self.start(link_idle_seconds=1)
                guest, host_side = self.link(self.host(relay))
                source, target = (guest, host_side) if speaker == "guest" else (host_side, guest)

                def flows(relay=relay, source=source, target=target):
                    self.assert_passes(source, target, b"one way")
                    return relay.use()["links"] == 1
                keep_true(flows, 2.2, "the link stays open")

    def test_idle_connections_at_the_door(self):
        relay = self.start(greeting_seconds=1, new_connections_per_second_per_address=500)
        idle = [self.peer(relay, f"127.0.4.{at % 4 + 1}") for at in range(400)]
        relay.wait_for_use(greeting=400)
        host = self.host(relay)
        self.assert_link_works(*self.link(host))
        for peer in idle:
            self.assertEqual(peer.receive_rest(), b"")
        relay.wait_for_use(greeting=0)
        relay.wait_for_close("greeting_timeout", 400)
        # Each address has some lines.
        self.assertLess(relay.log_text().count("reason=greeting_timeout"), 4 * 21)

    def test_greeting_byte_by_byte_gets_no_extra_time(self):
        relay = self.start(greeting_seconds=1)
        peer = self.peer(relay)
        began = time.monotonic()
        try:
            for byte in RATS + b"twelve-bytes":
                peer.send(bytes([byte]))
                wait_until(lambda at=time.monotonic(): time.monotonic() > at + 0.15, 1, "a moment")
        except ConnectionError:
            pass
        peer.wait_for_any_end()
        self.assertLess(time.monotonic() - began, 4)
        relay.wait_for_close("greeting_timeout")


class FloodTest(RelayTest):
    FLOOD = 4000

    def flood(self, relay, said):
        for _ in range(self.FLOOD):
            try:
                peer = Peer(relay, "127.0.0.66")
                peer.send(said)
                peer.close()
            except ConnectionError:
                pass

    def check(self, relay, said):
        guest, host_side = self.link(self.host(relay))
        began, before = time.monotonic(), relay.cpu_seconds()
        relay.forget_peak()
        resident = relay.resident_bytes()
        self.flood(relay, said)
        wait_until(lambda: relay.status()["totals"]["connections"] == 3 + self.FLOOD, 20,
                   "the whole flood to be seen")
        took = time.monotonic() - began
        self.assert_link_works(guest, host_side)
        self.assert_spent_less(relay, before, 0.0005 * self.FLOOD)
        self.assert_grew_less(relay, resident, 8 * MEGABYTE)
        lines = len(relay.log_text().splitlines())
        kinds = sum(1 for count in relay.status()["totals"]["close_reasons"].values() if count)
        self.assertLess(lines, 20 * (took / 10 + 2) * kinds + 20)
        self.assertLess(lines, self.FLOOD / 10)
        relay.wait_for_use(connections=3)

    def test_refused_at_the_door(self):
        self.check(self.start(), b"")

    def test_refused_for_what_they_say(self):
        relay = self.start(new_connections_per_second_per_address=100000)
        self.check(relay, b"GET / HTTP/1.1\r\n\r\n")

    def test_refused_and_never_hanging_up(self):
        """Those that do not close after their goodbye must not cost files."""
        relay = self.start(connections_per_address=4)
        guest, host_side = self.link(self.host(relay))
        for at in range(900):
            self.peer(relay, f"127.0.5.{at % 9 + 1}")
        wait_until(lambda: relay.status()["totals"]["connections"] == 903, 10, "all to be seen")
        self.assertLess(relay.open_files(), 400)
        self.assert_link_works(guest, host_side)
        wait_until(lambda: relay.open_files() < 100, 10, "their files to be freed")

    def test_suppressed_lines_are_told_of(self):
        relay = self.start(new_connections_per_second_per_address=100000)
        for _ in range(100):
            peer = self.peer(relay)
            peer.send(b"POKE")
            peer.receive_rest()
        self.assertEqual(relay.log_text().count("reason=probe"), 20)
        self.assertEqual(relay.closed("probe"), 100)


class FilesTest(RelayTest):
    def test_more_connections_wanted_than_files_allowed(self):
        relay = self.start(files=400)
        relay.wait_for_log(r"connections_lowered [^\n]*400 \(ulimit")
        most = relay.status()["limits"]["connections"]
        self.assertTrue(16 <= most < 400)
        guest, host_side = self.link(self.host(relay))
        for at in range(500):
            self.peer(relay, f"127.0.6.{at % 20 + 1}")
        wait_until(lambda: relay.status()["totals"]["connections"] == 503, 10, "all to be seen")
        self.assertLess(relay.open_files(), 400)
        self.assert_link_works(guest, host_side)
        self.assertNotIn("accept_paused", relay.log_text())

    def test_no_files_left_pauses_accepting(self):
        """The limit is taken away from outside: what no arithmetic at start can foresee."""
        relay = self.start(new_connections_per_second_per_address=1000)
        host = self.host(relay)
        guest, host_side = self.link(host)
        relay.barrier()
        process = relay.process.pid
        wanted = resource.prlimit(process, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (relay.open_files(), wanted[1]))
        newcomers = [Guest(relay) for _ in range(50)]
        for newcomer in newcomers:
            self.kept(newcomer).send(RATS + host.session + HEADER)
        relay.wait_for_log("accept_paused [^\n]*Too many open files")
        spent, switches = relay.cpu_seconds(), relay.context_switches()
        keep_true(lambda: self.assert_link_works(guest, host_side) is None, 2, "the link flows")
        self.assert_spent_less(relay, spent, 0.3)
        self.assertLess(relay.context_switches() - switches, 600)
        self.assertEqual(relay.log_text().count("accept_paused"), 1)
        resource.prlimit(process, resource.RLIMIT_NOFILE, wanted)
        relay.wait_for_use(waiting_joins=8)
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(24), HEADER)
        self.assert_link_works(*self.link(self.host(relay, "127.0.0.2"), "127.0.0.2"))


class SlowReaderTest(RelayTest):
    def test_memory_stays_within_the_limit(self):
        kept, links = 65536, 8
        relay = self.start(buffered_bytes_per_connection=kept)
        host = self.host(relay)
        ends = [self.link(host, receive_buffer=4096) for _ in range(links)]
        relay.forget_peak()
        before = relay.resident_bytes()
        data = noise(12 * MEGABYTE, 1)
        for _, host_side in ends:
            self.assertLess(host_side.fill(data), len(data))
        for link in relay.links():
            self.assertLessEqual(link["guest"]["kept_bytes"], kept)
            self.assertGreater(link["guest"]["kept_bytes"], 0)
        self.assert_grew_less(relay, before, links * 2 * kept + 4 * MEGABYTE)
        spent = relay.cpu_seconds()
        keep_true(relay.is_running, 1, "the relay waits")
        self.assert_spent_less(relay, spent, 0.1)

    def test_early_bytes_stay_within_the_limit(self):
        relay = self.start(buffered_bytes_per_connection=65536)
        host = self.host(relay)
        relay.forget_peak()
        before = relay.resident_bytes()
        data = noise(12 * MEGABYTE, 2)
        for _ in range(6):
            self.assertLess(self.guest(host, early=b"").fill(data), len(data))
        self.assert_grew_less(relay, before, 6 * 65536 * 2 + 4 * MEGABYTE)


if __name__ == "__main__":
    main()
