"""A match: a relay, a host and its guests, with scripted fingers, compared frame by frame."""

import pathlib
import random
import time
from typing import NamedTuple

from coin_chase import follows
from installations import Cast
from relay_driver import Relay
from retroarch_driver import BUTTONS, RetroArch
from waiting import wait_until

OPEN_LIMIT = 30
JOIN_LIMIT = 40

PRESS_INTERVAL = 0.05
READ_INTERVAL = 0.4  # a ring holds 186 confirmed frames, about three seconds
STEP = 0.02
SPARE_FRAMES = 60

# Seconds between two tries of a command. RetroArch loses some of those that stand for hotkeys while
# it repeats frames, which it may do with a beat of its own: so no two pauses are alike.
PAUSES = (2.03, 2.41, 1.87, 2.69, 3.13, 2.27, 1.93, 3.37, 2.57, 2.83)
TRIES_WHILE_PLAYING = 2

# What a guest's log says. One that came to watch says nothing more once it is connected.
CONNECTED = r"Connected to: "
JOINED = r"You have joined as player \d"


class Setup(NamedTuple):
    """What a match is played with."""

    relay: pathlib.Path  # None: without
    peer: pathlib.Path
    rom: pathlib.Path
    core: pathlib.Path
    cast: Cast
    minute: int  # frames of a case that plays a minute


class Participant:
    """One who takes part, and what its memory has told so far."""

    def __init__(self, name):
        self.name = name
        self.frame = 0
        self.history = {}
        self.history_begins = None  # nothing is remembered yet
        self.history_ends = 0
        self.contradictions = []

    def remember(self, memory, frames):
        """What the memory says of those frames, which must be final."""
        self.frame = memory.frame
        if self.history_begins is None:
            return
        for frame in frames:
            if frame < self.history_begins:
                continue
            record = memory.record(frame)
            self.history_ends = max(self.history_ends, frame)
            if self.history.setdefault(frame, record) != record:
                self.contradictions.append(frame)

    def remember_from(self, frame):
        self.history_begins = frame

    def stop_remembering(self):
        self.history_begins = None


class Player(Participant):
    """One RetroArch and the finger on its pad."""

    def __init__(self, retroarch, seed):
        super().__init__(retroarch.name)
        self.retroarch = retroarch
        self.random = random.Random(seed)
        self.held = set()
        self.fingers_off = False
        self.next_press = self.next_read = 0.0

    def play(self, now):
        if self.fingers_off or now < self.next_press:
            return
        self.next_press = now + PRESS_INTERVAL
        button = self.random.choice(list(BUTTONS))
        self.held ^= {button}
        self.retroarch.press(button, button in self.held)

    def take_fingers_off(self):
        self.fingers_off = True
        for button in self.held:
            self.retroarch.press(button, False)
        self.held.clear()

    def put_fingers_on(self):
        self.fingers_off = False

    def watch(self, now):
        if now < self.next_read:
            return
        self.next_read = now + READ_INTERVAL
        memory = self.retroarch.memory()
        if memory is not None:
            self.remember(memory, memory.confirmed_frames())

    def newest_frame(self):
        return self.retroarch.frame()

    def end(self):
        self.retroarch.end()

    def logs(self):
        return [
            (self.name, self.retroarch.log_text()),
            (f"{self.name}'s output", self.retroarch.output_text()),
        ]


class Match:
    def __init__(self, setup, directory, configuration=None):
        self.setup = setup
        self.rom = setup.rom
        self.cast = setup.cast
        self.minute = setup.minute
        self.directory = directory
        self.players = []
        self.active = []
        self.fingers_rest = False  # what is held stays held
        self.relay = Relay(setup.relay, directory, configuration) if setup.relay else None

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for player in self.players:
            player.end()
        if self.relay:
            self.relay.end()

    def finish(self):
        """All players go, and the relay must end as it was asked to."""
        for player in self.players:
            player.end()
        if self.relay:
            code = self.relay.stop()
            assert code == 0, f"the relay ended with exit code {code}"

    def start_retroarch(self, name, arguments, settings, rom=None, core=None):
        again = sum(player.name == name for player in self.players)
        directory = self.directory / (f"{name}-{again + 1}" if again else name)
        directory.mkdir()
        retroarch = RetroArch(
            name,
            directory,
            self.cast.installation(name),
            core or self.setup.core,
            rom or self.rom,
            arguments,
            settings,
        )
        player = Player(retroarch, seed=name)
        self.players.append(player)
        return player

    def open_host(self, name="alice", **settings):
        """Starts a host and returns it with the join text of its session."""
        self.relay.wait_for_ports()
        before = len(self.relay.join_texts())
        settings = {
            "netplay_use_mitm_server": "true",
            "netplay_mitm_server": "custom",
            "netplay_custom_mitm_server": self.relay.address.replace(":", "|"),
            **settings,
        }
        host = self.start_retroarch(name, ["--host"], settings)
        self.wait_until(
            lambda: len(self.relay.join_texts()) > before, OPEN_LIMIT, "the host to open a session"
        )
        host.retroarch.wait_for_game()
        host.remember_from(1)
        self.active.append(host)
        return host, self.relay.join_texts()[before]

    def start_guest(self, name, join_text, rom=None, core=None, **settings):
        return self.start_retroarch(name, ["--connect", join_text], settings, rom, core)

    def join(self, name, join_text, host, **settings):
        """Starts a guest and waits until it takes part."""
        guest = self.start_guest(name, join_text, **settings)
        watches = settings.get("netplay_start_as_spectator") == "true"
        self.await_guest(guest, host, CONNECTED if watches else JOINED)
        return guest

    def await_guest(self, guest, host, sign):
        self.wait_until(lambda: guest.retroarch.says(sign), JOIN_LIMIT, f"{guest.name} to join")
        # What the guest played alone before it was given the host's state is nobody's business.
        guest.remember_from(host.newest_frame() + 1)
        self.active.append(guest)

    def dismiss(self, player):
        """Ends a player that is of no more use; the log stays."""
        player.end()

    def leave(self, player):
        """From here on neither plays the player nor remembers what it does."""
        player.stop_remembering()
        self.active.remove(player)

    def step(self):
        for player in self.active:
            now = time.monotonic()
            if not self.fingers_rest:
                player.play(now)
            player.watch(now)
        time.sleep(STEP)

    def wait_until(self, condition, limit, what):
        """Plays on until the condition holds."""
        return wait_until(condition, limit, what, meanwhile=self.step)

    def command(self, player, command, sign):
        """Sends RetroArch a command until its log says so once more."""
        before = player.retroarch.count(sign)
        self.repeat(player, command, lambda: player.retroarch.count(sign) > before, sign)

    def repeat(self, player, command, effect, what):
        """Sends RetroArch a command until its effect is seen, not while one may be on its way."""
        try:
            for attempt, pause in enumerate(PAUSES):
                # Where no input changes, no guess is wrong and no frame repeated.
                self.fingers_rest = attempt >= TRIES_WHILE_PLAYING
                player.retroarch.send(command)
                try:
                    return self.wait_until(effect, pause, what)
                except AssertionError:
                    continue
        finally:
            self.fingers_rest = False
        raise AssertionError(f"{command} to {player.name} in vain: {what}")

    def play_frames(self, frames, limit, players=None):
        """Plays until each player has remembered that many more frames; returns the seconds."""
        began = time.monotonic()
        goals = [(each, len(each.history) + frames) for each in players or self.active]
        self.wait_until(
            lambda: all(len(player.history) >= goal for player, goal in goals),
            limit,
            f"{frames} more frames",
        )
        return time.monotonic() - began

    def play_together(self, frames, limit, *players):
        """Plays until all of them remember that many frames in common, and some more. An answer of
        RetroArch's may get lost, and with it a few frames."""
        begin = max(each.history_begins for each in players)
        wanted = frames + SPARE_FRAMES

        def remembered():
            if min(each.history_ends for each in players) < begin + wanted:
                return False
            common = set.intersection(*(set(each.history) for each in players))
            return sum(frame >= begin for frame in common) >= wanted

        self.wait_until(
            remembered,
            limit,
            f"{frames} frames of {', '.join(each.name for each in players)}",
        )

    def begin_again(self, players, frame):
        """What happened so far is forgotten: the game goes on from this frame, long ago or not."""
        for player in players:
            player.history.clear()
            player.history_ends = 0
            player.remember_from(frame)

    def show_logs(self, lines=30):
        logs = [("relay", self.relay.log_text())] if self.relay else []
        for player in self.players:
            logs.extend(player.logs())
        for name, text in logs:
            version = f" ({self.cast.by_name[name]})" if name in self.cast.by_name else ""
            print(f"    --- {name}{version}, end of the log")
            for line in text.splitlines()[-lines:]:
                print(f"    | {line}")


class Disagreement(AssertionError):
    """The players' games differ: never to be tried again and forgotten."""


class Comparison:
    """What the histories of some players say about the frames that all of them have."""

    def __init__(self, players, since=0):
        self.players = players
        self.since = since
        common = set.intersection(*(set(player.history) for player in players))
        self.frames = sorted(frame for frame in common if frame >= since)
        self.differing = [
            frame
            for frame in self.frames
            if len({player.history[frame] for player in players}) > 1
        ]

    def check(self, at_least, pads=(0, 1)):
        """Fails unless enough frames were compared, all are equal and there was input in them."""
        if self.differing:
            raise Disagreement(
                f"{len(self.differing)} of {len(self.frames)} frames differ, first: "
                + self.describe(self.differing[0])
            )
        for player in self.players:
            changed = [frame for frame in player.contradictions if frame >= self.since]
            assert not changed, f"{player.name} changed confirmed frames {changed[:5]}"
            broken = broken_links(player.history)
            assert not broken, f"{player.name}: CRC does not follow from the pads at {broken[:5]}"
        assert len(self.frames) >= at_least, (
            f"only {len(self.frames)} frames in common, wanted {at_least}"
        )
        for pad in pads:
            changes = self.input_changes(pad)
            wanted = len(self.frames) // 30
            assert changes >= wanted, f"pad {pad + 1} changed only {changes} times"

    def input_changes(self, pad):
        pads = [self.players[0].history[frame][pad] for frame in self.frames]
        return sum(1 for before, after in zip(pads, pads[1:]) if before != after)

    def describe(self, frame):
        told = (f"{player.name} {player.history[frame]}" for player in self.players)
        return f"frame {frame}: " + ", ".join(told)

    def __str__(self):
        names = ", ".join(player.name for player in self.players)
        if not self.frames:
            return f"{names}: no frame in common"
        last = self.players[0].history[self.frames[-1]][2]
        return (
            f"{names}: {len(self.frames)} frames compared "
            f"({self.frames[0]} to {self.frames[-1]}), {len(self.differing)} differ, "
            f"input changes {self.input_changes(0)} and {self.input_changes(1)}, "
            f"last hash {last:08x}"
        )


def broken_links(history):
    """Frames whose hash does not follow from the frame before."""
    return [
        frame
        for frame in history
        if frame - 1 in history and not follows(history[frame], history[frame - 1])
    ]
