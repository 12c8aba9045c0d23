"""Ports of their own for sessions and rooms: whose they are, and what is said without one."""

import re
import socket

from netplay_client import free_ports
from relay_process import WORKERS
from runner import RelayTest, main
from tunnel_client import FULL, NO_ID, RATS

LISTENING = 2  # sockets: of players, and of the admin address


def files_besides():
    """What a relay opens besides connections and ports: of each worker listening sockets, those
    that linger, and if there are several its own loop."""
    of_loops = 8 * WORKERS if WORKERS > 1 else 0
    return 64 + LISTENING + WORKERS * (LISTENING + 256) + of_loops


class JoinPortsTest(RelayTest):
    def join_ports(self, relay):
        """Those of all sessions, and None for one without."""
        return [session["join_port"] for session in relay.status()["sessions"]]

    def lines(self, relay, event):
        return re.findall(rf"^.* {event} .*$", relay.log_text(), re.MULTILINE)

    def test_used_up(self):
        first, last = free_ports(2)
        relay = self.start({"join_ports": f"{first}-{last}"})
        for _ in range(2):
            self.host(relay)
            self.assertLessEqual(set(self.join_ports(relay)), {first, last})
        self.assertEqual(self.lines(relay, "without_join_port"), [])
        host = self.host(relay)
        self.assertEqual(set(self.join_ports(relay)), {first, last, None})
        line = relay.wait_for_log(r"warning without_join_port [^\n]*")
        self.assertIn("problem=\"all 2 ports of join_ports are taken\"", line)
        without, = [one["id"] for one in relay.status()["sessions"] if one["join_port"] is None]
        self.assertIn(f"session={without} ", line)
        self.assert_link_works(*self.link(host))

    def test_over_the_players_port(self):
        """What the check of the configuration cannot know: here the system has chosen the port."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            relay = self.start({"join_ports": str(port)})
            for _ in range(3):
                self.host(relay)
            self.assertEqual(set(self.join_ports(relay)), {None})
        relay.wait_for_log(r"without_join_port", count=3)
        lines = self.lines(relay, "port_unavailable")  # one of each worker at most
        self.assertLessEqual(len(lines), max(1, len(relay.status()["workers"])))
        self.assertIn(f"address=127.0.0.1:{port} error=\"Address already in use", lines[0])
        self.assertIn("cannot be opened, see port_unavailable",
                      self.lines(relay, "without_join_port")[0])

    def test_beside_a_door_on_one_address(self):
        first, last = free_ports(3)
        relay = self.start({"listen": ["0.0.0.0:0"], "doors": [{"listen": ["127.0.0.1:0"]}],
                            "join_ports": f"{first}-{last}"})
        relay.address = ("127.0.0.1", relay.address[1])
        self.host(relay)
        self.assertIn(self.join_ports(relay)[0], range(first, last + 1))
        self.assertEqual(self.lines(relay, "port_unavailable"), [])

    def test_they_are_counted_among_the_files(self):
        """A relay that is full goes on taking in who it has to refuse."""
        connections, ports = 24, 8
        first, last = free_ports(ports)
        relay = self.start({"join_ports": f"{first}-{last}"},
                           files=files_besides() + ports + connections)
        line, = self.lines(relay, "connections_lowered")
        self.assertIn(f"to={connections} ", line)
        self.assertIn(f"+ {ports} sockets (join_ports, legacy_ports) +", line)
        for _ in range(ports):
            self.host(relay)
        for count in range(ports, connections):  # at once some could be beyond one worker's share
            self.peer(relay)
            relay.wait_for_use(connections=count + 1)
        for _ in range(40):
            late = self.peer(relay)
            late.send(RATS + NO_ID)
            self.assertEqual(late.receive(4), FULL[:4])
        relay.wait_for_close("connections_full", 40)
        self.assertEqual(self.lines(relay, "accept_paused"), [])
        self.assertEqual({session["join_port"] for session in relay.status()["sessions"]},
                         set(range(first, last + 1)))


if __name__ == "__main__":
    main()
