"""netplay-relay.socket: systemd listens, and starts the relay with the first player."""

import json

from lan_discovery_test import ANSWER_SIZE, Frontend
from service_machine import SERVICE, SOCKET, ServiceTest
from waiting import wait_until

PRIVATE = "10.77.1.1"


class SocketTest(ServiceTest):
    def setUp(self):
        super().setUp()
        self.service.systemctl("start", SOCKET)

    def doors(self):
        return [one for one in self.service.listening() if one[0].endswith(":55435")]

    def test_the_first_player_starts_it(self):
        for name, relay in (("IPv4", lambda: self.service), ("IPv6", self.by_ipv6)):
            with self.subTest(name):
                self.service.systemctl("stop", SERVICE)
                self.assertEqual(self.service.show("ActiveState"), "inactive")
                self.assert_link_works(*self.link(self.host(relay())))
                self.assertEqual(self.service.show("ActiveState"), "active")

    def test_it_listens_nowhere_else(self):
        self.service.configure({"listen": ["127.0.0.1:55436"]})
        self.host(self.service)
        doors = self.doors()
        self.assertEqual(sorted(address for address, _ in doors), ["0.0.0.0:55435", "[::]:55435"])
        for _, holders in doors:
            self.assertIn('"systemd"', holders)
            self.assertIn('"netplay-relay"', holders)
        self.assertFalse([one for one in self.service.listening() if one[0].endswith(":55436")])

    def test_who_comes_while_it_is_down_waits(self):
        self.service.drop_in(RestartSec="500ms")
        self.host(self.service)
        pid = self.service.pid()
        self.service.systemctl("kill", "--signal=KILL", SERVICE)
        self.assert_link_works(*self.link(self.host(self.service)))  # refused by nobody
        self.assertNotEqual(self.service.wait_for_another(pid), pid)

    def test_the_socket_stays_when_it_stops(self):
        self.service.start()
        self.service.systemctl("stop", SERVICE)
        self.assertEqual(self.service.show("ActiveState", SOCKET), "active")
        self.host(self.service)
        wait_until(lambda: self.service.show("ActiveState") == "active", 10, "it runs again")

    def test_a_faulty_configuration_is_not_tried_for_ever(self):
        self.service.configure({"listen": "everywhere"})
        early = self.peer(self.service)
        self.service.wait_for(ActiveState="failed")
        self.assertTrue(early)
        wait_until(lambda: self.service.show("ActiveState", SOCKET) == "failed", 20,
                   "the socket to give up, too")

    def test_lan_discovery(self):
        """As the comment in the unit says."""
        self.service.systemctl("stop", SOCKET)
        self.machine.write(f"/etc/systemd/system/{SOCKET}.d/test.conf",
                           "[Socket]\nListenDatagram=0.0.0.0:55435\n")
        self.service.systemctl("daemon-reload")
        self.service.configure({"manual_ip": "tunnel", "lan_discovery": {"enabled": True}})
        self.machine.run(f"ip address replace {PRIVATE}/24 dev lo", check=True)
        self.service.systemctl("start", SOCKET)
        self.host(self.service)
        frontend = self.kept(Frontend(PRIVATE))

        def answered():
            frontend.ask((PRIVATE, 55435))
            return frontend.answers()
        (answer, source), *_ = wait_until(answered, 10, "an answer")
        self.assertEqual((len(answer), source), (ANSWER_SIZE, (PRIVATE, 55435)))
        self.assertIn('"systemd"', self.machine.run("ss", "-Hlunp", check=True).stdout)

    def test_admin_has_a_socket_of_its_own(self):
        self.machine.write("/etc/systemd/system/netplay-relay-admin.socket",
                           "[Socket]\nListenStream=127.0.0.1:55490\n"
                           f"FileDescriptorName=admin\nService={SERVICE}\n")
        self.service.systemctl("daemon-reload")
        self.service.systemctl("start", "netplay-relay-admin.socket")
        self.host(self.service)
        with self.service.opener.open("http://127.0.0.1:55490/status", timeout=10) as answer:
            self.assertEqual(json.load(answer)["use"]["sessions"], 1)
        self.assertFalse([one for one in self.service.listening() if one[0].endswith(":55480")])
