"""The image in a container that may do nothing it need not, alone in a network namespace with its
default ports."""

import json
import pathlib
import signal
import subprocess
import tempfile
import urllib.request

import podman  # first: it tells Python where the modules of tests/integration are
import private_network
import relay_process

IMAGE = "netplay-relay"
UID = 55435
PORT, ADMIN_PORT = 55435, 55480
CONFIG_FOLDER = "/etc/netplay-relay"
CONFIG_NAME = "netplay-relay.json"
HARDENED = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all",
            "--security-opt=no-new-privileges")
# Beside loopback, so that there is somewhere from where the admin address must not be reachable.
OUTSIDE = "10.77.0.1"


class ContainerRelay(relay_process.Relay):
    counter = 0

    def __init__(self, engine, config=None, environment=None, options=HARDENED, arguments=()):
        """config: what is in the file of a mounted directory; None: the image's own file.
        environment: configuration by variables, without their NETPLAY_RELAY_."""
        # Not that of the class above, which starts a program.
        ContainerRelay.counter += 1
        self.engine = engine
        self.name = f"relay{ContainerRelay.counter}"
        self.kept = tempfile.TemporaryDirectory(prefix="netplay-relay-container-")
        self.directory = pathlib.Path(self.kept.name)
        self.directory.chmod(0o755)
        self.log_path = self.directory / "relay.log"
        self.config_path = self.directory / "config" / CONFIG_NAME
        self.config = None
        self.options = [*options]
        if config is not None:
            self.config = {"limits": {}, **config}
            self.config_path.parent.mkdir(mode=0o755)
            self.write_config()
            self.options += ["--volume", f"{self.config_path.parent}:{CONFIG_FOLDER}:ro"]
        for key, value in (environment or {}).items():
            self.options += ["--env", f"NETPLAY_RELAY_{key}={value}"]
        self.arguments = list(arguments)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.address = ("127.0.0.1", PORT)
        self.admin_address = ("127.0.0.1", ADMIN_PORT)
        self.process = None
        self.network = private_network.Namespace()
        self.network.run("ip", "address", "add", f"{OUTSIDE}/32", "dev", "lo")

    def write_config(self):
        """Replaced, as editors do, and not overwritten."""
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text(json.dumps(self.config, indent=2), encoding="utf-8")
        fresh.chmod(0o644)
        fresh.rename(self.config_path)

    def run_arguments(self):
        return ["run", "--name", self.name, f"--network=ns:{self.network.path()}", *self.options,
                IMAGE, *self.arguments]

    def spawn(self):
        with open(self.log_path, "wb") as log:
            self.process = self.engine.spawn(*self.run_arguments(), stdout=log,
                                             stderr=subprocess.STDOUT)

    def start(self):
        self.spawn()
        self.wait_for_log(r" listening address=0\.0\.0\.0:55435\n", relay_process.START_LIMIT)
        return self

    def run_to_end(self):
        """For one that does not stay: returncode, stdout and stderr."""
        return self.engine.command(*self.run_arguments(), check=False)

    def inspect(self):
        return self.engine.inspect(self.name, "container")

    def execute(self, *command, check=True):
        """Runs a program in the container."""
        return self.engine.command("exec", self.name, *command, check=check)

    def is_healthy(self):
        """Runs the image's health check, once."""
        return self.engine.command("healthcheck", "run", self.name, check=False).returncode == 0

    def health(self):
        return self.inspect()["State"]["Health"]["Status"]

    def proc(self, name):
        pid = self.inspect()["State"]["Pid"]
        return pathlib.Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")

    def send_signal(self, number):
        self.engine.command("kill", "--signal", signal.Signals(number).name, self.name)

    def change(self, **keys):
        # The class above knows how, but sends the signal to a program it has started itself.
        before = self.log_text().count(" reload")
        self.config.update(keys)
        self.write_config()
        self.send_signal(signal.SIGHUP)
        return self.wait_for_log(r" (?:reloaded|reload_refused) [^\n]*\n", count=before + 1)

    def end(self):
        if self.process:
            self.engine.command("rm", "--force", "--time", "0", self.name, check=False)
            relay_process.end_process(self.process)
        self.network.end()
        self.kept.cleanup()
