import time

from abuse.attack import Attack, tunnel_client

MANY = (tunnel_client.RATA + tunnel_client.NO_ID) * 65536
FROM_EACH = 16    # sessions
FILLS = 3         # times that all of them ask as much as is taken
GONE = 1.0        # seconds in which a dead session has to be
LOOKS_FOR = 60.0  # seconds


class ControlReset(Attack):
    name = "control_reset"
    what = "opens sessions, asks much, and resets their control connections all at once"
    is_flood = True
    setup = 15

    def run(self):
        self.told["dead"] = 0       # sessions, a moment behind their end
        self.told["dead_for"] = 0.0  # seconds, the last of them
        while not self.stop.is_set():
            hosts = [host for _ in range(FROM_EACH) for host in map(self.session, self.sources)
                     if host]
            for host in hosts:
                host.socket.setblocking(False)
            for _ in range(FILLS):
                for host in hosts:
                    self.attempt(host.socket.send, MANY)
            for host in hosts:
                host.reset()
            if not self.deeds:
                self.is_set_up()
            self.deeds += len(hosts)
            self.watch_the_dead()

    def watch_the_dead(self):
        """Until the status has none of them."""
        began = time.monotonic()
        while not self.stop.wait(0.05):
            status = self.attempt(self.facts.status)
            dead = status is None or sum(
                session["host"]["address"].rsplit(":", 1)[0].strip("[]") in self.sources
                for session in status["sessions"])
            took = time.monotonic() - began
            if took >= GONE:
                self.told["dead"] = max(self.told["dead"], dead)
            if dead:
                self.told["dead_for"] = max(self.told["dead_for"], took)
            if not dead or took > LOOKS_FOR:
                return

    @classmethod
    def faults(cls, numbers):
        dead, seconds = (numbers["attack"][key] for key in ("dead", "dead_for"))
        return [f"{dead} dead sessions for {seconds:.0f} s"] if dead else []
