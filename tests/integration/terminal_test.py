"""A relay that somebody runs by hand: it ends with its terminal."""

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import termios

import relay_process
from runner import RelayTest, main
from waiting import keep_true


class TerminalRelay(relay_process.Relay):
    """Its input is a terminal of its own, which it controls."""

    def spawn(self):
        self.master, terminal = os.openpty()

        def take_terminal():
            self.prepare()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, str(relay_process.binary), "--config", str(self.config_path)],
                stdin=terminal, stdout=log, stderr=subprocess.STDOUT, preexec_fn=take_terminal)
        os.close(terminal)

    def close_terminal(self):
        master, self.master = self.master, None
        os.close(master)

    def end(self):
        super().end()
        if self.master is not None:
            self.close_terminal()


def kill_if_there(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class TerminalTest(RelayTest):
    def started(self, config=None, prefix=()):
        relay = TerminalRelay(config)
        relay.prefix = list(prefix)
        self.addCleanup(relay.end)
        return relay.start()

    def test_it_ends_with_its_terminal(self):
        relay = self.started()
        host = self.host(relay)
        relay.close_terminal()
        host.receive_rest()
        host.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertRegex(relay.log_text(), r"stopping signal=1 problem=\"in a terminal SIGHUP ends")
        self.assertNotIn("stopping_at_once", relay.log_text())

    def test_twice_is_not_at_once(self):
        """The shell sends it, and then the kernel: what was said still has its time to arrive."""
        relay = self.started()
        host = self.host(relay)
        for _ in range(2):
            relay.send_signal(signal.SIGHUP)
            relay.wait_for_log(r"stopping signal=1")
        host.receive_rest()
        host.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertNotIn("stopping_at_once", relay.log_text())

    def test_it_reloads_if_told_to(self):
        relay = self.started({"reload_in_terminal": True})
        self.assertIn("reloaded ", relay.change(limits={"sessions": 3}))
        self.assertEqual(relay.status()["limits"]["sessions"], 3)
        relay.close_terminal()
        relay.wait_for_log(" reloaded ", count=2)
        self.assertTrue(relay.is_running())

    def test_setsid_means_that_it_goes_on(self):
        """The terminal is still its input, and controls it no more."""
        self.reloads_within(["setsid", "--wait"])

    def test_the_first_process_of_a_container_reloads(self):
        """Though it has a terminal (docker run -it)."""
        alone = ["unshare", "--pid", "--fork", "--kill-child"]
        if subprocess.run([*alone, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("namespaces of processes are not allowed")
        self.reloads_within(alone)

    def reloads_within(self, prefix):
        relay = self.started(prefix=prefix)
        pid = relay.process.pid
        inner = int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii"))
        self.addCleanup(kill_if_there, inner)
        os.kill(inner, signal.SIGHUP)
        relay.wait_for_log(" reloaded ")
        self.host(relay)

    def test_nohup_means_that_it_goes_on(self):
        relay = self.started(prefix=["nohup"])
        relay.close_terminal()
        relay.wait_for_log(" reloaded ")
        keep_true(relay.is_running, 0.5, "it runs")
        self.host(relay)


if __name__ == "__main__":
    main()
