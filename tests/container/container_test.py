#!/usr/bin/env python3
"""Builds the image from this source tree with podman, on a base made of Debian's packages, and
tries it: container_test.py --work DIRECTORY [--only-base] [-k PATTERN]."""

import argparse
import sys
import time

import podman  # first: it tells Python where the modules of tests/integration are
import image_cases
import run_cases
import runner
from container_relay import IMAGE

# unittest looks for them here.
# pylint: disable=unused-import
from image_cases import ContextTest, ImageTest  # noqa: F401
from run_cases import (  # noqa: F401
    ConfigurationTest, HealthTest, PlayersTest, PrivilegesTest, SignalTest)


def build(engine):
    began = time.monotonic()
    engine.import_base()
    print(f"base image: {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    recipe = image_cases.SOURCE / "docker" / "Dockerfile"
    is_default = f"ARG BASE={podman.BASE}\n" in recipe.read_text(encoding="utf-8")
    engine.build(IMAGE, *(() if is_default else ("--build-arg", f"BASE={podman.BASE}")),
                 "--file", recipe, image_cases.SOURCE, log=engine.path("build.log"))
    print(f"image: {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, help="a directory for the base image and the rest")
    parser.add_argument("--only-base", action="store_true", help="only make the base image")
    options, rest = parser.parse_known_args()
    reason = podman.why_impossible()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(runner.EXIT_SKIPPED)
    if options.only_base:
        podman.make_base(podman.base_in(options.work))
        return
    podman.enter_spaces()
    engine = image_cases.engine = run_cases.engine = podman.Podman(options.work)
    try:
        build(engine)
        sys.argv = [sys.argv[0], "--relay", "in the image", *rest]
        runner.main()
    finally:
        engine.end()


if __name__ == "__main__":
    main()
