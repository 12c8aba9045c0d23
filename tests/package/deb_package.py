"""Making the Debian package of a build, as its user would."""

import pathlib
import shutil

from packaged import checked, has_systemd, manuals_are_built, options, run

NEEDED = ("dpkg-deb", "dpkg-shlibdeps", "file", "gzip", "strip")


def why_impossible():
    for program in NEEDED:
        if not shutil.which(program):
            return f"no {program} here: no Debian package can be made"
    if not manuals_are_built(options.build):
        return "no manuals were built here, and the package needs them (scdoc, python3)"
    if not has_systemd(options.build):
        return "built without systemd, which the package is for"
    return None


def make(folder):
    """Makes it in the folder and returns its path."""
    checked(options.cpack, "-G", "DEB", "--config", options.build / "CPackConfig.cmake",
            "-B", folder, cwd=folder)
    made = list(pathlib.Path(folder).glob("*.deb"))
    if len(made) != 1:
        raise AssertionError(f"cpack made {made}")
    return made[0]


def field(package, name):
    return checked("dpkg-deb", "--field", package, name).strip()


def architecture():
    return run("dpkg", "--print-architecture").stdout.strip()
