"""The page for the operator, in Chromium, of the real relay with players on it."""

import gzip
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from browser import PHONE, BrowserTest, fetch

# pylint: disable=wrong-import-order
from netplay_client import Client, together
from netplay_player import two_players
from runner import main
from tunnel_client import LIMIT, Host

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
BYTES_MAX = 150_000
FIRST_PAINT_MS = 200

# A cell of the first chart of the page that is not only background, as a short text.
CHART = """const canvas = document.querySelector(arguments[0] + " canvas");
    return canvas ? canvas.toDataURL() : "";"""

# Every text that is seen, with too little contrast to what is behind it: [text, ratio].
LOW_CONTRAST = """
    const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92
        : ((value + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const colour = numbers(getComputedStyle(element).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility() &&
        [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    ).map((element) => {
        const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return [element.textContent.slice(0, 40), ratio];
    }).filter(([, ratio]) => ratio < 4.5);"""


class Words(unittest.TestCase):
    def test_every_kind_of_event_has_its_sentence(self):
        words = (SOURCE / "page" / "words.js").read_text(encoding="utf-8")
        told = set()
        for path in (SOURCE / "admin", SOURCE / "daemon"):
            for file in path.rglob("*.cpp"):
                told.update(re.findall(r'publish\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
        event_json = (SOURCE / "admin" / "event_json.cpp").read_text(encoding="utf-8")
        told.update(re.findall(r'const \{ return "(\w+)"; \}', event_json))
        rooms = (SOURCE / "room" / "output.cpp").read_text(encoding="utf-8")
        told.update(re.findall(r'case RoomEventKind::\w+: return "(\w+)"', rooms))
        told.discard("turned_away")  # told in sum, as "refused"
        self.assertGreater(len(told), 30)
        self.assertEqual([kind for kind in sorted(told) if f"\n    {kind}: [" not in words], [])


class Headers(BrowserTest):
    def test_of_every_file(self):
        url = self.url(self.start())
        status, headers, page = fetch(url)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        names = [piece.split('"')[0] for piece in page.decode().split('"page/')[1:]]
        self.assertGreater(len(names), 10)
        for name in ["", *(f"page/{name}" for name in names)]:
            status, headers, plain = fetch(url + name)
            self.assertEqual(status, 200, name)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"], name)
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"], name)
            self.assertNotIn("unsafe", headers["Content-Security-Policy"], name)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["Cache-Control"], "no-cache")
            self.assertIsNone(headers["Content-Encoding"])
            _, packed_headers, packed = fetch(url + name, headers={"Accept-Encoding": "br, gzip"})
            self.assertEqual(packed_headers["Content-Encoding"], "gzip")
            self.assertEqual(gzip.decompress(packed), plain, name)
            status, _, nothing = fetch(url + name, headers={"If-None-Match": headers["ETag"]})
            self.assertEqual((status, nothing), (304, b""), name)
            _, _, refused = fetch(url + name, headers={"Accept-Encoding": "gzip;q=0"})
            self.assertEqual(refused, plain, name)

    def test_nothing_from_elsewhere(self):
        url = self.url(self.start())
        _, _, page = fetch(url)
        text = page.decode()
        self.assertNotIn("http:", text)
        self.assertNotIn("https:", text)
        self.assertNotIn("style=", text)
        self.assertNotIn("onclick", text)


class Games(BrowserTest):
    def test_sessions_come_and_go(self):
        relay = self.start()
        self.see(relay)
        self.wait_for_text("#nobody", "Nobody is here")
        host = self.host(relay)
        self.wait_for_text(".card", "relay.test|")
        self.assertEqual(len(self.all(".card")), 1)
        self.wait_for_text(".card", host.name())
        guest, host_side = self.link(host)
        self.wait_for_text(".card", guest.name())
        self.assertEqual(len(self.all(".card .side")), 2)
        self.wait_for_text("#figures", "2 people")
        guest.close()
        host_side.close()
        self.wait_for(lambda: len(self.all(".card .side")) == 1, "the guest to be gone")
        host.close()
        self.wait_for(lambda: not self.all(".card"), "the session to be gone")
        self.wait_for_text("#feed", "opened relay.test|")
        self.wait_for_text("#feed", "host left")
        self.assert_quiet_console()

    def test_charts_move(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        self.see(relay)
        seen = set()

        def moves():
            self.assert_passes(guest, host_side, bytes(20000))
            seen.add(self.js(CHART, "#figures .figure:nth-child(2)"))
            return len(seen) > 3
        self.wait_for(moves, "throughput to move")
        self.wait_for_text(".card .values", "ms")
        before = self.wait_for(lambda: self.js(CHART, ".card .meter"), "a chart of a side")
        self.wait_for(lambda: self.js(CHART, ".card .meter") != before, "it to move")
        self.one(".card .nick").click()
        self.wait_for(lambda: len(self.all(".details .uplot")) >= 2, "the charts with axes")
        self.wait_for_text(".details", "Round trip: now")
        self.assert_quiet_console()

    def test_rooms_and_nicks_of_all_kinds(self):
        relay = self.start()
        ann, eve = two_players(self, relay)
        nick = "<img src=x onerror=a>"
        spectator = self.kept(Client(relay, nick=nick))
        together([ann, eve, spectator], lambda: spectator.number, "the third to be in")
        self.see(relay)

        def all_there():
            ann.play_on()
            eve.play_on()
            spectator.pump()
            return all(word in self.text(".card") for word in ("ann", "eve", nick, "has the clock"))
        self.wait_for(all_there, "the members")
        self.assertEqual(self.all(".card img"), [])
        self.wait_for(lambda: "late" in self.text(".card .values") or all_there() is None,
                      "late inputs")
        self.wait_for_text("#feed", "came into room 1")
        self.assert_quiet_console()

    def test_filter(self):
        relay = self.start()
        first, second = self.host(relay), self.host(relay)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card")) == 2, "both")
        self.one("#filter").send_keys(second.name())
        self.wait_for(lambda: self.text("#count") == "1 of 2", "one of them")
        self.wait_for_text(".card", second.name())
        self.assertNotIn(first.name(), self.text(".card"))

    def test_join_text_as_picture(self):
        if not shutil.which("zbarimg"):
            self.skipTest("zbar-tools is not installed")
        relay = self.start()
        self.host(relay)
        self.see(relay)
        code = self.wait_for(lambda: self.text(".card code"), "the join text")
        self.js("document.querySelector('.card [aria-label^=QR]').click()")
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            self.wait_for(lambda: self.all(".card .qr"), "the picture")
            self.one(".card .qr").screenshot(file.name)
            read = subprocess.run(["zbarimg", "-q", "--raw", file.name], capture_output=True,
                                  text=True, check=False, timeout=LIMIT)
        self.assertEqual(read.stdout.strip(), code)


class ForPeople(BrowserTest):
    def some_games(self):
        relay = self.start()
        host = self.host(relay)
        self.link(host)
        self.host(relay)
        return relay

    def test_on_a_phone(self):
        relay = self.some_games()
        self.size(*PHONE)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 3, "all sides")
        for opener in (".card .nick", ".card [aria-label^=QR]", "#reach [aria-label^=QR]",
                       "#refused summary"):
            self.js("document.querySelector(arguments[0]).click()", opener)
        self.wait_for_text(".details", "Round trip: now")
        width = self.js("return [document.documentElement.scrollWidth, innerWidth]")
        self.assertLessEqual(width[0], PHONE[0])
        self.assertLessEqual(width[1], PHONE[0])
        small = self.js("""return [...document.querySelectorAll("button, input, select")]
            .filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 24)
            .map((it) => it.outerHTML)""")
        self.assertEqual(small, [])
        self.picture("phone")
        self.assert_quiet_console()

    def test_in_the_dark_and_in_the_light(self):
        relay = self.some_games()
        for scheme, is_right in (("light", lambda sum_: sum_ > 600),
                                 ("dark", lambda sum_: sum_ < 150)):
            self.colours(scheme)
            self.see(relay)
            self.wait_for(lambda: len(self.all(".card .side")) == 3, "all sides")
            ground = self.js("""return getComputedStyle(document.body).backgroundColor
                .match(/[\\d.]+/g).map(Number)""")
            self.assertTrue(is_right(sum(ground[:3])), (scheme, ground))
            self.assertEqual(self.js(LOW_CONTRAST), [], scheme)
            self.picture(scheme)

    def test_reduced_motion(self):
        relay = self.some_games()
        self.colours("light", "reduce")
        self.see(relay)
        moving = self.js("""return [...document.querySelectorAll("*")].filter((it) =>
            parseFloat(getComputedStyle(it).transitionDuration) > 0 ||
            getComputedStyle(it).animationName !== "none").length""")
        self.assertEqual(moving, 0)

    def test_by_keyboard_alone(self):
        relay = self.some_games()
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card .side")) == 3, "all sides")
        self.js("document.activeElement.blur()")
        wanted = self.js("""
            return [...document.querySelectorAll("a, button, input, select, summary")]
                .filter((it) => it.checkVisibility()).length""")
        reached = set()
        for _ in range(wanted + 4):
            self.keys("\ue004")
            reached.add(self.js("""const it = document.activeElement;
                window.met = window.met || new Map();
                if (!met.has(it)) met.set(it, met.size);
                return it === document.body ? -1 : met.get(it)"""))
            is_marked = self.js("""const it = document.activeElement;
                return it === document.body || getComputedStyle(it).outlineStyle !== "none" """)
            self.assertTrue(is_marked, self.focused())
        self.assertGreaterEqual(len(reached - {-1}), wanted)
        self.keys("/")
        self.assertEqual(self.focused(), "Show only games with")
        nick = self.text(".card .nick").split("\n")[0]
        self.tab_to(nick)
        self.keys(" ")
        self.wait_for_text(".details", "Round trip: now")
        self.keys(" ")
        self.wait_for(lambda: not self.all(".details"), "the details to be closed")
        self.assertEqual(self.focused().strip(), nick)


class Speed(BrowserTest):
    """Figures for whoever reads the log; only what no machine changes can fail."""

    def page_cpu(self):
        """Seconds: unlike frames, they say the same on a machine that has much else to do."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def test_bytes_and_first_paint(self):
        relay = self.start()
        self.see(relay)
        paints = []
        for _ in range(5):
            self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            self.see(relay)
            paints.append(self.js(
                "return performance.getEntriesByName('first-paint')[0].startTime"))
        over_the_line = self.js("""return performance.getEntriesByType("resource")
            .concat(performance.getEntriesByType("navigation"))
            .filter((one) => !one.name.includes("/events"))
            .reduce((sum, one) => sum + one.transferSize, 0)""")
        unpacked = self.js("""return performance.getEntriesByType("resource")
            .concat(performance.getEntriesByType("navigation"))
            .filter((one) => !one.name.includes("/events"))
            .reduce((sum, one) => sum + one.decodedBodySize, 0)""")
        print(f"\n    first paint {min(paints):.0f} to {max(paints):.0f} ms "
              f"(bar {FIRST_PAINT_MS}), {over_the_line} bytes, "
              f"unpacked {unpacked} (bar {BYTES_MAX})")
        self.assertLess(unpacked, BYTES_MAX)

    def test_500_sessions(self):
        relay = self.start(sessions=600, sessions_per_address=600, connections=2048,
                           connections_per_address=2048, links_per_address=16,
                           new_connections_per_second_per_address=10000)
        for at in range(500):
            host = self.kept(Host(relay)).open()
            if at % 10 == 0:
                self.link(host)
        self.see(relay)
        self.wait_for(lambda: len(self.all(".card")) == 500, "all of them")
        self.driver.set_script_timeout(60)
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        for scrolls in (False, True):
            before = self.page_cpu()
            rate = self.driver.execute_async_script("""
                const [scrolls, done] = arguments;
                const gaps = [];
                let before = performance.now();
                const end = before + 5000;
                const look = (now) => {
                    gaps.push(now - before);
                    before = now;
                    if (scrolls) scrollBy(0, 12);
                    if (now < end) return requestAnimationFrame(look);
                    gaps.sort((a, b) => a - b);
                    done([gaps.length / 5, gaps[Math.floor(gaps.length * 0.99)]]);
                };
                requestAnimationFrame(look);""", scrolls)
            print(f"\n    500 sessions{', scrolled' if scrolls else ''}: {rate[0]:.1f} frames/s, "
                  f"99 of 100 within {rate[1]:.0f} ms (bar 60 frames/s); the page's thread took "
                  f"{(self.page_cpu() - before) / 5:.0%} of a core")
        self.assertLess(len(self.all("canvas")), 100)
        self.picture("500_sessions")
        self.assert_quiet_console()


if __name__ == "__main__":
    main()
