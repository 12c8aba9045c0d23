"""A relay started as systemd would start it, with the environment and the sockets it is told of."""

import pathlib
import re
import socket
import subprocess
import sys

import relay_process

EXECUTE = pathlib.Path(__file__).resolve().with_name("with_sockets.py")
LISTENING = "0A"  # in /proc/net/tcp


class WatchedRelay(relay_process.Relay):
    """environment: names and values; sockets: (socket, name) in the order of LISTEN_FDS."""

    def __init__(self, config=None, environment=None, sockets=(), **options):
        super().__init__(config, **options)
        self.environment = {key: str(value) for key, value in (environment or {}).items()}
        self.sockets = list(sockets)

    def spawn(self):
        if self.environment:
            self.prefix = ["env", *(f"{key}={value}" for key, value in self.environment.items())]
        numbers = [one.fileno() for one, _ in self.sockets]
        if self.sockets:
            names = ":".join(name for _, name in self.sockets)
            self.prefix += [sys.executable, str(EXECUTE), names, ",".join(map(str, numbers))]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, str(relay_process.binary), "--config", str(self.config_path),
                 *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=numbers,
                preexec_fn=self.prepare)

    def listening(self):
        """Where it listens by TCP just now, as the kernel knows it: {(address, port)}."""
        directory = pathlib.Path(f"/proc/{self.process.pid}/fd")
        own = {path.readlink().name for path in directory.iterdir() if path.is_symlink()}
        found = set()
        for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
            for line in self.proc(f"net/{name}").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and f"socket:[{fields[9]}]" in own:
                    found.add(endpoint_of(fields[1], family))
        return found


def endpoint_of(text, family):
    address, port = text.split(":")
    words = re.findall("." * 8, address)
    packed = b"".join(bytes.fromhex(word)[::-1] for word in words)  # of a little-endian machine
    return socket.inet_ntop(family, packed), int(port, 16)
