"""What the tests need from the machine: packages, and a network with no way out."""

import os
import shutil
import subprocess
import sys

from installations import MOUNTS, OWN_CORE

PACKAGES = ("retroarch", "libretro-nestopia", "cc65")
INSTALL_LIMIT = 900
INSIDE_MARK = "NETPLAY_TEST_INSIDE_NAMESPACE"


def missing_packages():
    present = {
        "retroarch": shutil.which("retroarch") is not None,
        "libretro-nestopia": OWN_CORE.exists(),
        "cc65": shutil.which("ca65") is not None and shutil.which("ld65") is not None,
    }
    return [package for package in PACKAGES if not present[package]]


def why_impossible(install):
    """The reason why the tests cannot run here, an empty text if they can."""
    missing = missing_packages()
    if not missing:
        return ""
    reason = "missing Debian packages: " + " ".join(missing)
    if not install:
        return reason + " (--install would fetch them)"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return reason + ", and installing them takes root and apt-get"
    failure = install_packages(missing)
    missing = missing_packages()
    if missing:
        return "could not install " + " ".join(missing) + (f": {failure}" if failure else "")
    return ""


def install_packages(packages):
    """Installs through apt; returns the last words of apt if it failed."""
    print("installing " + " ".join(packages), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    lock = ["-o", "DPkg::Lock::Timeout=300"]
    commands = (
        ["apt-get", *lock, "update"],
        ["apt-get", *lock, "install", "-y", "--no-install-recommends", *packages],
    )
    failure = ""
    for command in commands:
        try:
            result = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_LIMIT,
            )
        except subprocess.TimeoutExpired:
            return f"{command[0]} took longer than {INSTALL_LIMIT} s"
        lines = (result.stderr or result.stdout).strip().splitlines()
        failure = lines[-1] if result.returncode != 0 and lines else ""
    return failure


def enter_private_network():
    """Starts this program again where there is only a loopback interface, and for root a place of
    its own to mount on; returns if it is there already, or with a remark if that cannot be had."""
    if os.environ.get(INSIDE_MARK):
        return ""
    if not all(shutil.which(tool) for tool in ("unshare", "ip", "sh")):
        return "no network namespace (unshare or ip is missing): RetroArch could reach out"
    loopback_up = "ip link set lo up"
    mount = f"mount -t tmpfs -o mode=755 retroarch {MOUNTS}"
    attempts = (
        ("mounts", ["unshare", "--net", "--mount"], f"{loopback_up} && {mount}"),
        ("network", ["unshare", "--net"], loopback_up),
    )
    if os.geteuid() != 0:
        attempts = (("network", ["unshare", "--map-root-user", "--net"], loopback_up),)
    for mark, unshare, prepare in attempts:
        trial = subprocess.run([*unshare, "sh", "-c", prepare], capture_output=True, text=True)
        if trial.returncode == 0:
            sys.stdout.flush()
            os.environ[INSIDE_MARK] = mark
            again = [sys.executable, *sys.argv]
            os.execvp("unshare", [*unshare, "sh", "-c", prepare + ' && exec "$@"', "sh", *again])
    return f"no network namespace ({trial.stderr.strip()}): RetroArch could reach out"


def in_private_mounts():
    """Whether what is mounted here is nobody else's business."""
    return os.environ.get(INSIDE_MARK) == "mounts"
