"""One RetroArch without screen or sound, started, played and watched over the network."""

import itertools
import os
import re
import socket
import struct
import subprocess
import time

from coin_chase import MEMORY_SIZE, Memory
from waiting import die_with_parent, end_process, wait_until

# Button ids of the network gamepad that Nestopia maps to buttons of the pad.
BUTTONS = {"B": 0, "Select": 2, "Start": 3, "up": 4, "down": 5, "left": 6, "right": 7, "A": 8}
JOYPAD_DEVICE = 1

START_LIMIT = 30
QUIT_LIMIT = 15
QUIT_PAUSES = (0.47, 0.61, 0.39, 0.53, 0.71)  # seconds; see PAUSES in match.py
ANSWER_LIMIT = 0.5

# Complete, systemid included, as RetroArch 1.20 and newer want it. The file that Debian 12 ships
# promises too little about savestates for netplay.
CORE_INFO = """display_name = "Nintendo - NES / Famicom (Nestopia)"
authors = "Martin Freij"
supported_extensions = "nes|fds|unf|unif"
corename = "Nestopia"
license = "GPLv2"
permissions = ""
categories = "Emulator"
display_version = "1.52"
manufacturer = "Nintendo"
systemname = "Nintendo Entertainment System"
systemid = "nes"
database = "Nintendo - Nintendo Entertainment System"
supports_no_game = "false"
savestate = "true"
savestate_features = "deterministic"
firmware_count = 0
description = "The libretro port of Nestopia"
"""

# vrr_runloop_enable is what paces the frames where neither screen nor sound does.
SETTINGS = {
    "video_driver": "null",
    "audio_driver": "null",
    "input_driver": "null",
    "input_joypad_driver": "null",
    "menu_driver": "null",
    "vrr_runloop_enable": "true",
    "video_vsync": "false",
    "pause_nonactive": "false",
    "config_save_on_exit": "false",
    "quit_press_twice": "false",
    "history_list_enable": "false",
    "network_cmd_enable": "true",
    "network_remote_enable": "true",
    "network_remote_enable_user_p1": "true",
    "netplay_nat_traversal": "false",
    "netplay_public_announce": "false",
}


class RetroArch:
    def __init__(self, name, directory, installation, core, rom, arguments, settings):
        self.name = name
        self.installation = installation
        self.log_path = directory / "retroarch.log"
        self.output_path = directory / "output.log"
        self.command_port, self.gamepad_port = free_udp_ports(2)
        self.commands = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.commands.connect(("127.0.0.1", self.command_port))
        self.gamepad = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        configuration_path = self.write_configuration(directory, core, settings)
        command = ["retroarch", "--config", str(configuration_path), "--verbose"]
        command += ["--log-file", str(self.log_path), "--libretro", str(core)]
        command += ["--nick", name, *arguments, str(rom)]
        with open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                command,
                env=private_environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=self.begin_in(directory),
            )

    def begin_in(self, directory):
        def begin():
            self.installation.enter(directory)
            die_with_parent()

        return begin

    def write_configuration(self, directory, core, settings):
        info = directory / "info"
        info.mkdir()
        (info / core.name).with_suffix(".info").write_text(CORE_INFO, encoding="utf-8")
        everything = {
            **SETTINGS,
            "libretro_directory": core.parent,
            "libretro_info_path": info,
            "network_cmd_port": self.command_port,
            "network_remote_base_port": self.gamepad_port,
            **settings,
        }
        lines = (f'{key} = "{value}"\n' for key, value in everything.items())
        path = directory / "retroarch.cfg"
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def send(self, command):
        try:
            self.commands.send(command.encode())
        except ConnectionRefusedError:
            pass  # an earlier datagram found nobody listening: not up yet, or gone

    def ask(self, command):
        """Sends a command and returns what follows its name in the answer, None if none came."""
        word = command.split()[0]
        self.forget_late_answers()
        self.send(command)
        self.commands.settimeout(ANSWER_LIMIT)
        try:
            while True:
                answer = self.commands.recv(65536).decode("ascii", "replace")
                if answer.startswith(word + " "):
                    return answer[len(word) + 1 :].strip()
        except OSError:  # nothing within the limit, or nobody there
            return None

    def forget_late_answers(self):
        self.commands.settimeout(0)
        try:
            while True:
                self.commands.recv(65536)
        except OSError:  # no more of them
            pass

    def memory(self):
        """The console's memory now, None while the game does not run."""
        answer = self.ask(f"READ_CORE_RAM 0 {MEMORY_SIZE}")
        _, _, digits = (answer or "").partition(" ")
        try:
            content = bytes.fromhex(digits)
        except ValueError:
            return None
        return Memory(content) if Memory.is_of_the_game(content) else None

    def frame(self):
        """The game's frame counter, 0 when nothing is known."""
        memory = self.memory()
        return memory.frame if memory else 0

    def state(self):
        """PLAYING, PAUSED, or an empty text."""
        return (self.ask("GET_STATUS") or "").partition(" ")[0]

    def wait_for_state(self, state):
        wait_until(lambda: self.state() == state, START_LIMIT, f"{self.name} to be {state}")

    def press(self, button, pressed):
        datagram = struct.pack("<iiiiH2x", 0, JOYPAD_DEVICE, 0, BUTTONS[button], pressed)
        self.gamepad.sendto(datagram, ("127.0.0.1", self.gamepad_port))

    def wait_for_game(self):
        def game_runs():
            if not self.is_running():
                raise AssertionError(f"{self.name}: RetroArch ended with {self.process.returncode}")
            return self.frame() > 0

        wait_until(game_runs, START_LIMIT, f"{self.name}'s game to run")

    def log_text(self):
        return text_of(self.log_path)

    def output_text(self):
        """What it printed besides its log, such as the last words of a crash."""
        return text_of(self.output_path)

    def says(self, pattern):
        return re.search(pattern, self.log_text()) is not None

    def count(self, pattern):
        """How often it has said so."""
        return len(re.findall(pattern, self.log_text()))

    def is_running(self):
        return self.process.poll() is None

    def quit(self):
        """Quits as a user would; commands may get lost, so it is said until it is done."""

        next_try, pauses = 0.0, itertools.cycle(QUIT_PAUSES)

        def gone():
            nonlocal next_try
            if time.monotonic() >= next_try:
                self.send("QUIT")
                next_try = time.monotonic() + next(pauses)
            return not self.is_running()

        wait_until(gone, QUIT_LIMIT, f"{self.name} to quit")

    def end(self):
        end_process(self.process)
        self.commands.close()
        self.gamepad.close()


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def private_environment(directory):
    home = directory / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "SDL_VIDEODRIVER": "dummy",  # for those that draw after all, see password_dialog.py
        "SDL_RENDER_DRIVER": "software",
    }


def free_tcp_port():
    """For a host without a relay, for the same reason."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def free_udp_ports(count):
    """Ports chosen by the system; RetroArch cannot be told to choose them itself."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
