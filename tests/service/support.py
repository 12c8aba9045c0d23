"""Where the tests of the service find what they share with others. To be imported first."""

import argparse
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
PROJECT = TESTS.parent
for folder in ("integration", "system"):
    sys.path.append(str(TESTS / folder))

import runner

debian_root_cache = None  # the directory that tests/system keeps it in


def main():
    """As the runner's, with one more argument."""
    global debian_root_cache
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--debian-root-cache")
    options, rest = parser.parse_known_args()
    debian_root_cache = options.debian_root_cache
    sys.argv[1:] = rest
    runner.main()
