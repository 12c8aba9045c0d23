"""Signals: SIGHUP reloads, SIGTERM and SIGINT end in order, a second one ends at once."""

import base64
import signal
import time

from runner import RelayTest, main, noise
from tunnel_client import DENY, FULL, HEADER, NO_ID, RATS, Host
from waiting import keep_true, wait_until

MEGABYTE = 1 << 20


class ReloadTest(RelayTest):
    def test_limits(self):
        relay = self.start(sessions=1)
        host = self.host(relay)
        refused = self.kept(Host(relay))
        refused.send(RATS + NO_ID)
        self.assertEqual(refused.receive_rest(), FULL)
        self.assertIn("reloaded", relay.change(limits={"sessions": 2, "link_idle_seconds": 77}))
        self.assertEqual(relay.status()["limits"]["link_idle_seconds"], 77)
        self.host(relay)
        self.assert_link_works(*self.link(host))

    def test_access(self):
        relay = self.start()
        host = self.host(relay, "127.0.0.2")
        link = self.link(host, "127.0.0.3")
        relay.change(access={"host": {"deny": ["127.0.0.2"]}, "join": {"allow": ["127.0.0.4"]}})
        again = self.kept(Host(relay, "127.0.0.2"))
        again.send(RATS + NO_ID)
        self.assertEqual(again.receive_rest(), DENY)
        for gone in (host, *link):
            gone.wait_for_any_end()
        self.assertEqual(relay.closed("host_denied"), 3)  # the link is one of them
        relay.wait_for_log(r"reload_denied sessions=1 links=1 ")

    def test_access_of_guests(self):
        relay = self.start()
        host = self.host(relay, "127.0.0.2")
        link = self.link(host, "127.0.0.3")
        kept = self.link(host, "127.0.0.4")
        relay.change(access={"join": {"allow": ["127.0.0.4"]}})
        for gone in link:
            gone.wait_for_any_end()
        self.assertEqual(self.guest(host, "127.0.0.3").receive_rest(), DENY)
        self.assert_link_works(*kept)
        self.assert_link_works(*self.link(host, "127.0.0.4"))
        relay.wait_for_log(r"reload_denied sessions=0 links=1 ")

    def test_reserved_sessions(self):
        relay = self.start()
        first = self.host(relay, "127.0.0.2")
        relay.change(reserved_sessions=[{"id": "FRIDAYNIGHTSNES1", "networks": ["127.0.0.2"]}])
        second, third = self.host(relay, "127.0.0.2"), self.host(relay, "127.0.0.2")
        promised = base64.b64decode("FRIDAYNIGHTSNES1")
        self.assertEqual(second.session, promised)
        self.assertNotIn(promised, (first.session, third.session))
        self.assertNotEqual(self.host(relay, "127.0.0.3").session, promised)
        second.close()
        relay.wait_for_close("host_left")
        again = self.host(relay, "127.0.0.2")
        self.assertEqual(again.session, promised)
        self.link(again)

    def test_log_level(self):
        relay = self.start()
        self.host(relay)
        relay.wait_for_log("session_opened")
        relay.config["log"] = {"level": "warning"}
        relay.write_config()
        relay.send_signal(signal.SIGHUP)

        def is_silent():
            before = relay.log_text()
            self.host(relay).close()
            relay.barrier()
            return relay.log_text() == before
        wait_until(is_silent, 5, "the log to be silent")
        relay.change(log={"level": "info"})
        sessions = relay.log_text().count("session_opened")
        self.host(relay)
        relay.wait_for_log("session_opened", count=sessions + 1)

    def test_public_name(self):
        relay = self.start()
        self.host(relay)
        relay.change(public_name="other.test")
        self.assertTrue(relay.status()["sessions"][0]["join_text"].startswith("other.test|"))

    def test_what_needs_a_restart_is_said(self):
        relay = self.start()
        relay.change(listen=["127.0.0.1:0", "127.0.0.2:0"])
        self.assertIn('reload_incomplete keys="listen" problem="', relay.log_text())
        self.host(relay)
        relay.change(doors=[{"listen": ["127.0.0.1:0"]}], admin={"listen": []},
                     lan_discovery={"enabled": True})
        relay.wait_for_log('reload_incomplete keys="listen, doors, admin.listen, lan_discovery"')

    def test_faulty_file_changes_nothing_and_says_so(self):
        relay = self.start()
        link = self.link(self.host(relay))
        before = relay.status()["limits"]
        said = relay.change(limits={"sessions": 1, "greeting_seconds": "soon"})
        self.assertIn("reload_refused key=limits.greeting_seconds ", said)
        self.assertEqual(relay.status()["limits"], before)
        relay.config_path.unlink()
        relay.send_signal(signal.SIGHUP)
        relay.wait_for_log("reload_refused [^\n]*cannot be read")
        self.assertEqual(relay.status()["limits"], before)
        self.assert_link_works(*link)
        relay.config["limits"].pop("greeting_seconds")
        self.assertIn("reloaded", relay.change())
        self.assertEqual(relay.status()["limits"]["sessions"], 1)

    def test_many_reloads_under_way(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        for _ in range(50):
            relay.send_signal(signal.SIGHUP)
            self.assert_link_works(guest, host_side)
        files = relay.open_files()
        relay.change()
        self.assertEqual(relay.open_files(), files)


class StopTest(RelayTest):
    def test_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                relay = self.start()
                host = self.host(relay)
                guest, host_side = self.link(host)
                relay.send_signal(number)
                for peer in (host, guest, host_side):
                    self.assertEqual(peer.receive_rest(), b"")
                    peer.close()
                began = time.monotonic()
                self.assertEqual(relay.wait_for_end(), 0)
                self.assertLess(time.monotonic() - began, 1, "nobody is left to wait for")
                log = relay.log_text()
                self.assertIn(f"stopping signal={number.value} sessions=1 links=1", log)
                self.assertTrue(log.splitlines()[-1].endswith("stopped sessions=1 links=1"))

    def test_nobody_there(self):
        self.assertEqual(self.start().stop(), 0)

    def test_last_bytes_arrive(self):
        relay = self.start({"shutdown_grace_seconds": 10})
        guest, host_side = self.link(self.host(relay))
        data = noise(24 * MEGABYTE, 1)
        sent = guest.fill(data)
        kept = wait_until(lambda: relay.links()[0]["host"]["kept_bytes"], 5, "a slow reader")
        taken = relay.links()[0]["bytes_to_host"]
        self.assertGreater(kept, 0)
        relay.send_signal(signal.SIGTERM)
        relay.wait_for_log(" stopping ")
        received = host_side.receive_rest(limit=20)
        self.assertTrue(len(HEADER) + len(received) >= taken, "all that the relay had taken")
        self.assertTrue(received == data[:len(received)])
        self.assertLessEqual(len(received), sent)
        guest.wait_for_any_end()
        guest.close()
        host_side.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_last_bytes_arrive_at_a_reader_that_needs_part_of_the_grace(self):
        relay = self.start({"shutdown_grace_seconds": 8}, buffered_bytes_per_connection=MEGABYTE)
        host = self.host(relay)
        guest = self.guest(host)
        host_side = self.kept(host.admit(receive_buffer=4096))
        guest.fill(noise(24 * MEGABYTE, 4))
        link = wait_until(lambda: [link for link in relay.links() if link["host"]["kept_bytes"]],
                          5, "a slow reader")[0]
        began = time.monotonic()
        relay.send_signal(signal.SIGTERM)
        wait_until(lambda: not relay.is_running() or time.monotonic() > began + 3, 5, "3 s")
        lost = link["bytes_to_host"] - len(host_side.receive_rest(limit=20))
        self.assertLessEqual(lost, 0, "bytes taken but not delivered, though 5 s were left")

    def test_a_player_that_does_not_read_is_not_waited_for_beyond_the_grace(self):
        relay = self.start({"shutdown_grace_seconds": 1})
        guest, host_side = self.link(self.host(relay))
        guest.fill(noise(24 * MEGABYTE, 2))
        began = time.monotonic()
        self.assertEqual(relay.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)
        host_side.close()

    def test_players_that_never_hang_up(self):
        relay = self.start({"shutdown_grace_seconds": 1})
        self.link(self.host(relay))
        began = time.monotonic()
        self.assertEqual(relay.stop(), 0)
        self.assertLess(time.monotonic() - began, 3)

    def test_newcomers_are_not_let_in(self):
        relay = self.start({"shutdown_grace_seconds": 5})
        guest, host_side = self.link(self.host(relay))
        relay.send_signal(signal.SIGTERM)
        relay.wait_for_log(" stopping ")
        with self.assertRaises(OSError):
            late = self.kept(Host(relay))
            late.send(RATS + NO_ID)
            if not late.receive_rest():
                raise OSError("closed at once")
        self.assertEqual(relay.status()["state"], "stopping")
        self.assertTrue(guest.receive_rest() == host_side.receive_rest() == b"")

    def test_second_signal_ends_at_once(self):
        relay = self.start({"shutdown_grace_seconds": 600})
        guest, host_side = self.link(self.host(relay))
        guest.fill(noise(24 * MEGABYTE, 3))
        relay.send_signal(signal.SIGTERM)
        relay.wait_for_log(" stopping ")
        self.assertTrue(relay.is_running())
        began = time.monotonic()
        self.assertEqual(relay.stop(signal.SIGINT), 0)
        self.assertLess(time.monotonic() - began, 1)
        self.assertIn("stopping_at_once", relay.log_text())
        host_side.close()

    def test_reload_while_stopping_is_harmless(self):
        relay = self.start({"shutdown_grace_seconds": 1})
        self.link(self.host(relay))
        relay.send_signal(signal.SIGTERM)
        relay.wait_for_log(" stopping ")
        relay.send_signal(signal.SIGHUP)
        self.assertEqual(relay.wait_for_end(), 0)

    def test_broken_pipe_ends_nothing(self):
        """A player that is gone must not end the relay with a signal."""
        relay = self.start()
        host = self.host(relay)
        for _ in range(20):
            guest, host_side = self.link(host)
            host_side.reset()
            try:
                guest.send(b"x" * 100_000)
            except ConnectionError:
                pass
            guest.reset()
        keep_true(relay.is_running, 0.2, "it runs")
        self.link(host)


if __name__ == "__main__":
    main()
