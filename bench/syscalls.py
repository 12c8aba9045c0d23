#!/usr/bin/env python3
"""Counts the system calls that one lone message of the tunnel costs, with strace: of the relay, of
the floor, and of an older relay if one is given."""

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

from targets import NotRunnable, Targets, end

HEADERS = (bytes.fromhex("52414e50 00040008 00000001 00000006 00000005 00000001"),
           bytes.fromhex("52414e50 00040008 00000001 00000000 00000006 fffffffe"))
ROW = re.compile(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$")


def receive(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            raise NotRunnable("the target hung up")
        data += piece
    return data


def connect(stack, port, greeting):
    peer = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.sendall(greeting)
    return peer


def open_link(stack, port):
    control = connect(stack, port, b"RATS" + bytes(12))
    session = receive(control, 16)
    guest = connect(stack, port, session + HEADERS[0])
    notice = receive(control, 16)
    host = connect(stack, port, notice)
    receive(host, len(HEADERS[0]))
    host.sendall(HEADERS[1])
    receive(guest, len(HEADERS[1]))
    return guest, host


@contextlib.contextmanager
def counted(process, calls):
    """Fills `calls` with the number of each system call that the process makes meanwhile."""
    tracer = subprocess.Popen([shutil.which("strace"), "-f", "-c", "-p", str(process)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = tracer.stderr.readline()
        if "attached" not in said:
            raise NotRunnable(f"strace may not look on: {said.strip()}")
        yield
        tracer.send_signal(signal.SIGINT)
        _, table = tracer.communicate(timeout=20)
    finally:
        end(tracer)
    for line in table.splitlines():
        found = ROW.match(line)
        if found and found[2] != "total":
            calls[found[2]] = int(found[1])


def count(targets, name, messages):
    calls = {}
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(targets.started(name))
        options = dict(zip(running.options[::2], running.options[1::2]))
        guest, host = open_link(stack, int(options["--port"]))
        with counted(int(options["--pid"]), calls):
            for frame in range(messages):
                message = struct.pack(">IIIII", 3, 12, frame, 1, frame)
                guest.sendall(message)
                receive(host, len(message))
    return calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="binaries are in BUILD/bin")
    parser.add_argument("--against", metavar="BINARY", help="an older netplay-relay")
    parser.add_argument("--messages", type=int, default=2000)
    options = parser.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is not installed (Debian: apt-get install strace)")
    names = ["relay", "floor"] + (["older"] if options.against else [])
    with tempfile.TemporaryDirectory(prefix="netplay-relay-bench-") as directory:
        targets = Targets(os.path.join(options.build, "bin"), directory, 0, 1,
                          against=options.against)
        for name in names:
            calls = count(targets, name, options.messages)
            each = {call: made / options.messages for call, made in calls.items()}
            most = sorted(each.items(), key=lambda entry: -entry[1])
            told = ", ".join(f"{call} {made:.2f}" for call, made in most if made >= 0.005)
            print(f"{name}: {sum(each.values()):.2f} system calls a message ({told})", flush=True)


if __name__ == "__main__":
    try:
        main()
    except NotRunnable as reason:
        sys.exit(str(reason))
