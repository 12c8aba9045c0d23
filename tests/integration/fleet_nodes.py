"""Relays that are nodes of one fleet, for tests."""

import json
import pathlib
import tempfile

from netplay_client import Client, free_ports, together
from runner import RelayTest

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
        relays = [self.start(one) for one in self.fleet_of(count, **config)]
        for relay in relays:
            relay.wait_for_log(r" node_up ", count=count - 1)
        return relays

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
