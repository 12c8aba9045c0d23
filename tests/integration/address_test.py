"""Addresses that this machine has not got yet, or not any more: in network namespaces, where they
come and go as a VPN's or DHCP's do."""

import socket

import relay_process
from runner import main
from tunnel_client import Host
from two_machines import TwoMachinesTest

LATE, FRIEND = "10.99.0.1", "10.99.0.2"
LATE_IPV6 = "fd77::1"


class LateAddressTest(TwoMachinesTest):
    def setUp(self):
        super().setUp()
        self.far.run("ip", "address", "add", f"{FRIEND}/24", "dev", "far1")

    def spawned(self, config):
        relay = relay_process.Relay(config)
        relay.prefix = ["nsenter", f"--net={self.near.path()}"]
        self.addCleanup(relay.end)
        relay.spawn()
        relay.admin_address = relay_process.split_endpoint(
            relay.wait_for_log(r" admin_listening address=(127\S+)", relay_process.START_LIMIT))
        return relay

    def status(self, relay):
        with self.near.inside():
            return relay.status()

    def states(self, relay, key="listening"):
        return {one["address"]: one["state"] for one in self.status(relay)[key]}

    def comes(self, address=LATE):
        self.near.run("ip", "address", "add", f"{address}/24", "dev", "near1")

    def goes(self, address=LATE):
        self.near.run("ip", "address", "del", f"{address}/24", "dev", "near1")

    def session(self, relay):
        with self.far.inside():
            return self.kept(Host(relay)).open()

    def test_it_comes_goes_and_comes_back(self):
        relay = self.spawned({"listen": [f"{LATE}:0", "127.0.0.1:0"], "join_ports": "56000-56009"})
        port = int(relay.wait_for_log(rf"warning address_missing key=listen address={LATE}:(\d+) "
                                      r"problem="))
        self.assertEqual(self.states(relay), {LATE: "address_missing", "127.0.0.1": "listening"})
        relay.address = (LATE, port)
        self.comes()
        relay.wait_for_log(rf"info listening address={LATE}:{port}\n")
        self.assertEqual(self.states(relay)[LATE], "listening")
        self.session(relay).close()
        self.goes()
        relay.wait_for_log(rf"address_missing key=listen address={LATE}", count=2)
        self.assertEqual(self.states(relay)[LATE], "address_missing")
        self.comes()
        relay.wait_for_log(rf" listening address={LATE}:{port}\n", count=2)
        self.session(relay)
        join_port = self.status(relay)["sessions"][-1]["join_port"]
        with self.far.inside():
            self.kept(socket.create_connection((LATE, join_port), timeout=10))
        self.assertEqual(len(relay.log_text().split("address_missing")) - 1, 2)

    def test_all_that_can_be_late(self):
        relay = self.spawned({
            "listen": [f"{LATE}:0"], "doors": [{"listen": [f"{LATE}:0"], "manual_ip": "room"}],
            "admin": {"listen": ["127.0.0.1:0", f"{LATE}:0"]},
            "lan_discovery": {"enabled": True, "listen": f"{LATE}:0"}})
        for key in ("listen", "doors", "admin.listen", "lan_discovery.listen"):
            relay.wait_for_log(rf"address_missing key={key} address={LATE}:")
        self.assertEqual(self.states(relay, "admin_listening"),
                         {"127.0.0.1": "listening", LATE: "address_missing"})
        self.assertEqual(self.status(relay)["discovery"]["listening"]["state"], "address_missing")
        self.comes()
        for word in ("listening", "admin_listening", "lan_discovery"):
            relay.wait_for_log(rf"info {word} address={LATE}:")
        relay.wait_for_log(rf"info listening address={LATE}:", count=2)
        self.assertEqual(self.status(relay)["discovery"]["listening"]["state"], "listening")

    def test_an_ipv6_address_that_is_not_ready(self):
        """Tentative, as at boot: here for as long as the cable is out."""
        self.cable.cut()
        # The kernel may see a moment later that the cable is out.
        self.near.run("sh", "-ec", "echo 4 > /proc/sys/net/ipv6/conf/near1/dad_transmits")
        self.near.run("ip", "address", "add", f"{LATE_IPV6}/64", "dev", "near1")
        relay = self.spawned({"listen": [f"[{LATE_IPV6}]:0", "127.0.0.1:0"]})
        port = int(relay.wait_for_log(rf"address_missing key=listen address=\[{LATE_IPV6}\]:(\d+)"))
        self.assertEqual(self.states(relay)[LATE_IPV6], "address_missing")
        self.far.run("ip", "link", "set", "far1", "up")
        self.far.run("ip", "address", "add", "fd77::2/64", "dev", "far1", "nodad")
        relay.wait_for_log(rf" listening address=\[{LATE_IPV6}\]:{port}\n", limit=30)
        relay.address = (LATE_IPV6, port)
        self.session(relay)

    def test_no_ipv6(self):
        self.near.run("sh", "-ec", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        relay = self.spawned({"listen": ["0.0.0.0:0", "[::]:0", "[::1]:0"]})
        relay.wait_for_log(r" listening address=0\.0\.0\.0:\d+")
        relay.wait_for_log(r"warning address_missing key=listen address=\[::1\]:\d+")
        relay.address = (self.cable.near_address, self.status(relay)["listening"][0]["port"])
        self.session(relay)

    def test_in_use_by_another_program(self):
        """All the same at once: it would never be had."""
        with self.near.inside():
            taken = self.kept(socket.create_server(("0.0.0.0", 0)))
        relay = relay_process.Relay({"listen": [f"{LATE}:{taken.getsockname()[1]}"]})
        relay.prefix = ["nsenter", f"--net={self.near.path()}"]
        self.addCleanup(relay.end)
        relay.spawn()
        self.assertEqual(relay.wait_for_end(), 1)
        self.assertIn("Address already in use", relay.log_text())


if __name__ == "__main__":
    main()
