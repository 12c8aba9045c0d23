"""What the page does with its stream, and with answers that a relay gives seldom: a stand-in gives
them at will."""

import re

from browser import BrowserTest, pictures
from stand_in import TOKEN, StandIn

# pylint: disable=wrong-import-order
from runner import main

TABS = 7  # one more than a browser has connections to a server
FEED = "return document.querySelectorAll('#feed li').length"
PICTURE_WIDTH = 1280


class StandInTest(BrowserTest):
    def stand_in(self, *arguments, **options):
        relay = StandIn(*arguments, **options)
        self.addCleanup(relay.end)
        return relay

    def open(self, relay):
        self.driver.get(relay.url)
        self.wait_for(lambda: self.text("#state") == "running", "the first status")


class Stream(StandInTest):
    def test_comes_back_after_whatever_answer(self):
        relay = self.stand_in()
        self.open(relay)
        self.wait_for(lambda: self.js(FEED) > 5, "what is kept of the feed")
        told = self.js(FEED)
        relay.faults = [503, 204, 502]
        relay.cut_streams()
        self.wait_for_text("#line", "No word of the relay")
        self.assertIn("down", self.one("body").get_attribute("class"))
        self.assertTrue(self.all(".card"))
        self.wait_for(lambda: len(relay.streams) >= 5 and relay.open_streams == 1, "a new stream")
        self.wait_for(lambda: self.text("#line") == "", "it to be up again")
        # It has asked for what came after the last it knew, and shows nothing twice.
        self.assertEqual(relay.streams[0], "status=1&last_event_id=0")
        self.assertRegex(relay.streams[-1], r"last_event_id=[1-9]")
        self.assertEqual(self.js(FEED), told)
        self.assert_quiet_console("Failed to load resource", "ERR_")

    def test_one_stream_for_all_tabs(self):
        self.seven_tabs()

    def test_one_stream_without_locks(self):
        """Over plain HTTP from another machine a browser has no navigator.locks."""
        script = "Object.defineProperty(navigator, 'locks', {value: undefined})"
        self.seven_tabs(lambda: self.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": script}))

    def seven_tabs(self, prepare=lambda: None):
        relay = self.stand_in()
        first = self.driver.current_window_handle
        self.addCleanup(self.close_others, first)
        self.driver.switch_to.new_window("tab")
        prepare()
        self.open(relay)
        leader = self.driver.current_window_handle
        for _ in range(TABS - 1):
            self.driver.switch_to.new_window("tab")
            prepare()
            self.open(relay)
            self.wait_for(lambda: self.all(".card .side"), "games")
            self.wait_for(lambda: self.js(FEED) > 5, "what came before it was opened")
        self.assertEqual(relay.open_streams, 1)
        self.enter_token(TOKEN)  # a button works
        self.wait_for_text("#told", "The token is right")
        last = self.driver.current_window_handle
        self.driver.switch_to.window(leader)
        self.driver.close()
        self.driver.switch_to.window(last)
        self.wait_for(lambda: len(relay.streams) == 2 and relay.open_streams == 1,
                      "another tab to lead")
        seen = self.text("#facts"), self.text(".card .meta")
        self.wait_for(lambda: (self.text("#facts"), self.text(".card .meta")) != seen,
                      "statuses to come on")
        self.assertNotIn("last_event_id=0", relay.streams[-1])

    def close_others(self, first):
        for handle in self.driver.window_handles:
            if handle != first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(first)

    def test_on_a_silent_line(self):
        relay = self.stand_in(every=600)
        self.open(relay)
        self.wait_for(lambda: len(relay.streams) > 1, "a second stream", 40)


class States(StandInTest):
    def test_words_for_each(self):
        relay = self.stand_in(every=0.3)
        self.open(relay)
        relay.evening.takes_new = False
        self.wait_for(lambda: self.text("#state") == "closed to new", "that it is closed")
        relay.evening.state = "draining"
        self.wait_for_text("#state", "draining")
        self.assertTrue(self.driver.title.startswith("draining: "))
        relay.evening.state = "running"
        relay.evening.takes_new = True
        self.wait_for(lambda: self.text("#state") == "running", "it to run")

    def test_who_lags_comes_first(self):
        relay = self.stand_in(every=0.3)
        self.open(relay)
        self.wait_for(lambda: "lags" in self.text(".card:first-child .level"), "who lags", 60)
        self.assertIn("bob", self.text(".card:first-child"))
        self.assertEqual(self.text("#count"), "6")

    def test_errors_in_words(self):
        relay = self.stand_in(every=4)  # bob is to be seen until it is asked whether he is to go
        self.open(relay)
        self.enter_token("not it")
        self.wait_for_text("#told", "This is not the relay’s token.")
        self.assertFalse(self.one("#steering").is_displayed())
        self.enter_token(TOKEN)
        self.wait_for(lambda: self.one("#steering").is_displayed(), "the controls")
        relay.evening.gone = {int(1e6)}
        self.js("document.querySelector('[aria-label=\"Send bob away\"]').click()")
        relay.evening.gone = set(range(30000))
        self.js("document.querySelector('.ask button.danger').click()")
        self.wait_for_text("body", "here is no such connection.")
        self.assert_quiet_console("401", "404")

    def test_picture_of_an_evening(self):
        """The picture in docs/page.png is one of these."""
        relay = self.stand_in(every=0.1)
        self.size(PICTURE_WIDTH, 860)
        self.open(relay)
        memory = re.compile(r"[\d.]+ MB")
        self.wait_for(lambda: memory.search(self.text("#figures")) and relay.evening.second > 150,
                      "an evening to pass", 120)
        self.picture("evening")
        self.colours("dark")
        self.wait_for(lambda: self.js("return matchMedia('(prefers-color-scheme: dark)').matches"),
                      "the dark")
        self.picture("evening_dark")
        self.assertTrue((pictures() / "evening.png").stat().st_size)


if __name__ == "__main__":
    main()
