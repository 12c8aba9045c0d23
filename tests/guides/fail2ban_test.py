"""The fail2ban filter on the log of a real relay: who is found in it, and who is not. And the jail:
a real fail2ban-server, with a directory, a socket and a database of its own, which bans by a file,
or in a network namespace by a real firewall."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import fail2ban_parts
import guide

# pylint: disable=wrong-import-position
import netplay_client  # noqa: E402
import party_client  # noqa: E402
import private_network  # noqa: E402
import relay_process  # noqa: E402
from runner import RelayTest, main  # noqa: E402
from tunnel_client import HEADER, NO_ID, RATL, RATS, Guest, Host, Peer  # noqa: E402
from waiting import die_with_parent, end_process, keep_true, wait_until  # noqa: E402

FILTER = guide.ROOT / "fail2ban" / "filter.d" / "netplay-relay.conf"
JAILS = guide.ROOT / "fail2ban" / "jail.d" / "netplay-relay.conf"
JOURNAL_WRITER = pathlib.Path("/usr/lib/systemd/systemd-journal-remote")
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(190))
HOSTILE_NICK = "turned_away peer=8.8.8.8:1 reas"  # all that fits
HOSTILE_CORE = "turned_away peer=8.8.4.4:1 x"

RUDE_GREETINGS = {
    "127.0.0.11": b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n",
    "127.0.0.12": CLIENT_HELLO,
    "127.0.0.13": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "127.0.0.14": b"RATX" + NO_ID,
    "127.0.0.17": b"POST / HTTP/1.1\r\nHost: relay\r\n\r\n",
}
WEB_SOCKET = (b"GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              b"Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n\r\n")
LOST_GUEST, PROBER, OLD_FRIEND = "127.0.0.31", "127.0.0.32", "127.0.0.33"
GUESSERS = {"127.0.0.21": RATS + b"unknownunkno" + HEADER, "127.0.0.22": RATL + b"unknownunkno",
            "127.0.0.25": WEB_SOCKET + party_client.WebSocket.framed(
                party_client.TEXT, b'{"join":{"code":"BBBB-BBBB","game":"x","id":2}}')}


class Elsewhere:
    """The same relay under another of its addresses."""

    def __init__(self, address):
        self.address = address


def missing():
    """Why fail2ban cannot be tried here, or nothing."""
    return None if fail2ban_parts.configuration() else "no fail2ban here, and none to be had"


def found_by(mode, log):
    """The addresses that the filter finds, each as often as it does."""
    done = subprocess.run(
        ["fail2ban-regex", "--usedns", "no", "-o", "id", str(log), f"{FILTER}[mode={mode}]"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 255), done.stdout + done.stderr  # 255: nothing was found
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout.split()


class FilterTest(RelayTest):
    def setUp(self):
        if reason := missing():
            self.skipTest(reason)

    def all_sorts(self):
        """A relay that has seen rude peers, guessers and honest ones."""
        relay = self.start({"listen": ["127.0.0.1:0", "[::1]:0"]},
                           new_connections_per_second_per_address=3, sessions_per_address=16)
        for source, greeting in RUDE_GREETINGS.items():
            self.said(relay, source, greeting)
        self.too_fast(relay, "127.0.0.15")
        host = self.host(relay, "127.0.0.16")
        host.send(b"WHAT")
        host.receive_rest()
        self.member_who_says_what_only_hosts_say(relay, "::1")
        for source, greeting in GUESSERS.items():
            self.said(relay, source, greeting)
        self.honest(relay)
        for word in ("http_greeting", "no_websocket", "unknown_code",
                     "tls_greeting", "ssh_greeting", "unknown_greeting",
                     "arriving_too_fast", "unknown_message", "bad_command", "unknown_session",
                     "unknown_ticket", "left_early", "lost_guest", "probe", "expired_session",
                     "guest_left", "member_left"):
            relay.wait_for_log(rf"reason={word}\b")
        return relay

    def said(self, relay, source, greeting):
        peer = self.peer(relay, source)
        peer.send(greeting)
        peer.wait_for_any_end()

    def too_fast(self, relay, source):
        for _ in range(7):
            self.peer(relay, source)
        relay.wait_for_close("arriving_too_fast")

    def member_who_says_what_only_hosts_say(self, relay, address):
        port = relay.wait_for_log(rf" listening address=\[{address}\]:(\d+)")
        member = self.member(netplay_client.Client(Elsewhere((address, int(port)))))
        member.say(netplay_client.SYNC, bytes(184))
        netplay_client.together([member], lambda: member.ended, "the end")

    def honest(self, relay):
        early = self.peer(relay, LOST_GUEST)
        early.send(b"RA")
        early.wait_until_acknowledged()
        early.close()
        self.said(relay, LOST_GUEST, RATS + NO_ID + HEADER)
        self.said(relay, PROBER, b"POKE")
        host = self.host(relay, OLD_FRIEND)
        guest, _ = self.link(host, "127.0.0.34")
        guest.reset()
        host.close()
        relay.wait_for_close("host_left")
        self.said(relay, "127.0.0.34", RATS + host.session + HEADER)
        self.member(netplay_client.Client(relay, HOSTILE_NICK, HOSTILE_CORE)).close()

    def member(self, client):
        self.kept(client)
        netplay_client.together([client], lambda: client.number or client.ended, "to be let in")
        self.assertFalse(client.ended)
        return client

    RUDE = sorted([*RUDE_GREETINGS, "127.0.0.15", "127.0.0.16", "::1"])

    def test_its_own_log(self):
        relay = self.all_sorts()
        self.assertIn(HOSTILE_NICK, relay.log_text())
        self.assertIn(HOSTILE_CORE, relay.log_text())
        self.assertEqual(sorted(set(found_by("rude", relay.log_path))), self.RUDE)
        self.assertEqual(sorted(found_by("guessing", relay.log_path)), sorted(GUESSERS))

    def test_wrong_password(self):
        relay = self.start({"rooms": {"password": "secret"}})
        member = self.peer(relay, "127.0.0.23")
        member.send(HEADER + netplay_client.command(netplay_client.NICK,
                                                    netplay_client.padded("eve")) +
                    netplay_client.command(0x21, b"0" * 64))
        member.wait_for_any_end()
        relay.wait_for_log(r"reason=wrong_password\b")
        self.assertEqual(found_by("rude", relay.log_path), [])
        self.assertEqual(found_by("guessing", relay.log_path), ["127.0.0.23"])

    def test_password_too_often(self):
        """At a door by password, where nothing is a wrong one."""
        relay = self.start({"doors": [{"listen": ["127.0.0.1:0"], "rooms": "by_password"}]})
        (port,) = {one["port"] for one in relay.status()["listening"]} - {relay.address[1]}
        tried = 0
        while relay.closed("password_too_often") < 3:
            tried += 1
            self.assertLess(tried, 40)
            guesser = self.kept(netplay_client.Client(relay, source="127.0.0.24", port=port,
                                                      password=f"guess {tried}"))
            wait_until(lambda one=guesser: one.pump() or one.number or one.ended, 10, "its fate")
            guesser.close()
        relay.wait_for_log(r"reason=password_too_often\b")
        self.assertEqual(found_by("rude", relay.log_path), [])
        self.assertEqual(set(found_by("guessing", relay.log_path)), {"127.0.0.24"})

    def test_from_the_journal(self):
        """The same lines out of a journal, where a user of the server says such things as well."""
        if not JOURNAL_WRITER.exists():
            self.skipTest(f"no {JOURNAL_WRITER} here (systemd-journal-remote)")
        if subprocess.run(["/usr/bin/python3", "-c", "import systemd.journal"],
                          capture_output=True, check=False).returncode:
            self.skipTest("no python3-systemd here")
        relay = self.all_sorts()
        said = [re.sub(r"^\S+ info ", "", line) for line in relay.log_text().splitlines()]
        forged = "turned_away peer=8.8.8.8:1 reason=http_greeting"
        journal = self.journal([("netplay-relay.service", line) for line in said] +
                               [("user@1000.service", forged)])
        log = f"systemd-journal[journalfiles={journal}]"
        self.assertEqual(sorted(set(found_by("rude", log))), self.RUDE)
        self.assertEqual(sorted(found_by("guessing", log)), sorted(GUESSERS))

    def journal(self, lines):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-"))
        self.addCleanup(shutil.rmtree, directory)
        begin = int(time.time()) * 1_000_000
        entries = "".join(
            f"__REALTIME_TIMESTAMP={begin + number}\n__MONOTONIC_TIMESTAMP={number + 1}\n"
            f"_BOOT_ID={1:032x}\n_HOSTNAME=vps\n_PID=812\n_SYSTEMD_UNIT={unit}\n"
            f"SYSLOG_IDENTIFIER=netplay-relay\nPRIORITY=6\nMESSAGE={line}\n\n"
            for number, (unit, line) in enumerate(lines))
        written, journal = directory / "lines", directory / "some.journal"
        written.write_text(entries, encoding="utf-8")
        subprocess.run([str(JOURNAL_WRITER), "-o", str(journal), str(written)], check=True,
                       capture_output=True, timeout=60)
        return journal

    def test_a_line_without_anything_before_it(self):
        for line, expected in (
                ("turned_away peer=[2001:db8::7]:55902 reason=http_greeting", ["2001:db8::7"]),
                ("turned_away peer=198.51.100.23:5 reason=flood suppressed=3", ["198.51.100.23"]),
                ("turned_away peer=198.51.100.23:5 reason=floods", []),
                ('member_joined room=1 nick="turned_away peer=8.8.8.8:1 reason=flood" peer=[::1]:1',
                 []),
                ("vps sshd[7]: turned_away peer=198.51.100.23:5 reason=flood", [])):
            with self.subTest(line=line):
                self.assertEqual(found_by("rude", line), expected)

    def test_every_word_is_a_reason(self):
        text = FILTER.read_text(encoding="utf-8")
        words = re.findall(r"\w+", " ".join(re.findall(r"^_(?:rude|guessing) = (.*)", text, re.M)))
        self.assertGreater(len(words), 8)
        self.assertLessEqual(set(words), set(guide.reason_words()))
        explained = re.findall(r"[a-z_]+", "".join(re.findall(r"^#.*\n", text, re.M)))
        self.assertLessEqual(set(words), set(explained), "words without a comment")


class Jail:
    """Debian's configuration of fail2ban with ours, in a directory of its own."""

    def __init__(self, log, local, prefix=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-"))
        self.prefix = list(prefix)
        config = self.directory / "config"
        shutil.copytree(fail2ban_parts.configuration(), config)
        for old in (config / "jail.d").iterdir():
            old.unlink()
        shutil.copy(FILTER, config / "filter.d")
        shutil.copy(JAILS, config / "jail.d")
        (config / "action.d" / "note.conf").write_text(
            "[Definition]\n"
            "actionban = printf '%%s %%s\\n' <name> <ip> >> <file>\n"
            "[Init]\nfile = /dev/null\n", encoding="utf-8")
        (config / "fail2ban.local").write_text("[Definition]\ndbfile = None\n", encoding="utf-8")
        (config / "jail.local").write_text(
            "[DEFAULT]\nignoreself = false\n" +
            "".join(f"[{name}]\nbackend = polling\nlogpath = {log}\n"
                    for name in ("netplay-relay", "netplay-relay-guessing")) +
            local.format(directory=self.directory), encoding="utf-8")
        self.own = ["-c", str(config), "-s", str(self.directory / "socket"),
                    "-p", str(self.directory / "pid")]
        self.notes = self.directory / "notes"
        self.output = self.directory / "output"

    def start(self):
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*self.prefix, "fail2ban-server", *self.own, "-f", "--loglevel", "INFO",
                 "--logtarget", "STDOUT", "start"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent)
        wait_until(lambda: self.process.poll() is not None or "netplay-relay-guessing" in
                   self.asked("status"), 30, "the jails")
        assert self.process.poll() is None, self.output.read_text(encoding="utf-8")
        return self

    def asked(self, *words):
        return subprocess.run(["fail2ban-client", *self.own, *words], capture_output=True,
                              text=True, timeout=30, check=False).stdout

    def banned(self, jail="netplay-relay"):
        found = re.search(r"Banned IP list:(.*)", self.asked("status", jail))
        return sorted(found.group(1).split()) if found else []

    def end(self):
        end_process(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


class JailTest(RelayTest):
    def setUp(self):
        if reason := missing():
            self.skipTest(reason)

    def jail(self, *arguments):
        jail = Jail(*arguments)
        self.addCleanup(jail.end)
        return jail.start()

    def test_five_strikes(self):
        relay = self.start()
        jail = self.jail(relay.log_path, "[DEFAULT]\nbanaction = note\n"
                         "action = note[name=%(__name__)s, file={directory}/notes]\n")
        for count, source in ((5, "127.0.0.66"), (4, "127.0.0.67")):
            for _ in range(count):
                self.said(relay, source, b"GET / HTTP/1.1\r\n\r\n")
        # Of each reason the relay writes 20 lines in 10 s.
        for count, source, greeting in ((20, "127.0.0.68", RATS + b"unknownunkno" + HEADER),
                                        (19, "127.0.0.69", RATL + b"unknownunkno")):
            for _ in range(count):
                self.said(relay, source, greeting)
        expected = {"netplay-relay 127.0.0.66", "netplay-relay-guessing 127.0.0.68"}

        def noted():
            return set(jail.notes.read_text(encoding="utf-8").splitlines()) \
                if jail.notes.exists() else set()
        wait_until(lambda: noted() >= expected, 30, f"{expected}")
        keep_true(lambda: noted() == expected, 1, "nobody else banned")
        self.assertEqual(jail.banned(), ["127.0.0.66"])
        self.assertEqual(jail.banned("netplay-relay-guessing"), ["127.0.0.68"])

    def said(self, relay, source, greeting):
        peer = self.peer(relay, source)
        peer.send(greeting)
        peer.wait_for_any_end()
        peer.close()

    def test_a_ban_keeps_out(self):
        """With the firewall that fail2ban itself would use, in a namespace, and from a door as
        well."""
        no_firewall = None if shutil.which("nft") else "no nft here"
        if reason := missing() or no_firewall or private_network.why_impossible():
            self.skipTest(reason)
        inner, rude, friend = (self.namespace() for _ in range(3))
        cables = [private_network.Cable(inner, rude, 1), private_network.Cable(inner, friend, 2)]
        relay = relay_process.Relay({"listen": ["0.0.0.0:55435"],
                                     "doors": [{"listen": ["0.0.0.0:61000"]}]})
        relay.prefix = ["nsenter", f"--net={inner.path()}"]
        self.addCleanup(relay.end)
        relay.start()
        jail = self.jail(relay.log_path, "[DEFAULT]\nbanaction = nftables[type=multiport]\n",
                         relay.prefix)

        def at(namespace, cable, kind=Peer, port=55435):
            relay.address = (cable.near_address, port)
            with namespace.inside():
                return self.kept(kind(relay))
        for _ in range(5):
            peer = at(rude, cables[0])
            peer.send(b"GET / HTTP/1.1\r\n\r\n")
            peer.wait_for_any_end()
        wait_until(lambda: jail.banned() == [cables[0].far_address], 30, "the ban")
        def kept_out(port=55435):  # the firewall's turn comes after the jail's own note
            try:
                at(rude, cables[0], port=port).close()
                return False
            except (ConnectionError, TimeoutError):
                return True
        wait_until(kept_out, 30, "the firewall")
        self.assertTrue(kept_out(61000))
        host = at(friend, cables[1], Host).open()
        at(friend, cables[1], Guest).join(host.session)
        host.next_ticket()
        jail.asked("set", "netplay-relay", "unbanip", cables[0].far_address)
        wait_until(lambda: not kept_out(), 30, "to be let in again")

    def namespace(self):
        made = private_network.Namespace()
        self.addCleanup(made.end)
        return made


if __name__ == "__main__":
    main()
