#!/bin/sh
# Godot 4.6.3 (Debian testing), WebSocketPeer: what a server or a proxy may write into its answer 101.
#
# Guess: all that RFC 6455 and HTTP allow, as browsers take it: "Connection" is a list, in which Upgrade is one
# word; an interim answer (103 Early Hints) may come before; other fields are of no interest, whatever
# their number and size.
# Behaviour: each of these ends the connection before it is one. "Connection: keep-alive, Upgrade" is no "upgrade";
# behind 103 nothing is read; a field without a value is "Invalid header"; and 4 KiB are the most for all
# fields, as cookies and policies that a proxy adds to every answer soon are. The game only sees STATE_CLOSED
# with the code -1, the reason is in the engine's log. Small things are taken: lower case, no space, no
# words behind 101.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >serve.py <<'PYTHON'
import base64, hashlib, http.server

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FIRST = "HTTP/1.1 101 Switching Protocols\r\n"
ANSWERS = {"/plain": FIRST + "Connection: Upgrade\r\nUpgrade: websocket",
           "/small": "HTTP/1.1 101\r\nconnection:upgrade\r\nupgrade:WebSocket",
           "/list": FIRST + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket",
           "/hints": "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + FIRST
                     + "Connection: Upgrade\r\nUpgrade: websocket",
           "/empty": FIRST + "Connection: Upgrade\r\nUpgrade: websocket\r\nX-Proxy:",
           "/3500": FIRST + "Connection: Upgrade\r\nUpgrade: websocket\r\nX: " + "x" * 3500,
           "/4100": FIRST + "Connection: Upgrade\r\nUpgrade: websocket\r\nX: " + "x" * 4100}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
        self.wfile.write(f"{ANSWERS[self.path]}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        self.rfile.read()

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
cat >connect.gd <<'GD'
extends SceneTree


func _initialize() -> void:
	run.call_deferred()


func run() -> void:
	var words := OS.get_cmdline_user_args()
	for path: String in words.slice(1):
		var peer := WebSocketPeer.new()
		peer.connect_to_url("ws://127.0.0.1:%s/%s" % [words[0], path])
		while peer.get_ready_state() == WebSocketPeer.STATE_CONNECTING:
			peer.poll()
			await process_frame
		var is_open := peer.get_ready_state() == WebSocketPeer.STATE_OPEN
		print("%s: %s" % [path, "open" if is_open else "closed %d" % peer.get_close_code()])
	quit()
GD

python3 serve.py >port 2>log &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until [ -s port ]; do sleep 0.1; done
run_godot root connect.gd -- "$(cat port)" plain small list hints empty 3500 4100 >seen
state() { sed -n "s/^$1: //p" seen; }
expect "as everybody writes it" open "$(state plain)"
expect "lower case, no space, no words behind 101" open "$(state small)"
expect "Connection: keep-alive, Upgrade" "closed -1" "$(state list)"
expect "103 before it" "closed -1" "$(state hints)"
expect "another field without a value" "closed -1" "$(state empty)"
expect "3500 bytes of another field" open "$(state 3500)"
expect "4100 bytes of it" "closed -1" "$(state 4100)"
verdict
