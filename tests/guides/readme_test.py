"""The README and docs/peer.md, run: every command of theirs, word for word, as a newcomer would
type it, and what it prints held against what they show. What takes minutes and is tested elsewhere
(compilers, apt) is played by programs of the test's own."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

import guide

# pylint: disable=wrong-import-position
import private_network  # noqa: E402
import relay_process  # noqa: E402
from runner import RelayTest, main  # noqa: E402
from waiting import die_with_parent, end_process, wait_until  # noqa: E402

LIMIT = 60
INSTALLED_FILE = "/etc/netplay-relay/netplay-relay.json"
STAND_IN_ADDRESS = "ADDRESS-OF-THIS-REPOSITORY"
# Plays cmake and ctest: "builds" the program that is under test, or a package.
CMAKE = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
    *"--target netplay-relay")
        mkdir -p build/release/bin && ln -sf "$RELAY" build/release/bin/netplay-relay ;;
    *"--target deb") mkdir -p build/release && touch build/release/netplay-relay_1_all.deb ;;
esac
"""
# Plays apt-get, ufw and systemctl; files to be installed have to be there.
RECORDER = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
for word; do
    case "$word" in ./*) [ -e "$word" ] || exit 1 ;; esac
done
"""


def shell_blocks(page):
    return [block.text for block in guide.blocks(page) if block.language == "sh"]


def shown_after(page, command):
    """The first block of output behind the block with that command."""
    blocks = guide.blocks(page)
    at = next(number for number, block in enumerate(blocks) if command in block.text)
    return next(block.text for block in blocks[at + 1:] if not block.language)


def without_times(text):
    return re.sub(r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z ", "", text).splitlines()


class NewcomerTest(RelayTest):
    """The README's commands in a folder and a network of their own."""

    def setUp(self):
        if reason := private_network.why_impossible():
            self.skipTest(reason)
        if not shutil.which("git"):
            self.skipTest("no git here")
        self.network = private_network.Namespace()
        self.addCleanup(self.network.end)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-readme-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.calls = self.folder / "calls"
        self.calls.touch()
        programs = self.folder / "programs"
        programs.mkdir()
        for name in ("cmake", "ctest", "apt-get", "ufw", "systemctl"):
            file = programs / name
            file.write_text(CMAKE if name in ("cmake", "ctest") else RECORDER, encoding="utf-8")
            file.chmod(0o755)
        (programs / "netplay-relay").symlink_to(relay_process.binary)
        self.environment = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(self.calls),
            "RELAY": relay_process.binary, "HOME": str(self.folder), "CI": ""}
        self.make_repository()

    def make_repository(self):
        """At the address that stands in the README, which is a folder then."""
        made = self.folder / STAND_IN_ADDRESS
        shutil.copytree(guide.ROOT / "scripts", made / "scripts")
        someone = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        for words in (["init", "--quiet"], ["add", "."], [*someone, "commit", "-qm", "a"]):
            subprocess.run(["git", "-C", made, *words], check=True, timeout=LIMIT)

    def command(self, script):
        return ["nsenter", f"--net={self.network.path()}", "sh", "-euc", script]

    def run_block(self, script, folder=None):
        done = subprocess.run(self.command(script), cwd=folder or self.folder, text=True,
                              env=self.environment, stdin=subprocess.DEVNULL, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}")
        return done.stdout

    def start_block(self, script):
        """On a terminal. Returns what tells all that was printed so far."""
        screen, terminal = os.openpty()
        self.addCleanup(os.close, screen)
        os.set_blocking(screen, False)
        process = subprocess.Popen(self.command(script), cwd=self.folder, stdout=terminal,
                                   env=self.environment, stderr=terminal, start_new_session=True,
                                   stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        os.close(terminal)
        self.addCleanup(end_process, process)
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)  # the shell, and what it runs
        printed = bytearray()

        def said():
            with contextlib.suppress(BlockingIOError):
                printed.extend(os.read(screen, 65536))
            self.assertIsNone(process.poll(), printed)
            return printed.decode().replace("\r\n", "\n")
        return said

    def test_the_three_steps(self):
        build, firewall, probe, install, look, *players, tests = shell_blocks(guide.README)
        said = self.start_block(build)
        shown = without_times(shown_after(guide.README, "scripts/run.sh"))
        wait_until(lambda: shown[-1] in without_times(said()), LIMIT, f"the line {shown[-1]!r}")
        self.assertEqual([line for line in without_times(said()) if line in shown], shown, said())
        tree = self.folder / "netplay-relay"

        self.run_block(firewall)
        if shutil.which("nc"):
            self.assertRegex(self.run_block(probe.replace("relay.example", "127.0.0.1")),
                             "succeeded|open")
        self.run_block(install, tree)
        status = self.run_block(look, tree)
        # It still runs as step 1 has started it, without a file.
        shown = shown_after(guide.README, "netplay-relay status").replace(INSTALLED_FILE, "none")
        self.assertEqual(status[:len(shown)], shown)

        self.run_block(tests, tree)
        calls = self.calls.read_text(encoding="utf-8").splitlines()
        for call in ("apt-get install -y git", "ufw allow 55435/tcp", "cmake --preset release",
                     "systemctl reload netplay-relay",
                     "apt-get install -y ./build/release/netplay-relay_1_all.deb"):
            self.assertIn(call, calls)
        self.assertEqual(calls[-1].strip(), "ctest --preset release")
        self.check_players(players)

    def check_players(self, blocks):
        """RetroArch takes the options. (That it then plays, tests/retroarch shows.)"""
        commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
        self.assertEqual([words[0] for words in commands], ["retroarch", "retroarch"])
        targets = [words[words.index("--connect") + 1] for words in commands]
        self.assertRegex(" ".join(targets), r"^relay\.example relay\.example\|55435\|[\w+/]{16}$")
        if not shutil.which("retroarch"):
            return
        known = self.run_block("retroarch --help")
        for words in commands:
            for option in words[1:]:
                if option.startswith("-"):
                    self.assertRegex(known, rf"{option}\b")

    def test_the_clone_line_names_no_place(self):
        """There is none yet that all readers could reach."""
        for page in guide.GUIDES:
            for target in re.findall(r"git clone (\S+)", guide.read(page)):
                self.assertEqual(target, STAND_IN_ADDRESS, page.name)


class PeerPageTest(RelayTest):
    """docs/peer.md: its games, shorter and on one machine, and its report."""

    def setUp(self):
        self.program = pathlib.Path(relay_process.binary).with_name("netplay-peer")
        if not self.program.exists():
            self.skipTest(f"no {self.program}")

    def commands(self, heading):
        """The netplay-peer commands of a section."""
        section = guide.read(guide.PEER).split(f"\n## {heading}\n")[1].split("\n## ")[0]
        found = re.findall(r"(?m)^netplay-peer (.*)$", section)
        self.assertTrue(found)
        return [shlex.split(line) for line in found]

    def begin(self, words):
        process = subprocess.Popen([self.program, *words], stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=die_with_parent)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(end_process, process)
        return process

    def report(self, process):
        out, said = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 0, out + said)
        return out

    def test_a_session(self):
        relay = self.start()
        address = f"127.0.0.1|{relay.address[1]}"
        host_words, join_words = self.commands("A relay and the lines to it")
        host = self.begin([word.replace("relay.example", address) for word in host_words])
        # Not through select: the text layer may have more than one line already.
        joined = re.match(r"join: (\S+)\n", host.stderr.readline()).group(1)
        self.assertRegex(guide.read(guide.PEER), r"(?m)^join: relay\.example\|55435\|[\w+/]{16}$")
        self.assertRegex(join_words[1], r"^relay\.example\|55435\|[\w+/]{16}$")
        join_words[1] = joined.replace("relay.test", "127.0.0.1")
        join_words[join_words.index("--frames") + 1] = "300"
        self.report(self.begin(join_words))
        labels = [line[:11] for line in self.report(host).splitlines()]
        self.assertEqual([line[:11] for line in shown_after(guide.PEER, "--link").splitlines()],
                         labels)

    def test_a_room(self):
        text = " ".join(guide.read(guide.PEER).split())
        configuration = re.search(r'`(\{ "rooms": .*?\})`', text).group(1)
        relay = self.start(guide.parsed(configuration))
        peers = []
        for number, words in enumerate(self.commands("A room"), 1):
            words = [word.replace("relay.example", f"127.0.0.1|{relay.address[1]}")
                     for word in words]
            at = words.index("--duration") + 1
            words[at] = str(int(words[at]) // 5)
            peers.append(self.begin(words))
            relay.wait_for_use(members=number)
        for peer in peers:
            self.report(peer)


if __name__ == "__main__":
    main()
