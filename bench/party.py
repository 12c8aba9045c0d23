#!/usr/bin/env python3
"""Measures the relay's parties, the games of Godot, and compares them with its tunnel.

Only reports: the exit status is 0 however slow anything is, 2 if a byte was lost or changed, and
1 if something could not be measured.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

from rooms import RoomsBench, difference, ratio, run_bench, show, table, verdict
from run import progress

LOADS = {"host": "the host to all", "star": "clients to their host, the host to all",
         "all": "everybody to all"}
LATE_MAX = 1000  # µs


def measurements(options, round_number):
    """Name, program, arguments. Another seed each round: who is before whom in a frame."""
    window = ["--seconds", str(options.seconds), "--warm-up", "0.5",
              "--seed", str(round_number + 1)]
    links = str(options.links)
    compared = [
        ("tunnel", "bench_load", ["paced", "--sleep", "--sessions", links, *window]),
        ("lone", "bench_party", ["--sleep", "--parties", links, *window]),
    ]
    if round_number % 2:  # neither has the better place every time
        compared.reverse()
    parties = ["--parties", str(options.parties), "--peers", "4", "--direct", "50", *window]
    return compared + [
        ("burst", "bench_party", ["--sleep", "--parties", "1", "--packets", "1000",
                                  "--senders", "host", *window]),
        *((load, "bench_party", ["--senders", load, *parties]) for load in options.loads),
    ]


class PartyBench(RoomsBench):
    def run(self):
        for number in range(self.options.rounds):
            for entry in measurements(self.options, number):
                progress(f"round {number + 1}/{self.options.rounds}: {entry[0]}")
                self.measure(*entry)
        progress("")

    def added(self, load, quantile):
        return difference(self.median(load, "latency_us", quantile),
                          self.median(load, "direct_us", quantile))


def packets_table(bench):
    median = bench.median
    lone, tunnel = median("lone", "cpu_us_per_packet"), median("tunnel", "cpu_us_per_message")
    burst = median("burst", "cpu_us_per_packet")
    rows = [["a lone packet of 24 bytes", show(lone, 2)],
            ["a message of the tunnel, as many links", show(tunnel, 2)],
            ["lone packet : message of the tunnel", show(ratio(lone, tunnel), 2)],
            ["a packet of 1,000 in a message", show(burst, 3)]]
    return table("CPU time of the relay for each that it passes on, µs", ["", ""], rows), \
        ratio(lone, tunnel), burst


def parties_table(bench, options):
    rows = []
    for load in options.loads:
        def of(*path, load=load):
            return bench.median(load, *path)
        rows.append([LOADS[load], show(of("packets_per_second"), 0), show(of("cpu_share"), 2),
                     show(of("generator_cpu_share"), 2), show(of("cpu_us_per_packet"), 2),
                     *(show(of("direct_us", key), 0) for key in ("p50", "p99")),
                     *(show(of("latency_us", key), 0) for key in ("p50", "p99")),
                     show(bench.added(load, "p99"), 0), show(of("dropped"), 0),
                     show(of("send_delay_us", "p99"), 0)])
    return table(f"{options.parties} parties of four, 60 packets of 24 bytes a second from each "
                 "that sends; latency, µs",
                 ["who sends", "packets/s", "relay's CPU", "generator's", "µs a packet",
                  "direct p50", "p99", "p50", "p99", "added p99", "dropped", "late p99"], rows)


def added_verdict(bench, load):
    """A generator that is late itself measures what it has let pile up."""
    words = f"added latency p99 at most 2,000 µs, {LOADS[load]}"
    late = bench.median(load, "send_delay_us", "p99")
    if late is not None and late > LATE_MAX:
        return f"- {words}: not measured, the generator was late itself (p99 {late:,.0f} µs)"
    return verdict(words, bench.added(load, "p99"), 2000)


def text(bench, machine, options):
    packets, compared, burst = packets_table(bench)
    lines = ["## Bench of parties", "", machine, "", *packets, *parties_table(bench, options),
             "### Bars", "",
             verdict("CPU of a lone packet at most 1.5 x a tunnel message's", compared, 1.5),
             verdict("CPU of a packet at 1,000 in a message at most 1 µs", burst, 1),
             *(added_verdict(bench, load) for load in options.loads), ""]
    if bench.failures:
        lines += ["### Failures", "", *(f"- {failure}" for failure in bench.failures)]
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--links", type=int, default=100, help="of the tunnel, and parties of two")
    parser.add_argument("--parties", type=int, default=500, help="of four")
    parser.add_argument("--loads", default="host,star", help="of " + ",".join(LOADS))
    parser.add_argument("--target-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="save the raw numbers")
    options = parser.parse_args()
    options.loads = [load for load in options.loads.split(",") if load]
    if not set(options.loads) <= set(LOADS):
        parser.error(f"loads are {', '.join(LOADS)}")
    cores = os.sched_getaffinity(0)
    if not {options.target_core, options.generator_core} <= cores:
        parser.error(f"this process may only use the cores {sorted(cores)}")
    return options


def main():
    run_bench(parse_arguments(), ("netplay-relay", "bench_load", "bench_party"), PartyBench, text)


if __name__ == "__main__":
    main()
