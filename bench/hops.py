#!/usr/bin/env python3
"""What a hop between two nodes of a fleet adds to a round trip, beside what HAProxy adds that
passes on the same connection: a guest of one session comes directly, by HAProxy in mode tcp, and
by another node, in turns.

The exit status is 2 if the hop adds more than 1.3 times what HAProxy does.
"""

import argparse
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration")]

# pylint: disable=wrong-import-position
import relay_process  # noqa: E402
from netplay_client import free_ports  # noqa: E402
from tunnel_client import HEADER, Guest, Host  # noqa: E402
from waiting import die_with_parent, end_process, wait_until  # noqa: E402

TOO_SLOW = 2
ALLOWED = 1.3
HAPROXY = """global
    maxconn 1000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen relay
    bind 127.0.0.1:{port}
    server relay {address}:{to}
"""


class Door:
    """HAProxy, as a relay that clients connect to."""

    def __init__(self, relay, folder):
        port, _ = free_ports(1)
        path = pathlib.Path(folder) / "haproxy.cfg"
        path.write_text(HAPROXY.format(port=port, address=relay.address[0], to=relay.address[1]),
                        encoding="utf-8")
        self.address = ("127.0.0.1", port)
        self.process = subprocess.Popen(["haproxy", "-f", path], preexec_fn=die_with_parent)


def start_nodes(folder):
    key = pathlib.Path(folder) / "key"
    key.write_text("5e" * 32, encoding="utf-8")
    first, _ = free_ports(2)
    nodes = [{"node": node, "address": f"127.0.0.1:{first + node}"} for node in range(2)]
    relays = [relay_process.Relay({"fleet": {
        "node": node, "listen": nodes[node]["address"], "nodes": nodes, "key_file": str(key)}},
        connections_per_address=100).start() for node in range(2)]
    for relay in relays:
        relay.wait_for_log(" node_up ")
    return relays


def reached(door):
    try:
        socket.create_connection(door.address).close()
        return True
    except OSError:
        return False


def link(host, door):
    guest = Guest(door, "127.0.0.3").join(host.session)
    host_side = host.admit()
    host_side.receive(len(HEADER))
    return guest, host_side


def round_trips(ends, count):
    """Microseconds, of a message and its answer."""
    guest, host_side = ends
    times = []
    for _ in range(count):
        began = time.perf_counter_ns()
        guest.send(bytes(40))
        host_side.receive(40)
        host_side.send(bytes(40))
        guest.receive(40)
        times.append((time.perf_counter_ns() - began) / 1000)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--relay", default=ROOT / "build" / "release" / "bin" / "netplay-relay")
    parser.add_argument("--round-trips", type=int, default=2000, help="of each turn")
    parser.add_argument("--turns", type=int, default=10)
    options = parser.parse_args()
    relay_process.binary = pathlib.Path(options.relay).resolve()
    with tempfile.TemporaryDirectory() as folder:
        relays = start_nodes(folder)
        door = Door(relays[1], folder)
        try:
            host = Host(relays[1], "127.0.0.2").open()
            wait_until(lambda: reached(door), 5, "HAProxy to listen")
            ways = {"direct": relays[1], "haproxy": door, "hop": relays[0]}
            links = {way: link(host, to) for way, to in ways.items()}
            times = {way: [] for way in ways}
            for _ in range(options.turns):
                for way, ends in links.items():
                    times[way] += round_trips(ends, options.round_trips)
        finally:
            end_process(door.process)
            for relay in relays:
                relay.end()
    found = {way: {"us_median": sorted(all_of)[len(all_of) // 2],
                   "us_99": sorted(all_of)[len(all_of) * 99 // 100]}
             for way, all_of in times.items()}
    added = {way: found[way]["us_median"] - found["direct"]["us_median"]
             for way in ("haproxy", "hop")}
    found["added_us_median"] = added
    found["hop_by_haproxy"] = round(found["hop"]["us_median"] / found["haproxy"]["us_median"], 2)
    print(json.dumps(found, indent=2))
    return TOO_SLOW if added["hop"] > ALLOWED * added["haproxy"] else 0


if __name__ == "__main__":
    sys.exit(main())
