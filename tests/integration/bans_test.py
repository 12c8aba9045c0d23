"""Bans that are kept in a file: who is banned is refused and put out, whatever program runs."""

import json
import os
import signal

import relay_process
from control_client import Controller
from runner import RelayTest, main
from tunnel_client import DENY, NO_ID, RATS
from waiting import wait_until

BAD = "127.0.0.66"
GOOD = "127.0.0.77"
SESSION = "FRIDAYNIGHTSNES1"


def ban(network, until=None):
    return {"network": network, "until": until, "reason": "rude", "by": "uid 0",
            "since": "2026-11-29T21:39:32Z"}


def relay_url(relay):
    address, port = relay.admin_address
    return f"http://{address}:{port}/status"


class BansTest(RelayTest):
    def promised(self, control):
        return [(one["session"], one["networks"], one["until"] is None)
                for one in control.get("reservations").json()["reservations"]]

    def start_with(self, bans, in_state_directory=False):
        relay = relay_process.Relay()
        self.addCleanup(relay.end)
        self.file = relay.directory / "bans.json"
        self.file.write_text(bans if isinstance(bans, str) else json.dumps(bans), encoding="utf-8")
        if in_state_directory:
            relay.prefix = ["env", f"STATE_DIRECTORY={relay.directory}"]
        else:
            relay.config["admin"]["bans_file"] = str(self.file)
            relay.config["admin"]["socket"] = str(relay.directory / "control")
            relay.write_config()
        return relay.start()

    def assert_banned(self, relay, source=BAD):
        peer = self.peer(relay, source)
        self.assertEqual(peer.receive_rest(), DENY)

    def kept_networks(self, file):
        return [entry["network"] for entry in json.loads(file.read_text(encoding="utf-8"))]

    def use_file(self, relay, file):
        admin = {**relay.config["admin"], "bans_file": str(file)}
        self.assertIn("reloaded", relay.change(admin=admin))

    def test_who_is_banned_is_refused_and_told_so(self):
        bans = [ban(f"{BAD}"), ban(GOOD, "2001-01-01T00:00:00Z"), ban("2001:db8::/64")]
        for in_state_directory in (False, True):
            relay = self.start_with(bans, in_state_directory)
            relay.wait_for_log(r"bans_read file=\S+bans.json bans=2 ended=1 left_out=0")
            self.assertEqual(relay.status()["bans"], 2)
            self.assert_banned(relay)
            relay.wait_for_close("banned_address")
            good = self.peer(relay, GOOD)
            good.send(RATS + NO_ID)
            self.assertTrue(good.receive(16).startswith(RATS))
            self.assertEqual(relay.stop(), 0)

    def test_damaged_files_are_moved_aside(self):
        relay = self.start_with('[{"network": "127.0.0.66", "until": null}, 5]')
        relay.wait_for_log(r'bans_damaged file=\S+ problem="entry 2 is no object"')
        self.assert_banned(relay)
        aside = self.file.with_name("bans.json.damaged-1")
        self.assertIn("127.0.0.66", aside.read_text(encoding="utf-8"))
        # What made sense is kept at once, and holds at the next start as well.
        wait_until(lambda: self.file.exists() and self.kept_networks(self.file) == [BAD], 10,
                   "the file without what was wrong")
        self.assertIn("bans.json.damaged-1", relay.status()["kept_problem"])
        self.assertIn("damaged", relay_process.run_command(
            "status", relay_url(relay)).stdout)
        self.assertEqual(relay.stop(), 0)
        relay.start()
        self.assert_banned(relay)
        self.assertIsNone(relay.status()["kept_problem"])

    def test_a_file_that_is_damaged_altogether(self):
        relay = self.start_with("[{")
        wait_until(self.file.exists, 10, "a file anew")
        self.assertEqual(self.kept_networks(self.file), [])
        Controller(relay, path=relay.directory / "control").done("ban", network=BAD)
        wait_until(lambda: self.kept_networks(self.file) == [BAD], 10, "the ban in it")
        self.assertEqual(relay.stop(), 0)
        relay.start()
        self.assert_banned(relay)

    def test_reservations_and_nothing_new_outlive_a_stop(self):
        relay = self.start_with([])
        control = Controller(relay, path=relay.directory / "control")
        control.done("reserve", session=SESSION, networks=[GOOD])
        control.done("reserve", networks=["192.0.2.1"], seconds=3600)
        before = self.promised(control)
        control.done("new", allowed=False)
        orders = self.file.with_name("bans.orders.json")
        wait_until(lambda: orders.exists() and
                   json.loads(orders.read_text(encoding="utf-8"))["takes_new"] is False, 10,
                   "the orders in their file")
        self.assertEqual(orders.stat().st_mode & 0o777, 0o600)
        self.assertEqual(relay.stop(), 0)
        relay.start()
        relay.wait_for_log(r"orders_read file=\S+ reservations=2 ended=0 left_out=0 "
                           r"takes_new=false")
        relay.wait_for_log(r"takes_nothing_new problem=\"'netplay-relay new off' was said")
        self.assertEqual(self.promised(control), before)
        self.assertIs(relay.status()["takes_new"], False)
        self.assertIn("nothing new begins", relay_process.run_command(
            "status", relay_url(relay)).stdout)
        control.done("new", allowed=True)
        self.assertTrue(self.host(relay, GOOD).session)
        control.done("unreserve", session=SESSION)
        wait_until(lambda: len(json.loads(orders.read_text(encoding="utf-8"))["reservations"]) == 1,
                   10, "one reservation less")
        for times in (1, 2):
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_upgrade(times)
            self.assertEqual(len(control.get("reservations").json()["reservations"]), 1)
            self.assertIs(relay.status()["takes_new"], True)

    def test_another_file_puts_out_whom_it_bans(self):
        relay = self.start_with([ban("192.0.2.1")])
        host = self.host(relay, BAD)
        guest, _ = self.link(host, GOOD)
        other = relay.directory / "other.json"
        other.write_text(json.dumps([ban(f"{BAD}/32")]), encoding="utf-8")
        self.use_file(relay, other)
        relay.wait_for_log(r"session_closed [^\n]*reason=banned_address")
        self.assertEqual(host.receive_rest(), b"")
        guest.close()
        self.assertEqual(relay.status()["bans"], 2)
        # Those that were known are kept there as well.
        wait_until(lambda: len(self.kept_networks(other)) == 2, 10, "both bans in the file")
        self.assertEqual(other.stat().st_mode & 0o777, 0o600)

    def test_bans_outlive_an_upgrade_with_a_file_and_without(self):
        for file in (None, ""):
            relay = self.start_with([ban(BAD)])
            if file is not None:
                self.use_file(relay, file)
            for times in range(1, 3):
                relay.send_signal(signal.SIGUSR2)
                relay.wait_for_upgrade(times)
                self.assertEqual(relay.status()["bans"], 1)
                self.assert_banned(relay)
            self.assertEqual(self.kept_networks(self.file), [BAD])
            wait_until(lambda: [name for name in os.listdir(self.file.parent) if "bans" in name] ==
                       ["bans.json"], 10, "the file to be written, and no other")

    def test_a_disk_that_hangs_keeps_an_upgrade_waiting_for_2_seconds_only(self):
        relay = self.start_with([])
        beside = self.file.with_name("bans.json.new")
        os.mkfifo(beside)  # to open it waits for somebody who reads
        control = Controller(relay, path=relay.directory / "control")
        control.done("ban", network=BAD)
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_log(r"upgrade_failed problem=\"the disk takes too long to write \S+bans")
        self.assertEqual(relay.status()["handovers"]["failed"], 1)
        self.host(relay, GOOD)
        self.assert_banned(relay)
        with open(beside, "rb"):
            relay.wait_for_log("bans_not_kept")
        beside.unlink()
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_upgrade()
        wait_until(lambda: self.kept_networks(self.file) == [BAD], 10, "the ban in the file")

    def test_a_disk_that_hangs_keeps_nobody_from_ending(self):
        relay = self.start_with([])
        os.mkfifo(self.file.with_name("bans.json.new"))
        Controller(relay, path=relay.directory / "control").done("ban", network=BAD)
        self.assertEqual(relay.stop(), 0)
        relay.wait_for_log(r"bans_not_kept [^\n]*the disk takes too long[^\n]*\n[^\n]* stopped ")

    def test_a_ban_that_was_lifted_stays_so_if_the_file_could_not_be_written(self):
        relay = self.start_with([ban(BAD), ban("192.0.2.1")])
        old = self.file.read_text(encoding="utf-8")
        beside = self.file.with_name("bans.json.new")
        beside.mkdir()
        control = Controller(relay, path=relay.directory / "control")
        control.done("unban", network=BAD)
        relay.wait_for_log("bans_not_kept")
        answer = control.done("unban", network="192.0.2.1")
        self.assertIs(answer["kept"], False)
        self.assertIn("bans.json.new", answer["problem"])
        self.assertEqual(self.file.read_text(encoding="utf-8"), old)
        beside.rmdir()
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_upgrade()
        self.assertEqual(relay.status()["bans"], 0)
        wait_until(lambda: self.kept_networks(self.file) == [], 10, "the file without them")


if __name__ == "__main__":
    main()
