"""What ends the relay, and what systemd then does."""

import socket

from service_machine import SERVICE, ServiceTest
from waiting import keep_true

QUICKLY = {"RestartSec": "100ms"}


class WatchdogTest(ServiceTest):
    def test_killed_and_started_again_when_it_stands_still(self):
        self.service.drop_in(WatchdogSec="1s", TimeoutAbortSec="1s", **QUICKLY)
        self.service.start()
        pid = self.service.pid()
        keep_true(lambda: self.service.pid() == pid, 2.5, "it lives as long as its loop turns")
        self.machine.run("kill", "-STOP", pid, check=True)
        self.service.wait_for_another(pid)
        self.assertEqual(self.service.show("NRestarts"), "1")
        self.service.wait_for_message(r"Watchdog timeout")
        self.assert_link_works(*self.link(self.host(self.service)))


class FailureTest(ServiceTest):
    def test_started_again_after_a_crash(self):
        self.service.drop_in(**QUICKLY)
        self.service.start()
        for restarts, number in enumerate(("KILL", "ABRT", "SEGV"), 1):
            pid = self.service.pid()
            self.service.systemctl("kill", f"--signal={number}", SERVICE)
            self.service.wait_for_another(pid)
            self.assertEqual(self.service.show("NRestarts"), str(restarts))
        self.assert_link_works(*self.link(self.host(self.service)))

    def test_gives_up_if_that_goes_on(self):
        self.service.drop_in(RestartSec="0", ExecStart="\nExecStart=/bin/false")
        self.service.systemctl("start", SERVICE, check=False)
        self.service.wait_for(ActiveState="failed", SubState="failed")
        self.assertEqual(self.service.show("NRestarts"), "10")

    def test_not_started_again_with_a_faulty_configuration(self):
        self.service.configure({"listen": "everywhere"})
        done = self.service.systemctl("start", SERVICE, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.service.wait_for(ActiveState="failed", SubState="failed", NRestarts="0",
                              ExecMainStatus="2", Result="exit-code")
        self.service.wait_for_message(r"listen must be")
        self.service.configure({})
        self.service.start()
        self.host(self.service)

    def test_tried_again_while_its_port_is_taken(self):
        self.service.drop_in(**QUICKLY)
        with socket.create_server(("0.0.0.0", 55435)):
            self.service.systemctl("start", SERVICE, check=False)
            self.service.wait_for(ExecMainStatus="1")
            self.service.wait_for_message(r"cannot listen on 0\.0\.0\.0:55435")
        self.service.wait_for(ActiveState="active", SubState="running")
        self.host(self.service)

    def test_stopped_in_time_though_nobody_hangs_up(self):
        self.service.start()
        link = self.link(self.host(self.service))
        self.service.systemctl("stop", SERVICE)
        for peer in link:
            self.assertEqual(peer.receive_rest(), b"")
        self.assertEqual(self.service.show("Result"), "success")
        self.assertEqual(self.service.show("ExecMainStatus"), "0")
