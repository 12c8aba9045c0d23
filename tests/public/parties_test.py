"""Parties of Godot games on the page for everybody: only those whose host and operator want it."""

from public_relay import PublicRelays

# pylint: disable=wrong-import-order
from party_client import Game
from relay_process import run_command
from runner import RelayTest, main


class PartiesTest(PublicRelays, RelayTest):
    def host_party(self, relay, source=None, **words):
        return self.kept(Game(relay, source=source)).host(game="tanks 3", **words)

    def test_only_those_whose_host_wants_it(self):
        relay = self.start_public()
        for shown in (False, 1, "true", None):
            self.host_party(relay, shown=shown)
        host = self.host_party(relay, source="127.0.0.5", shown=True)
        guest = self.kept(Game(relay, source="127.0.0.6")).join(host.code, 77, game="tanks 3")
        (game,) = self.wait_for_games(relay, lambda seen: seen and seen[0]["people"] == 2, "it")
        age = game.pop("age_seconds")
        self.assertGreaterEqual(age, 0)
        self.assertEqual(game, {
            "key": "party 5", "kind": "party", "game": "tanks 3", "code": host.code, "people": 2,
            "free": 6, "lets_in": True, "port": relay.address[1]})
        text = self.fetch(relay, "games")[1]
        ports = {str(peer.socket.getsockname()[1]) for peer in (host, guest)}
        for private in ("127.0.0", host.token, guest.token, *ports):
            self.assertNotIn(private, text)
        host.say(refuse=True)
        self.wait_for_games(relay, lambda seen: not seen[0]["lets_in"], "it to let nobody in")
        host.hang_up()
        self.wait_for_games(relay, lambda seen: not seen, "it to be gone")

    def test_only_if_the_operator_wants_it(self):
        relay = self.start_public(parties=False)
        party = self.host_party(relay, shown=True)
        session = self.host(relay)
        self.wait_for_games(relay, lambda seen: [game["kind"] for game in seen] == ["session"],
                            "the session alone")
        self.assertIn("reloaded", relay.change(public_page={"listen": ["127.0.0.1:0"]}))
        self.wait_for_games(relay, lambda seen: [game.get("code") for game in seen] == [party.code],
                            "the party alone")
        self.assertTrue(session)
        self.assertTrue(relay.status()["parties"][0]["shown"])

    def test_it_stays_through_an_upgrade(self):
        relay = self.start_public()
        party = self.host_party(relay, shown=True)
        self.host_party(relay)
        self.assertEqual(run_command("upgrade", "http://%s:%d" % relay.admin_address).returncode, 0)
        games = self.wait_for_games(relay, bool, "it")
        self.assertEqual([game["code"] for game in games], [party.code])


if __name__ == "__main__":
    main()
