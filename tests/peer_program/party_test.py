"""netplay-peer party through the real relay: what is sent arrives at whom it is for, is measured,
and is neither lost nor doubled by lost networks and restarts."""

import json
import re
import signal
import subprocess

import peer_runner
from peer_process import BAD_ARGUMENTS, LOST, OK, REFUSED, RUN_LIMIT, PeerProcess, run_peer
from peer_runner import PeerTest, jsonschema, schema
from waiting import wait_until

CODE = r"^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$"


class PartyProcess(PeerProcess):
    def lines(self):
        whole = self.printed().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def events(self, kind):
        return [line for line in self.lines() if line["event"] == kind]

    def wait_event(self, kind, count=1, **values):
        """The first that is so, when there are so many of them."""
        def found():
            ended = not self.is_running()
            hits = [line for line in self.events(kind)
                    if values.items() <= line.items()]
            if len(hits) >= count:
                return hits[0]
            if ended:
                raise AssertionError(f"it ended without {kind} {values}: {self.account()}")
            return None
        return wait_until(found, RUN_LIMIT, f"{count} {kind} {values} of {self.account()}")

    def code(self):
        return self.wait_event("code")["code"]

    def order(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self):
        if self.process.stdin:
            self.process.stdin.close()
        super().end()


class PartyTest(PeerTest):
    def party(self, relay, role, *arguments):
        where = "%s|%d" % relay.address
        peer = PartyProcess("party", role, where, *arguments, "--json", stdin=subprocess.PIPE)
        self.addCleanup(peer.end)
        return peer

    def host_party(self, relay, *arguments):
        return self.party(relay, "host", *arguments)

    def join_party(self, host, relay, *arguments):
        return self.party(relay, "join", host.code(), *arguments)

    def finish_party(self, peer, code=OK):
        self.assertEqual(peer.wait(), code, peer.account())
        *events, report = peer.lines()
        self.assertEqual(report["event"], "report")
        self.assertEqual(report["exit_code"], code)
        if jsonschema:
            parts = schema()["$defs"]
            for kind, lines in (("party_report", [report]), ("party_event", events)):
                checker = jsonschema.Draft202012Validator(
                    {"$defs": parts, "$ref": f"#/$defs/{kind}"})
                for line in lines:
                    checker.validate(line)
        return report

    def test_everything_arrives_at_whom_it_is_for(self):
        relay = self.start()
        host = self.host_party(relay, "--mesh")
        self.assertRegex(host.code(), CODE)
        others = {each: self.join_party(host, relay, "--id", each) for each in (2, 3, 4)}
        for each in others:
            host.wait_event("joined", id=each)
        for number, (target, meant) in enumerate(
                (("0", {2, 3, 4}), ("3", {3}), ("-3", {2, 4}), ("2,4", {2, 4}))):
            for mode in ("unreliable", "ordered", "reliable"):
                host.order(f"send {target} {mode} 7 {mode}-{number}")
            full = {"ordered": "unreliable_ordered"}
            for each in meant:
                for mode in ("unreliable", "ordered", "reliable"):
                    packet = others[each].wait_event("packet", text=f"{mode}-{number}")
                    self.assertEqual(
                        (packet["source"], packet["mode"], packet["channel"], packet["size"]),
                        (1, full.get(mode, mode), 7, len(f"{mode}-{number}")))
        others[2].order("send 1 reliable 0 done")
        self.assertEqual(host.wait_event("packet", source=2)["hex"], b"done".hex())
        others[2].order("quit")
        self.finish_party(others[2])
        self.assertEqual(host.wait_event("left", id=2)["why"], "peer_left")
        others[3].wait_event("left", id=2)
        host.order("quit")
        self.finish_party(host)
        for each, count in ((3, 6), (4, 9)):
            report = self.finish_party(others[each], LOST)
            self.assertEqual(report["reason"], "host_gone")
            self.assertEqual(report["packets"]["in"], count)

    def test_a_host_kicks_and_refuses(self):
        relay = self.start()
        host = self.host_party(relay, "--max", 3)
        guest = self.join_party(host, relay, "--id", 5)
        host.wait_event("joined", id=5)
        host.order("refuse on")
        host.order("send 0 reliable 0 refused")
        guest.wait_event("packet", text="refused")
        late = self.join_party(host, relay)
        self.assertEqual(self.finish_party(late, REFUSED)["reason"], "party_refuses")
        guest.order("kick 2 not mine to say")
        guest.wait_for("only the host does that")
        host.order("kick 5 Go away.")
        report = self.finish_party(guest, LOST)
        self.assertEqual((report["reason"], report["text"]), ("kicked", "Go away."))
        host.order("nonsense")
        host.wait_for("'nonsense' is none of send, kick")
        host.interrupt()
        self.finish_party(host)

    def test_echoes_are_measured(self):
        relay = self.start()
        host = self.host_party(relay, "--echo", "--quiet")
        guest = self.join_party(host, relay, "--send", "1:reliable:0:", "--send", "1:reliable:1:",
                                "--size", 70000, "--rate", 100, "--count", 30, "--measure",
                                "--quiet", "--until-count", 60)
        report = self.finish_party(guest)
        self.assertTrue(report["faultless"])
        for stream, told in enumerate(report["streams"]):
            self.assertEqual((told["source"], told["echo"], told["stream"], told["mode"],
                              told["received"], told["lost"], told["doubled"],
                              told["out_of_order"]),
                             (1, True, stream, "reliable", 30, 0, 0, 0), told)
            self.assertGreater(told["ms"]["least"], 0)
        self.assertEqual(guest.events("packet"), [])
        late = self.join_party(host, relay, "--send", "1:ordered:9:", "--rate", 60, "--measure",
                               "--until-count", 20, "--for", RUN_LIMIT)
        report = self.finish_party(late)
        self.assertEqual([told["mode"] for told in report["streams"]], ["unreliable_ordered"])
        self.assertEqual(late.events("packet")[0]["channel"], 9)
        host.order("quit")
        self.finish_party(host)

    def test_nothing_is_lost_or_doubled_by_cuts_and_upgrades(self):
        relay = self.start()
        load = ("--rate", 200, "--count", 1000, "--measure", "--quiet", "--cut-every", 0.23)
        host = self.host_party(relay, "--send", "0:reliable:0:", *load)
        guest = self.join_party(host, relay, "--send", "1:reliable:0:", *load,
                                "--until-count", 1000)
        for count in (1, 2, 3):
            guest.wait_event("connection_lost", count=3 * count)
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_log("taken_over .* lost=0 ", count=count)
        reports = [self.finish_party(guest)]
        host.wait_event("left")
        host.order("quit")
        reports.append(self.finish_party(host))
        for report in reports:
            self.assertGreaterEqual(report["returns"], 9)
            told, = report["streams"]
            self.assertEqual((told["received"], told["lost"], told["doubled"],
                              told["out_of_order"]), (1000, 0, 0, 0), told)

    def test_a_game_that_hangs_is_not_sent_what_is_unreliable(self):
        relay = self.start()
        host = self.host_party(relay, "--send", "0:unreliable:0:", "--size", 8000,
                               "--rate", 100, "--count", 100)
        guest = self.join_party(host, relay, "--no-seen", "--measure")
        host.wait_event("joined")
        relay.wait_for_use(peers=2)
        host.order("send 0 reliable 0 first")
        guest.wait_event("packet", text="first")
        def has_dropped():
            told, = relay.status()["parties"]
            return any(peer["messages_dropped"] > 50 for peer in told["peers"])
        wait_until(has_dropped, RUN_LIMIT, "messages that are dropped")
        guest.order("quit")
        told, = self.finish_party(guest)["streams"]
        self.assertGreater(told["lost"], 50)
        self.assertLessEqual(told["received"], 8)

    def test_what_cannot_be(self):
        relay = self.start()
        where = "%s|%d" % relay.address
        wrong = self.party(relay, "join", "BCDF-GHJK")
        report = self.finish_party(wrong, REFUSED)
        self.assertEqual((report["reason"], report["text"]),
                         ("unknown_code", "No game with this code is open."))
        off = self.party(self.start({"parties": {"parties": 0}}), "host")
        self.assertIn("HTTP 503", self.finish_party(off, REFUSED)["text"])
        relay.end()
        self.assertIn("cannot connect", self.finish_party(
            self.party(relay, "host"), REFUSED)["text"])
        for arguments, sentence in (
                (("join", where), "CODE: is needed"), (("play", where), "ROLE"),
                (("host", "wss://relay.example"), "wss:// is not spoken"),
                (("host", where, "--send", "0:often:0:x"), "'often' is no mode"),
                (("host", where, "--send", "x:reliable:0:x"), "'x' is no target"),
                (("host", where, "--send", "0:reliable:256:x"), "'256' is no channel"),
                (("host", where, "--rate", 60), "--rate"),
                (("host", where, "--code", "ABC"), "--code")):
            self.assert_refuses("party", *arguments, code=BAD_ARGUMENTS,
                                says=re.escape(sentence))

    def test_for_people(self):
        relay = self.start()
        ended = run_peer("party", "host", "ws://%s:%d/" % relay.address, "--for", 0.2)
        self.assertEqual(ended.returncode, OK, ended.stderr)
        self.assertRegex(ended.stdout, r"^code: [B-Z]{4}-[B-Z]{4}\n0\.\d{3} welcome, id 1, star, "
                                       r"peers none, packets up to 1572864 bytes, held for 10 s")
        self.assertRegex(ended.stdout, r"\nended +finished\n(.*\n)+exit code +0\n$")


if __name__ == "__main__":
    peer_runner.main()
