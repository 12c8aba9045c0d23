#!/usr/bin/env python3
"""Measures the relay and another target at once, on one core and under the same load, so that
whatever disturbs one disturbs both, and prints their ratios.

The other is the floor, and an older relay with --against. Only reports: the exit status is 0
however slow anything is, 2 if a byte was lost or changed, and 1 if something could not be measured.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

from run import INTEGRITY_FAILURE, describe_machine, progress
from targets import NotRunnable, Targets

CPU = "cpu_us_per_message"


def measurements(options):
    """Name, program, arguments, the number that is compared, whether less of it is better, and the
    most or least that the ratio to the floor and to the older relay may be."""
    window = ["--seconds", str(options.seconds), "--warm-up", "0.4"]
    paced = [(f"paced {games}", "bench_load",
              ["paced", "--sleep", "--sessions", str(games), *window], CPU, True, 1.03, None)
             for games in (50, 200, 500)]
    return paced + [
        ("bulk", "bench_load", ["bulk", "--sessions", "4", *window], "bytes_per_cpu_second",
         False, 0.95, None),
        ("rooms", "bench_rooms", ["pairs", "--sleep", "--rooms", "200", *window],
         "cpu_us_per_input", True, None, 0.6),
    ]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--against", metavar="BINARY", help="an older netplay-relay")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each window")
    parser.add_argument("--measure", help="measurements, comma-separated, such as paced,rooms")
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--no-inspect", dest="inspect", action="store_false",
                        help="the relays do not read along")
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    options = parser.parse_args()
    known = [entry[0] for entry in measurements(options)]
    words = {word for name in known for word in (name, name.split()[0])}
    wanted = set(options.measure.split(",")) if options.measure else words
    if not wanted <= words:
        parser.error("--measure knows " + ",".join(known))
    options.chosen = [entry for entry in measurements(options)
                      if {entry[0], entry[0].split()[0]} & wanted]
    return options


class SideBySide:
    def __init__(self, options, targets):
        self.options = options
        self.targets = targets
        self.samples = {}  # (measurement, other) -> pairs of results, the relay's first
        self.failures = []
        self.integrity_failed = False

    def run(self):
        others = ["floor"] + (["older"] if self.options.against else [])
        for number in range(self.options.rounds):
            for entry in self.options.chosen:
                for other in others:
                    if entry[1] == "bench_rooms" and other == "floor":
                        continue  # it has no rooms
                    progress(f"round {number + 1}/{self.options.rounds}: {entry[0]}, {other}")
                    pair = ["relay", other]
                    self.measure(entry, other, pair if number % 2 == 0 else pair[::-1])
        progress("")

    def measure(self, entry, other, order):
        name, program, arguments = entry[:3]
        results = {}
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(2))
            try:
                running = [stack.enter_context(self.targets.started(one)) for one in order]
            except NotRunnable as reason:
                self.failures.append(f"{name}, {other}: {reason}")
                return
            said = [pool.submit(self.targets.generate, self.targets.binary(program), arguments,
                                one, self.options.seconds + 60) for one in running]
            for one, future in zip(order, said):
                status, results[one], complaint = future.result()
                if results[one] is None:
                    self.failures.append(f"{name}, {one}: {complaint}")
                    self.integrity_failed |= status == INTEGRITY_FAILURE
        if None not in results.values():
            pair = (results["relay"], results[other])
            self.samples.setdefault((name, other), []).append(pair)

    def ratios(self, name, other, key):
        return [ours[key] / theirs[key] for ours, theirs in self.samples.get((name, other), [])
                if ours.get(key) and theirs.get(key)]

    def medians(self, name, other, key):
        pairs = self.samples[name, other]
        return [statistics.median(pair[side][key] for pair in pairs) for side in (0, 1)]


def verdict(value, bar, less):
    if bar is None:
        return ""
    met = value <= bar if less else value >= bar
    return f"{'met' if met else '**NOT MET**'} ({'at most' if less else 'at least'} {bar})"


def report(bench, options, machine):
    lines = ["## The relay beside others, at once on one core", "", machine, "",
             "| measured | relay | other | ratio, by rounds | median | bar |",
             "|---|---:|---:|---|---:|---|"]
    paced = []
    for name, _, _, key, less, to_floor, to_older in options.chosen:
        for other, bar in (("floor", to_floor), ("older", to_older)):
            ratios = bench.ratios(name, other, key)
            if not ratios:
                continue
            median = statistics.median(ratios)
            if other == "floor" and key == CPU:
                paced.append(median)
            ours, theirs = (f"{value:,.3g}" if less else f"{value / 1e6:,.0f}e6"
                            for value in bench.medians(name, other, key))
            by_rounds = " ".join(f"{ratio:.2f}" for ratio in ratios)
            lines.append(f"| {name}: {key} | {ours} | {other} {theirs} | {by_rounds} | "
                         f"{median:.3f} | {verdict(median, bar, less)} |")
    if len(paced) == 3:
        average = statistics.mean(paced)
        lines += ["", f"CPU per message on average {average:.3f} x floor: "
                      f"{verdict(average, 1.0, True)}"]
    lines += ["", *(f"- failed: {failure}" for failure in bench.failures)]
    return "\n".join(lines)


def main():
    options = parse_arguments()
    machine = describe_machine(options)
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory, options.target_core,
                          options.generator_core, options.inspect, options.against)
        bench = SideBySide(options, targets)
        bench.run()
    print(report(bench, options, machine))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "failures": bench.failures,
                       "samples": [[*key, value] for key, value in bench.samples.items()]},
                      file, indent=1)
    if bench.integrity_failed:
        sys.exit(INTEGRITY_FAILURE)
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
