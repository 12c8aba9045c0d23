"""The demo as an exported game in real Chromium: it hosts and joins as everywhere else, and comes
back when its network was lost."""

import functools
import http.server
import json
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "page"))

# pylint: disable=wrong-import-position
import browser  # noqa: E402
import godot_runner  # noqa: E402
import godot_web  # noqa: E402
from cutter import Cutter  # noqa: E402
from demo_test import Program  # noqa: E402
from godot_runner import GodotTest, main  # noqa: E402
from waiting import wait_until  # noqa: E402

LIMIT = 60
BACKGROUND_SECONDS = 25  # the relay takes a peer that is silent for 20 s for lost
OLD = 100
MOVING_BYTES = 2000
FAULTS = ("ERROR", "cannot start", "Parse Error", "abort")


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing."""


class Tab:
    """The game in a tab of its own, and what it prints."""

    def __init__(self, test, *words):
        self.driver = test.driver
        self.driver.switch_to.new_window("tab")
        self.handle = self.driver.current_window_handle
        self.driver.get(f"{test.page}#{urllib.parse.quote(json.dumps(['--', *words]))}")

    def printed(self):
        self.driver.switch_to.window(self.handle)
        return "\n".join(self.driver.execute_script("return printed"))

    def wait(self, pattern):
        try:
            return wait_until(lambda: re.search(rf"(?m)^{pattern}$", self.printed()), LIMIT,
                              pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.printed()}") from None

    def close(self):
        self.driver.switch_to.window(self.handle)
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])


class WebTest(GodotTest):
    driver = None
    missing = ""

    @classmethod
    def setUpClass(cls):
        cls.missing = browser.missing()
        if cls.missing:
            return
        try:
            engine = godot_web.prepare(godot_web.CACHE)
        except godot_web.Impossible as reason:
            cls.missing = str(reason)
            return
        super().setUpClass()
        site = pathlib.Path(tempfile.mkdtemp(prefix="godot-site-"))
        cls.addClassCleanup(shutil.rmtree, site)
        godot_web.export(godot_runner.project, engine, site)
        shutil.copy(HERE / "page" / "game.html", site / "index.html")
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Files, directory=str(site)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.page = f"http://127.0.0.1:{server.server_address[1]}/"
        cls.driver = browser.start_chromium(browser.WITH_WEBGL)
        cls.addClassCleanup(cls.driver.quit)

    @classmethod
    def tearDownClass(cls):
        if cls.relay:
            super().tearDownClass()

    def setUp(self):
        if self.missing:
            self.skipTest(self.missing)

    def program(self, name, *words):
        return Program(self, name, "--", *words)

    def assert_no_faults(self, tab):
        printed = tab.printed()
        self.assertIn("Godot Engine v4", printed)
        for fault in FAULTS:
            self.assertNotIn(fault, printed)

    def test_joins(self):
        host = self.program("host", "--host", self.address(), "--wander", "--say", "from Linux")
        code = host.wait(r"code (\S+)").group(1)
        host.wait("1: from Linux")
        web = Tab(self, "--join", self.address(), code, "--wander", "--say", "from the web")
        number = host.wait(r"(\d+): from the web").group(1)
        for line in ("joined", "1 is here", f"{number} is here", "1 moves", "1: from Linux"):
            web.wait(line)
        host.wait(f"{number} moves")
        web.driver.save_screenshot(str(browser.pictures() / "godot_game.png"))
        self.assert_no_faults(web)
        web.close()
        host.wait(f"{number} is gone")
        self.assertNotIn("waiting for", host.printed())

    def test_hosts(self):
        web = Tab(self, "--host", self.address(), "--wander", "--say", "from the web")
        code = web.wait(r"code (\S+)").group(1)
        ann = self.program("ann", "--join", self.address(), code, "--wander", "--say", "I am Ann")
        number = web.wait(r"(\d+): I am Ann").group(1)
        bob = self.program("bob", "--join", self.address(), code, "--wander")
        for line in ("1: from the web", f"{number}: I am Ann", "1 moves", f"{number} moves"):
            bob.wait(line)
        web.wait(f"{number} moves")
        self.assert_no_faults(web)
        web.close()
        ann.wait("over")
        bob.wait("over")

    def test_comes_back(self):
        cutter = Cutter(self.relay.address)
        self.addCleanup(cutter.end)
        host = self.program("host", "--host", self.address(), "--wander")
        code = host.wait(r"code (\S+)").group(1)
        web = Tab(self, "--join", cutter.address, code, "--wander")
        number = host.wait(r"(\d{2,}) moves").group(1)
        self.assertTrue(cutter.cut())
        for each in (host, web):
            each.wait(f"waiting for the network of {number}")
            each.wait(f"{number} is back")
        self.assertNotIn(f"{number} is gone", host.printed())

    def test_a_tab_in_the_background(self):
        """It takes nothing, but stays in the party, and goes on when it is looked at again."""
        host = self.program("host", "--host", self.address(), "--wander")
        code = host.wait(r"code (\S+)").group(1)
        web = Tab(self, "--join", self.address(), code, "--wander")
        number = host.wait(r"(\d{2,}) moves").group(1)

        def state():
            party = next(each for each in self.relay.status()["parties"] if each["code"] == code)
            return next(each for each in party["peers"] if each["peer_id"] == int(number))

        other = Tab(self, "--quit-after", "1")
        self.addCleanup(other.close)
        seconds = state()["age_seconds"] + BACKGROUND_SECONDS
        wait_until(lambda: state()["messages_dropped"] > OLD and state()["age_seconds"] > seconds,
                   LIMIT, "old states to be dropped")
        self.assertEqual(state()["state"], "here")
        self.assertGreater(state()["untaken_bytes"], 0)
        taken = state()["bytes_in"]
        web.printed()  # looks at it
        wait_until(lambda: state()["bytes_in"] > taken + MOVING_BYTES, LIMIT, "it to go on")
        self.assertNotIn("waiting for", host.printed())

    def test_is_told_why(self):
        web = Tab(self, "--join", self.address(), "BBBB-BBBB")
        web.wait("No game with this code is open.")
        web.wait("over")


if __name__ == "__main__":
    main()
