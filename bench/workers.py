#!/usr/bin/env python3
"""Measures a relay with several workers beside one with a single worker, in turn, on all cores that
this process may use, and prints their ratios.

"alike" has as many sessions for each worker as the single one has: what it costs that there are
several. "same load" has as many sessions in all. "beside processes" compares with as many relays of
a single worker, each with a load of its own, at once: these share the cores with each other and
with the generators as the workers do, and nothing else. Only reports: the exit status is 0 however
slow anything is, 2 if a byte was lost or changed, and 1 if something could not be measured.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import threading

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


def beside_processes(options):
    """Name, arguments of each generator, what is counted, and the least that the ratio may be."""
    window = ["--seconds", str(options.seconds), "--warm-up", "0.4"]
    return [("flood", ["flood", "--sessions", "100", *window], "messages", 0.97),
            ("churn", ["churn", "--concurrency", "32", *window], "sessions", 0.85)]


def at_once(targets, name, arguments, counted, options):
    """So many generators at once, for one process of several workers or for a process each: what
    was counted for each CPU-second of all processes; (status, number or None, complaint)."""
    several = options.workers
    results = [(1, None, "not run")] * several
    with contextlib.ExitStack() as stack:
        if name == "relays":
            running = [stack.enter_context(targets.started(name))] * several
        else:
            running = [stack.enter_context(targets.started(name)) for _ in range(several)]

        def generate(at):
            results[at] = targets.generate(targets.binary("bench_load"), arguments, running[at],
                                           options.seconds + 60)

        threads = [threading.Thread(target=generate, args=(at,)) for at in range(several)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    status = max(status for status, _, _ in results)
    if any(result is None for _, result, _ in results):
        return status, None, "; ".join(complaint for _, _, complaint in results)
    cpu = sum(result["cpu_seconds"] for _, result, _ in results)
    if name == "relays":
        cpu /= several  # each has told that of the whole process
    return status, sum(result[counted] for _, result, _ in results) / cpu, ""


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
            for name, arguments, counted, least in beside_processes(options):
                if options.measure and name not in options.measure.split(","):
                    continue
                key = (f"{name}, beside processes", f"{counted}_per_cpu_second", least, None)
                for target in ("relay", "relays") if number % 2 == 0 else ("relays", "relay"):
                    progress(f"round {number + 1}/{options.rounds}: {key[0]}, {target}")
                    try:
                        status, rate, complaint = at_once(targets, target, arguments, counted,
                                                          options)
                    except NotRunnable as reason:
                        status, rate, complaint = 1, None, str(reason)
                    integrity_failed |= status == INTEGRITY_FAILURE
                    if rate is None:
                        failures.append(f"{key[0]}, {target}: {complaint}")
                    samples.setdefault(key, {}).setdefault(target, []).append(
                        {key[1]: rate} if rate else {})
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
