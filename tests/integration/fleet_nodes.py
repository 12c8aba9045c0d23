"""Relays that are nodes of one fleet, for tests."""

import json
import pathlib
import tempfile

from netplay_client import Client, free_ports, together
from relay_process import Relay
from runner import RelayTest
from tunnel_client import HEADER, Guest

KEY = "6b" * 32
NODES = 3


class FleetTest(RelayTest):
    def key_file(self, text=KEY):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name) / "key"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def fleet_of(self, count=NODES, keys=None, **config):
        """The configuration of each node."""
        first, _ = free_ports(count)
        nodes = [{"node": node, "address": f"localhost:{first + node}"} for node in range(count)]
        return [{"manual_ip": "room", **config,
                 "fleet": {"node": node, "listen": f"127.0.0.1:{first + node}", "nodes": nodes,
                           "key_file": self.key_file((keys or {}).get(node, KEY))}}
                for node in range(count)]

    def start_fleet(self, count=NODES, **config):
        return self.once_all_are_up([self.start(one) for one in self.fleet_of(count, **config)])

    def start_steered_fleet(self, count=NODES):
        """Each node takes commands by a Unix socket."""
        relays = [Relay(config) for config in self.fleet_of(count)]
        for relay in relays:
            self.addCleanup(relay.end)
            relay.config["admin"]["socket"] = str(relay.directory / "control")
            relay.write_config()
            relay.start()
        return self.once_all_are_up(relays)

    @staticmethod
    def once_all_are_up(relays):
        for relay in relays:
            relay.wait_for_log(r" node_up ", count=len(relays) - 1)
        return relays

    def link_by(self, node, other):
        """A guest that came by `node`, whose host is at `other`."""
        host = self.host(other)
        guest = self.kept(Guest(node, "127.0.0.9")).join(host.session)
        host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        return guest, host_side

    def member(self, relay, others=(), **options):
        client = self.kept(Client(relay, **options))
        together([*others, client], lambda: client.number or client.ended, "to be let in")
        self.assertIsNotNone(client.number, relay.log_text())
        return client

    def metric(self, relay, name):
        host, port = relay.admin_address
        with relay.opener.open(f"http://{host}:{port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return int(float(next(line.split()[-1] for line in lines if line.startswith(name))))

    def fleet(self, relay):
        """What it tells of all nodes."""
        host, port = relay.admin_address
        with relay.opener.open(f"http://{host}:{port}/fleet", timeout=15) as answer:
            return json.load(answer)
