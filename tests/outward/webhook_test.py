"""Webhooks of the real relay, posted to servers of the test's own."""

import base64
import os
import pathlib
import re
import shutil
import signal
import ssl
import tempfile
import unittest

from web_stand_in import Answer, Authority, Drips, Hangs, HangsUp, Says, WebServer, refused_port

# pylint: disable=wrong-import-order
import relay_process
from netplay_client import Client, Elsewhere, together
from party_client import Game
from runner import RelayTest, main
from waiting import wait_until

SECRET = "s3cr3t"
MANY = {"sessions_per_address": 1000, "connections_per_address": 1000,
        "new_connections_per_second_per_address": 10000}
NICK = "@everyone <!here> `https://evil.example`"


class WebhookTest(RelayTest):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("the program openssl is needed to make certificates")
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.authority = Authority(cls.directory)
        cls.good = cls.authority.sign("good")
        # The relay under test believes this authority only.
        os.environ["SSL_CERT_FILE"] = str(cls.authority.file)
        os.environ["SSL_CERT_DIR"] = str(cls.directory / "none")

    def web(self, certificate=None):
        server = WebServer(certificate)
        self.addCleanup(server.end)
        return server

    def secret_file(self, text):
        file = self.directory / "token"
        file.write_text(text, encoding="utf-8")
        return str(file)

    def relay_with(self, *hooks, limits=None, **config):
        relay = self.start({"webhooks": list(hooks), "manual_ip": "room", **config},
                           **(limits or {}))
        self.addCleanup(self.assert_keeps_secret, relay)
        return relay

    def assert_keeps_secret(self, relay):
        if relay.log_path.exists():
            self.assertNotIn(SECRET, relay.log_text())

    def member(self, relay, **options):
        client = self.kept(Client(relay, **options))
        together([client], lambda: client.number, "to be let in")
        return client

    def try_out(self, *hooks, names=()):
        """What "webhook --test" says."""
        relay = relay_process.Relay({"webhooks": list(hooks)})
        self.addCleanup(relay.end)
        done = relay_process.run_command("webhook", "--test", *names, "--config", relay.config_path,
                                         limit=60)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done


class CertificateTest(WebhookTest):
    def assert_refused(self, certificate, words, host="localhost"):
        web = self.web(certificate)
        done = self.try_out({"url": web.url(host=host), "name": "tried"})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, rf"(?m)^tried: .*{words}")
        self.assertEqual(web.requests, [], "nothing is said before the certificate is checked")

    def test_a_good_one(self):
        web = self.web(self.good)
        for host in ("localhost", "127.0.0.1"):
            done = self.try_out({"url": web.url(host=host), "name": "tried"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assertRegex(done.stdout, r"^tried: the answer was 204")
        self.assertEqual(web.requests[0].headers["Host"], f"localhost:{web.port}")

    def test_one_that_has_expired(self):
        self.assert_refused(self.authority.sign("old", days=-1), "certificate has expired")

    def test_one_of_another_host(self):
        self.assert_refused(self.authority.sign("other", "DNS:other.example"), "hostname mismatch")
        self.assert_refused(self.authority.sign("no-address", "DNS:localhost"),
                            "IP address mismatch", "127.0.0.1")
        self.assert_refused(self.authority.sign("wild", "DNS:loc*"), "hostname mismatch")

    def test_one_of_an_unknown_authority(self):
        stranger = Authority(self.directory, "stranger")
        self.assert_refused(stranger.sign("strange"), "unable to get local issuer")

    def test_tls_1_1(self):
        self.assert_refused(self.good._replace(newest=ssl.TLSVersion.TLSv1_1), "no TLS")

    def test_no_tls_at_all(self):
        web = self.web()
        done = self.try_out({"url": web.url().replace("http:", "https:"), "name": "tried"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("tried: no TLS", done.stdout)


class TrialTest(WebhookTest):
    def test_what_came_back_is_said(self):
        web = self.web(self.good)
        web.answer(Answer(404, (), b'{"message": "Unknown Webhook"}'))
        done = self.try_out({"url": web.url()})
        self.assertEqual(done.returncode, 1)
        self.assertIn("json-1: the answer was 404: ", done.stdout)
        self.assertIn("Unknown Webhook", done.stdout)
        web.answer(Answer(404, (), f"Cannot POST /hooks/{SECRET}".encode()))
        self.assertRegex(self.try_out({"url": web.url()}).stdout, r"the answer was 404 \(\d+ ms\)")

    def test_an_answer_that_is_still_to_come_is_waited_for(self):
        web = self.web()
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        good = b"HTTP/1.1 204 No Content\r\n\r\n"
        for said, words in ((b"HTTP/1.1 100 Continue\r\n\r\n" + early + good, "answer was 204"),
                            (5 * early + good, "answer was 204"),
                            (6 * early + good, "no answer but that one will come"),
                            (early, "the server hung up"),
                            (b"HTTP/1.1 042 Odd\r\n\r\n", "no HTTP: its status is 42")):
            web.answer(Says(said))
            self.assertIn(words, self.try_out({"url": web.url()}).stdout)

    def test_each_or_one_by_name(self):
        web = self.web(self.good)
        hooks = [{"url": web.url(), "form": "discord"}, {"url": web.url(), "form": "slack"},
                 {"url": f"http://127.0.0.1:{refused_port()}/", "name": "away"}]
        done = self.try_out(*hooks)
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split(":")[0] for line in done.stdout.splitlines()],
                         ["discord-1", "slack-2", "away"])
        self.assertIn("away: no connection: ", done.stdout)
        self.assertEqual(self.try_out(*hooks, names=["slack-2"]).returncode, 0)
        done = self.try_out(*hooks, names=["slack"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("slack-2", done.stderr)
        done = self.try_out()
        self.assertEqual(done.returncode, 2)
        self.assertIn("webhooks", done.stderr)

    def test_a_name_that_is_not_found(self):
        done = self.try_out({"url": "https://nobody.invalid/", "name": "lost"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("lost: its name is not found", done.stdout)

    def test_a_token(self):
        web = self.web(self.good)
        hook = {"url": web.url("/send"), "form": "matrix", "token_file": self.secret_file("abc\n")}
        self.assertEqual(self.try_out(hook).returncode, 0)
        request = web.requests[0]
        self.assertEqual((request.method, request.headers["Authorization"]), ("PUT", "Bearer abc"))
        self.assertRegex(request.path, r"^/send/netplay-relay-test-\d+-0$")
        for file in (self.secret_file("\n"), str(self.directory / "nothing"), str(self.directory)):
            done = self.try_out({**hook, "token_file": file})
            self.assertEqual(done.returncode, 1)
            self.assertIn("token_file has no token", done.stdout)


class EventTest(WebhookTest):
    def test_a_session_from_its_beginning_to_its_end(self):
        web = self.web(self.good)
        relay = self.relay_with({"url": web.url()})
        host = self.host(relay)
        opened = web.wait_for(1).json()
        self.assertEqual(opened["event"], "session_opened")
        self.assertRegex(opened["join_text"], r"^relay\.test\|\d+\|" + "[A-Za-z0-9+/]{16}$")
        self.assertIn(opened["join_text"], opened["text"])
        host.close()
        closed = web.wait_for(2).json()
        self.assertEqual((closed["event"], closed["session"]),
                         ("session_closed", opened["session"]))
        for body in (opened, closed):
            self.assertNotIn("127.0.0.1", str(body), "nobody's address")

    def test_a_party_is_told_with_its_code(self):
        web = self.web(self.good)
        port = refused_port()
        door = f"127.0.0.1:{port}"
        relay = self.relay_with({"url": web.url("/all")}, {"url": web.url("/door"), "door": door},
                                doors=[{"listen": [door]}])
        first = self.kept(Game(relay)).host(game="tanks @everyone")
        opened = web.wait_for(1).json()
        self.assertEqual((opened["event"], opened["code"]), ("party_opened", first.code))
        self.assertIn(first.code, opened["text"])
        self.assertNotIn("@", opened["text"])
        through = self.kept(Game(Elsewhere(relay, port))).host()
        first.hang_up()
        through.hang_up()

        def told(path):
            return sorted((one.json()["event"], one.json()["code"])
                          for one in list(web.requests) if one.path == path)
        wait_until(lambda: len(told("/all")) == 4 and len(told("/door")) == 2, 20, "all of it")
        self.assertEqual(told("/door"), [("party_closed", through.code),
                                         ("party_opened", through.code)])
        for request in web.requests:
            self.assertNotIn("127.0.0.1", str(request.json()), "nobody's address")

    def test_forms_say_nothing_that_pings(self):
        web = self.web(self.good)
        token = self.secret_file("abc")
        events = ["member_joined", "room_opened"]
        relay = self.relay_with(
            *({"url": web.url(f"/{form}"), "form": form, "events": events, "token_file": token}
              for form in ("discord", "slack", "matrix")))
        self.member(relay, nick=NICK[:31])
        web.wait_for(6)
        for request in web.requests:
            text = request.body.decode()
            self.assertNotIn("@", text)
            self.assertNotIn("://", text)
            self.assertNotIn("<!", text)
        discord = [one.json() for one in web.requests if one.path == "/discord"]
        self.assertEqual([one["allowed_mentions"] for one in discord], [{"parse": []}] * 2)
        self.assertTrue(discord[0]["content"].startswith("A room is open: `Arena`"), discord)
        self.assertEqual(len({one.path for one in web.requests if one.method == "PUT"}), 2)

    def test_of_one_id_or_one_door_only(self):
        web = self.web()
        port = refused_port()
        door = f"127.0.0.1:{port}"
        relay = self.relay_with(
            {"url": web.url("/id"), "session": "FRIDAYNIGHTSNES1"},
            {"url": web.url("/door"), "door": door},
            {"url": web.url("/all"), "events": ["session_opened", "session_closed"]},
            reserved_sessions=[{"id": "FRIDAYNIGHTSNES1", "networks": ["127.0.0.2"]}],
            doors=[{"listen": [door]}])
        self.host(relay, "127.0.0.3").close()
        friday = self.host(relay, "127.0.0.2")
        through = Elsewhere(relay, port)
        by_door = self.host(through, "127.0.0.4")
        self.member(through, source="127.0.0.5", nick="eve").close()
        by_door.close()
        friday.close()

        def told(path):
            return [(one.json()["event"], one.json().get("session"))
                    for one in list(web.requests) if one.path == path]
        wait_until(lambda: len(told("/all")) == 6 and len(told("/id")) == 2 and
                   len(told("/door")) == 4, 20, f"all of it, came {web.requests}")
        self.assertEqual(told("/id"), [("session_opened", "FRIDAYNIGHTSNES1"),
                                       ("session_closed", "FRIDAYNIGHTSNES1")])
        self.assertEqual(sorted(event for event, _ in told("/door")),
                         ["room_closed", "room_opened", "session_closed", "session_opened"])

    def test_a_reload_brings_and_takes_webhooks(self):
        first, second = self.web(), self.web()
        kept = {"url": first.url(), "events": ["session_opened"]}
        relay = self.relay_with()
        threads = relay.proc("status").split("Threads:")[1].split()[0]
        self.host(relay)
        relay.change(webhooks=[kept])
        self.host(relay)
        first.wait_for(1)
        more = int(relay.proc("status").split("Threads:")[1].split()[0])
        self.assertGreater(more, int(threads), "there is a thread as soon as it is needed")
        relay.change(webhooks=[kept, {**kept, "url": second.url(), "name": "new"}])
        self.host(relay)
        first.wait_for(2)
        second.wait_for(1)
        relay.change(webhooks=[{**kept, "url": second.url(), "name": "new"}])
        self.host(relay)
        second.wait_for(2)
        relay.barrier()
        self.assertEqual(len(first.requests), 2)
        refused = relay.change(webhooks=[{"url": f"http://chat.example/{SECRET}"}])
        self.assertIn("reload_refused key=webhooks[0].url", refused)

    def test_an_upgrade_is_told_and_what_comes_after_it(self):
        web = self.web(self.good)
        relay = self.relay_with(
            {"url": web.url(), "events": ["session_opened", "session_closed", "upgraded"]})
        host = self.host(relay)
        guest, host_side = self.link(host)
        opened = web.wait_for(1).json()
        relay.send_signal(signal.SIGUSR2)
        upgraded = web.wait_for(2).json()
        self.assertEqual((upgraded["event"], upgraded["connections"]), ("upgraded", 3))
        self.assert_link_works(guest, host_side)
        host.close()
        closed = web.wait_for(3).json()
        self.assertEqual((closed["event"], closed["session"]),
                         ("session_closed", opened["session"]))

    def test_what_waits_comes_along_in_an_upgrade(self):
        web, other = self.web(self.good), self.web(self.good)
        web.answer(Hangs())
        other.answer(Answer(503, (("Retry-After", "600"),)))
        hook = {"url": web.url(), "events": ["session_opened"], "name": "hook"}
        relay = self.relay_with(hook, {**hook, "url": other.url(), "name": "other"})
        sessions = [base64.b64encode(self.host(relay).session).decode() for _ in range(5)]
        web.wait_for(1)
        other.wait_for(1)
        for times in (1, 2):
            if times == 2:  # what was handed on is posted by now, and is not told again
                web.wait_for(6)
            relay.send_signal(signal.SIGUSR2)
            relay.wait_for_upgrade(times)
        web.wait_for(6)
        other.wait_for(6)
        for server in (web, other):
            told = [one.json()["session"] for one in server.requests]
            # The first was not answered, or was to come again.
            self.assertEqual(told, [sessions[0], *sessions])

    def test_an_upgrade_that_fails_posts_on(self):
        web = self.web(self.good)
        relay = self.relay_with({"url": web.url(), "events": ["session_opened"]})
        self.host(relay)
        web.wait_for(1)
        good = relay.config_path.read_text(encoding="utf-8")
        relay.config_path.write_text("{", encoding="utf-8")
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_log("upgrade_failed")
        relay.config_path.write_text(good, encoding="utf-8")
        self.host(relay)
        web.wait_for(2)

    def test_what_happens_at_the_end_is_posted(self):
        web = self.web(self.good)
        relay = self.relay_with({"url": web.url(), "events": ["session_closed", "stopping"]})
        self.host(relay)
        self.assertEqual(relay.stop(), 0)
        self.assertEqual(sorted(one.json()["event"] for one in web.requests),
                         ["session_closed", "stopping"])


class FailureTest(WebhookTest):
    def opened(self, relay, count):
        for _ in range(count):
            self.host(relay)

    def test_it_is_tried_again(self):
        web = self.web(self.good)
        web.answer(Answer(500), HangsUp(), Answer(429, (("Retry-After", "1"),)))
        relay = self.relay_with({"url": web.url(), "events": ["session_opened"], "name": "hook"})
        self.opened(relay, 1)
        web.wait_for(4)
        self.assertEqual(len({one.body for one in web.requests}), 1, "the same event each time")
        relay.wait_for_log(r"webhook_failed name=hook problem=\"the answer was 500\" waiting=1 "
                           r"dropped=0 next_try_seconds=\d")
        relay.wait_for_log(r"webhook_failed name=hook problem=\"the server hung up\"")
        relay.wait_for_log(r"webhook_works name=hook failures=3 dropped=0")

    def test_what_is_refused_is_not_said_again(self):
        web = self.web(self.good)
        web.answer(Answer(400, (), b"no"), Answer(301, (("Location", "https://x.example"),)))
        relay = self.relay_with({"url": web.url(), "events": ["session_opened"], "name": "hook"})
        self.opened(relay, 3)
        web.wait_for(3)
        self.assertEqual(len({one.body for one in web.requests}), 3)
        relay.wait_for_log(r"webhook_failed name=hook problem=\"the answer was 400\" waiting=\d"
                           r" dropped=1")
        relay.wait_for_log(r"which leads elsewhere")

    def test_servers_that_hang_are_given_up(self):
        for slow in (Hangs(), Drips()):
            web = self.web(self.good)
            web.answer(slow)
            relay = self.relay_with({"url": web.url(), "events": ["session_opened"]})
            self.opened(relay, 1)
            relay.wait_for_log(r"problem=\"no answer in time\"", 25)
            web.wait_for(2)

    def test_a_flood_is_dropped_and_counted_and_no_game_notices(self):
        web = self.web(self.good)
        web.answer(Hangs())
        relay = self.relay_with({"url": web.url(), "events": ["session_opened"], "name": "hook"},
                                limits=MANY)
        guest, host_side = self.link(self.host(relay))
        web.wait_for(1)
        for _ in range(100):
            self.kept(self.host(relay)).close()
            self.assert_link_works(guest, host_side)
        relay.wait_for_log(r"webhook_failed name=hook .*waiting=64 dropped=37", 25)
        wait_until(lambda: len(web.requests) >= 10, 20, "what it may post at once")
        relay.barrier()
        self.assertLess(len(web.requests), 20, "the rest comes slowly")
        self.assertEqual(web.open_most, 1, "one connection at a time")

    def test_who_comes_and_goes_all_the_time_fills_no_channel(self):
        web = self.web()
        relay = self.relay_with({"url": web.url(), "name": "hook"}, limits=MANY)
        for _ in range(60):
            self.kept(self.host(relay)).close()
        # How many are posted before the rest is dropped is a matter of speed; none is forgotten.

        def dropped():
            told = re.findall(r"webhook_dropped name=hook dropped=(\d+)", relay.log_text())
            return int(told[-1]) if told else 0
        wait_until(lambda: len(web.requests) + dropped() == 2 * 60, 40,
                   f"the end, came {len(web.requests)}")
        self.assertLess(len(web.requests), 20)

    def test_a_relay_whose_server_hangs_ends_at_once(self):
        web = self.web(self.good)
        web.answer(Hangs())
        relay = self.relay_with({"url": web.url(), "events": ["session_opened"]})
        self.opened(relay, 1)
        web.wait_for(1)
        relay.send_signal(signal.SIGTERM)
        self.assertEqual(relay.wait_for_end(5), 0)


if __name__ == "__main__":
    main()
