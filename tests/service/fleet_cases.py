"""Two services that are nodes of one fleet: those who came by one and play at the other outlive
systemctl restart of either. A stop ends them, and the other node goes on alone."""

import re

import units
from fleet_nodes import KEY, FleetTest
from netplay_client import PLAY, play_thirty_frames, together
from party_client import RELIABLE, Game
from runner import noise
from service_machine import Service, ServiceTest
from waiting import wait_until

NODES = 2
FIRST_LINK_PORT = 55490
NAMES = ("netplay-relay", "netplay-relay-other")
DIRECTORY = "/etc/netplay-relay"
DOWN_LIMIT = 5  # seconds for a node that has stopped to be known as down


class FleetUnitsTest(ServiceTest, FleetTest):
    def setUp(self):
        super().setUp()
        self.write_other_unit()
        self.machine.write(f"{DIRECTORY}/fleet.key", KEY)
        self.machine.run(f"chown root:netplay-relay {DIRECTORY}/fleet.key && "
                         f"chmod 640 {DIRECTORY}/fleet.key", check=True)
        others = [{"node": node, "address": f"127.0.0.1:{FIRST_LINK_PORT + node}"}
                  for node in range(NODES)]
        self.nodes = [self.service, Service(self.machine, f"{NAMES[1]}.service", 55436, 55481,
                                            f"{DIRECTORY}/{NAMES[1]}.json")]
        self.addCleanup(self.service.systemctl, "stop", f"{NAMES[1]}.service")  # and its directory
        for number, node in enumerate(self.nodes):
            node.configure({
                "manual_ip": "room", "listen": [f"127.0.0.1:{node.address[1]}"],
                "admin": {"listen": [f"127.0.0.1:{node.admin_address[1]}"]},
                "fleet": {"node": number, "listen": others[number]["address"], "nodes": others,
                          "key_file": f"{DIRECTORY}/fleet.key"}})
            node.start()
        for node in self.nodes:
            wait_until(lambda node=node: "node_up" in node.log_text(), 10, "the other node")

    def write_other_unit(self):
        """The same with another configuration, and with directories of its own."""
        text = units.text_of("netplay-relay.service.in")
        text = text.replace(f"{NAMES[0]}.json", f"{NAMES[1]}.json")
        text = re.sub(rf"(?m)^(StateDirectory|RuntimeDirectory)={NAMES[0]}$", rf"\1={NAMES[1]}",
                      text)
        self.machine.write(f"/etc/systemd/system/{NAMES[1]}.service", text)
        self.service.systemctl("daemon-reload")

    def rooms(self, count=4):
        """Of two each, one by either node; with so many rooms some are at each."""
        rooms = [[self.member(self.nodes[0], nick="ann", crc=crc)] for crc in range(1, count + 1)]
        for crc, room in enumerate(rooms, 1):
            room.append(self.member(self.nodes[1], room, nick="bob", crc=crc))
            for member in room:
                member.say(PLAY, bytes(4))
            together(room, lambda room=room: all(each.plays for each in room), "two seats")
            play_thirty_frames(room)
        self.assertGreater(min(self.members()), 0)
        return rooms

    def members(self):
        return [node.status()["use"]["members"] for node in self.nodes]

    def hops(self):
        return [self.metric(node, "netplay_relay_hops_open") for node in self.nodes]

    def party_by(self, node, other):
        hosting = self.kept(Game(other)).host()
        return self.kept(Game(node)).join(hosting.code, 7), hosting

    def restart_while_they_play(self, nodes, rooms, links):
        """Nothing is sent again: what is lost would be missed."""
        before = [node.pid() for node in nodes]
        restarts = [node.begin("restart") for node in nodes]
        while any(restart.poll() is None for restart in restarts):
            for room in rooms:
                play_thirty_frames(room)
            for one, other in links:
                for source, target in ((one, other), (other, one)):
                    self.assert_passes(source, target, noise(4000, seed=1))
        self.assertEqual([restart.returncode for restart in restarts], [0] * len(nodes))
        for node, pid in zip(nodes, before):
            self.assertNotEqual(node.pid(), pid)

    def test_hops_outlive_a_restart_of_either_node(self):
        rooms = self.rooms()
        links = [self.link_by(*self.nodes), self.link_by(*reversed(self.nodes))]
        parties = [self.party_by(*self.nodes), self.party_by(*reversed(self.nodes))]
        members, hops = self.members(), self.hops()
        self.assertEqual((sum(members), sum(hops)), (8, 4 + 2 + 2))
        for _ in range(3):
            for node in self.nodes:
                self.restart_while_they_play([node], rooms, links)
        self.restart_while_they_play(self.nodes, rooms, links)
        for guest, host in parties:
            guest.put(b"after all", target=1)
            self.assertEqual(host.next_packet().payload, b"after all")
        self.assertEqual((self.members(), self.hops()), (members, hops))
        for node in self.nodes:
            status = node.status()
            handovers = status["handovers"]
            self.assertEqual((handovers["done"], handovers["lost"]), (4, 0))
            self.assertEqual(status["totals"]["close_reasons"]["handover_failed"], 0)
            self.assertNotRegex(node.log_text(), "hop_lost|hops_ended|hop_failed")
            node.wait_for(NFileDescriptorStore="0", ActiveState="active")

    def test_a_stop_ends_those_who_have_hopped(self):
        stopped, stays = self.nodes
        rooms = self.rooms()
        links = [self.link_by(stopped, stays), self.link_by(stays, stopped)]
        guest, host = self.party_by(stays, stopped)
        away, host_that_stays = self.party_by(stopped, stays)
        at_stopped, at_other = self.members()
        stop = stopped.begin("stop")
        for one in (*links[0], *links[1]):
            self.assertEqual(one.receive_rest(), b"")
        for game in (guest, host):  # of a party that is over
            self.assertEqual(game.wait_for("close"), "shutdown")
            game.close()
        away.hear_end()  # it may come back to its party by another node
        host_that_stays.wait_for("absent")
        together([one for room in rooms for one in room],
                 lambda: sum(one.ended for room in rooms for one in room) ==
                 at_stopped + at_other // 2, "all whose room or node has stopped to be out")
        self.assertTrue(all(ann.ended for ann, _ in rooms), "who came by the one that has stopped")
        stays.wait_for_use(members=at_other // 2)
        wait_until(lambda: "node_down node=0" in stays.log_text(), DOWN_LIMIT, "the node's end")
        self.assertEqual(stop.wait(DOWN_LIMIT), 0)
        # Their rooms are opened at the one that is left.
        for crc in range(1, len(rooms) + 1):
            self.member(stays, [one for room in rooms for one in room if not one.ended],
                        nick="cid", crc=crc)
        self.assertEqual(len(stays.status()["rooms"]), len(rooms))
        stopped.start()
        wait_until(lambda: stays.log_text().count("node_up node=0") == 2, 10, "the node again")
