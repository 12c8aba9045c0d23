"""What the kernel has been told about the players' connections."""

import ctypes
import os
import re
import shutil
import socket
import struct
import subprocess

from runner import RelayTest, main
from waiting import wait_until

SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438  # the same on every architecture
EXPECTED = {
    "SO_KEEPALIVE": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "TCP_NODELAY": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "TCP_KEEPIDLE": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "TCP_KEEPINTVL": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "TCP_KEEPCNT": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "TCP_USER_TIMEOUT": (socket.IPPROTO_TCP, 18),
}
DEAD_WITHIN = 60  # seconds in which a dead host has to give its session back


def borrowed_sockets(process):
    """Duplicates of the process's connected TCP sockets, taken out of it by the kernel."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.syscall(SYS_PIDFD_OPEN, process, 0)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "pidfd_open")
    found = []
    try:
        for name in os.listdir(f"/proc/{process}/fd"):
            if not os.readlink(f"/proc/{process}/fd/{name}").startswith("socket:"):
                continue
            copy = libc.syscall(SYS_PIDFD_GETFD, handle, int(name), 0)
            if copy < 0:
                raise OSError(ctypes.get_errno(), "pidfd_getfd")
            found.append(socket.socket(fileno=copy))
    finally:
        os.close(handle)
    return found


class OptionsTest(RelayTest):
    def options_of(self, relay):
        """Of each connection to a player: its own port of the peer, and every option."""
        try:
            sockets = borrowed_sockets(relay.process.pid)
        except OSError as error:
            self.skipTest(f"may not look into another process: {error}")
        seen = {}
        for borrowed in sockets:
            with borrowed:
                if borrowed.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                try:
                    port = borrowed.getpeername()[1]
                except OSError:
                    continue
                if borrowed.getsockname()[1] == relay.address[1]:
                    seen[port] = {name: borrowed.getsockopt(*option)
                                  for name, option in EXPECTED.items()}
        return seen

    def test_every_connection_has_them(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        newcomer = self.peer(relay)
        relay.wait_for_use(connections=4)
        seen = self.options_of(relay)
        for peer in (host, guest, host_side, newcomer):
            options = seen[peer.socket.getsockname()[1]]
            self.assertEqual((options["SO_KEEPALIVE"], options["TCP_NODELAY"]), (1, 1))
            silence = options["TCP_KEEPIDLE"] + options["TCP_KEEPINTVL"] * options["TCP_KEEPCNT"]
            self.assertLess(silence, DEAD_WITHIN)
            self.assertGreaterEqual(silence, 20, "a short outage is no death")
            self.assertGreater(options["TCP_USER_TIMEOUT"], 0)
            self.assertLess(options["TCP_USER_TIMEOUT"], DEAD_WITHIN * 1000)

    def test_keepalive_timers_run(self):
        """Seen from outside, with ss."""
        if not shutil.which("ss"):
            self.skipTest("no ss here (iproute2)")
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)

        def lines():
            shown = subprocess.run(
                ["ss", "-Htno", "state", "established", "sport", f"= :{relay.address[1]}"],
                capture_output=True, text=True, timeout=10, check=True)
            return shown.stdout.splitlines()
        for peer in (host, guest, host_side):
            def timer(name=peer.name()):
                line, = [line for line in lines() if line.split()[3] == name]
                return re.search(r"timer:\(keepalive,([0-9.]+)(sec|min)", line)
            found = wait_until(timer, 5, f"a keepalive timer of {peer.name()}")
            self.assertEqual(found.group(2), "sec")
            self.assertLessEqual(float(found.group(1)), DEAD_WITHIN)

    def test_small_messages_are_not_held_back(self):
        """Without TCP_NODELAY the second of two small ones would wait for an acknowledgement."""
        guest, host_side = self.link(self.host(self.start()))
        quick_ack = struct.pack("i", 0)
        slow = 0
        for _ in range(30):
            host_side.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, quick_ack)
            guest.send(b"1")
            self.assertEqual(host_side.receive(1), b"1")
            guest.send(b"2")
            host_side.socket.settimeout(0.03)
            try:
                host_side.socket.recv(1)
            except TimeoutError:
                slow += 1
                host_side.receive(1)
        self.assertLess(slow, 10)


if __name__ == "__main__":
    main()
