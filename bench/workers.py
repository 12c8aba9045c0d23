#!/usr/bin/env python3
"""Measures a relay with several workers beside one with a single worker, in turn, on all cores that
this process may use, and prints their ratios.

"alike" has as many sessions for each worker as the single one has: what it costs that there are
several. "same load" has as many sessions in all. Only reports: the exit status is 0 however slow
anything is, 2 if a byte was lost or changed, and 1 if something could not be measured.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

from run import INTEGRITY_FAILURE, describe_machine, progress
from targets import NotRunnable, Targets


def measurements(options):
    """Name, arguments of bench_load for the single worker and for all, the number that is compared,
    and the least or most that the ratio may be."""
    window = ["--seconds", str(options.seconds), "--warm-up", "0.4"]
    idle = ["idle", "--sessions", str(options.idle_links), "--seconds", "0.5", "--warm-up", "0.3"]

    def paced(sessions):
        return ["paced", "--sleep", "--sessions", str(sessions), *window]

    def flood(sessions):
        return ["flood", "--sessions", str(sessions), *window]

    churn = ["churn", "--concurrency", "32", *window]
    many = options.workers
    return [
        ("flood, alike", flood(100), flood(100 * many), "messages_per_cpu_second", 0.97, None),
        ("paced, alike", paced(100), paced(100 * many), "cpu_us_per_message", None, 1.03),
        ("paced, same load", paced(options.sessions), paced(options.sessions), "latency_us.p99",
         None, 0.7),
        ("churn", churn, churn, "sessions_per_cpu_second", 0.85, None),
        ("idle", idle, idle, "resident_bytes_per_link", None, None),
    ]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each window")
    parser.add_argument("--sessions", type=int, default=300, help="of \"same load\"")
    parser.add_argument("--idle-links", type=int, default=2000)
    parser.add_argument("--measure", help="measurements, comma-separated, such as flood,churn")
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    options = parser.parse_args()
    options.target_core = options.generator_core = 0  # for describe_machine
    options.inspect = True
    return options


def flat(result):
    """Numbers of what bench_load says, those of a group by their own names."""
    numbers = {}
    for key, value in result.items():
        if isinstance(value, dict):
            numbers.update({f"{key}.{name}": number for name, number in value.items()})
        else:
            numbers[key] = value
    if numbers.get("cpu_seconds"):
        for key in ("messages", "sessions"):
            numbers[f"{key}_per_cpu_second"] = numbers.get(key, 0) / numbers["cpu_seconds"]
    return numbers


def main():
    options = parse_arguments()
    machine = describe_machine(options)
    samples, failures, integrity_failed = {}, [], False
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory, 0, 0,
                          workers=options.workers)
        targets.target_cores = targets.generator_cores = os.sched_getaffinity(0)
        for number in range(options.rounds):
            for name, single, several, key, least, most in measurements(options):
                if options.measure and name.split(",")[0] not in options.measure.split(","):
                    continue
                pair = [("relay", single), ("relays", several)]
                for target, arguments in pair if number % 2 == 0 else pair[::-1]:
                    progress(f"round {number + 1}/{options.rounds}: {name}, {target}")
                    try:
                        with targets.started(target) as running:
                            status, result, complaint = targets.generate(
                                targets.binary("bench_load"), arguments, running,
                                options.seconds + 60)
                    except NotRunnable as reason:
                        status, result, complaint = 1, None, str(reason)
                    integrity_failed |= status == INTEGRITY_FAILURE
                    if result is None:
                        failures.append(f"{name}, {target}: {complaint}")
                    samples.setdefault((name, key, least, most), {}).setdefault(target, []).append(
                        flat(result) if result else {})
        progress("")
    print(f"## {options.workers} workers beside one\n\n{machine}\n")
    print("| measured | one | several | ratio of medians | bar |\n|---|---:|---:|---:|---|")
    for (name, key, least, most), by_target in samples.items():
        medians = [statistics.median([one[key] for one in by_target[target] if key in one] or [0])
                   for target in ("relay", "relays")]
        ratio = medians[1] / medians[0] if medians[0] else 0
        is_met = (least is None or ratio >= least) and (most is None or ratio <= most)
        bar = "" if least is None and most is None else (
            f"{'met' if is_met else '**NOT MET**'} "
            f"({f'at least {least}' if least else f'at most {most}'})")
        print(f"| {name}: {key} | {medians[0]:,.4g} | {medians[1]:,.4g} | {ratio:.3f} | {bar} |")
    for failure in failures:
        print(f"- failed: {failure}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([[*key, value] for key, value in samples.items()], file, indent=1)
    sys.exit(INTEGRITY_FAILURE if integrity_failed else 1 if failures else 0)


if __name__ == "__main__":
    main()
