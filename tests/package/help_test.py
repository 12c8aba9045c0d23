#!/usr/bin/env python3
"""The readers behind the manuals: help as CLI11 writes it, old and new, and the configuration."""

import unittest

import packaged

import configuration_keys
import program_help
from program_help import Option

OLD = """Host a game
Usage: peer host [OPTIONS] TARGET

Positionals:
  TARGET TEXT REQUIRED        Where it is

Options:
  -h,--help                   Print this help message and exit
  --protocol UINT:INT in [4 - 7]=6
                              The highest to speak
  --device TEXT:{joypad,analog}=joypad
                              The pad in them
  --frames12345678 UINT INT=0 One space before this
  -a,--admin ADDRESS:PORT ... Where it answers
  --config FILE (Env:PEER_CONFIG)
                              Configuration
  --seed UINT=1 Excludes: --input
                              Of our input
  --input FILE:FILE Excludes: --seed
                              Ours
  --log-level LEVEL           debug, info or error

Subcommands:
  sync-test                   Find out

Exit codes: 0 well,
1 not.
"""

# The same as CLI11 2.5 writes it.
NEW = """Host a game


peer host [OPTIONS] TARGET [SUBCOMMAND]


POSITIONALS:
  TARGET TEXT REQUIRED        Where it is

OPTIONS:
  -h,     --help              Print this help message and exit
          --protocol UINT:INT in [4 - 7] [6]
                              The highest to speak
          --device TEXT:{joypad,analog} [joypad]
                              The pad in them
          --frames12345678 UINT INT [0]
                              One space before this
  -a,     --admin ADDRESS:PORT ...
                              Where it answers
          --config FILE (Env:PEER_CONFIG)
                              Configuration
          --seed UINT [1]  Excludes: --input
                              Of our input
          --input FILE:FILE Excludes: --seed
                              Ours
          --log-level LEVEL   debug, info or error

SUBCOMMANDS:
  sync-test                   Find out


Exit codes: 0 well,
1 not.

"""

EXPECTED = (
    Option(("-h", "--help"), text="Print this help message and exit"),
    Option(("--protocol",), "UINT", (), ("4", "7"), "6", text="The highest to speak"),
    Option(("--device",), "TEXT", ("joypad", "analog"), (), "joypad", text="The pad in them"),
    Option(("-a", "--admin"), "ADDRESS:PORT", repeats=True, text="Where it answers"),
    Option(("--config",), "FILE", is_file=True, variable="PEER_CONFIG", text="Configuration"),
    Option(("--seed",), "UINT", default="1", excludes=("--input",), text="Of our input"),
    Option(("--input",), "FILE", is_file=True, excludes=("--seed",), text="Ours"),
    Option(("--log-level",), "LEVEL", ("debug", "info", "error"), text="debug, info or error"),
)


class HelpTest(unittest.TestCase):
    def test_both_layouts(self):
        for text in (OLD, NEW):
            read = program_help.read_help(text)
            self.assertEqual(read.summary, "Host a game")
            self.assertEqual(read.positionals,
                             (Option(("TARGET",), "TEXT", required=True, text="Where it is"),))
            named = [option for option in read.options if "--frames12345678" not in option.names]
            self.assertEqual(tuple(named), EXPECTED)
            self.assertIn("One space before this", [option.text for option in read.options])
            self.assertEqual(read.footer, "Exit codes: 0 well,\n1 not.")
            self.assertEqual(program_help.subcommand_names(text), ["sync-test"])

    def test_a_wrapped_description(self):
        text = ("Does it\n\nOPTIONS:\n"
                "          --record FILE       Write a recording for 'replay'; it holds the\n"
                "                              passwords in clear\n"
                "          --json              Print it\n")
        self.assertEqual([option.text for option in program_help.read_help(text).options],
                         ["Write a recording for 'replay'; it holds the passwords in clear",
                          "Print it"])


CONFIGURATION = """// Of the file.
{
    // The first.
    "one": ["a", "b"], // and of the next
    "two": 2,
    // Of the group.
    "group": {
        "three": "// no comment",
        // Of four,
        // and of five.
        "four": { },
        "five": [ { "x": 1 } ]
    },
    "six": null
}
"""


class ConfigurationTest(unittest.TestCase):
    def test_keys_and_their_comments(self):
        header, entries = configuration_keys.read_configuration(CONFIGURATION)
        self.assertEqual(header, ("Of the file.",))
        self.assertEqual([(entry.keys, entry.comment) for entry in entries], [
            ((("one", '["a", "b"]'),), ("The first.",)),
            ((("two", "2"),), ("and of the next",)),
            ((("group", None), ("group.three", '"// no comment"')), ("Of the group.",)),
            ((("group.four", None), ("group.five", '[{"x": 1}]'), ("six", "null")),
             ("Of four,", "and of five.")),
        ])

    def test_what_is_no_configuration(self):
        for text in ("// Only this.\n", "[]", '{ "a" }', '{ "a": 1', '{ "a": 1 } 2'):
            with self.assertRaises(SystemExit, msg=text):
                configuration_keys.read_configuration(text)


if __name__ == "__main__":
    packaged.main()
