#!/usr/bin/env python3
"""Measures direct loopback, the floor, the relay and HAProxy side by side and prints tables.

Only reports: the exit status is 0 however slow anything is, 2 if a byte was lost or changed, and
1 if something could not be measured that should have been.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

import report
from targets import NotRunnable, Targets

NAMES = ["direct", "floor", "relay", "haproxy"]
INTEGRITY_FAILURE = 2  # the exit status of bench_load


def measurements(options):
    """Name, arguments of bench_load, whether it makes sense for direct loopback."""
    window = ["--seconds", str(options.seconds), "--warm-up", str(options.warm_up)]
    idle_window = ["--seconds", "0.5", "--warm-up", "0.3"]
    paced = [(f"paced {games}", ["paced", "--sleep", "--sessions", str(games), *window], True)
             for games in (50, 200, 500)]
    return paced + [
        ("spinning 200", ["paced", "--sessions", "200", *window], True),
        ("flood", ["flood", "--sessions", "200", *window], True),
        ("bulk", ["bulk", "--sessions", "8", *window], True),
        ("churn", ["churn", "--concurrency", "32", *window], True),
        ("idle", ["idle", "--sessions", str(options.idle_links), *idle_window], False),
    ]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="length of each measuring window")
    parser.add_argument("--quick", action="store_true", help="some 90 seconds, and less certain")
    parser.add_argument("--only", help="targets, comma-separated: " + ",".join(NAMES))
    parser.add_argument("--measure", help="measurements, comma-separated, such as flood,bulk")
    parser.add_argument("--idle-links", type=int, default=5000)
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--no-inspect", dest="inspect", action="store_false",
                        help="the relay does not read along")
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.seconds = options.seconds or (0.5 if options.quick else 2.0)
    options.warm_up = 0.2 if options.quick else 0.4
    cores = os.sched_getaffinity(0)
    if not {options.target_core, options.generator_core} <= cores:
        parser.error(f"this process may only use the cores {sorted(cores)}")
    wanted = options.only.split(",") if options.only else NAMES
    if not set(wanted) <= set(NAMES):
        parser.error("--only knows " + ",".join(NAMES))
    options.targets = [name for name in NAMES if name in wanted]
    known = [name for name, _, _ in measurements(options)]
    options.measure = options.measure.split(",") if options.measure else known
    if not set(options.measure) <= {word for name in known for word in (name, name.split()[0])}:
        parser.error("--measure knows " + ",".join(known))
    return options


def runnable(targets, names):
    """Splits the names into what can be measured and what is skipped, with the reason."""
    present, skipped = [], {}
    for name in names:
        try:
            targets.check(name)
            present.append(name)
        except NotRunnable as reason:
            skipped[name] = str(reason)
    return present, skipped


class Bench:
    def __init__(self, options, targets, names):
        self.options = options
        self.targets = targets
        self.names = names
        self.samples = {}  # measurement -> target -> list of what bench_load said, by round
        self.failures = []
        self.integrity_failed = False

    def run(self):
        chosen = [entry for entry in measurements(self.options)
                  if {entry[0], entry[0].split()[0]} & set(self.options.measure)]
        for number in range(self.options.rounds):
            # Another target goes first in each round: none has the best place every time.
            shift = number % len(self.names)
            names = self.names[shift:] + self.names[:shift]
            for measurement, arguments, with_direct in chosen:
                if measurement == "idle" and self.options.quick and number > 0:
                    continue  # memory does not vary from round to round
                progress(f"round {number + 1}/{self.options.rounds}: {measurement}")
                for name in names:
                    if name != "direct" or with_direct:
                        self.measure(measurement, arguments, name)
        progress("")

    def measure(self, measurement, arguments, name):
        binary = self.targets.binary("bench_load")
        try:
            with self.targets.started(name) as running:
                status, result, complaint = self.targets.generate(
                    binary, arguments, running, self.options.seconds + 60)
        except NotRunnable as reason:
            status, result, complaint = 1, None, str(reason)
        if result is not None:
            self.samples.setdefault(measurement, {}).setdefault(name, []).append(result)
            return
        self.failures.append(f"{measurement}, {name}: {complaint}")
        self.integrity_failed = self.integrity_failed or status == INTEGRITY_FAILURE

    def median(self, measurement, name, *path):
        """Of all rounds; None where nothing was measured."""
        values = []
        for sample in self.samples.get(measurement, {}).get(name, []):
            for key in path:
                sample = sample.get(key) if sample is not None else None
            if sample is not None:
                values.append(sample)
        return statistics.median(values) if values else None


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def describe_machine(options):
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return (f"Linux {platform.release()}, {os.cpu_count()} cores, load at start {load}; "
            f"target on core {options.target_core}, generator on core {options.generator_core}; "
            f"medians of {options.rounds} interleaved rounds, windows of {options.seconds} s.")


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    machine = describe_machine(options)
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory,
                          options.target_core, options.generator_core, options.inspect)
        if not os.access(targets.binary("bench_load"), os.X_OK):
            sys.exit(f"{targets.binary('bench_load')} has not been built")
        names, skipped = runnable(targets, options.targets)
        if not names:
            sys.exit("nothing to measure: " + "; ".join(skipped.values()))
        bench = Bench(options, targets, names)
        interrupted = False
        try:
            bench.run()
        except KeyboardInterrupt:
            interrupted = True
            progress("")
            print("interrupted: what follows is incomplete")
    print(report.text(bench, machine, skipped))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "skipped": skipped, "failures": bench.failures,
                       "samples": bench.samples}, file, indent=1)
    if bench.integrity_failed:
        sys.exit(INTEGRITY_FAILURE)
    if interrupted:
        sys.exit(130)
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
