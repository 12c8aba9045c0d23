#!/usr/bin/env python3
"""Several relays behind HAProxy, with the configuration of netplay-relay fleet-config: many joins
by several doors, each looked at from both ends; games while a node is upgraded, drained and killed;
and what HAProxy adds to a round trip.

The exit status is 2 if a join was wrong or failed, or a game ended that should not have.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import signal
import statistics
import sys
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in ("proxies", "integration")]

# pylint: disable=wrong-import-position
import hops  # noqa: E402
import relay_process  # noqa: E402
from fleet import FleetHAProxy, node_config  # noqa: E402
from tunnel_client import HEADER, Guest, Host  # noqa: E402

INTEGRITY_FAILURE = 2
THREADS = 4
LIMITS = {"sessions_per_address": 1000, "sessions": 1000, "connections_per_address": 4000,
          "new_connections_per_second_per_address": 1000000, "links_per_address": 31,
          "waiting_joins_per_address": 1000}
HOST = "127.0.0.2"


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Fleet:
    def __init__(self, nodes, doors):
        self.nodes = [relay_process.Relay(node_config(node), **LIMITS).start()
                      for node in range(nodes)]
        self.doors = [FleetHAProxy(self.nodes) for _ in range(doors)]

    def end(self):
        for one in (*self.doors, *self.nodes):
            one.end()

    def hosts(self, count):
        return [Host(self.doors[at % len(self.doors)], HOST).open() for at in range(count)]


def link(host, door, source, word):
    """A game that has come together; whose word arrives is looked at."""
    began = time.monotonic()
    guest = Guest(door, source).join(host.session, HEADER + word)
    try:
        host_side = host.admit()
        if host_side.receive(len(HEADER) + len(word)) != HEADER + word:
            raise AssertionError("the words of another guest")
        host_side.send(word[::-1])
        if guest.receive(len(word)) != word[::-1]:
            raise AssertionError("the words of another host")
    except BaseException:
        guest.close()
        raise
    return guest, host_side, time.monotonic() - began


def join_often(fleet, hosts, count, seed):
    """The times of those that went well, and what the others failed of."""
    chance = random.Random(seed)
    times, failures = [], []
    for _ in range(count):
        host, door = chance.choice(hosts), chance.choice(fleet.doors)
        try:
            guest, host_side, took = link(host, door, f"127.0.{1 + seed}.{chance.randint(1, 254)}",
                                          chance.randbytes(16))
            times.append(took)
            guest.close()
            host_side.receive_rest()
            host_side.close()
        except (AssertionError, OSError) as problem:
            failures.append(str(problem))
            hosts[hosts.index(host)] = Host(fleet.doors[0], HOST).open()
    return times, failures


def many_joins(fleet, count, sessions):
    hosts = fleet.hosts(sessions)
    share = sessions // THREADS
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        done = [pool.submit(join_often, fleet, hosts[at * share:(at + 1) * share],
                            count // THREADS, at) for at in range(THREADS)]
        results = [one.result() for one in done]
    seconds = time.monotonic() - began
    times = sorted(took for part, _ in results for took in part)
    failures = [problem for _, part in results for problem in part]
    totals = [relay.status()["totals"] for relay in fleet.nodes]
    refused = {word: number for one in totals for word, number in one["close_reasons"].items()
               if number and word not in ("guest_left", "host_left")}
    for host in hosts:
        host.close()
    return {"joins": len(times), "failed": len(failures), "why": failures[:5],
            "seconds": round(seconds, 1), "of_each_node": [one["joins"] for one in totals],
            "refused_by_the_relays": refused, "ms_median": 1000 * statistics.median(times),
            "ms_99": 1000 * times[len(times) * 99 // 100]}


def alive(one):
    guest, host_side = one[:2]
    try:
        guest.send(b"still there?")
        host_side.receive(12)
        host_side.send(b"yes")
        guest.receive(3)
        return True
    except (AssertionError, OSError):
        return False


def lost_by_node(links, nodes):
    lost = [0] * nodes
    for node, games in enumerate(links):
        lost[node] = sum(not alive(game) for game in games)
    return lost


def troubles(fleet, count):
    """Games that ended, for each node: of an upgrade of node 0, of a drain and an upgrade of node
    1, and when the last is killed."""
    nodes = len(fleet.nodes)
    hosts = fleet.hosts(nodes * 6)
    links = [[] for _ in range(nodes)]
    for at in range(count):
        host = hosts[at % len(hosts)]
        links[host.session[0]].append(link(host, fleet.doors[at % len(fleet.doors)],
                                           f"127.0.9.{1 + at % 250}", b"%8d" % at))
    found = {"games_of_each_node": [len(games) for games in links]}
    fleet.nodes[0].send_signal(signal.SIGUSR2)
    fleet.nodes[0].wait_for_upgrade()
    found["ended_by_an_upgrade"] = lost_by_node(links, nodes)
    fleet.nodes[1].send_signal(signal.SIGUSR1)
    for door in fleet.doors:
        door.wait_for_word(1, "DOWN")
    fleet.nodes[1].send_signal(signal.SIGUSR2)
    fleet.nodes[1].wait_for_upgrade()
    fresh = fleet.hosts(30)
    found["new_sessions_of_each_node_while_1_drains"] = [
        sum(host.session[0] == node for host in fresh) for node in range(nodes)]
    found["ended_by_drain_and_upgrade"] = lost_by_node(links, nodes)
    fleet.nodes[-1].process.kill()
    fleet.nodes[-1].process.wait()
    found["ended_by_a_kill_of_the_last"] = lost_by_node(links, nodes)
    expected = [0] * (nodes - 1) + [len(links[-1])]
    found["as_it_should"] = (found["ended_by_an_upgrade"] == found["ended_by_drain_and_upgrade"] ==
                             [0] * nodes and found["ended_by_a_kill_of_the_last"] == expected and
                             not found["new_sessions_of_each_node_while_1_drains"][1])
    return found


def round_trips(relay, count):
    """Microseconds, through one link, of a message and its answer."""
    host = Host(relay, HOST).open()
    guest, host_side, _ = link(host, relay, "127.0.0.3", b"first")
    times = sorted(hops.round_trips((guest, host_side), count))
    return {"us_median": times[count // 2], "us_99": times[count * 99 // 100]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--relay", default=ROOT / "build" / "release" / "bin" / "netplay-relay")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--doors", type=int, default=2)
    parser.add_argument("--joins", type=int, default=20000)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--links", type=int, default=300)
    parser.add_argument("--round-trips", type=int, default=5000)
    options = parser.parse_args()
    relay_process.binary = pathlib.Path(options.relay).resolve()
    fleet = Fleet(options.nodes, options.doors)
    try:
        progress(f"{options.joins} joins ...")
        found = {"joins": many_joins(fleet, options.joins, options.sessions)}
        progress("round trips ...")
        found["round_trip_direct"] = round_trips(fleet.nodes[0], options.round_trips)
        found["round_trip_by_haproxy"] = round_trips(fleet.doors[0], options.round_trips)
        progress("troubles ...")
        found["troubles"] = troubles(fleet, options.links)
    finally:
        fleet.end()
    print(json.dumps(found, indent=2))
    good = (not found["joins"]["failed"] and not found["joins"]["refused_by_the_relays"] and
            found["troubles"]["as_it_should"])
    sys.exit(0 if good else INTEGRITY_FAILURE)


if __name__ == "__main__":
    main()
