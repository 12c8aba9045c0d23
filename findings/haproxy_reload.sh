#!/bin/sh
# HAProxy 2.6.12 and 3.0.11 (Debian 12 and 13): a stick table over a reload, on one machine.
#
# Guess: a table with "peers" and the machine itself as the only peer comes over a reload, as the manual
# promises: the old process teaches the new one. So a limit of connections for each address (conn_cur)
# goes on to count those that the old process still carries.
# Behaviour: 3.0.11 hands on how many have come (conn_cnt), but conn_cur begins at 0 while all of them go on;
# 2.6.12 hands on nothing. Games last for hours, so after each reload an address may have as many
# again: who counts on the limit has to let the game server keep it as well.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.6.12" haproxy=2.6.12-1+deb12u3 libcrypt1 liblua5.3-0 libopentracing1 \
    libopentracing-c-wrapper0 libpcre2-8-0 libssl3 libsystemd0 libcap2 liblz4-1 liblzma5 libzstd1 \
    libgcrypt20 libgpg-error0 zlib1g
debian trixie "$work/3.0.11" haproxy=3.0.11-1+deb13u4 libcrypt1 libjemalloc2 liblua5.4-0 \
    libopentracing1 libopentracing-c-wrapper0t64 libpcre2-8-0 libssl3t64 libcap2 libzstd1 zlib1g

cat >"$work/reload.py" <<'PYTHON'
import re, socket, subprocess, sys, time

folder, *program = sys.argv[1:]
game, peer = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
with open(folder + "/haproxy.cfg", "w") as file:
    file.write("""global\n stats socket %s/stats level admin
defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h
peers machine\n peer here 127.0.0.1:%d
frontend players\n bind unix@%s/players\n default_backend game
 stick-table type integer size 1k expire 1h store conn_cnt,conn_cur peers machine
 tcp-request connection track-sc0 int(7)
backend game\n server game 127.0.0.1:%d
""" % (folder, peer.getsockname()[1], folder, game.getsockname()[1]))
peer.close()

def connect(name):
    while (line := socket.socket(socket.AF_UNIX)).connect_ex(folder + "/" + name):
        time.sleep(0.05)
    return line

def asked(what, found):
    with connect("stats") as line:
        line.sendall(what.encode() + b"\n")
        return [int(number) for number in re.findall(found, line.makefile().read())]

def counted(wanted):
    """How many have come, and are there, by the newest process: within 10 s as wanted."""
    end = time.monotonic() + 10
    while (seen := asked("show table players", r"conn_c(?:nt|ur)=(\d+)") or [0, 0]) != wanted:
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return seen

def start(*arguments):
    line = [*program, "-f", folder + "/haproxy.cfg", "-L", "here", *arguments]
    processes.append(subprocess.Popen(line, stderr=subprocess.DEVNULL))
    while asked("show info", r"\nPid: (\d+)") != [processes[-1].pid]:
        time.sleep(0.05)

processes = []
try:
    start()
    players = [connect("players") for _ in range(3)]
    print(*counted([3, 3]), end=", ")
    start("-sf", str(processes[0].pid))
    print(*counted([3, 3]), end=", ")
    for server in [game.accept()[0] for _ in players]:
        server.sendall(b"x")
    print(*[player.recv(1).decode() for player in players])
finally:
    for process in processes:
        process.terminate()
        process.wait()
PYTHON
counts() {
    root=$work/$1
    mkdir "$root/here"
    python3 "$work/reload.py" "$root/here" "$root/lib64/ld-linux-x86-64.so.2" --library-path \
        "$root/usr/lib/x86_64-linux-gnu" "$root/usr/sbin/haproxy"
}
echo "come and there before a reload; behind it, while they go on; what each still hears"
expect "HAProxy 2.6.12" "3 3, 0 0, x x x" "$(counts 2.6.12)"
expect "HAProxy 3.0.11" "3 3, 3 0, x x x" "$(counts 3.0.11)"
verdict
