"""The page for everybody, in Chromium, of the real relay with players on it."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "page"))

# pylint: disable=wrong-import-position
import browser  # noqa: E402
from browser import PHONE, BrowserTest  # noqa: E402
from page_test import LOW_CONTRAST  # noqa: E402
from public_relay import SHOWN, PublicRelays  # noqa: E402

from netplay_client import Client, together  # noqa: E402
from party_client import Game  # noqa: E402
from runner import main  # noqa: E402

TEST_LIMIT = 40
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
LOOK_INTERVAL = 0.5  # what one visitor may ask for is limited
FIGURES = """const [done] = arguments;
    import(document.baseURI + "page/line_figures.js").then((m) => { %s })
        .then(done, (error) => done(String(error)));"""
# A line of 480 messages, each back after `trip(number)` ms.
LINE = "const sent = [], came = []; for (let n = 0; n < 480; ++n) { sent.push(n * m.slot_ms); " \
       "const t = (%s)(n); came.push(t === null ? undefined : n * m.slot_ms + t); } " \
       "const f = m.figures_of(sent, came); return f && {...f, ...m.verdict_of(f)};"


class PublicTest(PublicRelays, BrowserTest):
    def setUp(self):
        if not browser.missing():
            self.driver.get("about:blank")  # the page of the test before asks no more
        super().setUp()

    def see(self, relay):
        self.driver.get(self.public_url(relay))
        self.wait_for(lambda: self.text("#title") != "Games on this relay", "the relay's name")

    def look_until(self, condition, what):
        due = 0

        def look():
            nonlocal due
            if time.monotonic() >= due:
                self.js(LOOK)
                due = time.monotonic() + LOOK_INTERVAL
            return condition()
        self.wait_for(look, what)

    def cards(self):
        return self.all(".game")


class Games(PublicTest):
    def test_games_come_and_go(self):
        relay = self.start_public()
        self.see(relay)
        self.assertEqual(self.text("#title"), "Games on relay.test")
        self.assertIn("No game", self.text("#nobody"))
        host = self.host(relay)
        hidden = self.host(relay)
        self.link(host, "127.0.0.5")
        self.link(hidden, "127.0.0.6")
        self.look_until(lambda: len(self.cards()) == 1 and "2 people" in self.text(".people"),
                        "the session")
        join_text = f"relay.test|{relay.address[1]}|{SHOWN}"
        self.assertEqual(self.text(".join-text"), join_text)
        self.assertEqual(self.text(".command"),
                         f'retroarch -L core.so --connect "{join_text}" --nick me game.file')
        self.assertIn("session", self.text(".kind"))
        ann = self.member(relay, nick="ann")
        bob = self.member(relay, [ann], nick="bob")
        self.look_until(lambda: len(self.cards()) == 2 and "2 play" in self.text(".people"),
                        "a room")
        self.assertIn(f"relay.test|{relay.address[1]}", self.text(".join-text").split("\n"))
        self.assertIn("Arena v1", self.text("h3"))
        self.assertIn("content 00001234", self.text(".facts"))
        self.assertIn("14 places free", self.text(".free"))
        whole = self.js("return document.documentElement.outerHTML")
        for private in ("127.0.0", "ann", "bob", *(session["id"] for session in
                                                   relay.status()["sessions"][1:])):
            self.assertNotIn(private, whole.replace(self.public_url(relay), ""))
        for client in (ann, bob):
            client.close()
        self.look_until(lambda: len(self.cards()) == 1, "the room to go")
        host.close()
        self.look_until(lambda: not self.cards(), "the session to go")
        self.assertTrue(self.one("#nobody").is_displayed())
        self.assert_quiet_console()

    def test_parties_come_and_go(self):
        relay = self.start_public()
        self.see(relay)
        nasty = "<b>tanks</b> '\"><img src=x>"
        hidden = self.kept(Game(relay)).host(game="hidden game")
        host = self.kept(Game(relay)).host(game=nasty, shown=True)
        guest = self.kept(Game(relay)).join(host.code, 77, game=nasty)
        self.look_until(lambda: len(self.cards()) == 1 and "2 play" in self.text(".people"),
                        "the party")
        self.assertEqual(self.text("h3"), nasty)
        self.assertEqual(self.text(".join-text"), host.code)
        self.assertEqual(self.text(".command"), f"relay.test:{relay.address[1]}")
        self.assertIn("6 places free", self.text(".free"))
        self.assertIn("Godot", self.text(".kind"))
        self.assertFalse(self.all(".game img, .game b"))
        whole = self.js("return document.documentElement.outerHTML")
        for private in ("127.0.0", "hidden game", hidden.code, host.token):
            self.assertNotIn(private, whole.replace(self.public_url(relay), ""))
        self.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": [
            "clipboardReadWrite", "clipboardSanitizedWrite"]})
        self.one(".game .copy button").click()
        self.wait_for_text(".game .copy button", "Copied")
        self.assertEqual(self.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0], arguments[0])"), host.code)
        self.assertEqual(self.js(LOW_CONTRAST), [])
        self.picture("public_party")
        host.say(refuse=True)
        self.look_until(lambda: "lets nobody in" in self.text(".free"), "it to be closed")
        guest.close()
        host.close()
        relay.change(parties={"hold_seconds": 1})
        self.look_until(lambda: not self.cards(), "the party to go")
        self.assert_quiet_console()

    def test_nicks_if_they_are_allowed(self):
        relay = self.start_public(nicks=True, title="Friday night")
        nasty = "<b>'\"><img src=x>"
        ann = self.member(relay, nick=nasty, core='"; rm -rf <i>')
        self.see(relay)
        self.assertEqual((self.text("#title"), self.driver.title), ("Friday night", "Friday night"))
        self.wait_for(self.cards, "the room")
        self.assertIn(nasty, self.text(".people"))
        self.assertIn('"; rm -rf <i>', self.text("h3"))
        self.assertNotIn("rm -rf", self.text(".command"))
        self.assertFalse(self.all(".game img, .game i, .game b"))
        together([ann], lambda: ann.plays, "the room to be there still")
        self.assert_quiet_console()

    def test_without_a_name_it_is_that_of_the_page(self):
        relay = self.start_public({"public_name": ""})
        self.host(relay)
        self.see(relay)
        self.wait_for(self.cards, "the session")
        self.assertEqual(self.text(".join-text"), f"127.0.0.1|{relay.address[1]}|{SHOWN}")
        self.assertEqual(self.text("#reach"), f"127.0.0.1|{relay.address[1]}")
        self.assertNotIn("127.0.0", self.fetch(relay, "games")[1])

    def test_copy(self):
        relay = self.start_public()
        self.host(relay)
        self.see(relay)
        self.wait_for(self.cards, "the session")
        self.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": [
            "clipboardReadWrite", "clipboardSanitizedWrite"]})
        for button, shown in ((".game .copy:nth-of-type(2) button", ".join-text"),
                              (".game .copy:nth-of-type(3) button", ".command"),
                              (".reach button", "#reach")):
            self.one(button).click()
            self.wait_for_text(button, "Copied")
            copied = self.driver.execute_async_script("""navigator.clipboard.readText()
                .then(arguments[0], (error) => arguments[0](error.name))""")
            self.assertEqual(copied, self.text(shown))

    def test_the_relay_goes_and_comes_back(self):
        relay = self.start_public()
        self.host(relay)
        self.see(relay)
        self.wait_for(self.cards, "the session")
        relay.stop()
        self.look_until(lambda: "does not answer" in self.text("#trouble"), "a word")
        self.assertEqual(len(self.cards()), 1)

    def test_a_relay_without_rooms(self):
        relay = self.start_public({"manual_ip": "off"})
        self.see(relay)
        self.assertFalse(self.one(".rooms-only").is_displayed())
        self.assertIn("host one", self.text("#nobody"))


class Line(PublicTest):
    def figures(self, script):
        return self.driver.execute_async_script(FIGURES % script)

    def test_frames_of_rollback(self):
        self.driver.get(self.public_url(self.start_public()))
        for a, b, jitter, frames in ((0, 0, 0, 1), (10, 10, 0, 1), (33.3, 33.3, 0, 2),
                                     (50, 50, 0, 3), (50, 50, 0.1, 4), (20, 80, 0, 3),
                                     (100, 100, 20, 8), (200, 40, 13.3, 8), (16.6, 16.6, 16.6, 2)):
            self.assertEqual(self.figures(f"return m.rollback_frames({a}, {b}, {jitter})"), frames)

    def test_what_is_said_of_a_line(self):
        self.driver.get(self.public_url(self.start_public()))
        for trip, word, cause, frames, missed in (
                ("() => 12", "smooth", "", 1, 0),
                ("() => 49", "smooth", "", 3, 0),
                ("() => 90", "playable", "distance", 6, 0),
                ("() => 180", "hard", "distance", 11, 0),
                ("(n) => 20 + (n % 10 ? 0 : 40)", "hard", "unsteady", 4, 48),
                ("(n) => 20 + (n % 30 ? 0 : 40)", "playable", "unsteady", 2, 16),
                # It stood still for a third of a second, and what had queued up came at once.
                ("(n) => n >= 200 && n < 220 ? 20 + (220 - n) * m.slot_ms : 20", "playable",
                 "unsteady", 2, 19),
                ("(n) => n % 100 ? 20 : null", "playable", "unsteady", 2, 5)):
            told = self.figures(LINE % trip)
            self.assertIsInstance(told, dict, (trip, told))
            self.assertEqual((told["word"], told["cause"], told["frames"], told["missed"]),
                             (word, cause, frames, missed), trip)
        self.assertIsNone(self.figures(LINE % "(n) => n < 30 ? 20 : null"))

    def test_a_device_that_stands_still_is_not_a_line_that_does(self):
        self.driver.get(self.public_url(self.start_public()))
        stood = LINE % "(n) => n >= 200 && n < 220 ? 20 + (220 - n) * m.slot_ms : 20"
        blind = "[[200 * m.slot_ms, 222 * m.slot_ms]]"
        told = self.figures(stood.replace("(sent, came)", f"(sent, came, {blind})"))
        self.assertEqual((told["word"], told["missed"], told["lost"]), ("smooth", 0, 0))
        self.assertLess(told["messages"], 465)

    def test_my_line(self):
        relay = self.start_public()
        self.see(relay)
        self.one("#test").click()
        self.wait_for(lambda: self.one("#progress").is_displayed(), "the test")
        self.assertFalse(self.one("#test").is_enabled())
        self.wait_for(lambda: self.all(".verdict"), "the verdict", TEST_LIMIT)
        self.assertRegex(self.text(".verdict b"), r"^(Smooth|Playable|Hard)\.$")
        self.assertRegex(self.text(".verdict p"), r"would be \d+ frames? apart \(\d+ ms\)")
        shown = self.text(".figures")
        median, p95, p99, jitter = (float(found) for found in re.findall(r"([\d.]+) ms", shown))
        self.assertLessEqual(median, p95)
        self.assertLessEqual(p95, p99)
        self.assertAlmostEqual(jitter, p95 - median, delta=1.1)
        self.assertLess(median, 100, "on this machine alone")
        late, messages = map(int, re.search(r"(\d+) of (\d+)", shown).groups())
        self.assertGreater(messages, 100)
        self.assertLessEqual(late, messages)
        self.assertEqual(self.text("#test"), "Test again")
        self.assert_quiet_console()

    def test_no_room_for_a_test(self):
        relay = self.start_public()
        self.see(relay)
        for _ in range(2):
            self.driver.execute_async_script("""const url = new URL("line", location.href);
                const socket = new WebSocket(url.href.replace("http", "ws"));
                socket.onopen = () => arguments[0]();
                (window.kept ??= []).push(socket);""")
        self.one("#test").click()
        self.wait_for_text("#result", "no room for yours")
        self.assertTrue(self.one("#test").is_enabled())

    def test_by_keyboard(self):
        relay = self.start_public()
        self.host(relay)
        self.see(relay)
        self.wait_for(self.cards, "the session")
        self.tab_to("Copy the join text")
        self.tab_to("Test my line")
        self.keys(browser.Keys.ENTER)
        self.wait_for(lambda: not self.one("#test").is_enabled(), "the test to begin")
        self.tab_to("Batocera")
        self.keys(browser.Keys.ENTER)
        self.wait_for_text("details[open]", "CUSTOM RELAY SERVER")


class Looks(PublicTest):
    def evening(self):
        relay = self.start_public(nicks=True, title="Friday night on relay.test")
        self.link(self.host(relay), "127.0.0.5")
        ann = self.member(relay, nick="ann", core="Snes9x")
        bob = self.member(relay, [ann], nick="bob", core="Snes9x")
        cat = self.kept(Client(relay, nick="cat", core="Snes9x"))
        together([ann, bob, cat], lambda: cat.number, "cat to be in")
        self.see(relay)
        self.look_until(lambda: len(self.cards()) == 2 and "cat" in self.text(".people"), "both")
        return relay

    def assert_fits(self, width):
        wide = self.js("""const wide = []; for (const it of document.querySelectorAll("body *"))
            if (!it.closest(".skip, .away") && it.getBoundingClientRect().right > innerWidth + 1)
                wide.push(it.tagName + "." + it.className);
            const {scrollWidth, clientWidth} = document.documentElement;
            return [scrollWidth - clientWidth, wide]""")
        self.assertEqual(wide, [0, []], width)

    def test_desk_phone_and_dark(self):
        self.size(1280, 900)
        self.evening()
        self.one("#test").click()
        self.wait_for(lambda: self.all(".verdict"), "the verdict", TEST_LIMIT)
        for name, (width, height), scheme in (("desk", (1280, 1500), "light"),
                                              ("desk_dark", (1280, 1500), "dark"),
                                              ("phone", PHONE, "light"),
                                              ("phone_dark", (360, 2200), "dark")):
            self.size(width, height)
            self.colours(scheme)
            self.assert_fits(width)
            self.assertEqual(self.js(LOW_CONTRAST), [], name)
            self.picture(f"public_{name}")
        self.js("for (const it of document.querySelectorAll('details')) it.open = true")
        self.assert_fits(360)
        self.assert_quiet_console()


if __name__ == "__main__":
    main()
