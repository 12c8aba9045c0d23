"""Asks a relay's admin address by HTTP, or its Unix socket, as raw as need be."""

import json
import socket

LIMIT = 20
TOKEN = "0123456789abcdefghij"


class Answer:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if data else None
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.json()["error"]


class Controller:
    """By TCP, with the token if there is one, or by the Unix socket."""

    def __init__(self, relay, token=None, path=None):
        self.relay, self.token, self.path = relay, token, path

    def connect(self):
        if self.path:
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(LIMIT)
            client.connect(str(self.path))
            return client
        return socket.create_connection(self.relay.admin_address, timeout=LIMIT)

    def request(self, method, target, body=None, **fields):
        """fields: of the head, with _ for -; None leaves one out."""
        data = b"" if body is None else body if isinstance(body, bytes) else (
            json.dumps(body).encode())
        head = {"Host": "localhost"}
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            head |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
        head |= {name.replace("_", "-"): value for name, value in fields.items()}
        lines = [f"{name}: {value}" for name, value in head.items() if value is not None]
        return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode() + data

    def ask(self, method, target, body=None, **fields):
        with self.connect() as client:
            client.sendall(self.request(method, target, body, **fields))
            data = b""
            while piece := client.recv(65536):
                data += piece
        return Answer(data)

    def get(self, name, **fields):
        return self.ask("GET", f"/control/{name}", **fields)

    def post(self, name, body=None, **fields):
        return self.ask("POST", f"/control/{name}", {} if body is None else body, **fields)

    def done(self, name, **body):
        """The answer to what has to succeed."""
        answer = self.post(name, body)
        if answer.status != 200:
            raise AssertionError(f"{name} {body}: {answer.status} {answer.body}")
        return answer.json()
