"""fail2ban without installing it: Debian would start it at once, and it would guard the machine
of whoever runs the tests. Where it is not there its package is unpacked for the tests alone."""

import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

PROGRAMS = ("fail2ban-regex", "fail2ban-server", "fail2ban-client")


@functools.lru_cache
def configuration():
    """Its configuration as Debian ships it, with its programs on the PATH; or None."""
    installed = pathlib.Path("/etc/fail2ban")
    if installed.is_dir() and all(map(shutil.which, PROGRAMS)):
        return installed
    root = unpacked()
    if not root:
        return None
    os.environ["PATH"] = f"{root}/usr/bin:{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = f"{root}/usr/lib/python3/dist-packages"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return root / "etc" / "fail2ban" if all(map(shutil.which, PROGRAMS)) else None


def unpacked():
    if not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
        return None
    place = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-fail2ban-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    subprocess.run(["apt-get", "-q", "download", "fail2ban"], cwd=place, timeout=120,
                   stdin=subprocess.DEVNULL, capture_output=True, check=False)
    packages = list(place.glob("fail2ban_*.deb"))
    if not packages:
        return None
    root = place / "root"
    subprocess.run(["dpkg-deb", "-x", str(packages[0]), str(root)], timeout=60, check=True)
    return root
