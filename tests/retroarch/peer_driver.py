"""One netplay-peer with the core of the tests: started, watched through its files, ended."""

import json
import re
import signal
import subprocess

from coin_chase import MEMORY_SIZE, Memory
from retroarch_driver import text_of
from waiting import die_with_parent, end_process, wait_until

# What a seed may press: all but X and Y. Nestopia has turbo buttons on these and keeps their
# phase out of its savestates, so that with them no two consoles ever stay in sync.
BUTTONS = "1fd"

WATCH_EVERY = 60  # frames; a ring holds 256

START_LIMIT = 15
STOP_LIMIT = 15


class NetplayPeer:
    def __init__(self, binary, name, directory, core, rom, arguments):
        self.name = name
        self.memory_path = directory / "memory.jsonl"
        self.report_path = directory / "report.json"
        self.progress_path = directory / "progress.log"
        self.read_until = 0
        command = [str(binary), *arguments, "--nick", name, "--json"]
        command += ["--core", str(core), "--content", str(rom), "--buttons", BUTTONS]
        command += ["--watch-memory", f"0:{MEMORY_SIZE}", "--watch-every", str(WATCH_EVERY)]
        command += ["--watch-file", str(self.memory_path)]
        with open(self.report_path, "wb") as report, open(self.progress_path, "wb") as progress:
            self.process = subprocess.Popen(
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=progress,
                preexec_fn=die_with_parent,
            )

    def new_memories(self):
        """The console's memory as it was each so many frames, those not yet told."""
        if not self.memory_path.exists():
            return []
        with open(self.memory_path, "rb") as file:
            file.seek(self.read_until)
            whole, end, _ = file.read().rpartition(b"\n")
        self.read_until += len(whole) + len(end)
        contents = (bytes.fromhex(json.loads(line)["hex"]) for line in whole.splitlines())
        return [Memory(content) for content in contents if Memory.is_of_the_game(content)]

    def wait_for_progress(self, pattern):
        """What the pattern's first group is in a line of the progress."""

        def told():
            found = re.search(pattern, self.progress_text())
            if not found and not self.is_running():
                raise AssertionError(f"{self.name} ended with {self.process.returncode}")
            return found

        return wait_until(told, START_LIMIT, f"{self.name} to say {pattern!r}").group(1)

    def progress_text(self):
        return text_of(self.progress_path)

    def report(self):
        """The report of one that has ended."""
        return json.loads(text_of(self.report_path))

    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """Asks it to end; returns its exit code."""
        if self.is_running():
            self.process.send_signal(signal.SIGINT)
        wait_until(lambda: not self.is_running(), STOP_LIMIT, f"{self.name} to end")
        return self.process.returncode

    def end(self):
        end_process(self.process)
