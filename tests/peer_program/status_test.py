"""What the relay's status tells of games between netplay-peers."""

import json
import pathlib

import peer_runner
import relay_process
from peer_process import DESYNC, REFUSED, SEEN_LIMIT
from peer_runner import PeerTest
from waiting import wait_until

try:
    import jsonschema
except ImportError:
    jsonschema = None

STATUS_SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "status.schema.json"


class GameStatusTest(PeerTest):
    def game_of(self, relay, nick):
        """The game of that guest's link; None as long as there is none."""
        status = relay.status()
        if jsonschema:
            schema = json.loads(STATUS_SCHEMA.read_text(encoding="utf-8"))
            jsonschema.Draft202012Validator(schema).validate(status)
        games = [link["game"] for session in status["sessions"] for link in session["links"]]
        return next((game for game in games if game and game["guest"]["nick"] == nick), None)

    def wait_for_game(self, relay, nick, condition):
        def found():
            game = self.game_of(relay, nick)
            return game if game and condition(game) else None
        return wait_until(found, SEEN_LIMIT, f"such a game of {nick}: {self.game_of(relay, nick)}")

    def in_game(self, relay, nick, frame=1):
        return self.wait_for_game(
            relay, nick, lambda game: min(game[end]["frame"] or 0 for end in ("guest", "host"))
            >= frame and nick in [player["nick"] for player in game["players"]])

    def test_who_plays_what(self):
        relay = self.start()
        host = self.host("--nick", "alice", relay=relay)
        guest = self.join(host, "--nick", "bob")
        game = self.in_game(relay, "bob", 100)
        self.assertEqual((game["stage"], game["protocol"]), ("game", 7))
        self.assertEqual((game["guest"]["nick"], game["host"]["nick"]), ("bob", "alice"))
        self.assertRegex(game["core"]["name"], "(?i)arena")
        self.assertEqual(game["players"], [{"number": 0, "nick": "alice"},
                                           {"number": 1, "nick": "bob"}])
        self.assertRegex(game["guest"]["content_crc"], "^[0-9a-f]{8}$")
        self.assertEqual(game["guest"]["content_crc"], game["host"]["content_crc"])
        self.assertFalse(game["password_asked"] or game["content_differs"])
        self.assertGreater(game["crcs"], 0)
        self.assertEqual((game["crc_mismatches"], game["resyncs"]), (0, 0))
        later = self.in_game(relay, "bob", game["guest"]["frame"] + 60)
        self.assertGreater(later["host"]["frame"], game["host"]["frame"])
        self.assertTrue(guest.is_running())
        shown = relay_process.run_command("status", "%s:%d" % relay.admin_address)
        self.assertRegex(shown.stdout, r"    bob with alice, .*(?i:arena).*, frame \d+\n")

    def test_every_protocol(self):
        relay = self.start()
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                host = self.host("--until-empty", "--protocol", max(protocol, 5), relay=relay)
                nick = f"bob {protocol}"
                self.join(host, "--nick", nick, "--protocol", protocol)
                self.assertEqual(self.in_game(relay, nick, 60)["protocol"], protocol)

    def test_several_guests_and_a_password(self):
        relay = self.start()
        host = self.host("--nick", "alice", "--ports", 4, "--password", "sesame", relay=relay)
        for nick in ("bob", "carol"):
            self.join(host, "--nick", nick, "--password", "sesame")
            self.assertTrue(self.in_game(relay, nick)["password_asked"])
        self.wait_for_game(relay, "bob", lambda game: len(game["players"]) == 3)
        wrong = self.join(host, "--nick", "dave", "--password", "no", "--frames", 10)
        self.finish(wrong, REFUSED)
        self.assertNotIn("sesame", str(relay.status()))

    def test_a_desync(self):
        """It is there again with the next savestate, so that it is seen several times."""
        relay = self.start()
        host = self.host("--until-empty", "--crc-interval", 10, relay=relay)
        guest = self.join(host, "--nick", "bob", "--core", "builtin:arena,desync=60",
                          "--frames", 600)
        before = self.in_game(relay, "bob")
        game = self.wait_for_game(relay, "bob", lambda game: game["resyncs"] > 0)
        self.assertGreaterEqual(game["crc_mismatches"], game["resyncs"])
        self.assertGreater(game["savestates"], before["savestates"])
        self.assertEqual(game["last_savestate"]["from"], "host")
        self.assertGreater(game["last_savestate"]["frame"], 60)
        shown = relay_process.run_command("status", "%s:%d" % relay.admin_address)
        self.assertRegex(shown.stdout, r"bob with .*, CRC mismatches [1-9]")
        guest.interrupt()
        self.finish(guest, DESYNC)

    def test_off_and_on_again(self):
        relay = self.start({"inspect": False})
        host = self.host("--ports", 4, relay=relay)
        self.join(host, "--nick", "bob")
        wait_until(lambda: [link for link in relay.links() if link["bytes_to_host"] > 4000],
                   SEEN_LIMIT, "a game")
        self.assertEqual([link["game"] for link in relay.links()], [None])
        self.assertIn("reloaded", relay.change(inspect=True))
        self.join(host, "--nick", "carol")
        self.in_game(relay, "carol")
        self.assertIsNone(self.game_of(relay, "bob"))
        self.assertEqual(len(relay.links()), 2)


if __name__ == "__main__":
    peer_runner.main()
