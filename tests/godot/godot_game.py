"""Real Godot as a test steers it: a copy of the project godot/ with the agent of project/ in it,
and games that run it (agent.gd tells what they obey and what they tell)."""

import json
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import threading

import godot_root
from waiting import die_with_parent, end_process, wait_until

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1] / "godot"
IMPORT_LIMIT = 120
LIMIT = 10  # for whatever a game does at once
FRAMES = "60"
# What Godot prints when something went wrong that no handler hears of.
FAULTS = ("SCRIPT ERROR", "Parse Error", "handle_crash", "ObjectDB instances leaked")


class Project:
    """A copy of its own: Godot writes into the folder of a project."""

    def __init__(self, godot):
        self.godot = godot
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="godot-project-"))
        self.home = self.folder / "home"
        self.path = self.folder / "game"
        shutil.copytree(PROJECT, self.path, ignore=shutil.ignore_patterns(".godot"))
        shutil.copytree(HERE / "project", self.path / "agent")
        self.home.mkdir()
        self.import_log = self.import_once()

    def import_once(self):
        """Makes the names of classes known."""
        done = subprocess.run(
            [*self.godot.words, "--path", str(self.path), "--import"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=IMPORT_LIMIT,
            env=godot_root.environment(self.home), preexec_fn=die_with_parent, check=False)
        if done.returncode or "SCRIPT ERROR" in done.stdout:
            raise AssertionError(f"--import: {done.returncode}\n{done.stdout}")
        return done.stdout

    def run(self, *words, log):
        return subprocess.Popen(
            [*self.godot.words, "--path", str(self.path), "--max-fps", FRAMES, *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            env=godot_root.environment(self.home), preexec_fn=die_with_parent)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Game:
    """One process, and what it has told since the last reset."""

    def __init__(self, project, name):
        self.name = name
        self.log_path = project.folder / f"{name}.log"
        self.events = []
        self.answers = {}
        self.asked = 0
        with socket.create_server(("127.0.0.1", 0)) as server, open(self.log_path, "wb") as log:
            self.process = project.run("res://agent/agent.tscn", "--", "--control",
                                       str(server.getsockname()[1]), log=log)
            self.socket = self.accept(server)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self.listen, daemon=True).start()

    def accept(self, server):
        server.setblocking(False)
        try:
            wait_until(lambda: select.select([server], [], [], 0)[0] or not self.is_running()
                       or "SCRIPT ERROR" in self.log(), LIMIT, f"{self.name} to start")
            accepted = server.accept()[0]
            accepted.setblocking(True)
            return accepted
        except (AssertionError, BlockingIOError) as error:
            self.kill()
            raise AssertionError(f"{self.name} does not start:\n{self.log()}") from error

    def listen(self):
        with self.socket.makefile("r", encoding="utf-8", newline="\n") as lines:
            try:
                for line in lines:
                    said = json.loads(line)
                    if "event" in said:
                        self.events.append(said["event"])
                    else:
                        self.answers[said["n"]] = said["result"]
            except (OSError, ValueError):
                pass

    def start(self, do, **others):
        """Does not wait; answer() does."""
        self.asked += 1
        self.socket.sendall((json.dumps({"n": self.asked, "do": do, **others}) + "\n").encode())
        return self.asked

    def answer(self, number, limit=LIMIT):
        def is_there():
            if number not in self.answers and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended ({self.process.returncode}):\n"
                                     f"{self.log()}")
            return number in self.answers
        wait_until(is_there, limit, f"an answer of {self.name}; it told {self.events[-20:]}")
        return self.answers.pop(number)

    def ask(self, do, **others):
        return self.answer(self.start(do, **others))

    def find(self, *beginning):
        """The events that begin so."""
        return [event for event in list(self.events) if event[:len(beginning)] == list(beginning)]

    def wait(self, *beginning, count=1, limit=LIMIT):
        """Returns the count-th such event."""
        def found():
            if len(events := self.find(*beginning)) >= count:
                return events[count - 1]
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended ({self.process.returncode}) without "
                                     f"{beginning}: {self.events}\n{self.log()}")
            return None
        try:
            return wait_until(found, limit, f"{count} x {beginning}")
        except AssertionError as error:
            raise AssertionError(f"{self.name}: {error}; it told {self.events[-40:]}\n"
                                 f"{self.log()[-2000:]}") from None

    def heard(self):
        return [tuple(event[1:]) for event in self.find("heard")]

    def reset(self):
        self.ask("reset")
        self.events.clear()

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def is_running(self):
        return self.process.poll() is None

    def wait_for_end(self):
        wait_until(lambda: not self.is_running(), LIMIT, f"{self.name} to end")
        return self.process.returncode

    def kill(self):
        end_process(self.process)

    def end(self):
        self.socket.close()
        self.kill()
