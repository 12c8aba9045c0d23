"""Web servers of the tests' own: they keep what they are sent, and answer as a test says. With TLS
their certificates are of an authority that is known to nobody but the relay under test."""

import http.server
import json
import pathlib
import queue
import socket
import ssl
import subprocess
import sys
import threading
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

# pylint: disable=wrong-import-position
from waiting import wait_until  # noqa: E402

SEEN_LIMIT = 20


class Request(NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Answer(NamedTuple):
    status: int = 204
    headers: tuple = ()
    body: bytes = b""


class Says(NamedTuple):
    """These bytes, whatever they are."""
    raw: bytes


class Hangs:
    """Takes the request and says nothing."""


class HangsUp:
    """Takes the request and closes."""


class Drips:
    """Answers byte by byte, for ever."""


class WebServer:
    def __init__(self, certificate=None):
        self.requests = []
        self.answers = queue.SimpleQueue()  # for the next requests
        self.usual = Answer()
        self.open = 0       # connections now
        self.open_most = 0  # and the most at a time
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.server = Listening(("127.0.0.1", 0), handler_of(self))
        self.context = certificate.context() if certificate else None
        self.server.tls = self.context
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def url(self, path="/hooks/s3cr3t", host="localhost"):
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{path}"

    def answer(self, *answers):
        for one in answers:
            self.answers.put(one)

    def next_answer(self):
        try:
            return self.answers.get_nowait()
        except queue.Empty:
            return self.usual

    def wait_for(self, count, limit=SEEN_LIMIT):
        wait_until(lambda: len(self.requests) >= count, limit,
                   f"{count} requests, came {len(self.requests)}")
        return self.requests[count - 1]

    def end(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


class Listening(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls = None

    def finish_request(self, request, client_address):
        """In the connection's own thread: whoever does not greet holds nobody up."""
        request.settimeout(SEEN_LIMIT)
        try:
            if self.tls:
                request = self.tls.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:
            pass  # the other side has refused us

    def handle_error(self, request, client_address):
        pass


def handler_of(web):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            with web.lock:
                web.open += 1
                web.open_most = max(web.open_most, web.open)

        def finish(self):
            with web.lock:
                web.open -= 1
            super().finish()

        def take(self):
            size = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(size)
            with web.lock:
                web.requests.append(Request(self.command, self.path, dict(self.headers), body))
                answer = web.next_answer()
            self.close_connection = True
            if callable(answer):
                answer = answer(web.requests[-1])
            if isinstance(answer, Hangs):
                self.rfile.read(1)  # until the other side has had enough
            elif isinstance(answer, Drips):
                self.drip()
            elif isinstance(answer, Says):
                self.wfile.write(answer.raw)
            elif isinstance(answer, Answer):
                self.say(answer)

        def say(self, answer):
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def drip(self):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not web.ended.wait(0.3):
                self.wfile.write(b"x")
                self.wfile.flush()

        do_POST = do_PUT = do_GET = take

        def log_message(self, *_):
            pass

    return Handler


def run_openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """Signs certificates; `file` is a store that believes it and nobody else."""

    def __init__(self, directory, name="authority"):
        self.directory = directory
        self.key = directory / f"{name}.key"
        self.file = directory / f"{name}.pem"
        run_openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", self.key, "-out", self.file, "-days", "30",
                    "-subj", f"/CN=Test {name}",
                    "-addext", "basicConstraints=critical,CA:TRUE")

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days=7):
        """A certificate for these names; with a negative number of days it has expired."""
        key, request, file = (self.directory / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n", encoding="ascii")
        run_openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        run_openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key,
                    "-CAcreateserial", "-out", file, "-extfile", extensions, "-days", str(days))
        return Certificate(file, key)


class Certificate(NamedTuple):
    file: pathlib.Path
    key: pathlib.Path
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = self.newest
        return context


def refused_port():
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
