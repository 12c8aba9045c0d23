#!/bin/sh
# HAProxy 2.6.12 and 3.0.11 (Debian 12 and 13): to drain a server that players are sent to by a rule (use-server), as
# those are whose session or code names a node.
#
# Guess: drain, and weight 0, mean nobody new, whichever way he is chosen; use-server then counts for nothing, as it
# does for a server that is down, and the player goes to another one.
# Behaviour: use-server goes on as before, for drain and for weight 0: they only keep away those whom HAProxy
# itself spreads. Of the three only "maint" sends the others elsewhere. So a node whose games are over is never
# empty while its players come back by name; good for games that still run there, and a surprise for who waits
# until he can switch it off.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.6.12" haproxy=2.6.12-1+deb12u3 libcrypt1 liblua5.3-0 libopentracing1 \
    libopentracing-c-wrapper0 libpcre2-8-0 libssl3 libsystemd0 libcap2 liblz4-1 liblzma5 libzstd1 \
    libgcrypt20 libgpg-error0 zlib1g
debian trixie "$work/3.0.11" haproxy=3.0.11-1+deb13u4 libcrypt1 libjemalloc2 liblua5.4-0 \
    libopentracing1 libopentracing-c-wrapper0t64 libpcre2-8-0 libssl3t64 libcap2 libzstd1 zlib1g

cat >"$work/drain.py" <<'PYTHON'
import socket, subprocess, sys, threading, time

folder, rule, *program = sys.argv[1:]
one, two = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))

def serve(server, name):
    while True:
        with server.accept()[0] as line:
            line.sendall(name)

def connect(name):
    while (line := socket.socket(socket.AF_UNIX)).connect_ex(folder + "/" + name):
        if process.poll() is not None:
            sys.exit("HAProxy has ended")
        time.sleep(0.05)
    return line

for server, name in ((one, b"1"), (two, b"2")):
    threading.Thread(target=serve, args=(server, name), daemon=True).start()
with open(folder + "/haproxy.cfg", "w") as file:
    file.write("""global\n stats socket %s/stats level admin
defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m
frontend players\n bind unix@%s/players\n default_backend games
backend games\n balance roundrobin\n %s\n server one 127.0.0.1:%d\n server two 127.0.0.1:%d
""" % (folder, folder, rule, one.getsockname()[1], two.getsockname()[1]))
process = subprocess.Popen([*program, "-f", folder + "/haproxy.cfg"], stderr=subprocess.DEVNULL)
try:
    for order in ("state ready", "state drain", "state ready", "weight 0", "weight 100%", "state maint"):
        with connect("stats") as line:
            line.sendall(f"set server games/one {order}\n".encode())
            line.recv(1024)
        got = []
        for _ in range(10):
            with connect("players") as line:
                got.append(line.recv(1))
        print(got.count(b"1"), end=" ")
finally:
    process.terminate()
    process.wait()
PYTHON
of_ten() {
    root=$work/$1
    mkdir "$root/$2"
    python3 "$work/drain.py" "$root/$2" "${3:-}" "$root/lib64/ld-linux-x86-64.so.2" --library-path \
        "$root/usr/lib/x86_64-linux-gnu" "$root/usr/sbin/haproxy"
}
echo "of ten new players, how many get to the server: ready, drain, ready, weight 0, 100%, maint"
for version in 2.6.12 3.0.11; do
    expect "HAProxy $version, spread by HAProxy" "5 0 5 0 5 0 " "$(of_ten $version spread)"
    expect "  with use-server" "10 10 10 10 10 0 " "$(of_ten $version named 'use-server one if TRUE')"
done
verdict
