"""netplay-relay doctor: what it finds on this machine, with real relays and broken set-ups."""

import grp
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import relay_process
from relay_process import run_command
from runner import RelayTest, main


class DoctorTest(RelayTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="netplay-relay-")
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name) / "relay.json"
        pathlib.Path(directory.name).chmod(0o755)

    def write(self, **keys):
        config = {"listen": ["127.0.0.1:0"], "admin": {"listen": []}, "public_name": "127.0.0.1"}
        self.file.write_text(json.dumps({**config, **keys}), encoding="utf-8")
        return self.file

    def examine(self, *arguments, **options):
        """The findings, as [(grade, what, fact and advice)]; the exit code has to fit them."""
        shown = run_command("doctor", "--json", *arguments, **options)
        self.assertEqual(shown.stderr, "")
        found = json.loads(shown.stdout)
        findings = found["findings"]
        grades = [one["grade"] for one in findings]
        self.assertEqual((grades.count("fail"), grades.count("warn")),
                         (found["failed"], found["warned"]))
        self.assertEqual(shown.returncode, 1 if found["failed"] else 0, shown.stdout)
        return [(one["grade"], one["what"], f"{one['fact']}; {one['advice']}")
                for one in findings]

    def assert_found(self, findings, grade, what, words):
        said = [one for one in findings if one[1] == what]
        self.assertTrue(any(one[0] == grade and words in one[2] for one in said),
                        f"no {grade} {what}: {words}, but {said}")


class RunningTest(DoctorTest):
    def test_a_relay_in_order(self):
        relay = self.start({"public_name": "127.0.0.1"}, connections=500, sessions=50)
        relay.config["listen"] = [f"127.0.0.1:{relay.address[1]}"]
        host, port = relay.admin_address
        relay.config["admin"] = {"listen": [f"{host}:{port}"]}
        relay.write_config()
        findings = self.examine("--config", relay.config_path)
        self.assert_found(findings, "ok", "configuration", f"good; read: {relay.config_path}")
        self.assert_found(findings, "ok", "file", str(relay.config_path))
        self.assert_found(findings, "ok", "relay", f"(process {relay.process.pid}) answers at "
                                                   f"http://{host}:{port}/status, running")
        self.assert_found(findings, "ok", "upgrade", "keeps the games")
        self.assert_found(findings, "ok", "port", f":{relay.address[1]} (listen) is listened on")
        self.assert_found(findings, "ok", "port", f":{port} (admin.listen) is listened on")
        self.assert_found(findings, "ok", "players", "nobody is there")
        self.assert_found(findings, "ok", "open files", f"the relay (process {relay.process.pid})")
        self.assertFalse([one for one in findings if one[0] == "fail"])
        text = run_command("doctor", "--config", relay.config_path).stdout.splitlines()
        self.assertEqual(len(text), len(findings))
        for line, finding in zip(text, findings):
            self.assertEqual(line[:6].strip().lower(), finding[0])
            self.assertTrue(line[6:].startswith(f"{finding[1]}: "), line)

    def test_players_of_one_address(self):
        relay = self.start()
        for _ in range(3):
            self.host(relay)
        host, port = relay.admin_address
        findings = self.examine(f"{host}:{port}", "--config", relay.config_path)
        self.assert_found(findings, "warn", "players", "all of 3 come from 127.0.0.1")

    def test_a_relay_that_listens_elsewhere_and_has_another_file(self):
        relay = self.start()
        host, port = relay.admin_address
        with socket.create_server(("127.0.0.1", 0)) as free:
            other = free.getsockname()[1]
        self.write(listen=[f"127.0.0.1:{other}"])
        findings = self.examine(f"{host}:{port}", "--config", self.file)
        self.assert_found(findings, "warn", "relay", f"it has read {relay.config_path}")
        self.assert_found(findings, "warn", "port", "not listened on by the relay that runs")

    def test_too_few_files_for_the_relay_that_runs(self):
        relay = self.start(files=400, connections=40, sessions=40)
        host, port = relay.admin_address
        relay.config["limits"]["connections"] = 3000
        relay.write_config()
        findings = self.examine(f"{host}:{port}", "--config", relay.config_path)
        self.assert_found(findings, "warn", "open files", "this process may open 400")

    def test_its_variables_are_read_from_its_process(self):
        relay = self.start()
        host, port = relay.admin_address
        other = self.start({"public_name": ""})
        self.assertNotEqual(relay.process.pid, other.process.pid)
        findings = self.examine(f"{host}:{port}", "--config", relay.config_path)
        self.assert_found(findings, "ok", "configuration", "read: ")


    def test_a_path_that_begins_here_is_the_same_file(self):
        relay = self.start()
        host, port = relay.admin_address
        findings = self.examine("--url", f"{host}:{port}", "--config", relay.config_path.name,
                                cwd=relay.config_path.parent)
        self.assertNotIn("it has read", str(findings))

    def test_a_faulty_file_asks_the_relay_that_it_names(self):
        relay = self.start()
        host, port = relay.admin_address
        admin = {"listen": [f"{host}:{port}"]}
        findings = self.examine("--config", self.write(admin=admin, nonsense=1))
        self.assert_found(findings, "fail", "configuration", "nonsense is no key here")
        self.assert_found(findings, "ok", "relay", f"(process {relay.process.pid}) answers at")
        findings = self.examine("--config", self.write(admin={"listen": ["nowhere"]}))
        self.assert_found(findings, "warn", "relay", "cannot be asked: the configuration is faulty")

    def test_socket_token_bans_and_the_page_for_everybody(self):
        folder = self.file.parent
        folder.joinpath("token").write_text("a_token_of_20_letters", encoding="ascii")
        folder.joinpath("token").chmod(0o644)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            page = {"listen": [f"127.0.0.1:{taken.getsockname()[1]}"]}
            self.write(public_page=page, admin={
                "listen": [], "token_file": str(folder / "token"),
                "socket": str(folder / "none" / "control"),
                "bans_file": str(folder / "none" / "bans.json")})
            findings = self.examine("--config", self.file)
        self.assert_found(findings, "fail", "port", "(public_page.listen) is taken")
        self.assert_found(findings, "warn", "file", "has a secret in it, and everybody")
        self.assert_found(findings, "warn", "file", "bans.json cannot be written")
        self.assert_found(findings, "warn", "socket", "there is no such directory")
        folder.joinpath("token").write_text("short", encoding="ascii")
        folder.joinpath("token").chmod(0o600)
        folder.joinpath("none").mkdir()
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "warn", "configuration", "must hold at least 16 characters")
        self.assert_found(findings, "ok", "file", "bans.json is not there yet")
        self.assert_found(findings, "ok", "socket", "comes with the relay")
        folder.joinpath("none", "control").write_text("", encoding="ascii")
        folder.joinpath("token").unlink()
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "warn", "socket", "is no socket")
        self.assert_found(findings, "warn", "file", "token cannot be looked at")


class BrokenTest(DoctorTest):
    def test_a_faulty_configuration(self):
        findings = self.examine("--config", self.write(nonsense=1, limits=3))
        self.assert_found(findings, "fail", "configuration", "nonsense is no key here")
        self.assert_found(findings, "fail", "configuration", "limits must be")
        self.assertNotIn("port", [one[1] for one in findings])

    def test_no_file(self):
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "fail", "configuration", "cannot be read")
        self.assert_found(findings, "fail", "file", "No such file")

    def test_a_taken_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            findings = self.examine("--config", self.write(listen=[f"127.0.0.1:{port}"]))
            self.assert_found(findings, "fail", "port",
                              f"127.0.0.1:{port} (listen) is taken by")
            self.assert_found(findings, "fail", "port", f"ss -ltnp sport = :{port}")
            findings = self.examine(
                "--config", self.write(join_ports=str(port)))
            self.assert_found(findings, "warn", "port", f"others have 1: {port}")
        findings = self.examine("--config", self.write(listen=[f"127.0.0.1:{port}"]))
        self.assert_found(findings, "ok", "port", f"127.0.0.1:{port} (listen) is free")

    def test_a_port_that_an_outgoing_connection_has(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname()) as out:
                port = out.getsockname()[1]
                findings = self.examine("--config", self.write(listen=[f"127.0.0.1:{port}"]))
        self.assert_found(findings, "fail", "port", "a connection that went out")

    def test_something_else_at_the_status_port(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            other.settimeout(10)
            port = other.getsockname()[1]
            self.write(admin={"listen": [f"127.0.0.1:{port}"]})
            pid = os.fork()
            if pid == 0:
                try:
                    other.accept()[0].close()
                finally:
                    os._exit(0)
            findings = self.examine("--config", self.file)
            os.waitpid(pid, 0)
        self.assert_found(findings, "fail", "relay", "another program's")

    def test_nobody_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        findings = self.examine("--config", self.write(admin={"listen": [f"127.0.0.1:{port}"]}))
        self.assert_found(findings, "warn", "relay", "Connection refused")
        findings = self.examine("--config", self.write())
        self.assert_found(findings, "warn", "relay", "admin.listen names no port")

    def test_modes_of_the_file(self):
        self.write(rooms={"password": "secret"})
        self.file.chmod(0o644)
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "warn", "file", "everybody here can read it")
        self.file.chmod(0o646)
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "fail", "file", "can be written by everybody")
        self.file.chmod(0o640)
        findings = self.examine("--config", self.file)
        self.assert_found(findings, "ok", "file", "can be read")

    def test_a_relay_whose_user_may_not_read_the_file(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start it as somebody else")
        relay = self.start()
        relay.config_path.chmod(0o600)
        relay.directory.chmod(0o755)
        nobody, group = 65534, grp.getgrgid(65534).gr_gid
        relay.stop()
        relay.prefix = ["setpriv", f"--reuid={nobody}", f"--regid={group}", "--clear-groups"]
        relay.config_path.chmod(0o644)
        relay.start()
        relay.config_path.chmod(0o600)
        host, port = relay.admin_address
        findings = self.examine(f"{host}:{port}", "--config", relay.config_path)
        self.assert_found(findings, "fail", "file", "cannot be read by nobody")

    def test_too_few_files(self):
        self.write()
        for files, grade in ((64, "FAIL"), (400, "warn")):
            shown = subprocess.run(
                ["prlimit", f"--nofile={files}:{files}", relay_process.binary, "doctor",
                 "--config", self.file], capture_output=True, text=True, timeout=30, check=False)
            self.assertRegex(shown.stdout, rf"(?m)^{grade}  open files: .*may open {files} ")
            self.assertEqual(shown.returncode, 1 if grade == "FAIL" else 0, shown.stdout)

    def test_names(self):
        findings = self.examine("--config", self.write(public_name="relay.invalid"))
        self.assert_found(findings, "warn", "name", "for documents and tests")
        findings = self.examine("--config", self.write(public_name="localhost"))
        self.assert_found(findings, "fail", "name", "each player's own machine")
        findings = self.examine("--config", self.write(public_name=""))
        self.assertIn("name", [one[1] for one in findings])

class FirewallTest(DoctorTest):
    """Real rules, in a network of their own, read as root."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can read and set the rules of a firewall")

    def behind(self, *commands, ruleset=""):
        """What is found of the firewall behind these commands of a shell."""
        for program in ("unshare", "nft", "iptables-save"):
            if not shutil.which(program):
                self.skipTest(f"no {program} here")
        self.write(listen=["0.0.0.0:55435"])
        script = " && ".join([*commands, 'exec "$0" "$@"'])
        shown = subprocess.run(
            ["unshare", "--net", "sh", "-c", script, str(relay_process.binary), "doctor", "--json",
             "--config", str(self.file)], input=ruleset, capture_output=True, text=True,
            timeout=30, check=False)
        if "unshare failed" in shown.stderr or "Operation not supported" in shown.stderr or \
                "Could not fetch rule set" in shown.stderr:
            self.skipTest(f"this kernel has not what is needed: {shown.stderr.strip()}")
        self.assertEqual(shown.stderr, "")
        found, = [one for one in json.loads(shown.stdout)["findings"] if one["what"] == "firewall"]
        return found["grade"], found["fact"]

    def test_no_rules(self):
        self.assertEqual(self.behind("true"),
                         ("ok", "TCP 55435 by IPv4 passes that of this machine"))

    def test_iptables(self):
        drop = ["iptables -P INPUT DROP", "iptables -A INPUT -i lo -j ACCEPT",
                "iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "iptables -A INPUT -p tcp --dport 22 -j ACCEPT"]
        dropped = ("fail", "TCP 55435 by IPv4 is dropped by ip filter INPUT")
        unknown = ("ok", "TCP 55435 by IPv4: cannot be told for sure from its rules here")
        passes = ("ok", "TCP 55435 by IPv4 passes that of this machine")
        self.assertEqual(self.behind(*drop), dropped)
        self.assertEqual(self.behind(*drop, "iptables -A INPUT -p tcp --dport 55435 -j ACCEPT"),
                         passes)
        self.assertEqual(self.behind(*drop, "iptables -A INPUT -s 203.0.113.7 -j ACCEPT"), unknown)
        self.assertEqual(
            self.behind("iptables -N mine", "iptables -A INPUT -p tcp -m multiport --dports "
                        "80,55000:56000 -j mine", "iptables -A mine -j REJECT"), dropped)
        self.assertEqual(self.behind("ip6tables -P INPUT DROP"), passes)

    def test_nftables(self):
        head = ("table inet mine {\n set open { type inet_service; flags interval; }\n"
                " chain input {\n type filter hook input priority filter; policy drop;\n"
                " iif lo accept\n ct state established,related accept\n ct state invalid drop\n"
                " meta l4proto { icmp, icmpv6 } accept\n tcp dport { 22, 80-90 } accept\n")
        dropped = ("fail", "TCP 55435 by IPv4 is dropped by inet mine input")
        unknown = ("ok", "TCP 55435 by IPv4: cannot be told for sure from its rules here")
        passes = ("ok", "TCP 55435 by IPv4 passes that of this machine")
        for rule, expected in (
                ("", dropped), ("udp dport 55435 accept", dropped),
                ("meta nfproto ipv6 accept", dropped), ("tcp dport 55435 accept", passes),
                ("tcp dport != 22 counter accept", passes),
                ("tcp dport { 80, 55000-56000 } ct state new log accept", passes),
                ("tcp dport vmap { 22 : drop, 55435 : accept }", passes),
                ("tcp dport @open accept", unknown), ("ip saddr 203.0.113.7 accept", unknown),
                ("tcp dport 55435 limit rate 3/second accept", unknown)):
            with self.subTest(rule=rule):
                self.assertEqual(self.behind("nft -f -", ruleset=f"{head} {rule}\n }}\n}}\n"),
                                 expected)

    def test_a_redirected_port(self):
        rules = ("table ip mine {\n chain pre {\n type nat hook prerouting priority dstnat;\n"
                 " tcp dport 55435 redirect to :22\n }\n chain input {\n type filter hook input "
                 "priority filter; policy drop;\n }\n}\n")
        self.assertEqual(self.behind("nft -f -", ruleset=rules)[0], "ok")


if __name__ == "__main__":
    main()
