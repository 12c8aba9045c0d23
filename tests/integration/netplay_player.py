"""A client that plays 60 frames a second as a frontend does, and how long it had to stand still."""

import struct
import time

from netplay_client import MODE, PLAY, PLAYING, YOU, Client, together
from tunnel_client import LIMIT
from waiting import wait_until

AS_FAR = 60     # frames that a frontend plays without having heard of the others
FRAME = 1 / 60


class Player(Client):
    """Plays 60 frames a second, as long as it hears of the others."""

    def __init__(self, relay, **options):
        super().__init__(relay, **options)
        self.due = None   # its next frame
        self.newest = {}  # by player: the frame behind its last input
        self.stood = 0    # seconds

    def take_in(self, number, payload):
        before = len(self.inputs)
        super().take_in(number, payload)
        if len(self.inputs) > before:
            player, frame = next(reversed(self.inputs))
            self.newest[player] = max(self.newest.get(player, 0), frame + 1)
        if number == MODE and len(payload) >= 12:
            self.heed_mode(*struct.unpack_from(">III", payload))

    def heed_mode(self, frame, flags, _):
        player = flags & 0xFFFF
        if flags & YOU:
            return
        if flags & PLAYING:
            self.newest[player] = frame
        else:
            self.newest.pop(player, None)

    def play_on(self):
        self.pump()
        now = time.monotonic()
        if self.due is None:
            self.due = now
        may = min([self.frame, *self.newest.values()]) + AS_FAR
        while self.due <= now and self.frame < may:
            self.send_input()
            self.due += FRAME
        if now > self.due + FRAME:  # it stands still
            self.stood += now - self.due - FRAME
            self.due = now - FRAME
        self.pump()


def two_players(test, relay, source=None):
    """Ann, who plays on, and eve, who does what the test says."""
    ann = test.kept(Player(relay, nick="ann"))
    together([ann], lambda: ann.number, "ann to be in")
    ann.say(PLAY, bytes(4))
    together([ann], lambda: ann.plays, "a seat for ann")
    eve = test.kept(Player(relay, nick="eve", source=source))
    wait_until(lambda: ann.play_on() or eve.pump() or eve.number, LIMIT, "eve to be in")
    eve.say(PLAY, bytes(4))
    wait_until(lambda: ann.play_on() or eve.pump() or eve.plays, LIMIT, "a seat for eve")
    return ann, eve
