"""GET /status: the document, its figures, and the command that shows it."""

import json
import pathlib
import re
import socket

import relay_process
from runner import RelayTest, has_ipv6, main, noise
from tunnel_client import HEADER, RATP, RATS
from waiting import wait_until

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "status.schema.json"
TCP_FIELDS = {"rtt_ms", "rtt_variance_ms", "retransmits", "unacknowledged_segments",
              "silent_seconds"}


def schema():
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


class SchemaTest(RelayTest):
    def setUp(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        self.validator = jsonschema.Draft202012Validator(schema())

    def validate(self, relay):
        status = relay.status()
        self.validator.validate(status)
        return status

    def test_every_state(self):
        relay = self.start({"reserved_sessions": [
            {"id": "FRIDAYNIGHTSNES1", "networks": ["127.0.0.2"]}]}, host_ping_seconds=1)
        self.validate(relay)
        host = self.host(relay, "127.0.0.2")
        guest, host_side = self.link(host)
        self.guest(host, early=b"")
        self.peer(relay)
        self.peer(relay).send(b"POKE")
        relay.wait_for_close("probe")
        self.assertEqual(self.validate(relay)["sessions"][0]["id"], "FRIDAYNIGHTSNES1")
        wait_until(lambda: self.validate(relay)["sessions"][0]["host"]["unanswered_seconds"], 5,
                   "a ping on its way")
        wait_until(lambda: host.next_record()[0] == RATP, 5, "the ping")
        wait_until(lambda: self.validate(relay)["sessions"][0]["host"]["ping_ms"], 5, "a pong")
        host.reset()
        relay.wait_for_close("host_left")
        self.assertEqual(self.validate(relay)["sessions"][0]["state"], "ending")
        self.assert_link_works(guest, host_side)

    def test_ipv6(self):
        if not has_ipv6():
            self.skipTest("no IPv6 here")
        relay = self.start({"listen": ["[::1]:0"], "admin": {"listen": ["[::1]:0"]}})
        self.link(self.host(relay))
        self.validate(relay)

    def test_lan_discovery(self):
        self.assertIsNone(self.validate(self.start())["discovery"])
        on = self.start({"lan_discovery": {"enabled": True, "listen": "127.0.0.1:0"}})
        self.assertEqual(self.validate(on)["discovery"]["queries"], 0)

    def test_the_schema_is_strict(self):
        """It would notice a field that is gone, added or of another kind."""
        self.jsonschema_is_good()
        status = self.start().status()
        for change in ({"more": 1}, {"state": "odd"}, {"use": {}}, {"uptime_seconds": "long"}):
            self.assertFalse(self.validator.is_valid({**status, **change}), change)
        del status["totals"]["close_reasons"]["idle"]
        self.assertFalse(self.validator.is_valid(status))

    def jsonschema_is_good(self):
        jsonschema.Draft202012Validator.check_schema(schema())

        def check(part, where):
            if part.get("type") == "object":
                self.assertIs(part.get("additionalProperties"), False, where)
                for name, field in part["properties"].items():
                    self.assertTrue("$ref" in field or field.get("description"), f"{where}.{name}")
                    check(field, f"{where}.{name}")
            if "items" in part:
                check(part["items"], f"{where}[]")
        check(schema(), "status")
        for name, part in schema()["$defs"].items():
            check(part, name)


class FiguresTest(RelayTest):
    def test_all_close_reasons_are_there(self):
        words = schema()["properties"]["totals"]["properties"]["close_reasons"]
        close_reasons = self.start().status()["totals"]["close_reasons"]
        self.assertEqual(sorted(words["required"]), sorted(close_reasons))
        self.assertEqual(sorted(words["properties"]), sorted(close_reasons))
        self.assertEqual(set(close_reasons.values()), {0})

    def test_what_the_process_takes(self):
        relay = self.start()
        status = relay.status()
        self.assertAlmostEqual(status["cpu_seconds"], relay.cpu_seconds(), delta=0.5)
        self.assertAlmostEqual(status["resident_bytes"], relay.resident_bytes(), delta=4 << 20)

    def test_bytes_are_exact_each_way(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        up, down = noise(3_000_001, 1), noise(70_003, 2)
        self.assert_passes_in_pieces(guest, host_side, up)
        self.assert_passes_in_pieces(host_side, guest, down)
        link, = relay.links()
        self.assertEqual(link["bytes_to_host"], len(HEADER) + len(up))
        self.assertEqual(link["bytes_to_guest"], len(down))
        guest.reset()
        host_side.wait_for_any_end()
        relay.wait_for_use(links=0)
        moved = len(HEADER) + len(up) + len(down)
        self.assertEqual(relay.status()["totals"]["bytes_of_ended_links"], moved)
        line = relay.wait_for_log(r"link_closed [^\n]*")
        self.assertIn(f"bytes_to_host={len(HEADER) + len(up)} bytes_to_guest={len(down)}", line)

    def assert_passes_in_pieces(self, source, target, data):
        for at in range(0, len(data), 50_000):
            self.assert_passes(source, target, data[at:at + 50_000])

    def test_endpoints(self):
        relay = self.start()
        host = self.host(relay)
        guest, host_side = self.link(host)
        for _ in range(20):
            self.assert_link_works(guest, host_side)
        session, = relay.status()["sessions"]
        link, = session["links"]
        self.assertEqual(link["guest"]["address"], guest.name())
        self.assertEqual(link["host"]["address"], host_side.name())
        for end in (link["guest"], link["host"], session["host"]):
            self.assertLessEqual(TCP_FIELDS, end.keys())
            self.assertGreater(end["rtt_ms"], 0)
            self.assertLess(end["rtt_ms"], 100)
            self.assertGreaterEqual(end["retransmits"], 0)
        self.assertEqual(session["seats"], {"taken": 1, "limit": 31})

    def test_idle_seconds_and_seats(self):
        relay = self.start(links_per_session=4)
        host = self.host(relay)
        first, second = self.link(host), self.link(host)
        self.guest(host)
        host.next_ticket()

        def first_is_idle():
            self.assert_link_works(*second)
            return relay.links()[0]["idle_seconds"] > 0.8
        wait_until(first_is_idle, 5, "the first link to be idle")
        session, = relay.status()["sessions"]
        self.assertLess(session["links"][1]["idle_seconds"], 0.5)
        self.assertEqual(session["seats"], {"taken": 2, "limit": 4})
        self.assertEqual(session["waiting_joins"], 1)
        self.assert_link_works(*first)
        self.assertLess(relay.links()[0]["idle_seconds"], 0.5)

    def test_kept_bytes_show_the_slow_end(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        guest.fill(noise(24 << 20, 3))
        link, = relay.links()
        self.assertGreater(link["host"]["kept_bytes"], 0)
        self.assertEqual(link["guest"]["kept_bytes"], 0)
        host_side.close()

    def test_join_text_of_a_session_whose_host_has_left(self):
        """A guest may still be playing; the text must not turn into nonsense."""
        relay = self.start({"public_name": ""})
        host = self.host(relay)
        links = self.link(host)
        before = relay.status()["sessions"][0]["join_text"]
        self.assertTrue(before.startswith(f"127.0.0.1|{relay.address[1]}|"))
        host.close()
        relay.wait_for_close("host_left")
        self.assert_link_works(*links)
        self.assertEqual(relay.status()["sessions"][0]["join_text"], before)

    def test_many_sessions(self):
        relay = self.start(sessions_per_address=200, connections_per_address=1000,
                           new_connections_per_second_per_address=1000)
        hosts = [self.host(relay) for _ in range(40)]
        for host in hosts:
            self.link(host)
        status = relay.status()
        self.assertEqual(len(status["sessions"]), 40)
        self.assertEqual(sum(len(session["links"]) for session in status["sessions"]), 40)


class CommandTest(RelayTest):
    def command(self, relay, *arguments):
        url = f"http://{relay.admin_address[0]}:{relay.admin_address[1]}/status"
        return relay_process.run_command("status", url, *arguments)

    def test_table(self):
        relay = self.start()
        host = self.host(relay)
        guest, _ = self.link(host)
        self.peer(relay).send(RATS + b"unknownunkno")
        relay.wait_for_close("unknown_session")
        shown = self.command(relay)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        join_text = relay.status()["sessions"][0]["join_text"]
        for part in (f"127.0.0.1 port {relay.address[1]}", f"session {join_text}", guest.name(),
                     "seats 1 of 31"):
            self.assertIn(part, shown.stdout)
        self.assertRegex(shown.stdout, r"unknown_session\s+1\n")
        self.assertRegex(shown.stdout, r"connections\s+3 of 4096\n")

    def test_json(self):
        relay = self.start()
        shown = self.command(relay, "--json")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertEqual(json.loads(shown.stdout)["program"], "netplay-relay")

    def test_quiet(self):
        relay = self.start()
        shown = self.command(relay, "--quiet")
        self.assertEqual((shown.returncode, shown.stdout, shown.stderr), (0, "", ""))
        relay.stop()
        shown = self.command(relay, "--quiet")
        self.assertEqual((shown.returncode, shown.stdout, shown.stderr), (1, "", ""))

    def test_forms_of_the_address(self):
        relay = self.start()
        host, port = relay.admin_address
        urls = [f"{host}:{port}", f"http://{host}:{port}", f"http://{host}:{port}/"]
        try:
            socket.getaddrinfo("localhost", port)
            urls.append(f"localhost:{port}")
        except OSError:
            print("this machine does not know localhost: that form is left out")
        for url in urls:
            self.assertEqual(relay_process.run_command("status", url, "-q").returncode, 0, url)

    def test_nobody_answers(self):
        relay = self.start()
        relay.stop()
        shown = self.command(relay)
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertRegex(shown.stderr, r"\Anetplay-relay: no status from http\S+: [^\n]+\n\Z")

    def test_urls_that_lead_nowhere(self):
        for url in ("http://127.0.0.1:99999/status", "http://127.0.0.1:x/", "http://[::1"):
            shown = relay_process.run_command("status", url)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), url)
            self.assertRegex(shown.stderr, "^netplay-relay: --url: must be http://HOST:PORT")

    def test_something_else_answers(self):
        relay = self.start()
        url = f"http://{relay.address[0]}:{relay.address[1]}/status"
        shown = relay_process.run_command("status", url)
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertEqual(len(shown.stderr.splitlines()), 1, shown.stderr)
        wrong = relay_process.run_command(
            "status", f"http://127.0.0.1:{relay.admin_address[1]}/wrong")
        self.assertEqual(wrong.returncode, 1)
        self.assertTrue(re.search(r"404", wrong.stderr), wrong.stderr)


if __name__ == "__main__":
    main()
