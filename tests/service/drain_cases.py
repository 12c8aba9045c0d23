"""Drain: the games that are on end by themselves, and systemd waits for them."""

from service_machine import SERVICE, ServiceTest
from tunnel_client import FULL, NO_ID, RATS, Host
from waiting import keep_true, wait_until

STOP_SECONDS = 1


class DrainTest(ServiceTest):
    def setUp(self):
        super().setUp()
        self.service.drop_in(TimeoutStopSec=f"{STOP_SECONDS}s")
        self.service.start()

    def drain(self):
        self.service.systemctl("kill", "--signal=USR1", SERVICE)

    def draining(self):
        """A host and a link of a relay that drains."""
        host = self.host(self.service)
        link = self.link(host)
        self.drain()
        self.service.wait_for(ActiveState="deactivating")
        self.service.wait_for_status("draining, 1 session, 1 link")
        return host, link

    def leave(self, host, link):
        for peer in (host, *link):
            peer.close()

    def assert_lives(self, link, seconds):
        def works():
            self.assert_link_works(*link)
            return self.service.show("ActiveState") == "deactivating"
        keep_true(works, seconds, "the game goes on")

    def test_outlives_the_time_to_stop(self):
        host, link = self.draining()
        self.assert_lives(link, 4 * STOP_SECONDS)
        self.assertIn('Status: "draining, ', self.service.status_page())
        self.assertEqual(self.service.status()["state"], "draining")
        late = self.kept(Host(self.service))
        late.send(RATS + NO_ID)
        self.assertEqual(late.receive_rest(), FULL)
        self.service.wait_for_message("turned_away .*reason=draining")
        another = self.link(host)  # a guest of a session that is open
        self.assert_link_works(*another)
        self.leave(host, [*link, *another])
        self.service.wait_for(ActiveState="inactive", Result="success", ExecMainStatus="0",
                              NRestarts="0")

    def test_at_once_if_nobody_plays(self):
        self.drain()
        self.service.wait_for(ActiveState="inactive", Result="success")
        self.service.start()
        self.host(self.service)

    def test_start_waits_for_its_end(self):
        """That is a restart that ends no game."""
        host, link = self.draining()
        pid = self.service.pid()
        self.service.systemctl("start", "--no-block", SERVICE)
        self.assertIn("start", self.service.systemctl("list-jobs", "--no-legend").stdout)
        self.assert_lives(link, 2 * STOP_SECONDS)
        self.leave(host, link)
        self.service.wait_for_another(pid)
        self.assertEqual(self.service.status()["state"], "running")
        self.assert_link_works(*self.link(self.host(self.service)))

    def test_sigterm_ends_it_sooner(self):
        """Of "systemctl kill", that is: "systemctl stop" sends none to what stops already."""
        host, link = self.draining()
        self.service.systemctl("stop", "--no-block", SERVICE)
        self.assert_lives(link, 2 * STOP_SECONDS)
        self.service.systemctl("kill", SERVICE)
        for peer in (host, *link):
            self.assertEqual(peer.receive_rest(), b"")
        self.leave(host, link)
        self.service.wait_for(ActiveState="inactive", Result="success", ExecMainStatus="0")

    def test_limit(self):
        self.service.systemctl("stop", SERVICE)
        self.service.configure({"drain_limit_seconds": 2})
        self.service.start()
        host = self.host(self.service)
        link = self.link(host)
        self.drain()  # it is over before a busy machine has looked at the status
        self.assertEqual(host.receive_rest(), b"")
        self.leave(host, link)
        self.service.wait_for(ActiveState="inactive", Result="success", ExecMainStatus="0")
        wait_until(lambda: "reason=drain_limit" in self.service.said(), 10, "the reason")
