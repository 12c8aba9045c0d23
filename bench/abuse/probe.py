"""A round trip through a tunnel link, again and again, in a process of its own: what a message of a
player takes there and back while the relay is attacked."""

import math
import time

from abuse.honest import MESSAGE, Reached, linked

INTERVAL = 0.01
PATIENCE = 10  # for one round trip, in seconds


def probe(address, pipe):
    """The process: says when it is ready, measures when it is told to, until it is told again."""
    host, guest, host_side = linked(Reached(address), 250)
    pipe.send("ready")
    pipe.recv()
    times, lost = [], False
    began = time.monotonic()
    while not pipe.poll(max(0.0, began + INTERVAL - time.monotonic())):
        began = time.monotonic()
        try:
            guest.send(bytes(MESSAGE), PATIENCE)
            host_side.send(host_side.receive(MESSAGE, PATIENCE), PATIENCE)
            guest.receive(MESSAGE, PATIENCE)
        except (OSError, AssertionError):
            lost = True
            break
        times.append(time.monotonic() - began)
    pipe.recv()
    times.sort()
    if lost or not times:
        times = [math.inf]
    host.close()
    pipe.send({"p50": times[len(times) // 2] * 1000, "p99": times[int(len(times) * 0.99)] * 1000})
