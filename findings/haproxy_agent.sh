#!/bin/sh
# HAProxy 2.6.12 and 3.0.11 (Debian 12 and 13): an agent that says how much its server can take.
#
# Guess: agent-check with "75%" gives the server three quarters of its share, as the manual says ("proportional
# to the initial weight"); "up" makes it whole again.
# Behaviour: the weight is a whole number, rounded down, and it is 1 where nothing else is written: 75% and 99%
# of 1 are 0, and the server gets nobody new at all, though it is shown as up. "up" does not change that, only
# "100%" does. With "weight 100" at both it is as guessed. An agent that told its load by and by would have
# emptied node after node.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.6.12" haproxy=2.6.12-1+deb12u3 libcrypt1 liblua5.3-0 libopentracing1 \
    libopentracing-c-wrapper0 libpcre2-8-0 libssl3 libsystemd0 libcap2 liblz4-1 liblzma5 libzstd1 \
    libgcrypt20 libgpg-error0 zlib1g
debian trixie "$work/3.0.11" haproxy=3.0.11-1+deb13u4 libcrypt1 libjemalloc2 liblua5.4-0 \
    libopentracing1 libopentracing-c-wrapper0t64 libpcre2-8-0 libssl3t64 libcap2 libzstd1 zlib1g

cat >"$work/agent.py" <<'PYTHON'
import socket, subprocess, sys, threading, time

folder, weight, *program = sys.argv[1:]
agent, one, two = (socket.create_server(("127.0.0.1", 0)) for _ in range(3))
answer, asked = b"", 0

def serve(server, say):
    while True:
        with server.accept()[0] as line:
            line.sendall(say())

def say_load():
    global asked
    asked += 1
    return answer

def player():
    while (line := socket.socket(socket.AF_UNIX)).connect_ex(folder + "/players"):
        if process.poll() is not None:
            sys.exit("HAProxy has ended")
        time.sleep(0.05)
    with line:
        return line.recv(1)

for server, say in ((agent, say_load), (one, lambda: b"1"), (two, lambda: b"2")):
    threading.Thread(target=serve, args=(server, say), daemon=True).start()
with open(folder + "/haproxy.cfg", "w") as file:
    file.write("""defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m
frontend players\n bind unix@%s/players\n default_backend games
backend games\n balance roundrobin\n default-server %s
 server one 127.0.0.1:%d agent-check agent-addr 127.0.0.1 agent-port %d agent-inter 50ms
 server two 127.0.0.1:%d\n""" % (folder, weight, *[server.getsockname()[1]
                                                   for server in (one, agent, two)]))
process = subprocess.Popen([*program, "-f", folder + "/haproxy.cfg"], stderr=subprocess.DEVNULL)
try:
    for answer in (b"up 100%\n", b"75%\n", b"up\n", b"up 100%\n"):
        before = asked
        while asked < before + 4: # the answer has been taken when it is asked for again
            time.sleep(0.01)
        player()
        print(sum(player() == b"1" for _ in range(70)), end=" ")
finally:
    process.terminate()
    process.wait()
PYTHON
of_70() {
    root=$work/$1
    mkdir "$root/$2"
    python3 "$work/agent.py" "$root/$2" "${3:-}" "$root/lib64/ld-linux-x86-64.so.2" --library-path \
        "$root/usr/lib/x86_64-linux-gnu" "$root/usr/sbin/haproxy"
}
echo "of 70 players, how many get to the server whose agent says 100%, 75%, up, 100%"
for version in 2.6.12 3.0.11; do
    expect "HAProxy $version" "35 0 0 35 " "$(of_70 $version plain)"
    expect "  with weight 100" "35 30 30 35 " "$(of_70 $version weighted "weight 100")"
done
verdict
