"""A relay process under test: started on ports the system chooses, watched through its log, its
/status and /proc."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from waiting import die_with_parent, end_process, wait_until

START_LIMIT = 15
STOP_LIMIT = 15
SEEN_LIMIT = 10  # for the relay to do what it does at once
# How many each relay has, unless its configuration says so and this does not.
WORKERS = int(os.environ.get("NETPLAY_RELAY_WORKERS", "1"))
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

binary = "netplay-relay"  # set by the runner


def is_instrumented():
    """Built with a sanitizer: what it costs in memory and time says nothing."""
    program = pathlib.Path(binary).read_bytes()
    return any(mark in program for mark in (b"__asan_init", b"__tsan_init", b"__msan_init"))


def run_command(*arguments, limit=30, **options):
    """Runs the program to its end; the result has returncode, stdout and stderr."""
    return subprocess.run(
        [str(binary), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=limit, preexec_fn=die_with_parent, check=False, **options)


def split_endpoint(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Relay:
    def __init__(self, config=None, arguments=(), files=None, **limits):
        """config: top-level keys of the configuration; limits: keys of its "limits".
        files: how many files the process may open."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-"))
        self.log_path = self.directory / "relay.log"
        self.config_path = self.directory / "relay.json"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.config = {
            "listen": ["127.0.0.1:0"],
            "public_name": "relay.test",
            "admin": {"listen": ["127.0.0.1:0"]},
            "log": {"level": "info"},
            "limits": limits,
        }
        self.config.update(config or {})
        self.write_config()
        self.process = None
        self.prefix = []
        self.arguments = list(arguments)
        self.files = files

    def write_config(self):
        self.config_path.write_text(json.dumps(self.config, indent=2), encoding="utf-8")

    def prepare(self):
        die_with_parent()
        if self.files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))

    def spawn(self, pass_fds=()):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, str(binary), "--config", str(self.config_path), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=self.prepare, pass_fds=pass_fds)

    def start(self):
        self.spawn()
        return self.wait_for_start()

    def wait_for_start(self):
        if self.config["admin"]["listen"]:
            self.admin_address = split_endpoint(
                self.wait_for_log(r" admin_listening address=(\S+)", START_LIMIT))
        self.address = split_endpoint(self.wait_for_log(r" listening address=(\S+)", START_LIMIT))
        return self

    # What it says.

    def status(self):
        host, port = self.admin_address
        name = f"[{host}]" if ":" in host else host
        with self.opener.open(f"http://{name}:{port}/status", timeout=SEEN_LIMIT) as answer:
            return json.load(answer)

    def wait_for_upgrade(self, times=1):
        """Until so many programs have taken over: a question to one that goes gets no answer."""
        self.wait_for_log(r" taken_over from=\S+", 15, count=times)

    def barrier(self):
        """Returns when the relay has dealt with all it had received before: it has one loop."""
        for _ in range(2):
            self.status()

    def use(self):
        return self.status()["use"]

    def closed(self, word):
        return self.status()["totals"]["close_reasons"][word]

    def links(self):
        return [link for session in self.status()["sessions"] for link in session["links"]]

    def wait_for_use(self, limit=SEEN_LIMIT, **expected):
        """expected: e.g. links=1, waiting_joins=0."""
        def as_expected():
            use = self.use()
            return all(use[key] == value for key, value in expected.items())
        wait_until(as_expected, limit, f"{expected}, now {self.use()}")

    def wait_for_close(self, word, count=1, limit=SEEN_LIMIT):
        """Seen in the counters and in the log."""
        wait_until(lambda: self.closed(word) >= count, limit, f"{count} x {word} in /status")
        self.wait_for_log(rf"reason={word}\b")
        if self.closed(word) != count:
            raise AssertionError(f"{word}: {self.closed(word)} instead of {count}")

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_for_log(self, pattern, limit=SEEN_LIMIT, count=1):
        """Returns the first group (or the whole) of the count-th match."""
        def found():
            matches = list(re.finditer(pattern, self.log_text()))
            if len(matches) >= count:
                match = matches[count - 1]
                return match.group(1) if match.re.groups else match.group()
            if not self.is_running():
                raise AssertionError(f"the relay ended ({self.process.returncode}) without "
                                     f"{pattern!r}:\n{self.log_text()}")
            return None
        return wait_until(found, limit, f"the log line {pattern!r}")

    # What it is.

    def is_running(self):
        return self.process.poll() is None

    def proc(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")

    def cpu_seconds(self):
        fields = self.proc("stat").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_bytes(self):
        return int(re.search(r"VmRSS:\s+(\d+) kB", self.proc("status")).group(1)) * 1024

    def forget_peak(self):
        """peak_resident_bytes counts from now on."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="utf-8")

    def peak_resident_bytes(self):
        return int(re.search(r"VmHWM:\s+(\d+) kB", self.proc("status")).group(1)) * 1024

    def context_switches(self):
        return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", self.proc("status"))))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    # What is done to it.

    def change(self, **keys):
        """Rewrites the file, sends SIGHUP and returns the log line of the outcome. Keys of
        "limits" are merged."""
        outcome = r"\b(?:reloaded|reload_refused) [^\n]*\n"
        before = len(re.findall(outcome, self.log_text()))
        limits = {**self.config["limits"], **keys.pop("limits", {})}
        self.config = {**self.config, **keys, "limits": limits}
        self.write_config()
        self.process.send_signal(signal.SIGHUP)
        return self.wait_for_log(outcome, count=before + 1)

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait_for_end(self, limit=STOP_LIMIT):
        wait_until(lambda: not self.is_running(), limit, "the relay to end")
        return self.process.returncode

    def stop(self, number=signal.SIGTERM):
        self.send_signal(number)
        return self.wait_for_end()

    def end(self):
        if self.process:
            end_process(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)
