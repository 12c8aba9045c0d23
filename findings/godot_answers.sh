#!/bin/sh
# Godot 4.6.3 (Debian testing), HTTPRequest: answers of HTTP/1.1 that every browser and curl understand.
#
# Guess: what RFC 9112 has a client take is taken: an interim answer (103 Early Hints) comes before the real one; a
# chunk may have extensions; the name of a coding may be in capitals; a body without a length goes on
# until the server closes, as from every handler of Python's http.server that writes none.
# Behaviour: none of these. 103 is the answer, and 200 is never seen. A chunk with an extension is a connection
# error. "Chunked" and a body that goes on until the end of the connection are worse: RESULT_SUCCESS, 200, and
# an empty body, unless the server also says "Connection: close". Who serves a list of games, or asks for
# one through a proxy of others, writes a Content-Length, and checks that there is a body.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >serve.py <<'PYTHON'
import http.server

FINE = "HTTP/1.1 200 OK\r\n"
CODED = FINE + "Transfer-Encoding: %s\r\n\r\n5%s\r\ngames\r\n0\r\n\r\n"
COUNTED = FINE + "Content-Length: 5\r\n\r\ngames"
ANSWERS = {"/length": COUNTED, "/hints": "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + COUNTED,
           "/chunks": CODED % ("chunked", ""), "/extension": CODED % ("chunked", ";a=b"),
           "/capital": CODED % ("Chunked", ""), "/close": FINE + "Connection: close\r\n\r\ngames"}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path in ANSWERS:
            self.wfile.write(ANSWERS[self.path].encode())
            self.close_connection = self.path == "/close"
        else: # as a handler of somebody who relies on the library
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"games")

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
cat >ask.gd <<'GD'
extends SceneTree


func _initialize() -> void:
	ask.call_deferred()


func ask() -> void:
	var words := OS.get_cmdline_user_args()
	for path: String in words.slice(1):
		var request := HTTPRequest.new()
		root.add_child(request)
		request.request("http://127.0.0.1:%s/%s" % [words[0], path])
		var answer: Array = await request.request_completed
		print("%s: %d %d '%s'" % [path, answer[0], answer[1], answer[3].get_string_from_utf8()])
		request.queue_free()
	quit()
GD

python3 serve.py >port 2>log &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until [ -s port ]; do sleep 0.1; done
paths="length chunks close library hints extension capital"
# shellcheck disable=SC2086 # words are wanted
run_godot root ask.gd -- "$(cat port)" $paths >seen
answer() { sed -n "s/^$1: //p" seen; }
echo "result (0 is RESULT_SUCCESS, 4 a connection error), status and body of"
expect "Content-Length" "0 200 'games'" "$(answer length)"
expect "chunks" "0 200 'games'" "$(answer chunks)"
expect "a chunk with an extension" "4 0 ''" "$(answer extension)"
expect "Transfer-Encoding: Chunked" "0 200 ''" "$(answer capital)"
expect "103, then 200" "0 103 ''" "$(answer hints)"
expect "until the end, with Connection: close" "0 200 'games'" "$(answer close)"
expect "until the end, as http.server's handlers write it" "0 200 ''" "$(answer library)"
verdict
