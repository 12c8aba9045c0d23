"""Coin Chase, the game of these tests: how it is built, and how its memory is read."""

import pathlib
import subprocess
import zlib

SOURCE = pathlib.Path(__file__).resolve().parent / "game"

MEMORY_SIZE = 2048
MARK = b"NPCC"
MARK_AT, FRAME_AT = 0x10, 0x14
PAD_ONE_RING, PAD_TWO_RING, CRC_RINGS = 0x200, 0x300, (0x400, 0x500, 0x600, 0x700)
RING_SLOTS = 256

# RetroArch runs up to 60 frames ahead on guessed input and corrects them later, so what a frame
# of this age or older says is final.
CONFIRMED_AGE = 70


def build(directory, name="coin_chase", definitions=()):
    """Assembles and links the game; returns the path of the ROM."""
    program, rom = directory / f"{name}.o", directory / f"{name}.nes"
    symbols = [word for each in definitions for word in ("-D", each)]
    run_tool("ca65", *symbols, "-o", program, SOURCE / "coin_chase.s")
    run_tool("ld65", "-C", SOURCE / "coin_chase.cfg", "-o", rom, program)
    return rom


def build_with_faster_figures(directory):
    """The same game but for one number: the same input leads elsewhere."""
    return build(directory, "faster_figures", ["RUNNING_STEPS=3"])


def run_tool(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {result.stderr.strip()}")


class Memory:
    """The console's 2 KiB of work memory between two frames."""

    def __init__(self, content):
        self.content = content
        self.frame = int.from_bytes(content[FRAME_AT : FRAME_AT + 4], "little")

    @staticmethod
    def is_of_the_game(content):
        return len(content) == MEMORY_SIZE and content[MARK_AT : MARK_AT + 4] == MARK

    def record(self, frame):
        """(pad of player one, pad of player two, CRC of all input up to this frame)"""
        slot = frame % RING_SLOTS
        crc = int.from_bytes(bytes(self.content[ring + slot] for ring in CRC_RINGS), "little")
        return (
            self.content[PAD_ONE_RING + slot],
            self.content[PAD_TWO_RING + slot],
            crc ^ 0xFFFFFFFF,
        )

    def all_frames(self):
        """The frames that the rings still tell of."""
        return range(max(1, self.frame - RING_SLOTS + 1), self.frame + 1)

    def confirmed_frames(self):
        """Those among them that are no guesses, in a RetroArch that may guess."""
        return self.all_frames()[: -CONFIRMED_AGE]


def follows(record, before):
    """Whether the game, coming from the record before, must have arrived at this one."""
    return zlib.crc32(bytes(record[:2]), before[2]) == record[2]
