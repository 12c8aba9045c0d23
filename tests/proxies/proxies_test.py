"""wss through the proxies of Debian, with the files of deploy/: games are hosted and joined, and
for log, status, limits, lists and bans each player is who it is, and not the proxy."""

from proxies import Caddy, HAProxy, Nginx, SecureGame

# pylint: disable=wrong-import-order
import relay_process
from party_client import Game
from relay_process import run_command
from runner import RelayTest, main

TRUSTED = {"trusted_proxies": ["127.0.0.1", "::1"]}
# An address of nobody here, as one that lies would write it.
LIE = ["X-Forwarded-For: 203.0.113.9"]


class Wss:
    """What the tests of each proxy share."""

    proxy_class = None

    def setUp(self):
        if not self.proxy_class.is_here():
            self.skipTest(f"{self.proxy_class.program} is missing")

    def start_behind(self, **config):
        relay = relay_process.Relay(TRUSTED | config)
        self.addCleanup(relay.end)
        relay.config["admin"]["socket"] = str(relay.directory / "control")
        relay.write_config()
        proxy = self.proxy_class(relay.start())
        self.addCleanup(proxy.end)
        return relay, proxy

    def game(self, proxy, source, **options):
        return self.kept(SecureGame(proxy, source, **options))

    def refused(self, game, reason, **hello):
        game.hello(**hello)
        self.assertEqual(game.wait_for("close"), reason)
        game.close()

    def assert_plays(self, one, other, count=20):
        for each in range(count):
            one.put(b"%d" % each * 999, other.id)
            self.assertEqual(other.next_packet().payload, b"%d" % each * 999)
            other.put(b"back", one.id)
            self.assertEqual(one.next_packet().payload, b"back")

    def test_each_player_has_its_own_address(self):
        relay, proxy = self.start_behind()
        host = self.game(proxy, "127.0.0.2").host()
        guest = self.game(proxy, "127.0.0.3").join(host.code, 7)
        self.assertEqual(host.wait_for("joined"), 7)
        self.assert_plays(host, guest)
        (party,) = relay.status()["parties"]
        self.assertEqual([peer["address"].rsplit(":", 1)[0] for peer in party["peers"]],
                         ["127.0.0.2", "127.0.0.3"])
        relay.wait_for_log(r"party_opened [^\n]*127\.0\.0\.2:0")
        relay.wait_for_log(r"peer_joined [^\n]*127\.0\.0\.3:0")
        guest.hang_up()
        self.assertEqual(host.wait_for("left"), 7)
        relay.wait_for_log(r"peer_gone [^\n]*127\.0\.0\.3:0")

    def test_strangers_are_not_believed(self):
        relay, proxy = self.start_behind(
            access={"host": {"deny": ["127.0.0.5", "127.0.0.6"]}})
        wants = {"host": {"game": "test 1"}}
        self.refused(self.game(proxy, "127.0.0.5", headers=LIE), "host_denied", **wants)
        # Nor two headers, nor the proxy's own address in it.
        self.refused(self.game(proxy, "127.0.0.5", headers=LIE + ["X-Forwarded-For: 127.0.0.1"]),
                     "host_denied", **wants)
        # And directly at the relay.
        direct = self.kept(Game(relay, "127.0.0.6", headers=LIE))
        self.refused(direct, "host_denied", **wants)
        self.game(proxy, "127.0.0.2", headers=LIE).host()
        self.assertNotIn("203.0.113.9", relay.log_text())

    def test_limits_are_the_clients_and_not_the_proxys(self):
        relay, proxy = self.start_behind(parties={"parties_per_address": 1},
                                         limits={"connections_per_address": 3})
        for last in range(2, 8):
            self.game(proxy, f"127.0.0.{last}").host()
        relay.wait_for_use(parties=6)
        self.refused(self.game(proxy, "127.0.0.2"), "address_parties_full", host={"game": "b"})
        codes = [party["code"] for party in relay.status()["parties"]]
        for number, each in enumerate(codes[:2]):
            self.game(proxy, "127.0.0.8").join(each, 20 + number)
        self.game(proxy, "127.0.0.8").join(codes[2], 22)
        self.refused(self.game(proxy, "127.0.0.8"), "address_connections_full",
                     join={"code": codes[3], "game": "test 1", "id": 23})

    def test_a_ban_meets_the_client_and_not_the_proxy(self):
        relay, proxy = self.start_behind()
        host = self.game(proxy, "127.0.0.2").host()
        guest = self.game(proxy, "127.0.0.3").join(host.code, 7)
        host.wait_for("joined")
        done = run_command("ban", "127.0.0.3", "--config", relay.config_path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(guest.wait_for("close"), "banned_address")
        self.assertEqual(host.wait_for("left"), 7)
        self.refused(self.game(proxy, "127.0.0.3"), "banned_address",
                     join={"code": host.code, "game": "test 1", "id": 8})
        other = self.game(proxy, "127.0.0.4").join(host.code, 9)
        self.assert_plays(host, other)

    def test_games_go_on_when_the_proxy_is_reloaded(self):
        relay, proxy = self.start_behind()
        host = self.game(proxy, "127.0.0.2").host()
        guest = self.game(proxy, "127.0.0.3").join(host.code, 7)
        self.assertEqual(host.wait_for("joined"), 7)
        proxy.reload()
        self.assert_plays(host, guest)
        another = self.game(proxy, "127.0.0.4").join(host.code, 8)
        self.assert_plays(host, another)
        relay.wait_for_use(peers=3, absent_peers=0)

    def test_places_are_held_when_the_proxy_is_killed(self):
        relay, proxy = self.start_behind()
        host = self.game(proxy, "127.0.0.2").host()
        guest = self.game(proxy, "127.0.0.3").join(host.code, 7)
        host.wait_for("joined")
        proxy.kill()
        relay.wait_for_use(absent_peers=2)
        another = self.proxy_class(relay)
        self.addCleanup(another.end)
        for game in (host, guest):
            game.relay = another
        host, guest = (self.kept(game.come_back(source=source))
                       for game, source in ((host, "127.0.0.2"), (guest, "127.0.0.3")))
        self.assert_plays(host, guest)

    def test_a_page_gets_an_answer(self):
        relay, proxy = self.start_behind()
        client = self.game(proxy, "127.0.0.2")
        client.socket.sendall(b"GET / HTTP/1.1\r\nHost: relay.example.org\r\n\r\n")
        self.assertIn(b" 426 ", client.read_until(b"\r\n\r\n").splitlines()[0])
        relay.wait_for_close("no_websocket")


class NginxTest(Wss, RelayTest):
    proxy_class = Nginx


class HAProxyTest(Wss, RelayTest):
    proxy_class = HAProxy


class CaddyTest(Wss, RelayTest):
    proxy_class = Caddy

    def test_games_go_on_when_the_proxy_is_reloaded(self):
        """Caddy 2.6 ends connections with frames of its own, and the games come back by themselves.
        docs/proxies.md tells."""
        relay, proxy = self.start_behind()
        host = self.game(proxy, "127.0.0.2").host()
        guest = self.game(proxy, "127.0.0.3").join(host.code, 7)
        self.assertEqual(host.wait_for("joined"), 7)
        proxy.reload()
        for game in (host, guest):
            game.hear_end()
            self.assertIn({"closed": (1001).to_bytes(2, "big")}, game.texts)
        relay.wait_for_use(absent_peers=2)
        host, guest = (self.kept(game.come_back(source=source))
                       for game, source in ((host, "127.0.0.2"), (guest, "127.0.0.3")))
        relay.wait_for_use(peers=2, absent_peers=0)
        self.assert_plays(host, guest)
        self.assertEqual(relay.closed("bad_frame"), 0)
        self.assertEqual(relay.closed("peer_absent"), 2)


if __name__ == "__main__":
    main()
