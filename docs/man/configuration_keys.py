"""What the comments of config/netplay-relay.json say of its keys, as values."""

import json
import re
from typing import NamedTuple

TOKEN = re.compile(r'//(?P<comment>[^\n]*)|(?P<string>"(?:\\.|[^"\\])*")|'
                   r'(?P<other>[^\s"{}\[\],:]+)|(?P<mark>[{}\[\],:])|(?P<space>\s+)')


class Entry(NamedTuple):
    """Keys of which one comment tells: pairs of a path such as "limits.sessions" and its default as
    JSON, None for an object."""
    keys: tuple
    comment: tuple  # its lines


def read_configuration(text):
    """What is said of the file as a whole, and an Entry for each comment, in the file's order."""
    reader = Reader(text)
    reader.peek()
    header, reader.comment = reader.comment, []
    reader.object_of(())
    reader.take("end")
    return tuple(header), [Entry(tuple(keys), tuple(comment)) for keys, comment in reader.entries]


class Reader:
    def __init__(self, text):
        self.tokens = []
        for found in TOKEN.finditer(text):
            if found.lastgroup == "comment":
                self.tokens.append(("comment", found.group("comment").strip()))
            elif found.lastgroup == "mark":
                self.tokens.append((found.group(), ""))
            elif found.lastgroup != "space":
                self.tokens.append(("value", found.group()))
        self.at = 0
        self.entries = []  # pairs of keys and comment
        self.comment = []

    def peek(self):
        """The next token that is no comment; comments before it are kept."""
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "comment":
            self.comment.append(self.tokens[self.at][1])
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *kinds):
        token = self.peek()
        if token[0] not in kinds:
            raise SystemExit(f"in the configuration: {token} where {kinds} should be")
        self.at += 1
        return token

    def object_of(self, path):
        self.take("{")
        while self.peek()[0] == "value":
            key = (*path, json.loads(self.take("value")[1]))
            self.take(":")
            said = self.begin_entry()
            if self.peek()[0] == "{":
                if said:
                    self.entries[-1][0].append((".".join(key), None))
                self.object_of(key)
            else:
                self.entries[-1][0].append((".".join(key), self.value()))
            if self.peek()[0] == ",":
                self.take(",")
        self.take("}")

    def begin_entry(self):
        """What follows is told of by the comment before it; if there is none, by the last one."""
        said = bool(self.comment)
        if not said and not self.entries:
            raise SystemExit(f"in the configuration: no comment before {self.peek()}")
        if said:
            self.entries.append(([], self.comment))
            self.comment = []
        return said

    def value(self):
        """As JSON, on one line."""
        if self.peek()[0] == "value":
            return self.take("value")[1]
        begin, depth = self.at, 0
        while True:
            kind = self.take("[", "]", "{", "}", ",", ":", "value")[0]
            depth += (kind in "[{") - (kind in "]}")
            if not depth:
                break
        words = [token[1] or token[0] for token in self.tokens[begin:self.at]
                 if token[0] != "comment"]
        return json.dumps(json.loads(" ".join(words)))
