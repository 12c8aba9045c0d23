"""Standard output whose reader has stopped: a full pipe stops neither the games nor the end."""

import fcntl
import os
import subprocess

import relay_process
from runner import RelayTest, main
from tunnel_client import Peer
from waiting import wait_until

PIPE_BYTES = 4096


class PipedRelay(relay_process.Relay):
    """Its log comes through a small pipe, which is read until the start is over."""

    def spawn(self):
        self.pipe, theirs = os.pipe()
        fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self.pipe, False)
        self.said = b""
        self.process = subprocess.Popen(
            [str(relay_process.binary), "--config", str(self.config_path)],
            stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.STDOUT,
            preexec_fn=self.prepare)
        os.close(theirs)

    def log_text(self):
        try:
            self.said += os.read(self.pipe, 65536)
        except BlockingIOError:
            pass
        return self.said.decode()

    def waiting_bytes(self):
        """How much is in the pipe."""
        answer = fcntl.ioctl(self.pipe, 0x541B, bytes(4))  # FIONREAD
        return int.from_bytes(answer, "little")

    def end(self):
        super().end()
        os.close(self.pipe)


class StuckLogTest(RelayTest):
    def setUp(self):
        self.relay = PipedRelay({"log": {"level": "debug"}, "shutdown_grace_seconds": 1},
                                new_connections_per_second_per_address=100000)
        self.addCleanup(self.relay.end)
        self.relay.start()

    def fill_the_pipe(self):
        """More lines than it holds, of several reasons as each has a budget of its own."""
        for greeting in (b"POKE", b"GET ", b"SSH-", b"what", b"\0\0FI", b"\x16\3\1\0") * 30:
            peer = Peer(self.relay, "127.0.0.66")
            peer.send(greeting)
            peer.close()
        self.relay.barrier()
        wait_until(lambda: self.relay.waiting_bytes() > PIPE_BYTES - 200, 10, "a full pipe")

    def lost_lines(self):
        return self.relay.status()["totals"]["log_lines_lost"]

    def test_lost_lines_are_counted(self):
        self.fill_the_pipe()

        def is_lost():
            self.fill_the_pipe()
            return self.lost_lines() > 0
        wait_until(is_lost, 20, "lost lines")
        self.relay.wait_for_log(r"warning log_lines_lost lines=[1-9]")

    def test_games_go_on(self):
        guest, host_side = self.link(self.host(self.relay))
        self.fill_the_pipe()
        for _ in range(50):
            self.assert_link_works(guest, host_side)
        self.assert_link_works(*self.link(self.host(self.relay)))

    def test_it_still_ends(self):
        self.fill_the_pipe()
        self.assertEqual(self.relay.stop(), 0)

    def test_nobody_there_to_read(self):
        guest, host_side = self.link(self.host(self.relay))
        os.close(self.relay.pipe)
        self.relay.pipe = os.open(os.devnull, os.O_RDONLY)
        for _ in range(50):
            self.peer(self.relay).send(b"POKE")
        wait_until(lambda: self.lost_lines() > 0, 20, "lost lines")
        self.assert_link_works(guest, host_side)
        self.assert_link_works(*self.link(self.host(self.relay)))


if __name__ == "__main__":
    main()
