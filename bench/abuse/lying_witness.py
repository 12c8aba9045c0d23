import os

from abuse.attack import Attack


class LyingWitness(Attack):
    name = "lying_witness"
    what = "watches the honest players, and lies to the desync watch"
    config = {"rooms": {"desync_watch_seconds": 1}}

    def run(self):
        members = []
        for crc in range(1, 11):
            one = self.member(self.source(), nick="liar", crc=crc)
            if one:
                members.append(one)
        while not self.stop.is_set():
            for one in members:
                if one.number:
                    one.state = os.urandom(len(one.state))
            self.pump(members)
            self.stop.wait(0.01)
