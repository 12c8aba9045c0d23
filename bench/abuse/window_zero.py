from abuse.attack import Attack, tunnel_client


class WindowZero(Attack):
    name = "window_zero"
    what = "fills links that nobody reads"

    def run(self):
        data = b"\x55" * 65536
        while not self.stop.is_set():
            host = self.session(self.source())
            if host is None:
                self.stop.wait(0.1)
                continue
            self.kept.append(host)
            for _ in range(4):
                guest = self.attempt(tunnel_client.Guest, self, host.source)
                if guest is None:
                    continue
                self.attempt(guest.send, tunnel_client.RATS + host.session + tunnel_client.HEADER)
                leg = self.attempt(lambda host=host: host.accept(host.next_ticket(1),
                                                                 receive_buffer=4096))
                self.kept += [guest, leg]
                if leg is not None:
                    self.attempt(guest.fill, data * 64)
