"""Checks the netplay messages that we write: against vectors, and with a reader of its own."""

import argparse
import re
import subprocess
import sys
import unittest
from pathlib import Path
from typing import NamedTuple

import netplay_reader

VECTORS = Path(__file__).resolve().parent / "netplay_vectors.txt"
LIMIT = 60

print_program = None


class Message(NamedTuple):
    name: str
    sender: str
    protocol: int  # 0: the first bytes of a connection
    layout: str
    data: bytes
    fields: dict


def read_messages(text):
    messages = []
    for line in text.splitlines():
        name, sender, protocol, layout, data, *fields = line.split(" ")
        pairs = dict(field.split("=", 1) for field in fields)
        messages.append(Message(name, sender, int(protocol), layout, bytes.fromhex(data), pairs))
    return messages


def read_piece(word):
    """What one word of a vector stands for: bytes, or None for each byte that may be anything."""
    anything = re.fullmatch(r"<any:(\d+)>", word)
    if anything:
        return [None] * int(anything.group(1))
    once, _, times = word.partition("*")
    return list(bytes.fromhex(once)) * int(times or 1)


def read_vectors(text):
    """name: (sender, bytes)"""
    vectors = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, sender, *words = line.split()
        if sender not in netplay_reader.BOTH or not words or name in vectors:
            raise ValueError(f"line {number}: {line}")
        vectors[name] = (sender, [byte for word in words for byte in read_piece(word)])
    return vectors


def matches(pattern, data):
    return len(pattern) == len(data) and all(
        wanted in (None, byte) for wanted, byte in zip(pattern, data))


class VectorFileTest(unittest.TestCase):
    def test_every_vector_is_a_message(self):
        for name, (sender, pattern) in read_vectors(VECTORS.read_text(encoding="utf-8")).items():
            with self.subTest(name):
                data = bytes(byte or 0 for byte in pattern)
                if data[:2] == b"\0\0":
                    netplay_reader.read_command(data, sender, 6, "crc_first")
                else:
                    netplay_reader.read_opening(data)

    def test_bad_lines_are_noticed(self):
        for text in ("name", "name client", "name up 00", "name client 0g",
                     "a client 00\na client 00", "a client <any:x>"):
            with self.assertRaises(ValueError):
                read_vectors(text)


class ReaderTest(unittest.TestCase):
    def test_malformed_messages_are_noticed(self):
        for data, sender, protocol in (
                ("00000004 00000005 0000000000", "server", 6), ("00000004 00000004", "server", 6),
                ("00000004 00000004 00000000", "client", 6), ("00001100 00000000", "client", 5),
                ("00000060 00000004 00000000", "server", 6), ("00000047 00000000", "client", 6),
                ("00000048 00000004 00000000", "client", 6), ("00000020 00000000", "client", 6),
                ("00001000 00000001 00", "client", 6), ("00000001 00000000 00", "client", 6)):
            with self.subTest(data), self.assertRaises(netplay_reader.Malformed):
                netplay_reader.read_command(bytes.fromhex(data), sender, protocol, "crc_first")


class WriterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([print_program], stdout=subprocess.PIPE, timeout=LIMIT, check=True)
        cls.messages = read_messages(done.stdout.decode())

    def test_every_message_means_what_it_should(self):
        for message in self.messages:
            with self.subTest(message.name, protocol=message.protocol):
                if message.protocol == 0:
                    meaning = netplay_reader.read_opening(message.data)
                else:
                    meaning = netplay_reader.read_command(message.data, message.sender,
                                                          message.protocol, message.layout)
                said = {name: str(value) for name, value in meaning.items()}
                self.assertEqual(said, message.fields)

    def test_every_vector_is_written(self):
        for name, (sender, pattern) in read_vectors(VECTORS.read_text(encoding="utf-8")).items():
            with self.subTest(name):
                written = [one for one in self.messages if one.name == name
                           and one.sender == sender and one.protocol in (0, 6)]
                self.assertEqual(len(written), 1)
                self.assertTrue(matches(pattern, written[0].data), written[0].data.hex())

    def test_every_command_is_written_in_every_protocol(self):
        written = {(one.fields["command"], one.sender, one.protocol)
                   for one in self.messages if one.protocol != 0}
        for name, senders, protocols, _, _ in netplay_reader.COMMANDS.values():
            for sender in senders:
                for protocol in protocols:
                    self.assertIn((name, sender, protocol), written)


def main():
    global print_program
    parser = argparse.ArgumentParser()
    parser.add_argument("--print", required=True, help="the program that prints our messages")
    print_program = parser.parse_args().print
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
