"""Answers like a relay's admin address, for what no real relay does when asked to: an evening with
people of many lines, streams that break, and refusals."""

import json
import math
import pathlib
import random
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src" / "page"
TOKEN = "an invented token"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".txt": "text/plain; charset=utf-8"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
          "require-trusted-types-for 'script'")

# Nick, round trip in ms, how much it varies, resent a second, late inputs a second.
PEOPLE = {
    "alice": (17, 1, 0, 0), "bob": (204, 38, 0.4, 9), "carol": (31, 2, 0, 0), "dmitri": (58, 6,
                                                                                         0.02, 0.4),
    "eun-ji": (121, 9, 0.03, 1.5), "farid": (24, 1, 0, 0), "grete": (44, 3, 0, 0.1), "hana": (88, 7,
                                                                                              0.05,
                                                                                              0.6),
    "ivo": (19, 1, 0, 0), "june": (36, 2, 0, 0), "kofi": (143, 14, 0.1, 1.1), "lena": (27, 2, 0, 0),
    "mateo": (96, 8, 0.02, 0.3), "noor": (63, 4, 0, 0.1), "okan": (41, 3, 0, 0),
}
GAMES = (("Snes9x", "3CF519E9", ("alice", "bob", "carol")), ("FinalBurn Neo", "B4D1A2C7", ("hana",
                                                                                           "ivo")),
         ("Nestopia", "90E72F04", ("june", "kofi")), ("mGBA", "5D21C0B8", ("lena", "mateo",
                                                                           "noor")))
ROOM = ("netplay-relay arena", "3cf519e9", ("dmitri", "eun-ji", "farid", "grete", "okan"))
# Of a game of Godot: the id of each peer, and whose line it has. The last one's network is lost.
PARTY = ("Moving discs 1.2", "BCDF-GHJK", {1: "alice", 731502846: "bob", 1290433117: "noor",
                                           55210943: "kofi"})


def time_text(ago):
    then = datetime.now(timezone.utc) - timedelta(seconds=ago)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Evening:
    """What happens; a second passes with each status."""

    def __init__(self, sessions=None):
        self.random = random.Random(7)
        self.second = 0
        self.gone = set()  # ids of connections
        self.totals = {}   # by nick: resent, late, bytes
        self.bans = []
        self.state = "running"
        self.takes_new = True
        self.many = sessions
        self.reasons = {"unknown_session": 14, "http_greeting": 231, "tls_greeting": 88,
                        "guest_left": 96,
                        "host_left": 41, "wrong_password": 3, "arriving_too_fast": 12,
                        "left_early": 310,
                        "member_left": 57}
        self.cpu = 1260.0

    def ban(self, network, reason):
        self.bans.append({"network": network, "until": None, "reason": reason,
                          "by": "token 127.0.0.1:50112"})

    def end(self, nick, identity):
        rtt, spread, resent, late = PEOPLE[nick]
        wave = math.sin(self.second / 9 + identity) + self.random.gauss(0, 0.6)
        burst = 4 if (self.second // 23 + identity) % 5 == 0 else 1
        totals = self.totals.setdefault(identity, [0, 0, 20000])
        totals[0] += self.random.random() < resent * burst
        totals[1] += int(self.random.random() * late * burst * 2)
        totals[2] += int(1900 + 300 * self.random.random())
        rtt = max(2.0, rtt + spread * wave * (burst if spread > 10 else 1))
        return {"address": f"203.0.113.{identity % 200 + 7}:{40000 + identity * 37 % 20000}",
                "id": identity,
                "rtt_ms": round(rtt, 1), "rtt_variance_ms": spread * 1.0, "retransmits": totals[0],
                "unacknowledged_segments": 1, "silent_seconds": 0.0, "kept_bytes": 0}

    def session(self, number, core, crc, nicks):
        host, *guests = nicks
        frame = 5400 + 60 * self.second + number
        identity = f"AAB4gnhbOk8u{number:04d}"
        links = []
        for at, nick in enumerate(guests):
            end = self.end(nick, 100 + number * 10 + at)
            if end["id"] in self.gone:
                continue
            behind = int(end["rtt_ms"] / 16.7)
            moved = self.totals[end["id"]][2]
            links.append({
                "id": end["id"], "guest": end, "host": self.end(host, 10000 + number * 10 + at),
                "age_seconds": 88.0 + self.second, "idle_seconds": 0.0, "bytes_to_host": moved // 3,
                "bytes_to_guest": moved, "game": {
                    "stage": "game", "core": {"name": core, "version": "1.62"},
                    "guest": {"nick": nick, "content_crc": crc, "frame": frame - behind},
                    "host": {"nick": host, "content_crc": crc, "frame": frame},
                    "crc_mismatches": 0}})
        control = self.end(host, 20000 + number)
        return {"id": identity, "join_text": f"relay.example|55435|{identity}", "state": "open",
                "join_port": None,
                "reserved": number == 2, "host": {**control, "ping_ms": 18.0,
                                                  "unanswered_seconds": None},
                "age_seconds": 95.0 + 700 * number % 5000 + self.second,
                "seats": {"taken": len(links), "limit": 31}, "waiting_joins": 0, "links": links}

    def member(self, number, nick):
        end = self.end(nick, 500 + number)
        late = self.totals[end["id"]][1]
        return {**end, "number": number, "nick": nick,
                "state": "watching" if number == 5 else "playing",
                "owns_clock": number == 1, "ports": [number] if number < 5 else [], "in_line": None,
                "protocol": 6,
                "core_version": "1", "age_seconds": 400.0 + self.second,
                "ping_ms": end["rtt_ms"] + 11,
                "frames_behind": int(end["rtt_ms"] / 33), "frames_ahead": 1,
                "inputs": 60 * self.second,
                "inputs_late": late, "inputs_ignored": 0, "waits": late // 300,
                "waited_seconds": late / 90,
                "waited_last_minute_seconds": 0.0, "repeats_last_minute": late // 4,
                "states_asked": 0,
                "states_served": 0, "desyncs": 0, "witness_differs": 0,
                "bytes_in": self.totals[end["id"]][2] // 4,
                "bytes_out": self.totals[end["id"]][2]}

    def peer(self, peer_id, nick, is_absent):
        identity = 700 + sorted(PARTY[2]).index(peer_id)
        end = self.end(nick, identity)
        late = self.totals[identity][1]
        state = {"peer_id": peer_id, "address": end["address"], "age_seconds": 340.0 + self.second,
                 "packets_in": 60 * self.second, "packets_out": 180 * self.second,
                 "messages_dropped": late, "resumes": 2 if nick == "bob" else 0,
                 "unacknowledged_bytes": 48200 if is_absent else 0, "held_bytes": 0,
                 "untaken_bytes": 0}
        if is_absent:
            return {**state, "id": None, "address": end["address"].rsplit(":", 1)[0],
                    "state": "absent", "ping_ms": None, "rtt_ms": None}
        moved = self.totals[identity][2]
        return {**end, **state, "id": identity, "state": "here", "ping_ms": end["rtt_ms"] + 9,
                "bytes_in": moved // 3, "bytes_out": moved}

    def parties(self):
        game, code, people = PARTY
        peers = [self.peer(peer_id, nick, at == len(people) - 1)
                 for at, (peer_id, nick) in enumerate(people.items()) if peer_id not in self.gone]
        peers = [peer for peer in peers if peer["id"] not in self.gone]
        if 1 in self.gone or not peers:
            return []
        return [{"number": 5, "code": code, "game": game, "mesh": False, "refuses": False,
                 "shown": True, "state": "open", "seats": {"taken": len(peers), "limit": 8},
                 "age_seconds": 340.0 + self.second, "peers": peers}]

    def status(self):
        self.second += 1
        self.cpu += 0.004 + 0.003 * self.random.random()
        if self.second % 3 == 0:
            self.reasons["http_greeting"] += self.random.randrange(3)
        if self.many is None:
            sessions = [self.session(at, *game) for at, game in enumerate(GAMES)]
        else:
            sessions = [self.session(at, "Snes9x", "3CF519E9", ("alice",
                                                                "bob" if at % 9 == 0 else "carol"))
                        for at in range(self.many)]
        core, crc, nicks = ROOM
        members = [member for at, nick in enumerate(nicks, 1)
                   if (member := self.member(at, nick))["id"] not in self.gone]
        rooms = [{"number": 12, "core": core, "core_version": "1", "content_crc": crc,
                  "by_password": False,
                  "by_core": False, "multitap": False, "join_port": None,
                  "frame": 24000 + 60 * self.second,
                  "places": {"limit": 16, "taken": 4, "kept": 0},
                  "age_seconds": 400.0 + self.second,
                  "members": members}]
        parties = [] if self.many else self.parties()
        peers = sum(one["state"] == "here" for party in parties for one in party["peers"])
        links = sum(len(session["links"]) for session in sessions)
        return {
            "program": "netplay-relay", "version": "0.1.0", "process": 4711, "state": self.state,
            "started_at": "2026-11-20T12:00:00Z", "uptime_seconds": 272000.0 + self.second,
            "reach": {"players": "relay.example", "hosts": "relay.example|55435"},
            "config_file": None,
            "listening": [{"address": "0.0.0.0", "port": 55435, "state": "listening"},
                          {"address": "::", "port": 55435, "state": "listening"}],
            "limits": {"connections": 4096, "sessions": 512},
            "use": {"connections": len(sessions) + 2 * links + len(members) + peers,
                    "parties": len(parties), "peers": peers,
                    "sessions": len(sessions),
                    "links": links, "rooms": 1, "members": len(members), "waiting_joins": 0},
            "memory": {"slow_peers_bytes": 0, "slow_peers_limit_bytes": 0},
            "totals": {"close_reasons": dict(self.reasons)},
            "handovers": {"done": 1}, "sessions": sessions, "rooms": rooms,
            "parties": parties,
            "takes_new": self.takes_new,
            "bans": len(self.bans), "cpu_seconds": self.cpu,
            "resident_bytes": 18400000 + 4096 * (self.second % 40)}


PAST = (
    ("session_opened", {"session": "AAB4gnhbOk8u0000", "host": "203.0.113.7:40740",
                        "reserved": False,
                        "join_text": "relay.example|55435|AAB4gnhbOk8u0000"}),
    ("link_opened", {"session": "AAB4gnhbOk8u0000", "guest": "203.0.113.107:43700",
                     "host": "203.0.113.7:40740",
                     "waited_ms": 61}),
    ("session_game", {"session": "AAB4gnhbOk8u0000", "join_text": "", "core": "Snes9x",
                      "content": "3CF519E9",
                      "nicks": ["alice", "bob"]}),
    ("room_opened", {"room": 12, "core": "netplay-relay arena", "content": "3cf519e9"}),
    ("member_joined", {"room": 12, "core": "netplay-relay arena", "content": "3cf519e9",
                       "nick": "eun-ji"}),
    ("refused", {"reasons": {"http_greeting": 3, "unknown_session": 1}}),
    ("party_opened", {"party": 5, "code": "BCDF-GHJK", "game": "Moving discs 1.2", "peer_id": 1,
                      "peer": "203.0.113.107:65900"}),
    ("peer_joined", {"party": 5, "code": "BCDF-GHJK", "game": "Moving discs 1.2",
                     "peer_id": 731502846, "peer": "203.0.113.109:41900"}),
    ("peer_absent", {"party": 5, "code": "BCDF-GHJK", "game": "Moving discs 1.2",
                     "peer_id": 55210943, "peer": "203.0.113.110:42111"}),
    ("held_up", {"room": 12, "core": "netplay-relay arena", "content": "3cf519e9", "nick": "eun-ji",
                 "players": 3,
                 "seconds": 3.0}),
    ("upgraded", {"pause_ms": 11.4, "connections": 21}),
    ("control", {"action": "say", "by": "token 127.0.0.1:50112", "room": 12,
                 "text": "ten more minutes"}),
)


def ago_of(number):
    return 47 * (len(PAST) - number) ** 2 + 20


class StandIn:
    """faults: what the next streams are answered, e.g. [503, 204]."""

    def __init__(self, sessions=None, every=1.0, port=0):
        self.evening = Evening(sessions)
        self.every = every
        self.faults = []
        self.streams = []     # what each was asked for
        self.open_streams = 0
        self.orders = []      # what was done, as (path, body)
        self.cut = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Answers", (Answers,),
                                                                    {"relay": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def cut_streams(self):
        before, self.cut = self.cut, threading.Event()
        before.set()

    def end(self):
        self.cut_streams()
        self.server.shutdown()
        self.server.server_close()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind="application/json", **headers):
        body = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/events":
            return self.stream(query)
        if path.startswith("/control/"):
            return self.control(path, None)
        file = PAGE / ("page.html" if path == "/" else path.rsplit("/", 1)[1])
        if file.name.startswith("uplot"):
            file = PAGE / "vendor" / file.name
        if not file.is_file():
            return self.answer(404, '{"error": "there is no such thing"}')
        return self.answer(200, file.read_bytes(), TYPES[file.suffix],
                           Content_Security_Policy=POLICY,
                           Cache_Control="no-cache")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.control(self.path, json.loads(body or b"{}"))

    def stream(self, query):
        relay = self.relay
        relay.streams.append(query)
        if relay.faults:
            return self.answer(relay.faults.pop(0), "")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        cut = relay.cut
        relay.open_streams += 1
        try:
            if "last_event_id=0" in query:
                for number, (kind, data) in enumerate(PAST, 1):
                    self.send_event(kind, {"at": time_text(ago_of(number)), "event": kind, **data},
                                    number)
            while not cut.is_set():
                self.send_event("status", relay.evening.status())
                cut.wait(relay.every)
        except OSError:
            pass
        finally:
            relay.open_streams -= 1
            self.close_connection = True
        return None

    def send_event(self, kind, data, number=None):
        head = f"id: {number}\n" if number else ""
        self.wfile.write(f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n".encode())

    def control(self, path, body):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, '{"error": "no"}', WWW_Authenticate="Bearer")
        evening = self.relay.evening
        if path == "/control/bans":
            return self.answer(200, json.dumps({"bans": evening.bans}))
        if path == "/control/reservations":
            return self.answer(200, json.dumps({"reservations": []}))
        self.relay.orders.append((path, body))
        if path == "/control/kick":
            whom = body["id"] if "id" in body else body["peer_id"]
            if whom in evening.gone:
                return self.answer(404, '{"error": "there is no such connection"}')
            evening.gone.add(whom)
            if "ban_seconds" in body:
                evening.ban("203.0.113.7", body.get("reason", ""))
        elif path == "/control/end" and "party" in body:
            evening.gone.add(1)
        elif path == "/control/ban":
            evening.ban(body["network"], body.get("reason", ""))
        elif path == "/control/unban":
            evening.bans = [ban for ban in evening.bans if ban["network"] != body["network"]]
        elif path == "/control/new":
            evening.takes_new = body["allowed"]
        elif path in ("/control/drain", "/control/undrain"):
            evening.state = "draining" if path.endswith("/drain") else "running"
        return self.answer(200, '{"done": true}')


if __name__ == "__main__":  # to look at the page while it is written: stand_in.py [SESSIONS [PORT]]
    import sys
    relay = StandIn(int(sys.argv[1]) if len(sys.argv) > 1 else None,
                    port=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(relay.url, flush=True)
    threading.Event().wait()
