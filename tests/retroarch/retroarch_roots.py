#!/usr/bin/env python3
"""Roots with the RetroArch of other Debian releases, made once with mmdebstrap out of the archive
that this machine's apt uses, for the tests to enter: retroarch_roots.py [--newest] [DIRECTORY]

Exit code 77, with the reason, if one of them cannot be had."""

import argparse
import datetime
import os
import pathlib
import shutil
import sys
import zlib

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / folder)
             for folder in ("integration", "system")]

import debian_sources
from debian_roots import (CACHE, LEFT_OUT, SKIPPED, Impossible, put_in_place, run_mmdebstrap,
                          why_no_archive)

RELEASES = ("bookworm", "trixie")  # in every run, one of them as this machine's own
NEWEST = "testing"

PACKAGES = ("retroarch", "libretro-nestopia", "libretro-core-info")
MAKE_LIMIT = 1200


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
    return why_no_archive(release)


def prepare(directory, release):
    """The path of the root; made if it is not there yet, which takes a minute or three."""
    root = root_in(directory, release)
    if root.exists():
        return root
    if reason := why_not_made(release):
        raise Impossible(reason)
    put_in_place(root, f"retroarch-{release}", lambda place: make(place, release))
    return root


def make(place, release):
    run_mmdebstrap(
        ["unshare", "--mount",  # so that nothing is left mounted, however it ends
         "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
         f"--include={','.join(PACKAGES)}",
         '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin'],
        release, place, MAKE_LIMIT)


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
