#!/usr/bin/env python3
"""Roots with the RetroArch of other Debian releases, made once with mmdebstrap out of the archive
that this machine's apt uses, for the tests to enter: retroarch_roots.py [--newest] [DIRECTORY]

Exit code 77, with the reason, if one of them cannot be had."""

import argparse
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / folder)
             for folder in ("integration", "system")]

import debian_sources
from waiting import die_with_parent

RELEASES = ("bookworm", "trixie")  # in every run, one of them as this machine's own
NEWEST = "testing"

PACKAGES = ("retroarch", "libretro-nestopia", "libretro-core-info")
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*",
            "/usr/share/icons/*")
CACHE = pathlib.Path(os.environ.get("NETPLAY_TEST_CACHE", "/var/cache/netplay-relay-tests"))
MAKE_LIMIT = 1200
SKIPPED = 77


class Impossible(Exception):
    """Something is missing here; its text is the reason to skip."""


def wanted(with_newest):
    """The releases whose RetroArch is wanted, oldest first."""
    return [*RELEASES, NEWEST] if with_newest else [*RELEASES]


def own_release():
    """That of this machine. One that is neither is as good as testing."""
    own = debian_sources.release()
    return own if own in RELEASES else NEWEST


def root_in(directory, release):
    """Where the root is, or is to be. Its name tells what is in it; testing changes, so that its
    root is good for a month."""
    tag = zlib.crc32(repr((PACKAGES, LEFT_OUT)).encode())
    name = f"retroarch-{release}-{tag:08x}"
    if release == NEWEST:
        name += f"-{datetime.date.today():%Y-%m}"
    return pathlib.Path(directory).resolve() / name


def why_not_made(release):
    """A reason why no root of this release can be made here, or None."""
    if os.geteuid() != 0:
        return "making a root takes root"
    for program in ("mmdebstrap", "unshare"):
        if not shutil.which(program):
            return f"no {program} here"
    if not debian_sources.sources():
        return debian_sources.why_none()
    if not debian_sources.release_fields(source_of(release)):
        return f"the archive {source_of(release).uri} has no {release}, or does not answer"
    return None


def source_of(release):
    return debian_sources.Source(debian_sources.sources()[0].uri, release)


def prepare(directory, release):
    """The path of the root; made if it is not there yet, which takes a minute or three."""
    root = root_in(directory, release)
    if root.exists():
        return root
    if reason := why_not_made(release):
        raise Impossible(reason)
    root.parent.mkdir(parents=True, exist_ok=True)
    remove_left_over(root.parent)
    unfinished = root.with_name(f"{root.name}.unfinished-{os.getpid()}")
    try:
        make(unfinished, release)
        try:
            unfinished.rename(root)
        except OSError:
            if not root.exists():  # else somebody else was faster
                raise
    finally:
        remove(unfinished)
    for old in root.parent.glob(f"retroarch-{release}-*"):
        if old != root and re.fullmatch(r"[0-9a-f]{8}(-\d{4}-\d\d)?", old.name.split("-", 2)[2]):
            remove(old)
    return root


def make(place, release):
    command = [
        "unshare", "--mount",  # so that nothing is left mounted, however it ends
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
        f"--include={','.join(PACKAGES)}", *debian_sources.mmdebstrap_options(),
        '--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"',
        # A mirror may be a snapshot, and that of testing is out of date after a week.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin',
        release, str(place), source_of(release).line()]
    try:
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=MAKE_LIMIT, preexec_fn=die_with_parent, check=False)
    except subprocess.TimeoutExpired as error:
        raise Impossible(f"mmdebstrap took longer than {MAKE_LIMIT} s") from error
    if made.returncode:
        last = [line for line in made.stderr.splitlines() if line.startswith("E: ")][-3:]
        raise Impossible(f"mmdebstrap failed ({made.returncode}): {' '.join(last)}")


def remove_left_over(directory):
    """What earlier tries have left, if they were killed."""
    for old in directory.glob("retroarch-*.unfinished-*"):
        if not pathlib.Path("/proc", old.name.rsplit("-", 1)[1]).exists():
            remove(old)


def remove(place):
    if place.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(place)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--newest", action="store_true", help="that of Debian testing as well")
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=CACHE,
                        help="where they are kept (default: %(default)s)")
    options = parser.parse_args()
    failed = False
    for release in wanted(options.newest):
        if release == own_release():
            continue
        try:
            print(f"{release}: {prepare(options.directory, release)}", flush=True)
        except Impossible as error:
            print(f"skipped: {release}: {error}", flush=True)
            failed = True
    return SKIPPED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
