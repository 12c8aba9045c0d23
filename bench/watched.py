#!/usr/bin/env python3
"""Measures what it costs the games that somebody watches the relay: statuses, scrapes by Prometheus
and a page (a stream of events with a status every second), beside idle sessions and rooms.

Rounds with and without those who watch take turns in one relay. Only reports: the exit status is 0
whatever it costs, and 1 if something could not be measured.
"""

import argparse
import concurrent.futures
import contextlib
import http.client
import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # the source tree stays as it is

from abuse.silent_spectators import SilentSpectators  # noqa: E402
from rooms import table  # noqa: E402
from run import progress  # noqa: E402
from targets import NotRunnable, Targets  # noqa: E402

BARS = {"p99": 1.05, "scrape_share": 0.01}
GARBAGE = [b"\0" * 512, b"GET\r\n\r\n",
           b"POST /control/kick HTTP/1.1\r\nContent-Length: 9\r\n\r\n{",
           b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n"]


class Rooms(SilentSpectators):
    """One silent member in each of so many rooms."""

    def run_rooms(self, count, is_there):
        self.seated, self.drained_at, members = [], 0.0, []
        for number in range(count):
            source = self.sources[number % len(self.sources)]
            members.append(self.member(source, nick="s", crc=0xA000 + number))
            self.pump(members, 0.002)
        self.pump(members, 1)
        is_there.set()
        while not self.stop.is_set():
            self.pump(members, 0.1)


class Facts:
    def __init__(self, port):
        self.address, self.rooms = ("127.0.0.1", port), 0


def fetch(port, path, accept="*/*"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Host": "localhost", "Accept": accept})
        return connection.getresponse().read()


def long_turns(port):
    """How many turns of the event loop have taken more than a millisecond."""
    text = fetch(port, "/metrics").decode()
    name = "netplay_relay_loop_turn_seconds"
    short = re.search(rf'^{name}_bucket{{le="0.001"}} (\d+)$', text, re.M)
    all_of_them = re.search(rf"^{name}_count (\d+)$", text, re.M)
    return int(all_of_them.group(1)) - int(short.group(1))


def repeat(stop, interval, act):
    while not stop.wait(interval):
        with contextlib.suppress(OSError, http.client.HTTPException):
            act()


def read_stream(stop, port):
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 20)) as stream:
        stream.settimeout(0.5)
        stream.sendall(b"GET /events?status=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                stream.recv(1 << 20)


def send_garbage(port):
    for garbage in GARBAGE:
        with contextlib.closing(socket.create_connection(("127.0.0.1", port), 5)) as one:
            one.sendall(garbage)
            one.recv(4096)


@contextlib.contextmanager
def threads(stop, *works):
    started = [threading.Thread(target=work, daemon=True) for work in works]
    for one in started:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in started:
            one.join()


@contextlib.contextmanager
def slow_clients(port, count):
    slow = []
    try:
        for _ in range(count):
            with contextlib.suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), 5)
                slow.append(one)
                one.sendall(b"GET /status HT")
        yield
    finally:
        for one in slow:
            one.close()


class Bench:
    def __init__(self, options, targets):
        self.options, self.targets = options, targets
        self.rows, self.failures = [], []

    def game(self, running):
        load = self.targets.binary("bench_load")
        status, result, complaint = self.targets.generate(
            load, ["paced", "--sessions", "20", "--seconds", str(self.options.seconds),
                   "--warm-up", "0.3"], running, 60)
        if status != 0:
            raise NotRunnable(complaint)
        return result["latency_us"]

    @contextlib.contextmanager
    def crowd(self, running):
        """Idle sessions and rooms, for as long as they are needed."""
        load = self.targets.binary("bench_load")
        stop, is_there = threading.Event(), threading.Event()
        port = int(running.options[running.options.index("--port") + 1])
        # One address may have 31 members.
        sources = [f"127.0.1.{1 + at}" for at in range(-(-self.options.rooms // 30))]
        rooms = Rooms(Facts(port), sources, stop, print)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            idle = pool.submit(self.targets.generate, load,
                               ["idle", "--sessions", str(self.options.sessions), "--seconds", "30",
                                "--warm-up", "10"], running, 90)
            with threads(stop, lambda: rooms.run_rooms(self.options.rooms, is_there)):
                is_there.wait(60)
                yield
            status, _, complaint = idle.result()
        if status != 0:
            raise NotRunnable(f"no idle sessions: {complaint}")

    def watch(self, name, running, admin, watchers, before=lambda port: contextlib.nullcontext()):
        """Rounds without and with those who watch."""
        progress(name)
        quiet, watched, turns = [], [], [0, 0]
        for _ in range(self.options.rounds):
            at = [long_turns(admin)]
            quiet.append(self.game(running))
            at.append(long_turns(admin))
            stop = threading.Event()
            works = [lambda work=work, every=every: repeat(stop, every, lambda: work(admin))
                     if every else work(stop, admin) for every, work in watchers]
            with before(admin), threads(stop, *works):
                watched.append(self.game(running))
            at.append(long_turns(admin))
            turns = [turns[0] + at[1] - at[0], turns[1] + at[2] - at[1]]
        ratio = statistics.median(w["p99"] / q["p99"] for w, q in zip(watched, quiet))
        self.rows.append([name, f"{statistics.median(q['p99'] for q in quiet):.0f}",
                          f"{statistics.median(w['p99'] for w in watched):.0f}", f"{ratio:.2f}",
                          f"{turns[0]} / {turns[1]}"])

    def cost_of_scrape(self, admin, pid):
        """CPU time of the relay for one scrape, in seconds."""
        ticks = os.sysconf("SC_CLK_TCK")

        def used():
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / ticks
        count, began = 200, time.monotonic()
        before = used()
        for _ in range(count):
            fetch(admin, "/metrics")
        spent, took = used() - before, time.monotonic() - began
        before, _ = used(), threading.Event().wait(took)
        return max(0, spent - (used() - before)) / count

    def run(self):
        with self.targets.started("relay") as running:
            pid = int(running.options[running.options.index("--pid") + 1])
            log = os.path.join(self.targets.directory, "relay.log")
            with open(log, encoding="utf-8") as file:
                admin = int(re.search(r"status=http://127\.0\.0\.1:(\d+)/", file.read()).group(1))
            with self.crowd(running):
                self.watch("a status every 0.5 s", running, admin,
                           [(0.5, lambda port: fetch(port, "/status"))])
                self.watch("a scrape every 0.5 s", running, admin,
                           [(0.5, lambda port: fetch(port, "/metrics"))])
                self.watch("a page", running, admin, [(0, read_stream)])
                scrape = self.cost_of_scrape(admin, pid)
            self.watch("garbage, 1,000 slow clients (idle relay)", running, admin,
                       [(0.0001, send_garbage)] * 2,
                       lambda port: slow_clients(port, 1000))
        return scrape


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of a game")
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    return parser.parse_args()


def main():
    options = parse_arguments()
    title = (f"Watched: {options.sessions:,} sessions, {options.rooms:,} rooms, 20 games; "
             f"Linux {os.uname().release}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        bench = Bench(options, Targets(os.path.join(options.build, "bin"), directory,
                                       options.target_core, options.generator_core))
        try:
            scrape = bench.run()
        except (NotRunnable, OSError) as reason:
            sys.exit(f"not measured: {reason}")
        progress("")
    headings = ["who watches", "p99 us without", "p99 us with", "ratio",
                "turns > 1 ms, without / with"]
    print("\n".join([*table(title, headings, bench.rows),
                     f"A scrape takes {scrape * 1000:.2f} ms of CPU: every 5 s, "
                     f"{scrape / 5:.2%} of a core.", "",
                     f"Bars: ratio {BARS['p99']} (garbage 1.1), no turn > 1 ms more, "
                     f"scrape {BARS['scrape_share']:.0%}."]))


if __name__ == "__main__":
    main()
