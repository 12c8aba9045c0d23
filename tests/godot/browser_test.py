"""A party of Godot and of Chromium: pages speak the wire with the browser's own WebSocket, the game
has the addon's peer without SceneMultiplayer."""

import functools
import hashlib
import http.server
import os
import pathlib
import random
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "page"))

# pylint: disable=wrong-import-position
import browser  # noqa: E402
from cutter import Cutter  # noqa: E402
from godot_runner import GodotTest, main  # noqa: E402
from waiting import keep_true, wait_until  # noqa: E402

LIMIT = 30
HOLD_SECONDS = 2
UNRELIABLE, ORDERED, RELIABLE = range(3)
GAME = "in a browser 1"
BYTES = bytes(range(256)).hex()
LARGE = 1_000_000
OLD_SECONDS = 0.2
OLD_MAX = 60


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing."""


def serve_page():
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Files, directory=str(HERE / "page")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Tab:
    """A peer in a tab of its own."""

    def __init__(self, test, number, driver=None):
        self.driver = driver or test.driver
        self.id = number
        self.driver.switch_to.new_window("tab")
        self.handle = self.driver.current_window_handle
        self.driver.get(test.page)

    def join(self, address, code, kept=False):
        self.run("begin(`ws://${arguments[0]}/party`, {join: arguments[1]}, arguments[2])",
                 address, {"code": code, "game": GAME, "id": self.id}, kept)
        return self

    def run(self, script, *arguments):
        self.driver.switch_to.window(self.handle)
        return self.driver.execute_script(script, *arguments)

    def get(self, what):
        return self.run(f"return peer.{what}")

    def wait(self, what, described=None):
        """Until this of the peer's is true."""
        def found():
            return self.get(what)
        try:
            return wait_until(found, LIMIT, described or what)
        except AssertionError as error:
            told = self.run("return [peer.is_in, peer.texts, peer.ends, peer.packets.length]")
            raise AssertionError(f"{error}; of the page: {told}") from None

    def put(self, target, mode, channel, *payloads):
        self.run("peer.put(...arguments)", target, mode, channel, *payloads)

    def packets(self):
        return [(each["source"], each["mode"], each["channel"], each["payload"])
                for each in self.get("packets")]

    def wait_for_packets(self, count):
        self.wait(f"packets.length >= {count}", f"{count} packets")
        return self.packets()

    def texts(self, word):
        return [text for text in self.get("texts") if word in text]

    # How it goes.

    def close(self):
        self.driver.switch_to.window(self.handle)
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def reload(self):
        self.driver.switch_to.window(self.handle)
        self.driver.refresh()

    def leave(self):
        self.driver.switch_to.window(self.handle)
        self.driver.get("about:blank")

    def end_process(self):
        """What runs its page is killed, and every other page of this Chromium with it."""
        for process in processes_of(self.driver.capabilities["goog:processID"], b"--type=renderer"):
            os.kill(process, signal.SIGKILL)


class BrowserTest(GodotTest):
    driver = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if browser.missing():
            return
        super().setUpClass()
        server = serve_page()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.page = f"http://127.0.0.1:{server.server_address[1]}/"
        cls.driver = browser.start_chromium()
        cls.addClassCleanup(cls.driver.quit)

    @classmethod
    def tearDownClass(cls):
        if cls.relay:
            super().tearDownClass()

    def setUp(self):
        if browser.missing():
            self.skipTest(browser.missing())
        self.numbers = random.Random(self.id())
        self.first = self.driver.window_handles[0]
        self.addCleanup(self.close_tabs)

    def close_tabs(self):
        for handle in self.driver.window_handles:
            if handle != self.first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(self.first)

    # Who takes part.

    def host(self, relay=None, mesh=False, name="host"):
        """A game that hosts, and its code."""
        relay = relay or self.relay
        game = self.game(name)
        game.ask("host", transport="relay", address=f"127.0.0.1:{relay.address[1]}", raw=True,
                 hex=True, options={"game": GAME, "mesh": mesh})
        return game, game.wait("opened")[1]

    def joining_game(self, name, code):
        game = self.game(name)
        game.ask("join", transport="relay", address=self.address(), raw=True, hex=True, at=code,
                 options={"game": GAME})
        game.wait("peer_connected", 1)
        return game, game.ask("id")

    def tab(self, code, address=None, driver=None, **options):
        tab = Tab(self, self.numbers.randrange(2, 1 << 31), driver)
        tab.join(address or self.address(), code, **options)
        tab.wait("is_in", "a welcome")
        return tab

    @staticmethod
    def told(game):
        return [tuple(event[1:]) for event in game.find("packet")]

    def put(self, game, target, mode, channel, payload):
        self.assertEqual(game.ask("put", target=target, mode=mode, channel=channel, text=payload),
                         0)

    def put_counted(self, tab, since, until):
        """To the host, each a message."""
        tab.run("for (let at = arguments[0]; at < arguments[1]; ++at)"
                "    peer.put(1, 2, 0, at.toString(16).padStart(8, '0'))", since, until)

    def assert_counted(self, payloads, count):
        self.assertEqual([int(each, 16) for each in payloads], list(range(count)))

    # What they do.

    def test_every_target_both_ways(self):
        """In a mesh with two tabs and two games: 0, one, all but one, a list; every mode."""
        host, code = self.host(mesh=True)
        ann = self.tab(code)
        host.wait("peer_connected", ann.id)
        bob, bob_id = self.joining_game("bob", code)
        bob.wait("peer_connected", ann.id)
        eve = self.tab(code)
        for game in (host, bob):
            game.wait("peer_connected", eve.id)
        ids = {"host": 1, "ann": ann.id, "bob": bob_id, "eve": eve.id}
        self.assertEqual(sorted(eve.get("welcome.peers")), sorted([1, ann.id, bob_id]))
        self.assertEqual([text["joined"] for text in ann.texts("joined")], [bob_id, eve.id])
        sent = {name: [] for name in ids}
        for source, number in ids.items():
            others = [name for name in ids if name != source]
            kinds = [(0, others), *((ids[one], [one]) for one in others),
                     *((-ids[one], [each for each in others if each != one]) for one in others)]
            for at, (target, hearers) in enumerate(kinds):
                # Each after the other is in: the modes have no order among each other.
                mode, channel = at % 3, (0, 1, 255)[at % 3]
                payload = f"{source} to {target}".encode().hex() + BYTES
                if source in ("ann", "eve"):
                    {"ann": ann, "eve": eve}[source].put(target, mode, channel, payload)
                else:
                    self.put({"host": host, "bob": bob}[source], target, mode, channel, payload)
                for name in hearers:
                    sent[name].append((number, mode, channel, payload))
                self.wait_for_all(sent, host, bob, ann, eve)
        ann.put([1, eve.id, eve.id], RELIABLE, 7, "aa")  # twice listed is once heard
        ann.put([bob_id], ORDERED, 8, "bb", "bbbb", "")
        sent["host"].append((ann.id, RELIABLE, 7, "aa"))
        sent["eve"].append((ann.id, RELIABLE, 7, "aa"))
        sent["bob"] += [(ann.id, ORDERED, 8, "bb"), (ann.id, ORDERED, 8, "bbbb")]
        self.wait_for_all(sent, host, bob, ann, eve)
        for tab in (ann, eve):
            self.assertEqual(tab.get("ends"), [])
            tab.wait("told_got === peer.got && peer.told_seen === peer.seen", "all to be told")
            tab.wait("acknowledged === peer.numbered", "all to be acknowledged")
        wait_until(lambda: self.waiting_bytes(code) == [0, 0] * len(ids), LIMIT,
                   "nothing to wait")

    def waiting_bytes(self, code):
        """What the relay has for each peer that has not said `seen`, or `got`, to it."""
        return [peer[word] for party in self.relay.status()["parties"] if party["code"] == code
                for peer in party["peers"] for word in ("untaken_bytes", "kept_bytes")]

    def wait_for_all(self, sent, host, bob, ann, eve):
        def heard():
            return {"host": self.told(host), "bob": self.told(bob), "ann": ann.packets(),
                    "eve": eve.packets()}
        try:
            wait_until(lambda: heard() == sent, LIMIT, "all that was sent")
        except AssertionError:
            for name, packets in heard().items():
                self.assertEqual(packets, sent[name], name)

    def test_a_star(self):
        """A tab knows the host alone; packets to others go all the same, as the docs say."""
        host, code = self.host()
        ann, eve = self.tab(code), self.tab(code)
        for tab in (ann, eve):
            host.wait("peer_connected", tab.id)
            self.assertEqual(tab.get("welcome.peers"), [1])
        ann.put(eve.id, RELIABLE, 0, "01")
        ann.put(0, RELIABLE, 0, "02")
        ann.put(-1, RELIABLE, 0, "03")
        self.assertEqual(eve.wait_for_packets(3),
                         [(ann.id, RELIABLE, 0, each) for each in ("01", "02", "03")])
        host.wait("packet")
        self.assertEqual(self.told(host), [(ann.id, RELIABLE, 0, "02")])
        self.assertEqual(ann.texts("joined"), [])

    def test_large_packets(self):
        """A megabyte each way, and then some; more than is sent before it is seen."""
        host, code = self.host()
        ann = self.tab(code)
        host.wait("peer_connected", ann.id)
        large = [self.numbers.randbytes(LARGE).hex() for _ in range(3)]
        for payload in large:
            self.put(host, ann.id, RELIABLE, 3, payload)
            ann.put(1, RELIABLE, 4, payload)
        host.wait("packet", count=3)
        ann.wait_for_packets(3)
        self.assertEqual(digests(self.told(host)), digests((ann.id, RELIABLE, 4, each)
                                                           for each in large))
        self.assertEqual(digests(ann.packets()), digests((1, RELIABLE, 3, each)
                                                         for each in large))
        ann.wait("round_trip >= 0", "a round trip")

    def test_the_browser_is_told_why(self):
        host, code = self.host()
        ann = self.tab(code)
        host.wait("peer_connected", ann.id)
        host.ask("kick", id=ann.id, how="peer")
        ann.wait("stays_away", "the end")
        self.assertEqual(ann.texts("close")[0]["close"], "kicked")
        ann.wait("ends.length", "the end of the connection")
        self.assertTrue(ann.get("ends")[0][1], "it was not clean")
        lost = Tab(self, 7).join(self.address(), "BBBB-BBBB")
        lost.wait("stays_away", "a refusal")
        self.assertEqual(lost.texts("close")[0]["close"], "unknown_code")
        eve = self.tab(code)
        host.wait("peer_connected", eve.id)
        host.ask("end", way="close")
        eve.wait("stays_away", "the end")
        self.assertEqual(eve.texts("close")[0]["close"], "host_gone")

    def test_a_network_that_is_cut(self):
        """The page comes back with its token: nothing is lost, and nothing doubled."""
        network = Cutter(self.relay.address)
        self.addCleanup(network.end)
        host, code = self.host()
        ann = self.tab(code, network.address)
        host.wait("peer_connected", ann.id)
        count = 0
        for cut in range(10):
            self.put_counted(ann, count, count + 50)
            for number in range(count, count + 50):
                self.put(host, 0, RELIABLE, 0, f"{number:08x}")
                if number == count + 25:
                    self.assertTrue(network.cut())
            count += 50
            ann.wait(f"returns > {cut}", "it to be back")
        ann.wait_for_packets(count)
        host.wait("packet", count=count)
        self.assert_counted([each[3] for each in ann.packets()], count)
        self.assert_counted([each[3] for each in self.told(host)], count)
        self.assertEqual(len(host.find("absent", ann.id)), 10)
        host.wait("returned", ann.id, count=10)
        self.assertEqual(host.find("peer_disconnected"), [])

    def test_a_page_that_is_loaded_again(self):
        """While its network is lost. The new page has the token, and what was not acknowledged."""
        network = Cutter(self.relay.address)
        self.addCleanup(network.end)
        host, code = self.host()
        ann = self.tab(code, network.address, kept=True)
        host.wait("peer_connected", ann.id)
        self.put_counted(ann, 0, 20)
        for number in range(20):
            self.put(host, ann.id, RELIABLE, 0, f"{number:08x}")
        ann.wait_for_packets(20)
        network.freeze(True)
        self.put_counted(ann, 20, 40)
        for number in range(20, 40):
            self.put(host, ann.id, RELIABLE, 0, f"{number:08x}")
        ann.run("peer.stays_away = true")
        network.cut()
        ann.wait("ends.length", "the end of the connection")
        ann.reload()
        host.wait("absent", ann.id)
        network.freeze(False)
        ann.run("come_back(arguments[0])", ann.id)
        ann.wait("is_in", "a welcome")
        self.assertTrue(ann.get("welcome.again"))
        host.wait("returned", ann.id)
        self.put_counted(ann, 40, 60)
        ann.wait_for_packets(40)
        host.wait("packet", count=60)
        self.assert_counted([each[3] for each in ann.packets()], 40)
        self.assert_counted([each[3] for each in self.told(host)], 60)
        self.assertEqual(host.find("peer_disconnected"), [])

    def test_a_tab_that_is_gone(self):
        """Chromium says goodbye for a tab that is closed, loaded again, or whose process has ended:
        it is left."""
        host, code = self.host()
        for how in (Tab.close, Tab.reload):
            tab = self.tab(code)
            host.wait("peer_connected", tab.id)
            how(tab)
            host.wait("peer_disconnected", tab.id)
        driver = browser.start_chromium()
        self.addCleanup(driver.quit)
        tab = self.tab(code, driver=driver)
        host.wait("peer_connected", tab.id)
        tab.end_process()
        host.wait("peer_disconnected", tab.id)
        self.assertEqual(host.find("absent"), [])

    def test_a_browser_that_is_killed(self):
        """Nobody says a word, if Chromium's network process goes first: absent, and then lost."""
        relay = self.start({"parties": {"hold_seconds": HOLD_SECONDS}})
        host, code = self.host(relay)
        driver = browser.start_chromium()
        self.addCleanup(driver.quit)
        tab = Tab(self, self.numbers.randrange(2, 1 << 31), driver)
        tab.join(f"127.0.0.1:{relay.address[1]}", code)
        host.wait("peer_connected", tab.id)
        tab.run("peer.stays_away = true")
        chromium = driver.capabilities["goog:processID"]
        for process in (*processes_of(chromium, b"network.mojom.NetworkService"), chromium):
            os.kill(process, signal.SIGKILL)
        host.wait("absent", tab.id)
        began = time.monotonic()
        self.assertEqual(host.find("peer_disconnected"), [])
        host.wait("peer_disconnected", tab.id)
        self.assertGreater(time.monotonic() - began, HOLD_SECONDS / 2)

    def test_a_page_that_is_set_aside(self):
        """Chromium keeps a page that its user has left, for the way back, and its connection with
        it: it stays in the party, and hears nothing. On the way back it is left."""
        host, code = self.host()
        ann = self.tab(code)
        host.wait("peer_connected", ann.id)
        ann.leave()
        self.put(host, ann.id, RELIABLE, 0, "aa")
        keep_true(lambda: not host.find("peer_disconnected"), 1, "in the party")
        ann.driver.back()
        host.wait("peer_disconnected", ann.id)
        ann.wait("ends.length", "the end of the connection")

    def test_a_page_that_hangs(self):
        """For 3 s, under 60 states a second of the game: it has few old ones to take."""
        host, code = self.host()
        ann = self.tab(code)
        host.wait("peer_connected", ann.id)
        ann.run("setTimeout(() => { const until = Date.now() + 3000;"
                " while (Date.now() < until); peer.thawed = Date.now(); })")

        def state():
            self.put(host, 0, UNRELIABLE, 0, str(time.time()).encode().hex())
        until = time.monotonic() + 4
        wait_until(lambda: time.monotonic() > until, LIMIT, "the states", meanwhile=state)
        state()
        thawed = ann.wait("thawed")
        ages = [(each["came"], each["came"] / 1000 - float(bytes.fromhex(each["payload"])))
                for each in ann.get("packets")]
        old = [age for came, age in ages if came >= thawed and age > OLD_SECONDS]
        print(f"    {len(ages)} states, {len(old)} old ones", flush=True)
        self.assertLessEqual(len(old), OLD_MAX)
        self.assertLess(ages[-1][1], OLD_SECONDS)
        self.assertEqual(host.find("absent"), [])


def processes_of(chromium, word):
    """Those of this Chromium that have this in their command line."""
    below = {chromium}
    found = []
    for status in sorted(pathlib.Path("/proc").glob("[0-9]*/stat"),
                         key=lambda path: int(path.parent.name)):
        try:
            parent = int(status.read_text(encoding="utf-8").rsplit(") ", 1)[1].split()[1])
            words = (status.parent / "cmdline").read_bytes()
        except OSError:  # one that has ended
            continue
        if parent in below:
            below.add(int(status.parent.name))
            if word in words:
                found.append(int(status.parent.name))
    if not found:
        raise AssertionError(f"Chromium {chromium} has no process with {word}")
    return found


def digests(packets):
    return [(*each[:3], len(each[3]), hashlib.sha256(each[3].encode()).hexdigest())
            for each in packets]


if __name__ == "__main__":
    main()
