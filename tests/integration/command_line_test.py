"""The command line and the configuration file: what is accepted, and what is said of the rest."""

import json
import os
import pathlib
import re
import socket
import tempfile

import relay_process
from relay_process import run_command
from runner import RelayTest, has_ipv6, main

SERVICE_FILE = "/etc/netplay-relay/netplay-relay.json"
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "config" / "netplay-relay.json"


class CommandLineTest(RelayTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-")
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name) / "relay.json"

    def write(self, config):
        text = config if isinstance(config, str) else json.dumps(config)
        self.file.write_text(text, encoding="utf-8")
        return self.file

    def check(self, config):
        return run_command("--check-config", "--config", self.write(config))


class EnvironmentTest(CommandLineTest):
    def with_variables(self, *arguments, **variables):
        given = {f"NETPLAY_RELAY_{name}": value for name, value in variables.items()}
        return run_command(*arguments, env={**os.environ, **given})

    def test_faults_name_the_variable(self):
        shown = self.with_variables("--check-config", LIMITS__SESSIONS="many", FOO="1",
                                    PORT="tcp://10.0.0.1:55435")
        self.assertEqual((shown.returncode, shown.stdout), (2, ""))
        self.assertEqual(shown.stderr.splitlines(), [
            "netplay-relay: NETPLAY_RELAY_LIMITS__SESSIONS must be a whole number from 1 to "
            '500000, not "many"',
            "netplay-relay: NETPLAY_RELAY_FOO names no key of the configuration"])

    def test_the_file(self):
        shown = self.with_variables("--check-config", CONFIG=str(self.write({"nonsense": 1})))
        self.assertEqual(shown.returncode, 2)
        self.assertIn(f"{self.file}: nonsense is no key here", shown.stderr)

    def test_it_stands_between_file_and_command_line(self):
        relay = relay_process.Relay({"public_name": "file.test", "log": {"level": "info"}},
                                    ["--public-name", "option.test"], sessions=6, connections=60)
        self.addCleanup(relay.end)
        relay.prefix = ["env", "NETPLAY_RELAY_LIMITS__SESSIONS=7",
                        "NETPLAY_RELAY_PUBLIC_NAME=variable.test",
                        "NETPLAY_RELAY_LISTEN=127.0.0.1:0,127.0.0.2:0"]
        relay.start()
        status = relay.status()
        self.assertEqual((status["limits"]["sessions"], status["limits"]["connections"]), (7, 60))
        self.assertEqual([each["address"] for each in status["listening"]],
                         ["127.0.0.1", "127.0.0.2"])
        self.host(relay)
        self.assertIn("join_text=option.test|", relay.wait_for_log("session_opened [^\n]*"))
        self.assertIn("reloaded", relay.change(limits={"sessions": 9}))
        self.assertEqual(relay.status()["limits"]["sessions"], 7)

    def test_the_status_of_the_relay_that_is_configured_so(self):
        relay = self.start()
        host, port = relay.admin_address
        asked = self.with_variables("status", ADMIN__LISTEN=f"{host}:{port}")
        self.assertEqual((asked.returncode, asked.stderr), (0, ""))
        self.assertIn(", running, ", asked.stdout)
        self.write({"admin": {"listen": [f"0.0.0.0:{port}"]}})  # asked on loopback
        for arguments in (["--config", self.file, "status"], ["status", "--config", self.file]):
            self.assertEqual(run_command(*arguments, "--quiet").returncode, 0)
        for text, problem in (("{", "is not JSON"), ('{"admin": {"listen": []}}', "names no port")):
            self.write(text)
            asked = run_command("status", "--config", self.file)
            self.assertEqual((asked.returncode, asked.stdout), (1, ""))
            self.assertIn(problem, asked.stderr)
            asked = run_command("status", "--quiet", "--config", self.file)
            self.assertEqual((asked.returncode, asked.stdout, asked.stderr), (1, "", ""))


class OptionsTest(CommandLineTest):
    def test_help(self):
        shown = run_command("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for option in ("--config", "--listen", "--admin", "--public-name", "--log-level",
                       "--check-config", "--version", "status", "sessions",
                       "rooms", "upgrade", "doctor"):
            self.assertIn(option, shown.stdout)

    def test_version(self):
        shown = run_command("--version")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertRegex(shown.stdout, r"\Anetplay-relay \d+\.\d+\.\d+\S*\n\Z")

    def test_what_is_unknown(self):
        for arguments in (["--nonsense"], ["nonsense"], ["--config"], ["status", "a", "b"],
                          ["rooms", "a", "b"], ["status", "a", "--watch", "now"],
                          ["doctor", "--wacth"], ["--listen"], ["--log-level"]):
            shown = run_command(*arguments)
            self.assertEqual(shown.returncode, 2, arguments)
            self.assertEqual(shown.stdout, "", arguments)
            self.assertTrue(shown.stderr.strip(), arguments)

    def test_what_was_meant(self):
        for arguments, hint in ((["--listne", "x"], '"--listen"'), (["--conifg=x"], '"--config"'),
                                (["--public_name", "x"], '"--public-name"'),
                                (["stats"], '"status"'), (["docter"], '"doctor"'),
                                (["check-config"], '"--check-config"'),
                                (["status", "--jsno"], '"--json"'),
                                (["status", "--conig", "x"], '"--config"'),
                                (["--loglevel", "info"], '"--log-level"')):
            shown = run_command(*arguments)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), arguments)
            self.assertIn(f"did you mean {hint}?", shown.stderr)
        self.assertIn("--config /etc/relay.json", run_command("/etc/relay.json").stderr)
        shown = run_command("--banana")
        self.assertIn("--banana", shown.stderr)
        self.assertNotIn("did you mean", shown.stderr)
        for option, value, hint in (("--listen", "55435", "a port alone"),
                                    ("--public-name", "relay.example:5", "as public_port"),
                                    ("--log-level", "warn", 'did you mean "warning"?')):
            self.assertIn(hint, run_command(option, value).stderr)
        self.assertIn("names no file", run_command("--config", "").stderr)

    def test_values_that_are_wrong(self):
        for option, value in (("--listen", "nonsense"), ("--listen", "127.0.0.1"),
                              ("--listen", "127.0.0.1:70000"), ("--listen", "localhost:0"),
                              ("--listen", "::1:5"), ("--admin", "127.0.0.1:-1"),
                              ("--log-level", "loud"), ("--public-name", "a|b")):
            shown = run_command(option, value)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), (option, value))
            self.assertRegex(shown.stderr, rf"\Anetplay-relay: {option} must be [^\n]+\n\Z")

    def test_options_override_the_file(self):
        relay = self.start(
            {"listen": ["127.0.0.77:0"], "log": {"level": "error"}, "public_name": "one.test"},
            ["--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0", "--admin", "127.0.0.3:0",
             "--public-name", "two.test", "--log-level", "debug"])
        status = relay.status()
        self.assertEqual([one["address"] for one in status["listening"]],
                         ["127.0.0.1", "127.0.0.2"])
        self.assertEqual(status["admin_listening"][0]["address"], "127.0.0.3")
        self.host(relay)
        self.assertTrue(relay.status()["sessions"][0]["join_text"].startswith("two.test|"))

    def test_admin_off(self):
        relay = relay_process.Relay({"admin": {"listen": []}}, ["--admin", "off"])
        self.addCleanup(relay.end)
        self.host(relay.start())
        self.assertNotIn("admin_listening", relay.log_text())


class CheckConfigTest(CommandLineTest):
    def assert_faults(self, config, *keys):
        """Exactly these keys are named, each on a line of its own with the file's name."""
        shown = self.check(config)
        self.assertEqual((shown.returncode, shown.stdout), (2, ""), shown.stderr)
        lines = shown.stderr.splitlines()
        before = f"netplay-relay: {self.file}: "
        for line in lines:
            self.assertTrue(line.startswith(before), line)
        named = [line[len(before):].split(" ")[0] for line in lines]
        self.assertEqual(sorted(named), sorted(keys))
        return shown.stderr

    def test_shipped_file_is_good_and_holds_the_defaults(self):
        shown = run_command("--check-config", "--config", SHIPPED)
        self.assertEqual((shown.returncode, shown.stdout, shown.stderr),
                         (0, f"the configuration is good\nread: {SHIPPED}\n", ""))
        shipped = json.loads(re.sub(r"^\s*//.*$", "", SHIPPED.read_text(encoding="utf-8"),
                                    flags=re.MULTILINE))
        defaults = self.start().status()["limits"]
        self.assertEqual(shipped["limits"], defaults)

    def test_good_files(self):
        for config in ({}, "// nothing but a comment\n{ /* here */ }", {"listen": ["[::]:0"]},
                       {"reserved_sessions": [{"id": "FRIDAYNIGHTSNES1",
                                               "networks": ["203.0.113.7", "2001:db8::/32"]}]},
                       {"admin": {"listen": []}}, {"public_port": 0, "public_name": ""}):
            shown = self.check(config)
            self.assertEqual((shown.returncode, shown.stdout), (0, self.good()), config)
            self.assertNotIn("netplay-relay.json", shown.stderr)

    def good(self):
        return f"the configuration is good\nread: {self.file}\n"

    def test_what_was_read(self):
        given = {key: value for key, value in os.environ.items() if "NETPLAY" not in key}
        shown = run_command("--check-config", env=given)
        self.assertEqual((shown.returncode, shown.stdout),
                         (0, "the configuration is good\nread: no file\n"))
        is_there = pathlib.Path(SERVICE_FILE).exists()
        self.assertEqual(f"{SERVICE_FILE} is there and was not read" in shown.stderr, is_there)
        shown = run_command("--check-config", "--config", self.write({}),
                            env={**given, "NETPLAY_RELAY_PUBLIC_NAME": "relay.example",
                                 "NETPLAY_RELAY_LISTEN": ""})
        self.assertEqual((shown.returncode, shown.stdout, shown.stderr),
                         (0, f"{self.good().rstrip()}, NETPLAY_RELAY_PUBLIC_NAME\n", ""))

    def test_who_cannot_host_is_warned(self):
        for config in ({"listen": ["[::]:0"]}, {"public_name": "2001:db8::1"}):
            shown = self.check(config)
            self.assertEqual((shown.returncode, shown.stdout), (0, self.good()))
            self.assertRegex(shown.stderr, r"\Anetplay-relay: warning: [^\n]* IPv4 only\n\Z")

    def test_a_name_of_ipv6_alone(self):
        name = "ip6-localhost"  # in /etc/hosts of Debian
        try:
            families = {found[0] for found in socket.getaddrinfo(name, None)}
        except OSError:
            families = set()
        if families != {socket.AF_INET6}:
            self.skipTest(f"{name} is not a name of ::1 alone here")
        self.assertIn("public_name has an IPv6 address and no IPv4 address in DNS",
                      self.check({"public_name": name}).stderr)
        self.assertEqual(self.check({"public_name": "localhost"}).stderr, "")

    def test_what_stands_in_each_others_way(self):
        """Also refused by a start, before anything is opened."""
        for config, key in (({"doors": [{"listen": ["0.0.0.0:55435"]}]}, "doors[0].listen[0]"),
                            ({"admin": {"listen": ["127.0.0.1:55435"]}}, "admin.listen[0]"),
                            ({"join_ports": "55000-56000"}, "join_ports"),
                            ({"doors": [{"listen": ["0.0.0.0:55436"], "manual_ip": "tunnel",
                                         "rooms": "by_password"}]}, "doors[0].rooms")):
            self.assert_faults(config, key)
            self.assertEqual(run_command("--config", self.file).returncode, 2)

    def test_the_command_line_is_looked_at_last(self):
        """What stands in the way in the file alone does not if an option has changed it."""
        file = self.write({"doors": [{"listen": ["127.0.0.1:55435"]}]})
        shown = run_command("--check-config", "--config", file, "--listen", "127.0.0.2:5")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        shown = run_command("--check-config", "--listen", "127.0.0.1:5", "--admin", "127.0.0.1:5")
        self.assertEqual(shown.returncode, 2)
        self.assertRegex(shown.stderr, r"\Anetplay-relay: --admin\[0\] must not be 127\.0\.0\.1:5: "
                                       r"it is listen\[0\] already\n")

    def test_a_key_given_twice(self):
        text = self.assert_faults('{\n"access": {},\n"log": {},\n"access": {}\n}', "access")
        self.assertIn("is given twice, in line 2 and in line 4", text)

    def test_every_fault_is_listed_with_its_key(self):
        text = self.assert_faults(
            {"listen": ["127.0.0.1:0", "nonsense"], "public_port": 65536,
             "public_name": "a b", "log": {"level": "loud", "colour": 1},
             "admin": {"listen": "127.0.0.1:0"}, "shutdown_grace_seconds": -1,
             "limits": {"sessions": 0, "connections": "many", "greeting_seconds": 1.5,
                        "join_wait_seconds": None, "unheard_of": 1},
             "access": {"host": {"deny": ["10.0.0.1/8"]}, "join": {"allow": [7]}},
             "reserved_sessions": [{"id": "FRIDAYNIGHTSNES1", "networks": []}]},
            "listen[1]", "public_port", "public_name", "log.level", "log.colour", "admin.listen",
            "shutdown_grace_seconds", "limits.sessions", "limits.connections",
            "limits.greeting_seconds", "limits.join_wait_seconds", "limits.unheard_of",
            "access.host.deny[0]", "access.join.allow[0]", "reserved_sessions[0].networks")
        self.assertIn("from 1 to 500000, not 0", text)
        self.assertIn('not "loud"', text)

    def test_faults_between_keys(self):
        self.assert_faults({"limits": {"connections": 10, "sessions": 11}}, "limits.sessions")
        self.assert_faults({"listen": []}, "listen")
        twice = {"id": "FRIDAYNIGHTSNES1", "networks": ["203.0.113.7"]}
        self.assert_faults({"reserved_sessions": [twice, twice]}, "reserved_sessions[1].id")

    def test_one_wrong_value_is_one_fault(self):
        self.assert_faults({"reserved_sessions": [{"id": "short", "networks": ["203.0.113.7"]}]},
                           "reserved_sessions[0].id")

    def test_texts_that_are_no_json(self):
        for text in ("", "{", "[]", "null", '{"listen": [}', "\0", "{} {}"):
            shown = self.check(text)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), repr(text))
            self.assertTrue(shown.stderr.startswith(f"netplay-relay: {self.file}: "), shown.stderr)

    def test_files_that_cannot_be_read(self):
        for path in (self.file, self.file.parent):
            for arguments in (["--check-config"], []):
                shown = run_command(*arguments, "--config", path)
                self.assertEqual((shown.returncode, shown.stdout), (2, ""))
                self.assertRegex(shown.stderr,
                                 rf"\Anetplay-relay: {path}: cannot be read: [^\n]+\n\Z")


class StartTest(CommandLineTest):
    def assert_refused(self, arguments, code, sentence):
        """One sentence on standard error."""
        shown = run_command(*arguments)
        self.assertEqual(shown.returncode, code, shown)
        self.assertRegex(shown.stderr, rf"\A{sentence}\n\Z")

    def test_faulty_file_refuses_to_start(self):
        file = self.write({"listen": ["127.0.0.1:0"], "limits": 3})
        self.assert_refused(["--config", file], 2, rf"netplay-relay: {file}: limits must be [^\n]+")

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for arguments in (["--listen", address, "--admin", "off"],
                              ["--listen", "127.0.0.1:0", "--admin", address]):
                self.assert_refused(arguments, 1, rf"netplay-relay: [^\n]*{address}[^\n]*"
                                                  r"Address already in use[^\n]*")

    def test_address_of_another_machine(self):
        """It may come later: tests/integration/address_test.py has what follows."""
        relay = self.start({"listen": ["127.0.0.1:0", "192.0.2.1:0"]})
        relay.wait_for_log(r"address_missing key=listen address=192\.0\.2\.1:\d+ problem=")
        self.assert_link_works(*self.link(self.host(relay)))

    def test_it_says_what_to_type(self):
        relay = self.start()
        port = relay.address[1]
        host, admin = relay.admin_address
        relay.wait_for_log(rf' ready players="relay\.test\|{port}" hosts="relay\.test\|{port}" '
                           rf"status=http://{host}:{admin}/status config={relay.config_path}\n")
        self.assertEqual(relay.status()["reach"],
                         {"players": f"relay.test|{port}", "hosts": f"relay.test|{port}"})
        self.assertEqual(relay.status()["config_file"], str(relay.config_path))
        shown = run_command("status", f"{host}:{admin}").stdout
        self.assertTrue(shown.startswith(
            f"players: relay.test|{port}\nhosts:   relay.test|{port}\n"
            f"status:  {host} port {admin}\nfile:    {relay.config_path}\n\nnetplay-relay "), shown)
        relay.change(public_port=55435)
        self.assertEqual(relay.status()["reach"],
                         {"players": "relay.test", "hosts": "relay.test|55435"})
        relay.change(public_name="", manual_ip="off")
        self.assertEqual(relay.status()["reach"],
                         {"players": "the join text of their host", "hosts": "127.0.0.1|55435"})

    def test_two_relays_with_port_0(self):
        first, second = self.start(), self.start()
        self.assertNotEqual(first.address, second.address)
        for relay in (first, second):
            self.assert_link_works(*self.link(self.host(relay)))
        self.assertEqual(first.status()["totals"]["links"], 1)

    def test_several_addresses_at_once(self):
        relay = self.start({"listen": ["127.0.0.1:0", "127.0.0.2:0"]})
        host = self.host(relay)
        other = relay.wait_for_log(r" listening address=127\.0\.0\.2:(\d+)")
        relay.address = ("127.0.0.2", int(other))
        self.assert_link_works(*self.link(host))

    def test_port_is_free_again_at_once(self):
        relay = self.start()
        self.link(self.host(relay))
        self.assertEqual(relay.stop(), 0)
        again = self.start({"listen": [f"127.0.0.1:{relay.address[1]}"]})
        self.assertEqual(again.address, relay.address)

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            self.skipTest(f"no IPv6 on this machine: {error}")
        relay = self.start({"listen": ["[::1]:0", "127.0.0.1:0"], "public_name": ""})
        host = self.host(relay)
        guest = self.guest(host)
        ticket = host.next_ticket()
        self.assertEqual(host.ask(ticket), bytes(15) + b"\x01")
        host_side = self.kept(host.accept(ticket))
        host_side.receive(24)
        self.assert_link_works(guest, host_side)
        session, = relay.status()["sessions"]
        self.assertTrue(session["join_text"].startswith(f"::1|{relay.address[1]}|"))

    def test_ipv6_limits_a_household_as_one(self):
        """Here both only come from ::1; what is seen is that one limit holds for it."""
        if not has_ipv6():
            self.skipTest("no IPv6 on this machine")
        relay = self.start({"listen": ["[::1]:0"]}, sessions_per_address=1)
        self.host(relay)
        peer = self.peer(relay)
        peer.send(b"RATS" + bytes(12))
        self.assertEqual(peer.receive_rest()[:4], b"FULL")

    def test_a_port_in_use_is_told_by_whom(self):
        first = self.start()
        port = first.address[1]
        second = relay_process.Relay({"listen": [f"0.0.0.0:{port}"]})
        self.addCleanup(second.end)
        second.spawn()
        self.assertEqual(second.wait_for_end(), 1)
        self.assertIn(f"cannot listen on 0.0.0.0:{port} (listen): Address already in use; see by "
                      f"whom with: ss -ltnp sport = :{port}; it is in use by netplay-relay "
                      f"(process {first.process.pid})", second.log_text())

    def test_too_few_files(self):
        relay = relay_process.Relay(files=64)
        self.addCleanup(relay.end)
        relay.spawn()
        self.assertEqual(relay.wait_for_end(), 1)
        line, = [line for line in relay.log_text().splitlines() if " error " in line]
        self.assertIn("too_few_files", line)
        self.assertIn("this process may open 64", line)


if __name__ == "__main__":
    main()
