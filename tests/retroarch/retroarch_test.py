#!/usr/bin/env python3
"""Real RetroArch against the relay: host and guests play a game of our own and must agree.

The last line is the verdict, "N passed, N failed" or "N passed, N failed, N skipped". Exit code 0
if none failed, 1 if any did, 77 if RetroArch cannot be run here and all were skipped."""

import argparse
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # the source tree stays as it is

import cases
import coin_chase
import prerequisites
from match import Match

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77


def main():
    options = parse_arguments()
    chosen = [case for case in cases.ALL if not options.cases or case.__name__ in options.cases]
    reason = prerequisites.why_impossible(options.install)
    if reason:
        print(f"skipped: {reason}")
        print(f"0 passed, 0 failed, {len(chosen)} skipped")
        return SKIPPED
    remark = prerequisites.enter_private_network()
    if remark:
        print(f"remark: {remark}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    print(f"{retroarch_version()}, relay {options.relay}")
    with tempfile.TemporaryDirectory(prefix="retroarch-test-") as directory:
        return run_cases(chosen, options.relay, pathlib.Path(directory))


def parse_arguments():
    names = [case.__name__ for case in cases.ALL]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--relay",
        type=lambda path: pathlib.Path(path).resolve(),
        default=ROOT / "build/release/bin/netplay-relay",
        help="the relay's binary (default: %(default)s)",
    )
    parser.add_argument(
        "--install", action="store_true", help="fetch missing Debian packages (needs root)"
    )
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="run only these: " + ", ".join(names)
    )
    options = parser.parse_args()
    unknown = set(options.cases) - set(names)
    if unknown:
        parser.error("no such case: " + ", ".join(sorted(unknown)))
    return options


def retroarch_version():
    result = subprocess.run(["retroarch", "--version"], capture_output=True, text=True, timeout=30)
    lines = (result.stdout + result.stderr).splitlines()
    return next((line.strip() for line in lines if "RetroArch" in line), "RetroArch ?")


def run_cases(chosen, relay, directory):
    rom = coin_chase.build(directory)
    passed = 0
    for case in chosen:
        print(f"{case.__name__}: {case.__doc__}", flush=True)
        began = time.monotonic()
        place = directory / case.__name__
        place.mkdir()
        good = run_case(case, relay, rom, place)
        passed += good
        verdict = "passed" if good else "FAILED"
        print(f"    {verdict} after {time.monotonic() - began:.1f} s", flush=True)
    failed = len(chosen) - passed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def run_case(case, relay, rom, place):
    try:
        match = Match(relay, rom, place, getattr(case, "reserved_sessions", ()))
    except OSError as failure:
        print(f"    the relay cannot be started: {failure}")
        return False
    with match:
        try:
            case(match)
            match.finish()
            return True
        except Exception:
            for line in traceback.format_exc().splitlines():
                print(f"    {line}")
            match.show_logs()
            return False


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(128 + signal.SIGINT)
