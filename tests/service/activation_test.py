"""Sockets that a service manager has opened: which of them is what, and that they work."""

import socket

from support import main
from netplay_client import Client, together
from notify_receiver import Receiver
from relay_process import split_endpoint
from runner import RelayTest
from tunnel_client import HEADER, OLD_VERSION
from waiting import wait_until
from watched_relay import WatchedRelay

LOOPBACK = "127.0.0.1"


class ActivationTest(RelayTest):
    def socket(self, host=LOOPBACK, kind=socket.SOCK_STREAM):
        """One that listens, as systemd would make it."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(family, kind)
        self.addCleanup(made.close)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            made.listen(64)
        return made

    def relay(self, *sockets, config=None, environment=None):
        """sockets: (socket, name)."""
        relay = WatchedRelay(config, environment, sockets)
        self.addCleanup(relay.end)
        return relay

    def at(self, relay, one):
        """The relay, reached at this socket."""
        relay.address = one.getsockname()[:2]
        return relay


class PlayersTest(ActivationTest):
    def test_ipv4(self):
        passed = self.socket()
        relay = self.relay((passed, "netplay-relay.socket")).start()
        self.assertEqual(relay.address, passed.getsockname())
        self.assertEqual(relay.listening() - {relay.admin_address}, {passed.getsockname()})
        self.assert_link_works(*self.link(self.host(relay)))

    def test_ipv6(self):
        passed = self.socket("::1")
        relay = self.relay((passed, "netplay-relay.socket")).start()
        self.assertEqual(relay.listening() - {relay.admin_address}, {passed.getsockname()[:2]})
        self.assert_link_works(*self.link(self.host(self.at(relay, passed))))

    def test_both_replace_what_the_configuration_names(self):
        """And not even a port in use there does any harm."""
        taken = self.socket()
        first, second = self.socket(), self.socket("::1")
        config = {"listen": [f"{LOOPBACK}:{taken.getsockname()[1]}"]}
        relay = self.relay((first, "players"), (second, "players"), config=config).start()
        self.assertEqual(relay.listening() - {relay.admin_address},
                         {first.getsockname()[:2], second.getsockname()[:2]})
        host = self.host(self.at(relay, first))
        guest = self.guest(host)
        self.at(relay, second)
        host_side = self.kept(host.admit())  # a host may come back by the other
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        self.assert_link_works(guest, host_side)

    def test_who_came_before_the_relay_did_is_served(self):
        passed = self.socket()
        early = socket.create_connection(passed.getsockname(), timeout=10)
        self.addCleanup(early.close)
        early.sendall(b"RATS" + bytes(12))
        self.relay((passed, "players")).start()
        answer = early.recv(16, socket.MSG_WAITALL)
        self.assertEqual(answer[:4], b"RATS")
        self.assertNotEqual(answer[4:], bytes(12))

    def test_of_another_process_is_ignored(self):
        passed = self.socket()
        relay = self.relay((passed, "players"), environment={"LISTEN_PID": 1}).start()
        self.assertNotEqual(relay.address, passed.getsockname())
        self.assert_link_works(*self.link(self.host(relay)))

    def test_ready_with_them(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        passed = self.socket()
        told = {"NOTIFY_SOCKET": receiver.path}
        relay = self.relay((passed, "players"), environment=told)
        relay.spawn()
        receiver.wait_for("READY")
        self.assertIn(passed.getsockname(), relay.listening())


class NamedTest(ActivationTest):
    def test_admin(self):
        admin, players = self.socket(), self.socket()
        relay = self.relay((players, "players"), (admin, "admin")).start()
        self.assertEqual(relay.admin_address, admin.getsockname())
        self.assertEqual(relay.listening(), {admin.getsockname(), players.getsockname()})
        self.host(self.at(relay, players))
        self.assertEqual(relay.use()["sessions"], 1)

    def test_admin_alone_leaves_the_players_as_configured(self):
        admin = self.socket()
        relay = self.relay((admin, "admin"), config={"listen": [f"{LOOPBACK}:0", "[::1]:0"]})
        relay.start()
        self.assertEqual(relay.admin_address, admin.getsockname())
        self.assertEqual({host for host, _ in relay.listening() - {admin.getsockname()}},
                         {LOOPBACK, "::1"})
        self.host(relay)
        self.assertEqual(relay.use()["sessions"], 1)

    def test_admin_by_ipv6_though_none_is_configured(self):
        admin = self.socket("::1")
        relay = self.relay((admin, "admin"), config={"admin": {"listen": []}}).start()
        relay.admin_address = split_endpoint(relay.wait_for_log(r" admin_listening address=(\S+)"))
        self.assertEqual(relay.admin_address, admin.getsockname()[:2])
        self.assertEqual(relay.status()["state"], "running")


class DoorTest(ActivationTest):
    """Where a door of the configuration is: its rules hold for a socket that was passed, too."""

    def greet_by_address_alone(self, one, relay):
        client = self.kept(Client(self.at(relay, one)))
        together([client], lambda: client.header or client.ended, "an answer")
        return client

    def test_its_rules_hold(self):
        players, door = self.socket(), self.socket()
        config = {"manual_ip": "room",
                  "doors": [{"listen": [f"{LOOPBACK}:{door.getsockname()[1]}"],
                             "manual_ip": "off"}]}
        relay = self.relay((players, "players"), (door, "players"), config=config).start()
        self.assertEqual(relay.listening() - {relay.admin_address},
                         {players.getsockname(), door.getsockname()})
        welcome = self.greet_by_address_alone(players, relay)
        self.assertNotEqual(welcome.header, OLD_VERSION)
        refused = self.greet_by_address_alone(door, relay)
        wait_until(lambda: refused.ended, 10, "the end of it", refused.pump)
        self.assertFalse(welcome.ended)
        self.host(self.at(relay, door))

    def test_alone_it_leaves_listen_as_configured(self):
        door = self.socket()
        config = {"doors": [{"listen": [f"{LOOPBACK}:{door.getsockname()[1]}"],
                             "manual_ip": "off"}]}
        relay = self.relay((door, "players"), config=config).start()
        others = relay.listening() - {relay.admin_address, door.getsockname()}
        self.assertEqual(len(others), 1, "its own")
        relay.address, = others
        self.assert_link_works(*self.link(self.host(relay)))


class OtherTest(ActivationTest):
    def refused(self, relay, word):
        relay.spawn()
        self.assertEqual(relay.wait_for_end(), 1)
        self.assertIn(word, relay.log_text())

    def test_two_udp_sockets(self):
        config = {"lan_discovery": {"enabled": True}}
        self.refused(self.relay((self.socket(kind=socket.SOCK_DGRAM), "a"),
                                (self.socket(kind=socket.SOCK_DGRAM), "b"), config=config),
                     "it had passed one before")

    def test_udp_of_ipv6(self):
        config = {"lan_discovery": {"enabled": True}}
        self.refused(self.relay((self.socket("::1", socket.SOCK_DGRAM), "a"), config=config),
                     "IPv4")

    def test_more_names_than_sockets(self):
        self.refused(self.relay((self.socket(), "a:b")), "LISTEN_FDNAMES")

    def test_udp_is_lan_discoverys(self):
        datagrams = self.socket(kind=socket.SOCK_DGRAM)
        config = {"lan_discovery": {"enabled": True, "listen": f"{LOOPBACK}:0"}}
        relay = self.relay((datagrams, "netplay-relay.socket"), config=config).start()
        self.assertEqual(relay.wait_for_log(r" lan_discovery address=(\S+)"),
                         f"{LOOPBACK}:{datagrams.getsockname()[1]}")
        asks = self.socket(kind=socket.SOCK_DGRAM)
        asks.sendto(b"RANQ", datagrams.getsockname())
        wait_until(lambda: relay.status()["discovery"]["queries"] == 1, 10, "its question")

    def test_what_is_no_door_is_refused(self):
        connected = self.socket()
        near = socket.create_connection(connected.getsockname())
        self.addCleanup(near.close)
        local = socket.socket(socket.AF_UNIX)
        self.addCleanup(local.close)
        local.bind("")  # a name that the kernel chooses
        local.listen()
        datagrams = self.socket(kind=socket.SOCK_DGRAM)
        for name, one in (("connection", near), ("local", local), ("discovery is off", datagrams)):
            with self.subTest(name):
                relay = self.relay((one, "players"))
                relay.spawn()
                self.assertNotEqual(relay.wait_for_end(), 0)
                self.assertIn("systemd passed", relay.log_text())


if __name__ == "__main__":
    main()
