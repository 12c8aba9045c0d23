"""Roots of other Debian releases for tests to use: made once with mmdebstrap, kept in a folder, and
made anew when what is in them, or the month of testing, is another."""

import os
import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
import debian_sources  # noqa: E402
from waiting import die_with_parent  # noqa: E402

LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*",
            "/usr/share/icons/*")
CACHE = pathlib.Path(os.environ.get("NETPLAY_TEST_CACHE", "/var/cache/netplay-relay-tests"))
SKIPPED = 77


class Impossible(Exception):
    """Something is missing here; its text is the reason to skip."""


def source_of(release):
    return debian_sources.Source(debian_sources.sources()[0].uri, release)


def why_no_archive(release):
    """A reason why no root of this release can be made here, or None."""
    if not debian_sources.sources():
        return debian_sources.why_none()
    if not debian_sources.release_fields(source_of(release)):
        return f"the archive {source_of(release).uri} has no {release}, or does not answer"
    return None


def put_in_place(root, kind, make):
    """Lets `make` fill a folder beside it, which then becomes the root; older ones of this kind
    ("retroarch-testing") go, and what earlier tries have left, if they were killed."""
    root.parent.mkdir(parents=True, exist_ok=True)
    for old in root.parent.glob(f"{kind.split('-', 1)[0]}-*.unfinished-*"):
        if not pathlib.Path("/proc", old.name.rsplit("-", 1)[1]).exists():
            remove(old)
    unfinished = root.with_name(f"{root.name}.unfinished-{os.getpid()}")
    try:
        make(unfinished)
        try:
            unfinished.rename(root)
        except OSError:
            if not root.exists():  # else somebody else was faster
                raise
    finally:
        remove(unfinished)
    for old in root.parent.glob(f"{kind}-*"):
        if old != root and re.fullmatch(r"[0-9a-f]{8}(-\d{4}-\d\d)?", old.name[len(kind) + 1:]):
            remove(old)


def run_mmdebstrap(words, release, place, limit):
    """`words`: the program and its options, but for those that every root has."""
    command = [
        *words, *debian_sources.mmdebstrap_options(),
        '--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"',
        # A mirror may be a snapshot, and that of testing is out of date after a week.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        release, str(place), source_of(release).line()]
    try:
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=limit, preexec_fn=die_with_parent, check=False)
    except subprocess.TimeoutExpired as error:
        raise Impossible(f"mmdebstrap took longer than {limit} s") from error
    if made.returncode:
        last = [line for line in made.stderr.splitlines() if line.startswith("E: ")][-3:]
        raise Impossible(f"mmdebstrap failed ({made.returncode}): {' '.join(last)}")


def remove(place):
    if place.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(place)], check=True)
