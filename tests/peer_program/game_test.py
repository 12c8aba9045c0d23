"""netplay-peer against netplay-peer, directly: every kind of game it can play."""

import peer_runner
from peer_process import OK, run_peer
from peer_runner import PeerTest

FAST = ("--rate", 240)


class TwoPeersTest(PeerTest):
    def test_both_reports_agree(self):
        host, client = self.play(("--nick", "alice"), ("--nick", "bob", "--seed", 2), 60)
        self.assert_in_sync(host, 60)
        self.assert_in_sync(client, 60)
        self.assertLess(abs(host["frames"] - client["frames"]), 60)
        self.assertEqual((host["nick"], client["nick"]), ("alice", "bob"))
        self.assertEqual(client["host"], "alice")
        self.assertEqual(host["clients_seen"], 1)
        self.assertEqual(host["core"], client["core"])
        self.assertTrue(host["playing"] and client["playing"])
        self.assertGreaterEqual(client["crcs"]["checked"], 50)
        self.assertEqual(client["other_content"], False)
        self.assertLessEqual(client["rollbacks"]["deepest"], client["rollbacks"]["ring"])
        self.assertAlmostEqual(client["frames"] / client["seconds"], 60, delta=25)

    def test_every_protocol(self):
        """4 is what the host understands besides those that it was asked to speak."""
        for host_speaks, client_speaks, negotiated in (
                (7, 7, 7), (6, 6, 6), (5, 5, 5), (6, 4, 4), (7, 5, 5), (5, 7, 5), (4, 4, 4)):
            with self.subTest(host=host_speaks, client=client_speaks):
                host, client = self.play((*FAST, "--protocol", host_speaks),
                                         (*FAST, "--protocol", client_speaks), 100)
                self.assertEqual(client["protocol"], negotiated)
                self.assert_in_sync(host)
                self.assert_in_sync(client, 100)

    def test_as_fast_as_it_goes(self):
        unlimited = ("--rate", 0)
        host, client = self.play(unlimited, unlimited, 3000)
        self.assert_in_sync(host)
        self.assert_in_sync(client, 3000)
        self.assertGreater(client["frames"] / client["seconds"], 300)

    def test_the_report_for_people(self):
        host = self.host("--until-empty", *FAST)
        client = run_peer("join", host.target(), "--frames", 100, *FAST)
        self.assertEqual(client.returncode, OK, client.stderr)
        self.assertRegex(client.stdout, r"(?m)^ended +finished: ")
        self.assertRegex(client.stdout, r"(?m)^sync +\d+ CRCs compared, all equal$")
        self.assertRegex(client.stdout, r"(?m)^core +netplay-relay arena 1, content [0-9a-f]{8}")
        self.assertRegex(client.stdout, r"(?m)^rollbacks +\d+, \d+ frames replayed, deepest \d+ of")
        self.assertRegex(client.stdout, r"(?m)^exit code +0$")
        self.finish(host)

    def test_input_latency(self):
        for host_options, client_options in ((("--input-latency", 3), ()),
                                             (("--input-latency", "1:5"), ()),
                                             ((), ("--input-latency", 4)),
                                             (("--input-latency", 15), ("--input-latency", 0))):
            with self.subTest(host=host_options, client=client_options):
                for report in self.play((*FAST, *host_options), (*FAST, *client_options), 100):
                    self.assert_in_sync(report)

    def test_analog_pads(self):
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                host, client = self.play((*FAST, "--device", "analog"),
                                         (*FAST, "--protocol", protocol), 100)
                self.assert_in_sync(host)
                self.assert_in_sync(client, 100)

    def test_duration_instead_of_frames(self):
        host = self.host("--duration", 20, "--until-empty")
        client = self.finish(self.join(host, "--duration", 0.7))
        self.assert_in_sync(client)
        self.assertAlmostEqual(client["seconds"], 0.7, delta=0.5)
        self.assert_in_sync(self.finish(host))

    def test_a_large_state_and_a_battery(self):
        core = ("--core", "builtin:arena,state=300000,battery=100", *FAST)
        for report in self.play(core, core, 60):
            self.assert_in_sync(report)
            self.assertGreaterEqual(report["core"]["state_bytes"], 300000)

    def test_a_libretro_core(self):
        core = ("--core", peer_runner.cores["tiny"], "--content", __file__, *FAST)
        host, client = self.play(core, core, 60)
        self.assert_in_sync(client, 60)
        self.assertEqual(host["core"], client["core"])


class InputFileTest(PeerTest):
    def memory_of(self, *input_options):
        """What the pads of a client leave behind in the game: its memory by frame."""
        watched = self.directory() / "memory"
        watch = ("--watch-memory", "0:64", "--watch-every", 10, "--watch-file", watched)
        self.play((*FAST, "--buttons", "0"), (*FAST, *input_options, *watch), 100)
        return watched.read_text(encoding="utf-8")

    def test_a_game_without_a_press_is_another(self):
        script = self.directory() / "input"
        script.write_text("# presses nothing\n0 0 0\n", encoding="utf-8")
        self.assertRegex(self.memory_of("--input", script), r'"hex":"[0-9a-f]{128}"')

    def test_in_sync_with_a_script_on_both_sides(self):
        script = self.directory() / "input"
        script.write_text("0 0 0\n20 0 8 # B\n5000 0 1f0\n", encoding="utf-8")
        for report in self.play((*FAST, "--input", script), (*FAST, "--input", script), 100):
            self.assert_in_sync(report)


class MorePeersTest(PeerTest):
    CORE = ("--core", "builtin:arena,players=4")

    def test_four_players_leave_one_by_one(self):
        host = self.host("--until-empty", "--ports", 4, *self.CORE)
        clients = [self.join(host, "--frames", 40 + 40 * number, "--seed", number, "--nick",
                             f"p{number}", *self.CORE) for number in range(1, 4)]
        reports = [self.finish(client) for client in clients]
        for number, report in enumerate(reports, 1):
            self.assert_in_sync(report, 40 + 40 * number)
            self.assertTrue(report["playing"])
        self.assertEqual({report["client_number"] for report in reports}, {1, 2, 3})
        report = self.finish(host)
        self.assert_in_sync(report, 160)
        self.assertEqual(report["clients_seen"], 3)

    def test_a_spectator(self):
        host = self.host("--until-empty")
        player = self.join(host, "--frames", 150)
        spectator = self.finish(self.join(host, "--frames", 40, "--spectate"))
        self.assert_in_sync(spectator, 40)
        self.assertFalse(spectator["playing"])
        self.assertTrue(self.finish(player)["playing"])
        self.assert_in_sync(self.finish(host), 150)

    def test_a_host_that_only_watches(self):
        host, client = self.play((*FAST, "--spectate"), FAST, 100)
        self.assertFalse(host["playing"])
        self.assertTrue(client["playing"])
        self.assert_in_sync(client, 100)

    def test_a_late_join(self):
        host = self.host("--until-empty", "--ports", 3)
        first = self.join(host, "--frames", 120, "--seed", 2)
        host.wait_for(r"joined")
        second = self.finish(self.join(host, "--frames", 40, "--seed", 3))
        self.assert_in_sync(second, 40)
        first = self.finish(first)
        self.assert_in_sync(first, 120)
        self.assertGreater(second["first_frame"], first["first_frame"])
        self.assertGreaterEqual(second["savestates"]["received"], 1)
        self.assert_in_sync(self.finish(host), 120)

    def test_one_goes_and_another_comes(self):
        host = self.host("--frames", 200)
        for seed in (2, 3, 4):
            self.assert_in_sync(self.finish(self.join(host, "--frames", 30, "--seed", seed)), 30)
        report = self.finish(host)
        self.assert_in_sync(report, 200)
        self.assertEqual(report["clients_seen"], 1)

    def test_no_port_left_is_watching(self):
        host = self.host("--until-empty", "--ports", 2)
        player = self.join(host, "--frames", 120, "--nick", "player")
        host.wait_for("joined")
        other = self.finish(self.join(host, "--frames", 30))
        self.assertFalse(other["playing"])
        self.assert_in_sync(other, 30)
        self.finish(player)
        self.finish(host)


if __name__ == "__main__":
    peer_runner.main()
