"""Every control of the page asks the relay for what it says: what a stand-in is told."""

from browser import BrowserTest, missing
from stand_in import TOKEN, StandIn

# pylint: disable=wrong-import-order
from runner import main

ENTER = "\ue007"


class Controls(BrowserTest):
    def setUp(self):
        if not missing():
            self.driver.get("about:blank")  # the page of the test before asks no more
        super().setUp()
        self.relay = StandIn(every=0.3)
        self.addCleanup(self.relay.end)
        self.driver.get(self.relay.url)
        self.wait_for(lambda: self.text("#state") == "running", "the first status")
        self.enter_token(TOKEN)
        self.wait_for(lambda: self.one("#steering").is_displayed(), "the controls")

    def tearDown(self):
        self.assert_quiet_console()
        super().tearDown()

    def fill(self, **values):
        """Inputs of the part, or of the question, that is open."""
        for name, value in values.items():
            self.one(f".ask [name={name}], #steering details[open] [name={name}]").send_keys(value)

    def was_told(self, path, **body):
        self.wait_for(lambda: (path, body) in self.relay.orders,
                      f"{path} {body}, not {self.relay.orders}")

    def test_of_people(self):
        self.press("Send bob away")
        self.fill(reason="spoils every game")
        self.press("Kick and ban")
        self.wait_for_text("#told", "bob was sent away")
        self.was_told("/control/kick", id=100, ban_seconds=3600, reason="spoils every game")
        self.wait_for(lambda: "bob" not in self.text("#cards"), "bob to be gone")
        self.press("Send carol away")
        self.press("Kick")
        self.was_told("/control/kick", id=101)

    def test_of_games(self):
        self.press("Say…")
        self.fill(text="five more minutes" + ENTER)
        self.was_told("/control/say", room=12, text="five more minutes")
        self.press("End room…")
        self.press("End the room")
        self.was_told("/control/end", room=12)
        self.one("#filter").send_keys("june")
        self.press("End session…")
        self.press("End the session")
        self.was_told("/control/end", session="AAB4gnhbOk8u0002")

    def test_of_parties(self):
        self.one("#filter").send_keys("discs")
        self.press("Send Peer 1290433117 away")
        self.press("Kick")
        self.was_told("/control/kick", party=5, peer_id=1290433117)
        self.wait_for(lambda: "1290433117" not in self.text("#cards"), "it to be gone")
        self.press("Send Peer 55210943 away")  # is absent: there is no connection to ban
        self.assertNotIn("Kick and ban", self.text(".ask"))
        self.press("Kick")
        self.was_told("/control/kick", party=5, peer_id=55210943)
        self.press("Send Peer 731502846 away")
        self.fill(reason="spoils every game")
        self.press("Kick and ban")
        self.wait_for_text("#told", "Peer 731502846 was sent away")
        self.assertEqual(self.relay.orders[-1][1]["reason"], "spoils every game")
        self.press("Send Host away")
        self.assertIn("Its party ends", self.text(".ask"))
        self.press("Cancel")
        self.press("End party…")
        self.press("End the party")
        self.was_told("/control/end", party=5)

    def test_of_bans_and_reserved_ids(self):
        self.open_part("Bans")
        self.fill(network="203.0.113.0/24", minutes="90")
        self.press("Ban…")
        self.press("Ban", "#steering .ask")
        self.was_told("/control/ban", network="203.0.113.0/24", seconds=5400, reason="")
        self.press("Lift the ban of 203.0.113.0/24")
        self.was_told("/control/unban", network="203.0.113.0/24")
        self.wait_for_text("#steering", "Nobody is banned")
        self.open_part("Bans")
        self.open_part("Reserved sessions")
        self.fill(session="FRIDAYNIGHTSNES1", networks="203.0.113.7 2001:db8::/64")
        self.press("Reserve")
        self.was_told("/control/reserve", session="FRIDAYNIGHTSNES1",
                      networks=["203.0.113.7", "2001:db8::/64"])

    def test_of_the_relay(self):
        self.press("Take in nothing new…")
        self.press("Take in nothing new", "#steering .ask")
        self.was_told("/control/new", allowed=False)
        self.press("Take in new sessions and rooms")
        self.was_told("/control/new", allowed=True)
        self.open_part("Drain")
        self.fill(minutes="30", message="until tomorrow")
        self.press("Drain…")
        self.press("Drain", "#steering .ask")
        self.was_told("/control/drain", in_seconds=1800, message="until tomorrow")
        self.press("Stop draining")
        self.was_told("/control/undrain")
        self.open_part("Drain")
        self.open_part("Say to all rooms")
        self.fill(text="hello" + ENTER)
        self.was_told("/control/say", text="hello")
        self.open_part("Log")
        self.press("Set")
        self.was_told("/control/log_level", level="info")


if __name__ == "__main__":
    main()
