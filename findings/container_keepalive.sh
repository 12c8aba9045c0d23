#!/bin/sh
# slirp4netns 1.2.0 and 1.2.1, passt (pasta) of 2023-03-09 and of 2025-05-03 (Debian 12 and 13), which carry the network
# of rootless containers: a TCP server inside, and players on another machine.
#
# Guess: what TCP has for it goes on working inside a container: keepalive (here 1 s and three times 1 s) finds a player
# who is silent and gone, and only such a one; TCP_USER_TIMEOUT (3 s) one who takes nothing of what is said to him.
# Behaviour: neither finds anybody, in eight seconds watched here. The connection ends in the program, which answers each
# probe and takes each byte itself, and has one of its own to the player, on which it uses none of the server's
# options. Whoever vanished stays a player with a place. pasta of Debian 12 is worse: it answers no probe at all, so
# that a player who is there, and only silent, is thrown out. A server there needs pings of its own protocol, or the
# host's network (podman run --network=host).
# Needs user namespaces.
. "$(dirname "$0")/lib.sh"
unshare -rn true 2>/dev/null || { echo "skipped: no network namespace" >&2 && exit 77; }
whole bookworm "$work/pasta12" passt 0.0~git20230309.7c7625d-1 'perl.*'
whole trixie "$work/pasta13" passt 0.0~git20250503.587980c-2+deb13u1 'perl.*'
whole bookworm "$work/slirp12" slirp4netns 1.2.0-1 'perl.*'
whole trixie "$work/slirp13" slirp4netns 1.2.1-1.1 'perl.*'
cd "$work"

cat >server.py <<'PY'
"""Three players: one who is there and silent, then, from when their line is cut, one whom TCP's keepalive (1 s, then 3
times 1 s) looks after, and one to whom something is said all the time, with a TCP_USER_TIMEOUT of 3 s."""
import socket
import time

listener = socket.create_server(("", 7000))


def player(keepalive):
    end = listener.accept()[0]
    end.recv(1)
    end.sendall(b"w")
    if keepalive:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
            end.setsockopt(socket.IPPROTO_TCP, option, value)
    else:
        end.setsockopt(socket.IPPROTO_TCP, 18, 3000)  # TCP_USER_TIMEOUT
    return end


def watch(*ends):
    seen, until = ["there"] * len(ends), time.monotonic() + 8
    while time.monotonic() < until:
        for at, (end, says) in enumerate(ends):
            if seen[at] != "there":
                continue
            end.settimeout(0.1)
            try:
                if says:
                    end.send(b"x" * 100)
                end.recv(100)
                seen[at] = "end"
            except OSError as error:
                if error.errno:
                    seen[at] = error.strerror
    return seen


silent = player(True)
print("silent:", *watch((silent, False)), flush=True)
silent.close()
kept, told = player(True), player(False)
kept.send(b"c")
print("cut off: %s; told something: %s" % tuple(watch((kept, False), (told, True))), flush=True)
PY
cat >client.py <<'PY'
import select
import socket


def join():
    while True:
        try:
            end = socket.create_connection(("10.9.0.1", 7000), timeout=5)
            end.sendall(b"h")
            if end.recv(1):  # else it came before the server did
                end.settimeout(60)
                return end
        except OSError:
            pass
        select.select([], [], [], 0.1)


silent = join()
try:
    silent.recv(1)
except ConnectionError:
    pass
ends = join(), join()
ends[0].recv(1)
print("cut", flush=True)
select.select([], [], [], 60)
PY
cat >inside.sh <<'SH'
# Two machines and a line; on one the server, in a container as SORT has it, with that program. All in one PID
# namespace, which takes everything with it.
sort=$1
shift
poll() { until "$@" >/dev/null 2>&1; do sleep 0.1; done; }
ip link set lo up
mkfifo cut over
unshare -n sh -c 'echo $$ >client.pid; read -r _ <over' &
poll test -s client.pid
client=$(cat client.pid)
ip link add v0 type veth peer name v1 netns "$client"
ip addr add 10.9.0.1/24 dev v0
ip link set v0 up
ip route add default via 10.9.0.2 || exit 1
there() { nsenter -t "$client" -n "$@"; }
there ip addr add 10.9.0.2/24 dev v1
there ip link set v1 up
there python3 client.py >cut &
{ read -r _ <cut && there ip link set v1 down; } &
case $sort in
none) python3 server.py ;;
pasta) "$@" --foreground --netns-only --runas 0 --config-net -t 7000 -- python3 server.py ;;
slirp)
    unshare -n sh -c 'echo $$ >server.pid; exec python3 server.py' &
    server=$!
    poll test -s server.pid
    "$@" -c -a api "$(cat server.pid)" tap0 >/dev/null &
    poll test -S api
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect("api")
s.sendall(sys.argv[1].encode())
s.shutdown(socket.SHUT_WR)
s.recv(99)' '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"0.0.0.0","host_port":7000,
        "guest_addr":"10.0.2.100","guest_port":7000}}'
    wait $server
    ;;
esac
SH
program() {
    root=$work/$1
    echo "$root/lib64/ld-linux-x86-64.so.2 --library-path $root/usr/lib/x86_64-linux-gnu $root/usr/bin/$2"
}
with() {
    rm -f ./*.pid cut over api
    # shellcheck disable=SC2086 # words are wanted
    unshare -rn --pid --fork --mount-proc --kill-child sh inside.sh "$1" ${2:-} 2>err | tr '\n' ' '
}
expect "no container" \
    "silent: there cut off: Connection timed out; told something: Connection timed out " "$(with none)"
expect "pasta of 12" "silent: Connection timed out" "$(with pasta "$(program pasta12 pasta)" | sed 's/ cut.*//')"
expect "pasta of 13" "silent: there cut off: there; told something: there " \
    "$(with pasta "$(program pasta13 pasta)")"
for of in 12 13; do
    expect "slirp4netns of $of" "silent: there cut off: there; told something: there " \
        "$(with slirp "$(program slirp$of slirp4netns)")"
done
verdict
