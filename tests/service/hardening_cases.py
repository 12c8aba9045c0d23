"""The relay does all its work under the unit's hardening, and can write nothing but its bans and
its socket."""

import socket

from lan_discovery_test import ANSWER_SIZE, QUERY, Frontend
from netplay_client import PLAY, Client, together
from service_machine import SERVICE, USER, ServiceTest
from waiting import wait_until

PRIVATE = "10.77.1.1"

# As the relay's user, in what the relay sees of the file system: prints what it could write to.
WRITABLE = """
import os, stat, sys
user, group = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([group])
os.setresgid(group, group, group)
os.setresuid(user, user, user)
for directory, below, files in os.walk("/"):
    below[:] = [name for name in below if os.path.join(directory, name) != "/proc"]
    if os.access(directory, os.W_OK):
        print("directory", directory)
    for name in files:
        path = os.path.join(directory, name)
        if stat.S_ISREG(os.lstat(path).st_mode) and os.access(path, os.W_OK):
            print("file", path)
print("all seen")
"""


class WorkTest(ServiceTest):
    def test_tunnel_by_ipv4(self):
        self.service.start()
        host = self.host(self.service)
        for _ in range(3):
            self.assert_link_works(*self.link(host))
        self.check_complaints()

    def test_tunnel_by_ipv6(self):
        self.service.start()
        self.assert_link_works(*self.link(self.host(self.by_ipv6())))
        self.check_complaints()

    def test_room(self):
        self.service.start()
        players = [self.kept(Client(self.service, nick)) for nick in ("ann", "bob")]
        together(players, lambda: all(one.number is not None for one in players), "a room of two")
        for one in players:
            one.say(PLAY, bytes(4))
        together(players, lambda: all(one.plays for one in players), "both to play")
        self.assertEqual(self.service.status()["use"]["members"], 2)
        self.check_complaints()

    def test_lan_discovery(self):
        self.service.configure({"manual_ip": "tunnel", "lan_discovery": {"enabled": True}})
        self.machine.run(f"ip address replace {PRIVATE}/24 dev lo", check=True)
        self.service.start()
        self.host(self.service)
        frontend = self.kept(Frontend(PRIVATE))

        def answered():
            frontend.ask((PRIVATE, 55435), QUERY)
            return frontend.answers()
        (answer, source), *_ = wait_until(answered, 10, "an answer")
        self.assertEqual((len(answer), source), (ANSWER_SIZE, (PRIVATE, 55435)))
        self.check_complaints()

    def test_many_connections(self):
        """More than the 1024 files that a process has by default."""
        self.service.configure({"limits": {"connections_per_address": 4096,
                                           "new_connections_per_second_per_address": 100000}})
        self.service.start()
        for _ in range(1200):
            self.kept(socket.create_connection(("127.0.0.1", 55435), timeout=10))
        wait_until(lambda: self.service.status()["use"]["connections"] >= 1200, 20, "all of them")
        self.assert_link_works(*self.link(self.host(self.service)))

    def check_complaints(self):
        """Nothing of what the unit forbids was tried: the relay would have said so."""
        worst = [entry["MESSAGE"] for entry in self.service.journal(f"_SYSTEMD_UNIT={SERVICE}")
                 if int(entry["PRIORITY"]) <= 4]
        self.assertEqual(worst, [])


class RunTest(ServiceTest):
    def test_nothing_else_can_be_run(self):
        self.service.start()
        inside = ["nsenter", f"--target={self.service.pid()}", "--mount"]
        done = self.machine.run(*inside, "/usr/bin/true")
        self.assertEqual(done.returncode, 126, done.stderr)
        self.assertIn("Permission denied", done.stderr)
        self.machine.run(*inside, "/usr/bin/netplay-relay", "--version", check=True)


class WriteTest(ServiceTest):
    def test_nothing_can_be_written_but_bans(self):
        self.service.drop_in(ExecPaths="/usr/bin")  # for the search
        self.service.start()
        ids = [self.machine.run("id", flag, USER, check=True).stdout.strip()
               for flag in ("-u", "-g")]
        done = self.machine.run("nsenter", f"--target={self.service.pid()}", "--mount", "--ipc",
                                "python3", "-c", WRITABLE, *ids, check=True)
        found = set(done.stdout.split("\n")[:-1]) - {"file /var/lib/netplay-relay/bans.json"}
        self.assertEqual(sorted(found), ["all seen", "directory /run/netplay-relay",
                                         "directory /var/lib/netplay-relay"])

    def test_the_search_would_find_something(self):
        ids = [self.machine.run("id", flag, USER, check=True).stdout.strip()
               for flag in ("-u", "-g")]
        done = self.machine.run("python3", "-c", WRITABLE, *ids, check=True)
        self.assertIn("directory /tmp", done.stdout.split("\n"))


class PrivilegedPortTest(ServiceTest):
    """What the unit's comment promises."""

    def test_three_lines_and_it_may(self):
        self.service.configure({"listen": ["127.0.0.1:443"]})
        failed = self.service.systemctl("start", SERVICE, check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.service.systemctl("stop", SERVICE)
        self.service.drop_in(CapabilityBoundingSet="CAP_NET_BIND_SERVICE",
                             AmbientCapabilities="CAP_NET_BIND_SERVICE", PrivateUsers="no")
        self.service.start()
        self.service.address = ("127.0.0.1", 443)
        self.assert_link_works(*self.link(self.host(self.service)))
