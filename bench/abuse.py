#!/usr/bin/env python3
"""Attacks our own relay on loopback, beside honest players, and prints what that does to them.

The exit status is 0 if this relay stood everything, 1 if it missed a bar, 2 if something could not
be measured.
"""

import argparse
import importlib
import json
import os
import pkgutil
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

import abuse
from abuse import attack as attacks
from abuse import bars
from abuse import measuring
from abuse import namespace


def all_attacks():
    """Class of each attack, by name."""
    found = {}
    for module in pkgutil.iter_modules(abuse.__path__):
        for one in vars(importlib.import_module(f"abuse.{module.name}")).values():
            if isinstance(one, type) and issubclass(one, attacks.Attack) and one.name:
                found[one.name] = one
    return dict(sorted(found.items()))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="the relay is in BUILD/bin")
    parser.add_argument("--against", metavar="BINARY", help="an older relay, beside it")
    parser.add_argument("--only", metavar="NAMES", help="attacks, comma-separated; see --list")
    parser.add_argument("--list", action="store_true", help="say what the attacks are, and end")
    parser.add_argument("--addresses", type=int, default=30, help="that attacks come from")
    parser.add_argument("--network", type=int, nargs="?", const=48, default=0, choices=(24, 48, 56),
                        help="they come from one network: an IPv6 /48 if no more is said, or /56, "
                        "or an IPv4 /24")
    parser.add_argument("--games", type=int, help="through tunnels")
    parser.add_argument("--rooms", type=int)
    parser.add_argument("--seconds", type=float, help="that are measured of each attack")
    parser.add_argument("--quick", action="store_true",
                        help="4 games, 2 rooms, 4 seconds each; p99 and standstill have no bar")
    parser.add_argument("--logs", metavar="DIRECTORY", help="keep the relays' logs there")
    parser.add_argument("--json", metavar="FILE", help="save the numbers")
    options = parser.parse_args()
    few = options.quick
    options.games = (4 if few else 20) if options.games is None else options.games
    options.rooms = (2 if few else 10) if options.rooms is None else options.rooms
    options.seconds = options.seconds or (4 if few else 20)
    options.newcomers = 4 if few else 20
    options.attacks = all_attacks()
    if options.only:
        unknown = set(options.only.split(",")) - set(options.attacks)
        if unknown:
            parser.error("no such attack: " + ", ".join(sorted(unknown)))
        options.attacks = {name: options.attacks[name] for name in options.only.split(",")}
    return options


class Table:
    """Printed line by line."""

    def __init__(self, options, programs):
        self.options, self.programs = options, programs
        self.memory_mib = measuring.memory_high_mib()
        self.quiet, self.results = {}, {}
        self.missed, self.unmeasured = [], []

    def announce(self):
        options = self.options
        where = namespace.NETWORKS.get(options.network, f"{options.addresses} addresses")
        longest = sum(measuring.longest(options, kind) for kind in
                      [None, *options.attacks.values()]) * len(self.programs)
        print(f"{options.games} tunnel games, {options.rooms} rooms, {options.seconds:g} s of "
              f"each, attacks from {where}; {longest / 60:.0f} minutes at the most", flush=True)
        print(f"bars: p99 at most {bars.P99_RATIO} times quiet, or {bars.P99_MS} ms; nobody lost, "
              f"nothing differs; standstill at most {bars.STILL} s/min; all newcomers in within "
              f"3 s; process and kernel together below {self.memory_mib} M")
        print(bars.HEAD)

    def measure(self, name, which):
        kind = self.options.attacks.get(name)
        label = name if which == "this" else "  " + which
        try:
            numbers = measuring.measure(self.options, self.programs[which], kind)
        except (AssertionError, OSError, EOFError) as problem:
            print(f"{label:18} not measured: {problem}", flush=True)
            self.unmeasured.append(label)
            return
        quiet = self.quiet.setdefault(which, numbers)
        faults = bars.missed(kind, numbers, quiet, self.memory_mib, self.options.quick)
        numbers["missed"], numbers["shown"] = faults, bars.shown(kind, numbers)
        self.results.setdefault(name, {})[which] = numbers
        print(bars.line(label, numbers, quiet, faults), flush=True)
        if faults and which == "this":
            self.missed.append(name)

    def run(self):
        self.announce()
        for name in ["none", *self.options.attacks]:
            for which in self.programs:
                if name == "none" or which in self.quiet:
                    self.measure(name, which)
        for which in self.programs:
            keys = {key for result in self.results.values() for key in
                    result.get(which, {}).get("unknown_keys", ())}
            if keys:
                print(f"{which} ran without what it does not know: {', '.join(sorted(keys))}")
        if self.missed:
            print("bars missed: " + ", ".join(self.missed))
        if self.options.json:
            with open(self.options.json, "w", encoding="utf-8") as file:
                json.dump(self.results, file, indent=2)
        return 2 if self.unmeasured else 1 if self.missed else 0


def main():
    options = parse_arguments()
    if options.list:
        for name, kind in options.attacks.items():
            print(f"{name:18}{kind.what}")
        return 0
    if not namespace.enter():
        if options.network in (48, 56):
            sys.exit("an IPv6 network takes root and a network namespace")
        for name in [name for name, kind in options.attacks.items() if kind.needs_namespace]:
            print(f"{name:18} left out: it takes root and a network namespace")
            del options.attacks[name]
    programs = {"this": os.path.join(options.build, "bin", "netplay-relay")}
    if options.against:
        programs["against"] = options.against
    return Table(options, programs).run()


if __name__ == "__main__":
    sys.exit(main())
