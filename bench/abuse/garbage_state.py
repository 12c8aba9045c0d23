import os

from abuse import honest
from abuse.attack import Attack, netplay_client


class GarbageState(Attack):
    """Whenever it is sent away it comes again, from its next address."""

    name = "garbage_state"
    what = "is first in a room, plays there, and serves what nobody can load"
    newcomer_kind = "garbage_room"
    newcomers_lost = 5  # three tell that it is he
    at_once = 1

    def run(self):
        members = []
        while not self.stop.is_set():
            while len(members) < self.at_once and not self.stop.is_set():
                one = self.member(self.source(), nick="g", crc=honest.GARBAGE_ROOM)
                if one is None:
                    break
                one.state = os.urandom(1024)
                one.seated = False
                members.append(one)
                self.deeds += 1
            self.pump(members, 0.01)
            for one in members:
                if one.number and not one.seated:
                    one.seated = True
                    one.say(netplay_client.PLAY, bytes(4))
                    self.is_set_up()
            self.play(members)


class GarbagePair(GarbageState):
    name = "garbage_pair"
    what = "the same by two, each of whom stays with the other's state"
    at_once = 2
