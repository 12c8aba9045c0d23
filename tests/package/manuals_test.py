#!/usr/bin/env python3
"""The manuals and completions that were built say all that the programs and the configuration do.
What there is to be said is looked up here by other means than the generator's."""

import json
import pathlib
import re
import shutil
import tempfile
import unittest

import packaged
from packaged import PAGES, ROOT, checked, options, run

COMMANDS = {"netplay-relay": ("", "status", "sessions", "rooms",
                              "parties", "kick", "end", "ban", "unban",
                              "bans", "say", "drain", "undrain", "new", "reserve", "unreserve",
                              "reservations", "log-level", "upgrade", "doctor", "webhook",
                              "fleet-config"),
            "netplay-peer": ("", "host", "join", "sync-test", "replay", "party", "decode")}


def program(name):
    return options.relay if name == "netplay-relay" else options.peer


def help_text(name, command=""):
    return checked(program(name), *command.split(), "--help")


def flags_in(text):
    """Whatever looks like an option at the begin of a line."""
    lines = re.findall(r"(?m)^ {2,10}(-\S.*)$", text)
    return [flag for line in lines
            for flag in re.findall(r"(?:^|,\s*)(--?[a-zA-Z][\w-]*)", line)]


def configuration():
    text = (ROOT / "config" / "netplay-relay.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"(?m)^\s*//.*$", "", text))


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield ".".join(path), value


class ManualsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (options.manuals / "man").is_dir():
            raise unittest.SkipTest("no manuals were built here: scdoc or python3 was missing")

    def page(self, name):
        return options.manuals / "man" / pathlib.Path(name).name

    def shown(self, name):
        if not shutil.which("man"):
            self.skipTest("no man here")
        text = checked("man", "--local-file", "--warnings", self.page(name),
                       env={"MANWIDTH": "120", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        return re.sub(r".\x08|\x1b\[[0-9;]*m", "", text)


class PagesTest(ManualsTest):
    def test_no_page_has_a_fault(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc here")
        for name in PAGES:
            done = run("mandoc", "-Tlint", "-W", "error", self.page(name))
            self.assertEqual((done.returncode, done.stdout), (0, ""), name)

    def test_man_warns_of_nothing(self):
        for name in PAGES:
            if not shutil.which("man"):
                self.skipTest("no man here")
            done = run("man", "--local-file", "--warnings=w", self.page(name))
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertNotRegex(done.stdout, r"@[a-z]+@")

    def test_every_option_is_told(self):
        for name, page in (("netplay-relay", PAGES[0]), ("netplay-peer", PAGES[2])):
            shown = self.shown(page)
            for command in COMMANDS[name]:
                flags = flags_in(help_text(name, command))
                self.assertIn("--help", flags)
                for flag in flags:
                    self.assertRegex(shown, rf"(?<![\w-]){flag}(?![\w-])", (name, command))

    def test_every_subcommand_is_told(self):
        for name, page in (("netplay-relay", PAGES[0]), ("netplay-peer", PAGES[2])):
            listed = re.split(r"(?i)\nsubcommands:", help_text(name))[1].split("\n\n", 1)[0]
            commands = re.findall(r"(?m)^  (\S+)", listed)
            self.assertEqual(("", *commands), COMMANDS[name])
            for command in commands:
                self.assertRegex(self.shown(page), rf"(?m)^   {name} {command}$")

    def test_every_key_is_told_with_its_default(self):
        shown = self.shown(PAGES[1])
        keys = list(leaves(configuration()))
        self.assertIn(("limits.sessions", 512), keys)
        for path, default in keys:
            words = r"\s+".join(re.escape(word) for word in json.dumps(default).split(" "))
            self.assertRegex(shown, rf"(?m)^       {re.escape(path)}\s+\(default\s+{words}\)$")

    def test_every_comment_is_told(self):
        words = " ".join(self.shown(PAGES[1]).split())
        text = (ROOT / "config" / "netplay-relay.json").read_text(encoding="utf-8")
        comments = re.findall(r"(?m)^\s*// (.*)$", text)
        self.assertGreater(len(comments), 50)
        for comment in comments:
            self.assertIn(" ".join(comment.split()), words)

    def test_the_sections_that_a_page_should_have(self):
        wanted = {PAGES[0]: "NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS SIGNALS ENVIRONMENT FILES "
                            "EXIT_STATUS EXAMPLES SEE_ALSO",
                  PAGES[1]: "NAME DESCRIPTION KEYS ENVIRONMENT FILES EXAMPLES SEE_ALSO",
                  PAGES[2]: "NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS FILES EXIT_STATUS EXAMPLES "
                            "SEE_ALSO"}
        for name, sections in wanted.items():
            found = re.findall(r"(?m)^([A-Z][A-Z ]+)$", self.shown(name))
            self.assertEqual([section.replace(" ", "_") for section in found], sections.split())

    def test_the_examples_of_configuration_are_good(self):
        blocks = re.findall(r"(?s)\n```\n(\{.*?)```", (
            ROOT / "docs" / "man" / "netplay-relay.json.5.scd").read_text(encoding="utf-8"))
        self.assertEqual(len(blocks), 2)
        for block in blocks:
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(block)
                file.flush()
                done = run(options.relay, "--config", file.name, "--check-config")
                self.assertEqual(done.returncode, 0, done.stderr)


class BashTest(ManualsTest):
    def complete(self, name, *words):
        """What is offered for the last of the words."""
        file = options.manuals / "bash" / name
        script = ('compopt() { :; }; source "$1"; shift; '
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  f"_{name.replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        shown = checked("bash", "--norc", "-euc", script, "bash", file, name, *words)
        return shown.split()

    def test_options_and_subcommands(self):
        for name, commands in COMMANDS.items():
            self.assertLessEqual(set(commands) - {""}, set(self.complete(name, "")))
            for command in commands:
                flags = flags_in(help_text(name, command))
                offered = self.complete(name, *command.split(), "-")
                self.assertEqual(sorted(offered), sorted(flags), (name, command))

    def test_begun_words(self):
        self.assertEqual(self.complete("netplay-relay", "st"), ["status"])
        self.assertEqual(self.complete("netplay-relay", "status", "--js"), ["--json"])
        self.assertEqual(self.complete("netplay-peer", "host", "--spectate-"),
                         ["--spectate-password"])

    def test_an_option_before_the_subcommand(self):
        for words in (["--config", "status"], ["--config", "=", "status"], ["-c", "host"]):
            offered = self.complete("netplay-relay", *words, "status", "--")
            self.assertIn("--json", offered, words)
            self.assertNotIn("--listen", offered, words)

    def test_values(self):
        levels = ["debug", "info", "warning", "error"]
        self.assertEqual(self.complete("netplay-relay", "--log-level", ""), levels)
        self.assertEqual(self.complete("netplay-relay", "--log-level", "="), levels)
        self.assertEqual(self.complete("netplay-relay", "--log-level", "=", "wa"), ["warning"])
        self.assertEqual(self.complete("netplay-peer", "decode", "--side", "s"), ["server"])
        self.assertEqual(self.complete("netplay-relay", "--public-name", ""), [])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "relay.json"
            file.touch()
            for words in (["netplay-relay", "--config"], ["netplay-relay", "--config", "="],
                          ["netplay-peer", "host", "--content"], ["netplay-peer", "replay"]):
                self.assertEqual(self.complete(*words, f"{folder}/re"), [str(file)], words)

    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck here")
        for name in COMMANDS:
            checked("shellcheck", "--shell=bash", options.manuals / "bash" / name)


class OtherShellsTest(ManualsTest):
    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("no zsh here")
        for name, commands in COMMANDS.items():
            file = options.manuals / "zsh" / f"_{name}"
            checked("zsh", "-n", file)
            text = file.read_text(encoding="utf-8")
            self.assertEqual(text.splitlines()[0], f"#compdef {name}")
            for command in commands:
                function = f"_{name}_{command}".rstrip("_").replace("-", "_")
                body = re.search(rf"(?ms)^{function}\(\)\n(.*?)^}}", text).group(1)
                for flag in flags_in(help_text(name, command)):
                    self.assertRegex(body, rf"['*)]{flag}[=+]?\[", (name, command))

    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("no fish here")
        for name, commands in COMMANDS.items():
            file = options.manuals / "fish" / f"{name}.fish"
            checked("fish", "--no-execute", file)
            for command in commands:
                line = f"{name} {command} -".replace("  ", " ")
                shown = checked("fish", "--no-config", "-c",
                                f"source '{file}'; complete --do-complete '{line}'")
                offered = {entry.split("\t")[0] for entry in shown.splitlines()}
                self.assertLessEqual(set(flags_in(help_text(name, command))), offered, command)
        shown = checked("fish", "--no-config", "-c",
                        f"source '{file}'; complete --do-complete 'netplay-peer '")
        self.assertIn("sync-test\t", shown)


if __name__ == "__main__":
    packaged.main("relay", "peer", "manuals")
