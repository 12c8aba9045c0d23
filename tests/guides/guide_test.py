"""The guides say what is so: every reason, key, variable, option, file and link in them exists, and
the program takes the commands and files that they show."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import guide

# pylint: disable=wrong-import-position
import relay_process  # noqa: E402
from runner import RelayTest, main  # noqa: E402

CONFIG = guide.ROOT / "config" / "netplay-relay.json"
INSTALLED_CONFIG = "/etc/netplay-relay/netplay-relay.json"
LINES_MAX = {guide.README: 144, guide.OPERATE: 505}
LINES_MAX_ELSE = 250
COLUMNS_MAX = 120
# Keys of frontends; guide_test knows RetroArch's own if that is installed.
FOREIGN_KEY = re.compile(r"(global|nes)\.|netplay_|core_info_")
# What of the project the guides name with a path.
PROJECT_PATH = re.compile(
    r"(?<![\w/.])(?:\.\./)?((?:scripts|config|docs|docker|systemd|fail2ban)/[\w./-]+)")


def keys_of(value, prefix=""):
    """The dotted paths of the configuration."""
    for key, inner in value.items():
        yield prefix + key
        if isinstance(inner, dict):
            yield from keys_of(inner, f"{prefix}{key}.")


def config_keys():
    return set(keys_of(guide.parsed(CONFIG.read_text(encoding="utf-8"))))


def slug(heading):
    """The anchor that a heading gets."""
    words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return words.replace(" ", "-")


def anchors(path):
    return {slug(line.lstrip("#")) for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("#")}


def spans(path):
    """(line, what is between backticks), of the prose."""
    return [(number, span) for number, line in guide.prose(path)
            for span in guide.code_spans(line.replace("\\|", "|"))]


def commands(path):
    """(line, words) of everything that looks like a command line: in blocks for the shell, each of
    the commands of a line; in the prose what begins with a program of ours."""
    lines = [(block.line + at, line) for block in guide.blocks(path) if block.language == "sh"
             for at, line in enumerate(block.text.replace("\\\n", " ").splitlines())]
    lines += [(number, span) for number, span in spans(path)
              if re.match(r"(netplay-(relay|peer)|scripts/\w+\.sh) ", span)]
    for number, line in lines:
        for part in re.split(r"&&|\|\||;|(?<!['\w.])\|(?!\d)", line):
            yield number, shlex.split(part.partition(" > ")[0])


def calls_of(program, path):
    """(line, environment, arguments) of each command that runs it."""
    script = {"netplay-relay": "scripts/run.sh", "netplay-peer": "scripts/peer.sh"}[program]
    for number, words in commands(path):
        environment = {}
        while words and re.match(r"[A-Z_]+=", words[0]):
            name, environment[name] = words[0].partition("=")[0], words[0].partition("=")[2]
            words = words[1:]
        if words and words[0] in (program, script):
            yield number, environment, words[1:]


class TextTest(unittest.TestCase):
    def test_every_reason_is_explained(self):
        rows = [line for path in (guide.OPERATE, guide.PARTIES) for _, line in guide.prose(path)
                if line.startswith("| `") and "parties." not in line.split(" | ")[0]]
        explained = [span for line in rows for span in guide.code_spans(line.split(" | ")[0])]
        self.assertEqual(sorted(explained), sorted(guide.reason_words()), "each once, no others")

    def test_every_line_about_a_room_or_party_is_explained(self):
        rows = [line for path in (guide.OPERATE, guide.PARTIES) for _, line in guide.prose(path)
                if line.startswith("- `")]
        explained = [span for line in rows for span in guide.code_spans(line.split(": ")[0])]
        self.assertEqual(sorted(set(explained) & set(guide.event_words())),
                         sorted(guide.event_words()))

    def test_what_games_of_godot_say_is_explained(self):
        """Each sentence that the relay has for a game stands in the troubles."""
        source = guide.read(guide.ROOT / "src" / "party" / "control.cpp")
        sentences = re.findall(r'case CloseReason::\w+:\s+return "([^"]+)";', source)
        self.assertGreater(len(sentences), 25)
        troubles = guide.read(guide.DOCS / "troubles.md")
        self.assertEqual([one for one in sentences if one not in troubles], [])

    def test_words_with_underscores_are_something(self):
        known = set(guide.reason_words()) | set(guide.event_words()) | {"member_gone", "peer_gone"}
        known |= {"turned_away", "session_opened", "reload_denied"}
        known |= {"address_missing", "without_join_port", "port_unavailable", "connections_lowered",
                  "send_proxy", "proxy_protocol", "reload_incomplete", "reload_kept",
                  "lan_discovery_unanswered", "memory_too_small", "taken_over"}
        known |= {"node_up", "node_down", "link_refused", "hop_failed", "hop_lost", "hops_ended",
                  "other_version", "fleet_joined", "node_unreachable", "same_number",
                  "same_number_over", "hop_refused", "bans_not_learnt", "bans_refused",
                  "cannot_join_fleet", "fleet_failed"}
        known |= {"token_not_read", "token_not_secret", "wrong_token", "admin_token",
                  "integration_control_flood", "bans_damaged", "bans_not_read", "bans_not_kept",
                  "bans_learnt", "bans_left_out", "fleet_clocks_differ", "changed_ms"}
        known |= {"by_content", "by_password", "by_core", "unreliable_ordered"}
        known |= {"worker_shutdown_timeout", "tcp_nodelay", "stream_close_delay"}  # of proxies
        for source in ("config/read_outward.cpp", "outward/webhook.cpp", "outward/outward.cpp",
                       "outward/office.cpp", "outward/lobby_announcer.cpp"):
            text = (guide.ROOT / "src" / source).read_text(encoding="utf-8")
            known |= set(re.findall(r'"([a-z]+(?:_[a-z]+)+)\b', text))
        for script in (*guide.ROOT.glob("godot/**/*.gd"), *guide.TESTS.glob("godot/**/*.gd")):
            known |= set(re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", guide.read(script)))
        known |= {"auth_callback", "class_name", "server_relay"}  # of Godot
        known |= {"unreliable_ordered", "netplay_relay"}  # also of Godot; the addon
        metrics = guide.read(guide.ROOT / "src" / "admin" / "metrics.cpp")
        known |= set(re.findall(r'"([a-z0-9_]+)"', metrics)) | {"rule_files"}  # of prometheus.yml
        known |= {part for key in config_keys() for part in key.split(".")}
        for schema in guide.DOCS.glob("*.schema.json"):
            known |= set(re.findall(r'"([a-z_]+)":', guide.read(schema)))
        for path in guide.GUIDES:
            for number, span in spans(path):
                if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", span) and not FOREIGN_KEY.match(span):
                    self.assertIn(span, known, f"{path.name}:{number}")

    def test_keys(self):
        keys = config_keys()
        found = 0
        for path in guide.GUIDES:
            for number, span in spans(path):
                if re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", span) and span.split(".")[0] in keys:
                    found += 1
                    self.assertIn(span, keys, f"{path.name}:{number}")
        self.assertGreater(found, 15)

    def test_variables(self):
        """Of the environment, and the fields of the journal."""
        names = {"NETPLAY_RELAY_" + key.upper().replace(".", "__") for key in config_keys()}
        event_log = (guide.ROOT / "src" / "net" / "event_log.cpp").read_text(encoding="utf-8")
        fields = {"NETPLAY_RELAY_" + word.upper() for word in re.findall(r"[ \"](\w+)=", event_log)}
        fields.add("NETPLAY_RELAY_EVENT")
        self.assertIn("NETPLAY_RELAY_REASON", fields)
        for path in guide.GUIDES:
            for name in set(re.findall(r"NETPLAY_RELAY_[A-Z_]*[A-Z]", guide.read(path))):
                self.assertIn(name, names | fields | {"NETPLAY_RELAY_CONFIG"}, path.name)

    def test_links(self):
        found = 0
        for path in guide.GUIDES:
            for number, line in guide.prose(path):
                for target in re.findall(r"\]\(([^)]+)\)", line):
                    if target.startswith("https://"):
                        continue
                    found += 1
                    name, _, anchor = target.partition("#")
                    leads_to = (path.parent / name).resolve() if name else path
                    self.assertTrue(leads_to.exists(), f"{path.name}:{number}: {target}")
                    if anchor:
                        self.assertIn(anchor, anchors(leads_to), f"{path.name}:{number}")
        self.assertGreater(found, 8)

    def test_files_of_the_project(self):
        found = 0
        for path in guide.GUIDES:
            for name in PROJECT_PATH.findall(re.sub(r"https?://\S+", "", guide.read(path))):
                found += 1
                self.assertTrue((guide.ROOT / name.rstrip(".")).exists(), f"{path.name}: {name}")
        self.assertGreater(found, 4)

    def test_units(self):
        text = guide.read(guide.OPERATE)
        for unit in set(re.findall(r"netplay-relay\.(?:service|socket)", text)):
            self.assertTrue(list((guide.ROOT / "systemd").glob(f"{unit}*")), unit)

    def test_shell(self):
        for path in guide.GUIDES:
            for block in guide.blocks(path):
                if block.language == "sh":
                    done = subprocess.run(["sh", "-n"], input=block.text, text=True, check=False,
                                          capture_output=True)
                    self.assertEqual(done.stderr, "", f"{path.name}:{block.line}")

    def test_size(self):
        for path in guide.GUIDES:
            self.assertLessEqual(guide.read(path).count("\n"), LINES_MAX.get(path, LINES_MAX_ELSE),
                                 path.name)
            for number, line in guide.prose(path):
                if not line.startswith("|"):
                    self.assertLessEqual(len(line), COLUMNS_MAX, f"{path.name}:{number}")


class ProgramTest(RelayTest):
    def config_file(self, text):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-"))
        self.addCleanup(shutil.rmtree, directory)
        file = directory / "relay.json"
        file.write_text(text, encoding="utf-8")
        return file

    def test_configurations(self):
        """Whole files, as blocks and within a sentence."""
        texts = [block.text for path in (guide.OPERATE, guide.OUTWARD, guide.FLEET)
                 for block in guide.blocks(path) if block.language == "json"]
        whole = " ".join(line for _, line in guide.prose(guide.OPERATE))
        texts += [span for span in guide.code_spans(whole) if span.startswith("{")]
        self.assertGreater(len(texts), 1)
        for text in texts:
            with self.subTest(text=text):
                done = relay_process.run_command("--config", self.config_file(text),
                                                 "--check-config")
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_calls_of_the_relay(self):
        relay = self.start()
        admin = {"NETPLAY_RELAY_ADMIN__LISTEN": f"127.0.0.1:{relay.admin_address[1]}"}
        example = self.config_file(CONFIG.read_text(encoding="utf-8"))
        found = 0
        for path in guide.GUIDES:
            for number, environment, words in calls_of("netplay-relay", path):
                found += 1
                is_status = "status" in words and not {"--watch", "--fleet"} & set(words)
                words = [str(example) if word in (INSTALLED_CONFIG, "FILE") else word
                         for word in words]
                if is_status:
                    environment = {**environment, **admin}
                elif not {"--help", "--check-config"} & set(words):
                    words.append("--check-config")
                done = relay_process.run_command(*words, env={**os.environ, **environment})
                self.assertEqual(done.returncode, 0, f"{path.name}:{number}: {done.stderr}")
        self.assertGreater(found, 5)

    def test_calls_of_the_peer(self):
        peer = pathlib.Path(relay_process.binary).with_name("netplay-peer")
        if not peer.exists():
            self.skipTest(f"no {peer}")
        found = 0
        for path in guide.GUIDES:
            for number, _, words in calls_of("netplay-peer", path):
                found += 1
                done = subprocess.run([str(peer), words[0], "--help"], capture_output=True,
                                      text=True, timeout=30, check=False)
                self.assertEqual(done.returncode, 0, f"{path.name}:{number}")
                for option in words[1:]:
                    if option.startswith("-"):
                        self.assertRegex(done.stdout, rf"{re.escape(option)}\b",
                                         f"{path.name}:{number}")
        self.assertGreater(found, 2)

    def test_options_in_the_prose(self):
        """Those that stand alone belong to one of the programs that the guides are about."""
        known = self.known_options()
        for path in guide.GUIDES:
            for number, span in spans(path):
                option = re.match(r"--[a-z][a-z-]+", span)
                if option and not span.startswith("--hashlimit"):
                    self.assertIn(option.group(), known, f"{path.name}:{number}")

    def known_options(self):
        commands = ((), ("status",), ("webhook",), ("bans",), ("kick",), ("drain",),
                    ("fleet-config",))
        texts = [relay_process.run_command(*words, "--help").stdout for words in commands]
        texts.append(guide.read(guide.ROOT / "godot" / "demo" / "demo.gd"))
        peer = pathlib.Path(relay_process.binary).with_name("netplay-peer")
        if peer.exists():
            texts += [subprocess.run([str(peer), command, "--help"], capture_output=True, text=True,
                                     timeout=30, check=False).stdout
                      for command in ("host", "join", "party", "sync-test")]
        # Of apt-get, docker, and RetroArch since 1.17.
        known = {"--allow-downgrades", "--network", "--mitm-session"}
        if shutil.which("retroarch"):
            texts.append(subprocess.run(["retroarch", "--help"], capture_output=True, text=True,
                                        timeout=30, check=False).stdout)
        else:
            known |= {"--appendconfig", "--connect", "--host", "--nick", "--port"}
        return known | {option for text in texts for option in re.findall(r"--[a-z][a-z-]+", text)}


class RetroArchTest(unittest.TestCase):
    """What play.md says of RetroArch, held against the one that is installed."""

    def setUp(self):
        program = shutil.which("retroarch")
        if not program:
            self.skipTest("no retroarch here")
        self.program = pathlib.Path(program).read_bytes()

    def says(self, text):
        return text.encode() in self.program

    def test_keys(self):
        found = set(re.findall(r"\bnetplay_[a-z_0-9]+", guide.read(guide.PLAY)))
        self.assertGreater(len(found), 5)
        self.assertEqual([key for key in found if not self.says(key + "\0")], [])

    def test_menus(self):
        """The names in italics, but for those of Recalbox and Batocera, which are in capitals."""
        names = {name for _, line in guide.prose(guide.PLAY)
                 for shown in re.findall(r"(?<![*\w])\*([^*]+)\*(?!\*)", line)
                 for name in shown.split(" → ") if name[:1].isupper() and not name.isupper()}
        self.assertGreater(len(names), 15)
        names = {re.sub(r" \d+$", " %u", name) for name in names}  # Request Device 2
        self.assertEqual([name for name in names if not self.says(name + "\0")], [])

    def test_messages(self):
        """The first column of the troubles, as RetroArch 1.14 says them or older ones did."""
        table = guide.read(guide.OPERATE).split("\n## When players say ...\n")[1].split("\n## ")[0]
        rows = [line.split(" | ")[0] for line in table.splitlines()
                if re.match(r"\| [^`|]+ \| .*`", line)]
        texts = [text.strip(" .|") for row in rows
                 for text in re.sub(r"\([^)]*\)|host:|\.\.\.", "", row).split(";")]
        unknown = [text for text in texts if not self.says(text)]
        not_its_own = {"the player reads", "Content not found, try loading content manually",
                       "asked for a password that nobody set", "the games are not the same",
                       "alone in a room, though a friend plays the same",
                       "Failed to receive header, nickname", "the picture stands still, jumps back"}
        self.assertEqual([text for text in unknown if text not in not_its_own], [])
        self.assertGreater(len(texts), 12)


if __name__ == "__main__":
    main()
