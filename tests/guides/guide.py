"""The guides and what they show: their text, the blocks of commands and files in them. Makes the
modules of tests/integration importable as well."""

import json
import pathlib
import re
import sys
from typing import NamedTuple

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS / "integration"))

README, DOCS = ROOT / "README.md", ROOT / "docs"
OPERATE, PLAY, PEER = DOCS / "operate.md", DOCS / "play.md", DOCS / "peer.md"
OUTWARD = DOCS / "outward.md"
FLEET = DOCS / "fleet.md"
PARTIES = DOCS / "parties.md"
GUIDES = (README, OPERATE, PLAY, PEER, DOCS / "rooms.md", DOCS / "status.md", DOCS / "metrics.md",
          DOCS / "troubles.md", DOCS / "performance.md", DOCS / "page.md", DOCS / "doctor.md",
          DOCS / "public_page.md", OUTWARD, DOCS / "voice.md", DOCS / "control.md",
          DOCS / "bans.md", PARTIES, DOCS / "godot.md", DOCS / "proxies.md",
          FLEET, DOCS / "scale.md")


class Block(NamedTuple):
    guide: pathlib.Path
    line: int      # of its first line, from 1
    language: str  # behind the opening fence, "" if none
    text: str


def read(guide):
    return guide.read_text(encoding="utf-8")


def blocks(guide):
    """What is between fences."""
    found, language, begin, lines = [], None, 0, []
    for number, line in enumerate(read(guide).splitlines(), 1):
        fence = re.match(r"```(\S*)\s*$", line)
        if not fence:
            lines.append(line)
        elif language is None:
            language, begin, lines = fence.group(1), number + 1, []
        else:
            found.append(Block(guide, begin, language, "\n".join(lines) + "\n"))
            language = None
    assert language is None, f"{guide.name}: the block from line {begin} on has no end"
    return found


def prose(guide):
    """The rest, each line with its number."""
    outside, found = True, []
    for number, line in enumerate(read(guide).splitlines(), 1):
        if line.startswith("```"):
            outside = not outside
        elif outside:
            found.append((number, line))
    return found


def file_block(name):
    """The block of docs/operate.md that is the file of that name: its first comment says so."""
    found = [block for block in blocks(OPERATE)
             if re.search(rf"^# {re.escape(name)}(?: |$)", block.text, re.MULTILINE)]
    assert len(found) == 1, f"{len(found)} blocks of {name} in {OPERATE.name}"
    return found[0].text


def code_spans(text):
    """What is between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def reason_words():
    """Every reason the relay has, out of its source."""
    source = (ROOT / "src" / "wire" / "close_reason.cpp").read_text(encoding="utf-8")
    words = re.findall(r'\{CloseReason::\w+, "(\w+)"', source)
    words = words[:words.index("shutdown") + 1]  # netplay-peer has more
    assert len(words) > 60 and "shutdown" in words, words
    return words


def event_words():
    """Every line about a room or a party that the log can have, out of the source."""
    words = []
    for folder, known in (("room", "held_up"), ("party", "peer_returned")):
        source = (ROOT / "src" / folder / "output.cpp").read_text(encoding="utf-8")
        words += re.findall(r'case \w+EventKind::\w+: return "(\w+)"', source)
        assert len(words) > 9 and known in words, words
    return words


def parsed(text):
    """JSON with comments, as the relay's configuration is."""
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
