"""podman with storage, locks and settings of its own, which end with the test."""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in ("integration", "system"):
    sys.path.insert(0, str(HERE.parent / folder))

# pylint: disable=wrong-import-position
import debian_sources  # noqa: E402
from waiting import die_with_parent  # noqa: E402

BASE = f"debian:{debian_sources.release()}-slim"
BASE_DAYS = 7  # older ones lack too many updates
BASE_LIMIT = 900
BUILD_LIMIT = 1800
COMMAND_LIMIT = 60
PROGRAMS = ("podman", "runc", "mmdebstrap", "unshare", "pivot_root", "nsenter", "ip", "nice",
            "readelf")
# podman takes no long path for sockets and states, and who knows where this tree lies. In memory of
# our own: see enter_spaces().
SHORT_PLACE = "/dev/shm/podman"
# As of 5.4 about the control groups of old, before whatever it is asked for.
OWN_WARNING = re.compile(r'^time="[^"\n]*" level=warning msg=.*\n?', re.MULTILINE)
INSIDE_MARK = "NETPLAY_TEST_INSIDE_CONTAINER_SPACES"

# A base image has these as well; an archive of files has no place for them.
BASE_CHANGES = ("--change", 'CMD ["bash"]', "--change",
                "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


CHANGE_ROOT = """
mount -t tmpfs root "$1"
cd "$1"
mkdir old
pivot_root . old
"""


def why_impossible():
    """A reason why no containers can be had here, or nothing."""
    if os.geteuid() != 0:
        return "containers with a storage of their own need root"
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        return "missing programs: " + " ".join(missing)
    trial = subprocess.run([*unshare(), "true"], capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        return f"no namespaces here: {trial.stderr.strip()}"
    with tempfile.TemporaryDirectory() as place:
        trial = subprocess.run([*unshare(), "sh", "-ec", CHANGE_ROOT, "sh", place],
                               capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        return f"no container can have a root of its own (in a chroot?): {trial.stderr.strip()}"
    return debian_sources.why_none()


def unshare():
    return ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
            "--mount-proc"]


def enter_spaces():
    """Starts this program again with mounts and processes of its own; returns if it has them. All
    that podman leaves running or mounted ends with it, even if it is killed."""
    if os.environ.get(INSIDE_MARK):
        # podman's locks, and the states of the containers: nobody else's.
        for path in ("/dev/shm", "/run/runc"):
            os.makedirs(path, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], check=True)
        return
    sys.stdout.flush()
    os.environ[INSIDE_MARK] = "1"
    # The first process of the new space is a shell, which reaps those that nobody waits for.
    again = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, *sys.orig_argv[1:]]
    os.execvp("unshare", [*unshare(), *again])


def hard_limit(number, most):
    limit = resource.getrlimit(number)[1]
    return most if limit == resource.RLIM_INFINITY else min(limit, most)


def processes_limit():
    """podman's own default is more than root may ask for on some machines."""
    most = hard_limit(resource.RLIMIT_NPROC, 32768)
    return f"nproc={most}:{most}"


def base_in(work):
    return pathlib.Path(work).resolve() / f"{debian_sources.release()}.tar"


def make_base(base):
    """Makes the file of the base image, unless there is one that is new enough."""
    if base.exists() and time.time() - base.stat().st_mtime < BASE_DAYS * 86400:
        return
    base.parent.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["nice", str(HERE / "make_base.sh"), str(base), debian_sources.release(),
         *debian_sources.mmdebstrap_options(),
         *(source.line() for source in debian_sources.sources())],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BASE_LIMIT,
        preexec_fn=die_with_parent, check=False)
    if made.returncode != 0:
        raise AssertionError(f"no base image:\n{made.stdout}{made.stderr}")


class Podman:
    def __init__(self, work):
        """work: a directory that keeps the base image from one run to the next; the rest goes."""
        self.work = pathlib.Path(work).resolve()
        self.place = self.work / "podman"
        self.base = base_in(work)
        self.remove()
        self.place.mkdir(parents=True)
        settings = self.place / "containers.conf"
        files = hard_limit(resource.RLIMIT_NOFILE, 1 << 20)
        settings.write_text(
            '[containers]\nlog_driver = "k8s-file"\n'
            f'default_ulimits = ["nofile={files}:{files}", "{processes_limit()}"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
            encoding="utf-8")
        self.environment = {**os.environ, "CONTAINERS_CONF": str(settings), "TMPDIR": self.path("")}
        self.prefix = ["podman", "--root", self.path("root"), "--runroot", f"{SHORT_PLACE}/run",
                       "--tmpdir", f"{SHORT_PLACE}/tmp", "--storage-driver", "overlay"]

    def path(self, name):
        return str(self.place / name)

    def remove(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def command(self, *arguments, limit=COMMAND_LIMIT, check=True, **options):
        """Runs one to its end; the result has returncode, stdout and stderr, without what podman
        warns of for its own part."""
        result = subprocess.run(
            [*self.prefix, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=limit, env=self.environment, preexec_fn=die_with_parent, check=False,
            **options)
        if check and result.returncode != 0:
            raise AssertionError(f"podman {' '.join(map(str, arguments))} ended with "
                                 f"{result.returncode}:\n{result.stdout}{result.stderr}")
        result.stderr = OWN_WARNING.sub("", result.stderr)
        return result

    def spawn(self, *arguments, **options):
        return subprocess.Popen(
            [*self.prefix, *map(str, arguments)], stdin=subprocess.DEVNULL, env=self.environment,
            preexec_fn=die_with_parent, **options)

    # Images.

    def import_base(self):
        make_base(self.base)
        self.command("import", *BASE_CHANGES, self.base, BASE, limit=300)

    def build(self, name, *arguments, log):
        """What the build says goes to the file `log`. Nothing is asked of any registry."""
        with open(log, "wb") as output:
            process = subprocess.run(
                ["nice", "-n", "19", *self.prefix, "build", "--pull=never", "--network=host",
                 "--format=docker", "--tag", name, *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                timeout=BUILD_LIMIT, env=self.environment, preexec_fn=die_with_parent, check=False)
        if process.returncode != 0:
            said = pathlib.Path(log).read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"the image {name} was not built:\n{said[-6000:]}")

    def inspect(self, name, kind="image"):
        return json.loads(self.command("inspect", "--type", kind, name).stdout)[0]

    def end(self):
        """Removes every container and image, and the directory."""
        self.command("rm", "--all", "--force", "--time", "0", check=False)
        self.command("rmi", "--all", "--force", limit=120, check=False)
        subprocess.run(["umount", "--recursive", self.path("root/overlay")], capture_output=True,
                       check=False)
        self.remove()
        # podman leaves the groups above those of its containers.
        for parent in pathlib.Path("/sys/fs/cgroup").glob("**/libpod_parent"):
            for group, _, _ in os.walk(parent, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(group)
