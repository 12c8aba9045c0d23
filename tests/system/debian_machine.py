"""A Debian of a test's own, of the release that runs here, with a real systemd: made once with
mmdebstrap, then booted with systemd-nspawn as often as is liked. Each machine has a throwaway disk
and no network but its own loopback."""

import functools
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import zlib

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

import debian_sources
import private_network
from waiting import die_with_parent, end_process, wait_until

# systemd as init, and what tests use inside; what the relay is linked with comes to it.
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "libnss-systemd", "libpam-systemd", "passwd", "adduser",
    "iproute2", "procps", "python3-minimal", "libpython3-stdlib")
# What was there to link with names its library with just its own version.
LINKED_WITH = ("libspdlog-dev", "libssl-dev", "zlib1g-dev", "libsystemd-dev", "libwslay-dev")
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
# They would only wait for what a container does not have.
MASKED = ("console-getty.service", "systemd-networkd-wait-online.service",
          "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
          "e2scrub_all.timer", "fstrim.timer")
MAKE_LIMIT = 900
BOOT_LIMIT = 60
COMMAND_LIMIT = 60
OFF_LIMIT = 30
POWER_OFF = signal.SIGRTMIN + 4  # to systemd as PID 1


class Impossible(Exception):
    """Something is missing here; its text is the reason to skip."""


def root_in(cache_directory):
    """Where the root is, or is to be. Its name tells what is in it."""
    tag = zlib.crc32(repr((packages(), LEFT_OUT, MASKED)).encode())
    return pathlib.Path(cache_directory).resolve() / f"{debian_sources.release()}-{tag:08x}"


@functools.lru_cache
def packages():
    """Library packages have another name in each release."""
    asked = subprocess.run(["dpkg-query", "--show", "--showformat=${Depends}\n", *LINKED_WITH],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return (*PACKAGES, *sorted(re.findall(r"([a-z0-9.+-]+) \(= ", asked.stdout)))


def why_impossible(cache_directory=None):
    """A reason why no machine can be had here, or None. If the root is in cache_directory already,
    nothing of what is only needed to make it is asked for."""
    made = cache_directory and root_in(cache_directory).exists()
    return why_not_booted() or (None if made else why_not_made())


@functools.lru_cache
def why_not_booted():
    if os.geteuid() != 0:
        return "systemd-nspawn needs root"
    for program in ("systemd-nspawn", "nsenter", "unshare", "mount"):
        if not shutil.which(program):
            return f"no {program} here"
    with tempfile.TemporaryDirectory() as place:
        tried = subprocess.run(
            ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-ec", MOUNT_DISK, "sh",
             "/etc", place], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no namespaces or no overlay here: {tried.stderr.strip()}"
    # The kernel gives none within a chroot, and hardened units want one (PrivateUsers=).
    tried = subprocess.run(["unshare", "--user", "true"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no user namespaces here (in a chroot?): {tried.stderr.strip()}"
    return None


@functools.lru_cache
def why_not_made():
    if not shutil.which("mmdebstrap"):
        return "no mmdebstrap here"
    return debian_sources.why_none()


def prepare_root(cache_directory):
    """The path of the root; made if it is not there yet, which takes half a minute."""
    root = root_in(cache_directory)
    root.parent.mkdir(parents=True, exist_ok=True)
    if root.exists():
        return root
    if reason := why_not_made():
        raise Impossible(reason)
    # What an earlier try has left, if it was killed.
    for old in root.parent.glob("*.unfinished-*"):
        if not pathlib.Path("/proc", old.name.rsplit("-", 1)[1]).exists():
            remove_root(old)
    unfinished = root.with_name(f"{root.name}.unfinished-{os.getpid()}")
    try:
        make_root(unfinished)
        try:
            unfinished.rename(root)
        except OSError:
            if not root.exists():  # else somebody else was faster
                raise
    finally:
        remove_root(unfinished)
    return root


def make_root(place):
    masks = " ".join(MASKED)
    command = [  # in mounts of its own: what it leaves if it is killed goes with it
        "unshare", "--mount", "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
        f"--include={','.join(packages())}", "--aptopt=Acquire::Retries \"3\"",
        *debian_sources.mmdebstrap_options(),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        '--customize-hook=echo machine > "$1/etc/hostname"',
        '--customize-hook=: > "$1/etc/machine-id"',
        '--customize-hook=mkdir -p "$1/var/log/journal"',
        f'--customize-hook=for unit in {masks}; do ln -sf /dev/null "$1/etc/systemd/system/$unit";'
        ' done',
        '--customize-hook=ln -sf /lib/systemd/system/multi-user.target '
        '"$1/etc/systemd/system/default.target"',
        '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin',
        debian_sources.release(), str(place),
        *(source.line() for source in debian_sources.sources())]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=MAKE_LIMIT, preexec_fn=die_with_parent, check=False)
    if made.returncode:
        raise AssertionError(f"mmdebstrap failed ({made.returncode}):\n{made.stderr[-4000:]}")


def remove_root(place):
    if place.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(place)], check=True)


# Arguments: the root, and an empty directory to mount on. The disk's changes are kept in memory.
MOUNT_DISK = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$2"
mkdir "$2/changes" "$2/work" "$2/disk"
DISK=$2/disk
mount -t overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/work" machine "$DISK"
"""
# In control groups of its own, so that two machines know nothing of each other. The shell is PID 1
# of a namespace around it all: when it ends, however it does, the kernel ends everything in there.
BOOT = MOUNT_DISK + """
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 machine /run/systemd/nspawn
shift 2; name=$1; shift
for group; do echo 0 > "$group/cgroup.procs"; done
systemd-nspawn --quiet --directory="$DISK" --machine="$name" --register=no --keep-unit \
    --private-network --console=read-only --boot
exit $?
"""


class Machine:
    """with Machine(prepare_root(cache)) as machine: machine.run("systemctl", "status")"""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.name = f"relay-test-{os.getpid()}-{id(self) & 0xffff:04x}"
        self.output = tempfile.TemporaryFile()
        self.nspawn = self.leader = None
        self.groups = []

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    # Begin and end.

    def boot(self):
        place = self.root.with_name("mounted")  # empty to everybody but the machine itself
        place.mkdir(exist_ok=True)
        self.groups = own_control_groups(self.name)
        self.nspawn = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-euc",
             BOOT, "sh", str(self.root), str(place), self.name, *map(str, self.groups)],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent)
        self.leader = wait_until(self.find_leader, BOOT_LIMIT, "the machine's first process")
        # Fails until its bus is there, then waits for the end of the boot.
        state = wait_until(self.boot_state, BOOT_LIMIT, "the machine to have booted")
        if state != "running":
            failed = self.run("systemctl", "list-units", "--failed", "--no-legend").stdout
            raise AssertionError(f"the machine is {state}:\n{failed}\n{self.console()}")

    def boot_state(self):
        self.check_running()
        state = self.run("systemctl", "is-system-running", "--wait", limit=BOOT_LIMIT)
        return state.stdout.strip() if state.stdout.strip() in ("running", "degraded") else None

    def find_leader(self):
        self.check_running()
        return first_process_below(self.nspawn.pid)

    def check_running(self):
        if self.nspawn.poll() is not None:
            raise AssertionError(f"the machine has ended:\n{self.console()}")

    def console(self):
        size = os.fstat(self.output.fileno()).st_size
        return os.pread(self.output.fileno(), size, 0).decode(errors="replace")

    def end(self):
        if self.nspawn:
            try:
                if self.leader and self.nspawn.poll() is None:
                    os.kill(self.leader, POWER_OFF)
                    wait_until(lambda: self.nspawn.poll() is not None, OFF_LIMIT, "power off")
            except (AssertionError, ProcessLookupError) as error:
                print(f"the machine had to be killed: {error}")
            end_process(self.nspawn)  # the kernel ends what is in it, and its mounts with it
        for group in self.groups:
            remove_control_group(group)
        self.output.close()

    # What is done in it.

    def network(self):
        """with machine.network(): sockets that this thread makes meanwhile are the machine's."""
        return Network(self.leader).inside()

    def inside(self, *command):
        """The command line, for subprocess, that runs a command in the machine as its root."""
        return ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid",
                "--cgroup", "--root", "--wd", "--", "env", "-i", "LANG=C.UTF-8", "HOME=/root",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "DEBIAN_FRONTEND=noninteractive", *map(str, command)]

    def run(self, *command, limit=COMMAND_LIMIT, stdin=None, check=False):
        """One text is a line for the shell, several are a program and its arguments. The result has
        returncode, stdout and stderr. check: a failure is one of the test."""
        if len(command) == 1:
            command = ("sh", "-c", command[0])
        done = subprocess.run(self.inside(*command), input=stdin or "", capture_output=True,
                              text=True, errors="replace", timeout=limit,
                              preexec_fn=die_with_parent, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n"
                                 f"{done.stdout}\n{done.stderr}")
        return done

    def copy_in(self, path, destination):
        """A file or a whole directory, owned by root; destination is its name in there."""
        path, destination = pathlib.Path(path), pathlib.PurePosixPath(destination)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(path.resolve(), arcname=destination.name, filter=owned_by_root)
        self.unpack(packed.getvalue(), destination.parent)

    def write(self, destination, text, mode=0o644):
        destination = pathlib.PurePosixPath(destination)
        packed, content = io.BytesIO(), text.encode()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            member = tarfile.TarInfo(destination.name)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
        self.unpack(packed.getvalue(), destination.parent)

    def unpack(self, packed, directory):
        script = 'mkdir -p "$1" && tar --extract --directory="$1" --no-same-owner'
        done = subprocess.run(self.inside("sh", "-c", script, "sh", directory), input=packed,
                              capture_output=True, timeout=COMMAND_LIMIT, check=False)
        if done.returncode:
            raise AssertionError(f"into {directory}: {done.stderr.decode(errors='replace')}")

    def read(self, path):
        return self.run("cat", path, check=True).stdout


class Network(private_network.Namespace):
    """The machine's, which has the life of the machine."""

    def __init__(self, leader):
        self.leader = leader

    def path(self):
        return f"/proc/{self.leader}/ns/net"


def owned_by_root(member):
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def first_process_below(process):
    """The descendant that is PID 1 of the inner PID namespace, if it is there yet."""
    waiting = [process]
    while waiting:
        one = waiting.pop()
        try:
            task = pathlib.Path(f"/proc/{one}/task/{one}")
            if re.search(r"(?m)^NSpid:\s+\d+\s+\d+\s+1$", (task / "status").read_text("utf-8")):
                return one
            waiting += map(int, (task / "children").read_text("utf-8").split())
        except OSError:  # it has just ended
            continue
    return None


def own_control_groups(name):
    """New ones below this process's own, in the hierarchies that systemd uses."""
    made = []
    for line in pathlib.Path("/proc/self/cgroup").read_text("utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        mounts = {"name=systemd": ["/sys/fs/cgroup/systemd"],
                  "": ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]}.get(controllers, [])
        for mount in mounts:
            parent = pathlib.Path(mount + path)
            if not (parent / "cgroup.procs").exists():
                continue
            for old in parent.glob("relay-test-*"):  # of one that was killed
                if not pathlib.Path("/proc", old.name.split("-")[2]).exists():
                    remove_control_group(old)
            (parent / name).mkdir()
            made.append(parent / name)
            break
    return made


def remove_control_group(group):
    for directory, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(directory)
        except OSError:
            pass


def main():
    """Prepares the root: debian_machine.py CACHE_DIRECTORY. Exit code 77 if it cannot be had."""
    cache = sys.argv[1]
    try:
        if reason := why_impossible(cache):
            raise Impossible(reason)
        print(prepare_root(cache))
    except Impossible as error:
        print(f"skipped: {error}")
        sys.exit(77)


if __name__ == "__main__":
    main()
