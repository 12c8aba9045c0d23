"""A netplay-peer process under test: started on ports the system chooses, watched through what it
prints, judged by its exit code and its report."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from waiting import die_with_parent, end_process, wait_until

START_LIMIT = 15
SEEN_LIMIT = 15  # for what happens at once
RUN_LIMIT = 60

OK, FAILED, BAD_ARGUMENTS, DESYNC, REFUSED, LOST, UNVERIFIED, PLAYS = range(8)

binary = "netplay-peer"  # set by the runner


def run_peer(*arguments, limit=30, **options):
    """Runs the program to its end; the result has returncode, stdout and stderr."""
    options = {"text": True, "stdin": subprocess.DEVNULL, **options}
    return subprocess.run([binary, *map(str, arguments)], capture_output=True, timeout=limit,
                          preexec_fn=die_with_parent, check=False, **options)


class PeerProcess:
    """What it says is kept in files: nobody has to read while it runs."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL):
        self.arguments = [str(argument) for argument in arguments]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-peer-"))
        with open(self.directory / "out", "wb") as out, open(self.directory / "err", "wb") as err:
            self.process = subprocess.Popen(
                [binary, *self.arguments], stdin=stdin, stdout=out, stderr=err,
                preexec_fn=die_with_parent)

    def printed(self):
        return (self.directory / "out").read_text(encoding="utf-8")

    def said(self):
        return (self.directory / "err").read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern, limit=SEEN_LIMIT):
        """Returns the first group (or the whole) of the first match in what it said."""
        def found():
            ended = not self.is_running()
            match = re.search(pattern, self.said(), re.MULTILINE)
            if match:
                return match.group(1) if match.re.groups else match.group()
            if ended:
                raise AssertionError(f"it ended without {pattern!r}: {self.account()}")
            return None
        return wait_until(found, limit, f"{pattern!r} of {self.account()}")

    def target(self):
        """Where a host without a relay listens, or the join text that its relay made."""
        if "--relay" in self.arguments:
            return self.wait_for(r"^join: (\S+)$", START_LIMIT)
        return "127.0.0.1|" + self.wait_for(r"^listening on \S+ port (\d+)$", START_LIMIT)

    def address(self):
        return "127.0.0.1", int(self.target().split("|")[1])

    def account(self):
        """All that is known of it, for whoever reads a failure."""
        return f"{' '.join(self.arguments)}: {self.process.returncode}\n{self.said()}" + \
            self.printed()

    def is_running(self):
        return self.process.poll() is None

    def wait(self, limit=RUN_LIMIT):
        wait_until(lambda: not self.is_running(), limit, f"the end of {self.arguments}")
        return self.process.returncode

    def report(self):
        return json.loads(self.printed())

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def peak_bytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmHWM:\s+(\d+) kB", text).group(1)) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def waits(self):
        """How often it has waited: at least once a frame."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"(?m)^voluntary_ctxt_switches:\s+(\d+)", text).group(1))

    def cpu_seconds(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        return sum(map(int, text.rsplit(") ", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        end_process(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)
