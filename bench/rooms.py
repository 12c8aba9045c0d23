#!/usr/bin/env python3
"""Measures the relay's rooms, where it is a netplay server, and compares them with its tunnel.

Only reports: the exit status is 0 however slow anything is, 2 if a byte was lost or changed, and
1 if something could not be measured.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

from run import INTEGRITY_FAILURE, describe_machine, progress
from targets import NotRunnable, Targets


def measurements(options, round_number):
    """Name, program, arguments. Another seed each round: who is before whom in a frame."""
    players = str(options.games)
    window = ["--seconds", str(options.seconds), "--warm-up", "0.5",
              "--seed", str(round_number + 1)]
    joining = ["join", "--sleep", "--rooms", "50", "--seed", str(round_number + 1)]
    compared = [
        ("tunnel", "bench_load", ["paced", "--sleep", "--sessions", players, *window]),
        ("pairs", "bench_rooms", ["pairs", "--sleep", "--rooms", players, *window]),
    ]
    if round_number % 2:  # neither has the better place every time
        compared.reverse()
    return compared + [
        ("beside", "bench_rooms", ["beside", "--rooms", players, *window]),
        ("compressible", "bench_rooms", [*joining, "--compressible"]),
        ("incompressible", "bench_rooms", joining),
    ]


def full_measurement(options):
    return ("full", "bench_rooms", ["full", "--sleep", "--rooms", "200", "--warm-up", "0.5",
                                    "--seconds", str(options.full_seconds)])


class RoomsBench:
    def __init__(self, options, targets):
        self.options = options
        self.targets = targets
        self.samples = {}  # measurement -> what was said of it, by round
        self.failures = []
        self.integrity_failed = False

    def run(self):
        for number in range(self.options.rounds):
            for entry in measurements(self.options, number):
                progress(f"round {number + 1}/{self.options.rounds}: {entry[0]}")
                self.measure(*entry)
        progress("the full room")
        self.measure(*full_measurement(self.options))
        progress("")

    def measure(self, name, program, arguments):
        try:
            with self.targets.started("relay") as running:
                status, result, complaint = self.targets.generate(
                    self.targets.binary(program), arguments, running, 120)
        except NotRunnable as reason:
            status, result, complaint = 1, None, str(reason)
        if result is not None:
            self.samples.setdefault(name, []).append(result)
            return
        self.failures.append(f"{name}: {complaint}")
        self.integrity_failed = self.integrity_failed or status == INTEGRITY_FAILURE

    def values(self, name, *path):
        found = []
        for sample in self.samples.get(name, []):
            for key in path:
                sample = sample.get(key) if sample is not None else None
            if sample is not None:
                found.append(sample)
        return found

    def median(self, name, *path):
        values = self.values(name, *path)
        return statistics.median(values) if values else None


def difference(left, right):
    return left - right if left is not None and right is not None else None


def ratio(left, right):
    return left / right if left is not None and right else None


def show(value, digits=1):
    return "–" if value is None else f"{value:,.{digits}f}"


def table(title, headings, rows):
    grid = [headings] + rows
    widths = [max(len(line[column]) for line in grid) for column in range(len(headings))]
    lines = [f"### {title}", ""]
    for index, line in enumerate(grid):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        lines.append("| " + " | ".join(cells) + " |")
        if index == 0:
            lines.append("|" + "-" * (widths[0] + 2) + "|" +
                         "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|")
    return lines + [""]


def pairs_table(bench, games):
    median = bench.median
    cpu = [median("tunnel", "cpu_us_per_message"), median("pairs", "cpu_us_per_input")]
    rows = [["CPU time per forwarded input, µs", "–", show(cpu[0]), show(cpu[1]), "–", "–",
             show(ratio(cpu[1], cpu[0]), 2)]]
    added_ratio = None
    for quantile in ("p50", "p99", "p999"):
        direct = median("beside", "direct_us", quantile)
        tunnel = median("beside", "tunnel_us", quantile)
        kinds = [median("beside", "pairs", "latency_us", kind, quantile)
                 for kind in ("inputs", "owner", "late", "held")]
        added = ratio(difference(kinds[0], direct), difference(tunnel, direct))
        if quantile == "p99":
            added_ratio = added
        rows.append([f"one-way latency, {quantile}, µs", show(direct), show(tunnel),
                     show(kinds[0]), f"{show(kinds[1])}, {show(kinds[2])}", show(kinds[3]),
                     show(added, 2)])
    lines = table(f"{games} rooms of two, {games} tunnel links, 60 Hz",
                  ["", "direct", "tunnel", "room", "owner's, late", "held", "room : tunnel"], rows)
    return lines, ratio(cpu[1], cpu[0]), added_ratio


def join_table(bench):
    rows = []
    worst = None
    for name in ("compressible", "incompressible"):
        for group, label in (("pairs", "other rooms"), ("special", "its room")):
            cells = [f"{name}, {label}"]
            for when in ("latency_us", "joining_second_latency_us", "joining_latency_us"):
                # A room whose clock's owner has the last slot has no late inputs.
                found = [bench.median(name, group, when, "inputs", key) for key in ("p50", "p99")]
                cells.append(", ".join(show(value) for value in found))
            added = difference(bench.median(name, group, "joining_latency_us", "inputs", "p99"),
                               bench.median(name, group, "latency_us", "inputs", "p99"))
            if group == "pairs" and added is not None:
                worst = max(added, worst or 0)
            cells.append(show(added))
            rows.append(cells)
    lines = table("A savestate of 4 MiB for who joins a room of four, 50 rooms of two beside it: "
                  "latency, µs, p50 and p99",
                  ["", "quiet", "second with it", "while it travels", "added p99"], rows)
    for name in ("compressible", "incompressible"):
        times = [time for run in bench.values(name, "transfers_ms") for time in run]
        wire = bench.median(name, "state_wire_bytes")
        if times:
            lines.append(f"{name.capitalize()}: {wire:,.0f} bytes, with all members after "
                         f"{show(statistics.median(times))} ms (median of {len(times)}; most "
                         f"{show(max(times))}).")
    return lines + [""], worst


def full_table(bench):
    def of(*path):
        return bench.median("full", *path)

    rows = []
    for group, label in (("pairs", "200 rooms of two"), ("special", "room of 31, 16 play")):
        rows.append([label, show(of(group, "least_clock"), 4),
                     *(show(of(group, "no_input_us", key)) for key in ("p50", "p99")),
                     *(show(of(group, "latency_us", "inputs", key)) for key in ("p50", "p99"))])
    lines = table("One full room and 200 of two, all at once",
                  ["", "slowest clock", "NOINPUT p50, µs", "p99", "input p50, µs", "p99"], rows)
    clocks = bench.values("full", "pairs", "least_clock")
    clocks += bench.values("full", "special", "least_clock")
    if clocks:
        lines += [f"{show(of('seconds'), 0)} s, {show(of('inputs_per_second'), 0)} inputs/s "
                  f"delivered, CPU share of the relay {show(of('cpu_share'), 2)}, of the "
                  f"generator {show(of('generator_cpu_share'), 2)}, its own lateness p99 "
                  f"{show(of('send_delay_us', 'p99'))} µs, CPU time per input "
                  f"{show(of('cpu_us_per_input'))} µs. Nobody was sent away.", ""]
    return lines, min(clocks) if clocks else None


def verdict(text, value, limit, most=True):
    if value is None:
        return f"- {text}: not measured"
    met = value <= limit if most else value >= limit
    return f"- {text}: {'met' if met else '**NOT MET**'} ({value:,.4g}, bar {limit:,.4g})"


def text(bench, machine, options):
    pairs, cpu, added = pairs_table(bench, options.games)
    joins, worst = join_table(bench)
    full, clock = full_table(bench)
    lines = ["## Bench of rooms", "", machine, "", *pairs, *joins, *full, "### Bars", "",
             verdict("CPU per input in a room at most 2 x the tunnel's", cpu, 2),
             verdict("added latency p99 of a room's input at most 1.5 x the tunnel's", added, 1.5),
             verdict("added p99 in other rooms while a savestate travels below 2,000 µs", worst,
                     2000),
             verdict("all rooms hold their clock, frames per 60 Hz frame", clock, 0.995, False),
             ""]
    if bench.failures:
        lines += ["### Failures", "", *(f"- {failure}" for failure in bench.failures)]
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each comparison")
    parser.add_argument("--full-seconds", type=float, default=20.0, help="with the full room")
    parser.add_argument("--games", type=int, default=100, help="rooms of two, and links")
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    if not {options.target_core, options.generator_core} <= cores:
        parser.error(f"this process may only use the cores {sorted(cores)}")
    return options


def run_bench(options, programs, kind, text_of):
    """Makes a bench of this kind, runs it, prints and saves what it has found, and ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    machine = describe_machine(options)
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory,
                          options.target_core, options.generator_core)
        for program in programs:
            if not os.access(targets.binary(program), os.X_OK):
                sys.exit(f"{targets.binary(program)} has not been built")
        bench = kind(options, targets)
        bench.run()
    print(text_of(bench, machine, options))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "failures": bench.failures,
                       "samples": bench.samples}, file, indent=1)
    if bench.integrity_failed:
        sys.exit(INTEGRITY_FAILURE)
    sys.exit(1 if bench.failures else 0)


def main():
    run_bench(parse_arguments(), ("netplay-relay", "bench_load", "bench_rooms"), RoomsBench, text)


if __name__ == "__main__":
    main()
