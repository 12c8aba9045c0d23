#!/usr/bin/env python3
"""Measures what players notice while the relay hands over to a new program (SIGUSR2): in links of
the tunnel and in rooms of two, and beside them what HAProxy's reload does.

Only reports: the exit status is 0 however long anything stood still, 2 if a byte or a connection
was lost, and 1 if something could not be measured.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # the source tree stays as it is

import targets as start
from rooms import show, table
from run import INTEGRITY_FAILURE, progress
from targets import NotRunnable, Targets

WARM_UP = 0.5
MEMORY_UPGRADES = 5  # in a run of their own: looking at memory disturbs
TAKEN_OVER = re.compile(r" taken_over .* lost=(\d+) pause_ms=([\d.]+)")
FAILED = re.compile(r" (upgrade_failed .*|handover_failed .*)")


def children_of(process):
    with contextlib.suppress(OSError):
        return text_of(f"/proc/{process}/task/{process}/children").split()
    return []


def text_of(path):
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")


def catches(process, which):
    mask = re.search(r"SigCgt:\s*(\w+)", text_of(f"/proc/{process}/status")).group(1)
    return int(mask, 16) >> (which - 1) & 1


def wait_until(is_so, seconds):
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not is_so() and time.monotonic() < end:
        pause.wait(0.01)


def end_stand_ins(process, log):
    """They go on alone where the relay is ended in the middle of an upgrade, or ends itself."""
    wait_until(lambda: not children_of(process), 10)
    for one in children_of(process) + re.findall(r"; process (\d+) goes on", text_of(log)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(one), signal.SIGKILL)


def memory_of(process):
    """How many a relay and its stand-in are, and their MiB (Pss: what both have counts once)."""
    sizes = {}  # by the range of addresses, which is its parent's until a child is a program
    for one in [process, *children_of(process)]:
        with contextlib.suppress(OSError, ValueError):  # it has just ended
            addresses, _, pss, *_ = text_of(f"/proc/{one}/smaps_rollup").split("\n")
            sizes[addresses] = int(pss.split()[1]) / 1024
    return len(sizes), sum(sizes.values())


def before_and_most(samples):
    """MiB just before the first stand-in, and the most from then on."""
    first = next((at for at, (count, _) in enumerate(samples) if count > 1), 0)
    sizes = [size for _, size in samples]
    return first and (statistics.median(sizes[max(0, first - 20):first]), max(sizes[first:]))


class Bench:
    def __init__(self, options, targets):
        self.options = options
        self.targets = targets
        self.failures = []
        self.is_lost = False
        self.samples = {}

    def measure(self, name, program, arguments, members=0):
        """bench_load sends SIGUSR2 itself; where members of rooms play, it is sent from here."""
        progress(name)
        load = (name, self.targets.binary(program), arguments, members)
        try:
            result = self.once(*load, self.options.upgrades)
            again = result and self.once(*load, MEMORY_UPGRADES, True)
        except NotRunnable as reason:
            result = None
            self.failures.append(f"{name}: {reason}")
        if result:
            self.samples[name] = {**result, "memory_mib": again and again["memory_mib"]}

    def once(self, name, binary, arguments, members, upgrades, memory=False):
        seconds = self.options.seconds
        log = os.path.join(self.targets.directory, "relay.log")
        arguments = [*arguments, "--warm-up", str(WARM_UP)] + (
            ["--seconds", str(seconds * (upgrades + 1))] if members else
            ["--seconds", str(seconds), "--upgrades", str(upgrades)])
        with contextlib.ExitStack() as stack:
            running = stack.enter_context(self.targets.started("relay"))
            process = int(running.options[running.options.index("--pid") + 1])
            stack.callback(end_stand_ins, process, log)
            said = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1)).submit(
                self.targets.generate, binary, arguments, running, seconds * upgrades + 60)
            if members:
                wait_until(lambda: said.done() or text_of(log).count(" member_plays ") >= members,
                           60)
            due = time.monotonic() + WARM_UP + seconds / 2
            left, samples = upgrades if members else 0, []
            while not concurrent.futures.wait([said], 0.005).done:
                samples += [memory_of(process)] if memory else []
                if left > 0 and time.monotonic() >= due:
                    os.kill(process, signal.SIGUSR2)
                    left, due = left - 1, due + seconds
        status, result, complaint = said.result()
        done = TAKEN_OVER.findall(text_of(log))
        lost = sum(int(count) for count, _ in done)
        self.is_lost |= status == INTEGRITY_FAILURE or lost > 0
        problems = FAILED.findall(text_of(log))[:3] + ([] if result else [complaint])
        if len(done) < upgrades:
            problems.append(f"{len(done)} of {upgrades} upgrades, {seconds} s for each")
        self.failures += [f"{name}: {problem}" for problem in problems]
        return {**result, "pauses_ms": [float(pause) for _, pause in done], "lost": lost,
                "memory_mib": before_and_most(samples)} if result and done else None


def row(name, result, options):
    if "gap_us" in result:
        seconds = WARM_UP + options.seconds * (options.upgrades + 1)
        hertz = result["messages"] / (2 * result["links"] * seconds)
        gap, bar = result["gap_us"], 10 if result["links"] <= 10 else 50
        quiet = ", ".join(show(result["quiet_gap_us"][key] / 1000) for key in ("p50", "max"))
        missed = ["p99 above 20"] * (gap["p99"] > 20000)
    else:  # how late a NOINPUT is: p99 is of all of them
        gap, quiet, bar, missed = result["pairs"]["no_input_us"], "–", 50, []
        hertz = 60 * result["pairs"]["least_clock"]
    pauses, memory = result["pauses_ms"], result["memory_mib"]
    missed += [f"longest above {bar}"] * (gap["max"] > 1000 * bar)
    missed += ["lost"] * (result["lost"] > 0)
    missed += ["memory above twice"] * bool(memory and memory[1] > 2 * memory[0])
    missed += ["not at 60 Hz"] * (hertz < 57)
    return [name, f"{hertz:.1f}", quiet,
            ", ".join(show(gap[key] / 1000) for key in ("p50", "p99", "max")),
            f"{show(statistics.median(pauses))}, {show(max(pauses))}", str(result["lost"]),
            f"{show(memory[0])}, {show(memory[1])}" if memory else "–",
            "**NOT MET**: " + ", ".join(missed) if missed else "met"]


def haproxy_reload(targets, hard_stop, links=10, seconds=8):
    """What becomes of connections through a master (-W) and its worker."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(start.listening_socket())
        collector = stack.enter_context(start.listening_socket())
        config = start.HAPROXY_CONFIG.format(listener=listener.fileno(),
                                             port=start.port_of(collector))
        path = pathlib.Path(targets.directory, "haproxy.cfg")
        path.write_text(config.replace("global\n", "global\n" + hard_stop), encoding="utf-8")
        master, log = targets.spawn(stack, [start.find_haproxy(), "-W", "-f", path],
                                    (listener.fileno(),), "haproxy")
        stack.callback(os.killpg, master.pid, signal.SIGKILL)  # its workers are of its group
        start.pass_one_byte(start.port_of(listener), collector, log)
        wait_until(lambda: catches(master.pid, signal.SIGUSR2), 10)  # until then it ignores it
        ends = [socket.create_connection(listener.getsockname(), 5) for _ in range(links)]
        for end in ends + [collector.accept()[0] for _ in ends]:
            stack.callback(end.close)
        began = time.monotonic()
        master.send_signal(signal.SIGUSR2)
        wait_until(lambda: "Reloading" in text_of(log), 5)
        if "Reloading" not in text_of(log):
            raise NotRunnable("it does not reload")
        cut = []
        for end in ends:
            end.settimeout(max(0.01, began + seconds - time.monotonic()))
            with contextlib.suppress(TimeoutError):
                with contextlib.suppress(ConnectionResetError):
                    end.recv(1)
                cut.append(time.monotonic() - began)
        return f"{len(cut)} of {links} cut" + (
            f", the last after {cut[-1]:.1f} s" if cut else
            f" within {seconds} s, and {len(children_of(master.pid))} workers")


def haproxy_line(bench):
    try:
        bench.targets.check("haproxy")
        progress("haproxy")
        return (f"HAProxy's reload, connections: {haproxy_reload(bench.targets, '')}; with "
                + "hard-stop-after 2s " + haproxy_reload(bench.targets, "hard-stop-after 2s\n"))
    except (NotRunnable, OSError) as reason:
        bench.failures.append(f"haproxy: {reason}")
        return "HAProxy's reload: not measured"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--links", type=lambda text: [int(word) for word in text.split(",")],
                        default="10,100,300,1000", help="comma-separated; 0: none")
    parser.add_argument("--rooms", type=int, default=100, help="rooms of two; 0: none")
    parser.add_argument("--upgrades", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.5, help="from one upgrade to the next")
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    return parser.parse_args()


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    title = (f"Restart under live games: Linux {os.uname().release}, {os.cpu_count()} cores, load "
             f"{os.getloadavg()[0]:.2f}; {options.upgrades} upgrades, one in {options.seconds} s")
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        bench = Bench(options, Targets(os.path.join(options.build, "bin"), directory,
                                       options.target_core, options.generator_core))
        for program in ("netplay-relay", "bench_load", "bench_rooms"):
            if not os.access(bench.targets.binary(program), os.X_OK):
                sys.exit(f"{bench.targets.binary(program)} has not been built")
        for links in filter(None, options.links):
            bench.measure(f"{links:,} links", "bench_load", ["gaps", "--sessions", str(links)])
        if options.rooms:
            bench.measure(f"{options.rooms:,} rooms of two", "bench_rooms",
                          ["pairs", "--sleep", "--rooms", str(options.rooms)], 2 * options.rooms)
        haproxy = haproxy_line(bench)
        progress("")
    headings = ["ms", "Hz", "quiet gap p50, max", "gap p50, p99, max", "its own pause p50, max",
                "lost", "MiB before, most", "bars"]
    rows = [row(name, result, options) for name, result in bench.samples.items()]
    print("\n".join([*table(title, headings, rows), haproxy, "",
                     *(f"- failed: {failure}" for failure in bench.failures)]))
    if options.json:
        raw = {"failures": bench.failures, "samples": bench.samples, "haproxy": haproxy}
        pathlib.Path(options.json).write_text(json.dumps(raw, indent=1), encoding="utf-8")
    sys.exit(INTEGRITY_FAILURE if bench.is_lost else 1 if bench.failures else 0)


if __name__ == "__main__":
    main()
