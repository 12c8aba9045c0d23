"""What the operator does with a relay that runs: by HTTP with the token, by the Unix socket, by
commands; and what the players, the log and the feed notice of it."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import relay_process
from control_client import TOKEN, Controller
from events_test import Stream
from netplay_client import Client, together
from relay_process import run_command
from runner import RelayTest, main
from tunnel_client import DENY, FULL, NO_ID, RATS, Host
from waiting import wait_until

CHAT = 0x1000
NOBODY = 65534
SESSION = "FRIDAYNIGHTSNES1"


class Talker(Client):
    """Remembers the chat."""

    def __init__(self, relay, **options):
        self.heard = []
        super().__init__(relay, **options)

    def take_in(self, number, payload):
        super().take_in(number, payload)
        if number == CHAT:
            self.heard.append(payload[32:].decode())


class ControlTest(RelayTest):
    def start_controlled(self, config=None, **limits):
        """A relay with a token and a Unix socket, and who controls it by each."""
        relay = relay_process.Relay(config, (), **limits)
        self.addCleanup(relay.end)
        self.token_file = relay.directory / "token"
        self.token_file.write_text(TOKEN + "\n", encoding="ascii")
        self.token_file.chmod(0o600)
        self.path = relay.directory / "control"
        relay.config["admin"] |= {"token_file": str(self.token_file), "socket": str(self.path)}
        relay.write_config()
        relay.start()
        self.by_token = Controller(relay, TOKEN)
        self.by_socket = Controller(relay, path=self.path)
        return relay

    def member(self, relay, others=(), **options):
        client = self.kept(Talker(relay, **options))
        together([*others, client], lambda: client.number or client.ended, "to be let in")
        return client

    def session_of(self, host):
        status = self.by_socket.relay.status()
        return next(each for each in status["sessions"] if each["host"]["address"] == host.name())

    def command(self, relay, *words, code=0):
        done = run_command(*words, "--config", relay.config_path)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr

    def status_text(self, relay):
        return self.command(relay, "status", "--url", "%s:%d" % relay.admin_address)


class WhoTest(ControlTest):
    def test_with_the_token_without_and_with_a_wrong_one(self):
        relay = self.start_controlled()
        self.assertEqual(self.by_token.get("bans").json(), {"bans": []})
        for token in (None, TOKEN[:-1], TOKEN + "x", TOKEN[:-1] + "x", "x" * len(TOKEN)):
            for ask in (lambda who: who.get("bans"),
                        lambda who: who.post("new", {"allowed": False}),
                        lambda who: who.ask("HEAD", "/control/bans")):
                answer = ask(Controller(relay, token))
                self.assertEqual(answer.status, 401, token)
                self.assertEqual(answer.fields["www-authenticate"], "Bearer")
        for field in (TOKEN, f"Basic {TOKEN}", f"Bearer  {TOKEN}", f"Bearer{TOKEN}", "Bearer",
                      f"Bearer {TOKEN}, Bearer x"):
            self.assertEqual(Controller(relay).get("bans", Authorization=field).status, 401, field)
        self.assertEqual(Controller(relay).get("bans", Authorization=f"bEARER {TOKEN}").status, 200)
        self.assertTrue(relay.status()["takes_new"])
        relay.wait_for_log(r"wrong_token peer=")
        self.assertNotIn(TOKEN, relay.log_text())

    def test_without_a_token_there_is_no_control(self):
        relay = self.start()
        for token in (None, "", "x", TOKEN):
            answer = Controller(relay, token).post("new", {"allowed": False})
            self.assertEqual(answer.status, 403)
            self.assertIn("no token is configured", answer.error())

    def test_a_file_that_is_wrong_gives_no_token(self):
        for text, mode, word in (("short", 0o600, "token_not_read"), ("", 0o600, "token_not_read"),
                                 (f"{TOKEN} x", 0o600, "token_not_read"),
                                 (TOKEN, 0o644, "token_not_secret")):
            relay = self.start_controlled()
            self.token_file.write_text(text, encoding="ascii")
            self.token_file.chmod(mode)
            relay.change()
            relay.wait_for_log(word)
            expected = 200 if text == TOKEN else 403
            self.assertEqual(self.by_token.get("bans").status, expected, text)
            self.assertNotIn(TOKEN, relay.log_text())
            relay.stop()

    def test_a_reload_reads_the_token_anew(self):
        relay = self.start_controlled()
        self.token_file.write_text("another_token_of_20_", encoding="ascii")
        self.assertEqual(self.by_token.get("bans").status, 200)
        relay.change()
        self.assertEqual(self.by_token.get("bans").status, 401)
        self.assertEqual(Controller(relay, "another_token_of_20_").get("bans").status, 200)

    def test_the_credential_of_systemd(self):
        relay = relay_process.Relay()
        self.addCleanup(relay.end)
        (relay.directory / "admin_token").write_text(TOKEN, encoding="ascii")
        relay.prefix = ["env", f"CREDENTIALS_DIRECTORY={relay.directory}"]
        relay.start()
        self.assertEqual(Controller(relay, TOKEN).get("bans").status, 200)
        self.assertEqual(Controller(relay).get("bans").status, 401)

    def test_the_socket_is_for_its_owner(self):
        relay = self.start_controlled()
        self.assertEqual(self.path.stat().st_mode & 0o7777, 0o600)
        self.assertEqual(self.by_socket.get("bans").status, 200)
        self.assertEqual(self.by_socket.done("new", allowed=True), {"done": True})
        relay.wait_for_log(rf'control action="?new"? by="uid {os.getuid()}" allowed=true')
        self.assertEqual(self.by_socket.ask("GET", "/status", Host="any.example").status, 200)
        if os.getuid() != 0:
            self.skipTest("only root can be another user here")
        relay.directory.chmod(0o755)
        ask = f"""
import os, sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
from control_client import Controller
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
try:
    print(Controller(None, path={str(self.path)!r}).post("new", {{"allowed": False}}).status)
except PermissionError:
    print("refused")
"""
        def as_nobody():
            return subprocess.run([sys.executable, "-B", "-c", ask], capture_output=True, text=True,
                                  timeout=30, check=True).stdout.strip()
        self.assertEqual(as_nobody(), "refused")
        self.path.chmod(0o666)  # whoever opens it to others has not made them its owner
        self.assertEqual(as_nobody(), "403")

    def test_the_socket_goes_with_the_relay(self):
        relay = self.start_controlled()
        self.assertEqual(relay.stop(), 0)
        self.assertFalse(self.path.exists())
        relay.start()
        relay.process.kill()
        relay.process.wait(10)
        self.assertTrue(self.path.is_socket())
        relay.start()  # nobody answers there: it is replaced
        self.assertEqual(self.by_socket.get("bans").status, 200)
        other = relay_process.Relay({"admin": relay.config["admin"]})
        self.addCleanup(other.end)
        other.start()  # and one that is answered is not
        other.wait_for_log(r"cannot_listen key=admin.socket .*another program answers there")
        self.assertEqual(self.by_socket.ask("GET", "/status").json()["process"], relay.process.pid)
        other.stop()
        self.assertEqual(self.by_socket.get("bans").status, 200)


class WireTest(ControlTest):
    def test_host_is_checked_on_post_too(self):
        relay = self.start_controlled()
        for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:55480", ""):
            answer = self.by_token.post("new", {"allowed": False}, Host=host)
            self.assertEqual(answer.status, 403, host)
        self.assertTrue(relay.status()["takes_new"])

    def test_a_form_of_another_site_does_nothing(self):
        relay = self.start_controlled()
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", None,
                     "", "text/plain; application/json"):
            for who in (self.by_token, self.by_socket):
                answer = who.post("new", {"allowed": False}, Content_Type=kind)
                self.assertEqual(answer.status, 400, kind)
                self.assertIn("application/json", answer.error())
        self.assertTrue(relay.status()["takes_new"])

    def test_methods_and_no_field_of_cors(self):
        relay = self.start_controlled()
        asked = [self.by_token.ask("HEAD", "/control/bans"), self.by_token.get("bans")]
        self.assertEqual([each.status for each in asked], [200, 200])
        self.assertEqual(asked[0].body, b"")
        for method, name, allowed in (("OPTIONS", "ban", "POST"), ("OPTIONS", "bans", "GET, HEAD"),
                                      ("GET", "ban", "POST"), ("HEAD", "ban", "POST"),
                                      ("POST", "bans", "GET, HEAD"),
                                      ("DELETE", "bans", "GET, HEAD"),
                                      ("PUT", "new", "POST")):
            answer = self.by_token.ask(method, f"/control/{name}", Origin="http://evil.example",
                                       Access_Control_Request_Method="POST")
            self.assertEqual((answer.status, answer.fields["allow"]), (405, allowed), name)
            asked.append(answer)
        for target in ("/status", "/healthz", "/readyz", "/nothing", "/control/bans", "/"):
            asked.append(Controller(relay).ask("GET", target, Origin="http://evil.example"))
            asked.append(Controller(relay).ask("OPTIONS", target, Origin="http://evil.example"))
        for answer in asked:
            self.assertEqual([name for name in answer.fields if name.startswith("access-control")],
                             [])
            self.assertEqual(answer.fields["x-content-type-options"], "nosniff")

    def test_bodies_that_are_wrong(self):
        relay = self.start_controlled()
        for name, body, key in (
                ("kick", {}, "id"), ("kick", {"id": "1"}, "id"), ("kick", {"id": 1, "x": 1}, "x"),
                ("ban", {"network": "203.0.113.1/24"}, "network"),
                ("ban", {"network": "203.0.113.1", "seconds": 1e99}, "seconds"),
                ("ban", {"network": "203.0.113.1", "seconds": 1 << 70}, "seconds"),
                ("say", {"text": "a\nb"}, "text"), ("say", {"text": "x" * 381}, "text"),
                ("drain", {"in_seconds": -1}, "in_seconds"), ("log_level", {"level": "x"}, "level"),
                ("reserve", {"networks": []}, "networks"), ("end", {"session": "x"}, "session"),
                ("new", b'{"allowed": false, "allowed": true}', "allowed")):
            answer = self.by_token.post(name, body)
            self.assertEqual(answer.status, 400, name)
            self.assertIn(f'"{key}"', answer.error())
        for body in (b"", b"{", b"[]", b"null", b"\xff", b'{"allowed": false} x', b"{'a': 1}"):
            self.assertEqual(self.by_token.post("new", body).status, 400, body)
        self.assertEqual(self.by_token.post("new", b" " * 17000).status, 413)
        status = relay.status()
        self.assertTrue(status["takes_new"])
        self.assertEqual((status["state"], status["bans"]), ("running", 0))
        self.assertNotIn(" control ", relay.log_text())


class PlayersTest(ControlTest):
    def test_a_link_and_a_session_are_ended(self):
        relay = self.start_controlled()
        stream = Stream(self, relay)
        host = self.host(relay)
        link, other = self.link(host), self.link(host)
        of_link = {each["guest"]["address"]: each["id"] for each in relay.links()}
        self.by_token.done("end", link=of_link[link[0].name()])
        link[0].wait_for_any_end()
        relay.wait_for_close("ended_by_operator")
        self.assert_link_works(*other)
        name = self.session_of(host)["id"]
        self.by_socket.done("end", session=name)
        other[0].wait_for_any_end()
        host.wait_for_any_end()
        relay.wait_for_use(sessions=0, links=0)
        self.assertEqual(self.by_token.post("end", {"session": name}).status, 404)
        self.assertEqual(self.by_token.post("end", {"link": 999999}).status, 404)
        _, _, told = stream.until("control")
        self.assertEqual((told["action"], told["link"]), ("end", of_link[link[0].name()]))
        self.assertRegex(told["by"], r"^token 127\.0\.0\.1 port \d+$")
        _, _, told = stream.until("control")
        self.assertEqual((told["action"], told["session"], told["by"]),
                         ("end", name, f"uid {os.getuid()}"))
        relay.wait_for_log(r'control action="?end"? by="token 127.0.0.1 port \d+" link=')

    def test_a_room_is_ended_and_a_member_kicked(self):
        relay = self.start_controlled({"manual_ip": "room"})
        ann = self.member(relay)
        bob = self.member(relay, [ann], nick="bob")
        room, = relay.status()["rooms"]
        ids = {each["nick"]: each["id"] for each in room["members"]}
        self.by_token.done("kick", id=ids["bob"])
        together([ann, bob], lambda: bob.ended, "bob to be gone")
        self.assertFalse(ann.ended)
        relay.wait_for_close("sent_away")
        self.member(relay, [ann], nick="bob")  # he may come again
        self.by_token.done("end", room=room["number"])
        together([ann], lambda: ann.ended, "the end of the room")
        self.assertEqual(self.by_token.post("end", {"room": room["number"]}).status, 404)
        self.assertEqual(self.by_token.post("kick", {"id": ids["bob"]}).status, 404)

    def test_a_ban_is_for_who_is_there_and_who_comes(self):
        relay = self.start_controlled()
        stream = Stream(self, relay)
        host = self.host(relay, "127.0.0.2")
        banned = self.link(host, "127.0.0.3")
        other = self.link(host, "127.0.0.4")
        answer = self.by_token.done("ban", network="127.0.0.3", reason='says "\\" and worse',
                                    seconds=3600)
        self.assertEqual((answer["network"], answer["gone"]), ("127.0.0.3", 1))
        banned[0].wait_for_any_end()
        self.assert_link_works(*other)
        self.assertEqual(self.peer(relay, "127.0.0.3").receive_rest(), DENY)
        relay.wait_for_log("reason=banned_address")
        entry, = self.by_token.get("bans").json()["bans"]
        self.assertEqual((entry["network"], entry["reason"]), ("127.0.0.3", 'says "\\" and worse'))
        self.assertRegex(entry["by"], "^token 127.0.0.1 port ")
        self.assertRegex(entry["until"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(relay.status()["bans"], 1)
        self.assertEqual(stream.until("control")[2]["network"], "127.0.0.3")
        relay.wait_for_log(r'control .* reason="says \\x22\\x5c\\x22 and worse"')
        self.by_token.done("unban", network="127.0.0.3")
        self.assertEqual(self.by_token.post("unban", {"network": "127.0.0.3"}).status, 404)
        self.assert_link_works(*self.link(host, "127.0.0.3"))

    def test_kick_with_a_ban(self):
        relay = self.start_controlled()
        host = self.host(relay, "127.0.0.2")
        link = self.link(host, "127.0.0.3")
        answer = self.by_token.done("kick", id=relay.links()[0]["id"], ban_seconds=60)
        self.assertEqual(answer["network"], "127.0.0.3")
        link[0].wait_for_any_end()
        self.assertEqual(self.peer(relay, "127.0.0.3").receive_rest(), DENY)

    def test_nothing_new(self):
        relay = self.start_controlled()
        host = self.host(relay)
        self.by_token.done("new", allowed=False)
        self.assertFalse(relay.status()["takes_new"])
        late = self.kept(Host(relay))
        late.send(RATS + NO_ID)
        self.assertEqual(late.receive_rest(), FULL)
        self.assert_link_works(*self.link(host))
        self.by_token.done("new", allowed=True)
        self.host(relay)

    def test_what_is_said_is_heard_in_the_room(self):
        relay = self.start_controlled({"manual_ip": "room"})
        ann = self.member(relay)
        room, = relay.status()["rooms"]
        self.assertEqual(self.by_token.done("say", text="hello there")["rooms"], 1)
        long = "a long text of many words " * 10
        self.assertEqual(self.by_token.done("say", room=room["number"], text=long)["rooms"], 1)
        together([ann], lambda: len(ann.heard) >= 4, "what was said")
        self.assertEqual(ann.heard[0], "hello there")
        self.assertEqual(" ".join(ann.heard[1:]), long.strip())
        self.assertEqual(self.by_token.post("say", {"room": 99, "text": "x"}).status, 404)

    def test_a_reserved_id(self):
        relay = self.start_controlled()
        self.by_token.done("reserve", session=SESSION, networks=["127.0.0.2"], seconds=600)
        host = self.host(relay, "127.0.0.2")
        self.assertEqual(self.session_of(host)["id"], SESSION)
        self.assertTrue(self.session_of(host)["reserved"])
        made = self.by_token.done("reserve", networks=["127.0.0.5"])
        self.assertIsNone(made["until"])
        listed = self.by_token.get("reservations").json()["reservations"]
        self.assertEqual({each["session"] for each in listed}, {SESSION, made["session"]})
        self.by_token.done("unreserve", session=made["session"])
        self.assertEqual(self.by_token.post("unreserve", {"session": made["session"]}).status, 404)

    def test_the_log_level(self):
        relay = self.start_controlled()
        self.by_token.done("log_level", level="error")
        relay.wait_for_log(r'control action="?log_level"? .* level="?error')
        host = self.host(relay)
        relay.barrier()
        self.assertNotIn("session_opened", relay.log_text())
        self.by_token.done("log_level", level="debug")
        relay.wait_for_log(r'control action="?log_level"? .* level="?debug')
        host.close()
        relay.wait_for_log("session_closed")


class DrainTest(ControlTest):
    def test_a_countdown_tells_and_is_called_off(self):
        relay = self.start_controlled({"manual_ip": "room"})
        stream = Stream(self, relay)
        ann = self.member(relay)
        self.assertIsNone(relay.status()["drain_starts_in_seconds"])
        self.by_token.done("drain", in_seconds=7200, message="new disk")
        together([ann], lambda: ann.heard, "the warning")
        self.assertEqual(ann.heard, ["the relay ends in 2 hours: new disk"])
        left = relay.status()["drain_starts_in_seconds"]
        self.assertTrue(7100 < left <= 7200, left)
        self.assertEqual(relay.status()["state"], "running")
        self.by_token.done("drain", in_seconds=11)  # instead of it; 10 s before comes at once
        together([ann], lambda: len(ann.heard) == 3, "the warnings")
        self.assertEqual(ann.heard[1:], ["the relay ends in 11 seconds",
                                         "the relay ends in 10 seconds"])
        self.by_token.done("undrain")
        together([ann], lambda: len(ann.heard) == 4, "that it is called off")
        self.assertIsNone(relay.status()["drain_starts_in_seconds"])
        stream.until("undrained")
        self.assertEqual(self.by_token.post("undrain", {}).status, 409)

    def test_it_drains_when_the_time_has_come_and_no_longer_if_told(self):
        relay = self.start_controlled()
        stream = Stream(self, relay)
        host = self.host(relay)
        link = self.link(host)
        self.by_token.done("drain", in_seconds=1)
        self.assertEqual(stream.until("draining")[2]["ends_in_seconds"], 3600)
        self.assertEqual(relay.status()["state"], "draining")
        self.assertEqual(self.by_token.post("drain", {}).status, 409)
        late = self.kept(Host(relay))
        late.send(RATS + NO_ID)
        self.assertEqual(late.receive_rest(), FULL)
        self.by_token.done("undrain")
        self.assertEqual(relay.status()["state"], "running")
        self.host(relay).close()
        self.assert_link_works(*link)
        for peer in (host, *link):
            peer.close()
        relay.wait_for_use(sessions=0, links=0)
        self.assertTrue(relay.is_running())

    def test_it_ends_with_the_last_game(self):
        relay = self.start_controlled()
        host = self.host(relay)
        self.by_token.done("drain")
        host.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertIn("reason=drained", relay.log_text())
        self.assertFalse(self.path.exists())

    def test_at_once_if_nobody_plays(self):
        relay = self.start_controlled()
        self.assertEqual(self.by_token.done("drain"), {"done": True})
        self.assertEqual(relay.wait_for_end(), 0)

    def test_sigusr1_is_not_kept_waiting(self):
        relay = self.start_controlled()
        self.host(relay)
        self.by_token.done("drain", in_seconds=7200)
        relay.send_signal(signal.SIGUSR1)
        relay.wait_for_log("draining sessions=1")
        self.assertIsNone(relay.status()["drain_starts_in_seconds"])


class UpgradeTest(ControlTest):
    def upgraded(self, relay):
        done = run_command("upgrade", "http://%s:%d" % relay.admin_address)
        self.assertEqual(done.returncode, 0, done.stderr + relay.log_text())

    def test_what_the_operator_said_stays(self):
        relay = self.start_controlled({"manual_ip": "room"})
        ann = self.member(relay)
        waiting = self.by_socket.connect()  # in the queue, or read in part
        self.addCleanup(waiting.close)
        self.by_token.done("ban", network="127.0.0.9", reason="stays")
        self.by_token.done("reserve", session=SESSION, networks=["127.0.0.2"])
        self.by_token.done("new", allowed=False)
        self.by_token.done("drain", in_seconds=4000, message="later")
        inode = self.path.stat().st_ino
        for _ in range(2):
            self.upgraded(relay)
            self.assertEqual(self.path.stat().st_ino, inode)  # the very same socket
            self.assertEqual(self.by_socket.get("bans").json()["bans"][0]["reason"], "stays")
            listed = self.by_token.get("reservations").json()["reservations"]
            self.assertEqual(listed[0]["session"], SESSION)
            status = relay.status()
            self.assertFalse(status["takes_new"])
            self.assertTrue(3900 < status["drain_starts_in_seconds"] <= 4000)
        self.by_token.done("undrain")
        together([ann], lambda: len(ann.heard) == 2, "both warnings")
        self.assertEqual(ann.heard, ["the relay ends in 67 minutes: later",
                                     "the relay goes on after all"])
        self.assertFalse(ann.ended)
        self.assertEqual(relay.stop(), 0)
        self.assertFalse(self.path.exists())

    def test_a_drain_goes_on_and_can_still_be_undone(self):
        relay = self.start_controlled()
        host = self.host(relay)
        self.by_token.done("drain")
        self.upgraded(relay)
        self.assertEqual(relay.status()["state"], "draining")
        self.by_token.done("undrain")
        self.upgraded(relay)
        self.assertEqual(relay.status()["state"], "running")
        self.assert_link_works(*self.link(host))

    def test_the_socket_moves_with_the_configuration(self):
        relay = self.start_controlled()
        other = relay.directory / "other"
        relay.config["admin"]["socket"] = str(other)
        self.assertIn("reloaded", relay.change())
        relay.wait_for_log(r'reload_incomplete keys="admin\.socket"')
        self.assertEqual(self.by_socket.get("bans").status, 200)
        self.upgraded(relay)
        self.assertFalse(self.path.exists())
        self.assertEqual(Controller(relay, path=other).get("bans").status, 200)


class CommandTest(ControlTest):
    def test_all_by_the_socket(self):
        relay = self.start_controlled({"manual_ip": "room"})
        ann = self.member(relay)
        room, = relay.status()["rooms"]
        self.assertIn("nobody is banned", self.command(relay, "bans"))
        said = self.command(relay, "ban", "127.0.0.9", "--for", "2h", "--reason", "two words")
        self.assertRegex(said, r"banned until \S+: 127\.0\.0\.9; 0 had to go")
        self.assertRegex(self.command(relay, "bans"), r"127\.0\.0\.9 +20\S+Z +uid \d+ +two words")
        self.assertEqual(len(json.loads(self.command(relay, "bans", "--json"))["bans"]), 1)
        self.assertIn("no longer banned", self.command(relay, "unban", "127.0.0.9"))
        self.assertIn("there is no such ban", self.command(relay, "unban", "127.0.0.9", code=1))
        self.command(relay, "ban", "127.0.9.0/24", "--for", "1h")
        self.assertIn("but one of 127.0.9.0/24, which holds it",
                      self.command(relay, "unban", "127.0.9.7", code=1))
        self.assertIn("\nbans                1\n", self.status_text(relay))
        self.assertIn("said in 1 room", self.command(relay, "say", "hello", "all", "of", "you"))
        self.command(relay, "say", "--room", room["number"], "and you")
        self.assertIn("no new", self.command(relay, "new", "off"))
        self.assertIn("\nnothing new begins", self.status_text(relay))
        self.command(relay, "new", "on")
        self.assertIn("drains in 2h", self.command(relay, "drain", "--in", "2h", "--message", "m"))
        self.assertRegex(self.status_text(relay), r"\ndrains in (2h00m|1h59m) ")
        self.assertIn("goes on", self.command(relay, "undrain"))
        self.assertIn("does not drain", self.command(relay, "undrain", code=1))
        said = self.command(relay, "reserve", "127.0.0.2", "::1", "--session", SESSION)
        self.assertEqual(said, f"reserved for good: {SESSION}\n")
        self.assertRegex(self.command(relay, "reservations"),
                         rf"{SESSION} +for good +127\.0\.0\.2, ::1")
        self.command(relay, "unreserve", SESSION)
        self.command(relay, "log-level", "warning")
        together([ann], lambda: len(ann.heard) == 4, "what was said")
        self.assertEqual(ann.heard, ["hello all of you", "and you",
                                     "the relay ends in 2 hours: m",
                                     "the relay goes on after all"])
        self.command(relay, "log-level", "info")
        self.assertIn("sent away", self.command(relay, "kick", room["members"][0]["id"]))
        together([ann], lambda: ann.ended, "ann to be gone")
        relay.wait_for_log(rf'control action=kick .* room={room["number"]} nick="[^"]+"')
        relay.wait_for_log(rf'member_gone .*reason=sent_away .* room={room["number"]} nick="')
        self.assertIn("no such connection",
                      self.command(relay, "kick", room["members"][0]["id"], code=1))
        self.assertIn("no such room", self.command(relay, "end", "room", room["number"], code=1))

    def test_end_and_kick_with_a_ban(self):
        relay = self.start_controlled()
        host = self.host(relay, "127.0.0.2")
        self.link(host, "127.0.0.3")
        said = self.command(relay, "kick", relay.links()[0]["id"], "--ban", "1h", "--reason", "x")
        self.assertRegex(said, r"banned until \S+: 127\.0\.0\.3; 0 more from there had to go")
        name = self.session_of(host)["id"]
        self.assertEqual(self.command(relay, "end", "session", name), f"ended: session {name}\n")
        host.wait_for_any_end()

    def test_what_has_no_effect_yet_says_so(self):
        relay = self.start_controlled()
        done = run_command("say", "hello", "--config", relay.config_path)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", "netplay-relay: nobody has heard it: there is no room\n"))
        self.host(relay)
        self.assertIn("draining: ", self.command(relay, "drain", "--in", "0"))
        done = run_command("new", "on", "--config", relay.config_path)
        self.assertEqual(done.returncode, 0)
        self.assertIn("netplay-relay: not yet: the relay drains", done.stderr)

    def test_what_is_wrong_is_named_as_it_was_typed(self):
        relay = self.start_controlled()
        said = self.command(relay, "ban", "127.0.0.9", "--reason", "x" * 500, code=1)
        self.assertRegex(said, "^netplay-relay: --reason must be a text of at most")
        said = self.command(relay, "say", "x" * 500, code=1)
        self.assertRegex(said, "^netplay-relay: TEXT must be a text of at most")
        for words, expected in (
                (("ban", "127.0.0.9", "--for", "0"), "--for: must be from 1s to 3650d, not 0"),
                (("ban", "203.0.113.7/24"), 'for the whole network write "203.0.113.0/24", for '
                                            'this address alone "203.0.113.7"'),
                (("kick", "1", "--reason", "x"), "--reason requires --ban"),
                (("drain", "--in", "8d"), "--in: must be from 0s to 7d, not 8d"),
                (("bans", "--url", "https://relay.example"), "must be http://HOST:PORT"),
                (("status", "--url", "ftp://relay.example"), "must be http://HOST:PORT")):
            said = self.command(relay, *words, code=2)
            self.assertTrue(said.startswith("netplay-relay: "), said)
            self.assertIn(expected, said)

    def test_another_user_is_told_what_to_do(self):
        if os.getuid() != 0:
            self.skipTest("only root can be another user here")
        relay = self.start_controlled()
        relay.directory.chmod(0o755)
        relay.config_path.chmod(0o644)

        def as_nobody():
            try:
                done = run_command("bans", "--config", relay.config_path, user=NOBODY, group=NOBODY,
                                   extra_groups=[])
            except PermissionError:
                self.skipTest("others may not run the program where it is")
            self.assertEqual(done.returncode, 1)
            return done.stderr
        self.assertRegex(as_nobody(), r"^netplay-relay: \S+/control is another user's; run this as")
        relay.config["admin"]["listen"] = ["%s:%d" % relay.admin_address]
        relay.write_config()
        self.assertRegex(as_nobody(),
                         r"^netplay-relay: \S+/token cannot be read: Permission denied; "
                         r"run this as root \(sudo\), or as the user that")
        relay.config_path.chmod(0o600)
        self.assertIn("; run this as root", as_nobody())

    def test_by_http_with_the_token(self):
        relay = self.start_controlled()
        url = "http://%s:%d" % relay.admin_address
        done = run_command("new", "off", "--url", url, "--token-file", self.token_file)
        self.assertEqual(done.returncode, 0, done.stderr)
        relay.wait_for_log(r'control action="?new"? by="token 127.0.0.1 port \d+" allowed=false')
        self.token_file.write_text("a_wrong_token_of_20_", encoding="ascii")
        done = run_command("new", "on", "--url", url, "--token-file", self.token_file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the token is wrong", done.stderr)
        done = run_command("new", "on", "--url", url, "--token-file", relay.directory / "none")
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file", done.stderr)
        # Without its socket the configuration leads to the port.
        relay.config["admin"] |= {"socket": "", "listen": ["%s:%d" % relay.admin_address]}
        relay.write_config()
        self.assertIn("the token is wrong", self.command(relay, "bans", code=1))
        self.token_file.write_text(TOKEN, encoding="ascii")
        self.assertIn("nobody is banned", self.command(relay, "bans"))

    def test_nobody_answers(self):
        relay = self.start_controlled()
        relay.process.kill()
        relay.process.wait(10)
        self.assertIn("refused", self.command(relay, "bans", code=1))
        self.path.unlink()
        self.assertIn("neither a socket", self.command(relay, "bans", code=1))

    def test_what_makes_no_sense_reaches_no_relay(self):
        for words in (("kick",), ("kick", "ann"), ("ban",), ("ban", "127.0.0.1", "--for", "soon"),
                      ("new", "maybe"), ("log-level", "loud"), ("end", "game", "1"), ("drain", "x"),
                      ("reserve",), ("say",)):
            self.assertEqual(run_command(*words).returncode, 2, words)


if __name__ == "__main__":
    main()
