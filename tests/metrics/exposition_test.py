"""GET /metrics: both formats, what docs/metrics.md says of it, and counters that never go back."""

import re
import shutil
import sys

from scraped import (ACCEPT_OPEN_METRICS, OPEN_METRICS, ROOT, TEXT, family_of, heads_of, metrics_of,
                     run_promtool, samples_of, scrape)

# pylint: disable=wrong-import-position
import relay_process  # noqa: E402
from netplay_client import PLAY, Client, together  # noqa: E402
from relay_process import run_command  # noqa: E402
from runner import RelayTest, main  # noqa: E402
from waiting import wait_until  # noqa: E402

GUIDE = ROOT / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram|info) \| ([a-z, ]*) ?\| .+ \|$",
                 re.MULTILINE)
TROUBLE = ("refusals", "standstills", "standstill_seconds", "memory_short", "unwatched",
           "without_join_port", "log_lines_lost", "events_lost", "live_restarts",
           "live_restart_connections", "discovery_ignored")


class ExpositionTest(RelayTest):
    def at_work(self):
        """A relay that has done all that it counts."""
        relay = self.start({"manual_ip": "room"})
        self.busy(relay)
        return relay

    def busy(self, relay):
        host = self.host(relay)
        self.lasting = self.link(host)
        self.assert_link_works(*self.lasting)
        closed = relay.closed("guest_left")
        for end in self.link(host):
            end.close()
        relay.wait_for_close("guest_left", closed + 1)
        peer = self.peer(relay)
        peer.send(b"POST / HTTP/1.1\r\n\r\n")
        wait_until(lambda: relay.closed("http_greeting") > 0, 10, "a refusal")
        members = [self.kept(Client(relay, nick=nick)) for nick in ("ann", "bob")]
        together(members, lambda: all(one.number for one in members), "to be let in")
        for one in members:
            one.say(PLAY, bytes(4))
        together(members, lambda: all(one.plays for one in members), "two seats")
        for frame in range(30):
            for one in members:
                one.send_input(frame)
        together(members, lambda: all(len(one.inputs) >= 20 for one in members), "frames")
        return members

    def test_prometheus_text(self):
        relay = self.at_work()
        kind, text = scrape(relay)
        self.assertEqual(kind, TEXT)
        self.assertTrue(text.endswith("\n"))
        self.assertNotIn("# EOF", text)
        for name, said in heads_of(text).items():
            self.assertEqual(set(said), {"TYPE", "HELP"}, name)
            self.assertRegex(said["HELP"], r"^[A-Z1].*\.$", name)
        if not shutil.which("promtool"):
            self.skipTest("promtool is missing")
        checked = run_promtool("check", "metrics", text=text)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_open_metrics(self):
        relay = self.at_work()
        kind, text = scrape(relay, ACCEPT_OPEN_METRICS)
        self.assertEqual(kind, OPEN_METRICS)
        self.assertTrue(text.endswith("\n# EOF\n"))
        self.assertEqual(text.count("# EOF"), 1)
        families = heads_of(text)
        for name, said in families.items():
            self.assertFalse(name.endswith(("_total", "_info")), name)
            for unit in ("seconds", "bytes"):
                if name.endswith("_" + unit):
                    self.assertEqual(said["UNIT"], unit, name)
        # The same samples under the same names: who changes the format loses nothing.
        self.assertEqual(set(samples_of(text)), set(metrics_of(relay)))
        # No family's name is the beginning of another's samples.
        text_families = set(heads_of(scrape(relay)[1]))
        self.assertEqual(len(families), len(text_families))

    def test_what_is_counted(self):
        relay = self.at_work()
        found = metrics_of(relay)

        def value(name, **labels):
            return found["netplay_relay_" + name, *sorted(labels.items())]
        status = relay.status()
        for key, count in status["use"].items():
            self.assertEqual(value("use", of=key), count, key)
        self.assertEqual(value("limit", of="sessions"), status["limits"]["sessions"])
        self.assertEqual(value("sessions_opened_total"), 1)
        self.assertEqual(value("links_opened_total"), 2)
        self.assertEqual(value("joins_total"), 2)
        self.assertEqual(value("rooms_opened_total"), 1)
        self.assertEqual(value("members_joined_total"), 2)
        self.assertEqual(value("ends_total", reason="guest_left"), 1)
        self.assertEqual(value("refusals_total", reason="http_greeting"), 1)
        self.assertEqual(value("host_wait_seconds_count"), 2)
        self.assertEqual(value("link_life_seconds_count"), 1)
        self.assertEqual(value("link_bytes_total", to="host"), 2 * 24 + 11)
        self.assertEqual(value("link_bytes_total", to="guest"), 11)
        self.assertEqual(value("link_messages_total", to="guest"), 1)
        self.assertEqual(value("room_commands_total", command="input"), 60)
        self.assertEqual(value("room_commands_total", command="play"), 2)
        self.assertGreater(value("room_bytes_total", direction="in"), 60 * 20)
        self.assertGreater(value("room_messages_total", direction="out"), 4)
        self.assertEqual(value("room_events_total", event="member_joined"), 2)
        self.assertEqual(value("state", state="running"), 1)
        self.assertGreater(value("loop_turn_seconds_count"), 20)
        self.assertGreater(value("loop_longest_turn_seconds"), 0)
        self.assertAlmostEqual(found["process_open_fds",], relay.open_files(), delta=3)
        self.assertAlmostEqual(found["process_cpu_seconds_total",], relay.cpu_seconds(), delta=1)
        self.assertAlmostEqual(found["process_resident_memory_bytes",], relay.resident_bytes(),
                               delta=8 << 20)
        # Every reason is there, once.
        told = {dict(key[1:])["reason"] for key in found
                if key[0] in ("netplay_relay_refusals_total", "netplay_relay_ends_total")}
        self.assertEqual(told, set(status["totals"]["close_reasons"]))

    def test_nothing_comes_and_goes(self):
        """No sample appears or vanishes with what players do: alerts see the first of its kind."""
        relay = self.start({"manual_ip": "room"})
        before = set(metrics_of(relay))
        self.busy(relay)
        self.assertEqual(set(metrics_of(relay)), before)
        relay.send_signal(relay_process.signal.SIGUSR1)
        relay.wait_for_log("draining ")
        self.assertEqual(metrics_of(relay)["netplay_relay_state", ("state", "draining")], 1)

    def test_the_guide_has_them_all(self):
        _, text = scrape(self.start())
        families = heads_of(text)
        labels = {name: set() for name in families}
        for name, *pairs in samples_of(text):
            labels[family_of(name, families)] |= {label for label, _ in pairs} - {"le"}
        told = {name: ("gauge" if kind == "info" else kind, set(which.replace(",", " ").split()))
                for name, kind, which in ROW.findall(GUIDE.read_text(encoding="utf-8"))}
        self.assertEqual(told, {name: (families[name]["TYPE"], labels[name]) for name in families})

    def test_the_guide_says_what_to_do(self):
        trouble = GUIDE.read_text(encoding="utf-8").split("## What tells of trouble")[1]
        for name in TROUBLE:
            self.assertIn(f"`netplay_relay_{name}_total", trouble, name)

    def test_nothing_goes_back_over_a_restart_with_live_games(self):
        relay = self.at_work()
        for count in (1, 2):
            before = metrics_of(relay)
            families = heads_of(scrape(relay)[1])
            result = run_command("upgrade", "http://%s:%d" % relay.admin_address)
            self.assertEqual(result.returncode, 0, result.stderr + relay.log_text())
            after = metrics_of(relay)
            self.assertEqual(set(after), set(before))
            for key, value in before.items():
                kind = families[family_of(key[0], families)]["TYPE"]
                if kind in ("counter", "histogram"):
                    self.assertGreaterEqual(after[key], value, key)
            for name in ("link_bytes_total", "room_bytes_total", "room_commands_total",
                         "host_wait_seconds_bucket", "link_life_seconds_count", "refusals_total"):
                counted = {key: value for key, value in before.items()
                           if key[0] == "netplay_relay_" + name}
                self.assertGreater(sum(counted.values()), 0, name)
                self.assertEqual({key: after[key] for key in counted}, counted)
            self.assertEqual(after["netplay_relay_live_restarts_total", ("result", "done")], count)
            self.assertEqual(after["netplay_relay_live_restart_pause_seconds_count",], count)
            self.assertGreater(after["netplay_relay_live_restart_pause_seconds_sum",],
                               before["netplay_relay_live_restart_pause_seconds_sum",])
            self.assertGreaterEqual(
                after["netplay_relay_live_restart_connections_total", ("result", "kept")],
                5 * count)
            self.assertEqual(after["netplay_relay_start_time_seconds",],
                             before["netplay_relay_start_time_seconds",])
            self.assert_link_works(*self.lasting)

    def test_round_trips_are_looked_at(self):
        relay = self.at_work()
        sides = [("netplay_relay_round_trip_seconds_count", ("side", side))
                 for side in ("guest", "host", "member")]
        wait_until(lambda: all(metrics_of(relay)[side] > 0 for side in sides), 25,
                   "a look at every line")
        found = metrics_of(relay)
        self.assertEqual([found[side] for side in sides[:2]], [1, 1])
        self.assertLess(found["netplay_relay_round_trip_seconds_sum", ("side", "guest")], 1)

    def test_it_costs_little(self):
        relay = self.at_work()
        before = relay.cpu_seconds()
        for _ in range(100):
            scrape(relay)
        self.assert_spent_less(relay, before, 1)


if __name__ == "__main__":
    main()
