"""Cases that run at the same time: each a process of its own, in a network of its own."""

import os
import re
import subprocess
import sys

from prerequisites import INSIDE_MARK
from verdict import Verdict
from waiting import die_with_parent, end_process, wait_until

CASES_PER_PROCESSOR = 6  # a RetroArch takes some 5 % of one; a case has one or two of them
LIMIT = 400
VERDICT = r"\d+ passed, \d+ failed"  # of one run, no news in ours


class Run:
    """This program again, for one case."""

    def __init__(self, case, options, directory):
        self.case = case
        self.output_path = directory / f"{case.__name__}.txt"
        command = [sys.executable, sys.argv[0], "--relay", str(options.relay)]
        command += ["--peer", str(options.peer), case.__name__]
        environment = {key: value for key, value in os.environ.items() if key != INSIDE_MARK}
        with open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )

    def is_over(self):
        return self.process.poll() is not None

    def verdict(self):
        """Prints what the case said and tells how it ended."""
        text = self.output_path.read_text(encoding="utf-8", errors="replace")
        begin = max(0, text.find(f"{self.case.__name__}: "))
        lines = text[begin:].splitlines()
        verdict = lines and re.fullmatch(VERDICT, lines[-1])
        print("\n".join(lines[:-1] if verdict else lines), flush=True)
        try:
            return Verdict(self.process.poll())
        except ValueError:  # ended by a signal, or not at all
            return Verdict.FAILED

    def end(self):
        end_process(self.process)


def run(chosen, options, directory):
    """Runs the cases and returns the verdict of each."""
    at_once = CASES_PER_PROCESSOR * (os.cpu_count() or 1)
    waves = [chosen[begin : begin + at_once] for begin in range(0, len(chosen), at_once)]
    verdicts = {}
    for wave in waves:
        verdicts |= run_wave(wave, options, directory)
    return verdicts


def run_wave(wave, options, directory):
    runs = [Run(case, options, directory) for case in wave]
    try:
        wait_until(lambda: all(each.is_over() for each in runs), LIMIT, "the cases to end")
    except AssertionError as failure:
        print(failure)
    finally:
        for each in runs:
            each.end()
    return {each.case: each.verdict() for each in runs}
