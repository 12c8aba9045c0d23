"""A host whose line is lost, as when a router forgets it, comes again from the same address: what
it was promised is its own within two seconds, and a host that is only paused keeps its own."""

import base64
import time

import relay_process
from runner import main
from tunnel_client import HEADER, Guest, Host
from two_machines import TwoMachinesTest

ID = "FRIDAYNIGHTSNES1"
PATIENCE = 5  # seconds that RetroArch waits for its session


class LostHostTest(TwoMachinesTest):
    def started(self, config, **limits):
        relay = relay_process.Relay({"listen": ["0.0.0.0:0"], **config}, **limits)
        relay.prefix = ["nsenter", f"--net={self.near.path()}"]
        self.addCleanup(relay.end)
        relay.start()
        relay.address = (self.cable.near_address, relay.address[1])
        return relay

    def promising(self):
        return self.started({"reserved_sessions": [
            {"id": ID, "networks": [f"{self.cable.far_address}/32"]}]})

    def hosts(self, relay):
        """One more host from there, and how long it waited for its session."""
        with self.far.inside():
            host = self.kept(Host(relay))
        began = time.monotonic()
        host.open()
        return host, time.monotonic() - began

    def loses(self, peer):
        """Nothing of that connection comes through any more, and nobody is told."""
        port = str(peer.socket.getsockname()[1])
        for chain, side in (("INPUT", "--dport"), ("OUTPUT", "--sport")):
            self.far.run("iptables", "-A", chain, "-p", "tcp", side, port, "-j", "DROP")

    def id_of(self, host):
        return base64.b64encode(host.session).decode()

    def seen(self, relay, word):
        with self.near.inside():
            return relay.status()["totals"]["close_reasons"][word]

    def test_a_promised_id_comes_back(self):
        relay = self.promising()
        first, _ = self.hosts(relay)
        self.assertEqual(self.id_of(first), ID)
        self.loses(first)
        again, waited = self.hosts(relay)
        self.assertEqual(self.id_of(again), ID)
        self.assertLess(waited, PATIENCE)
        self.assertEqual(self.seen(relay, "host_lost"), 1)
        print(f"{waited:.1f} s", end=" ", flush=True)

    def test_a_paused_host_keeps_it(self):
        relay = self.promising()
        paused, _ = self.hosts(relay)  # it reads nothing from now on
        other, waited = self.hosts(relay)
        self.assertNotEqual(self.id_of(other), ID)
        self.assertLess(waited, PATIENCE)
        self.assertEqual(self.seen(relay, "host_lost"), 0)
        with self.far.inside():
            guest = self.kept(Guest(relay)).join(paused.session)
            host_side = self.kept(paused.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        self.assert_link_works(guest, host_side)

    def test_the_sessions_of_an_address_are_those_that_live(self):
        relay = self.started({}, sessions_per_address=1)
        first, _ = self.hosts(relay)
        self.loses(first)
        again, waited = self.hosts(relay)
        self.assertNotEqual(again.session, first.session)
        self.assertLess(waited, PATIENCE)
        self.assertEqual(self.seen(relay, "address_sessions_full"), 0)


if __name__ == "__main__":
    main()
