#!/usr/bin/env python3
"""A root with the Godot of Debian testing, made once a month with mmdebstrap out of the archive
that this machine's apt uses: godot_root.py [DIRECTORY]. It is run out of it without being entered.

Exit code 77, with the reason, if none can be had."""

import argparse
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / folder)
             for folder in ("integration", "system")]

from debian_roots import (CACHE, LEFT_OUT, SKIPPED, Impossible, put_in_place, run_mmdebstrap,
                          why_no_archive)

RELEASE = "testing"  # the only one whose Godot is 4.3 or later, as this is written
PACKAGE = "godot"
MAKE_LIMIT = 900
RUN_LIMIT = 60


class Godot:
    """The program in a root: the root's own loader and libraries, no chroot."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        loaders = sorted(self.root.glob("usr/lib/*/ld-linux-*.so.*"))
        if not loaders or not (self.root / "usr/bin/godot").exists():
            raise Impossible(f"no Godot in {self.root}")
        libraries = loaders[0].parent
        self.words = [str(loaders[0]), "--library-path", f"{libraries}:{libraries}/pulseaudio",
                      str(self.root / "usr/bin/godot"), "--headless"]

    def version(self):
        with tempfile.TemporaryDirectory(prefix="godot-home-") as home:
            said = subprocess.run([*self.words, "--version"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=RUN_LIMIT,
                                  env=environment(home), check=False)
        version = said.stdout.strip()
        if not re.match(r"4\.\d", version):
            raise Impossible(f"Godot of {self.root} does not run: {said.stderr.strip()[-300:]}")
        return version


def environment(home):
    """Where Godot writes: nowhere else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    return {**kept, "HOME": str(home)}


def root_in(directory):
    """Where the root is, or is to be. Testing changes: it is good for a month."""
    tag = zlib.crc32(repr((PACKAGE, LEFT_OUT)).encode())
    name = f"godot-{RELEASE}-{tag:08x}-{datetime.date.today():%Y-%m}"
    return pathlib.Path(directory).resolve() / name


def why_not_made():
    if os.geteuid() != 0:
        return "making a root takes root"
    if not shutil.which("mmdebstrap"):
        return "no mmdebstrap here"
    return why_no_archive(RELEASE)


def prepare(directory):
    """The path of the root; made if it is not there yet, which takes a minute or two."""
    root = root_in(directory)
    if root.exists():
        return root
    if reason := why_not_made():
        raise Impossible(reason)
    put_in_place(root, f"godot-{RELEASE}", make)
    return root


def make(place):
    run_mmdebstrap(["mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGE}"],
                   RELEASE, place, MAKE_LIMIT)
    Godot(place).version()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=CACHE,
                        help="where it is kept (default: %(default)s)")
    options = parser.parse_args()
    try:
        root = prepare(options.directory)
        print(f"Godot {Godot(root).version()}: {root}", flush=True)
    except Impossible as error:
        print(f"skipped: {error}", flush=True)
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
