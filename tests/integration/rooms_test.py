"""Those who name no session: rooms, ports of their own, and what is said of them. Real peers do the
same in tests/peer_program/rooms_test.py."""

import signal
import struct

from netplay_client import PLAY, Client, free_ports, together
from relay_process import run_command
from runner import RelayTest, main
from tunnel_client import DENY, HEADER, OLD_VERSION
from waiting import wait_until

LEGACY_REQUEST = bytes.fromhex("00004649 00000000")
# 1.9.14 has 0 in word 3.
OLD_HEADER = bytes.fromhex("52414e50 00040008 00000001 00000000 00000005 00000529")


def given_port(answer):
    magic, size, port = struct.unpack(">III", answer)
    assert (magic, size) == (0x464A, 4), answer
    return port


class RoomTest(RelayTest):
    def client(self, relay, **options):
        return self.kept(Client(relay, **options))

    def member(self, relay, others=(), **options):
        """A client that is in a room; the others give it their state."""
        client = self.client(relay, **options)
        together([*others, client], lambda: client.number or client.ended, "to be let in")
        self.assertIsNotNone(client.number, relay.log_text())
        return client

    def ended(self, relay, **options):
        """A client that is not let in."""
        client = self.client(relay, **options)
        together([client], lambda: client.ended, "an end")
        return client

    def table(self, relay):
        """What "netplay-relay status" shows."""
        host, port = relay.admin_address
        return run_command("status", f"{host}:{port}").stdout

    def number(self, relay):
        """That of the only room: each worker has its own."""
        (room,) = relay.status()["rooms"]
        return room["number"]

    def seat(self, client, others=()):
        client.say(PLAY, bytes(4))
        together([*others, client], lambda: client.plays, "a seat")


class MembersTest(RoomTest):
    def test_a_room_of_one(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        self.assertEqual(ann.number, 1)
        self.assertEqual(ann.header[:4], b"RANP")
        relay.wait_for_use(rooms=1, members=1, entering=0, links=0, greeting=0)
        (room,) = relay.status()["rooms"]
        self.assertEqual((room["core"], room["core_version"]), ("Arena", "v1"))
        self.assertFalse(room["by_password"])
        self.assertIsNone(room["join_port"])
        self.assertEqual([member["nick"] for member in room["members"]], ["ann"])
        number = room["number"]
        relay.wait_for_log(rf"room_opened room={number} core=\"Arena\"")
        relay.wait_for_log(rf"member_joined room={number} [^\n]*nick=\"ann\"")
        ann.close()
        relay.wait_for_use(rooms=0, members=0, connections=0)
        relay.wait_for_close("member_left")
        relay.wait_for_log(rf"room_closed room={number} ")
        totals = relay.status()["totals"]
        self.assertEqual((totals["rooms"], totals["members"]), (1, 1))

    def test_two_play_and_one_watches(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay, nick="ann")
        self.seat(ann)
        bob = self.member(relay, [ann], nick="bob")
        together([ann, bob], lambda: bob.states, "the state")
        self.assertEqual(bob.states[0][1], ann.state)
        self.seat(bob, [ann])
        cat = self.member(relay, [ann, bob], nick="cat")
        first = max(ann.frame, bob.frame)
        players = [ann, bob]

        def play():
            for player in players:
                if player.frame < first + 60:
                    player.send_input(player.frame * 16 + player.number)
            return all((player.number, first + 59) in cat.inputs for player in players)
        together([ann, bob, cat], play, "sixty frames")
        for player in players:
            for frame in range(first, first + 60):
                word, = struct.unpack(">I", cat.inputs[player.number, frame])
                self.assertEqual(word, frame * 16 + player.number)
        # What one plays the other hears, and nobody hears itself.
        self.assertIn((1, first + 30), bob.inputs)
        self.assertIn((2, first + 30), ann.inputs)
        self.assertNotIn((1, first + 30), ann.inputs)

    def test_other_games_are_other_rooms(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        self.member(relay, core="Chess", nick="bob")
        self.member(relay, crc=0x5678, nick="cat")
        relay.wait_for_use(rooms=3, members=3)
        dan = self.member(relay, [ann], core="ARENA", nick="dan")
        self.assertEqual(dan.number, 2)
        relay.wait_for_use(rooms=3, members=4)

    def test_bad_input_ends_only_who_sends_it(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        bob = self.member(relay, [ann], nick="bob")
        self.seat(bob, [ann])
        bob.frame += 5
        bob.send_input()
        together([ann, bob], lambda: bob.ended, "an end")
        relay.wait_for_close("input_out_of_order")
        relay.wait_for_use(members=1)
        self.assertFalse(ann.ended)

    def test_stopping_ends_members(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        mute = self.peer(relay)
        mute.send(HEADER)
        relay.wait_for_use(members=1, entering=1)
        relay.send_signal(signal.SIGTERM)
        together([ann], lambda: ann.ended, "the end")
        ann.close()
        mute.wait_for_any_end()
        mute.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertEqual(relay.log_text().count("reason=shutdown"), 2)


class ManualIpTest(RoomTest):
    def test_auto(self):
        relay = self.start({"manual_ip": "auto"})
        host = self.host(relay)
        # A host that has shown nobody that it is one gets nobody who did not name it.
        first = self.member(relay)
        first.close()
        relay.wait_for_use(links=0, rooms=0)
        self.assertFalse(host.has_data())
        # It answers a guest that did, in two pieces: then the only session is meant.
        known = self.guest(host)
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        host_side.send(HEADER[:3])
        self.assertEqual(known.receive(3), HEADER[:3])
        host_side.send(HEADER[3:])
        self.assertEqual(known.receive(21), HEADER[3:])
        guest = self.client(relay)
        guest.pump()
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        relay.wait_for_use(links=2, rooms=0)
        # With two of them nobody knows which.
        self.host(relay)
        self.member(relay)
        relay.wait_for_use(links=2, rooms=1, members=1)

    def test_tunnel(self):
        relay = self.start({"manual_ip": "tunnel"})
        self.assertIsNone(self.ended(relay).header)
        relay.wait_for_close("no_single_session")

    def test_off(self):
        relay = self.start({"manual_ip": "off"})
        for first, last, word in ((HEADER, DENY, "manual_ip_off"),
                                  (OLD_HEADER, OLD_VERSION, "old_version"),
                                  (b"POKE", b"", "probe")):
            peer = self.peer(relay)
            peer.send(first)
            self.assertEqual(peer.receive_rest(), last)
            relay.wait_for_close(word)
        self.assertEqual(relay.use()["entering"], 0)

    def test_a_probe_is_answered(self):
        for manual_ip in ("auto", "room", "tunnel"):
            relay = self.start({"manual_ip": manual_ip})
            peer = self.peer(relay)
            peer.send(b"POKE")
            answer = peer.receive_rest()
            self.assertEqual((len(answer), answer[:4]), (24, b"RANP"))
            relay.wait_for_close("probe")

    def test_no_protocol_in_common_is_said_once(self):
        relay = self.start({"manual_ip": "room"})
        peer = self.peer(relay)
        peer.send(HEADER[:12] + struct.pack(">II", 9, 8) + HEADER[20:])
        answer = peer.receive_rest()
        self.assertEqual((len(answer), answer[:4], answer[16:20]), (24, b"RANP", bytes(4)))
        relay.wait_for_close("no_common_protocol")

    def test_doors(self):
        relay = self.start({"manual_ip": "off", "doors": [
            {"listen": ["127.0.0.1:0"], "manual_ip": "room"}]})
        listening = relay.status()["listening"]
        self.assertEqual(len(listening), 2)
        (port,) = {one["port"] for one in listening} - {relay.address[1]}
        self.member(relay, port=port)
        relay.wait_for_use(members=1)
        self.ended(relay)
        relay.wait_for_close("manual_ip_off")

    def test_access(self):
        relay = self.start({"manual_ip": "room", "access": {"join": {"deny": ["127.0.0.1"]}}})
        peer = self.peer(relay)
        peer.send(HEADER)
        self.assertEqual(peer.receive_rest(), DENY)
        relay.wait_for_close("join_denied")


class PlacesTest(RoomTest):
    def test_who_comes_beyond_the_pads_waits_and_moves_up(self):
        relay = self.start({"manual_ip": "room", "rooms": {"players": 1}})
        ann = self.member(relay)
        self.seat(ann)
        bob = self.member(relay, [ann], nick="bob")
        bob.say(PLAY, bytes(4))
        together([ann, bob], lambda: bob.refused, "an answer")
        self.assertEqual(bob.refused, [2])
        (room,) = relay.status()["rooms"]
        number = room["number"]
        relay.wait_for_log(rf"member_waits room={number} [^\n]*nick=\"bob\"")
        self.assertEqual(room["places"], {"limit": 1, "taken": 1, "kept": 0})
        self.assertEqual([member["in_line"] for member in room["members"]], [None, 1])
        self.assertIn("waits 1", self.table(relay))
        ann.close()
        together([bob], lambda: bob.plays, "the place")
        self.assertEqual(bob.ports, 1)
        relay.wait_for_log(rf"member_plays room={number} [^\n]*nick=\"bob\"")

    def test_who_comes_back_has_its_old_place_and_nick(self):
        relay = self.start({"manual_ip": "room"})
        members = []
        for nick in ("ann", "bob", "cat"):
            members.append(self.member(relay, members, nick=nick))
            self.seat(members[-1], members[:-1])
        ann, bob, cat = members
        ann.close()
        bob.close()
        together([cat], lambda: relay.status()["use"]["members"] == 1, "two to be gone")
        again = self.member(relay, [cat], nick="bob")
        self.seat(again, [cat])
        self.assertEqual((again.ports, again.nick), (0b10, "bob"))
        relay.wait_for_log(
            rf"member_returned room={self.number(relay)} [^\n]*nick=\"bob\"")

    def test_a_door_with_a_multitap(self):
        relay = self.start({"manual_ip": "room", "doors": [
            {"listen": ["127.0.0.1:0"], "multitap": True}]})
        (port,) = self.ports_of_doors(relay)
        ann = self.member(relay, core="FCEUmm")
        bob = self.member(relay, core="FCEUmm", port=port)
        self.assertEqual(ann.devices, (1,) * 16)
        self.assertEqual(bob.devices[:5], (1, 1, 513, 513, 1))
        first, second = sorted(relay.status()["rooms"], key=lambda room: room["multitap"])
        self.assertEqual((first["multitap"], first["places"]["limit"]), (False, 16))
        self.assertEqual((second["multitap"], second["places"]["limit"]), (True, 4))
        self.assertIn("0 of 4 places taken, multitap", self.table(relay))

    def test_rooms_by_core(self):
        relay = self.start({"manual_ip": "room", "doors": [
            {"listen": ["127.0.0.1:0"], "rooms": "by_core"}]})
        (port,) = self.ports_of_doors(relay)
        ann = self.member(relay, core="FBNeo", port=port, password="moon")
        bob = self.member(relay, [ann], nick="bob", core="FBNeo", crc=5, port=port, password="moon")
        relay.wait_for_log(rf"content_differs room={self.number(relay)} "
                           r"[^\n]*content=00000005 nick=\"bob\"")
        self.member(relay, nick="cat", core="FBNeo", port=port, password="sun")
        relay.wait_for_use(rooms=2, members=3)
        room = relay.status()["rooms"][0]
        self.assertTrue(room["by_core"] and room["by_password"])
        self.assertIsNotNone(bob.number)

    def test_content_without_a_crc_never_meets_another(self):
        relay = self.start({"manual_ip": "room"})
        for nick in ("ann", "bob"):
            self.member(relay, nick=nick, crc=0)
        relay.wait_for_use(rooms=2, members=2)

    def ports_of_doors(self, relay):
        return {one["port"] for one in relay.status()["listening"]} - {relay.address[1]}


class PortsTest(RoomTest):
    def assert_closes(self, relay, port, limit=10):
        def is_closed():
            try:
                self.client(relay, port=port).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return True  # reset: the listener closed while this one stood in its queue
            return False
        wait_until(is_closed, limit, f"port {port} to be closed")

    def test_join_port_of_a_room(self):
        first, last = free_ports(3)
        relay = self.start({"manual_ip": "room", "join_ports": f"{first}-{last}"})
        ann = self.member(relay)
        port = relay.status()["rooms"][0]["join_port"]
        self.assertTrue(first <= port <= last)
        bob = self.member(relay, [ann], nick="bob", port=port)
        relay.wait_for_use(rooms=1, members=2)
        self.ended(relay, core="Chess", port=port)
        relay.wait_for_close("different_core")
        ann.close()
        bob.close()
        relay.wait_for_use(rooms=0)
        self.assert_closes(relay, port)

    def test_join_port_of_a_session(self):
        first, last = free_ports(3)
        relay = self.start({"manual_ip": "off", "join_ports": f"{first}-{last}"})
        self.host(relay)
        (before,) = relay.status()["sessions"]
        host = self.host(relay)
        port, = {one["join_port"] for one in relay.status()["sessions"]} - {before["join_port"]}
        guest = self.client(relay, port=port)
        guest.pump()
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        relay.wait_for_use(links=1)
        host.close()
        self.assert_closes(relay, port)

    def test_legacy_ports(self):
        first, last = free_ports(2)
        relay = self.start({"legacy_ports": {"range": f"{first}-{last}", "per_address": 2}})
        ports = set()
        for _ in range(2):
            server = self.peer(relay)
            server.send(LEGACY_REQUEST)
            ports.add(given_port(server.receive_rest()))
        relay.wait_for_close("legacy_port_given", 2)
        self.assertEqual(ports, {first, last})
        server = self.peer(relay)
        server.send(LEGACY_REQUEST)
        self.assertEqual(given_port(server.receive_rest()), 0)
        relay.wait_for_close("address_legacy_ports_full")
        # Each has one room; the same game elsewhere is another.
        ann = self.member(relay, port=first)
        self.member(relay, [ann], nick="bob", port=first)
        self.member(relay, nick="cat", port=last)
        relay.wait_for_use(rooms=2, members=3)
        self.assertEqual({room["join_port"] for room in relay.status()["rooms"]}, ports)

    def test_legacy_port_expires(self):
        first, _ = free_ports(1)
        relay = self.start({"legacy_ports": {"range": str(first), "expiry_seconds": 10}})
        server = self.peer(relay)
        server.send(LEGACY_REQUEST)
        self.assertEqual(given_port(server.receive_rest()), first)
        self.assert_closes(relay, first, 20)

    def test_a_range_that_is_taken(self):
        relay = self.start()
        port = relay.address[1]
        other = self.start({"legacy_ports": {"range": str(port)}})
        server = self.peer(other)
        server.send(LEGACY_REQUEST)
        self.assertEqual(given_port(server.receive_rest()), 0)
        other.wait_for_close("legacy_ports_full")


if __name__ == "__main__":
    main()
