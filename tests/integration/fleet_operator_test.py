"""What the operator of a fleet is told when something is wrong with it, by every way of asking."""

import json
import os
import pathlib
import re
import signal

from control_client import Controller
from fleet_nodes import KEY, FleetTest
from netplay_client import free_ports, together
from party_client import Game
from relay_process import run_command
from runner import main
from tunnel_client import Guest
from waiting import wait_until

SOON = 20  # seconds; two relays with one number are found in some three


class FleetOperatorTest(FleetTest):
    def command(self, relay, *words):
        host, port = relay.admin_address
        return run_command(*words, "--url", f"{host}:{port}")

    def wait_for_state(self, relay, node, state):
        def seen():
            one = self.fleet(relay)["nodes"][node]
            return one if one["state"] == state else None
        return wait_until(seen, SOON, f"node {node} to be {state}: {relay.log_text()}")

    def wait_for_problem(self, relay, words):
        wait_until(lambda: words in (relay.status()["fleet"]["problem"] or ""), SOON,
                   f"{words}: {relay.status()['fleet']} {relay.log_text()}")

    def doctor(self, relay, *arguments):
        path = relay.config_path.with_name("doctor.json")
        path.write_text(json.dumps({
            **relay.config, "listen": [f"127.0.0.1:{relay.address[1]}"],
            "admin": {"listen": ["{}:{}".format(*relay.admin_address)]}}), encoding="utf-8")
        shown = run_command("doctor", "--json", "--config", path, *arguments)
        found = json.loads(shown.stdout)["findings"]
        return [(one["grade"], one["what"], one["fact"]) for one in found]

    def assert_found(self, findings, grade, what, words):
        self.assertTrue(any(one[:2] == (grade, what) and re.search(words, one[2])
                            for one in findings), f"no {grade} {what} {words}: {findings}")

    def test_two_with_the_same_number(self):
        """Node 2 believes that it is 1. None of the two sees the other one by its list alone."""
        configs = self.fleet_of(3)
        configs[2]["fleet"]["node"] = 1
        relays = [self.start(config) for config in configs]
        for relay in relays[1:]:
            relay.wait_for_log(r" same_number node=1 problem=\"another relay is node 1, as", SOON)
            self.wait_for_problem(relay, "another relay is node 1, as this one is")
        relays[0].wait_for_log(r" same_number node=1 problem=\"two relays are node 1: at 127", SOON)
        self.assertEqual(self.metric(relays[0],
                                     'netplay_relay_fleet_nodes{state="same_number"}'), 1)
        table = self.command(relays[0], "status", "--fleet").stdout
        self.assertRegex(table, r" 1  .* up .*\n    two relays are node 1")
        self.assertIn("the relay there is node 1, and not 2", table)
        self.assertIn("fleet: another relay is node 1", self.command(relays[1], "status").stdout)
        self.assertEqual(self.command(relays[0], "status", "--fleet", "-q").returncode, 1)
        self.assert_found(self.doctor(relays[1]), "fail", "fleet", "another relay is node 1")
        self.assert_found(self.doctor(relays[0]), "fail", "fleet", "is node 1, and not 2")
        self.assertEqual(len(re.findall(r" same_number ", relays[0].log_text())), 1)
        # It is upgraded, which is no third one, and then gets its number.
        relays[1].send_signal(signal.SIGUSR2)
        relays[1].wait_for_upgrade()
        relays[2].stop()
        relays[2].config["fleet"]["node"] = 2
        relays[2].write_config()
        relays[2].start()
        relays[0].wait_for_log(r" same_number_over node=1", SOON)
        wait_until(lambda: relays[1].status()["fleet"]["problem"] is None, SOON, "none to be told")
        wait_until(lambda: self.command(relays[0], "status", "--fleet", "-q").returncode == 0,
                   SOON, f"all to be well {self.fleet(relays[0])}")
        self.assertNotIn("another relay is node 2", relays[2].log_text())

    def test_a_restart_is_no_second_one(self):
        relays = self.start_fleet(2)
        relays[1].stop()
        relays[1].start()
        relays[1].wait_for_log(r" node_up node=0", SOON)
        relays[1].send_signal(signal.SIGUSR2)
        relays[1].wait_for_upgrade()
        wait_until(lambda: relays[0].status()["fleet"]["up"] == 2, SOON, "it to be up")
        self.assertIsNone(relays[0].status()["fleet"]["problem"])
        for relay in relays:
            self.assertNotIn("same_number", relay.log_text())

    def test_one_that_takes_nothing_new_and_one_that_has_drained(self):
        relays = self.start_steered_fleet()
        Controller(relays[1], path=relays[1].directory / "control").done("new", allowed=False)
        self.wait_for_state(relays[0], 1, "closed")
        table = self.command(relays[0], "status", "--fleet")
        self.assertIn("3 nodes: 2 up, 1 closed, 0 draining, 0 down", table.stdout)
        self.assertRegex(table.stdout, r" 1  .* closed .*\n    takes no new games until")
        self.assertIn("Nobody plays.", table.stdout)
        self.assertEqual(self.command(relays[0], "status", "--fleet", "-q").returncode, 1)
        self.assertEqual(self.command(relays[0], "status", "-q").returncode, 0)
        host = self.host(relays[2])
        relays[2].send_signal(signal.SIGUSR1)
        self.wait_for_state(relays[0], 2, "draining")
        host.close()
        relays[0].wait_for_log(r' node_down node=2 problem="it has drained, and ended: ', SOON)
        gone = self.wait_for_state(relays[0], 2, "down")
        self.assertIn("it has drained, and ended", gone["problem"])
        table = self.command(relays[0], "status", "--fleet").stdout
        self.assertIn("of those that are down nothing is known", table)
        self.assertNotIn("Nobody plays.", table)

    def test_who_is_passed_on_is_seen_and_a_drain_waits_for_them(self):
        relays = self.start_fleet(2)
        guest, host_side = self.link_by(relays[0], relays[1])
        fleets = [relay.status()["fleet"] for relay in relays]
        self.assertEqual([(one["hops_sent"], one["hops_taken"]) for one in fleets],
                         [(1, 0), (0, 1)])
        table = self.command(relays[0], "status", "--fleet").stdout
        self.assertRegex(table, r" 0\*  .*\n    1 player is passed on to other nodes\n")
        self.assertRegex(table, r" 1  .*\n    1 player comes from other nodes\n")
        relays[0].send_signal(signal.SIGUSR1)
        relays[0].wait_for_log(r" draining sessions=0 links=0 rooms=0 parties=0 hops=1 ")
        text = self.command(relays[0], "status").stdout
        self.assertIn("node 0 of 2 nodes, 2 of them up; 1 player is passed on", text)
        self.assertIn("it ends when they have left as well", text)
        self.assertRegex(text, r"\nworkers +1\n")
        self.assert_link_works(guest, host_side)
        guest.close()
        host_side.close()
        relays[0].wait_for_log(r" stopped ", SOON)

    def test_who_names_what_a_node_has_that_is_down(self):
        relays = self.start_fleet(2)
        host = self.host(relays[1])
        hosting = self.kept(Game(relays[1])).host()
        relays[1].process.kill()
        relays[0].wait_for_log(r" node_down node=1")
        late = self.kept(Guest(relays[0], "127.0.0.10")).join(host.session)
        relays[0].wait_for_close("node_down")
        late.wait_for_any_end()
        game = self.kept(Game(relays[0]))
        with self.assertRaises(AssertionError):
            game.join(hosting.code, 7)
        relays[0].wait_for_close("node_down", 2)
        self.assertEqual(relays[0].closed("unknown_session"), 0)

    def test_who_came_by_another_node_is_kicked_where_the_game_is(self):
        relays = self.start_steered_fleet(2)
        host = self.host(relays[0])
        guest = self.kept(Guest(relays[1], "127.0.0.9")).join(host.session)
        self.kept(host.admit())
        (link,) = relays[0].links()
        self.assertGreater(link["id"], 1 << 40)
        kick = ["kick", str(link["id"])]
        told = self.command_by_socket(relays[1], *kick)
        self.assertEqual(told.returncode, 1)
        self.assertIn("no such connection at node 1: it is for the node whose", told.stderr)
        told = self.command_by_socket(relays[0], *kick)
        self.assertEqual(told.returncode, 0, told.stderr)
        guest.wait_for_any_end()
        relays[0].wait_for_close("sent_away")

    def command_by_socket(self, relay, *words):
        return run_command("--config", relay.config_path, *words)

    def test_who_is_lost_is_named(self):
        relays = self.start_fleet(2)
        members = []
        for crc in range(1, 6):
            members.append(self.member(relays[0], nick="ann", crc=crc, source="127.0.0.9"))
        away = relays[1].use()["members"]
        self.assertGreater(away, 0)
        relays[1].process.kill()
        together(members, lambda: sum(bool(one.ended) for one in members) == away, "the end",
                 SOON)
        relays[0].wait_for_log(r' hop_lost node=1 peer=127\.0\.0\.9:\d+ problem="its link is not '
                               r'laid again: no connection: Connection refused"')

    def test_what_the_doctor_says_of_each_node(self):
        first, _ = free_ports(6)
        good, *others = self.fleet_of(2)
        own = good["fleet"]["listen"].rsplit(":", 1)[1]
        stranger = {"manual_ip": "room", "fleet": {
            "node": 3, "listen": f"127.0.0.1:{first}", "key_file": self.key_file("77" * 32),
            "nodes": []}}
        wrong = {"manual_ip": "room", "fleet": {
            "node": 5, "listen": f"127.0.0.1:{first + 1}", "key_file": self.key_file(KEY),
            "nodes": []}}
        good["fleet"]["nodes"] = good["fleet"]["nodes"] + [
            {"node": node, "address": f"127.0.0.1:{port}"}
            for node, port in ((3, first), (4, first + 1), (6, first + 2), (7, own))]
        relay = self.start(good)
        for config in (*others, stranger, wrong):
            self.start(config)
        relay.wait_for_log(r" node_up node=1")
        found = self.doctor(relay)
        self.assert_found(found, "ok", "fleet", r"node 1 \(localhost:\d+\) answers, netplay-relay")
        self.assert_found(found, "fail", "fleet", "node 3 .*it has another key")
        self.assert_found(found, "fail", "fleet", "node 4 .*the relay there is node 5, and not 4")
        self.assert_found(found, "warn", "fleet", "node 6 .*Connection refused")
        self.assert_found(found, "ok", "port", r"\(fleet\.listen\) is listened on by the relay")
        self.assert_found(found, "ok", "file", "fleet key .* can be read")
        relay.wait_for_log(r' link_refused .*connected to itself: it is node 0, and stands as '
                           r'node 7')
        self.assertNotIn("same_number", relay.log_text())
        pathlib.Path(good["fleet"]["key_file"]).write_text("secret", encoding="ascii")
        found = self.doctor(relay)
        self.assert_found(found, "fail" if os.geteuid() == 0 else "warn", "fleet",
                          "must hold at least 32 bytes")


if __name__ == "__main__":
    main()
