"""The relay as a service of a machine with a real systemd. One machine for all tests of a run; the
tests' sockets are in its network."""

import json
import re
import subprocess
import time
import urllib.request

import support
import debian_machine
import relay_process
import units
from runner import RelayTest
from waiting import die_with_parent, wait_until

SERVICE, SOCKET = "netplay-relay.service", "netplay-relay.socket"
ALL_SERVICES = "netplay-relay*.service"  # that are loaded
CONFIG = "/etc/netplay-relay/netplay-relay.json"
USER = "netplay-relay"
PORT, ADMIN_PORT = 55435, 55480
SEEN_LIMIT = 20
STATUS_LIMIT = 20  # for the line of "systemctl status" to follow

running = None  # the Service, once a test has asked for it


def why_impossible():
    if not support.debian_root_cache:
        return "no --debian-root-cache DIRECTORY was given"
    if relay_process.is_instrumented():
        return "a relay with sanitizers needs libraries and system calls that are not allowed it"
    return debian_machine.why_impossible(support.debian_root_cache)


def service():
    global running
    if not running:
        root = debian_machine.prepare_root(support.debian_root_cache)
        machine = debian_machine.Machine(root).__enter__()
        running = Service(machine)
        running.install()
    return running


def end():
    if running:
        running.machine.end()


class Service:
    """Also what clients, and tests of a fleet, take for a relay."""

    def __init__(self, machine, unit=SERVICE, port=PORT, admin_port=ADMIN_PORT, config=CONFIG):
        self.machine = machine
        self.unit, self.config = unit, config
        self.address = ("127.0.0.1", port)
        self.admin_address = ("127.0.0.1", admin_port)
        self.began = time.time()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def install(self):
        self.machine.copy_in(relay_process.binary, "/usr/bin/netplay-relay")
        for name, place in units.INSTALLED.items():
            self.machine.write(place, units.text_of(name))
        self.configure({})
        self.machine.run("systemd-sysusers", check=True)
        self.machine.run("systemd-tmpfiles --create --prefix=/etc/netplay-relay", check=True)

    def configure(self, config):
        """In place, as an editor would that keeps owner and mode."""
        self.machine.run(f"mkdir -p $(dirname {self.config}) && cat > {self.config}", check=True,
                         stdin=config if isinstance(config, str) else json.dumps(config))

    def drop_in(self, **settings):
        lines = "".join(f"{key}={value}\n" for key, value in settings.items())
        self.machine.write(f"/etc/systemd/system/{self.unit}.d/test.conf", f"[Service]\n{lines}")
        self.systemctl("daemon-reload")

    def forget(self):
        """As after an installation: nothing runs, nothing is changed."""
        self.machine.run("systemctl", "kill", "--signal=KILL", ALL_SERVICES)
        self.machine.run("systemctl", "stop", "netplay-relay*.socket", ALL_SERVICES)
        self.machine.run("rm -rf /etc/systemd/system/netplay-relay*", check=True)
        self.systemctl("daemon-reload")
        self.machine.run("systemctl", "reset-failed", ALL_SERVICES, SOCKET)
        self.configure({})
        self.address = ("127.0.0.1", PORT)
        self.began = time.time()

    # What systemd does and knows.

    def systemctl(self, *arguments, check=True):
        return self.machine.run("systemctl", *arguments, check=check)

    def start(self):
        if self.systemctl("start", self.unit, check=False).returncode:
            raise AssertionError(f"{self.unit} does not start:\n{self.log_text()}")
        return self

    def begin(self, verb):
        """systemctl, which does "restart" or "stop" meanwhile: to be waited for."""
        return subprocess.Popen(self.machine.inside("systemctl", verb, self.unit),
                                stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def show(self, name, unit=None):
        return self.systemctl("show", f"--property={name}", "--value",
                              unit or self.unit).stdout.strip()

    def wait_for(self, limit=SEEN_LIMIT, **properties):
        """E.g. ActiveState="active"."""
        names = ",".join(properties)

        def as_wanted():
            shown = self.systemctl("show", f"--property={names}", self.unit).stdout.split("\n")
            return all(f"{key}={value}" in shown for key, value in properties.items())
        try:
            wait_until(as_wanted, limit, f"{properties}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.status_page()}") from None

    def wait_for_status(self, text):
        try:
            wait_until(lambda: text in self.show("StatusText"), STATUS_LIMIT, repr(text))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.status_page()}") from None

    def status_page(self):
        return self.systemctl("status", "--no-pager", "--full", self.unit, check=False).stdout

    def pid(self):
        return int(self.show("MainPID"))

    def wait_for_another(self, pid):
        wait_until(lambda: self.pid() not in (0, pid) and self.show("ActiveState") == "active",
                   SEEN_LIMIT, f"another process than {pid}")
        return self.pid()

    def proc(self, name):
        return self.machine.read(f"/proc/{self.pid()}/{name}")

    def journal(self, *matches):
        """Entries of the test so far, as dictionaries."""
        said = self.machine.run("journalctl", "--output=json", "--all", "--no-pager",
                                f"--since=@{self.began:.6f}", *matches, check=True).stdout
        return [json.loads(line) for line in said.splitlines()]

    def said(self):
        return "\n".join(str(entry.get("MESSAGE")) for entry in self.journal())

    def log_text(self):
        """What the relay itself has said."""
        entries = self.journal(f"_SYSTEMD_UNIT={self.unit}")
        return "\n".join(str(entry.get("MESSAGE")) for entry in entries)

    def wait_for_message(self, pattern):
        wait_until(lambda: re.search(pattern, self.said()), SEEN_LIMIT,
                   f"{pattern!r} in the journal:\n{self.said()}")

    def listening(self):
        """The TCP sockets that listen in the machine: [(address:port, its holders)]."""
        lines = self.machine.run("ss", "-Hltnp", check=True).stdout.splitlines()
        return [(line.split()[3], line.split()[-1]) for line in lines]

    # What the relay itself says; inside the machine's network.

    def status(self):
        host, port = self.admin_address
        with self.opener.open(f"http://{host}:{port}/status", timeout=10) as answer:
            return json.load(answer)

    def use(self):
        return self.status()["use"]

    def wait_for_use(self, **expected):
        wait_until(lambda: expected.items() <= self.use().items(), SEEN_LIMIT, f"{expected}")

    def barrier(self):
        for _ in range(2):
            self.status()


class ServiceTest(RelayTest):
    """Begins with the service stopped and its files as installed."""

    def setUp(self):
        if reason := why_impossible():
            self.skipTest(reason)
        try:
            self.service = service()
        except debian_machine.Impossible as error:
            self.skipTest(str(error))
        self.machine = self.service.machine
        self.service.forget()
        self.enterContext(self.machine.network())

    def by_ipv6(self):
        self.service.address = ("::1", PORT)
        return self.service
