#!/usr/bin/env python3
"""Writes the manual pages and the completions: make_manuals.py --relay PROGRAM --peer PROGRAM
--configuration FILE --version VERSION --out DIRECTORY. What options and keys there are and what
they do is taken from the programs' --help and from the comments of the configuration; the rest of
each page is the .scd file beside this script, in which @words@ stand for those parts."""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import time

import completions
import configuration_keys
import manual_pages
import program_help

HERE = pathlib.Path(__file__).resolve().parent
PAGES = ("netplay-relay.8", "netplay-relay.json.5", "netplay-peer.1")


def main():
    options = read_arguments()
    runner = shlex.split(options.runner)
    programs = {"netplay-relay": program_help.read_program(options.relay, runner),
                "netplay-peer": program_help.read_program(options.peer, runner)}
    header, entries = configuration_keys.read_configuration(
        options.configuration.read_text(encoding="utf-8"))
    out = options.out
    for folder in ("man", "bash", "zsh", "fish"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        parts = {"version": options.version}
        name = page.rsplit(".", 1)[0]
        if name in programs:
            parts.update(parts_of(name, programs[name]))
        else:
            parts.update(header=manual_pages.header_of(header), keys=manual_pages.keys_of(entries))
        source = fill((HERE / f"{page}.scd").read_text(encoding="utf-8"), parts, page)
        (out / "man" / page).write_text(roff(options.scdoc, source, page), encoding="utf-8")
    for name, program in programs.items():
        for file, text in ((f"bash/{name}", completions.bash(name, program)),
                           (f"zsh/_{name}", completions.zsh(name, program)),
                           (f"fish/{name}.fish", completions.fish(name, program))):
            (out / file).write_text(text, encoding="utf-8")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", required=True, help="the program netplay-relay")
    parser.add_argument("--peer", required=True, help="the program netplay-peer")
    parser.add_argument("--runner", default="", help="what they are started with, if not directly")
    parser.add_argument("--configuration", required=True, type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--scdoc", default="scdoc")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    return parser.parse_args()


def parts_of(name, program):
    return {
        "summary": program.summary,
        "synopsis": manual_pages.synopsis(name, program),
        "options": manual_pages.options_of(program),
        "commands": manual_pages.commands_of(name, program),
        "footer": manual_pages.footer_of(program),
    }


def fill(text, parts, page):
    """@words@ in small letters are replaced; those in capitals are paths, known when installed."""
    def part(found):
        if found.group(1) not in parts:
            raise SystemExit(f"{page}.scd: there is nothing for {found.group()}")
        return parts[found.group(1)].rstrip("\n")
    return re.sub(r"@([a-z]+)@", part, text)


def roff(scdoc, source, page):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": source_date()}
    done = subprocess.run([scdoc], input=source, capture_output=True, text=True, env=environment,
                          timeout=60, check=False)
    if done.returncode:
        raise SystemExit(f"{page}: {done.stderr}{numbered(source)}")
    # No hyphens: names of keys and options are to be searched for.
    return done.stdout.replace("\n.TH ", "\n.nr HY 0\n.TH ", 1)


def source_date():
    """That of the last commit, so that the same source makes the same pages; else today's."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return os.environ["SOURCE_DATE_EPOCH"]
    try:
        done = subprocess.run(["git", "-C", HERE, "log", "-1", "--format=%ct"],
                              capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return str(int(time.time()))
    return done.stdout.strip() or str(int(time.time()))


def numbered(source):
    """scdoc names a line of what it was given."""
    return "\n".join(f"{number:4} {line}" for number, line in enumerate(source.splitlines(), 1))


if __name__ == "__main__":
    main()
