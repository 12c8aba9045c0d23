"""Parties of Godot games on the page for the operator: a real relay, and real peers of it."""

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from browser import PHONE, fetch
from page_test import CHART, LOW_CONTRAST
from steering_test import WithToken

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peer_program"))

# pylint: disable=wrong-import-order,wrong-import-position
import peer_process  # noqa: E402
import relay_process  # noqa: E402
from peer_process import LOST, PeerProcess  # noqa: E402
from runner import main  # noqa: E402

GAME = "tanks 3"


def beside_the_relay():
    return pathlib.Path(relay_process.binary).resolve().with_name("netplay-peer")


class Party(WithToken):
    def setUp(self):
        super().setUp()
        if not beside_the_relay().exists():
            self.skipTest("netplay-peer is not built")
        peer_process.binary = str(beside_the_relay())

    def peer(self, relay, role, *arguments):
        peer = PeerProcess("party", role, "%s|%d" % relay.address, *arguments, "--json",
                           stdin=subprocess.PIPE)
        self.addCleanup(peer.end)
        self.addCleanup(peer.process.stdin.close)
        return peer

    def said_by(self, peer, event):
        """The first line of that kind."""
        def found():
            lines = peer.printed().rpartition("\n")[0].splitlines()
            self.assertTrue(peer.is_running() or lines, peer.account())
            return next((line for line in map(json.loads, lines) if line["event"] == event), None)
        return self.wait_for(found, f"{event} of {peer.account()}")

    def host_party(self, relay, *arguments):
        host = self.peer(relay, "host", "--game", GAME, "--echo", *arguments)
        return host, self.said_by(host, "code")["code"]

    def join_party(self, relay, code, peer_id):
        """It sends some packets a second, which the host sends back."""
        guest = self.peer(relay, "join", code, "--game", GAME, "--id", str(peer_id), "--send",
                          "1:unreliable:0:", "--rate", "20")
        self.said_by(guest, "welcome")
        return guest


class Seen(Party):
    def test_a_party_comes_and_goes(self):
        relay = self.start()
        self.see(relay)
        self.wait_for_text("#nobody", "Nobody is here")
        host, code = self.host_party(relay)
        self.wait_for_text(".card", code)
        guest = self.join_party(relay, code, 77)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "the guest")
        for words in (GAME, "party 1", "2 of ", "Host", "Peer 77", "0 dropped", "kept"):
            self.assertIn(words, self.text(".card"))
        self.wait_for_text("#figures", "2 people")
        self.wait_for_text(".card .values", " ms")
        before = self.wait_for(lambda: self.js(CHART, ".card .meter"), "a chart of a peer")
        self.wait_for(lambda: self.js(CHART, ".card .meter") != before, "it to move")
        self.one(".card .nick").click()
        self.wait_for_text(".details", "Round trip: now")
        self.wait_for_text(".details", "Dropped messages")
        self.wait_for_text(".details", "game answers in")
        self.one("#filter").send_keys("tanks 77")
        self.assertEqual(self.text("#count"), "1 of 1")
        guest.process.send_signal(signal.SIGKILL)
        self.wait_for_text(".card", "is absent, its place is held")
        host.process.stdin.write(b"quit\n")
        host.process.stdin.flush()
        self.wait_for(lambda: not self.all(".card"), "the party to be gone")
        for words in (f"opened: {GAME}", "Peer 77 came into party 1", "Peer 77 lost the connection",
                      "Party 1 ended"):
            self.wait_for_text("#feed", words)
        self.assert_quiet_console()

    def test_the_code_is_copied_and_shown_as_a_picture(self):
        relay = self.start()
        _, code = self.host_party(relay)
        self.see(relay)
        self.wait_for_text(".card code", code)
        self.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": [
            "clipboardReadWrite", "clipboardSanitizedWrite"]})
        self.one(".card [aria-label='Copy the code']").click()
        self.wait_for_text(".card", "Copied")
        self.assertEqual(self.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0], arguments[0])"), code)
        self.js("document.querySelector('.card [aria-label^=QR]').click()")
        self.wait_for(lambda: self.all(".card .qr"), "the picture")
        if not shutil.which("zbarimg"):
            return  # nobody here reads it
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            self.one(".card .qr").screenshot(file.name)
            read = subprocess.run(["zbarimg", "-q", "--raw", file.name], capture_output=True,
                                  text=True, check=False, timeout=20)
        self.assertEqual(read.stdout.strip(), code)

    def test_on_a_phone_in_the_dark(self):
        relay = self.start_with_token()
        _, code = self.host_party(relay, "--shown")
        self.join_party(relay, code, 2147483647)
        self.size(*PHONE)
        self.colours("dark")
        self.steer(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "both")
        self.wait_for_text(".card", "shown to everybody")
        for opener in (".card .nick", ".card [aria-label^=QR]", ".card [aria-label^=Send]"):
            self.js("document.querySelector(arguments[0]).click()", opener)
        self.wait_for_text(".details", "Round trip: now")
        width = self.js("return [document.documentElement.scrollWidth, innerWidth]")
        self.assertLessEqual(max(width), PHONE[0])
        self.assertEqual(self.js(LOW_CONTRAST), [])
        self.js("document.querySelector('.card').scrollIntoView()")
        self.picture("party_phone_dark")
        self.size(1280, 900)
        self.colours("light")
        self.wait_for(lambda: self.js(LOW_CONTRAST) == [], "the colours of the day")
        self.picture("party")
        self.assert_quiet_console()


class Steered(Party):
    def test_nothing_without_the_token(self):
        relay = self.start_with_token()
        _, code = self.host_party(relay)
        self.join_party(relay, code, 77)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "both")
        self.assertFalse([it for it in self.all(".card .act button") if it.is_displayed()])
        for path in ("kick", "end"):
            for headers in ({}, {"Authorization": "Bearer not it"}):
                status, _, _ = fetch(self.url(relay) + f"control/{path}", "POST", headers)
                self.assertEqual(status, 401)
        self.assertEqual(len(relay.status()["parties"][0]["peers"]), 2)

    def test_kick_and_end(self):
        relay = self.start_with_token()
        host, code = self.host_party(relay)
        guest = self.join_party(relay, code, 77)
        self.steer(relay)
        self.press("Send Peer 77 away")
        self.press("Kick")
        self.assertEqual(guest.wait(), LOST, guest.account())
        self.assertIn("sent_away", guest.account())
        self.wait_for(lambda: len(self.all(".card .side")) == 1, "the guest to be gone")
        self.wait_for_text("#told", "Peer 77 was sent away")
        self.wait_for_text("#feed", "kick")
        self.assertEqual(self.bans(relay), [])
        again = self.join_party(relay, code, 78)
        self.wait_for_text(".card", "Peer 78")
        self.press("End party…")
        self.wait_for_text(".ask", "2 people have to go")
        self.press("End the party")
        for peer in (host, again):
            self.assertEqual(peer.wait(), LOST, peer.account())
            self.assertIn("ended_by_operator", peer.account())
        self.wait_for(lambda: not self.all(".card"), "the party to be gone")
        self.assert_quiet_console()

    def test_who_is_absent_is_kicked_and_not_banned(self):
        relay = self.start_with_token()
        _, code = self.host_party(relay)
        guest = self.join_party(relay, code, 77)
        self.steer(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 2, "both")
        guest.process.send_signal(signal.SIGKILL)
        self.wait_for_text(".card", "is absent")
        self.press("Send Peer 77 away")
        self.assertNotIn("ban", self.text(".ask"))
        self.press("Kick")
        self.wait_for_text("#feed", "Peer 77 is out of party 1 (tanks 3): sent away")
        self.wait_for(lambda: len(self.all(".card .side")) == 1, "the place to be free")
        self.assertEqual(self.bans(relay), [])
        self.assert_quiet_console()


if __name__ == "__main__":
    main()
