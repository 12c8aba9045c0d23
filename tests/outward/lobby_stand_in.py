"""A libretro lobby of the tests' own, after what is known of the real one: which announcements
it takes and how often, how long an entry lives, how it finds out whether a host can be reached, and
the list that frontends ask for. With a port as its argument it is a program."""

import http.server
import json
import socket
import sys
import threading
import time
import urllib.parse

ENTRY_LIVES = 60   # seconds
UPDATE_PAUSE = 5   # for one entry
PROBE_LIMIT = 3    # to connect, and to answer
LIMITS = {"username": 31, "core_name": 31, "core_version": 31, "game_name": 255, "mitm_session": 32}
HANDLES = {"nyc": ("nyc.example", 55435)}
NEEDED = ("username", "core_name", "core_version", "game_name", "game_crc", "port",
          "retroarch_version")
MANUAL, RELAYED = 0, 3


class Refused(Exception):
    """An announcement that is not taken: a status, and why."""


class Lobby:
    def __init__(self, port=0, clock=time.monotonic):
        self.clock = clock
        self.entries = {}        # by username, address and port
        self.announcements = []  # (when, fields), those that were refused as well
        self.refusals = []
        self.lists = 0           # how often the list was asked for
        self.probed = []         # (address, port, what it answered)
        self.next_answers = []   # (status, headers) instead of what is right
        self.newest = 0
        self.lock = threading.RLock()
        self.server = http.server.ThreadingHTTPServer(("0.0.0.0", port), handler_of(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, fields, address):
        with self.lock:
            self.announcements.append((self.clock(), fields))
            try:
                return self.take(fields, address)
            except Refused as refused:
                self.refusals.append(refused.args)
                raise

    def take(self, fields, address):
        check(fields)
        key = (fields["username"], address, fields["port"])
        now = self.clock()
        before = self.entries.get(key)
        if before and now - before["updated"] < UPDATE_PAUSE:
            raise Refused(429, "too often")
        entry = {"id": before["id"] if before else self.new_id(), "ip": address, "country": "xx",
                 "created": before["created"] if before else now, "updated": now}
        for name in ("username", "core_name", "core_version", "game_name", "game_crc", "frontend",
                     "retroarch_version", "subsystem_name"):
            entry[name] = fields.get(name, "")
        entry["game_crc"] = entry["game_crc"].upper()
        entry["port"] = int(fields["port"])
        for name in ("has_password", "has_spectate_password"):
            entry[name] = fields.get(name) == "1"
        for name in ("player_count", "spectator_count"):
            entry[name] = int(fields.get(name, -1))
        entry |= relay_of(fields)
        entry["connectable"], entry["is_retroarch"] = True, True
        if entry["host_method"] != RELAYED:
            entry["connectable"], entry["is_retroarch"] = self.probe(address, entry["port"])
        self.entries[key] = entry
        return entry

    def new_id(self):
        self.newest += 1
        return self.newest

    def probe(self, address, port):
        answer = None
        try:
            with socket.create_connection((address, port), timeout=PROBE_LIMIT) as host:
                host.sendall(b"POKE")
                host.settimeout(PROBE_LIMIT)
                try:
                    answer = host.recv(4)
                except OSError:
                    pass  # said nothing: taken for a RetroArch
        except OSError:
            self.probed.append((address, port, "no connection"))
            return False, True
        self.probed.append((address, port, answer))
        return True, answer in (None, b"", b"RANP", b"FULL")

    def listed(self):
        with self.lock:
            now = self.clock()
            self.entries = {key: entry for key, entry in self.entries.items()
                            if now - entry["updated"] < ENTRY_LIVES}
            return [dict(entry) for entry in self.entries.values()]


def check(fields):
    for name in NEEDED:
        if not fields.get(name):
            raise Refused(400, f"no {name}")
    for name, value in fields.items():
        if not value.isascii():
            raise Refused(400, f"{name} is not ASCII")
        if len(value) > LIMITS.get(name, 255):
            raise Refused(400, f"{name} is too long")
    crc = fields["game_crc"]
    if len(crc) != 8 or any(digit not in "0123456789abcdefABCDEF" for digit in crc):
        raise Refused(400, "game_crc is none")
    if not 1 <= int(fields["port"]) <= 65535:
        raise Refused(400, "port is none")


def relay_of(fields):
    """How guests reach it, and by which relay."""
    handle, session = fields.get("mitm_server", ""), fields.get("mitm_session", "")
    place = HANDLES.get(handle)
    if handle == "custom" and fields.get("mitm_custom_addr") and fields.get("mitm_custom_port"):
        place = (fields["mitm_custom_addr"], int(fields["mitm_custom_port"]))
    if fields.get("force_mitm") != "1" or not session or not place:
        return {"host_method": MANUAL, "mitm_ip": "", "mitm_port": 0, "mitm_session": ""}
    return {"host_method": RELAYED, "mitm_ip": place[0], "mitm_port": place[1],
            "mitm_session": session}


def handler_of(lobby):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("latin-1")
            if lobby.next_answers:
                status, headers = lobby.next_answers.pop(0)
                return self.say(status, "", headers=headers)
            kind = self.headers.get("Content-Type", "")
            if self.path not in ("/add", "/add/") or "x-www-form-urlencoded" not in kind:
                return self.say(404, "")
            fields = dict(urllib.parse.parse_qsl(text, keep_blank_values=True,
                                                 encoding="latin-1"))
            try:
                entry = lobby.add(fields, self.client_address[0])
            except Refused as refused:
                return self.say(refused.args[0], refused.args[1] + "\n")
            said = {"status": "OK", **entry}
            for name in ("connectable", "has_password", "has_spectate_password"):
                said[name] = int(said[name])
            return self.say(200, "".join(f"{key}={value}\n" for key, value in said.items()))

        def do_GET(self):
            path = self.path.partition("?")[0].strip("/")
            if path == "list":
                lobby.lists += 1
                body = json.dumps([{"fields": entry} for entry in lobby.listed()])
                return self.say(200, body, "application/json")
            found = [entry for entry in lobby.listed() if str(entry["id"]) == path]
            if not found:
                return self.say(404, "")
            return self.say(200, json.dumps([{"fields": found[0]}]), "application/json")

        def say(self, status, body, kind="text/plain", headers=()):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    return Handler


if __name__ == "__main__":
    Lobby(int(sys.argv[1])).thread.join()
