"""What all attacks have in common: where they come from, and when they end."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "integration"))

import netplay_client  # noqa: E402  (from the tests, whose path was just added)
import tunnel_client  # noqa: E402

IPV6_FREEBIND = 78  # bind to any address of a network that is routed here


class Attack:
    """One kind of attack. `run` goes on until `stop` is set; whatever is refused it takes."""

    name = ""
    what = ""     # what the stranger does, in a few words
    config = {}   # of the relay, beside its defaults

    def __init__(self, target, sources, stop):
        self.target = target    # (host, port)
        self.sources = sources  # addresses to come from
        self.stop = stop
        self.address = target   # as the clients of the tests want it
        self.kept = []
        self.count = 0

    def run(self):
        raise NotImplementedError

    def source(self):
        """The next address, in turn."""
        self.count += 1
        return self.sources[self.count % len(self.sources)]

    def connect(self, source=None, receive_buffer=None):
        """A connected socket, or None if it was not let in."""
        family = socket.AF_INET6 if ":" in self.target[0] else socket.AF_INET
        one = socket.socket(family, socket.SOCK_STREAM)
        try:
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            if receive_buffer:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            one.bind((source or self.source(), 0))
            one.settimeout(2)
            one.connect(self.target)
            return one
        except OSError:
            one.close()
            return None

    def attempt(self, act, *arguments, **options):
        """The result, or None if the relay hung up on it."""
        try:
            return act(*arguments, **options)
        except (OSError, AssertionError, struct.error):
            return None

    def session(self, source):
        """An open session, or None."""
        return self.attempt(lambda: tunnel_client.Host(self, source).open())

    def member(self, source, **options):
        """A client that shakes hands while it is pumped, or None."""
        return self.attempt(netplay_client.Client, self, source=source, **options)

    def pump(self, clients, seconds=0.0):
        """All hear and answer for so long; those that are out are dropped."""
        end = time.monotonic() + seconds
        while not self.stop.is_set():
            for client in clients:
                if self.attempt(client.pump) is None and client.ended:
                    client.close()
            clients[:] = [client for client in clients if not client.ended]
            if time.monotonic() >= end:
                return
            self.stop.wait(0.01)

    def hold(self):
        """Keeps all that it has until the end."""
        self.stop.wait()

    def barrier(self):
        pass  # the clients of the tests may ask for it
