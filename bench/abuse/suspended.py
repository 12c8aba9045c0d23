import os
import signal

from abuse.attack import Attack

STOPPED = 5.5  # seconds


class Suspended(Attack):
    name = "suspended"
    what = "is no stranger: the relay itself stands still for 5.5 s"
    excused = ("p99", "still", "newcomers")
    seconds_least = 12
    setup = 1

    def run(self):
        self.is_set_up()
        self.stop.wait(2)
        os.kill(self.facts.pid, signal.SIGSTOP)
        self.stop.wait(STOPPED)
        os.kill(self.facts.pid, signal.SIGCONT)
        self.stop.wait()
