"""The controls of the page with the real relay: with its token, without, and with a wrong one."""

import json
import tempfile

from browser import BrowserTest, fetch

# pylint: disable=wrong-import-order
from netplay_player import two_players
from runner import main

TOKEN = "entered-by-hand-7f3a"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


class WithToken(BrowserTest):
    def start_with_token(self, config=None):
        # pylint: disable=consider-using-with
        file = tempfile.NamedTemporaryFile("w", suffix=".token")
        self.addCleanup(file.close)
        file.write(TOKEN + "\n")
        file.flush()
        return self.start({"admin": {"listen": ["127.0.0.1:0"], "token_file": file.name},
                           **(config or {})})

    def bans(self, relay):
        status, _, body = fetch(self.url(relay) + "control/bans", headers=RIGHT)
        self.assertEqual(status, 200)
        return json.loads(body)["bans"]

    def steer(self, relay):
        self.see(relay)
        self.enter_token(TOKEN)
        self.wait_for(lambda: self.one("#steering").is_displayed(), "the controls")


class Steering(WithToken):
    def a_guest(self, relay):
        host = self.host(relay)
        guest, host_side = self.link(host)
        return host, guest, host_side

    def test_nothing_without_the_token(self):
        relay = self.start_with_token()
        self.a_guest(relay)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "the guest")
        self.assertFalse(self.one("#steering").is_displayed())
        self.assertFalse([it for it in self.all(".card .act button") if it.is_displayed()])
        self.enter_token("not it")
        self.wait_for_text("#told", "This is not the relay’s token.")
        self.assertFalse(self.one("#steering").is_displayed())
        for headers in ({}, {"Authorization": "Bearer not it"}):
            status, _, _ = fetch(self.url(relay) + "control/kick", "POST", headers)
            self.assertEqual(status, 401)

    def test_a_relay_without_one(self):
        relay = self.start()
        self.see(relay)
        self.enter_token("anything")
        self.wait_for(lambda: self.text("#told"), "why there is none")
        self.assertFalse(self.one("#steering").is_displayed())

    def test_kick(self):
        relay = self.start_with_token()
        host, guest, _ = self.a_guest(relay)
        self.steer(relay)
        self.press(f"Send {guest.name()} away")
        self.press("Kick")
        guest.wait_for_any_end()
        self.wait_for(lambda: len(self.all(".card .side")) == 1, "the guest to be gone")
        self.wait_for_text("#told", "was sent away")
        self.wait_for_text("#feed", "kick")
        self.assertEqual(self.bans(relay), [])
        self.link(host)
        self.assert_quiet_console()

    def test_kick_and_ban_with_a_reason_and_lift_it(self):
        relay = self.start_with_token()
        host = self.host(relay)
        guest, _ = self.link(host, "127.0.0.3")
        self.steer(relay)
        self.press(f"Send {guest.name()} away")
        self.one(".ask [name=reason]").send_keys("spoils every game")
        self.press("Kick and ban")
        guest.wait_for_any_end()
        self.wait_for(lambda: self.bans(relay), "the ban")
        self.assertEqual(self.bans(relay)[0]["reason"], "spoils every game")
        self.guest(host, "127.0.0.3").wait_for_any_end()
        self.open_part("Bans")
        self.wait_for_text("#steering", "127.0.0.3")
        self.press("Lift the ban of " + self.text("#steering .list code"))
        self.wait_for(lambda: not self.bans(relay), "it to be lifted")
        self.link(host, "127.0.0.3")

    def test_by_keyboard_alone(self):
        relay = self.start_with_token()
        _, guest, _ = self.a_guest(relay)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "the guest")
        self.tab_to("token")
        self.keys(TOKEN, "\ue007")
        self.wait_for(lambda: self.one("#steering").is_displayed(), "the controls")
        name = f"Send {guest.name()} away"
        self.tab_to(name)
        self.keys("\ue007")
        self.wait_for(lambda: self.focused() == "Kick", "the question")
        self.keys("\ue00c")  # Escape
        self.wait_for(lambda: self.focused() == name, "the focus to be back")
        self.keys("\ue007")
        self.wait_for(lambda: self.focused() == "Kick", "the question")
        self.keys("\ue007")
        guest.wait_for_any_end()

    def test_end_a_session_and_a_room(self):
        relay = self.start_with_token()
        host = self.host(relay)
        self.steer(relay)
        self.press("End session…")
        self.press("End the session")
        host.wait_for_any_end()
        self.wait_for(lambda: not self.all(".card"), "the session to be gone")
        ann, eve = two_players(self, relay)
        self.wait_for(lambda: ann.play_on() or eve.play_on() or self.all(".card .side"), "the room")
        self.press("Say…")
        self.one(".ask [name=text]").send_keys("five more minutes", "\ue007")
        self.wait_for_text("#told", "It was said")
        self.press("End room…")
        self.press("End the room")
        self.wait_for(lambda: ann.pump() or ann.ended, "the end of the room")

    def test_new_ones_and_draining(self):
        relay = self.start_with_token()
        self.host(relay)
        self.steer(relay)
        self.press("Take in nothing new…")
        self.press("Take in nothing new")
        self.wait_for(lambda: self.text("#state") == "closed to new", "the relay to be closed")
        self.press("Take in new sessions and rooms")
        self.wait_for(lambda: self.text("#state") == "running", "it to be open")
        self.open_part("Drain")
        self.one("#steering [name=minutes]").send_keys("30")
        self.press("Drain…")
        self.press("Drain", "#steering .ask")
        self.wait_for_text("#state", "running, drains in ")
        self.picture("drain_planned")
        self.press("Call the drain off")
        self.wait_for(lambda: self.text("#state") == "running", "it to run")
        self.press("Drain…")
        self.press("Drain", "#steering .ask")
        self.wait_for_text("#state", "draining")
        self.press("Stop draining")
        self.wait_for(lambda: self.text("#state") == "running", "it to run")

    def test_ban_and_reserve(self):
        relay = self.start_with_token()
        self.steer(relay)
        self.open_part("Bans")
        form = "#steering details[open] form"
        self.one(form + " [name=network]").send_keys("203.0.113.300")
        self.press("Ban…")
        self.press("Ban", "#steering .ask")
        self.wait_for(lambda: self.text(".ask .bad"), "what is wrong with it")
        self.press("Cancel")
        self.one(form + " [name=network]").clear()
        self.one(form + " [name=network]").send_keys("203.0.113.0/24")
        self.one(form + " [name=minutes]").send_keys("90")
        self.press("Ban…")
        self.press("Ban", "#steering .ask")
        self.wait_for_text("#steering .list", "203.0.113.0/24")
        self.open_part("Bans")
        self.open_part("Reserved sessions")
        self.one("#steering details[open] [name=session]").send_keys("FRIDAYNIGHTSNES1")
        self.one("#steering details[open] [name=networks]").send_keys("203.0.113.7 2001:db8::/64")
        self.press("Reserve")
        self.wait_for_text("#steering", "FRIDAYNIGHTSNES1")
        self.press("Lift the reservation of FRIDAYNIGHTSNES1")
        self.wait_for(lambda: "FRIDAYNIGHTSNES1" not in self.text("#steering .list"),
                      "it to be gone")
        self.picture("steering")


if __name__ == "__main__":
    main()
