#!/usr/bin/env python3
"""Measures what an idle link costs in memory, the kernel's counted: of the relay with one worker
and with several, and of HAProxy, in turn, and prints how many of them go into a GiB.

Of the kernel's memory it counts the objects of sockets and epoll sets (/proc/slabinfo, which root
may read); other programs should open few files meanwhile. Only reports: the exit status is 0
however much anything takes, 2 if a byte was lost or changed, and 1 if something could not be
measured.
"""

import argparse
import os
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

from run import INTEGRITY_FAILURE, progress
from targets import NotRunnable, Targets

GIB = 1 << 30
KEYS = ("resident_bytes_per_link", "kernel_bytes_per_link")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--links", type=int, default=4800)
    parser.add_argument("--links-per-session", type=int, nargs="+", default=[1, 8],
                        help="a session's host has one more connection, however many links")
    parser.add_argument("--no-inspect", dest="inspect", action="store_false",
                        help="the relay does not read along")
    return parser.parse_args()


def measure(targets, target, links, links_per_session):
    """Bytes a link: (status, {key: number}, complaint)."""
    sessions = links // links_per_session
    arguments = ["idle", "--sessions", str(sessions), "--links-per-session",
                 str(links_per_session), "--seconds", "0.5", "--warm-up", "0.3"]
    try:
        with targets.started(target) as running:
            return targets.generate(targets.binary("bench_load"), arguments, running, 120)
    except NotRunnable as reason:
        return 1, None, str(reason)


def print_row(name, numbers, haproxy):
    resident, kernel = (numbers.get(key, 0) for key in KEYS)
    both = resident + kernel
    of_haproxy = [f"{mine / its:.2f}" if its else "" for mine, its in
                  ((resident, haproxy.get(KEYS[0], 0)),
                   (both if kernel else 0, sum(haproxy.get(key, 0) for key in KEYS)))]
    in_gib = f"{GIB / both:,.0f}" if kernel else ""
    print(f"| {name} | {resident:,.0f} | {of_haproxy[0]} | {f'{kernel:,.0f}' if kernel else ''} "
          f"| {f'{both:,.0f}' if kernel else ''} | {of_haproxy[1]} | {in_gib} |")


def main():
    options = parse_arguments()
    samples, failures, integrity_failed = {}, [], False
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory, 0, 0, options.inspect,
                          workers=options.workers)
        targets.target_cores = targets.generator_cores = os.sched_getaffinity(0)
        wanted = [("haproxy", 1)] + [(target, many) for many in options.links_per_session
                                     for target in ("relay", "relays")]
        for number in range(options.rounds):
            for target, many in wanted:
                progress(f"round {number + 1}/{options.rounds}: {target}, {many}")
                status, result, complaint = measure(targets, target, options.links, many)
                integrity_failed |= status == INTEGRITY_FAILURE
                if result is None:
                    failures.append(f"{target}, {many} links a session: {complaint}")
                    continue
                samples.setdefault((target, many), []).append(result)
        progress("")
    medians = {which: {key: statistics.median(one[key] for one in all_of_it)
                       for key in KEYS if key in all_of_it[0]}
               for which, all_of_it in samples.items()}
    print(f"## Idle links: {options.links} of them, medians of {options.rounds} rounds\n")
    print("| target | resident, bytes a link | of HAProxy's | kernel | both | of HAProxy's "
          "| links per GiB |\n|---|---:|---:|---:|---:|---:|---:|")
    names = {"haproxy": "HAProxy", "relay": "relay, 1 worker",
             "relays": f"relay, {options.workers} workers"}
    for (target, many), numbers in medians.items():
        more = f", {many} links a session" if target != "haproxy" else ""
        print_row(names[target] + more, numbers, medians.get(("haproxy", 1), {}))
    for failure in failures:
        print(f"- failed: {failure}")
    sys.exit(INTEGRITY_FAILURE if integrity_failed else 1 if failures else 0)


if __name__ == "__main__":
    main()
