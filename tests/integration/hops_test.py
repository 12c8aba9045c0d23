"""Three relays that are nodes of one fleet, with nothing before them: whoever comes to the wrong
one plays at the right one."""

import json
import pathlib
import signal

from fleet_nodes import FleetTest
from netplay_client import PLAY, play_thirty_frames, together
from party_client import Game
from relay_process import run_command
from runner import main
from waiting import wait_until


class HopsTest(FleetTest):
    def test_those_who_play_the_same_meet_and_a_node_that_dies_takes_its_rooms(self):
        relays = self.start_fleet()
        members = []
        for at, relay in enumerate(relays):
            members.append(self.member(relay, members, nick=f"m{at}", source=f"127.0.0.{at + 2}"))
        rooms = [len(relay.status()["rooms"]) for relay in relays]
        self.assertEqual(sorted(rooms), [0, 0, 1])
        owner = rooms.index(1)
        (room,) = relays[owner].status()["rooms"]
        self.assertEqual(sorted(one["address"].split(":")[0] for one in room["members"]),
                         ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
        self.assertEqual(self.metric(relays[owner], 'netplay_relay_hops_total{what="taken"}'), 2)
        rest = [relay for relay in relays if relay is not relays[owner]]
        for relay in rest:
            self.assertEqual(self.metric(relay, "netplay_relay_hops_open "), 1)
        relays[owner].process.kill()
        together(members, lambda: all(one.ended for one in members), "the end of all")
        for relay in rest:
            relay.wait_for_log(r" node_down ")
        ann = self.member(rest[0], nick="ann")
        self.member(rest[1], [ann], nick="bob")
        self.assertEqual(sorted(len(relay.status()["rooms"]) for relay in rest), [0, 1])

    def test_a_password_leads_to_the_same_room_everywhere(self):
        relays = self.start_fleet(2, rooms={"password": "sun"})
        ann = self.member(relays[0], nick="ann", password="sun")
        self.member(relays[1], [ann], nick="bob", password="sun")
        self.assertEqual(sorted(relay.use()["members"] for relay in relays), [0, 2])

    def test_sessions_and_parties_are_found_by_what_names_them(self):
        relays = self.start_fleet(2)
        guest, host_side = self.link_by(relays[0], relays[1])
        self.assert_link_works(guest, host_side)
        (link,) = relays[1].links()
        self.assertTrue(link["guest"]["address"].startswith("127.0.0.9:"), link)
        hosting = self.kept(Game(relays[1])).host()
        self.kept(Game(relays[0])).join(hosting.code, 7)
        relays[1].wait_for_use(peers=2)

    def test_without_the_key_nobody_comes(self):
        one, other = (self.start(config) for config in self.fleet_of(2, {1: "77" * 32}))
        one.wait_for_log(r" link_refused .*another key")
        self.member(one, nick="ann")
        self.member(other, nick="bob")
        self.assertEqual([relay.use()["rooms"] for relay in (one, other)], [1, 1])

    def test_a_key_that_is_none(self):
        config = self.fleet_of(1, {0: "secret"})[0]
        path = pathlib.Path(config["fleet"]["key_file"]).with_name("relay.json")
        path.write_text(json.dumps({"listen": ["127.0.0.1:0"],
                                    "admin": {"listen": ["127.0.0.1:0"]}, **config}),
                        encoding="utf-8")
        refused = run_command("--config", path)
        checked = run_command("--check-config", "--config", path)
        pathlib.Path(config["fleet"]["key_file"]).unlink()
        missing = run_command("--check-config", "--config", path)
        for shown, problem in ((refused, "at least 32 bytes"), (checked, "at least 32 bytes"),
                               (missing, "No such file")):
            self.assertEqual(shown.returncode, 2)
            self.assertIn("fleet.key_file ", shown.stderr)
            self.assertIn(problem, shown.stderr)

    def test_hops_outlive_a_live_restart_at_either_end(self):
        relays = self.start_fleet(2)
        rooms = [[self.member(relays[0], nick="ann", crc=crc)] for crc in range(1, 5)]
        for crc, room in enumerate(rooms, 1):
            room.append(self.member(relays[1], room, nick="bob", crc=crc))
            for member in room:
                member.say(PLAY, bytes(4))
            together(room, lambda: all(each.plays for each in room), "two seats")
            play_thirty_frames(room)
        everybody = [member for room in rooms for member in room]
        members = [relay.use()["members"] for relay in relays]
        self.assertEqual(sum(members), 8)
        self.assertGreater(min(members), 0)
        hops = [self.metric(relay, "netplay_relay_hops_open") for relay in relays]
        self.assertEqual(sum(hops), 4)
        for upgrade, relay in enumerate([*relays, *relays], 1):
            relay.process.send_signal(signal.SIGUSR2)
            relay.wait_for_upgrade((upgrade + 1) // 2)
            for room in rooms:
                play_thirty_frames(room)
        self.assertEqual([relay.use()["members"] for relay in relays], members)
        self.assertEqual([self.metric(one, "netplay_relay_hops_open") for one in relays], hops)
        self.assertFalse([member.ended for member in everybody if member.ended])
        for relay in relays:
            self.assertEqual(relay.closed("handover_failed"), 0)

    def test_who_came_by_a_node_that_dies_is_gone_at_the_others(self):
        relays = self.start_fleet(2)
        for crc in range(1, 5):
            self.member(relays[0], nick="ann", crc=crc)
        away = relays[1].use()["members"]
        self.assertGreater(away, 0)
        relays[0].process.kill()
        relays[1].wait_for_use(members=0)
        self.assertEqual(relays[1].closed("member_left"), away)

    def test_a_node_that_is_upgraded_stays_up_for_the_others(self):
        self.upgrade_each_while_some_come(1)

    def test_so_does_one_of_several_workers(self):
        """It takes longer to begin, and has rooms before it has heard of others."""
        self.upgrade_each_while_some_come(2)

    def upgrade_each_while_some_come(self, workers):
        relays = self.start_fleet(2, workers=workers)
        first = [self.member(relays[0], nick="ann", crc=crc) for crc in range(1, 5)]
        for relay in relays:
            relay.process.send_signal(signal.SIGUSR2)
            relay.wait_for_upgrade()
            for other in relays:
                for crc, member in enumerate(first, 1):
                    self.member(other, first, nick="bob", crc=crc)
                    self.assertFalse(member.ended)
            self.assertEqual(sum(len(one.status()["rooms"]) for one in relays), 4)
        for relay in relays:
            self.assertNotIn("node_down", relay.log_text())


if __name__ == "__main__":
    main()
