"""Strangers with many addresses: of one network, or of many. Others still find a place."""

import itertools
import subprocess

import relay_process
from netplay_client import Client, together
from runner import RelayTest, main
from tunnel_client import FULL, NO_ID, RATS, Guest, Host, Peer
from two_machines import NamespaceTest
from waiting import wait_until

SMALL = {"sessions": 64, "sessions_per_address": 4, "connections": 400,
         "connections_per_address": 20, "new_connections_per_second_per_address": 1000}


def opened(peers):
    """Those that have a session; the others have been refused."""
    replies = {peer: peer.receive(16) for peer in peers}
    return [peer for peer, reply in replies.items() if reply.startswith(RATS)]


class ManyNetworksTest(RelayTest):
    def ask_for_sessions(self, relay, addresses, times=1):
        peers = []
        for address in addresses:
            for _ in range(times):
                peers.append(self.peer(relay, address))
                peers[-1].send(RATS + NO_ID)
        return opened(peers)

    def test_one_network_has_four_times_what_one_address_has(self):
        relay = self.start(**SMALL)
        of_one = [f"127.0.9.{at + 1}" for at in range(8)]
        self.assertEqual(len(self.ask_for_sessions(relay, of_one, 4)), 16)
        self.assertEqual(relay.closed("address_sessions_full"), 16)
        self.assertEqual(len(self.ask_for_sessions(relay, ["127.0.10.1"])), 1)

    def test_the_last_sessions_are_for_newcomers(self):
        relay = self.start(**SMALL)
        many = [f"127.1.{at}.1" for at in range(16)]
        # The last four are newcomers themselves, each with its first.
        self.assertEqual(len(self.ask_for_sessions(relay, many, 4)), 48 + 4)
        self.assertEqual(relay.closed("sessions_full"), 12)
        newcomers = [f"127.2.{at}.1" for at in range(12)]
        self.assertEqual(len(self.ask_for_sessions(relay, newcomers)), 12)

    def test_two_addresses_leave_links_of_a_session(self):
        relay = self.start()
        host = self.host(relay)
        in_it = []
        for at in range(40):
            guest = self.guest(host, f"127.0.{at // 20 + 10}.1")
            wait_until(lambda guest=guest: host.tickets or host.has_data() or guest.has_data(), 5,
                       "an answer")
            if guest.has_data():
                self.assertEqual(guest.receive_rest(), FULL)
            else:
                in_it.append((guest, self.kept(host.admit())))
        self.assertEqual(len(in_it), 24)
        self.assertEqual(relay.closed("address_links_full"), 16)
        for at in range(7):
            self.assert_link_works(*self.link(host, f"127.0.20.{at + 1}"))

    def test_a_host_that_asks_without_end_loses_its_session(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        asking = self.host(relay, "127.0.0.66")
        asking.send((b"RATA" + NO_ID) * 100)
        self.assertEqual(len(asking.receive_rest()), 4 * 32)
        relay.wait_for_close("query_flood")
        self.assert_link_works(guest, host_side)


class Ipv6NetworkTest(NamespaceTest):
    """Every address of a network leads to this machine; so it has them all."""

    def setUp(self):
        super().setUp()
        self.inner = self.namespace()
        try:
            self.inner.run("ip", "-6", "route", "add", "local", "2001:db8::/32", "dev", "lo")
            self.inner.run("ip", "-6", "address", "add", "2001:db8:ffff::1/128", "dev", "lo",
                           "nodad")
            self.inner.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind")
        except subprocess.CalledProcessError as error:
            self.skipTest(f"no IPv6 in namespaces here: {error.stderr}")
        self.relay = relay_process.Relay({"listen": ["[2001:db8:ffff::1]:0"], "manual_ip": "room",
                                          "rooms": {"rooms": 64, "rooms_per_address": 4}},
                                         **SMALL)
        self.relay.prefix = ["nsenter", f"--net={self.inner.path()}"]
        self.addCleanup(self.relay.end)
        with self.inner.inside():
            self.relay.start()

    def at(self, kind, address, **options):
        with self.inner.inside():
            return self.kept(kind(self.relay, source=address, **options))

    def closed(self, word):
        with self.inner.inside():
            return self.relay.closed(word)

    def sessions_of(self, addresses):
        hosts = [self.at(Peer, address) for address in addresses]
        for host in hosts:
            host.send(RATS + NO_ID)
        return len(opened(hosts))

    def test_sessions(self):
        self.assertEqual(self.sessions_of(f"2001:db8:1:1{at:x}::1" for at in range(16)), 8)
        self.assertEqual(self.sessions_of(f"2001:db8:1:{at + 2:x}00::1" for at in range(16)), 8)
        self.assertEqual(self.closed("address_sessions_full"), 16)
        host = self.at(Host, "2001:db8:2::1").open()
        guest = self.at(Guest, "2001:db8:3::1").join(host.session)
        with self.inner.inside():
            host_side = self.kept(host.admit())
        self.assertEqual(len(host_side.receive(24)), 24)
        self.assert_link_works(guest, host_side)

    def rooms_of(self, addresses):
        """Each plays a game of its own."""
        before = self.rooms()
        clients = [self.at(Client, address, nick="eve", crc=next(self.games))
                   for address in addresses]
        together(clients, lambda: all(one.number or one.ended for one in clients), "answers")
        return self.rooms() - before

    def rooms(self):
        with self.inner.inside():
            return self.relay.use()["rooms"]

    def test_rooms(self):
        self.games = itertools.count(1)
        self.assertEqual(self.rooms_of([f"2001:db8:1:1{at:x}::1" for at in range(12)]), 8)
        self.assertEqual(self.rooms_of([f"2001:db8:1:{at + 2:x}00::1" for at in range(20)]), 8)
        self.assertEqual(self.closed("address_rooms_full"), 16)
        self.assertEqual(self.rooms_of(["2001:db8:2::1"]), 1)

    def test_connections(self):
        for at in range(100):
            self.at(Peer, f"2001:db8:1:{at:x}00::1")
        wait_until(lambda: self.closed("address_connections_full") == 20, 5, "the limit")
        self.assertEqual(self.sessions_of(["2001:db8:2::1"]), 1)


if __name__ == "__main__":
    main()
