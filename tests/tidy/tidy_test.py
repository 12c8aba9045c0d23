#!/usr/bin/env python3
"""The house style as a test: tidy_test.py [ROOT]. Prints each finding, and fails on any."""

import sys
from pathlib import Path

import rules

# What is right although a rule finds it: (path, rule, part of the finding) and the reason.
ALLOWED = {
    ("tests/integration/waiting.py", "banned", "time.sleep"): "polls processes, with a deadline",
    ("tests/retroarch/match.py", "banned", "time.sleep"): "the pace at which real games are played",
    ("src/websocket/asking.cpp", "include", "<boost/beast/"): "HTTP parser, as headers",
    ("src/websocket/upgrade.cpp", "include", "<boost/beast/"): "HTTP parser, as headers",
}

FOLDERS = ("src", "tests", "bench", "scripts", "godot")
SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".gd")
SKIPPED_FOLDERS = ("build", "__pycache__", ".git")


def files_below(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix in SUFFIXES and not any(part in SKIPPED_FOLDERS for part in parts):
                yield path


def findings_below(root):
    for path in files_below(root):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            yield rules.Finding(name, 1, "encoding", "is not UTF-8")
            continue
        yield from rules.check(name, text)


def is_allowed(finding, used):
    for entry in ALLOWED:
        path, rule, part = entry
        if (finding.path, finding.rule) == (path, rule) and part in finding.problem:
            used.add(entry)
            return True
    return False


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    used = set()
    count = 0
    for finding in findings_below(root):
        if is_allowed(finding, used):
            continue
        count += 1
        print(f"{finding.path}:{finding.line}: {finding.problem} [{finding.rule}]")
    for path, rule, part in sorted(set(ALLOWED) - used):
        count += 1
        print(f"{path}: allowed for nothing: {rule}, {part!r}")
    print(f"{count} findings" if count else "tidy")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
