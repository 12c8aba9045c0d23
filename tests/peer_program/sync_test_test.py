"""netplay-peer sync-test: its verdicts, its report and its exit codes."""

import json

import peer_runner
from peer_process import DESYNC, OK, PLAYS, run_peer
from peer_runner import PeerTest, jsonschema, schema

SHORT = ("--frames", 60, "--depth", 4)


class SyncTestTest(PeerTest):
    def verdict(self, core, *arguments, code=None):
        """The report as JSON; the one for people comes to the same."""
        length = () if "--frames" in arguments else SHORT
        options = ("--core", core, *length, *arguments)
        ended = run_peer("sync-test", "--json", *options)
        report = json.loads(ended.stdout)
        expected = OK if report["verdict"] == "fit" else PLAYS if report["plays"] else DESYNC
        self.assertEqual(ended.returncode, expected, ended.stderr)
        self.assert_described(report)
        self.assertEqual(ended.stderr, "")
        people = run_peer("sync-test", *options)
        self.assertEqual(people.returncode, ended.returncode)
        words = report["verdict"].replace("_", " ")
        self.assertRegex(people.stdout, rf"(?m)^verdict +{words}: \S")
        if code is not None:
            self.assertEqual(ended.returncode, code)
        self.assertTrue(report["reason"] and report["players_see"])
        return report

    def assert_described(self, report):
        if jsonschema:
            document = schema()
            part = {"$ref": "#/$defs/sync_test", "$defs": document["$defs"]}
            jsonschema.Draft202012Validator(part).validate(report)

    def test_fit(self):
        report = self.verdict("builtin:arena", "--seed", 5, code=OK)
        self.assertEqual(report["core"]["name"], "netplay-relay arena")
        self.assertEqual(report["options"]["frames"], 60)
        self.assertEqual(report["options"]["depth"], 4)
        self.assertEqual(report["options"]["seed"], 5)
        self.assertEqual(report["frames_run"], 60 + 33 * 24 + 60)
        self.assertEqual(report["joins"]["count"], 34)
        self.assertEqual(report["joins"]["frames_that_differ"]["frames"], 33 * 24 + 60)
        self.assertEqual(report["causes"], [])
        self.assertEqual(report["state_size"], 4096)
        self.assertEqual(report["replays_that_differ"],
                         {"count": 0, "first": None, "frames": 33 * 6 * 4 + 60 * 4 - 6,
                          "games": 0})
        self.assertEqual(report["reloads_that_differ"], {"count": 0, "first": None})
        self.assertIsNone(report["save_failed_at"])
        self.assertGreaterEqual(report["save"]["calls"], 60)
        self.assertGreaterEqual(report["depth_that_fits"], 4)

    def test_a_large_state_is_fit_as_well(self):
        self.assertEqual(self.verdict("builtin:arena,state=1000000", code=OK)["state_size"],
                         1_000_000)

    def test_unserialisable(self):
        report = self.verdict("builtin:arena,unserialisable", code=DESYNC)
        self.assertRegex(report["verdict"] + report["reason"], "state|serial|save")

    def test_a_growing_state(self):
        report = self.verdict("builtin:arena,grows", "--frames", 200)
        self.assertIs(report["state_size_changed"], True)
        self.assertGreater(report["state_size_last"], report["state_size"])

    def test_slow(self):
        report = self.verdict("builtin:arena,slow=1/9000", "--frames", 10, "--button-frames", 0)
        self.assertGreaterEqual(report["run"]["mean_microseconds"], 9000)
        self.assertLessEqual(report["depth_that_fits"], 1)
        self.assertNotEqual(report["verdict"], "fit")

    def test_what_desyncs_two_machines_is_seen_by_one_who_joins(self):
        """In a process of its own, what is done by chance is done otherwise."""
        report = self.verdict("builtin:arena,desync=20", "--button-frames", 0, code=DESYNC)
        self.assertEqual(report["verdict"], "game_differs")
        self.assertEqual(report["replays_that_differ"]["count"], 0)
        joined = report["joins"]["frames_that_differ"]
        self.assertGreater(joined["games"], 20)
        self.assertGreaterEqual(joined["first"]["frame"], 20)

    def test_nobody_can_join_where_the_core_ends(self):
        """The other process is gone, ours goes on and tells."""
        content = self.directory() / "content"
        content.write_text("x", encoding="utf-8")
        report = self.verdict(peer_runner.cores["tiny"], "--content", content, code=DESYNC)
        self.assertEqual(report["verdict"], "load_refused")
        self.assertRegex(report["joins"]["fault"], "signal")

    def test_a_state_that_holds_an_address_or_unset_memory(self):
        """The game is the same, so it plays; no CRC ever agrees."""
        for mode in ("a", "u"):
            content = self.directory() / "content"
            content.write_text(mode, encoding="utf-8")
            report = self.verdict(peer_runner.cores["tiny"], "--content", content)
            self.assertEqual(report["verdict"], "crcs_differ", mode)
            self.assertEqual(report["joins"]["frames_that_differ"]["games"], 0)

    def test_a_button_whose_state_is_not_saved(self):
        """As Nestopia's turbo buttons: the button is named, for each pad."""
        content = self.directory() / "content"
        content.write_text("t", encoding="utf-8")
        report = self.verdict(peer_runner.cores["tiny"], "--content", content, code=DESYNC)
        self.assertEqual(report["verdict"], "game_differs")
        self.assertEqual([(each["pad"], each["button"]) for each in report["causes"]],
                         [(1, "X"), (2, "X")])
        report = self.verdict(peer_runner.cores["tiny"], "--content", content,
                              "--buttons", "fdff", code=OK)

    def test_a_state_that_is_smaller_later(self):
        content = self.directory() / "content"
        content.write_text("s", encoding="utf-8")
        report = self.verdict(peer_runner.cores["tiny"], "--content", content, code=PLAYS)
        self.assertEqual(report["verdict"], "size_changes")
        self.assertEqual((report["state_size"], report["state_size_told"]), (28, 8))

    def test_a_core_that_keeps_something_outside_its_state(self):
        for mode in ("h", "d"):
            content = self.directory() / "content"
            content.write_text(mode, encoding="utf-8")
            report = self.verdict(peer_runner.cores["tiny"], "--content", content, code=DESYNC)
            differ = report["replays_that_differ"]["count"] + \
                report["reloads_that_differ"]["count"]
            self.assertGreater(differ, 0, mode)
            self.assertTrue(report["replays_that_differ"]["first"] or
                            report["reloads_that_differ"]["first"])

    def test_a_core_that_refuses_to_load(self):
        content = self.directory() / "content"
        content.write_text("f", encoding="utf-8")
        report = self.verdict(peer_runner.cores["tiny"], "--content", content, code=DESYNC)
        self.assertTrue(report["save_failed_at"] is not None or
                        report["load_refused_at"] is not None)

    def test_buttons(self):
        for mask in ("0", "f", "ffff"):
            report = self.verdict("builtin:arena", "--buttons", mask, code=OK)
            self.assertEqual(report["options"]["buttons"], int(mask, 16))


if __name__ == "__main__":
    peer_runner.main()
