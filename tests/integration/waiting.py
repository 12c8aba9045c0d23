"""Waiting for conditions with a deadline, and ending processes."""

import ctypes
import signal
import subprocess
import time

POLL_INTERVAL = 0.01
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None)


def wait_until(condition, limit, what, meanwhile=None):
    """Polls until the condition gives something true and returns that; meanwhile is called between
    two looks and takes a moment itself."""
    deadline = time.monotonic() + limit
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit} s in vain for {what}")
        if meanwhile:
            meanwhile()
        else:
            time.sleep(POLL_INTERVAL)


def keep_true(condition, duration, what):
    """Polls for the whole duration and fails as soon as the condition is false."""
    deadline = time.monotonic() + duration
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"for {duration} s should have been true: {what}")
        time.sleep(POLL_INTERVAL * 5)


def die_with_parent():
    """For preexec_fn: the kernel ends the child should this program be killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_process(process):
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.kill()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        print(f"process {process.pid} would not end")
