"""status --watch on a terminal and without one; the lists of sessions and rooms."""

import fcntl
import json
import os
import pathlib
import re
import select
import signal
import struct
import subprocess
import termios
import time

import relay_process
from relay_process import run_command
from runner import RelayTest, main
from waiting import die_with_parent, end_process, wait_until

BEGIN = "\x1b[?1049h"
END = "\x1b[?1049l"


class Watched:
    """The command on a terminal of its own, or with a pipe for what it prints."""

    def __init__(self, *arguments, lines=24, terminal=True):
        self.shown = ""
        self.master, slave = os.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.resize(lines)
        self.reader = self.master
        output = slave
        if not terminal:
            self.reader, output = os.pipe()

        def prepare():
            die_with_parent()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(
            [str(relay_process.binary), "status", *map(str, arguments)], stdin=slave,
            stdout=output, stderr=output, preexec_fn=prepare)
        if not terminal:
            os.close(output)

    def resize(self, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 100, 0, 0))

    def read(self):
        while select.select([self.reader], [], [], 0.05)[0]:
            data = os.read(self.reader, 65536)
            if not data:
                break
            self.shown += data.decode()
        return self.shown

    def wait_for(self, pattern, count=1):
        wait_until(lambda: len(re.findall(pattern, self.read())) >= count, 10,
                   f"{pattern!r}, {count} times")

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for_end(self):
        wait_until(lambda: self.read() is not None and self.process.poll() is not None, 10,
                   "the command to end")
        return self.process.returncode

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self):
        end_process(self.process)
        for descriptor in {self.master, self.slave, self.reader}:
            os.close(descriptor)


class WatchTest(RelayTest):
    def watched(self, *arguments, **options):
        watched = Watched(*arguments, **options)
        self.addCleanup(watched.end)
        return watched

    def url(self, relay):
        host, port = relay.admin_address
        return f"{host}:{port}"


class TerminalTest(WatchTest):
    def test_it_has_the_screen_and_gives_it_back(self):
        relay = self.start()
        self.link(self.host(relay))
        for how in ("q", "\x03", "Q"):
            watched = self.watched(self.url(relay), "--watch", "0.2")
            watched.wait_for(r"guest +\S{16} ")
            watched.wait_for(r"ended in ")
            self.assertFalse(watched.echoes())
            self.assertTrue(watched.shown.startswith(BEGIN), watched.shown)
            watched.type(how)
            self.assertEqual(watched.wait_for_end(), 0)
            self.assertTrue(watched.read().endswith(END), repr(watched.shown[-200:]))
            self.assertTrue(watched.echoes())
            self.assertEqual(termios.tcgetattr(watched.slave), watched.before)

    def test_sigterm(self):
        relay = self.start()
        watched = self.watched(self.url(relay), "--watch")
        watched.wait_for("nobody is here")
        watched.process.send_signal(signal.SIGTERM)
        self.assertEqual(watched.wait_for_end(), 0)
        self.assertTrue(watched.read().endswith(END))

    def test_the_size_of_the_screen(self):
        relay = self.start()
        host = self.host(relay)
        for _ in range(4):
            self.link(host)
        watched = self.watched(self.url(relay), "--watch", "3600", lines=7)
        watched.wait_for("and 3 more")
        watched.resize(40)
        watched.process.send_signal(signal.SIGWINCH)
        watched.wait_for(r"(?s)\x1b\[H.*\x1b\[H.*(guest .*){4}")
        self.assertNotIn("more", watched.shown.rsplit("\x1b[H", 1)[1])

    def test_suspended(self):
        relay = self.start()
        watched = self.watched(self.url(relay), "--watch", "0.2")
        watched.wait_for("nobody is here")
        watched.process.send_signal(signal.SIGTSTP)
        stat = pathlib.Path(f"/proc/{watched.process.pid}/stat")
        wait_until(lambda: stat.read_text().rsplit(") ", 1)[1].startswith("T"), 10, "its stop")
        self.assertTrue(watched.read().endswith(END))
        self.assertTrue(watched.echoes())
        watched.process.send_signal(signal.SIGCONT)
        watched.wait_for(re.escape(BEGIN), 2)
        watched.type("q")
        self.assertEqual(watched.wait_for_end(), 0)

    def test_a_relay_that_goes_and_comes_back(self):
        relay = self.start()
        host, port = relay.admin_address
        watched = self.watched(self.url(relay), "--watch", "0.2")
        watched.wait_for("nobody is here")
        relay.stop()
        watched.wait_for("no status from .*Connection refused")
        again = self.start({"admin": {"listen": [f"{host}:{port}"]}})
        self.host(again)
        watched.wait_for("host +[^ ]{16} ")
        watched.type("q")
        self.assertEqual(watched.wait_for_end(), 0)


class PipeTest(WatchTest):
    def test_blocks(self):
        relay = self.start()
        self.host(relay)
        watched = self.watched("--watch", self.url(relay), terminal=False)
        watched.wait_for("ended in ")
        watched.process.send_signal(signal.SIGINT)
        self.assertEqual(watched.wait_for_end(), 0)
        self.assertNotIn("\x1b", watched.shown)
        self.assertGreaterEqual(len(re.findall(r"(?m)^netplay-relay \d.*, running, up ",
                                               watched.shown)), 2)
        self.assertIn("\n\nnetplay-relay ", watched.shown)

    def test_json(self):
        relay = self.start()
        watched = self.watched(self.url(relay), "--json", "--watch=0.2", terminal=False)
        watched.wait_for('"program"', 3)
        watched.process.send_signal(signal.SIGINT)
        self.assertEqual(watched.wait_for_end(), 0)
        _, end = json.JSONDecoder().raw_decode(watched.shown)
        self.assertEqual(json.JSONDecoder().raw_decode(watched.shown[end:].lstrip())[0]["state"],
                         "running")

    def test_nobody_there(self):
        relay = self.start()
        url = self.url(relay)
        relay.stop()
        shown = run_command("status", url, "--watch")
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertIn("Connection refused", shown.stderr)

    def test_how_often(self):
        for seconds in ("0", "0.1", "3601", "-1", "now"):
            shown = run_command("status", "127.0.0.1:1", f"--watch={seconds}")
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), seconds)
            self.assertIn("from 0.2 to 3600 seconds", shown.stderr)
        shown = run_command("status", "--watch", "0.1")
        self.assertEqual((shown.returncode, shown.stdout), (2, ""))

    def test_every_second_costs_little(self):
        relay = self.start()
        watched = self.watched(self.url(relay), "--watch=0.2", terminal=False)
        watched.wait_for("ended in ", 5)
        began = time.monotonic()
        watched.process.send_signal(signal.SIGINT)
        watched.wait_for_end()
        self.assertLess(time.monotonic() - began, 2)


class ListsTest(WatchTest):
    def test_sessions(self):
        relay = self.start()
        shown = run_command("sessions", self.url(relay))
        self.assertEqual((shown.returncode, shown.stdout), (0, "no sessions\n"))
        host = self.host(relay)
        self.link(host)
        shown = run_command("sessions", self.url(relay)).stdout
        session, = relay.status()["sessions"]
        self.assertTrue(shown.startswith("1 session\n"), shown)
        self.assertEqual(len(re.findall(rf"(?m)^  {re.escape(session['id'])} ", shown)), 2)
        self.assertIn(session["host"]["address"], shown)
        self.assertIn(session["links"][0]["guest"]["address"], shown)
        listed = json.loads(run_command("sessions", "--json", self.url(relay)).stdout)
        self.assertEqual([one["id"] for one in listed], [session["id"]])

    def test_rooms(self):
        relay = self.start()
        for arguments in (["rooms", self.url(relay)], ["rooms", "--json", self.url(relay)]):
            shown = run_command(*arguments)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn(shown.stdout, ("no rooms\n", "[]\n"))

    def test_nobody_there(self):
        for command in ("sessions", "rooms"):
            shown = run_command(command, "127.0.0.1:1")
            self.assertEqual((shown.returncode, shown.stdout), (1, ""))
            self.assertIn("no status from 127.0.0.1:1: ", shown.stderr)


if __name__ == "__main__":
    main()
