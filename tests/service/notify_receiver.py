"""The other end of NOTIFY_SOCKET: what systemd would be told, with the time at which it came."""

import pathlib
import shutil
import socket
import tempfile
import time
from typing import NamedTuple

from waiting import wait_until


class Message(NamedTuple):
    time: float
    fields: dict  # READY: "1", STATUS: "...", ...


class Receiver:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-notify-"))
        self.path = self.directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.messages = []

    def close(self):
        self.socket.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def hear(self):
        """All messages so far."""
        while True:
            try:
                datagram = self.socket.recv(65536)
            except BlockingIOError:
                return self.messages
            lines = datagram.decode().splitlines()
            fields = dict(line.split("=", 1) for line in lines)
            self.messages.append(Message(time.monotonic(), fields))

    def having(self, key):
        return [message for message in self.hear() if key in message.fields]

    def count(self, key):
        return len(self.having(key))

    def status(self):
        """The last one, or an empty text."""
        said = self.having("STATUS")
        return said[-1].fields["STATUS"] if said else ""

    def wait_for(self, key, limit=10, count=1):
        """The count-th message that has the key."""
        return wait_until(lambda: self.having(key)[count - 1:], limit,
                          f"{count} x {key}=, so far {self.messages}")[0]

    def wait_for_status(self, *parts, limit=10):
        def as_expected():
            status = self.status()
            return status if all(part in status for part in parts) else None
        try:
            return wait_until(as_expected, limit, f"a STATUS with {parts}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last is {self.status()!r}") from None
