#!/bin/sh
# nginx 1.22.1 and 1.26.3 (Debian 12 and 13): proxy_read_timeout of a WebSocket.
#
# Guess: it is the time between two reads from the upstream server, as its description and nginx's page on
# WebSockets say. A game server that hangs says nothing, so nginx ends the connection after that time.
# Behaviour: once upgraded, every byte in either direction begins the time anew. A server that has been silent
# for many times the limit keeps its player as long as buttons are pressed or a library pings: the game is
# frozen, and nginx logs nothing. That the server is alive has to be seen by the player's side.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/1.22.1" nginx=1.22.1-9+deb12u9 libpcre2-8-0 libssl3 libcrypt1 zlib1g
debian trixie "$work/1.26.3" nginx=1.26.3-3+deb13u10 libpcre2-8-0 libssl3t64 libcrypt1 zlib1g \
    libzstd1

cat >"$work/proxied.py" <<'PYTHON'
import os, socket, subprocess, sys, time

folder, *program = sys.argv[1:]
upstream = socket.create_server(("127.0.0.1", 0))
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
with open("%s/nginx.conf" % folder, "w") as file:
    file.write("""daemon off; master_process off; pid %(f)s/pid; error_log %(f)s/error; events {}
http { access_log off; client_body_temp_path %(f)s; proxy_temp_path %(f)s; fastcgi_temp_path %(f)s;
uwsgi_temp_path %(f)s; scgi_temp_path %(f)s; server { listen unix:%(f)s/listen; location / {
    proxy_pass http://127.0.0.1:%(port)d; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
    proxy_read_timeout 3s; } } }
""" % {"f": folder, "port": upstream.getsockname()[1]})

def ended(speaker):
    """Whether nginx ends it within 9 s, while the speaker says a byte each 0.25 s."""
    player = socket.socket(socket.AF_UNIX)
    while player.connect_ex(folder + "/listen"):
        time.sleep(0.05)
    player.sendall(b"GET / HTTP/1.1\r\nHost: game\r\n" + UPGRADE)
    server, _ = upstream.accept()
    server.recv(4096)
    server.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + UPGRADE)
    player.recv(4096)
    speaks = {"player": player, "server": server}.get(speaker)
    listens = server if speaks is player else player
    end = time.monotonic() + 9
    listens.settimeout(0.25)
    while time.monotonic() < end:
        try:
            if not listens.recv(4096):
                return "ended"
        except TimeoutError:
            if speaks:
                speaks.sendall(b"x")
    return "goes on"

program += ["-p", folder, "-e", folder + "/error", "-c", folder + "/nginx.conf"]
with subprocess.Popen(program) as nginx:
    try:
        print(*[ended(speaker) for speaker in ("nobody", "server", "player")], sep=", ")
    finally:
        nginx.terminate()
PYTHON
for version in 1.22.1 1.26.3; do
    root=$work/$version
    mkdir "$root/here"
    expect "nginx $version, a limit of 3 s; nobody speaks, only the server, only the player" \
        "ended, goes on, goes on" "$(python3 "$work/proxied.py" "$root/here" \
            "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" \
            "$root/usr/sbin/nginx")"
done
verdict
