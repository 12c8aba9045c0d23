#!/usr/bin/env python3
"""Real RetroArch against the relay: host and guests play a game of our own and must agree.

The last line is the verdict, "N passed, N failed" or "N passed, N failed, N skipped". Exit code 0
if none failed, 1 if any did, 2 if games differed, 77 if RetroArch cannot be run here and all were
skipped."""

import argparse
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))  # waiting

import cases
import coin_chase
import peer_cases
import prerequisites
import room_cases
import room_door_cases
import room_peer_cases
import side_by_side
from match import Disagreement, Match
from peer_match import PeerMatch
from room_match import RoomMatch
from verdict import Verdict

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77
IN_ROOMS = room_peer_cases.ALL + room_cases.ALL + room_door_cases.ALL
WITH_PEER = peer_cases.ALL + room_peer_cases.ALL
ALL = WITH_PEER + room_cases.ALL + cases.ALL + room_door_cases.ALL  # the longest ones first


def main():
    options = parse_arguments()
    chosen = [case for case in ALL if not options.cases or case.__name__ in options.cases]
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
        return run_cases(chosen, options, pathlib.Path(directory))


def parse_arguments():
    names = [case.__name__ for case in ALL]
    parser = argparse.ArgumentParser(description=__doc__)
    for option, program in (("--relay", "netplay-relay"), ("--peer", "netplay-peer")):
        parser.add_argument(
            option,
            type=lambda path: pathlib.Path(path).resolve(),
            default=ROOT / "build/release/bin" / program,
            help=f"the binary of {program} (default: %(default)s)",
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


def run_cases(chosen, options, directory):
    """One by itself, several at the same time."""
    skipped = []
    if not options.peer.exists():
        skipped = [case for case in chosen if case in WITH_PEER]
        chosen = [case for case in chosen if case not in skipped]
    for case in skipped:
        print(f"{case.__name__}: {case.__doc__}\n    skipped: there is no {options.peer}")
    rom = coin_chase.build(directory)
    if len(chosen) == 1:
        verdicts = {chosen[0]: run_case(chosen[0], options, rom, directory)}
    else:
        verdicts = side_by_side.run(chosen, options, directory)
        verdicts |= play_again(verdicts, options, rom, directory)
    passed = sum(verdict is Verdict.PASSED for verdict in verdicts.values())
    rest = f", {len(skipped)} skipped" if skipped else ""
    print(f"{passed} passed, {len(chosen) - passed} failed{rest}")
    if skipped and not chosen:
        return SKIPPED
    return max((verdict.value for verdict in verdicts.values()), default=0)


def play_again(verdicts, options, rom, directory):
    """A RetroArch that a busy machine kept waiting does odd things: what fails may be tried once
    more, alone. Games that differed may not."""
    place = directory / "again"
    place.mkdir()
    failed = [case for case, verdict in verdicts.items() if verdict is Verdict.FAILED]
    if failed:
        print("once more, and alone:")
    return {case: run_case(case, options, rom, place) for case in failed}


def run_case(case, options, rom, directory):
    print(f"{case.__name__}: {case.__doc__}", flush=True)
    began = time.monotonic()
    place = directory / case.__name__
    place.mkdir()
    verdict = plays_out(case, options, rom, place)
    word = "passed" if verdict is Verdict.PASSED else "FAILED"
    print(f"    {word} after {time.monotonic() - began:.1f} s", flush=True)
    return verdict


def plays_out(case, options, rom, place):
    try:
        match = match_for(case, options, rom, place)
    except OSError as failure:
        print(f"    the relay cannot be started: {failure}")
        return Verdict.FAILED
    with match:
        try:
            case(match)
            match.finish()
            return Verdict.PASSED
        except Exception as failure:
            for line in traceback.format_exc().splitlines():
                print(f"    {line}")
            match.show_logs()
            return Verdict.DISAGREED if isinstance(failure, Disagreement) else Verdict.FAILED


def match_for(case, options, rom, place):
    configuration = getattr(case, "configuration", None)
    if case in IN_ROOMS:
        return RoomMatch(options.relay, options.peer, rom, place, configuration)
    if case in peer_cases.ALL:
        relay = options.relay if getattr(case, "through_relay", False) else None
        return PeerMatch(relay, options.peer, rom, place, configuration)
    return Match(options.relay, rom, place, configuration)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(128 + signal.SIGINT)
