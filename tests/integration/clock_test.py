"""The clock on the wall is set while the relay runs: what a file said ends by the new time, what
the operator has said since lasts as long as was said."""

import json
import os
import time

import relay_process
from bans_test import BAD, GOOD, ban
from control_client import Controller
from runner import RelayTest, main
from tunnel_client import DENY
from waiting import wait_until

HOUR = 3600
OTHER = "127.0.0.88"


def in_utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class ClockTest(RelayTest):
    """The relay has a clock of its own, other_clock.cpp; CMake tells where that is."""

    def start_with_clock(self, bans):
        relay = relay_process.Relay()
        self.addCleanup(relay.end)
        self.clock = relay.directory / "clock"
        self.clock.write_text("0", encoding="ascii")
        os.mkfifo(f"{self.clock}.set")
        self.file = relay.directory / "bans.json"
        self.file.write_text(json.dumps(bans), encoding="utf-8")
        relay.config["admin"]["bans_file"] = str(self.file)
        relay.config["admin"]["socket"] = str(relay.directory / "control")
        relay.write_config()
        library = os.environ["OTHER_CLOCK_LIBRARY"]
        relay.prefix = ["env", f"LD_PRELOAD={library}", f"OTHER_CLOCK={self.clock}"]
        return relay.start()

    def set_clock(self, seconds):
        """So far ahead of the real one."""
        beside = self.clock.with_name("clock.new")
        beside.write_text(str(seconds), encoding="ascii")
        beside.rename(self.clock)
        with open(f"{self.clock}.set", "wb", buffering=0) as file:
            file.write(bytes(8))

    def assert_banned(self, relay, source):
        self.assertEqual(self.peer(relay, source).receive_rest(), DENY)

    def until_of(self, network):
        kept = json.loads(self.file.read_text(encoding="utf-8"))
        return {one["network"]: one["until"] for one in kept}.get(network)

    def test_it_is_set_ahead_and_back(self):
        end = in_utc(HOUR)
        relay = self.start_with_clock([ban(BAD, end), ban(OTHER)])
        control = Controller(relay, path=relay.directory / "control")
        control.done("ban", network=GOOD, seconds=HOUR)
        self.assertEqual(relay.status()["bans"], 3)

        self.set_clock(2 * HOUR)
        relay.wait_for_log(r"clock_set seconds=(7200|7199|7201)\.\d bans=2")
        self.host(relay, BAD).close()
        self.assert_banned(relay, GOOD)
        self.assert_banned(relay, OTHER)
        wait_until(lambda: (self.until_of(GOOD) or "") > in_utc(2 * HOUR + HOUR / 2), 10,
                   "the ban that was given here in the file, with its length")
        self.assertGreater(relay.status()["started_at"], in_utc(-HOUR))

        self.set_clock(-HOUR)
        relay.wait_for_log(r"clock_set seconds=-1(0799|0800|0801)\.\d bans=3")
        self.assert_banned(relay, BAD)
        self.assert_banned(relay, GOOD)
        wait_until(lambda: self.until_of(BAD) == end, 10, "what was read in the file as it was")

    def test_a_second_says_nothing(self):
        """Clocks are slewed, and watched on: the next jump is told."""
        relay = self.start_with_clock([ban(BAD, in_utc(HOUR))])
        self.set_clock(0)
        self.set_clock(2 * HOUR)
        relay.wait_for_log(r"clock_set seconds=7\d\d\d\.\d bans=0")
        self.assertEqual(relay.log_text().count("clock_set"), 1)
        self.host(relay, BAD).close()


if __name__ == "__main__":
    main()
