"""What one message costs in system calls: one each to wait, to read and to write."""

import re
import shutil
import signal
import subprocess
import time

from relay_process import is_instrumented
from runner import RelayTest, main
from waiting import die_with_parent

MESSAGES = 400
INPUT = bytes.fromhex("00000003 0000000c 00000001 00000001 00000000")
LIMIT = 20  # for strace to be there, and to go
# Besides, the loop beats four times a second, which takes two or three calls.
BESIDES = 0.05  # of the messages
BEATS = 12      # calls a second


class Counted:
    """The system calls of a process while this is entered, by their names."""

    def __init__(self, test, process):
        self.test = test
        self.process = process
        self.calls = {}

    def __enter__(self):
        strace = shutil.which("strace")
        if not strace:
            self.test.skipTest("strace is not installed")
        self.tracer = subprocess.Popen(
            [strace, "-f", "-c", "-p", str(self.process.pid)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=die_with_parent)
        said = self.tracer.stderr.readline()
        if "attached" not in said:
            self.tracer.wait(LIMIT)
            self.test.skipTest(f"strace may not look on: {said.strip()}")
        return self

    def __exit__(self, *_):
        if self.tracer.poll() is None:
            self.tracer.send_signal(signal.SIGINT)
        _, table = self.tracer.communicate(timeout=LIMIT)
        for line in table.splitlines():
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if found and found[2] != "total":
                self.calls[found[2]] = int(found[1])


class SystemCallsTest(RelayTest):
    def test_a_lone_message_of_a_link_costs_three(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        self.assert_link_works(guest, host_side)
        counted = Counted(self, relay.process)
        began = time.monotonic()
        with counted:
            for _ in range(MESSAGES):
                self.assert_passes(guest, host_side, INPUT)
        if is_instrumented():
            return
        most = MESSAGES * BESIDES + BEATS * (time.monotonic() - began)
        waits = sum(counted.calls.get(name, 0) for name in ("epoll_wait", "epoll_pwait"))
        each = {"epoll_wait": waits, "recvfrom": counted.calls.get("recvfrom", 0),
                "sendto": counted.calls.get("sendto", 0)}
        for name, count in each.items():
            self.assertGreaterEqual(count, MESSAGES * (1 - BESIDES), counted.calls)
            self.assertLessEqual(count, MESSAGES + most, f"{name}: {counted.calls}")
        besides = sum(counted.calls.values()) - sum(each.values())
        self.assertLess(besides, most, counted.calls)


if __name__ == "__main__":
    main()
