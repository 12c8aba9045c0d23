"""The fleet on the page for the operator: real nodes, and real players at each of them."""

import signal

import browser
from browser import PHONE, BrowserTest
from page_test import LOW_CONTRAST

# pylint: disable=wrong-import-order
from fleet_nodes import FleetTest
from runner import main

assert browser  # it has put the other tests into the path


class FleetOnPage(BrowserTest, FleetTest):
    def setUp(self):
        super().setUp()
        self.driver.get("about:blank")  # the page of the test before misses its relay
        self.driver.get_log("browser")

    def asked(self):
        """How often the page has asked for the fleet so far."""
        return self.js("""return performance.getEntriesByType("resource").filter(
            (it) => new URL(it.name).pathname === "/fleet").length""")

    def see_all(self, relay):
        self.see(relay)
        self.press("All nodes", "#fleet")
        self.wait_for_text("#fleet .nodes", "Node 1")

    def test_nodes_and_their_games(self):
        relays = self.start_fleet(2)
        self.link(self.host(relays[0]))
        self.host(relays[1])
        there = relays[1].status()["sessions"][0]["id"]
        self.see(relays[0])
        self.wait_for_text("#fleet", "node 0 of 2")
        self.assertEqual(self.asked(), 0)
        self.assertEqual(self.text(".nodes"), "")
        self.press("All nodes", "#fleet")
        self.wait_for_text("#elsewhere", f"session {there}")
        self.assertEqual(len(self.all(".nodes > li")), 2)
        self.assertIn("Node 0 (this one)", self.text(".nodes"))
        self.assertIn("2 people, 1 session, 0 rooms, 0 parties", self.text(".nodes"))
        self.assertIn("1 person, 1 session", self.text(".nodes"))
        self.assertIn("open the page of its node", self.text("#elsewhere"))
        self.assertEqual(self.all("#elsewhere button"), [])
        self.assertEqual(len(self.all(".card")), 1)
        self.host(relays[1], "127.0.0.9")
        self.wait_for(lambda: len(self.all("#elsewhere tbody tr")) == 2, "the other session")
        self.one("#filter").send_keys(there)
        self.wait_for(lambda: len(self.all("#elsewhere tbody tr")) == 1, "what fits alone")
        self.press("This node", "#fleet")
        self.assertFalse(self.one("#elsewhere").is_displayed())
        self.assertFalse(self.one(".nodes").is_displayed())
        self.assertGreaterEqual(self.asked(), 1)
        self.assert_quiet_console()

    def test_a_node_goes_and_a_phone_shows_it(self):
        relays = self.start_fleet(2)
        self.host(relays[1])
        self.size(*PHONE)
        self.see_all(relays[0])
        self.wait_for_text(".nodes", "1 session")
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), PHONE[0])
        self.assertEqual(self.js(LOW_CONTRAST), [])
        self.picture("fleet_phone")
        relays[1].process.kill()
        self.wait_for_text(".nodes", "down")
        self.wait_for_text("#fleet", "1 node down")
        self.wait_for_text("#elsewhere", "of those that are down nothing is known")
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), PHONE[0])
        self.colours("dark")
        self.wait_for(lambda: self.js(LOW_CONTRAST) == [], "texts that can be read in the dark")
        self.assert_quiet_console()

    def test_who_is_passed_on_and_a_node_that_drains(self):
        relays = self.start_fleet(2)
        guest, host_side = self.link_by(relays[0], relays[1])
        self.assert_link_works(guest, host_side)
        self.see_all(relays[0])
        self.wait_for_text("#fleet .count", "1 player passed on to other nodes")
        self.wait_for_text(".nodes", "1 player from other nodes")
        relays[1].send_signal(signal.SIGUSR1)
        self.wait_for_text(".nodes", "draining")
        self.assert_quiet_console()

    def test_with_the_keyboard(self):
        relays = self.start_fleet(2)
        self.see(relays[0])
        self.wait_for_text("#fleet", "All nodes")
        self.tab_to("All nodes")
        self.keys("\n")
        self.wait_for_text(".nodes", "Node 1")
        self.see(relays[0])  # the view stays over a reload
        self.wait_for_text(".nodes", "Node 1")

    def test_without_a_fleet(self):
        self.see(self.start())
        self.wait_for(lambda: self.all("#figures .figure"), "the figures")
        self.assertFalse(self.one("#fleet").is_displayed())
        self.assertFalse(self.one("#elsewhere").is_displayed())
        self.assertEqual(self.asked(), 0)


if __name__ == "__main__":
    main()
