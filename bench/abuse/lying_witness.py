import os

from abuse.attack import Attack


class LyingWitness(Attack):
    name = "lying_witness"
    what = "watches the honest players, and lies to the desync watch"
    config = {"rooms": {"desync_watch_seconds": 1}}
    setup = 5

    def run(self):
        members = self.in_honest_rooms(nick="liar")
        while not self.stop.is_set():
            for one in members:
                if one.number and one.frame + 300 < one.over:  # honest at first
                    one.state = os.urandom(len(one.state))
            self.pump(members, 0.01)
