"""HAProxy of Debian in front of all kinds of players, by PROXY header: each has its own address for
log, status, limits and bans, and the proxy's health checks are no players."""

from proxies import TcpHAProxy

# pylint: disable=wrong-import-order
import relay_process
from netplay_client import Client, together
from party_client import Game
from relay_process import run_command
from runner import RelayTest, main
from tunnel_client import Peer, NO_ID, RATS, as_16_bytes
from waiting import wait_until

BEHIND = {"trusted_proxies": ["127.0.0.1"], "proxy_protocol": True}
ANN, BOB, CAT = "127.0.0.2", "127.0.0.3", "127.0.0.4"


class TcpProxyTest(RelayTest):
    def setUp(self):
        if not TcpHAProxy.is_here():
            self.skipTest("haproxy is missing")

    def start_behind(self, server=TcpHAProxy.server, bind=None, config=None, **limits):
        relay = self.start(BEHIND | (config or {}), **limits)
        proxy = TcpHAProxy(relay, server, bind)
        self.addCleanup(proxy.end)
        return relay, proxy

    def hosts_and_joins(self, relay, proxy):
        host = self.host(proxy, ANN)
        guest = self.guest(host, BOB)
        ticket = host.next_ticket()
        self.assertEqual(host.ask(ticket), as_16_bytes(BOB))
        host_side = self.kept(host.accept(ticket))
        host_side.receive(24)
        self.assert_link_works(guest, host_side)
        (session,) = relay.status()["sessions"]
        (link,) = session["links"]
        self.assertEqual(session["host"]["address"], host.name())
        self.assertEqual(link["guest"]["address"], guest.name())
        self.assertEqual(link["host"]["address"], host_side.name())
        return host, guest, host_side

    def test_a_session_by_both_versions(self):
        for server in ("send-proxy-v2", "send-proxy"):
            with self.subTest(server):
                relay, proxy = self.start_behind(server)
                _, guest, host_side = self.hosts_and_joins(relay, proxy)
                relay.wait_for_log(rf"link_opened [^\n]*{guest.name()}")
                guest.close()
                host_side.receive_rest()
                host_side.close()
                relay.wait_for_close("guest_left")

    def test_an_ipv4_player_at_a_socket_for_ipv6(self):
        for server in ("send-proxy-v2", "send-proxy"):
            with self.subTest(server):
                relay, proxy = self.start_behind(server, "[::]:{port} v4v6")
                self.hosts_and_joins(relay, proxy)

    def test_a_room_and_a_party(self):
        relay, proxy = self.start_behind()
        members = [self.kept(Client(proxy, nick=ANN, source=ANN))]
        together(members, lambda: members[0].number, "ann to be in the room")
        members.append(self.kept(Client(proxy, nick=BOB, source=BOB)))
        together(members, lambda: members[1].number, "bob to be in the room")
        (room,) = relay.status()["rooms"]
        self.assertEqual([member["address"] for member in room["members"]],
                         [member.name() for member in members])
        host = self.kept(Game(proxy, CAT)).host()
        guest = self.kept(Game(proxy, BOB)).join(host.code, 7)
        self.assertEqual(host.wait_for("joined"), 7)
        guest.put(b"through", 1)
        self.assertEqual(host.next_packet().payload, b"through")
        (party,) = relay.status()["parties"]
        self.assertEqual([peer["address"].rsplit(":", 1)[0] for peer in party["peers"]],
                         [CAT, BOB])

    def test_limits_are_the_players(self):
        relay, proxy = self.start_behind(connections_per_address=2)
        for source in (ANN, ANN, BOB, BOB, CAT):
            self.host(proxy, source)
        third = self.peer(proxy, ANN)
        third.send(RATS + NO_ID)
        third.wait_for_any_end()
        relay.wait_for_close("address_connections_full")
        relay.wait_for_log(rf"turned_away [^\n]*{third.name()}")
        self.assertEqual(relay.use()["sessions"], 5)

    def test_a_ban_and_the_lists_meet_the_player(self):
        relay = relay_process.Relay(BEHIND | {"access": {"host": {"deny": [CAT]}}})
        self.addCleanup(relay.end)
        relay.config["admin"]["socket"] = str(relay.directory / "control")
        relay.write_config()
        proxy = TcpHAProxy(relay.start())
        self.addCleanup(proxy.end)
        ann, bob = self.host(proxy, ANN), self.host(proxy, BOB)
        done = run_command("ban", ANN, "--config", relay.config_path)
        self.assertEqual(done.returncode, 0, done.stderr)
        ann.wait_for_any_end()
        again = self.peer(proxy, ANN)
        again.send(RATS + NO_ID)
        again.wait_for_any_end()
        relay.wait_for_close("banned_address", 2)
        denied = self.peer(proxy, CAT)
        denied.send(RATS + NO_ID)
        denied.wait_for_any_end()
        relay.wait_for_close("host_denied")
        self.link(bob, CAT)

    def test_health_checks_turn_nobody_away(self):
        for server in ("check send-proxy-v2", "check send-proxy", "check check-send-proxy"):
            with self.subTest(server):
                relay, proxy = self.start_behind(server)
                self.assert_checks_are_not_counted(relay)
                self.assertIsNone(proxy.process.poll(), proxy.log_text())
                proxy.end()

    def test_checks_without_a_header_turn_nobody_away(self):
        """Those of HAProxy mostly end before they are accepted, and these are."""
        for config in (BEHIND, {"trusted_proxies": ["127.0.0.1"]}):
            relay = self.start(config)
            for _ in range(3):
                Peer(relay, "127.0.0.1").close()
                Peer(relay, "127.0.0.1").reset()
            self.assert_checks_are_not_counted(relay)
        Peer(relay, ANN).close()
        wait_until(lambda: relay.closed("left_early") == 1, 10, "a player to be counted")

    def assert_checks_are_not_counted(self, relay):
        wait_until(lambda: relay.status()["totals"]["connections"] >= 5, 10, "five checks")
        relay.wait_for_use(greeting=0)
        self.assertFalse(any(relay.status()["totals"]["close_reasons"].values()))
        self.assertNotIn("turned_away", relay.log_text())

    def test_games_go_on_when_the_proxy_is_reloaded(self):
        relay, proxy = self.start_behind()
        _, guest, host_side = self.hosts_and_joins(relay, proxy)
        proxy.reload()
        self.assert_link_works(guest, host_side)
        self.host(proxy, CAT)
        relay.wait_for_use(links=1, sessions=2)

    def test_games_go_on_when_the_relay_begins_anew(self):
        relay, proxy = self.start_behind()
        half = self.peer(relay, "127.0.0.1")
        half.send(b"PROXY TCP4 127.0.0.9 127.0.0.1 50")
        _, guest, host_side = self.hosts_and_joins(relay, proxy)
        relay.wait_for_use(greeting=1)
        done = run_command("upgrade", "http://%s:%d" % relay.admin_address)
        self.assertEqual(done.returncode, 0, done.stderr)
        relay.wait_for_upgrade()
        self.assert_link_works(guest, host_side)
        half.send(b"00 55435\r\n" + RATS + NO_ID)
        self.assertEqual(half.receive(4), RATS)
        self.assertIn("127.0.0.9:5000",
                      [one["host"]["address"] for one in relay.status()["sessions"]])

    def test_who_has_to_send_a_header(self):
        relay = self.start(BEHIND)
        for source, said, reason in (
                ("127.0.0.1", RATS + NO_ID, "no_proxy_header"),
                ("127.0.0.1", b"PROXY TCP4 nobody\r\n", "bad_proxy_header"),
                (ANN, b"PROXY TCP4 127.0.0.9 127.0.0.1 5000 55435\r\n", "proxy_greeting")):
            peer = Peer(relay, source)
            peer.send(said)
            peer.wait_for_any_end()
            peer.close()
            relay.wait_for_close(reason)
        self.host(relay, ANN)


if __name__ == "__main__":
    main()
