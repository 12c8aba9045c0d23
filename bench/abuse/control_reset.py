from abuse.attack import Attack, tunnel_client

MANY = (tunnel_client.RATA + tunnel_client.NO_ID) * 65536


class ControlReset(Attack):
    name = "control_reset"
    what = "opens sessions, asks much, and resets their control connections"
    is_flood = True
    shows = ("sessions",)  # dead ones
    setup = 3

    def run(self):
        while not self.stop.is_set():
            hosts = [host for host in map(self.session, self.sources) if host]
            for host in hosts:
                host.socket.setblocking(False)
                self.attempt(host.socket.send, MANY)
            for host in hosts:
                self.deeds += 1
                host.reset()
            self.stop.wait(0 if hosts else 0.02)

    @classmethod
    def faults(cls, numbers):
        dead = numbers["use"]["sessions"]
        return [f"{dead} dead sessions"] if dead > numbers["addresses"] + 5 else []
