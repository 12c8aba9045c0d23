"""Becomes a program that finds its sockets as sd_listen_fds(3) says:
with_sockets.py NAME:NAME NUMBER,NUMBER PROGRAM ARGUMENT..."""

import fcntl
import os
import sys

FIRST = 3
ELSEWHERE = 100

names, numbers, *command = sys.argv[1:]
kept = [fcntl.fcntl(int(number), fcntl.F_DUPFD, ELSEWHERE) for number in numbers.split(",")]
for position, number in enumerate(kept):
    os.dup2(number, FIRST + position, inheritable=True)
    os.close(number)
for number in map(int, numbers.split(",")):
    if number >= FIRST + len(kept):
        os.close(number)
environment = {**os.environ, "LISTEN_FDS": str(len(kept)), "LISTEN_FDNAMES": names}
environment.setdefault("LISTEN_PID", str(os.getpid()))
os.execve(command[0], command, environment)
