"""Where attacks come from: addresses of loopback, or whole networks in a network namespace of this
run's own."""

import os
import shutil
import subprocess
import sys

NETWORKS = {24: "one IPv4 /24", 48: "one IPv6 /48", 56: "one IPv6 /56"}
MARK = "BENCH_IN_NETWORK"
OURS = "10.0.0.0/8"          # for LAN discovery, which answers private addresses only
STRANGERS = "2001:db8::/32"


def can_be_had():
    """True if there can be one: it takes root, and a kernel that lets us."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip"))):
        return False
    return subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"],
                          capture_output=True, check=False).returncode == 0


def enter():
    """Runs this program again in one where only loopback is; False if there is none."""
    if os.environ.pop(MARK, None):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "route", "add", "local", OURS, "dev", "lo"], check=True)
        try:
            subprocess.run(["ip", "-6", "route", "add", "local", STRANGERS, "dev", "lo"],
                           capture_output=True, check=True)
            with open("/proc/sys/net/ipv6/ip_nonlocal_bind", "w", encoding="ascii") as setting:
                setting.write("1")  # of this namespace alone
        except (OSError, subprocess.CalledProcessError):
            pass  # no IPv6 here
        return True
    if not can_be_had():
        return False
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def sources(network, count):
    """Addresses, as different as the network lets them be."""
    if network == 24:
        return [f"127.9.0.{number}" for number in range(1, 255)]
    if network == 48:  # of another /56 each, then a further /64 of each
        return [f"2001:db8:1:{number % 256 << 8 | number // 256:x}::1" for number in range(1024)]
    if network == 56:
        return [f"2001:db8:1:{number:x}::1" for number in range(256)]
    return [f"127.{9 + number // 256}.{number % 256}.1" for number in range(count)]
