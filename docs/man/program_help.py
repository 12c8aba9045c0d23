"""What a program's --help says, as values. Reads the layouts of CLI11 2.1 (Debian 12) to 2.6."""

import os
import re
import subprocess
from typing import NamedTuple

COLUMN = 30  # where the descriptions begin
WRAPPED = 60  # a line that is at least so long may have been wrapped by CLI11
HEADING = re.compile(r"(?i)(options|positionals|subcommands|option group):$")


class Option(NamedTuple):
    """An option, or a positional argument if its name has no dash."""
    names: tuple
    value: str = ""  # what stands for its value; "" if it takes none
    choices: tuple = ()
    least_most: tuple = ()
    default: str = ""
    is_file: bool = False
    repeats: bool = False
    required: bool = False
    excludes: tuple = ()
    variable: str = ""  # of the environment, that gives the same
    text: str = ""


class Command(NamedTuple):
    """A program or one of its subcommands."""
    name: str  # "" for the program itself
    summary: str
    positionals: tuple
    options: tuple
    footer: str
    subcommands: tuple = ()  # of Command


def read_program(program, runner=()):
    """The help of the program and of each of its subcommands; runner: what to start it with."""
    text = help_of([*runner, program, "--help"])
    top = read_help(text)
    subcommands = []
    for name in subcommand_names(text):
        command = read_help(help_of([*runner, program, name, "--help"]))
        subcommands.append(command._replace(name=name))
    # The name that the program gives itself before the colon is its title, not what it does.
    summary = top.summary.partition(": ")[2] or top.summary
    return top._replace(summary=summary, subcommands=tuple(subcommands))


def help_of(command):
    # What is set in this environment shall not end up as a default in a manual.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("NETPLAY_RELAY_")}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=environment, timeout=60, check=False)
    if done.returncode:
        shown = " ".join(map(str, command))
        raise SystemExit(f"{shown}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def read_help(text):
    parts = {"options": [], "positionals": [], "subcommands": []}
    summary, footer = "", []
    part = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        heading = HEADING.match(line)
        if heading:
            part = heading.group(1).lower()
        elif line and not line.startswith(" "):
            if part:
                footer.append(line)
            elif not summary:
                summary = line.strip()
        elif line and part and not footer:
            following = lines[number + 1] if number + 1 < len(lines) else ""
            add_line(parts[part], line, following)
    return Command(
        "", summary, tuple(map(read_entry, parts["positionals"])),
        tuple(map(read_entry, parts["options"])), "\n".join(footer))


def add_line(entries, line, following):
    """entries: lists of a name and a description each."""
    if line.startswith(" " * COLUMN):
        entries[-1][1] = f"{entries[-1][1]} {line.strip()}".strip()
    elif is_name_only(line.rstrip(), following):
        entries.append([line.strip(), ""])
    else:
        entries.append([line[:COLUMN].strip(), line[COLUMN:].strip()])


def is_name_only(line, following):
    """A name that reaches the column of the descriptions has its own on the next line."""
    if len(line) < COLUMN or line[COLUMN - 1] != " ":
        return True
    if line[COLUMN - 2] == " ":
        return False
    return following.startswith(" " * COLUMN) and len(line) < WRAPPED


def read_entry(entry):
    """E.g. "-p,--port UINT:INT in [1 - 9]=2 Excludes: --any" and its description."""
    left, text = entry
    left, _, excludes = left.partition(" Excludes: ")
    left, _, variable = left.partition(" (Env:")
    left, required = re.subn(r" REQUIRED$", "", left.strip())
    left, repeats = re.subn(r" \.\.\.$", "", left)
    found = re.match(r"((?:-{1,2}[\w-]+,?\s*)+|\S+)\s*(.*)", left)
    names = tuple(name for name in re.split(r"[,\s]+", found.group(1)) if name)
    value, kind, default = split_value(found.group(2).strip())
    choices = re.match(r"\{(.*)\}$", kind)
    choices = tuple(choices.group(1).split(",")) if choices else choices_in(text)
    least_most = re.match(r"\w+ in \[(\S+) - (\S+)\]$", kind)
    is_file = "FILE" in (names[0], value, kind) or "path of" in text
    return Option(
        names, value, choices if value else (), least_most.groups() if least_most else (), default,
        is_file, bool(repeats), bool(required), tuple(excludes.split()), variable.rstrip(") "),
        text)


def split_value(text):
    """E.g. "UINT:INT in [1 - 9]=2" or "UINT:INT in [1 - 9] [2]": (UINT, INT in [1 - 9], 2)."""
    found = re.match(
        r"(?P<value>\w+|[^:=\s]+)"
        r"(:(?P<kind>\{.*?\}|\w+ in \[[^]]*\]|FILE))?"
        r"(=(?P<default>.*)| \[(?P<newer>.*)\])?$", text)
    if not found:
        return text, "", ""
    default = found.group("default") or found.group("newer") or ""
    return found.group("value"), found.group("kind") or "", default


def choices_in(text):
    """A description such as "debug, info, warning or error" is a list of what can be given."""
    if re.fullmatch(r"[a-z]+(, [a-z]+)* or [a-z]+", text):
        return tuple(re.split(r", | or ", text))
    return ()


def subcommand_names(text):
    names = []
    within = False
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading:
            within = heading.group(1).lower() == "subcommands"
        elif within and (found := re.match(r"  (\S+)", line)) and line[2] != " ":
            names.append(found.group(1))
    return names
