"""LAN discovery: who is answered over UDP, how often, and with what.

The relay and a frontend live in network namespaces of their own, joined by a cable on which the
frontend has a private address and a public one."""

import socket
import time

import relay_process
from runner import RelayTest, main
from tunnel_client import Host
from two_machines import TwoMachinesTest
from waiting import wait_until

ANSWER_SIZE = 688
QUERY = b"RANQ"
OLD_QUERY = QUERY + bytes([0, 0, 0, 5]) + bytes(516)
PUBLIC_NEAR, PUBLIC_FAR = "203.0.113.1", "203.0.113.2"
ON = {"lan_discovery": {"enabled": True, "listen": "0.0.0.0:0"}, "manual_ip": "tunnel"}


class Frontend:
    """A UDP socket that looks for games."""

    def __init__(self, source="0.0.0.0"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setblocking(False)
        self.socket.bind((source, 0))

    def close(self):
        self.socket.close()

    def ask(self, address, datagram=QUERY):
        self.socket.sendto(datagram, address)

    def answers(self):
        """What has come so far, as (bytes, from)."""
        found = []
        while True:
            try:
                found.append(self.socket.recvfrom(4096))
            except BlockingIOError:
                return found


def text_at(answer, offset, size):
    return answer[offset:offset + size].split(b"\0")[0].decode()


def port_of(relay):
    return int(relay.wait_for_log(r" lan_discovery address=\S+:(\d+)"))


class CableTest(TwoMachinesTest):
    def setUp(self):
        super().setUp()
        for namespace, name, address in ((self.near, "near1", PUBLIC_NEAR),
                                         (self.far, "far1", PUBLIC_FAR)):
            namespace.run("ip", "address", "add", f"{address}/24", "dev", name)
        # As in a home: everything else is somewhere behind the cable.
        self.far.run("ip", "route", "add", "default", "via", self.cable.near_address)
        self.relay = relay_process.Relay({"listen": ["0.0.0.0:0"], **ON})
        self.relay.prefix = ["nsenter", f"--net={self.near.path()}"]
        self.addCleanup(self.relay.end)
        self.relay.start()
        self.relay.address = (self.cable.near_address, self.relay.address[1])
        self.port = port_of(self.relay)

    def frontend(self, source):
        with self.far.inside():
            return self.kept(Frontend(source))

    def open_session(self):
        with self.far.inside():
            return self.kept(Host(self.relay)).open()

    def discovery(self):
        with self.near.inside():
            return self.relay.status()["discovery"]

    def wait_for_queries(self, count):
        wait_until(lambda: self.discovery()["queries"] >= count, 10, f"{count} queries")
        self.assertEqual(self.discovery()["queries"], count)

    def test_a_private_address_is_answered_once_a_second(self):
        self.open_session()
        frontend = self.frontend(self.cable.far_address)
        began = time.monotonic()
        for _ in range(20):
            frontend.ask((self.cable.near_address, self.port))
        self.wait_for_queries(20)
        taken = time.monotonic() - began
        self.assertLess(taken, 1, "this machine is too slow for the test")
        (answer, source), = frontend.answers()
        self.assertEqual(source, (self.cable.near_address, self.port))
        self.check_answer(answer)

        def answered_again():
            frontend.ask((self.cable.near_address, self.port))
            return frontend.answers()
        (answer, _), = wait_until(answered_again, 5, "the next second's answer")
        self.assertGreater(time.monotonic() - began, 1)
        self.check_answer(answer)
        counts = self.discovery()
        self.assertEqual(counts["answered"], 2)
        self.assertEqual(counts["ignored"], {**dict.fromkeys(counts["ignored"], 0),
                                             "too_fast": counts["queries"] - 2})

    def check_answer(self, answer):
        self.assertEqual(len(answer), ANSWER_SIZE)
        self.assertEqual(answer[:8], b"RANS" + bytes(4))
        self.assertEqual(int.from_bytes(answer[8:12], "big"), self.relay.address[1])
        self.assertEqual(answer[12:16], bytes(4))
        self.assertEqual([text_at(answer, 16, 32), text_at(answer, 48, 32)],
                         ["relay.test", "netplay-relay"])
        self.assertEqual(text_at(answer, 144, 32), "1.14.0")
        for offset, size in ((80, 32), (112, 32), (176, 256), (432, 256)):
            self.assertEqual(text_at(answer, offset, size), "N/A")

    def test_a_broadcast_is_heard(self):
        self.open_session()
        frontend = self.frontend(self.cable.far_address)
        for address in ("255.255.255.255", "10.77.1.255"):
            def answered():
                frontend.ask((address, self.port))
                return frontend.answers()
            (answer, source), = wait_until(answered, 5, f"an answer to {address}")
            self.assertEqual(source, (self.cable.near_address, self.port))
            self.check_answer(answer)

    def test_a_public_address_is_not_answered(self):
        self.open_session()
        frontend = self.frontend(PUBLIC_FAR)
        for address in (PUBLIC_NEAR, self.cable.near_address, "255.255.255.255"):
            frontend.ask((address, self.port))
        self.wait_for_queries(3)
        self.assertEqual(frontend.answers(), [])
        self.assertEqual(self.discovery()["ignored"]["not_private"], 3)
        self.assertEqual(self.discovery()["answered"], 0)

    def test_a_vpn_of_public_addresses_is_told_of_once(self):
        self.open_session()
        for address in ("25.3.2.1", "25.3.2.2", "100.100.1.2"):
            self.far.run("ip", "address", "add", f"{address}/32", "dev", "far1")
            for _ in range(2):
                self.frontend(address).ask((self.cable.near_address, self.port))
        self.wait_for_queries(6)
        told = [line for line in self.relay.log_text().splitlines()
                if " lan_discovery_unanswered " in line]
        self.assertEqual(len(told), 2, told)
        self.assertIn("peer=25.3.2.1:", told[0])
        self.assertIn("Hamachi", told[0])
        self.assertIn("100.64.0.0/10", told[1])

    def test_nothing_but_a_question_is_answered(self):
        self.open_session()
        frontend = self.frontend(self.cable.far_address)
        for datagram in (b"", b"RAN", b"RANS" + bytes(684), bytes(1400), OLD_QUERY):
            frontend.ask((self.cable.near_address, self.port), datagram)
        self.wait_for_queries(5)
        self.assertEqual(frontend.answers(), [])
        ignored = self.discovery()["ignored"]
        self.assertEqual((ignored["malformed"], ignored["old_form"]), (4, 1))

    def test_nothing_to_list(self):
        frontend = self.frontend(self.cable.far_address)
        frontend.ask((self.cable.near_address, self.port))
        self.wait_for_queries(1)
        self.assertEqual(frontend.answers(), [])
        self.assertEqual(self.discovery()["ignored"]["nothing_to_list"], 1)


class LoopbackTest(RelayTest):
    def test_off_by_default(self):
        relay = self.start()
        self.assertIsNone(relay.status()["discovery"])
        self.assertNotIn("lan_discovery", relay.log_text())

    def test_loopback_is_no_lan(self):
        relay = self.start(ON)
        self.host(relay)
        frontend = self.kept(Frontend())
        frontend.ask(("127.0.0.1", port_of(relay)))
        wait_until(lambda: relay.status()["discovery"]["queries"], 10, "the query")
        self.assertEqual(frontend.answers(), [])
        self.assertEqual(relay.status()["discovery"]["ignored"]["not_private"], 1)

    def test_an_address_of_another_machine(self):
        """It may come later: that of a VPN, say."""
        relay = self.start({"lan_discovery": {"enabled": True, "listen": "203.0.113.77:0"}})
        relay.wait_for_log(r"address_missing key=lan_discovery.listen address=203\.0\.113\.77:")
        self.assertEqual(relay.status()["discovery"]["listening"]["state"], "address_missing")

    def test_a_port_of_another_program(self):
        taken = self.kept(Frontend("127.0.0.1"))
        port = taken.socket.getsockname()[1]
        relay = relay_process.Relay({"lan_discovery": {"enabled": True,
                                                       "listen": f"127.0.0.1:{port}"}})
        self.addCleanup(relay.end)
        relay.spawn()
        self.assertEqual(relay.process.wait(timeout=10), 1)
        self.assertIn(f"cannot listen on 127.0.0.1:{port} (lan_discovery.listen): ",
                      relay.log_text())
        self.assertIn(f"ss -lunp sport = :{port}", relay.log_text())

    def test_it_is_not_switched_by_a_reload(self):
        relay = self.start()
        relay.change(**ON)
        self.assertIn("reload_incomplete keys=\"lan_discovery\" problem=\"",
                      relay.log_text())
        self.assertIsNone(relay.status()["discovery"])


if __name__ == "__main__":
    main()
