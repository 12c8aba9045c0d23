"""What the relay tells a service manager, heard by one of our own."""

import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

from support import main
from notify_receiver import Receiver
from netplay_client import Client, together
from runner import RelayTest
from tunnel_client import FULL, NO_ID, RATS, Host
from waiting import keep_true, wait_until
from watched_relay import WatchedRelay

WATCHDOG_SECONDS = 0.4
SLOWLY = 20  # seconds, for what comes with the next beat


class NotifyTest(RelayTest):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def relay(self, config=None, environment=None, **options):
        told = {"NOTIFY_SOCKET": self.receiver.path, **(environment or {})}
        relay = WatchedRelay(config, told, **options)
        self.addCleanup(relay.end)
        return relay

    def started(self, config=None, environment=None, **options):
        relay = self.relay(config, environment, **options).start()
        self.receiver.wait_for("READY")
        return relay


class ReadyTest(NotifyTest):
    def test_ready_when_it_listens(self):
        relay = self.relay({"listen": ["127.0.0.1:0", "[::1]:0"]})
        relay.spawn()
        ready = self.receiver.wait_for("READY")
        at_once = relay.listening()  # before anything else: nothing is waited for here
        self.assertEqual({host for host, _ in at_once}, {"127.0.0.1", "::1"})
        for host in ("127.0.0.1", "::1"):
            for _, port in [one for one in at_once if one[0] == host]:
                socket.create_connection((host, port), timeout=5).close()
        self.assertEqual(ready.fields["READY"], "1")
        self.assertEqual(self.receiver.count("READY"), 1)
        self.assertNotIn("STOPPING", ready.fields)

    def test_not_ready_when_it_cannot_listen(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            relay = self.relay({"listen": ["127.0.0.1:0", f"127.0.0.1:{port}"]})
            relay.spawn()
            self.assertEqual(relay.wait_for_end(), 1)
        self.assertEqual(self.receiver.count("READY"), 0)

    def test_not_ready_with_a_faulty_configuration(self):
        relay = self.relay({"listen": "nowhere"})
        relay.spawn()
        self.assertEqual(relay.wait_for_end(), 2)
        self.assertEqual(self.receiver.hear(), [])

    def test_nobody_asked(self):
        relay = WatchedRelay()
        self.addCleanup(relay.end)
        relay.start()
        self.assertEqual(relay.stop(), 0)

    def test_a_receiver_that_is_gone_harms_nothing(self):
        relay = self.started()
        self.receiver.close()
        link = self.link(self.host(relay))
        relay.change(limits={"sessions": 3})
        self.assert_link_works(*link)
        relay.process.send_signal(signal.SIGTERM)
        for peer in link:
            peer.receive_rest()
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)


class StatusTest(NotifyTest):
    def test_counts_sessions_and_links(self):
        relay = self.started()
        self.receiver.wait_for_status("0 sessions, 0 links, 0 rooms with 0 members")
        host = self.host(relay)
        self.receiver.wait_for_status("1 session, 0 links", limit=SLOWLY)
        links = [self.link(host), self.link(host)]
        second = self.host(relay)
        self.receiver.wait_for_status("2 sessions, 2 links", limit=SLOWLY)
        for peer in (*links[0], second):
            peer.close()
        self.receiver.wait_for_status("1 session, 1 link,", limit=SLOWLY)
        host.close()
        self.receiver.wait_for_status("0 sessions, 1 link,", limit=SLOWLY)

    def test_counts_rooms_and_members(self):
        relay = self.started()
        players = [self.kept(Client(relay, nick)) for nick in ("ann", "bob")]
        together(players, lambda: all(one.number is not None for one in players), "a room of two")
        wait_until(lambda: "1 room with 2 members" in self.receiver.status(), SLOWLY,
                   f"the room in {self.receiver.status()}", lambda: [one.pump() for one in players])

    def test_is_not_repeated_when_nothing_changes(self):
        relay = self.started(environment={"WATCHDOG_USEC": int(WATCHDOG_SECONDS * 1e6)})
        said = self.receiver.count("STATUS")
        self.receiver.wait_for("WATCHDOG", count=self.receiver.count("WATCHDOG") + 5)
        self.assertEqual(self.receiver.count("STATUS"), said)
        self.assertTrue(relay.is_running())


class WatchdogTest(NotifyTest):
    def watched(self, **environment):
        interval = {"WATCHDOG_USEC": int(WATCHDOG_SECONDS * 1e6)}
        return self.started(environment={**interval, **environment})

    def more_beats(self, count):
        """How long that many more took."""
        heard = self.receiver.count("WATCHDOG")
        self.receiver.wait_for("WATCHDOG", count=heard + count)
        beats = self.receiver.having("WATCHDOG")
        return beats[heard + count - 1].time - beats[heard].time

    def test_at_half_of_what_is_asked(self):
        self.watched()
        for _ in range(3):  # the machine may be busy with something else meanwhile
            taken = self.more_beats(11) / 10
            self.assertGreater(taken, WATCHDOG_SECONDS / 4, "far more often than asked")
            if taken < WATCHDOG_SECONDS * 3 / 4:
                return
        self.fail(f"{taken} s between two, asked for were {WATCHDOG_SECONDS}")

    def test_out_of_the_loop_under_load(self):
        relay = self.watched()
        guest, host_side = self.link(self.host(relay))
        before = self.receiver.count("WATCHDOG")
        data = bytes(1 << 16)

        def passed_on():
            self.assert_passes(guest, host_side, data)
            return self.receiver.count("WATCHDOG") >= before + 5
        wait_until(passed_on, 20, "five beats while it has work without pause", lambda: None)

    def test_where_no_file_can_be_opened_any_more(self):
        """A full relay is alive: it must not be killed for being full."""
        relay = self.watched()
        open_now = relay.open_files()
        resource.prlimit(relay.process.pid, resource.RLIMIT_NOFILE, (open_now, open_now))
        peer = socket.create_connection(relay.address, timeout=5)
        self.addCleanup(peer.close)
        relay.wait_for_log("accept_paused")
        self.more_beats(5)

    def test_not_while_it_stands_still(self):
        relay = self.watched()
        self.more_beats(2)
        relay.send_signal(signal.SIGSTOP)
        wait_until(lambda: "T" in relay.proc("stat").rsplit(") ", 1)[1][:1], 5, "it to stand")
        heard = self.receiver.count("WATCHDOG")
        keep_true(lambda: self.receiver.count("WATCHDOG") == heard, WATCHDOG_SECONDS * 3, "silence")
        relay.send_signal(signal.SIGCONT)
        self.more_beats(2)

    def test_not_if_nobody_asks(self):
        relay = self.started()
        self.host(relay)
        self.receiver.wait_for_status("1 session", limit=SLOWLY)
        self.assertEqual(self.receiver.count("WATCHDOG"), 0)

    def test_not_if_another_process_is_asked(self):
        relay = self.watched(WATCHDOG_PID=1)
        self.host(relay)
        self.receiver.wait_for_status("1 session", limit=SLOWLY)
        self.assertEqual(self.receiver.count("WATCHDOG"), 0)


class DeafTest(NotifyTest):
    """A service manager that does not read: the games must not wait for it."""

    def test_nobody_waits(self):
        self.receiver.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(full.close)
        full.setblocking(False)
        full.connect(str(self.receiver.path))
        with self.assertRaises(BlockingIOError):
            for _ in range(10000):
                full.send(b"X=1")
        relay = self.relay(environment={"WATCHDOG_USEC": 200000})
        relay.start()
        guest, host_side = self.link(self.host(relay))
        relay.send_signal(signal.SIGHUP)
        relay.wait_for_log(" reloaded ")
        self.assert_link_works(guest, host_side)
        self.receiver.hear()  # from here on it reads again, and is told what it has missed
        self.receiver.wait_for("READY", limit=SLOWLY)
        self.receiver.wait_for("WATCHDOG", limit=SLOWLY)
        self.assertEqual(relay.stop(), 0)


class ReloadTest(NotifyTest):
    def reload(self, relay, **keys):
        """The messages that it caused, RELOADING first."""
        before = len(self.receiver.hear())
        relay.change(**keys)
        self.receiver.wait_for("READY", count=self.receiver.count("RELOADING") + 1)
        return [message.fields for message in self.receiver.hear()[before:]]

    def check(self, said):
        self.assertEqual(said[0]["RELOADING"], "1")
        age = time.monotonic() - int(said[0]["MONOTONIC_USEC"]) / 1e6
        self.assertTrue(0 <= age < 60, f"{age} s ago by CLOCK_MONOTONIC")
        self.assertNotIn("READY", said[0])
        self.assertEqual([fields["READY"] for fields in said[1:] if "READY" in fields], ["1"])
        self.assertFalse([fields for fields in said if "STOPPING" in fields])

    def test_good_file(self):
        relay = self.started()
        self.check(self.reload(relay, limits={"sessions": 7}))
        self.assertEqual(relay.status()["limits"]["sessions"], 7)
        self.assertNotIn("refused", self.receiver.status())

    def test_faulty_file_is_told_until_a_good_one_comes(self):
        relay = self.started()
        said = self.reload(relay, limits={"sessions": "many"})
        self.check(said)
        self.assertIn("limits.sessions", self.receiver.status())
        self.check(self.reload(relay, limits={"sessions": 7}))
        self.assertNotIn("limits.sessions", self.receiver.status())


    def test_a_faulty_file_says_nothing_in_the_relays_name(self):
        relay = self.started()
        relay.change(**{"no key\nMAINPID=1": 1})
        self.receiver.wait_for_status("refused")
        self.assertEqual(self.receiver.count("MAINPID"), 0)


class StopTest(NotifyTest):
    def test_stopping(self):
        relay = self.started()
        link = self.link(self.host(relay))
        self.assertEqual(self.receiver.count("STOPPING"), 0)
        relay.send_signal(signal.SIGTERM)
        stopping = self.receiver.wait_for("STOPPING")
        self.assertEqual(stopping.fields["STOPPING"], "1")
        self.receiver.wait_for_status("stopping")
        for peer in link:
            peer.receive_rest()
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertEqual(self.receiver.count("EXTEND_TIMEOUT_USEC"), 0)
        self.assertEqual(self.receiver.count("READY"), 1)


class DrainTest(NotifyTest):
    def test_more_time_as_long_as_a_session_is_open(self):
        relay = self.started(environment={"WATCHDOG_USEC": int(WATCHDOG_SECONDS * 1e6)})
        host = self.host(relay)
        link = self.link(host)
        relay.send_signal(signal.SIGUSR1)
        stopping = self.receiver.wait_for("STOPPING")
        self.receiver.wait_for_status("draining, 1 session, 1 link")
        for _ in range(3):
            before = self.receiver.count("EXTEND_TIMEOUT_USEC")
            beats = self.receiver.count("WATCHDOG")
            said = self.receiver.wait_for("EXTEND_TIMEOUT_USEC", count=before + 2)
            self.receiver.wait_for("WATCHDOG", count=beats + 2)
            asked = int(said.fields["EXTEND_TIMEOUT_USEC"]) / 1e6
            pause = said.time - self.receiver.having("EXTEND_TIMEOUT_USEC")[-2].time
            self.assertGreater(asked, 2 * pause, "asks again well before the time is over")
        self.assertTrue(relay.is_running())
        self.assert_link_works(*link)
        late = self.kept(Host(relay))
        late.send(RATS + NO_ID)
        self.assertEqual(late.receive_rest(), FULL)
        relay.wait_for_close("draining")
        self.assert_link_works(*self.link(host))
        self.receiver.wait_for_status("draining, 1 session, 2 links", limit=SLOWLY)
        self.assertEqual(self.receiver.count("READY"), 1)
        self.assertEqual(stopping.fields.get("READY"), None)

    def test_ends_well_when_the_last_has_left(self):
        relay = self.started()
        host = self.host(relay)
        guest, host_side = self.link(host)
        relay.send_signal(signal.SIGUSR1)
        self.receiver.wait_for("EXTEND_TIMEOUT_USEC")
        host.close()
        wait_until(lambda: relay.use()["sessions"] == 0, 10, "the session's end")
        self.assert_link_works(guest, host_side)
        guest.close()
        host_side.receive_rest()
        host_side.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_a_reload_meanwhile_says_nothing_of_ready(self):
        relay = self.started()
        self.host(relay)
        relay.send_signal(signal.SIGUSR1)
        self.receiver.wait_for("EXTEND_TIMEOUT_USEC")
        relay.change(limits={"sessions": 7})
        self.receiver.wait_for("RELOADING")
        self.receiver.wait_for("EXTEND_TIMEOUT_USEC",
                               count=self.receiver.count("EXTEND_TIMEOUT_USEC") + 2)
        self.assertEqual(self.receiver.count("READY"), 1)
        self.receiver.wait_for_status("draining")

    def test_sigterm_ends_it_sooner(self):
        relay = self.started({"shutdown_grace_seconds": 1})
        self.host(relay)
        relay.send_signal(signal.SIGUSR1)
        self.receiver.wait_for("EXTEND_TIMEOUT_USEC")
        self.assertEqual(relay.stop(), 0)
        self.receiver.wait_for_status("stopping")


class OwnToolTest(NotifyTest):
    def test_the_receiver_hears_systemds_own_program(self):
        """Else the tests above would prove less than they say."""
        if not shutil.which("systemd-notify"):
            self.skipTest("no systemd-notify here")
        subprocess.run(["systemd-notify", "--no-block", "--ready", "--status=two words"],
                       check=True, timeout=10, env={"NOTIFY_SOCKET": str(self.receiver.path)})
        self.assertEqual(self.receiver.wait_for("READY").fields["STATUS"], "two words")
        self.assertTrue(pathlib.Path(self.receiver.path).is_socket())


if __name__ == "__main__":
    main()
