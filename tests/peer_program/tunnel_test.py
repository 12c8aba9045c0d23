"""netplay-peer through the real relay: what it prints is what others join by."""

import signal
import socket

import peer_runner
from peer_process import LOST, REFUSED
from peer_runner import PeerTest

FAST = ("--rate", 240)


class TunnelGameTest(PeerTest):
    def test_joining_by_what_the_host_prints(self):
        relay = self.start()
        host = self.host("--until-empty", relay=relay)
        text = host.target()
        self.assertRegex(text, r"^127\.0\.0\.1\|%d\|[A-Za-z0-9+/]{16}$" % relay.address[1])
        client = self.finish(self.join(text, "--frames", 60))
        self.assert_in_sync(client, 60)
        report = self.finish(host)
        self.assert_in_sync(report, 60)
        self.assertEqual(report["join"], text)
        self.assertEqual(text.split("|")[2],
                         relay.wait_for_log(r"session_opened session=(\S+)"))
        relay.wait_for_use(connections=0, sessions=0, links=0)

    def test_the_join_text_is_told_to_whoever_wants_it_quiet(self):
        host = self.host("-q", "--until-empty", relay=self.start())
        self.finish(self.join(host.target(), "--frames", 10))
        self.finish(host)
        self.assertEqual(host.said(), f"join: {host.target()}\n")

    def test_through_upgrades_of_the_relay(self):
        relay = self.start()
        host = self.host("--until-empty", *FAST, relay=relay)
        client = self.join(host, "--frames", 900, *FAST)
        relay.wait_for_use(links=1)
        for count in range(1, 6):
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_log("taken_over .* links=1 .* lost=0 ", count=count)
        self.assert_in_sync(self.finish(client), 900)
        self.assert_in_sync(self.finish(host), 900)

    def test_an_ipv6_address_in_brackets(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6 here")
        relay = self.start({"listen": ["[::1]:0"]})
        host = self.launch("host", "--relay", f"[::1]|{relay.address[1]}", "--until-empty",
                           "--crc-interval", 1, "--json")
        address, rest = host.target().split("|", 1)
        self.assertEqual(address, "::1")
        self.assert_in_sync(self.finish(self.join(f"[::1]|{rest}", "--frames", 30)), 30)
        self.finish(host)

    def test_every_protocol(self):
        relay = self.start()
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                host = self.host("--until-empty", "--protocol", protocol, *FAST, relay=relay)
                client = self.join(host, "--frames", 60, "--protocol", protocol, *FAST)
                self.assertEqual(self.finish(client)["protocol"], protocol)
                self.finish(host)

    def test_several_guests_and_a_password(self):
        relay = self.start()
        host = self.host("--until-empty", "--ports", 4, "--password", "sesam",
                         "--spectate-password", "watch", relay=relay)
        players = [self.join(host, "--frames", 90, "--seed", seed, "--password", "sesam")
                   for seed in (1, 2)]
        watcher = self.join(host, "--frames", 60, "--password", "watch")
        self.assertFalse(self.finish(watcher)["playing"])
        wrong = self.finish(self.join(host, "--frames", 60, "--password", "no"), REFUSED)
        self.assertRegex(wrong["reason"], "password")
        for player in players:
            self.assert_in_sync(self.finish(player), 90)
        self.assert_in_sync(self.finish(host), 90)

    def test_two_games_at_once(self):
        relay = self.start()
        hosts = [self.host("--until-empty", relay=relay) for _ in range(2)]
        self.assertNotEqual(hosts[0].target(), hosts[1].target())
        clients = [self.join(host, "--frames", 60) for host in hosts]
        for peer in (*clients, *hosts):
            self.assert_in_sync(self.finish(peer), 60)


class RefusedTest(PeerTest):
    def test_wrong_session_ids(self):
        relay = self.start({"manual_ip": "off"})  # or without an id the only session is meant
        host = self.host(relay=relay)
        where, session = host.target().rsplit("|", 1)
        other = ("B" if session[5] == "A" else "A").join((session[:5], session[6:]))
        for text in (f"{where}|{other}", f"{where}|" + "A" * 16):
            report = self.finish(self.join(text, "--frames", 10), REFUSED)
            self.assertEqual(report["outcome"], "refused")
            self.assertTrue(report["reason"])
        self.assertTrue(host.is_running())
        self.assert_refuses("join", f"{where}|{session[:15]}", says="16 characters")

    def test_a_session_that_has_ended(self):
        relay = self.start()
        host = self.host("--until-empty", relay=relay)
        text = host.target()
        self.finish(self.join(text, "--frames", 30))
        self.finish(host)
        relay.wait_for_use(sessions=0)
        self.finish(self.join(text, "--frames", 30), REFUSED)

    def test_a_relay_that_hosts_for_nobody(self):
        relay = self.start(sessions=1)
        first = self.host(relay=relay)
        first.target()
        report = self.finish(self.host(relay=relay), REFUSED)
        self.assertRegex(report["reason"], "the relay refuses: sessions_full: ")
        self.assertTrue(first.is_running())

    def assert_host_refused(self, relay, word):
        report = self.finish(self.host(relay=relay), REFUSED)
        self.assertRegex(report["reason"], f"^the relay refuses: {word}: ")

    def test_hosts_are_told_why(self):
        relay = self.start(sessions_per_address=1)
        first = self.host(relay=relay)
        text = first.target()
        self.assert_host_refused(relay, "address_sessions_full")
        relay.change(access={"host": {"deny": ["127.0.0.1"]}, "join": {"deny": ["127.0.0.1"]}})
        self.assert_host_refused(relay, "host_denied")
        report = self.finish(self.join(text, "--frames", 10), REFUSED)
        self.assertRegex(report["reason"], "banned from this host.*reason is join_denied: ")

    def test_of_a_relay_that_drains(self):
        relay = self.start()
        self.host(relay=relay).target()
        relay.send_signal(signal.SIGUSR1)
        relay.wait_for_log("draining")
        self.assert_host_refused(relay, "draining")

    def test_a_host_that_is_no_relay(self):
        direct = self.host()
        host = self.launch("host", "--relay", direct.target(), "--json")
        report = self.finish(host, REFUSED, 40)
        self.assertRegex(report["reason"], "relay")


class RelayEndsTest(PeerTest):
    def game(self, relay):
        host = self.host("--until-empty", relay=relay)
        client = self.join(host, "--frames", 6000)
        host.wait_for("joined")
        client.wait_for("^joined .* as client")
        return host, client

    def test_killed_under_a_game(self):
        relay = self.start()
        host, client = self.game(relay)
        relay.process.kill()
        report = self.finish(client, LOST)
        self.assertRegex(report["reason"], "closed the connection")
        self.assertRegex(self.finish(host, LOST)["reason"], "the relay closed the session")

    def test_restarted_on_the_same_port(self):
        relay = self.start()
        host, client = self.game(relay)
        text = host.target()
        relay.stop()
        self.finish(client, LOST)
        self.finish(host, LOST)
        relay.config["listen"] = ["127.0.0.1:%d" % relay.address[1]]
        relay.write_config()
        relay.start()
        self.finish(self.join(text, "--frames", 10), REFUSED)
        host = self.host("--until-empty", relay=relay)
        self.assertNotEqual(host.target(), text)
        self.assert_in_sync(self.finish(self.join(host, "--frames", 30)), 30)
        self.finish(host)

    def test_the_host_is_killed(self):
        relay = self.start()
        host, client = self.game(relay)
        host.process.kill()
        self.assertEqual(self.finish(client, LOST)["outcome"], "lost")
        relay.wait_for_use(sessions=0, links=0)


if __name__ == "__main__":
    peer_runner.main()
