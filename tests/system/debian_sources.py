"""Which Debian runs here, and where its packages come from: what this machine's own apt knows,
however it was told. No test names a mirror."""

import functools
import os
import pathlib
import re
import subprocess
import tempfile
from typing import NamedTuple

UPDATES = ("-updates", "-security")  # suites named after the release's own
APT_HELPER = "/usr/lib/apt/apt-helper"
ANSWER_SECONDS = 10
# How this machine reaches its mirror, and how old the mirror may be.
HANDED_ON = ("Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::http::Proxy",
             "Acquire::https::Proxy")


class Source(NamedTuple):
    uri: str
    suite: str

    def line(self):
        """As in sources.list; for mmdebstrap."""
        return f"deb {self.uri} {self.suite} main"


@functools.lru_cache
def release():
    """The name of the release that runs, as bookworm or trixie; None if this is no Debian."""
    path = pathlib.Path("/etc/os-release")
    said = path.read_text("utf-8") if path.exists() else ""
    values = dict(re.findall(r'(?m)^(\w+)="?([^"\n]*)"?$', said))
    return values.get("VERSION_CODENAME") if values.get("ID") == "debian" else None


def why_none():
    """A reason why no packages of this release can be had, or None."""
    if not release():
        return "this is not a release of Debian"
    if not configured():
        return "apt has no package sources here"
    if not sources():
        asked = " ".join(sorted({source.uri for source in configured()}))
        return f"no package source of Debian {release()} answers: {asked}"
    return None


@functools.lru_cache
def sources():
    """Those of this release, its updates included; nothing if it does not answer."""
    named = release()
    # Another name of it is possible ("stable"), another archive's suite of the same name as well.
    for source in sorted(configured(), key=lambda one: one.suite != named):
        fields = release_fields(source)
        if fields.get("Origin") == "Debian" and fields.get("Codename") == named:
            suites = [source.suite + more for more in UPDATES]
            return [source, *(one for one in configured() if one.suite in suites)]
    return []


def mmdebstrap_options():
    """What this machine's apt is told about its mirror, for an apt of another root."""
    dump = subprocess.run(["apt-config", "dump"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True).stdout
    settings = dict(re.findall(r'(?m)^(\S+) "([^"\n]+)";$', dump))
    return [f'--aptopt={key} "{settings[key]}"' for key in HANDED_ON if key in settings]


@functools.lru_cache
def configured(*options):
    """Every source of apt's with a component main, whatever its format. options: apt-get's."""
    listed = subprocess.run(
        ["apt-get", *options, "indextargets", "--no-release-info", "--format",
         "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    rows = [line.split() for line in listed.splitlines()]
    found = [Source(row[0].rstrip("/"), row[1]) for row in rows
             if len(row) == 3 and row[2] == "main"]
    return list(dict.fromkeys(found))


def release_fields(source):
    """Of its Release file, which apt is asked for; nothing if there is no answer."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        path = pathlib.Path(place, "Release")
        subprocess.run(
            [APT_HELPER, "-o", "Acquire::Retries=0",
             "-o", f"Acquire::http::Timeout={ANSWER_SECONDS}",
             "-o", f"Acquire::https::Timeout={ANSWER_SECONDS}", "download-file",
             f"{source.uri}/dists/{source.suite}/Release", str(path)],
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
        said = path.read_text("utf-8", errors="replace") if path.exists() else ""
    return dict(re.findall(r"(?m)^(\w+): (.*)$", said))
