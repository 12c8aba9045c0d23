"""Starting, pinning and ending what the bench measures."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

RELAY_CONFIG = {
    "listen": ["127.0.0.1:0"],
    "admin": {"listen": ["127.0.0.1:0"]},
    "log": {"level": "info"},
    "manual_ip": "room",
    "rooms": {"rooms": 3001, "rooms_per_address": 3001, "members_per_address": 31},
    "parties": {"parties": 3001, "parties_per_address": 3001, "peers": 64,
                "peers_per_address": 64, "kept_mebibytes_in_all": 512,
                "messages_per_second": 10000},
    "limits": {
        "connections": 18000,
        "sessions": 6000,
        "links_per_session": 31,
        "waiting_joins_per_session": 16,
        "connections_per_address": 18000,
        "sessions_per_address": 6000,
        "waiting_joins_per_address": 16000,
        "new_connections_per_second_per_address": 1000000,
    },
}

# TCP mode as it comes: one thread, since the relay's worker has one.
HAPROXY_CONFIG = """\
global
    nbthread 1
    maxconn 9000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend entrance
    bind fd@{listener}
    default_backend generator
backend generator
    server generator 127.0.0.1:{port}
"""


class NotRunnable(Exception):
    """The target cannot be measured here; the text says why."""


class Running:
    """A started target: the options bench_load needs to reach and to meter it."""

    def __init__(self, options, pass_fds=()):
        self.options = options
        self.pass_fds = pass_fds


class Targets:
    def __init__(self, binaries, directory, target_core, generator_core, inspect=True,
                 against=None, workers=1):
        """against: an older netplay-relay, the target "older". workers: of the target "relays"."""
        self.binaries = binaries
        self.against = against
        self.workers = workers
        self.directory = directory
        self.target_cores = {target_core}
        self.generator_cores = {generator_core}
        self.inspect = inspect
        self.starters = {
            "direct": self.start_direct,
            "floor": self.start_floor,
            "relay": self.start_relay,
            "relays": self.start_relays,
            "older": self.start_older,
            "haproxy": self.start_haproxy,
        }

    def check(self, name):
        """Raises NotRunnable where the target is missing."""
        programs = {"floor": "bench_floor", "relay": "netplay-relay"}
        if name in programs and not os.access(self.binary(programs[name]), os.X_OK):
            raise NotRunnable(f"{self.binary(programs[name])} has not been built")
        if name == "haproxy" and find_haproxy() is None:
            raise NotRunnable("haproxy is not installed (Debian: apt-get install haproxy)")

    def binary(self, name):
        return os.path.join(self.binaries, name)

    @contextlib.contextmanager
    def started(self, name):
        with contextlib.ExitStack() as stack:
            yield self.starters[name](stack)

    def start_direct(self, stack):
        fd = stack.enter_context(listening_socket()).fileno()
        return Running(["--plain", "--accept-fd", str(fd)], (fd,))

    def start_floor(self, stack):
        return self.start_tunnel(stack, [self.binary("bench_floor"), "0"])

    def start_relay(self, stack):
        return self.start_netplay_relay(stack, self.binary("netplay-relay"), "relay")

    def start_older(self, stack):
        return self.start_netplay_relay(stack, self.against, "older")

    def start_relays(self, stack):
        return self.start_netplay_relay(stack, self.binary("netplay-relay"), "relays", self.workers)

    def start_netplay_relay(self, stack, program, name, workers=1):
        path = os.path.join(self.directory, f"{name}.json")
        more = {} if workers == 1 else {"workers": workers}  # an older one knows no such key
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**RELAY_CONFIG, "inspect": self.inspect, **more}, file)
        return self.start_tunnel(stack, [program, "--config", path], name)

    def start_tunnel(self, stack, command, name="floor"):
        process, log = self.spawn(stack, command, name=name)
        port = wait_for_port(process, log)
        return Running(["--port", str(port), "--pid", str(process.pid)])

    def start_haproxy(self, stack):
        listener = stack.enter_context(listening_socket())
        collector = stack.enter_context(listening_socket())  # where it brings the connections
        config = HAPROXY_CONFIG.format(listener=listener.fileno(), port=port_of(collector))
        path = os.path.join(self.directory, "haproxy.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        process, log = self.spawn(stack, [find_haproxy(), "-db", "-f", path],
                                  (listener.fileno(),), "haproxy")
        pass_one_byte(port_of(listener), collector, log)
        fd = collector.fileno()
        options = ["--plain", "--accept-fd", str(fd), "--port", str(port_of(listener)),
                   "--pid", str(process.pid)]
        return Running(options, (fd,))

    def spawn(self, stack, command, pass_fds=(), name="target"):
        log = os.path.join(self.directory, name + ".log")
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                pass_fds=pass_fds, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, self.target_cores))
        stack.callback(end, process)
        return process, log

    def generate(self, binary, arguments, running, seconds_at_most):
        """Runs bench_load once: (exit status, its JSON or None, what it complained about)."""
        process = subprocess.Popen(
            [binary, *arguments, *running.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=running.pass_fds, start_new_session=True, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, self.generator_cores))
        try:
            output, complaint = process.communicate(timeout=seconds_at_most)
        except subprocess.TimeoutExpired:
            return 1, None, f"no result within {seconds_at_most:.0f} s"
        finally:
            end(process)
        result = json.loads(output) if process.returncode == 0 else None
        return process.returncode, result, complaint.strip()


def listening_socket():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    return listener


def port_of(listener):
    return listener.getsockname()[1]


def find_haproxy():
    return shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def pass_one_byte(port, collector, log):
    """Returns when connections are passed on, that is, when the start is over."""
    collector.settimeout(5)
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as sender:
            sender.sendall(b"?")
            receiver, _ = collector.accept()
            with receiver:
                receiver.settimeout(5)
                receiver.recv(1)
    except OSError as error:
        raise NotRunnable(f"haproxy passes nothing on: {error}; {tail(log)}") from error
    finally:
        collector.settimeout(None)


def wait_for_port(process, log):
    """The program says on its output where it listens."""
    deadline = time.monotonic() + 10
    pause = threading.Event()
    while time.monotonic() < deadline and process.poll() is None:
        with open(log, encoding="utf-8", errors="replace") as file:
            found = re.search(r"(?:^|\s)listening address=127\.0\.0\.1:(\d+)\s", file.read())
        if found:
            return int(found.group(1))
        pause.wait(0.01)
    raise NotRunnable(f"it does not say where it listens; {tail(log)}")


def tail(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        return "its last words: " + " / ".join(file.read().splitlines()[-3:])


def end(process):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGKILL)
    process.wait()
