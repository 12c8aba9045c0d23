"""Start, what systemd shows of the relay, reload, and the journal's fields."""

import socket

from service_machine import CONFIG, SERVICE, USER, ServiceTest
from tunnel_client import Host, Guest
from waiting import wait_until


class StartTest(ServiceTest):
    def test_started_means_that_it_listens(self):
        self.service.start()
        for address in ("127.0.0.1", "::1"):  # at once: nothing is waited for here
            socket.create_connection((address, 55435), timeout=5).close()
        self.assertEqual(self.service.show("ActiveState"), "active")
        self.assertEqual(self.service.show("SubState"), "running")
        self.service.systemctl("stop", SERVICE)
        self.assertEqual(self.service.show("Result"), "success")
        self.assertEqual(self.service.show("ActiveState"), "inactive")

    def test_status_page_tells_who_plays(self):
        self.service.start()
        self.service.wait_for_status("0 sessions, 0 links, 0 rooms with 0 members")
        host = self.host(self.service)
        self.link(host)
        self.service.wait_for_status("1 session, 1 link")
        self.assertRegex(self.service.status_page(), r'Status: "1 session, 1 link, ')

    def test_user_and_limits(self):
        self.service.start()
        process = self.service.proc("status")
        wanted = self.machine.run("id", "-u", USER, check=True).stdout.strip()
        group = self.machine.run("id", "-g", USER, check=True).stdout.strip()
        self.assertNotEqual(wanted, "0")
        self.assertRegex(process, rf"(?m)^Uid:(\s+{wanted}){{4}}$")
        self.assertRegex(process, rf"(?m)^Gid:(\s+{group}){{4}}$")
        self.assertRegex(process, r"(?m)^CapEff:\s+0+$")
        self.assertRegex(process, r"(?m)^CapBnd:\s+0+$")
        self.assertRegex(process, r"(?m)^NoNewPrivs:\s+1$")
        self.assertRegex(process, r"(?m)^Seccomp:\s+2$")
        self.assertRegex(self.service.proc("limits"), r"(?m)^Max open files\s+8192\s+8192\s")
        self.assertEqual(self.service.status()["limits"]["connections"], 4096, "none is lost")

    def test_configuration_is_for_root_and_the_relay_only(self):
        facts = self.machine.run("stat", "-c", "%a %U %G", "/etc/netplay-relay/netplay-relay.json",
                                 check=True).stdout
        self.assertEqual(facts.split(), ["640", "root", USER])

    def test_enabled_for_the_next_boot(self):
        self.service.systemctl("enable", SERVICE)
        self.addCleanup(self.service.systemctl, "disable", SERVICE)
        wanted = self.service.show("Wants", "multi-user.target").split()
        self.assertIn(SERVICE, wanted)

    def test_environment_of_a_drop_in(self):
        self.service.drop_in(Environment="NETPLAY_RELAY_LIMITS__SESSIONS=7")
        self.service.start()
        self.assertEqual(self.service.status()["limits"]["sessions"], 7)


class ReloadTest(ServiceTest):
    def sessions(self):
        return self.service.status()["limits"]["sessions"]

    def test_good(self):
        self.service.start()
        link = self.link(self.host(self.service))
        pid = self.service.pid()
        self.service.configure({"limits": {"sessions": 7}})
        self.service.systemctl("reload", SERVICE)
        wait_until(lambda: self.sessions() == 7, 10, "the new limit")
        self.service.wait_for(ActiveState="active", SubState="running")
        self.assertEqual(self.service.pid(), pid)
        self.assert_link_works(*link)

    def test_faulty(self):
        self.service.start()
        link = self.link(self.host(self.service))
        pid, before = self.service.pid(), self.sessions()
        self.service.configure({"limits": {"sessions": "seven"}})
        done = self.service.systemctl("reload", SERVICE, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("failed", done.stderr)
        self.service.wait_for_message(r"limits\.sessions must be")
        self.service.wait_for(ActiveState="active", SubState="running")
        self.assertNotIn("reload_refused", self.service.said(), "it did not even get to see it")
        self.assertEqual((self.service.pid(), self.sessions()), (pid, before))
        self.assert_link_works(*link)

    def test_faulty_between_keys(self):
        """What each key says is right, and yet no relay would start with it."""
        self.service.start()
        for config in ({"doors": [{"listen": ["0.0.0.0:55435"]}]},
                       '{"access": {}, "access": {"host": {"deny": ["0.0.0.0/0"]}}}'):
            self.service.configure(config)
            done = self.service.systemctl("reload", SERVICE, check=False)
            self.assertNotEqual(done.returncode, 0, config)
        self.service.wait_for_message(r"doors\[0\]\.listen\[0\] must not be 0\.0\.0\.0:55435")
        self.service.wait_for_message(r"access is given twice")
        self.service.wait_for(ActiveState="active", SubState="running")

    def test_what_needs_a_restart_is_named(self):
        self.service.start()
        self.service.configure({"listen": ["127.0.0.1:55436"], "admin": {"listen": []}})
        self.service.systemctl("reload", SERVICE)
        self.service.wait_for_status("a restart is needed for listen, admin.listen")
        self.service.configure({})
        self.service.systemctl("reload", SERVICE)
        wait_until(lambda: "restart" not in self.service.show("StatusText"), 20, "all is well")

    def test_who_does_not_read_the_file_is_told(self):
        hint = f"{CONFIG} is there and was not read; --config {CONFIG} reads it"
        done = self.machine.run("netplay-relay", "--check-config")
        self.assertEqual((done.returncode, done.stdout),
                         (0, "the configuration is good\nread: no file\n"))
        self.assertIn(hint, done.stderr)
        done = self.machine.run("netplay-relay", "status")
        self.assertEqual(done.returncode, 1)
        self.assertIn(hint, done.stderr)
        self.assertNotIn(hint, self.machine.run("netplay-relay", "status", "--config",
                                                CONFIG).stderr)

    def test_faulty_past_systemd(self):
        """Whoever sends the signal by hand is told by the status page."""
        self.service.start()
        self.service.configure("{")
        self.service.systemctl("kill", "--signal=HUP", SERVICE)
        self.service.wait_for_status("the new configuration was refused")
        self.service.configure({})
        self.service.systemctl("reload", SERVICE)
        wait_until(lambda: "refused" not in self.service.show("StatusText"), 20, "all is well")


class JournalTest(ServiceTest):
    def entries(self, count, *matches):
        def enough():
            found = self.service.journal(*matches)
            return found if len(found) >= count else None
        return wait_until(enough, 20, f"{count} x {matches} in the journal")

    def test_fields_of_a_refusal(self):
        self.service.start()
        guest = self.kept(Guest(self.service)).join(b"RATS" + b"nosuchid")
        entry = self.entries(1, "NETPLAY_RELAY_REASON=unknown_session")[0]
        self.assertEqual(entry["NETPLAY_RELAY_EVENT"], "turned_away")
        self.assertEqual(entry["NETPLAY_RELAY_PEER"], guest.name())
        self.assertEqual(entry["MESSAGE"],
                         f"turned_away peer={guest.name()} reason=unknown_session")
        self.assertEqual(entry["PRIORITY"], "6")
        self.assertEqual(entry["SYSLOG_IDENTIFIER"], "netplay-relay")
        self.assertEqual(entry["_SYSTEMD_UNIT"], SERVICE)
        self.assertEqual(entry["_TRANSPORT"], "journal")
        self.assertNotIn("CODE_FILE", entry)

    def test_fields_of_a_session(self):
        self.service.start()
        host = self.kept(Host(self.service)).open()
        entry = self.entries(1, "NETPLAY_RELAY_EVENT=session_opened")[0]
        self.assertEqual(entry["NETPLAY_RELAY_HOST"], host.name())
        self.assertTrue(entry["NETPLAY_RELAY_JOIN_TEXT"].endswith(entry["NETPLAY_RELAY_SESSION"]))

    def test_priority_of_a_warning(self):
        self.service.start()
        self.service.configure({"listen": ["127.0.0.1:55436"]})
        self.service.systemctl("reload", SERVICE)
        entry = self.entries(1, "NETPLAY_RELAY_EVENT=reload_incomplete")[0]
        self.assertEqual(entry["PRIORITY"], "4")

    def test_by_unit_and_by_identifier(self):
        self.service.start()
        for match in (f"--unit={SERVICE}", "--identifier=netplay-relay"):
            said = [entry["MESSAGE"] for entry in self.entries(3, match)]
            self.assertTrue(any(text.startswith("listening address=") for text in said), said)
