"""Three relays behind two HAProxies: whoever names a session or a party comes to the node that has
it, by either of them; what begins anew goes to the others while a node drains; and a node that is
killed takes its own games with it only."""

import base64
import re
import shlex
import signal

from fleet import EXAMPLE, FleetHAProxy, node_config, syntax_fault, written

# pylint: disable=wrong-import-order
from netplay_client import Client, together
from party_client import Game
from runner import RelayTest, main
from tunnel_client import HEADER, NO_ID, RATS, Guest, Peer
from waiting import wait_until

NODES = 3
ANN, BOB, CAT = "127.0.0.2", "127.0.0.3", "127.0.0.4"
WIDE = {"sessions_per_address": 500, "connections_per_address": 4000,
        "new_connections_per_second_per_address": 100000, "links_per_address": 31}
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class FleetTest(RelayTest):
    def setUp(self):
        if not FleetHAProxy.is_here():
            self.skipTest("haproxy is missing")

    def start_fleet(self, doors=2, more=None, options=(), **limits):
        nodes = [self.start(node_config(node, **(more or {})), **(WIDE | limits))
                 for node in range(NODES)]
        proxies = [FleetHAProxy(nodes, *options) for _ in range(doors)]
        for proxy in proxies:
            self.addCleanup(proxy.end)
        return nodes, proxies

    def hosts(self, doors, count, source=ANN):
        """Sessions, by the node that has them."""
        found = {node: [] for node in range(NODES)}
        for at in range(count):
            host = self.host(doors[at % len(doors)], source)
            found[host.session[0]].append(host)
        return found

    def join_by(self, door, host, source=BOB):
        """A link through another door than its host's."""
        guest = self.kept(Guest(door, source)).join(host.session)
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        return guest, host_side

    def assert_not_counted(self, nodes):
        """Nobody was turned away: health checks are no players."""
        for node in nodes:
            node.barrier()
            self.assertFalse(any(node.status()["totals"]["close_reasons"].values()))
            self.assertNotIn("turned_away", node.log_text())

    def test_the_example_is_what_the_program_writes(self):
        text = EXAMPLE.read_text(encoding="utf-8")
        command = re.search(r"# (netplay-relay fleet-config (?:[^\n]*\\\n#)*[^\n]*)\n", text)
        words = shlex.split(command.group(1).replace("\\\n#", " "))
        self.assertEqual(written(*words[2:]), text)
        self.assertEqual(syntax_fault(EXAMPLE), "")

    def test_faults_of_the_command(self):
        node = "--node=1=192.0.2.1:55435"
        for words, said in (((), "--node"), (("--node=20=a:1",), "0 to 19"),
                            ((node, node), "twice"), ((node, "--bind=relay"), "--bind"),
                            ((node, "--bind=:0"), "--bind"), ((node, "--home=2=::/0"), "--home"),
                            ((node, "--connections=0"), "--connections")):
            with self.subTest(words):
                with self.assertRaisesRegex(AssertionError, said):
                    written(*words)
        with_ports = written(node, "--bind=:1234")
        self.assertIn("    bind 0.0.0.0:1234 ", with_ports)
        self.assertIn("    bind [::]:1234 v6only ", with_ports)

    def test_joins_find_their_session(self):
        nodes, doors = self.start_fleet()
        hosts = self.hosts(doors, 30)
        self.assertEqual([len(hosts[node]) for node in range(NODES)], [10] * NODES)
        for node, relay in enumerate(nodes):
            names = sorted(one["host"]["address"] for one in relay.status()["sessions"])
            self.assertEqual(names, sorted(host.name() for host in hosts[node]))
        joins = 0
        for turn in range(10):
            for host in [host for node in range(NODES) for host in hosts[node]]:
                door = doors[(turn + joins) % 2]
                guest, host_side = self.join_by(door, host, f"127.0.1.{turn + 1}")
                said = b"%d of %d" % (turn, joins)
                self.assert_passes(guest, host_side, said)
                self.assert_passes(host_side, guest, said)
                joins += 1
        self.assertEqual([relay.use()["links"] for relay in nodes], [joins // NODES] * NODES)
        self.assertEqual([relay.status()["totals"]["joins"] for relay in nodes],
                         [joins // NODES] * NODES, "nobody had to ask twice")
        self.assert_not_counted(nodes)

    def test_greetings_that_come_in_pieces(self):
        nodes, doors = self.start_fleet(doors=1)
        hosts = self.hosts(doors, NODES)
        for node, (host,) in hosts.items():
            guest = self.kept(Peer(doors[0], BOB))
            guest.relay = nodes[node]
            guest.send_bytewise(RATS + host.session)
            guest.send(HEADER)
            host_side = self.kept(host.admit())
            self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        asking = self.kept(Peer(doors[0], CAT))
        asking.relay = nodes[0]
        asking.send_bytewise(RATS + NO_ID)
        self.assertEqual(asking.receive(4), RATS)

    def test_parties_are_found_by_their_code(self):
        nodes, doors = self.start_fleet()
        seen = set()
        for at in range(12):
            host = self.kept(Game(doors[at % 2], ANN if at < 6 else CAT)).host()
            node = LETTERS.index(host.code[0])
            seen.add(node)
            guest = self.kept(Game(doors[at // 2 % 2], BOB)).join(host.code, 7)
            guest.put(b"through", 1)
            self.assertEqual(host.next_packet().payload, b"through")
            self.assertIn(host.code, [one["code"] for one in nodes[node].status()["parties"]])
            guest.close()
            guest = self.kept(guest.come_back(source=BOB))
            guest.put(b"again", 1)
            self.assertEqual(host.next_packet().payload, b"again")
        self.assertEqual(seen, set(range(NODES)))

    def test_who_names_nobody_meets_in_one_place(self):
        nodes, doors = self.start_fleet()
        members = []
        for at, source in enumerate((ANN, BOB, CAT)):
            members.append(self.kept(Client(doors[at % 2], nick=source, source=source)))
            together(members, lambda: members[-1].number, "it to be in the room")
        (room,) = nodes[0].status()["rooms"]
        self.assertEqual([member["address"] for member in room["members"]],
                         [member.name() for member in members])
        probe = self.peer(doors[0], ANN)
        probe.send(b"POKE")
        self.assertEqual(probe.receive(4), b"RANP")
        stranger = self.peer(doors[0], ANN)
        stranger.send(b"SSH-2.0-x\r\n")
        stranger.wait_for_any_end()
        nodes[0].wait_for_close("ssh_greeting")

    def test_limits_are_the_players(self):
        """Those of one node, for each."""
        nodes, doors = self.start_fleet(doors=1, connections_per_address=2)
        hosts = self.hosts(doors, 2 * NODES)
        self.assertEqual([len(hosts[node]) for node in range(NODES)], [2] * NODES)
        seventh = self.peer(doors[0], ANN)
        seventh.send(RATS + NO_ID)
        seventh.wait_for_any_end()
        name = re.escape(seventh.name())
        wait_until(lambda: any(re.search(rf"turned_away [^\n]*{name}", node.log_text())
                               for node in nodes), 10, "the player to be named")
        self.assertEqual(sum(node.closed("address_connections_full") for node in nodes), 1)
        self.hosts(doors, 2 * NODES, BOB)

    def test_what_is_promised_is_given_by_its_node(self):
        """CAT's id is node 1's (its first byte is 21), whoever else knows of the promise."""
        more = {"reserved_sessions": [{"id": "FRIDAYNIGHTSNES1", "networks": [CAT]}],
                "parties": {"reserved_codes": [{"code": "CLUB-CLUB", "networks": [CAT]}]}}
        nodes, doors = self.start_fleet(more=more, options=[f"--home=1={CAT}"])
        for door in doors:
            host = self.host(door, CAT)
            self.assertEqual(base64.b64encode(host.session), b"FRIDAYNIGHTSNES1")
            guest, host_side = self.join_by(doors[0], host)
            self.assert_link_works(guest, host_side)
            for peer in (host, guest, host_side):
                peer.close()
            nodes[1].wait_for_use(connections=0)
        game = self.kept(Game(doors[0], CAT))
        game.name_party("CLUB-CLUB")
        self.assertEqual(game.host(code="CLUB-CLUB").code, "CLUB-CLUB")
        guest = self.kept(Game(doors[1], BOB)).join(game.code, 7)
        guest.put(b"through", 1)
        self.assertEqual(game.next_packet().payload, b"through")

    def test_one_address_does_not_take_all_connections(self):
        """Those that say nothing reach no relay."""
        nodes, (door,) = self.start_fleet(doors=1, options=["--connections-per-address=3"])
        silent = [self.peer(door, ANN) for _ in range(3)]
        fourth = self.peer(door, ANN)
        fourth.wait_for_any_end()
        host = self.host(door, BOB)
        guest, host_side = self.join_by(door, host, CAT)
        self.assert_link_works(guest, host_side)
        self.assert_not_counted(nodes)
        silent.pop().close()
        wait_until(lambda: self.is_taken(door, ANN), 10, "a place that is free again")

    def is_taken(self, door, source):
        peer = self.peer(door, source)
        try:
            peer.send(RATS + NO_ID)
            return peer.receive(4) == RATS
        except (AssertionError, OSError):
            return False
        finally:
            peer.close()

    def test_another_proxy_before_it(self):
        nodes, (door,) = self.start_fleet(doors=1, options=["--accept-proxy"])
        peer = self.peer(door, ANN)
        peer.send(b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 55435\r\n" + RATS + NO_ID)
        session = peer.receive(16)[4:]
        (told,) = nodes[session[0]].status()["sessions"]
        self.assertEqual(told["host"]["address"], "203.0.113.9:5000")

    def drains(self, relay, node, doors):
        relay.send_signal(signal.SIGUSR1)
        for door in doors:
            door.wait_for_word(node, "DOWN")

    def test_a_node_that_drains_keeps_its_games_and_gets_no_new_ones(self):
        nodes, doors = self.start_fleet()
        hosts = self.hosts(doors, 2 * NODES)
        party = next(game for game in (self.kept(Game(doors[0], CAT)).host() for _ in range(NODES))
                     if game.code[0] == LETTERS[1])
        links = [self.join_by(doors[0], host) for host in hosts[1]]
        self.drains(nodes[1], 1, doors)
        fresh = self.hosts(doors, 4 * NODES)
        self.assertEqual(fresh[1], [])
        for game in (self.kept(Game(door, BOB)).host() for door in doors):
            self.assertNotEqual(game.code[0], LETTERS[1])
        for host in hosts[1]:
            for door in doors:
                links.append(self.join_by(door, host, CAT))
        guest = self.kept(Game(doors[1], BOB)).join(party.code, 7)
        guest.put(b"through", 1)
        self.assertEqual(party.next_packet().payload, b"through")
        for link in links:
            self.assert_link_works(*link)
        self.assertEqual(nodes[1].use()["sessions"], 2)
        self.assert_not_counted(nodes)
        # HAProxy that begins anew does not undo it.
        doors[0].reload()
        doors[0].wait_for_word(1, "DOWN", 2)
        self.assertEqual(self.hosts(doors, NODES)[1], [])
        self.join_by(doors[0], hosts[1][0])
        for link in links:
            self.assert_link_works(*link)

    def test_a_node_that_is_killed_ends_its_games_only(self):
        nodes, doors = self.start_fleet()
        hosts = self.hosts(doors, 2 * NODES)
        links = {node: [self.join_by(doors[0], host) for host in hosts[node]]
                 for node in range(NODES)}
        nodes[1].process.kill()
        for host, link in zip(hosts[1], links[1]):
            for peer in (host, *link):
                peer.wait_for_any_end()
        for node in (0, 2):
            for link in links[node]:
                self.assert_link_works(*link)
            for door in doors:
                self.assert_link_works(*self.join_by(door, hosts[node][0], CAT))
        late = self.peer(doors[1], BOB)
        late.send(RATS + hosts[1][0].session + HEADER)
        late.wait_for_any_end()
        for door in doors:
            door.wait_for_word(1, "DOWN")
        self.assertEqual(self.hosts(doors, 2 * NODES)[1], [])

    def test_a_node_that_is_upgraded_ends_none(self):
        nodes, doors = self.start_fleet()
        hosts = self.hosts(doors[:1], NODES)
        links = [self.join_by(doors[0], host) for (host,) in hosts.values()]
        game = self.kept(Game(doors[0], CAT)).host()
        (host,) = hosts[1]
        nodes[1].send_signal(signal.SIGUSR2)
        for at in range(20):
            links.append(self.join_by(doors[at % 2], host, f"127.0.1.{at + 1}"))
        nodes[1].wait_for_upgrade()
        links.append(self.join_by(doors[1], host))
        for link in links:
            self.assert_link_works(*link)
        self.assertEqual(nodes[1].use()["links"], 22)
        guest = self.kept(Game(doors[1], BOB)).join(game.code, 7)
        guest.put(b"through", 1)
        self.assertEqual(game.next_packet().payload, b"through")
        self.assert_not_counted(nodes)


if __name__ == "__main__":
    main()
