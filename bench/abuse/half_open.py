from abuse.attack import Attack


class HalfOpen(Attack):
    name = "half_open"
    what = "connects as often as it may, says half a greeting, and waits"
    is_flood = True
    shows = ("connections",)
    setup = 12

    def run(self):
        while not self.stop.is_set():
            for source in self.sources:
                one = self.connect(source)
                if one:
                    self.attempt(one.sendall, b"RATS\0\0")
                    self.kept.append(one)
            while len(self.kept) > 9000:
                self.kept.pop(0).close()
            self.stop.wait(0.01)
