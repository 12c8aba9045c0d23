"""A RetroArch of an extracted Debian, without screen and sound, for the findings."""

import contextlib
import os
import re
import socket
import subprocess
import time
from pathlib import Path

LIMIT = 60  # seconds for whatever is waited for
ANSWER_LIMIT = 0.5

INFO = """display_name = "Finding"
supported_extensions = "nes|gb|pce|cue"
corename = "Finding"
systemid = "finding"
savestate = "true"
savestate_features = "deterministic"
"""

# vrr_runloop_enable paces the frames where neither screen nor sound does.
SETTINGS = {
    "video_driver": "null", "audio_driver": "null", "input_driver": "null",
    "input_joypad_driver": "null", "menu_driver": "null", "vrr_runloop_enable": "true",
    "video_vsync": "false", "pause_nonactive": "false", "config_save_on_exit": "false",
    "quit_press_twice": "false", "history_list_enable": "false", "network_cmd_enable": "true",
    "netplay_nat_traversal": "false", "netplay_public_announce": "false",
}


def command_of(root, *arguments):
    """The command line that runs the RetroArch of that root with the root's own libraries."""
    libraries = Path(root, "usr/lib/x86_64-linux-gnu")
    folders = [libraries, *(folder for folder in libraries.iterdir() if folder.is_dir())]
    loader = Path(root, "lib64/ld-linux-x86-64.so.2")
    return [str(word) for word in (loader, "--library-path", ":".join(map(str, folders)),
                                   Path(root, "usr/bin/retroarch"), *arguments)]


def core_of(root, name):
    return Path(root, "usr/lib/x86_64-linux-gnu/libretro", f"{name}_libretro.so")


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


def text_of(settings):
    return "".join(f'{key} = "{value}"\n' for key, value in settings.items())


def wait(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.02)


class RetroArch:
    """Runs in `folder`, in which everything is that it reads and writes.

    `write` makes the text of its configuration out of what it needs to run; `info` is that of its
    core's info file."""

    def __init__(self, root, folder, core, game, *arguments, write=str, info=INFO, **settings):
        self.folder = Path(folder).resolve()
        core = core.resolve()
        infos = self.folder / "info"
        infos.mkdir(parents=True, exist_ok=True)
        (infos / core.name).with_suffix(".info").write_text(info)
        self.port = free_port(socket.SOCK_DGRAM)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))
        folders = {f"{kind}_directory": self.folder for kind in
                   ("savefile", "savestate", "system", "cache", "rgui_config", "input_remapping")}
        self.configuration = self.folder / "retroarch.cfg"
        self.configuration.write_text(write(text_of({
            **SETTINGS, **folders, "libretro_directory": core.parent, "libretro_info_path": infos,
            "network_cmd_port": self.port, **settings})))
        self.log = self.folder / "log"
        self.log.unlink(missing_ok=True)  # of an earlier run
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                command_of(Path(root).resolve(), "--config", self.configuration, "--verbose", "--log-file",
                           self.log, "--libretro", core, *arguments, Path(game).resolve()),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder),
                     "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def send(self, command):
        with contextlib.suppress(ConnectionRefusedError):  # not up yet
            self.socket.send(command.encode())

    def answers(self, limit=ANSWER_LIMIT):
        """Answers until none came for so many seconds."""
        self.socket.settimeout(limit)
        with contextlib.suppress(OSError):
            while True:
                yield self.socket.recv(65536).decode(errors="replace").strip()

    def ask(self, command):
        for _ in self.answers(0.001):  # late ones
            pass
        self.send(command)
        return next((answer for answer in self.answers()
                     if answer.split()[0] == command.split()[0]), "")

    def memory(self, at, size):
        """Of the console; empty while the game does not run."""
        words = self.ask(f"READ_CORE_RAM {at:x} {size}").split()
        return bytes.fromhex("".join(words[2:])) if len(words) > 2 and words[2] != "-1" else b""

    def wait_for_game(self):
        wait(lambda: self.ask("GET_STATUS").startswith("GET_STATUS PLAYING"), "the game")

    def says(self, pattern):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return re.search(pattern, text) is not None

    def end(self):
        """Ends it as its user does; a command may get lost."""
        def gone():
            self.send("QUIT")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.47)
            return self.process.poll() is not None

        wait(gone, "RetroArch to end")
