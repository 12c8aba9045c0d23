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

import debian_sources
from waiting import die_with_parent

RELEASE = "testing"  # the only one whose Godot is 4.3 or later, as this is written
PACKAGE = "godot"
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*",
            "/usr/share/icons/*")
CACHE = pathlib.Path(os.environ.get("NETPLAY_TEST_CACHE", "/var/cache/netplay-relay-tests"))
MAKE_LIMIT = 900
RUN_LIMIT = 60
SKIPPED = 77


class Impossible(Exception):
    """Something is missing here; its text is the reason to skip."""


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


def source():
    return debian_sources.Source(debian_sources.sources()[0].uri, RELEASE)


def why_not_made():
    if os.geteuid() != 0:
        return "making a root takes root"
    if not shutil.which("mmdebstrap"):
        return "no mmdebstrap here"
    if not debian_sources.sources():
        return debian_sources.why_none()
    if not debian_sources.release_fields(source()):
        return f"the archive {source().uri} has no {RELEASE}, or does not answer"
    return None


def prepare(directory):
    """The path of the root; made if it is not there yet, which takes a minute or two."""
    root = root_in(directory)
    if root.exists():
        return root
    if reason := why_not_made():
        raise Impossible(reason)
    root.parent.mkdir(parents=True, exist_ok=True)
    remove_left_over(root.parent)
    unfinished = root.with_name(f"{root.name}.unfinished-{os.getpid()}")
    try:
        make(unfinished)
        Godot(unfinished).version()
        try:
            unfinished.rename(root)
        except OSError:
            if not root.exists():  # else somebody else was faster
                raise
    finally:
        remove(unfinished)
    for old in root.parent.glob(f"godot-{RELEASE}-*"):
        if old != root and re.fullmatch(r"[0-9a-f]{8}-\d{4}-\d\d", old.name.split("-", 2)[2]):
            remove(old)
    return root


def make(place):
    command = [
        "mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGE}",
        *debian_sources.mmdebstrap_options(),
        '--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"',
        # A mirror may be a snapshot, and that of testing is out of date after a week.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        RELEASE, str(place), source().line()]
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
    for old in directory.glob("godot-*.unfinished-*"):
        if not pathlib.Path("/proc", old.name.rsplit("-", 1)[1]).exists():
            remove(old)


def remove(place):
    if place.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(place)], check=True)


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
