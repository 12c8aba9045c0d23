#!/usr/bin/env python3
"""Attacks our own relay on loopback, beside honest players, and prints what that does to them.

Only reports: the exit status is 0 however bad it is, 1 if something could not be measured.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # the source tree stays as it is

import abuse
from abuse import attack as attacks
from abuse import honest
from abuse import probe

import relay_process

NOT_ATTACKS = {"attack", "honest", "probe"}
NETWORK = "2001:db8:1::/48"
PAGE = os.sysconf("SC_PAGE_SIZE")
READY_LIMIT = 60
ANSWER_LIMIT = 60  # beyond the seconds that are measured


def all_attacks():
    """Class of each attack, by name."""
    found = {}
    for module in pkgutil.iter_modules(abuse.__path__):
        if module.name in NOT_ATTACKS:
            continue
        for one in vars(importlib.import_module(f"abuse.{module.name}")).values():
            if isinstance(one, type) and issubclass(one, attacks.Attack) and one.name:
                found[one.name] = one
    return dict(sorted(found.items()))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="the relay is in BUILD/bin")
    parser.add_argument("--against", metavar="BINARY", help="an older relay, beside it")
    parser.add_argument("--only", help="attacks, comma-separated: " + ", ".join(all_attacks()))
    parser.add_argument("--addresses", type=int, default=30, help="that attacks come from")
    parser.add_argument("--network", action="store_true",
                        help="they come from one IPv6 /48, in a network namespace (root)")
    parser.add_argument("--games", type=int, help="through tunnels")
    parser.add_argument("--rooms", type=int)
    parser.add_argument("--seconds", type=float, help="that are measured of each attack")
    parser.add_argument("--quick", action="store_true", help="4 games, 2 rooms, 4 seconds each")
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


def enter_namespace():
    """Runs this program again where only loopback is, with a whole IPv6 network on it."""
    if os.environ.pop("BENCH_IN_NETWORK", None):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "-6", "route", "add", "local", NETWORK, "dev", "lo"], check=True)
        with open("/proc/sys/net/ipv6/ip_nonlocal_bind", "w", encoding="ascii") as setting:
            setting.write("1")  # of this namespace alone
        return
    os.environ["BENCH_IN_NETWORK"] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def sources(options):
    if options.network:  # each of a /64 of its own
        return [f"2001:db8:1:{number:x}::1" for number in range(max(options.addresses, 256))]
    return [f"127.9.{number}.1" for number in range(options.addresses)]


def kernel_bytes():
    """Of all TCP sockets of this network namespace, the attackers' ends included."""
    with open("/proc/net/sockstat", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("TCP:"):
                words = line.split()
                return int(words[words.index("mem") + 1]) * PAGE
    return 0


def run_attack(kind, target, addresses, stop):
    os.nice(5)  # it is to be the relay that slows down, not this machine
    kind(target, addresses, stop).run()


class Beside:
    """A process that says when it is ready, and tells a result in the end."""

    def __init__(self, act, *arguments):
        self.pipe, other_end = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=act, args=(*arguments, other_end),
                                               daemon=True)
        self.process.start()

    def heard(self, limit, what):
        if not self.pipe.poll(limit):
            raise AssertionError(what)
        return self.pipe.recv()


def end(process):
    if process and process.is_alive():
        process.terminate()
        process.join()


def measure(options, binary, kind):
    """The numbers of one relay under one attack; kind is None for none."""
    relay_process.binary = os.path.abspath(binary)
    listen = ["127.0.0.1:0"] + (["[::1]:0"] if options.network else [])
    relay = relay_process.Relay({"manual_ip": "room", "listen": listen,
                                 **(kind.config if kind else {})})
    beside, attacker = [], None
    stop = multiprocessing.Event()
    try:
        relay.start()
        target = relay.address
        if options.network:
            target = relay_process.split_endpoint(
                relay.wait_for_log(r" listening address=(\[\S+)"))
        beside.append(Beside(honest.play, relay.address, options.games, options.rooms,
                             options.newcomers, options.seconds))
        beside.append(Beside(probe.probe, relay.address))
        for one in beside:
            one.heard(READY_LIMIT, "the honest players did not get in")
        resident, kernel = relay.resident_bytes(), kernel_bytes()
        if kind:
            attacker = multiprocessing.Process(target=run_attack, daemon=True, args=(
                kind, target, sources(options), stop))
            attacker.start()
        stop.wait(1 if options.quick else 3)
        began, spent = time.monotonic(), relay.cpu_seconds()
        for one in beside:
            one.pipe.send("measure")
        numbers = beside[0].heard(options.seconds + ANSWER_LIMIT,
                                  "the honest players were not heard of again")
        beside[1].pipe.send("stop")
        numbers.update(beside[1].heard(ANSWER_LIMIT, "the probe was not heard of again"))
        numbers["cpu"] = (relay.cpu_seconds() - spent) / (time.monotonic() - began)
        numbers["process_mib"] = relay.peak_resident_bytes() / 2**20
        numbers["process_grew_mib"] = (relay.resident_bytes() - resident) / 2**20
        numbers["kernel_mib"] = (kernel_bytes() - kernel) / 2**20
        numbers["relay_lives"] = relay.is_running()
        return numbers
    finally:
        stop.set()
        for one in beside:
            end(one.process)
        end(attacker)
        relay.end()


HEAD = (f"{'attack':20}{'p50 ms':>8}{'p99 ms':>8}{'ratio':>7}{'lost':>5}{'differ':>7}{'still':>6}"
        f"{'s/min':>7}{'newcomers':>10}{'CPU':>6}{'process':>9}{'kernel':>8}")


def line(name, numbers, quiet):
    return (f"{name:20}{numbers['p50']:8.2f}{numbers['p99']:8.2f}"
            f"{numbers['p99'] / quiet['p99']:7.1f}{numbers['lost']:5}{numbers['differ']:7}"
            f"{numbers['still']:6}{numbers['worst_still']:7.1f}"
            f"{numbers['newcomers_in']:>6} of {numbers['newcomers']:<2}{numbers['cpu']:5.0%}"
            f"{numbers['process_mib']:7.0f} M{numbers['kernel_mib']:6.0f} M")


def main():
    options = parse_arguments()
    if options.network:
        enter_namespace()
    programs = {"this": os.path.join(options.build, "bin", "netplay-relay")}
    if options.against:
        programs["against"] = options.against
    where = f"one IPv6 /48 ({NETWORK})" if options.network else f"{options.addresses} addresses"
    print(f"{options.games} tunnel games, {options.rooms} rooms, {options.seconds:g} s of each, "
          f"attacks from {where}")
    results, failed = {}, False
    quiet = {}
    for name in ["none", *options.attacks]:
        for which, binary in programs.items():
            kind = options.attacks.get(name)
            try:
                numbers = measure(options, binary, kind)
            except (AssertionError, OSError, EOFError) as problem:
                print(f"{name:20}not measured ({which}): {problem}", flush=True)
                failed = True
                continue
            if not quiet:
                print(HEAD)
            quiet.setdefault(which, numbers)
            results.setdefault(name, {})[which] = numbers
            label = name if which == "this" else "  " + which
            print(line(label, numbers, quiet[which]), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
