"""Real libretro cores: those that are installed, and those of Debian's non-free, which are fetched
into a directory without being installed."""

import glob
import os
import pathlib
import re
import subprocess

FETCH_LIMIT = 300  # seconds


def find_core(name, fetched=None):
    """The path of the core's library, None if it is neither installed nor fetched."""
    places = [f"/usr/lib/*/libretro/{name}_libretro.so"]
    if fetched:
        places.append(f"{fetched}/usr/lib/*/libretro/{name}_libretro.so")
    found = [path for place in places for path in glob.glob(place)]
    return pathlib.Path(found[0]) if found else None


def fetch_non_free(package, directory):
    """Unpacks a package of the running release's non-free part; returns why it could not."""
    source = non_free_source()
    if not source:
        return "apt has no source of this release's main part"
    for part in ("lists/partial", "cache/archives/partial"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    lists = directory / "sources.list"
    lists.write_text(source + "\n", encoding="utf-8")
    options = ["-q"]
    for key, value in {
        "Dir::Etc::SourceList": lists, "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": directory / "lists", "Dir::Cache": directory / "cache",
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        "Acquire::Languages": "none", "Acquire::Retries": 2,
    }.items():
        options += ["-o", f"{key}={value}"]
    for step in (["apt-get", *options, "update"], ["apt-get", *options, "download", package]):
        failure = run(step, directory)
        if failure:
            return f"{package} of non-free could not be fetched: {failure}"
    package_file = next(iter(sorted(directory.glob(f"{package}_*.deb"))), None)
    if not package_file:
        return f"{package} of non-free could not be fetched"
    return run(["dpkg-deb", "-x", str(package_file), "."], directory)


def non_free_source():
    """A line for sources.list, with the mirror that this machine uses for the main part."""
    release = re.search(r"(?m)^VERSION_CODENAME=(\w+)", os_release())
    try:
        targets = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) "
             "$(TRUSTED) $(SIGNED_BY)", "Created-By: Packages"],
            capture_output=True, text=True, timeout=60, check=False).stdout
    except OSError:
        return None
    for line in targets.splitlines() if release else ():
        uri, suite, component, trusted, signed_by = (line.split(" ", 4) + [""] * 5)[:5]
        if component != "main" or suite not in (release.group(1), "stable"):
            continue
        marks = ["trusted=yes"] if trusted == "yes" else []
        if signed_by.startswith("/") and " " not in signed_by:
            marks.append(f"signed-by={signed_by}")
        return f"deb {'[' + ' '.join(marks) + '] ' if marks else ''}{uri} {suite} non-free"
    return None


def os_release():
    path = pathlib.Path("/etc/os-release")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def run(command, directory):
    """The last words of a command that failed, None if it did not."""
    try:
        ended = subprocess.run(command, cwd=directory, capture_output=True, text=True,
                               timeout=FETCH_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ended.returncode == 0:
        return None
    return (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
