"""RetroArch as a release of Debian has it: this machine's own, or that of a root, which is entered
for it. Whatever it is, nothing is written to it."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

LIBRARIES = "usr/lib/x86_64-linux-gnu/libretro"
NESTOPIA = "nestopia_libretro.so"
OWN_CORE = pathlib.Path("/", LIBRARIES, NESTOPIA)  # as a RetroArch finds its own

MOUNTS = "/mnt"  # in every Debian; see enter_private_network()

# Arguments: the root, a new directory to mount on, the directory of temporary files. What is
# written to the root is kept in memory.
MOUNT_ROOT = """
mkdir -p "$2/changes" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/work" retroarch "$2/root"
for each in /proc /dev /sys "$3"; do
    mkdir -p "$2/root$each"
    mount --rbind "$each" "$2/root$each"
done
"""


class Installation:
    def __init__(self, release, root=None):
        """`root` is None for this machine's own."""
        self.release = release
        self.root = root
        self.place = None  # where the root is mounted
        self.version = version_of(root)

    def __str__(self):
        return self.version

    def is_at_least(self, *numbers):
        return tuple(map(int, self.version.split("."))) >= numbers

    def core(self):
        """Its own Nestopia, as this machine finds it."""
        return pathlib.Path(self.root or "/", LIBRARIES, NESTOPIA)

    def mount(self):
        """Makes it ready to be entered, within a mount namespace of our own."""
        if not self.root or self.place:
            return
        place = pathlib.Path(MOUNTS, self.release)
        subprocess.run(
            ["sh", "-euc", MOUNT_ROOT, "sh", str(self.root), str(place), tempfile.gettempdir()],
            stdin=subprocess.DEVNULL, check=True)
        self.place = place / "root"

    def enter(self, directory):
        """For a child, before it becomes RetroArch."""
        if self.place:
            os.chroot(self.place)
        os.chdir(directory)


class Cast:
    """Who of a match plays with which RetroArch: by turns, in the order in which they come."""

    def __init__(self, installations):
        self.installations = tuple(installations)
        self.by_name = {}

    def installation(self, name):
        turn = len(self.by_name) % len(self.installations)
        return self.by_name.setdefault(name, self.installations[turn])

    def any_is_at_least(self, *numbers):
        return any(each.is_at_least(*numbers) for each in self.installations)

    def all_are_at_least(self, *numbers):
        return all(each.is_at_least(*numbers) for each in self.installations)


def version_of(root):
    """1.14 tells it in its first line, newer ones in the second."""

    def enter():
        if root:
            os.chroot(root)
            os.chdir("/")

    told = subprocess.run(["retroarch", "--version"], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, preexec_fn=enter, check=False)
    found = re.search(r"\bv?(\d+\.\d+\.\d+)\b", told.stdout + told.stderr)
    assert found, f"no version in {told.stdout + told.stderr!r}"
    return found.group(1)


def lend_core(installations, directory):
    """A copy of the oldest one's core, which newer ones can load as well, where all find it."""
    place = directory / "cores"
    place.mkdir()
    return pathlib.Path(shutil.copy(installations[0].core(), place))
