#!/bin/sh
# Caddy 2.6.2, HAProxy 2.6 and nginx 1.22 (Debian 12): a WebSocket through each, and its configuration is
# loaded again, as every renewed certificate or added site does it.
#
# Guess: all three are graceful: who is connected stays with the old worker, the old handler, until it leaves.
# Behaviour: HAProxy and nginx do that. Caddy ends every WebSocket at once, and it does not only hang up: it
# writes close frames of its own (1001, going away) to the client and to the backend, which neither of them
# has said. A backend that takes a close frame for "this one has left" is told a lie.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/caddy" caddy=2.6.2-5
whole bookworm "$work/haproxy" haproxy 2.6.12-1+deb12u3 'fonts-.*'
whole bookworm "$work/nginx" nginx 1.22.1-9+deb12u9 'fonts-.*'
cd "$work"

cat >through.py <<'PY'
"""A WebSocket through a proxy whose configuration is loaded again. Arguments: what is to be written into
the configuration (@LISTEN@, @BACKEND@ and @WORK@ are filled in), where, the command that starts the proxy,
and the one that loads the configuration again (%d: the process)."""
import base64
import hashlib
import os
import select
import shlex
import socket
import subprocess
import sys
import time

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def head_of(end):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = end.recv(1)
        if not part:
            raise SystemExit(f"no WebSocket: {head}")
        head += part
    return head


def said(end, seconds):
    """What comes within that time: the kinds of the frames, the code of a close frame, the end."""
    got, words, until = b"", [], time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and "end" not in words:
        if select.select([end], [], [], left)[0]:
            try:
                part = end.recv(4096)
            except ConnectionError:
                part = b""
            got += part
            if not part:
                words.append("end")
    frames = []
    while len(got) >= 2:
        masked, size = got[1] & 0x80, got[1] & 0x7f
        start = 6 if masked else 2
        payload = got[start:start + size]
        if masked:
            payload = bytes(byte ^ got[2 + at % 4] for at, byte in enumerate(payload))
        frames.append(f"close {int.from_bytes(payload[:2], 'big')}" if got[0] & 15 == 8
                      else payload.decode())
        got = got[start + size:]
    return ", ".join(frames + words) or "nothing"


def main():
    text, path, start, again = sys.argv[1:]
    backend = socket.create_server(("127.0.0.1", 0))
    backend.settimeout(10)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name, value in (("@LISTEN@", f"127.0.0.1:{port}"), ("@WORK@", os.getcwd()),
                        ("@BACKEND@", f"127.0.0.1:{backend.getsockname()[1]}")):
        text = text.replace(name, value)
    with open(path, "w") as file:
        file.write(text)
    with open("log", "ab") as log:
        proxy = subprocess.Popen(shlex.split(start), stdout=log, stderr=log)
        try:
            for _ in range(300):
                try:
                    client = socket.create_connection(("127.0.0.1", port))
                    client.settimeout(10)
                    break
                except OSError:
                    time.sleep(0.1)
            key = base64.b64encode(bytes(16))
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
            server = backend.accept()[0]
            head_of(server)
            server.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                           + base64.b64encode(hashlib.sha1(key + MAGIC).digest()) + b"\r\n\r\n")
            head_of(client)
            subprocess.run(shlex.split(again.replace("%d", str(proxy.pid))), stdout=log, stderr=log,
                           check=True)
            print("backend:", said(server, 3))
            print("client:", said(client, 1))
            try:
                client.sendall(b"\x81\x82\0\0\0\0hi")
                print("a word then:", said(server, 1))
            except ConnectionError:
                print("a word then: end")
        finally:
            proxy.terminate()
            proxy.wait()


main()
PY

words() { # of a program of a folder, with its libraries
    libraries=$work/$1/usr/lib/x86_64-linux-gnu
    echo "$work/$1/lib64/ld-linux-x86-64.so.2 --library-path $libraries $work/$1/usr/$2"
}
caddy="env HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work $(words caddy bin/caddy)"
python3 through.py '{
    admin unix/@WORK@/admin.sock
    auto_https off
}
http://@LISTEN@ {
    reverse_proxy @BACKEND@
}
' Caddyfile "$caddy run --config Caddyfile --adapter caddyfile" \
    "$caddy reload --force --config Caddyfile --adapter caddyfile --address unix/$work/admin.sock" >caddy.seen || cat log
python3 through.py 'global
    stats socket @WORK@/haproxy.sock
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend players
    bind @LISTEN@
    default_backend relay
backend relay
    server relay @BACKEND@
' haproxy.cfg "$(words haproxy sbin/haproxy) -W -f haproxy.cfg" "kill -USR2 %d" >haproxy.seen || cat log
python3 through.py 'daemon off;
pid @WORK@/nginx.pid;
error_log @WORK@/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path @WORK@/t1;
    proxy_temp_path @WORK@/t2;
    fastcgi_temp_path @WORK@/t3;
    uwsgi_temp_path @WORK@/t4;
    scgi_temp_path @WORK@/t5;
    server {
        listen @LISTEN@;
        location / {
            proxy_pass http://@BACKEND@;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }
    }
}
' nginx.conf "$(words nginx sbin/nginx) -c $work/nginx.conf" "kill -HUP %d" >nginx.seen || cat log
for proxy in caddy haproxy nginx; do
    if [ $proxy = caddy ]; then end="close 1001, end" then=end; else end=nothing then=hi; fi
    expect "$proxy loads again: the backend hears" "$end" "$(sed -n 's/^backend: //p' $proxy.seen)"
    expect "  the client hears" "$end" "$(sed -n 's/^client: //p' $proxy.seen)"
    expect "  and of a word of the client, the backend" "$then" "$(sed -n 's/^a word then: //p' $proxy.seen)"
done
verdict
