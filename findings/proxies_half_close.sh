#!/bin/sh
# systemd-socket-proxyd 252 and 257, socat 1.7.4.4 and 1.8.0.3 (Debian 12 and 13), sslh 1.20 and HAProxy 2.6.12
# (Debian 12): a TCP connection through each, and one side that has said everything (shutdown) and waits for the answer.
#
# Guess: a proxy for TCP hands on what TCP has: the end of one direction, while the other one goes on, and a reset as a
# reset; all the more one that is part of the system and takes no options for it.
# Behaviour: HAProxy does, but for a reset by the server, which reaches the client as an end. systemd-socket-proxyd and
# sslh end both directions at the first end of either, so that who says "that was all" gets no answer and no
# error; socat waits half a second for it, or as long as -t says. In all three a reset arrives as a clean end. A
# server behind one of them cannot tell who went from whose line broke, and a protocol that ends with one
# direction at a time loses its last words there, at either end.
. "$(dirname "$0")/lib.sh"
whole bookworm "$work/systemd12" systemd 252.39-1~deb12u2 'perl.*'
whole trixie "$work/systemd13" systemd 257.13-1~deb13u1 'perl.*'
whole bookworm "$work/socat12" socat 1.7.4.4-2 'perl.*'
whole trixie "$work/socat13" socat 1.8.0.3-1+deb13u1 'perl.*'
whole bookworm "$work/sslh" sslh 1.20-1+b2 'perl.*'
whole bookworm "$work/haproxy" haproxy 2.6.12-1+deb12u3 'perl.*'
cd "$work"

cat >through.py <<'PY'
"""A connection through a proxy, half closed by each side, and reset by each. Argument: the proxy's command
line, with @PORT@ and @BACKEND@ filled in. socket-proxyd gets a listening socket as systemd passes it."""
import os
import select
import socket
import struct
import subprocess
import sys
import time

backend = socket.create_server(("127.0.0.1", 0))
backend.settimeout(10)
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
if "socket-proxyd" not in sys.argv[1]:
    listener.close()
command = sys.argv[1].replace("@PORT@", str(port)).replace("@BACKEND@", str(backend.getsockname()[1]))


def as_systemd():
    if listener.fileno() >= 0:
        os.dup2(listener.fileno(), 3, inheritable=True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))


def pair():
    until = time.monotonic() + 20
    while True:
        try:
            client = socket.create_connection(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            select.select([], [], [], 0.05)
    client.sendall(b"hello")
    server = backend.accept()[0]
    for end in client, server:
        end.settimeout(10)
    assert server.recv(5) == b"hello"
    return client, server


def heard(end):
    got = b""
    try:
        while part := end.recv(4096):
            got += part
        return f"{len(got)} bytes and the end"
    except OSError as error:
        return f"{len(got)} bytes and {type(error).__name__}"


def half_closed(asks, answers):
    asks.shutdown(socket.SHUT_WR)
    answers.recv(1)
    select.select([], [], [], 1)  # the time that an answer takes
    try:
        for _ in range(10):
            answers.sendall(bytes(100))
    except OSError:
        pass
    answers.close()
    return heard(asks)


def reset(one, other):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
    return heard(other)


proxy = subprocess.Popen(["sh", "-c", "exec " + command], preexec_fn=as_systemd, close_fds=False,
                         stderr=subprocess.DEVNULL)
try:
    client, server = pair()
    print("client asks:", half_closed(client, server), end="; ")
    client, server = pair()
    print("server asks:", half_closed(server, client), end="; ")
    client, server = pair()
    print("reset by the client:", reset(client, server), end="; ")
    client, server = pair()
    print("by the server:", reset(server, client))
finally:
    proxy.terminate()
    proxy.wait()
PY
program() {
    libraries=$work/$1/usr/lib/x86_64-linux-gnu
    echo "$work/$1/lib64/ld-linux-x86-64.so.2 --library-path $libraries:$libraries/systemd $work/$1/usr/$2"
}
lost="asks: 0 bytes and the end" answered="asks: 1000 bytes and the end"
ended="0 bytes and the end" reset="0 bytes and ConnectionResetError"
through() {
    what=$1 wanted=$2
    shift 2
    expect "$what" "client $wanted; server $wanted; reset by the client: ${1}; by the server: $ended" \
        "$(python3 through.py "$2")"
}
for of in 12 13; do
    through "systemd-socket-proxyd of $of" "$lost" "$ended" \
        "$(program systemd$of lib/systemd/systemd-socket-proxyd) 127.0.0.1:@BACKEND@"
    socat=$(program socat$of bin/socat) ends="TCP-LISTEN:@PORT@,bind=127.0.0.1,fork TCP:127.0.0.1:@BACKEND@"
    through "socat of $of" "$lost" "$ended" "$socat $ends"
    through "socat of $of, -t 60" "$answered" "$ended" "$socat -t 60 $ends"
done
through "sslh" "$lost" "$ended" "$(program sslh sbin/sslh-select) -f -p 127.0.0.1:@PORT@ --anyprot 127.0.0.1:@BACKEND@"
cat >haproxy.cfg <<'CFG'
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen game
    bind 127.0.0.1:"$PORT"
    server one 127.0.0.1:"$BACKEND"
CFG
through "HAProxy" "$answered" "$reset" \
    "env PORT=@PORT@ BACKEND=@BACKEND@ $(program haproxy sbin/haproxy) -db -f haproxy.cfg"
verdict
