"""The operator's Unix socket in the service's directory, a token as a credential, and a drain that
systemd is not told of."""

from service_machine import SERVICE, USER, ServiceTest
from tunnel_client import FULL, NO_ID, RATS, Host

CONTROL = "/run/netplay-relay/control"
TOKEN = "0123456789abcdefghij"


class ControlTest(ServiceTest):
    def setUp(self):
        super().setUp()
        self.machine.run("rm", "-f", "/var/lib/netplay-relay/bans.json")
        self.service.configure({"admin": {"socket": CONTROL}})
        self.service.start()

    def command(self, *words):
        return self.machine.run("netplay-relay", *words, check=True).stdout

    def stat(self):
        return self.machine.run("stat", "--format=%i %a %U %F", CONTROL, check=True).stdout.split()

    def test_root_and_the_relay_itself_may_use_it(self):
        inode, mode, user, kind = self.stat()
        self.assertEqual((mode, user, kind), ("600", USER, "socket"))
        self.assertIn("nobody is banned", self.command("bans"))
        said = self.machine.run("runuser", "-u", "nobody", "--", "netplay-relay", "bans")
        self.assertEqual(said.returncode, 1)
        self.command("ban", "203.0.113.7", "--for", "1h")
        self.service.wait_for_message(r'control .*by="uid 0" .*203\.0\.113\.7')
        # Over a restart it is the same socket; who connects meanwhile waits.
        link = self.link(self.host(self.service))
        self.service.systemctl("restart", SERVICE)
        self.assertEqual(self.stat()[0], inode)
        self.assertIn("203.0.113.7", self.command("bans"))
        self.assert_link_works(*link)
        self.service.systemctl("stop", SERVICE)
        self.assertNotEqual(self.machine.run("test", "-e", CONTROL).returncode, 0)

    def test_a_drain_by_command_can_be_undone(self):
        host = self.host(self.service)
        link = self.link(host)
        self.command("drain")
        self.service.wait_for_status("draining, 1 session, 1 link")
        self.assertEqual(self.service.show("ActiveState"), "active")
        self.service.systemctl("restart", SERVICE)  # the successor drains on
        self.service.wait_for(ActiveState="active")
        self.assertEqual(self.service.status()["state"], "draining")
        self.assert_link_works(*link)
        late = self.kept(Host(self.service))
        late.send(RATS + NO_ID)
        self.assertEqual(late.receive_rest(), FULL)
        self.command("undrain")
        self.assertEqual(self.service.status()["state"], "running")
        self.assert_link_works(*self.link(host))
        # What SIGUSR1 has begun systemd knows of.
        self.service.systemctl("kill", "--signal=USR1", SERVICE)
        self.service.wait_for(ActiveState="deactivating")
        said = self.machine.run("netplay-relay", "undrain")
        self.assertEqual(said.returncode, 1)
        self.assertIn("systemd", said.stderr)

    def test_a_credential_is_the_token(self):
        self.machine.write("/etc/netplay-relay/token", TOKEN, mode=0o600)
        self.service.drop_in(LoadCredential="admin_token:/etc/netplay-relay/token")
        self.service.systemctl("restart", SERVICE)
        done = self.command("bans", "--url", "http://127.0.0.1:55480", "--token-file",
                            "/etc/netplay-relay/token")
        self.assertIn("nobody is banned", done)
        self.assertNotIn(TOKEN, self.service.said())

    def test_systemd_opens_the_socket(self):
        self.service.systemctl("stop", SERVICE)
        self.machine.write("/etc/systemd/system/netplay-relay-control.socket",
                           f"[Socket]\nListenStream={CONTROL}\nFileDescriptorName=control\n"
                           f"SocketMode=0600\nSocketUser={USER}\nService={SERVICE}\n")
        self.service.systemctl("daemon-reload")
        self.service.systemctl("start", "netplay-relay-control.socket")
        self.assertIn("nobody is banned", self.command("bans"))
        self.service.wait_for_message("control_listening .*by_systemd=true")
