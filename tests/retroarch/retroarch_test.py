"""Real RetroArch against the relay: host and guests play a game of our own and must agree.

The cases are played with the RetroArch of Debian 12 and of Debian 13: one is this machine's, the
other that of a root (retroarch_roots.py). The last line is the verdict, "N passed, N failed" or
"N passed, N failed, N skipped". Exit code 0 if none failed, 1 if any did, 2 if games differed, 77
if RetroArch cannot be run here and all were skipped."""

import argparse
import pathlib
import signal
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / folder) for folder in ("integration", "system")]

import coin_chase
import installations
import lobby_cases
import matrix
import peer_cases
import prerequisites
import retroarch_roots
import room_cases
import room_door_cases
import room_peer_cases
import room_place_cases
import room_voice_cases
import side_by_side
from installations import Cast
from match import Disagreement, Match, Setup
from peer_match import PeerMatch
from retroarch_roots import NEWEST, Impossible
from room_match import RoomMatch
from verdict import Verdict

ROOT = HERE.parent.parent
SKIPPED = 77
IN_ROOMS = (
    room_peer_cases.ALL
    + room_cases.ALL
    + room_door_cases.ALL
    + room_door_cases.OF_TWO_CORES
    + room_place_cases.ALL
    + lobby_cases.ALL
    + room_voice_cases.ALL
)
WITH_PEER = peer_cases.ALL + room_peer_cases.ALL


def main():
    options = parse_arguments()
    reason = prerequisites.why_impossible(options.install)
    if reason:
        return skip_all(reason)
    remark = prerequisites.enter_private_network()
    if remark:
        print(f"remark: {remark}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    there, missing = find_installations(options)
    needed = [NEWEST] if options.newest else [*options.cast]
    if not options.core:
        needed.append(retroarch_roots.RELEASES[0])  # for its core: see docs/troubles.md
    if lacking := [missing[release] for release in needed if release in missing]:
        return skip_all("; ".join(lacking))
    for told in missing.values():
        print(f"remark: without {told}")
    runs = chosen_runs(there, options)
    with tempfile.TemporaryDirectory(prefix="retroarch-test-") as place:
        return play(runs, list(there.values()), options, pathlib.Path(place))


def skip_all(reason):
    print(f"skipped: {reason}")
    print("0 passed, 0 failed, all skipped")
    return SKIPPED


def parse_arguments():
    names = [case.__name__ for case in matrix.ALL + matrix.OF_TWO_CORES]
    parser = argparse.ArgumentParser(description=__doc__)
    for option, program in (("--relay", "netplay-relay"), ("--peer", "netplay-peer")):
        parser.add_argument(
            option,
            type=lambda path: pathlib.Path(path).resolve(),
            default=ROOT / "build/release/bin" / program,
            help=f"the binary of {program} (default: %(default)s)",
        )
    parser.add_argument(
        "--install",
        action="store_true",
        help="fetch missing Debian packages, and make missing roots (needs root)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--newest",
        action="store_true",
        help="with that of Debian testing, alone and with the others",
    )
    which.add_argument(
        "--all", action="store_true", help="with all three, alone and any two together"
    )
    which.add_argument(
        "--with",
        dest="cast",
        type=releases,
        default=[],
        metavar="RELEASE[,...]",
        help="with those of these releases; the first is the host's, or the first player's",
    )
    parser.add_argument(
        "--root",
        action="append",
        default=[],
        type=lambda text: tuple(text.split("=", 1)),
        metavar="RELEASE=DIRECTORY",
        help="a root of yours with the RetroArch of that release",
    )
    parser.add_argument(
        "--core",
        type=lambda path: pathlib.Path(path).resolve(),
        help="the Nestopia that all load (default: that of the oldest release here)",
    )
    parser.add_argument("--frames", type=int, help="that a case plays which plays a minute")
    parser.add_argument(
        "--at-once",
        type=int,
        default=side_by_side.AT_ONCE,
        help="so many cases (default: %(default)s)",
    )
    parser.add_argument("--list", action="store_true", help="only say what would be played")
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="run only these: " + ", ".join(names)
    )
    options = parser.parse_args()
    unknown = set(options.cases) - set(names)
    if unknown:
        parser.error("no such case: " + ", ".join(sorted(unknown)))
    return options


def releases(text):
    named = text.split(",")
    if unknown := set(named) - set(retroarch_roots.wanted(True)):
        raise argparse.ArgumentTypeError("no such release: " + ", ".join(sorted(unknown)))
    return named


def find_installations(options):
    """Those of the wanted releases, oldest first, and why which others are not here."""
    there, missing = {}, {}
    own = retroarch_roots.own_release()
    wanted = retroarch_roots.wanted(options.newest or options.all or NEWEST in options.cast)
    if options.core:
        wanted = [release for release in wanted if release in options.cast]
    for release in wanted:
        try:
            root = None if release == own else find_root(release, options)
            there[release] = installations.Installation(release, root)
        except Impossible as reason:
            missing[release] = f"RetroArch of {release}: {reason}"
    return there, missing


def find_root(release, options):
    if not prerequisites.in_private_mounts():
        raise Impossible("a root is entered by root, in a mount namespace")
    given = dict(options.root).get(release)
    if given:
        return pathlib.Path(given).resolve()
    if options.install:
        return retroarch_roots.prepare(retroarch_roots.CACHE, release)
    root = retroarch_roots.root_in(retroarch_roots.CACHE, release)
    if not root.exists():
        raise Impossible(f"no root at {root} (--install would make it)")
    return root


def chosen_runs(there, options):
    everybody = list(there.values())
    if options.cast:
        cast = tuple(there[release] for release in options.cast)
        two_cores = len(cast) > 1 and cast[1].release != retroarch_roots.RELEASES[0]
        cases = matrix.ALL + (matrix.OF_TWO_CORES if two_cores else ())
        runs = [matrix.Run(case, cast, matrix.FRAMES) for case in cases]
    elif options.newest:
        runs = matrix.newest(everybody)
    else:
        runs = matrix.everything(everybody) if options.all else matrix.everyday(everybody)
    if options.frames:
        runs = [run._replace(frames=options.frames) for run in runs]
    return [run for run in runs if not options.cases or run.case.__name__ in options.cases]


def play(runs, everybody, options, directory):
    """One by itself, several at the same time."""
    if options.list:
        print("\n".join(run.name() for run in runs))
        return 0
    versions = ", ".join(f"{each.version} of {each.release}" for each in everybody)
    print(f"RetroArch {versions}, relay {options.relay}, {len(runs)} runs")
    skipped = []
    if not options.peer.exists():
        skipped = [run for run in runs if run.case in WITH_PEER]
        runs = [run for run in runs if run not in skipped]
    for run in skipped:
        print(f"{run.name()}: {run.case.__doc__}\n    skipped: there is no {options.peer}")
    options.core = options.core or installations.lend_core(everybody, directory)
    rom = coin_chase.build(directory)
    if len(runs) == 1:
        verdicts = {runs[0]: run_case(runs[0], options, rom, directory)}
    else:
        verdicts = side_by_side.play(runs, options, directory)
        verdicts |= play_again(verdicts, options, rom, directory)
    passed = sum(verdict is Verdict.PASSED for verdict in verdicts.values())
    rest = f", {len(skipped)} skipped" if skipped else ""
    print(f"{passed} passed, {len(runs) - passed} failed{rest}")
    if skipped and not runs:
        return SKIPPED
    return max((verdict.value for verdict in verdicts.values()), default=0)


def play_again(verdicts, options, rom, directory):
    """A RetroArch that a busy machine kept waiting does odd things: what fails may be tried once
    more, alone. Games that differed may not."""
    place = directory / "again"
    place.mkdir()
    failed = [run for run, verdict in verdicts.items() if verdict is Verdict.FAILED]
    if failed:
        print("once more, and alone:")
    return {run: run_case(run, options, rom, place) for run in failed}


def run_case(run, options, rom, directory):
    print(f"{run.name()}: {run.case.__doc__}", flush=True)
    began = time.monotonic()
    place = directory / run.file_name()
    place.mkdir()
    verdict = plays_out(run, options, rom, place)
    word = "passed" if verdict is Verdict.PASSED else "FAILED"
    print(f"    {word} after {time.monotonic() - began:.1f} s", flush=True)
    return verdict


def plays_out(run, options, rom, place):
    for each in run.installations:
        each.mount()
    setup = Setup(
        options.relay, options.peer, rom, options.core, Cast(run.installations), run.frames
    )
    try:
        match = match_for(run.case, setup, place)
    except OSError as failure:
        print(f"    the relay cannot be started: {failure}")
        return Verdict.FAILED
    with match:
        try:
            run.case(match)
            match.finish()
            return Verdict.PASSED
        except Exception as failure:
            for line in traceback.format_exc().splitlines():
                print(f"    {line}")
            match.show_logs()
            return Verdict.DISAGREED if isinstance(failure, Disagreement) else Verdict.FAILED


def match_for(case, setup, place):
    configuration = getattr(case, "configuration", None)
    if case in IN_ROOMS:
        return RoomMatch(setup, place, configuration)
    if case in peer_cases.ALL:
        relay = setup.relay if getattr(case, "through_relay", False) else None
        return PeerMatch(setup._replace(relay=relay), place, configuration)
    return Match(setup, place, configuration)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(128 + signal.SIGINT)
