"""How runs end: every exit code of netplay-peer, with the reason that belongs to it."""

import signal
import socket

import peer_runner
from peer_process import DESYNC, FAILED, LOST, OK, REFUSED, UNVERIFIED, run_peer
from peer_runner import PeerTest
from waiting import wait_until

FAST = ("--rate", 240)


def arena(options):
    return "--core", f"builtin:arena,{options}"


class DesyncTest(PeerTest):
    def play_apart(self, frame, interval, client_options=(), code=DESYNC):
        host = self.host("--crc-interval", interval, "--until-empty")
        client = self.join(host, "--frames", frame + 40, *arena(f"desync={frame}"),
                           *client_options)
        report = self.finish(client, code)
        return self.finish(host, code), report

    def test_the_first_frame_that_differs(self):
        """The state after frame 50 is the first to differ: that is the one before frame 51."""
        host, client = self.play_apart(50, 1)
        self.assertEqual(client["sync"], "desync")
        self.assertEqual(client["outcome"], "finished")
        self.assertEqual(client["crcs"]["first_failed_frame"], 51)
        self.assertEqual(client["crcs"]["last_good_frame"], 50)
        self.assertGreaterEqual(client["savestates"]["requested"], 1)
        self.assertEqual(host["sync"], "desync")
        self.assertGreaterEqual(host["savestates"]["asked_of_us"], 1)

    def test_seldom_crcs_find_it_later(self):
        _, client = self.play_apart(50, 20)
        self.assertEqual(client["crcs"]["first_failed_frame"], 60)
        self.assertEqual(client["crcs"]["last_good_frame"], 40)

    def test_a_savestate_heals_it_and_it_is_still_told(self):
        host = self.host("--until-empty")
        client = self.join(host, "--frames", 120, *arena("desync-once=50"))
        report = self.finish(client, DESYNC)
        self.finish(host, DESYNC)
        self.assertEqual(report["crcs"]["first_failed_frame"], 51)
        self.assertGreaterEqual(report["savestates"]["received"], 2)
        self.assertGreater(report["crcs"]["checked"], 100)
        self.assertLess(report["crcs"]["failed"], 20)

    def test_the_host_goes_apart(self):
        host = self.host("--until-empty", *arena("desync=50"))
        client = self.finish(self.join(host, "--frames", 100), DESYNC)
        self.assertEqual(client["crcs"]["first_failed_frame"], 51)
        self.finish(host, DESYNC)

    def test_the_report_for_people(self):
        host = self.host("--until-empty")
        ended = run_peer("join", host.target(), "--frames", 80, *arena("desync=50"))
        self.assertEqual(ended.returncode, DESYNC)
        self.assertRegex(ended.stdout, r"(?m)^sync +DESYNC: \d+ of \d+ CRCs differed, first at "
                                       r"frame 51 \(last equal at \d+\)$")
        self.assertRegex(ended.stdout, r"(?m)^exit code +3$")
        self.finish(host, DESYNC)

    def test_nothing_compared_is_not_agreed(self):
        host = self.host("--crc-interval", 0, "--duration", 60, *FAST)
        report = self.finish(self.join(host, "--frames", 50, *FAST), UNVERIFIED)
        self.assertEqual((report["sync"], report["crcs"]["checked"]), ("unverified", 0))
        self.finish(self.join(host, "--frames", 50, "--unverified-ok", *FAST))
        host.interrupt()
        self.finish(host, LOST)

    def test_crcs_before_anybody_came_agree_with_nobody(self):
        """No CRC falls into the client's time: the host cannot claim that one was equal."""
        host = self.host("--crc-interval", 400, "--until-empty")
        wait_until(lambda: host.waits() > 60, 10, "some frames without anybody")
        report = self.finish(self.join(host, "--frames", 20), UNVERIFIED)
        self.assertLess(report["first_frame"], 300)
        self.assertEqual(self.finish(host, UNVERIFIED)["sync"], "unverified")


class RefusedTest(PeerTest):
    def assert_refused(self, client, reason):
        report = self.finish(client, REFUSED)
        self.assertEqual(report["outcome"], "refused")
        self.assertRegex(report["reason"], reason)
        self.assertEqual((report["frames"], report["sync"]), (0, "unverified"))

    def test_passwords(self):
        for protocol in (4, 5, 6, 7):
            with self.subTest(protocol=protocol):
                host = self.host("--until-empty", "--password", "sesam", *FAST)
                options = ("--frames", 60, "--protocol", protocol, *FAST)
                self.assert_refused(self.join(host, *options), r"password")
                self.assert_refused(self.join(host, "--password", "Sesam", *options), r"password")
                self.assertTrue(host.is_running())
                report = self.finish(self.join(host, "--password", "sesam", *options))
                self.assertTrue(report["playing"])
                host.wait_for("refused: .*password")
                self.finish(host)

    def test_the_password_for_watching(self):
        host = self.host("--until-empty", "--password", "play", "--spectate-password", "watch")
        player = self.join(host, "--password", "play", "--frames", 150)
        host.wait_for("joined")
        for wish in ((), ("--spectate",)):
            watching = self.finish(self.join(host, "--password", "watch", "--frames", 20, *wish))
            self.assertFalse(watching["playing"])
        self.assert_refused(self.join(host, "--password", "neither", "--frames", 20), "password")
        self.assertTrue(self.finish(player)["playing"])
        self.finish(host)

    def test_a_full_host(self):
        host = self.host("--until-empty", "--connections", 1)
        first = self.join(host, "--frames", 100)
        host.wait_for("joined")
        self.assert_refused(self.join(host, "--frames", 10), "[Hh]ost full")
        self.finish(first)
        self.finish(host)

    def test_another_core(self):
        host = self.host("--duration", 60)
        tiny = ("--core", peer_runner.cores["tiny"], "--content", __file__)
        self.assert_refused(self.join(host, "--frames", 10, *tiny), "different core")
        self.assertTrue(host.is_running())

    def test_other_content_is_a_warning(self):
        host = self.host("--until-empty", *arena("players=3"))
        ended = run_peer("join", host.target(), "--frames", 30, *arena("players=4"))
        self.assertRegex(ended.stdout, r"(?m)^host .*OTHER CONTENT")
        self.finish(host, host.wait())

    def test_other_content_with_another_state(self):
        host = self.host("--until-empty")
        client = self.finish(self.join(host, "--frames", 30, *arena("state=8192")), LOST)
        self.assertTrue(client["other_content"])
        self.assertRegex(client["reason"], "state")
        self.finish(host, host.wait())

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            self.assert_refused(self.join(f"127.0.0.1|{port}", "--frames", 10), "cannot connect")

    def test_whoever_answers_plays_no_netplay(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            client = self.join(f"127.0.0.1|{server.getsockname()[1]}", "--frames", 10)
            other, _ = server.accept()
            with other:
                other.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" * 3)
                self.assert_refused(client, "does not speak netplay")


class LostTest(PeerTest):
    def test_the_host_is_killed(self):
        host = self.host()
        client = self.join(host, "--frames", 6000)
        client.wait_for("^joined .* as client")
        host.process.kill()
        report = self.finish(client, LOST)
        self.assertEqual(report["outcome"], "lost")
        self.assertRegex(report["reason"], r"the host closed the connection")

    def test_the_client_is_killed(self):
        """A host that waits for its end goes on; one whose end is to be alone has come to it."""
        host = self.host("--until-empty")
        client = self.join(host, "--frames", 6000)
        host.wait_for("joined")
        client.process.kill()
        self.assertEqual(self.finish(host, host.wait())["outcome"], "finished")
        self.assertRegex(host.said(), r"left|dropped")

    def test_the_host_stops_answering(self):
        """The patience of a client with a silent host: ten seconds."""
        host = self.host()
        client = self.join(host, "--frames", 6000)
        client.wait_for("^joined .* as client")
        host.interrupt(signal.SIGSTOP)
        report = self.finish(client, LOST, 30)
        self.assertRegex(report["reason"], "silent")

    def test_interrupted_before_its_end(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            host = self.host("--until-empty")
            client = self.join(host, "--frames", 6000)
            host.wait_for("joined")
            client.interrupt(number)
            report = self.finish(client, LOST, 5)
            self.assertTrue(report["interrupted"])
            self.finish(host, host.wait(5))

    def test_interrupted_without_an_end_is_as_asked(self):
        host = self.host()
        client = self.join(host)
        host.wait_for("joined")
        with socket.create_connection(host.address()):
            before = client.waits()
            wait_until(lambda: client.waits() > before + 60, 10, "some frames")
            client.interrupt()
            self.finish(client, OK, 5)
            host.interrupt()
            self.finish(host, OK, 5)

    def test_a_signal_is_heard_at_any_rate(self):
        for rate in ("0.1", "0"):
            host = self.host("--rate", rate)
            host.wait_for("listening")
            host.interrupt(signal.SIGTERM)
            self.finish(host, UNVERIFIED, 5)

    def test_a_port_in_use(self):
        host = self.host()
        second = self.launch("host", "--listen", "127.0.0.1", "--json", "--port",
                             host.address()[1])
        report = self.finish(second, FAILED)
        self.assertRegex(report["reason"], r"cannot listen on 127\.0\.0\.1 port \d+: \S+")

    def test_a_core_that_cannot_be_saved(self):
        host = self.host(*arena("unserialisable"))
        self.assertEqual(self.finish(host, FAILED)["reason"],
                         "our core could not be saved or loaded")
        self.assert_refuses("host", "--listen", "127.0.0.1", "--port", "0", "--core", "/nowhere.so",
                            code=FAILED, says="no file /nowhere.so")
        self.assert_refuses("sync-test", "--core", peer_runner.cores["other_version"],
                            code=FAILED, says="speaks version 2 of libretro's interface")


if __name__ == "__main__":
    peer_runner.main()
