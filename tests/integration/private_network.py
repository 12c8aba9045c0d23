"""Network namespaces made for one test, joined by virtual cables. Nothing else is touched."""

import contextlib
import ctypes
import os
import shutil
import subprocess

from waiting import die_with_parent, end_process, wait_until

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def why_impossible():
    """A reason why no namespaces can be had here, or nothing."""
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"no {program} here"
    if os.geteuid() != 0:
        return "network namespaces need root"
    first = Namespace.__new__(Namespace)
    try:
        first.__init__()
        with first.inside():
            pass
        first.run("ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
    except (OSError, AssertionError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {error}"
    finally:
        first.end()
    return None


class Namespace:
    """Lives as long as the process that was started in it."""

    process = None

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "sleep", "1000"],
                                        stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        own = os.readlink("/proc/self/ns/net")
        wait_until(lambda: self.process.poll() is not None or
                   os.readlink(self.path()) != own, 5, "a namespace")
        if self.process.poll() is not None:
            raise OSError("unshare --net is not allowed")
        self.run("ip", "link", "set", "lo", "up")

    def path(self):
        return f"/proc/{self.process.pid}/ns/net"

    def run(self, *command):
        subprocess.run(["nsenter", f"--net={self.path()}", *command], check=True,
                       capture_output=True, timeout=10)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread makes meanwhile belong to the namespace."""
        with open("/proc/thread-self/ns/net", "rb") as before, open(self.path(), "rb") as wanted:
            if libc.setns(wanted.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if libc.setns(before.fileno(), CLONE_NEWNET) != 0:
                    os.abort()

    def end(self):
        if self.process:
            end_process(self.process)


class Cable:
    """Joins two namespaces: 10.77.NUMBER.1 is the first one, 10.77.NUMBER.2 the second."""

    def __init__(self, first, second, number):
        self.second, self.name = second, f"far{number}"
        near = f"near{number}"
        self.near_address, self.far_address = f"10.77.{number}.1", f"10.77.{number}.2"
        first.run("ip", "link", "add", near, "type", "veth", "peer", "name", self.name,
                  "netns", str(second.process.pid))
        for namespace, name, address in ((first, near, self.near_address),
                                         (second, self.name, self.far_address)):
            namespace.run("ip", "address", "add", f"{address}/24", "dev", name)
            namespace.run("ip", "link", "set", name, "up")

    def cut(self):
        self.second.run("ip", "link", "set", self.name, "down")
