"""What the operator sees of games of Godot, and does with them: lists, metrics, kicks, ends and
bans, by the commands."""

import socket

import relay_process
from events_test import Stream
from party_client import Game
from relay_process import run_command
from runner import RelayTest, main


class PartyOperatorTest(RelayTest):
    def start_controlled(self, config=None):
        relay = relay_process.Relay(config)
        self.addCleanup(relay.end)
        relay.config["admin"]["socket"] = str(relay.directory / "control")
        relay.write_config()
        return relay.start()

    def party(self, relay, ids=(2, 3)):
        games = [self.kept(Game(relay)).host(game="tanks \"3\"")]
        for each in ids:
            games.append(self.kept(Game(relay)).join(games[0].code, each, game="tanks \"3\""))
            games[0].wait_for("joined")
        return games

    def command(self, relay, *words, code=0):
        done = run_command(*words, "--config", relay.config_path)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr

    def shown(self, relay, what):
        done = run_command(what, "http://%s:%d" % relay.admin_address)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def connection_of(self, relay, peer_id):
        (party,) = relay.status()["parties"]
        return next(peer["id"] for peer in party["peers"] if peer["peer_id"] == peer_id)

    def cut(self, game):
        game.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        game.close()

    def test_lists(self):
        relay = self.start_controlled()
        self.assertEqual(self.shown(relay, "parties"), "no parties\n")
        host, guest, other = self.party(relay)
        host.put(b"x" * 100, 0)
        self.assertEqual(guest.next_packet().payload, b"x" * 100)
        self.cut(other)
        host.wait_for("absent")
        text = self.shown(relay, "parties")
        self.assertRegex(text, rf"1 party\n.*\n +1 +{host.code} +tanks \"3\" +no +open +3/8 +1")
        self.assertRegex(text, r"3 peers\n")
        self.assertRegex(text, r" 3 +127\.0\.0\.1 +- +absent")
        status = self.shown(relay, "status")
        self.assertRegex(status, rf"party 1: tanks \"3\", code {host.code}, open, 3 of 8 peers")
        (party,) = relay.status()["parties"]
        first, second, third = party["peers"]
        self.assertEqual((first["packets_in"], second["packets_out"]), (1, 1))
        self.assertEqual((second["state"], third["state"], third["id"]), ("here", "absent", None))
        self.assertGreater(second["bytes_out"], 100)

    def test_who_is_sent_away(self):
        relay = self.start_controlled({"parties": {"hold_seconds": 1}})
        feed = Stream(self, relay)
        host, guest, other = self.party(relay)
        self.assertIn("sent away", self.command(relay, "kick", self.connection_of(relay, 2)))
        self.assertEqual(guest.wait_for("close"), "sent_away")
        guest.close()
        self.assertEqual(host.wait_for("left"), 2)
        self.cut(other)
        host.wait_for("absent")
        self.command(relay, "kick", 3, "--party", 1)
        self.assertEqual(host.wait_for("left"), 3)
        self.assertIn("no such peer", self.command(relay, "kick", 3, "--party", 1, code=1))
        (party,) = relay.status()["parties"]  # it may come back and hear why, until it is too late
        self.assertLessEqual({peer["peer_id"]: peer["state"] for peer in party["peers"]}.items(),
                             {1: "here", 3: "leaving"}.items())
        self.command(relay, "end", "party", 1)
        self.assertEqual(host.wait_for("close"), "ended_by_operator")
        host.close()
        self.assertIn("no such party", self.command(relay, "end", "party", 1, code=1))
        relay.wait_for_use(parties=0)
        self.assertEqual(feed.until("party_opened")[2]["code"], host.code)
        self.assertEqual(feed.until("peer_joined")[2]["peer_id"], 2)
        self.assertEqual(feed.until("peer_left")[2]["reason"], "sent_away")
        self.assertEqual(feed.until("peer_absent")[2]["peer_id"], 3)
        self.assertEqual(feed.until("party_closed")[2]["reason"], "ended_by_operator")

    def test_a_ban_is_for_games_too(self):
        relay = self.start_controlled()
        host = self.kept(Game(relay, source="127.0.0.2")).host()
        guest = self.kept(Game(relay, source="127.0.0.3")).join(host.code, 2)
        self.assertIn("1 had to go", self.command(relay, "ban", "127.0.0.3"))
        self.assertEqual(guest.wait_for("close"), "banned_address")
        guest.close()
        again = self.kept(Game(relay, source="127.0.0.3"))
        again.socket.sendall(again.head)
        relay.wait_for_log(r"turned_away [^\n]*reason=banned_address")

    def test_a_reload_sends_away_whom_the_lists_deny(self):
        relay = self.start_controlled()
        host = self.kept(Game(relay, source="127.0.0.2")).host()
        guest = self.kept(Game(relay, source="127.0.0.3")).join(host.code, 2)
        self.assertIn("reloaded", relay.change(access={"join": {"deny": ["127.0.0.3"]}},
                                               parties={"peers": 2}))
        relay.wait_for_log(r"reload_denied [^\n]*peers=1")
        self.assertEqual(guest.wait_for("close"), "join_denied")

    def test_metrics(self):
        relay = self.start_controlled()
        host, guest, _ = self.party(relay)
        host.put(b"x", 2)
        guest.next_packet()
        host, port = relay.admin_address
        with relay.opener.open(f"http://{host}:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        for line in ('use{of="parties"} 1', 'use{of="peers"} 3', "parties_opened_total 1",
                     "peers_joined_total 3", 'party_packets_total{mode="reliable"} 1',
                     "party_packets_passed_total 1", 'party_events_total{event="peer_joined"} 2'):
            self.assertIn(f"\nnetplay_relay_{line}\n", text)


if __name__ == "__main__":
    main()
