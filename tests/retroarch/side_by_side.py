"""Cases that run at the same time: each a process of its own, in a network of its own."""

import os
import re
import subprocess
import sys
import time

from prerequisites import INSIDE_MARK
from verdict import Verdict
from waiting import die_with_parent, end_process, wait_until

# A RetroArch takes some 5 % of a processor; a case has one to three of them.
AT_ONCE = 6 * (os.cpu_count() or 1)
LIMIT = 400
VERDICT = r"\d+ passed, \d+ failed"  # of one run, no news in all of them


class Process:
    """This program again, for one run."""

    def __init__(self, run, options, directory):
        self.run = run
        self.output_path = directory / f"{run.file_name()}.txt"
        self.deadline = time.monotonic() + LIMIT
        command = [sys.executable, sys.argv[0], "--relay", str(options.relay)]
        command += ["--peer", str(options.peer), "--core", str(options.core)]
        command += ["--frames", str(run.frames), "--with", ",".join(run.releases())]
        for release, root in run.roots():
            command += ["--root", f"{release}={root}"]
        command.append(run.case.__name__)
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
        return self.process.poll() is not None or time.monotonic() > self.deadline

    def verdict(self):
        """Prints what the case said, of one that passed a line, and tells how it ended."""
        text = self.output_path.read_text(encoding="utf-8", errors="replace")
        begin = max(0, text.find(f"{self.run.name()}: "))
        lines = text[begin:].splitlines()
        if lines and re.fullmatch(VERDICT, lines[-1]):
            lines.pop()
        try:
            verdict = Verdict(self.process.poll())
        except ValueError:  # ended by a signal, or not at all
            verdict = Verdict.FAILED
        if verdict is Verdict.PASSED:
            lines = [f"{self.run.name()}: {lines[-1].strip()}"]
        print("\n".join(lines), flush=True)
        return verdict

    def end(self):
        end_process(self.process)


def play(runs, options, directory):
    """Plays them, so many at a time, and returns the verdict of each."""
    waiting, running, verdicts = list(runs), [], {}
    try:
        while waiting or running:
            while waiting and len(running) < options.at_once:
                running.append(Process(waiting.pop(0), options, directory))
            over = next_over(running)
            running.remove(over)
            over.end()
            verdicts[over.run] = over.verdict()
    finally:
        for each in running:
            each.end()
    return verdicts


def next_over(running):
    """The first that is over, or was to be over long ago."""

    def found():
        return next((each for each in running if each.is_over()), None)

    return wait_until(found, 2 * LIMIT, "a case to end")
